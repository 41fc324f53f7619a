"""The overview: pooled effects of many strata side by side, a panel for each measure."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis, draw_axis, draw_directions, make_axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.marks import diamond_outline, draw_diamond, draw_interval
from strataforest.formatting import count, is_missing, percent

_PANEL_GAP = 0.2


@dataclass(frozen=True)
class OverviewRow:
    """One stratum: studies, people, pooled effect, intervals, I² in percent.

    Without an estimate, `reason` stands in the plot's place.
    """

    label: str
    k: int | None
    n_participants: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    pi_low: float | None
    pi_high: float | None
    i2: float | None
    reason: str = ""


@dataclass(frozen=True)
class OverviewData:
    """One panel. With `ratio` the effects are logarithms, printed as ratios."""

    title: str
    measure: str
    rows: Sequence[OverviewRow]
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    note: str = ""


@dataclass(frozen=True)
class _Panel:
    """One panel's content with what must be known before it is placed."""

    data: OverviewData
    labels: list[tuple[str, ...]]
    reasons: list[tuple[str, ...]]
    estimates: columns.Estimates


@dataclass(frozen=True)
class _Frame:
    """The columns all panels share, so that plots stand under plots."""

    k: layout.Column
    people: layout.Column
    plot: layout.Column
    numbers: layout.Column
    i2: layout.Column
    width: float


def overview_plot(data: OverviewData) -> Figure:
    """Strata with k, participants, diamond, prediction interval, effect and I².

    Sized in inches by its content. Raises ValueError without rows or for an impossible level.
    """
    return overview_panels([data])


def overview_panels(panels: Sequence[OverviewData]) -> Figure:
    """Panels below each other in shared columns, each with its own measure and axis.

    A legend of the two intervals follows the last. Raises ValueError without panels, for a panel
    without rows or for an impossible level.
    """
    if not panels or not all(data.rows for data in panels):
        raise ValueError("an overview needs at least one panel, and each panel at least one row")
    prepared = [_prepare(data) for data in panels]
    frame = _frame(prepared)
    canvas = Canvas()
    y = style.MARGIN
    for panel in prepared:
        y = _draw_panel(canvas, panel, frame, y) + _PANEL_GAP
    y = _draw_legend(canvas, panels, y - _PANEL_GAP + 0.08)
    return canvas.figure(frame.width, y + style.MARGIN, panels[0].title)


def _effect(row: OverviewRow) -> tuple[float | None, float | None, float | None]:
    return row.estimate, row.ci_low, row.ci_high


def _prepare(data: OverviewData) -> _Panel:
    effects = [_effect(row) for row in data.rows]
    missing = [is_missing(row.estimate) for row in data.rows]
    return _Panel(
        data,
        [layout.wrap(row.label, style.LABEL_WIDTH) for row in data.rows],
        [
            layout.wrap(row.reason, style.PLOT_WIDTH - 0.12, 2, style.SMALL) if gone else ()
            for row, gone in zip(data.rows, missing, strict=True)
        ],
        columns.estimates_column(data.measure, data.level, effects, [], data.ratio),
    )


def _frame(panels: Sequence[_Panel]) -> _Frame:
    rows = [row for panel in panels for row in panel.data.rows]
    label = max(
        layout.widest(line for panel in panels for lines in panel.labels for line in lines), 0.8
    )
    widths = [
        label,
        columns.number_width(("k",), [count(row.k) for row in rows]),
        columns.number_width(("Participants",), [count(row.n_participants) for row in rows]),
        style.PLOT_WIDTH,
        max(panel.estimates.width for panel in panels),
        columns.number_width(("I²",), [percent(row.i2, 1) for row in rows]),
    ]
    gaps = [0.0, *[style.GAP] * 5]
    _, k, people, plot, numbers, i2 = layout.place(widths, gaps, style.MARGIN)
    return _Frame(k, people, plot, numbers, i2, i2.right + style.MARGIN)


