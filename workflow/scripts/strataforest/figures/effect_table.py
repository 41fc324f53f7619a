"""A table of pooled effects with a plot in it: what the cumulative and the preset figure share."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis, Interval, draw_axis, draw_directions, make_axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.marks import draw_diamond, draw_interval
from strataforest.formatting import is_missing

_DENSE_FROM = 40


@dataclass(frozen=True)
class TableRow:
    """One line: texts left and right of the plot, an effect, and a prediction interval or none.

    `summary` draws a diamond instead of a point; `bold` lines stand out; `apart` puts a rule
    above. Without an estimate, `reason` stands in the plot's place.
    """

    label: str
    effect: Interval
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    prediction: tuple[float | None, float | None] = (None, None)
    summary: bool = False
    bold: bool = False
    apart: bool = False
    reason: str = ""


@dataclass(frozen=True)
class EffectTable:
    """The table. `before` and `after` are headings; `line` is drawn down through all rows.

    With `ratio` effects are logarithms, printed as ratios.
    """

    title: str
    measure: str
    label_header: str
    rows: Sequence[TableRow]
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    line: float | None = None
    keys: Sequence[Key] = ()
    notes: Sequence[str] = ()
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"


@dataclass(frozen=True)
class _Plan:
    labels: list[tuple[str, ...]]
    reasons: list[tuple[str, ...]]
    heights: list[float]
    before: Sequence[layout.Column]
    axis: Axis
    estimates: columns.Estimates
    numbers: layout.Column
    after: Sequence[layout.Column]
    width: float


def draw_effect_table(table: EffectTable) -> Figure:
    """The table as a Figure, sized in inches by its content.

    Raises ValueError for rows whose texts do not match the headings, or an impossible level.
    """
    for row in table.rows:
        if (len(row.before), len(row.after)) != (len(table.before), len(table.after)):
            raise ValueError(f"the row {row.label!r} must have a text for every heading")
    plan = _plan(table)
    canvas = Canvas()
    top = _draw_header(canvas, table, plan)
    ys = columns.middles(plan.heights, top + 0.04)
    for i, (row, y) in enumerate(zip(table.rows, ys, strict=True)):
        if row.apart and i:
            edge = y - plan.heights[i] / 2 + 0.02
            canvas.line("hairline", style.MARGIN, edge, plan.width - style.MARGIN, edge)
        _draw_row(canvas, plan, i, row, y + (0.04 if row.apart else 0.0))
    bottom = ys[-1] + plan.heights[-1] / 2 + 0.05
    if not is_missing(table.line):
        x = plan.axis.x(table.line)
        canvas.line("pooled-line", x, top, x, bottom)
    y = draw_axis(canvas, plan.axis, top, bottom)
    y = draw_directions(canvas, plan.axis, y, table.left_label, table.right_label, plan.width)
    y = draw_legend(canvas, table.keys, y + 0.08, plan.width)
    y = columns.draw_notes(canvas, table.notes, y + 0.03, plan.width)
    return canvas.figure(plan.width, y + style.MARGIN, table.title)


def _plan(table: EffectTable) -> _Plan:
    bold = [row.bold for row in table.rows]
    labels = [layout.wrap(row.label, style.LABEL_WIDTH, bold=row.bold) for row in table.rows]
    effects = [row.effect for row in table.rows]
    estimates = columns.estimates_column(
        table.measure,
        table.level,
        [e for e, strong in zip(effects, bold, strict=True) if not strong],
        [e for e, strong in zip(effects, bold, strict=True) if strong],
        table.ratio,
    )
    label_width = max(
        layout.text_width(table.label_header, bold=True),
        *(layout.widest(lines, bold=strong) for lines, strong in zip(labels, bold, strict=True)),
    )
    before, after = _widths(table, "before"), _widths(table, "after")
    widths = [label_width, *before, style.PLOT_WIDTH, estimates.width, *after]
    _, *placed = layout.place(widths, [0.0, *[style.GAP] * (len(widths) - 1)], style.MARGIN)
    plot, numbers = placed[len(before)], placed[len(before) + 1]
    reasons = [
        layout.wrap(row.reason, style.PLOT_WIDTH - 0.12, 2, style.SMALL)
        if is_missing(row.effect[0])
        else ()
        for row in table.rows
    ]
    predictions = [(row.effect[0], *row.prediction) for row in table.rows]
    return _Plan(
        labels=labels,
        reasons=reasons,
        heights=_heights(table, labels, reasons),
        before=placed[: len(before)],
        axis=make_axis(effects, [table.line], plot.left, plot.right, table.ratio, predictions),
        estimates=estimates,
        numbers=numbers,
        after=placed[len(before) + 2 :],
        width=placed[-1].right + style.MARGIN,
    )


def _widths(table: EffectTable, side: str) -> list[float]:
    headers = getattr(table, side)
    return [
        columns.number_width(
            (header,),
            [getattr(row, side)[i] for row in table.rows if not row.bold],
            [getattr(row, side)[i] for row in table.rows if row.bold],
        )
        for i, header in enumerate(headers)
    ]


def _heights(table: EffectTable, labels: Sequence, reasons: Sequence) -> list[float]:
    tallest = [max(pair, key=len) for pair in zip(labels, reasons, strict=True)]
    heights = columns.row_heights(tallest, len(labels) >= _DENSE_FROM)
    return [
        height + (0.08 if row.apart else 0.0)
        for row, height in zip(table.rows, heights, strict=True)
    ]


def _draw_header(canvas: Canvas, table: EffectTable, plan: _Plan) -> float:
    """Title and column headings; returns the y of the rule below them."""
    y = columns.draw_title(canvas, table.title, plan.width)
    step, header = layout.line_height(), plan.estimates.header
    lower = y + (len(header) - 0.5) * step
    look = {"bold": True, "role": "header"}
    canvas.text(style.MARGIN, lower, table.label_header, **look)
    headers = [*table.before, *table.after]
    for column, text in zip([*plan.before, *plan.after], headers, strict=True):
        canvas.text(column.right, lower, text, "right", **look)
    middle = lower - (len(header) - 1) * step / 2
    canvas.lines(plan.numbers.centre, middle, header, "center", **look)
    rule = lower + step / 2 + 0.03
    canvas.line("rule", style.MARGIN, rule, plan.width - style.MARGIN, rule)
    return rule


def _draw_row(canvas: Canvas, plan: _Plan, i: int, row: TableRow, y: float) -> None:
    missing = is_missing(row.effect[0])
    look = {"bold": row.bold, "colour": style.GREY if missing else style.INK}
    canvas.lines(style.MARGIN, y, plan.labels[i], bold=row.bold, role="label")
    for column, text in zip([*plan.before, *plan.after], [*row.before, *row.after], strict=True):
        canvas.text(column.right, y, text, "right", role="number", **look)
    plan.estimates.draw(canvas, plan.numbers, y, row.effect, **look)
    if missing:
        _draw_reason(canvas, plan.axis, plan.reasons[i], y)
        return
    draw_interval(canvas, plan.axis, *row.prediction, y, "prediction")
    if row.summary and not any(is_missing(value) for value in row.effect):
        draw_diamond(canvas, plan.axis, row.effect, y)
        return
    estimate, low, high = row.effect
    draw_interval(canvas, plan.axis, low, high, y)
    if plan.axis.low <= estimate <= plan.axis.high:
        canvas.marker("point", "circle", plan.axis.x(estimate), y, 0.045)
    else:
        side = 1 if estimate > plan.axis.high else -1
        canvas.arrowhead("ci-arrow", plan.axis.x(estimate), y, side)


def _draw_reason(canvas: Canvas, axis: Axis, reason: Sequence[str], y: float) -> None:
    if reason:
        # A veil keeps the lines of the plot from running through the words.
        half = len(reason) * layout.line_height(style.SMALL) / 2
        right = axis.left + layout.widest(reason, style.SMALL) + 0.1
        canvas.box("veil", axis.left, y - half, right, y + half)
    look = {"size": style.SMALL, "colour": style.GREY, "role": "reason"}
    canvas.lines(axis.left + 0.05, y, reason, **look)
