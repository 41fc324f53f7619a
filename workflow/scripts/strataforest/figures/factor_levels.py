"""The bubble plot of a factor: for each of its levels the effects, their mean and its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis, draw_axis, draw_directions, make_axis
from strataforest.figures.bubble import bubble_radius
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.marks import draw_diamond
from strataforest.formatting import count, is_missing

_SWARM = 0.36  # height of a level's effects, beside the row of its mean
_LANES = (0.0, -0.05, 0.05, -0.1, 0.1, -0.15, 0.15)
_LARGEST = 0.08  # radius in inches; smaller than in a plane, for there is less room


@dataclass(frozen=True)
class FactorLevel:
    """One level: its mean effect with interval, and every effect with its weight.

    Without an estimate, `reason` stands in the mean's place.
    """

    label: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    effects: Sequence[float]
    weights: Sequence[float]
    reason: str = ""

    @property
    def mean(self) -> tuple[float | None, float | None, float | None]:
        """The mean effect with its interval."""
        return self.estimate, self.ci_low, self.ci_high


@dataclass(frozen=True)
class FactorData:
    """A factor's plot. With `ratio` effects are logarithms, printed as ratios."""

    title: str
    measure: str
    moderator: str
    levels: Sequence[FactorLevel]
    test_text: str = ""
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    note: str = ""


@dataclass(frozen=True)
class _Plan:
    labels: list[tuple[str, ...]]
    heights: list[float]
    header: tuple[str, ...]
    k: layout.Column
    axis: Axis
    estimates: columns.Estimates
    numbers: layout.Column
    width: float


def factor_plot(data: FactorData) -> Figure:
    """A row per level: its effects as bubbles (areas by weight), below them the mean's diamond.

    Sized in inches by its content. Raises ValueError without levels, for effects and weights of
    unequal number, or for an impossible level.
    """
    if not data.levels:
        raise ValueError("a factor's plot needs at least one level")
    if any(len(level.effects) != len(level.weights) for level in data.levels):
        raise ValueError("every effect of a level needs a weight")
    plan = _plan(data)
    canvas = Canvas()
    top = _draw_header(canvas, data, plan)
    ys = columns.middles(plan.heights, top + 0.04)
    largest = max((w for level in data.levels for w in level.weights), default=0.0)
    most = max(len(level.effects) for level in data.levels)
    for i, (level, y) in enumerate(zip(data.levels, ys, strict=True)):
        canvas.lines(style.MARGIN, y, plan.labels[i], role="label")
        colour = style.GREY if is_missing(level.estimate) else style.INK
        canvas.text(plan.k.right, y, count(len(level.effects)), "right", role="number")
        plan.estimates.draw(canvas, plan.numbers, y, level.mean, colour=colour)
        _draw_level(canvas, plan.axis, level, y, (largest, most))
        if i:
            edge = y - plan.heights[i] / 2
            canvas.line("hairline", style.MARGIN, edge, plan.width - style.MARGIN, edge)
    y = draw_axis(canvas, plan.axis, top, ys[-1] + plan.heights[-1] / 2 + 0.05)
    y = draw_directions(canvas, plan.axis, y, data.left_label, data.right_label, plan.width)
    y = draw_legend(canvas, _keys(data), y + 0.1, plan.width)
    y = columns.draw_notes(canvas, [data.test_text, data.note], y + 0.03, plan.width)
    return canvas.figure(plan.width, y + style.MARGIN, data.title)