def _draw_panel(canvas: Canvas, panel: _Panel, frame: _Frame, y: float) -> float:
    data = panel.data
    top = _draw_header(canvas, panel, frame, y)
    effects = [_effect(row) for row in data.rows]
    predictions = [(row.estimate, row.pi_low, row.pi_high) for row in data.rows]
    axis = make_axis(effects, [], frame.plot.left, frame.plot.right, data.ratio, predictions)
    tallest = [max(pair, key=len) for pair in zip(panel.labels, panel.reasons, strict=True)]
    heights = [height + 0.02 for height in columns.row_heights(tallest, False)]
    ys = columns.middles(heights, top + 0.04)
    people = [count(row.n_participants) for row in data.rows]
    edge = columns.number_edge(frame.people, people)
    for i, (row, middle) in enumerate(zip(data.rows, ys, strict=True)):
        colour = style.GREY if is_missing(row.estimate) else style.INK
        canvas.lines(style.MARGIN, middle, panel.labels[i], role="label")
        look = {"colour": colour, "role": "number"}
        canvas.text(frame.k.right, middle, count(row.k), "right", **look)
        canvas.text(edge, middle, people[i], "right", **look)
        panel.estimates.draw(canvas, frame.numbers, middle, effects[i], colour=colour)
        canvas.text(frame.i2.right, middle, percent(row.i2, 1), "right", **look)
        _draw_effect(canvas, axis, row, panel.reasons[i], middle)
    y = draw_axis(canvas, axis, top, ys[-1] + heights[-1] / 2 + 0.05)
    y = draw_directions(canvas, axis, y, data.left_label, data.right_label, frame.width)
    return columns.draw_notes(canvas, [data.note], y + 0.08, frame.width)


def _draw_header(canvas: Canvas, panel: _Panel, frame: _Frame, y: float) -> float:
    """Title and column headings from `y` downwards; returns the y of the rule below them."""
    y = columns.draw_title(canvas, panel.data.title, frame.width, y)
    step, header = layout.line_height(), panel.estimates.header
    lower = y + (len(header) - 0.5) * step
    look = {"bold": True, "role": "header"}
    canvas.text(frame.k.right, lower, "k", "right", **look)
    canvas.text(frame.people.centre, lower, "Participants", "center", **look)
    middle = lower - (len(header) - 1) * step / 2
    canvas.lines(frame.numbers.centre, middle, header, "center", **look)
    canvas.text(frame.i2.right, lower, "I²", "right", **look)
    rule = lower + step / 2 + 0.03
    canvas.line("rule", style.MARGIN, rule, frame.width - style.MARGIN, rule)
    return rule


def _draw_effect(
    canvas: Canvas, axis: Axis, row: OverviewRow, reason: Sequence[str], y: float
) -> None:
    """Prediction interval and diamond, or the reason why there are none."""
    if is_missing(row.estimate):
        size = style.SMALL
        if reason:
            # A veil keeps the null line from running through the words.
            half = len(reason) * layout.line_height(size) / 2
            right = axis.left + layout.widest(reason, size) + 0.1
            canvas.box("veil", axis.left, y - half, right, y + half)
        look = {"size": size, "colour": style.GREY, "role": "reason"}
        canvas.lines(axis.left + 0.05, y, reason, **look)
        return
    draw_interval(canvas, axis, row.pi_low, row.pi_high, y, "prediction")
    draw_diamond(canvas, axis, _effect(row), y)


def _draw_legend(canvas: Canvas, panels: Sequence[OverviewData], y: float) -> float:
    """What diamond and line stand for; the y below. Intervals nobody drew are not explained."""
    rows = [row for data in panels for row in data.rows if not is_missing(row.estimate)]
    predicted = any(not is_missing(row.pi_low) and not is_missing(row.pi_high) for row in rows)
    levels = " / ".join(dict.fromkeys(columns.level_text(data.level) for data in panels))
    if not rows:
        return y
    size, x, y = style.BODY - 0.5, style.MARGIN, y + 0.1
    canvas.area("diamond", diamond_outline(x, x + 0.15, x + 0.3, y))
    text = f"pooled effect with {levels} confidence interval"
    canvas.text(x + 0.38, y, text, size=size, role="legend")
    if predicted:
        x += 0.38 + layout.text_width(text, size) + style.GAP
        canvas.line("prediction", x, y, x + 0.3, y)
        canvas.text(x + 0.38, y, f"{levels} prediction interval", size=size, role="legend")
    return y + 0.1
