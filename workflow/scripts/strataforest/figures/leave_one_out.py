"""The leave-one-out plot: what the pooled effect becomes when each study is left out in turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis, draw_axis, draw_directions, make_axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.marks import draw_diamond, draw_interval
from strataforest.formatting import is_missing

_DENSE_FROM = 40
_OMITTING = "Omitting "

# In order of gravity: a row with several flags is coloured by its first. Letter, marker, meaning.
FLAGS = {
    "direction": ("D", "wedge", "direction changes"),
    "significance": ("S", "diamond", "significance changes"),
    "magnitude": ("M", "square", "marked change in size"),
    "heterogeneity": ("H", "triangle", "heterogeneity changes"),
}


@dataclass(frozen=True)
class LeaveOneOutRow:
    """The pooled effect without the study `label`; `flags` are names among FLAGS."""

    label: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    flags: Sequence[str] = ()


@dataclass(frozen=True)
class LeaveOneOutData:
    """A leave-one-out plot's content. With `ratio` effects are logarithms, printed as ratios."""

    title: str
    measure: str
    rows: Sequence[LeaveOneOutRow]
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    note: str = ""

    @property
    def pooled(self) -> tuple[float | None, float | None, float | None]:
        """The estimate of all studies with its interval."""
        return self.estimate, self.ci_low, self.ci_high


@dataclass(frozen=True)
class _Plan:
    labels: list[tuple[str, ...]]
    heights: list[float]
    axis: Axis
    estimates: columns.Estimates
    numbers: layout.Column
    flags: layout.Column
    width: float


def leave_one_out_plot(data: LeaveOneOutData) -> Figure:
    """A row per omitted study; the pooled effect of all as a line, its interval as a band.

    Flagged rows differ in colour, marker and letter, explained below. Sized in inches by its
    content. Raises ValueError without rows, for an unknown flag or an impossible level.
    """
    if not data.rows:
        raise ValueError("a leave-one-out plot needs at least one row")
    unknown = sorted({flag for row in data.rows for flag in row.flags} - set(FLAGS))
    if unknown:
        raise ValueError(f"unknown flag {unknown[0]!r}: choose from {', '.join(FLAGS)}")
    plan = _plan(data)
    canvas = Canvas()
    top = _draw_header(canvas, data, plan)
    ys = columns.middles(plan.heights, top + 0.04)
    for row, label, y in zip(data.rows, plan.labels, ys, strict=True):
        canvas.lines(style.MARGIN, y, label, role="label")
        _draw_row(canvas, plan, row, y)
    edge = ys[-1] + plan.heights[-1] / 2 + 0.04
    canvas.line("hairline", style.MARGIN, edge, plan.width - style.MARGIN, edge)
    bottom = _draw_all_studies(canvas, data, plan, top, edge)
    y = draw_axis(canvas, plan.axis, top, bottom)
    y = draw_directions(canvas, plan.axis, y, data.left_label, data.right_label, plan.width)
    y = _draw_legend(canvas, data, plan, y + 0.1)
    y = columns.draw_notes(canvas, [data.note], y, plan.width)
    return canvas.figure(plan.width, y + style.MARGIN, data.title)


def _plan(data: LeaveOneOutData) -> _Plan:
    # Labels get the same room as in the forest plot, so that they are shortened alike.
    room = style.LABEL_WIDTH + layout.text_width(_OMITTING)
    labels = [layout.wrap(_OMITTING + layout.clean(row.label), room) for row in data.rows]
    spans = [(row.estimate, row.ci_low, row.ci_high) for row in data.rows]
    estimates = columns.estimates_column(data.measure, data.level, spans, [data.pooled], data.ratio)
    label_width = max(
        layout.widest(line for lines in labels for line in lines),
        layout.text_width("Study omitted", bold=True),
    )
    letters = [_letters(row) for row in data.rows]
    flags_width = columns.number_width(("Flags",), [], letters)
    widths = [label_width, style.PLOT_WIDTH, estimates.width, flags_width]
    _, plot, numbers, flags = layout.place(
        widths, [0.0, style.GAP, style.GAP, style.GAP], style.MARGIN
    )
    return _Plan(
        labels=labels,
        heights=columns.row_heights(labels, len(labels) >= _DENSE_FROM),
        axis=make_axis(spans, data.pooled, plot.left, plot.right, data.ratio),
        estimates=estimates,
        numbers=numbers,
        flags=flags,
        width=flags.right + style.MARGIN,
    )