def _plan(data: FactorData) -> _Plan:
    labels = [layout.wrap(level.label, style.LABEL_WIDTH, 3) for level in data.levels]
    means = [level.mean for level in data.levels]
    estimates = columns.estimates_column(data.measure, data.level, means, [], data.ratio)
    header = layout.wrap(data.moderator, style.LABEL_WIDTH, 3, bold=True)
    label_width = max(
        layout.widest(line for lines in labels for line in lines),
        layout.widest(header, bold=True),
    )
    k_width = columns.number_width(("k",), [count(len(level.effects)) for level in data.levels])
    widths = [label_width, k_width, style.PLOT_WIDTH, estimates.width]
    _, k, plot, numbers = layout.place(widths, [0.0, *[style.GAP] * 3], style.MARGIN)
    effects = [(e, None, None) for level in data.levels for e in level.effects]
    anchors = [level.estimate for level in data.levels]
    axis = make_axis(effects, anchors, plot.left, plot.right, data.ratio, means)
    tall = _SWARM + style.ROW + 0.08
    heights = [max(tall, len(lines) * layout.line_height() + 0.1) for lines in labels]
    return _Plan(labels, heights, header, k, axis, estimates, numbers, numbers.right + style.MARGIN)


def _draw_header(canvas: Canvas, data: FactorData, plan: _Plan) -> float:
    """Title and column headings; returns the y of the rule below them."""
    y = columns.draw_title(canvas, data.title, plan.width)
    step = layout.line_height()
    lower = y + (max(len(plan.header), len(plan.estimates.header)) - 0.5) * step
    look = {"bold": True, "role": "header"}
    for x, lines, align in (
        (style.MARGIN, plan.header, "left"),
        (plan.k.right, ("k",), "right"),
        (plan.numbers.centre, plan.estimates.header, "center"),
    ):
        canvas.lines(x, lower - (len(lines) - 1) * step / 2, lines, align, **look)
    rule = lower + step / 2 + 0.03
    canvas.line("rule", style.MARGIN, rule, plan.width - style.MARGIN, rule)
    return rule


def _draw_level(
    canvas: Canvas, axis: Axis, level: FactorLevel, y: float, scale: tuple[float, int]
) -> None:
    """Bubbles in the upper part of the row, the mean in the lower; `scale` as `bubble_radius`."""
    swarm, mean = y - style.ROW / 2, y + _SWARM / 2
    placed: list[tuple[float, float, float]] = []
    order = sorted(range(len(level.effects)), key=lambda i: (-level.weights[i], i))
    for i in order:
        effect, half = level.effects[i], bubble_radius(level.weights[i], *scale, _LARGEST)
        x = axis.x(effect)
        if not axis.low <= effect <= axis.high:
            canvas.arrowhead("bubble", x, swarm, 1 if effect > axis.high else -1)
            continue
        lane = min(_lanes(half), key=lambda lane: _overlap(placed, x, lane, half))
        placed.append((x, lane, half))
        canvas.marker("bubble", "circle", x, swarm + lane, half)
    if is_missing(level.estimate):
        (text,) = layout.wrap(level.reason, style.PLOT_WIDTH - 0.12, 1, style.SMALL)
        right = axis.left + layout.text_width(text, style.SMALL) + 0.1
        if text:
            canvas.box("veil", axis.left, mean - 0.07, right, mean + 0.07)
        look = {"size": style.SMALL, "colour": style.GREY, "role": "reason"}
        canvas.text(axis.left + 0.05, mean, text, **look)
    elif is_missing(level.ci_low) or is_missing(level.ci_high):
        canvas.marker("diamond", "diamond", axis.x(level.estimate), mean)
    else:
        draw_diamond(canvas, axis, level.mean, mean)


def _lanes(half: float) -> list[float]:
    """Heights at which a bubble stays within its level's strip."""
    return [lane for lane in _LANES if abs(lane) + half <= _SWARM / 2] or [0.0]


def _overlap(placed: Sequence[tuple[float, float, float]], x: float, y: float, r: float) -> float:
    """How deep a bubble would lie in those placed before, in inches, all depths added up."""
    return sum(max(0.0, r + other - ((x - a) ** 2 + (y - b) ** 2) ** 0.5) for a, b, other in placed)


def _keys(data: FactorData) -> list[Key]:
    keys = [Key("bubble", "circle", "study, area by weight")]
    if any(not is_missing(level.estimate) for level in data.levels):
        text = f"mean of the level with {columns.level_text(data.level)} confidence interval"
        keys.append(Key("diamond", "effect", text))
    return keys