def _letters(row: LeaveOneOutRow) -> str:
    return " ".join(letter for flag, (letter, _, _) in FLAGS.items() if flag in row.flags)


def _draw_header(canvas: Canvas, data: LeaveOneOutData, plan: _Plan) -> float:
    """Title and column headings; returns the y of the rule below them."""
    y = columns.draw_title(canvas, data.title, plan.width)
    step = layout.line_height()
    lower = y + (len(plan.estimates.header) - 0.5) * step
    middle = lower - (len(plan.estimates.header) - 1) * step / 2
    canvas.text(style.MARGIN, lower, "Study omitted", bold=True, role="header")
    canvas.lines(
        plan.numbers.centre, middle, plan.estimates.header, "center", bold=True, role="header"
    )
    canvas.text(plan.flags.centre, lower, "Flags", "center", bold=True, role="header")
    rule = lower + step / 2 + 0.03
    canvas.line("rule", style.MARGIN, rule, plan.width - style.MARGIN, rule)
    return rule


def _draw_row(canvas: Canvas, plan: _Plan, row: LeaveOneOutRow, y: float) -> None:
    flags = [flag for flag in FLAGS if flag in row.flags]
    colour = style.GREY if is_missing(row.estimate) else style.INK
    effect = (row.estimate, row.ci_low, row.ci_high)
    plan.estimates.draw(canvas, plan.numbers, y, effect, colour=colour)
    canvas.text(plan.flags.centre, y, _letters(row), "center", bold=True, role="flag")
    draw_interval(canvas, plan.axis, row.ci_low, row.ci_high, y)
    if is_missing(row.estimate):
        return
    if not plan.axis.low <= row.estimate <= plan.axis.high:
        side = 1 if row.estimate > plan.axis.high else -1
        canvas.arrowhead("ci-arrow", plan.axis.x(row.estimate), y, side)
    elif flags:
        canvas.marker(f"flag-{flags[0]}", FLAGS[flags[0]][1], plan.axis.x(row.estimate), y)
    else:
        canvas.marker("point", "circle", plan.axis.x(row.estimate), y, 0.045)


def _draw_all_studies(
    canvas: Canvas, data: LeaveOneOutData, plan: _Plan, top: float, edge: float
) -> float:
    """The row of all studies with its line and band; returns the y where the axis goes."""
    y = edge + 0.06 + style.ROW / 2
    bottom = y + style.ROW / 2 + 0.05
    canvas.text(style.MARGIN, y, "All studies", bold=True, role="label")
    plan.estimates.draw(canvas, plan.numbers, y, data.pooled, bold=True)
    draw_diamond(canvas, plan.axis, data.pooled, y)
    if not is_missing(data.ci_low) and not is_missing(data.ci_high):
        canvas.box("band", plan.axis.x(data.ci_low), top, plan.axis.x(data.ci_high), bottom)
    if not is_missing(data.estimate):
        x = plan.axis.x(data.estimate)
        canvas.line("pooled-solid", x, top, x, y)
    return bottom


def _draw_legend(canvas: Canvas, data: LeaveOneOutData, plan: _Plan, y: float) -> float:
    """What the flags in the plot mean, as many to a line as fit; the y below."""
    used = [flag for flag in FLAGS if any(flag in row.flags for row in data.rows)]
    size, step = style.BODY - 0.5, layout.line_height(style.BODY)
    if not used:
        none = "No omission changes direction or significance, or markedly size or heterogeneity."
        return columns.draw_notes(canvas, [none], y, plan.width)
    x, y = style.MARGIN, y + step / 2
    for flag in used:
        letter, shape, meaning = FLAGS[flag]
        text = f"{letter}: {meaning}"
        width = 0.17 + layout.text_width(text, size)
        if x > style.MARGIN and x + width > plan.width - style.MARGIN:
            x, y = style.MARGIN, y + step
        canvas.marker(f"flag-{flag}", shape, x + 0.06, y)
        canvas.text(x + 0.17, y, text, size=size, role="legend")
        x += width + style.GAP
    return y + step / 2 + 0.03
