"""A plot with two axes: the plane its points lie in, its frame, and what the frame cuts off."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strataforest.figures import layout, style
from strataforest.figures.axis import Axis, apart_on
from strataforest.figures.canvas import Canvas
from strataforest.formatting import tick
from strataforest.scales import Ticks, linear_ticks, log_ticks

_TICK = 0.05
_MOST_RATIOS = 8
_TICK_SIZE = style.SMALL + 0.5

Box = tuple[float, float, float, float]  # left, top, right, bottom in inches


@dataclass(frozen=True)
class Plane:
    """Values across (`x`) and upwards (`y`); the y axis runs from the bottom edge to the top one.

    Of the y axis `left` is the y in inches where its low end stands, `right` that of its high end.
    """

    x: Axis
    y: Axis

    @property
    def left(self) -> float:
        """The left edge in inches."""
        return self.x.left

    @property
    def right(self) -> float:
        """The right edge in inches."""
        return self.x.right

    @property
    def top(self) -> float:
        """The upper edge in inches."""
        return min(self.y.left, self.y.right)

    @property
    def bottom(self) -> float:
        """The lower edge in inches."""
        return max(self.y.left, self.y.right)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Inches from the left and from the top of the figure; what lies outside is on the edge."""
        return self.x.x(x), self.y.x(y)

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies inside the plane."""
        return self.x.low <= x <= self.x.high and self.y.low <= y <= self.y.high


def spanning_axis(
    values: Iterable[float | None],
    left: float,
    right: float,
    ratio: bool = False,
    room: tuple[float, float] = (0.06, 0.06),
) -> Axis:
    """An axis on which every finite value is in view, null or not, with `room` (shares) beyond.

    Infinite values land on its ends. With `ratio` the values are logarithms.
    """
    shown = [v for v in values if v is not None and math.isfinite(v)] or [0.0]
    low, high = min(shown), max(shown)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        half = 0.5 * abs(low) or 1.0
        low, high = (low - half if room[0] else low), high + half
    low, high = low - room[0] * (high - low), high + room[1] * (high - low)
    width = abs(right - left)
    if ratio:
        ticks = _ratio_ticks(low, high, width)
    else:
        ticks = linear_ticks(low, high, apart_on(low, high, width))
    return Axis(low, high, left, right, tuple(ticks))


def _ratio_ticks(low: float, high: float, width: float) -> Ticks:
    """Round ratios between exp(low) and exp(high), whether or not 1 is among them."""
    fit = apart_on(low, high, width)
    first, last = (math.floor(v / math.log(10)) for v in (low, high))
    for mantissas in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        powers = range(max(first, -300), min(last, 300) + 1)
        ticks = [
            (math.log(mantissa) + power * math.log(10), _ratio_text(mantissa, power))
            for power in powers
            for mantissa in mantissas
        ]
        ticks = [t for t in ticks if low <= t[0] <= high]
        if 2 < len(ticks) <= _MOST_RATIOS and fit(ticks):
            return ticks
    if high - low < math.log(100) and abs(low) < 700:
        ends = math.exp(low), math.exp(high)
        ratios = linear_ticks(*ends, apart_on(*ends, width))
        return [(math.log(value), label) for value, label in ratios if value > 0]
    return log_ticks(low, high, fit)


def _ratio_text(mantissa: float, power: int) -> str:
    return tick(mantissa * 10.0**power, max(0, -power) + (mantissa == 1.5 and power < 1))


def vertical_room(axis: Axis) -> float:
    """Width in inches of the ticks and labels to the left of a vertical axis."""
    return _TICK + 0.05 + layout.widest((label for _, label in axis.ticks), _TICK_SIZE)


def right_room(axis: Axis) -> float:
    """Room in inches to the right of a horizontal axis, which its last label may need."""
    value, label = axis.ticks[-1]
    beyond = axis.x(value) + layout.text_width(label, _TICK_SIZE) / 2 - axis.right
    return max(style.MARGIN, beyond + 0.08)


def draw_frame(canvas: Canvas, plane: Plane, x_label: str, y_label: str, width: float) -> float:
    """Both axes with ticks; the y label stands above its axis, to be read without turning.

    On a figure `width` inches wide, to which labels are wrapped. Returns the y below everything.
    """
    canvas.line("axis", plane.left, plane.top, plane.left, plane.bottom)
    canvas.line("axis", plane.left, plane.bottom, plane.right, plane.bottom)
    for value, label in plane.y.ticks:
        y = plane.y.x(value)
        canvas.line("axis", plane.left - _TICK, y, plane.left, y)
        canvas.text(plane.left - _TICK - 0.05, y, label, "right", size=_TICK_SIZE, role="y-tick")
    y = plane.bottom + _TICK + 0.1
    for value, label in plane.x.ticks:
        x = plane.x.x(value)
        canvas.line("axis", x, plane.bottom, x, plane.bottom + _TICK)
        canvas.text(x, y, label, "center", size=_TICK_SIZE, role="tick")
    (line,) = layout.wrap(y_label, width - 2 * style.MARGIN, 1, bold=True)
    canvas.text(style.MARGIN, plane.top - 0.17, line, bold=True, role="axis-label")
    step, y = layout.line_height(), y + 0.2
    middle = (plane.left + plane.right) / 2
    room = 2 * min(middle, width - middle) - 2 * style.MARGIN
    lines = layout.wrap(x_label, room, 2, bold=True)
    for i, line in enumerate(lines):
        canvas.text(middle, y + i * step, line, "center", bold=True, role="axis-label")
    return y + (len(lines) - 0.5) * step


def draw_point(
    canvas: Canvas, plane: Plane, role: str, shape: str, point: tuple[float, float], half: float
) -> Box:
    """A marker at a point of the plane; one that lies outside is an arrowhead on the edge.

    Returns the box it takes, in inches.
    """
    x, y = plane.at(*point)
    if plane.holds(*point):
        canvas.marker(role, shape, x, y, half)
    elif not plane.x.low <= point[0] <= plane.x.high:
        canvas.arrowhead(role, x, y, 1 if point[0] > plane.x.high else -1)
        half = 0.08
    else:
        upwards = y < (plane.top + plane.bottom) / 2
        canvas.marker(role, "triangle" if upwards else "wedge", x, y, 0.045)
        half = 0.06
    return x - half, y - half, x + half, y + half


def beyond_frame(plane: Plane, points: Sequence[tuple[float, float]]) -> str:
    """A sentence on how many of the points are arrowheads; empty when all are in view."""
    beyond = sum(not plane.holds(*point) for point in points)
    verb, mark = ("lies", "an arrowhead") if beyond == 1 else ("lie", "arrowheads")
    return f"{beyond} of {len(points)} {verb} beyond the axes ({mark})." if beyond else ""


def within(points: Sequence[tuple[float, float]], plane: Plane) -> list[tuple[float, float]]:
    """The part of a convex polygon of values that the plane holds; empty when there is none."""
    for index, limit, keep in (
        (0, plane.x.low, 1),
        (0, plane.x.high, -1),
        (1, plane.y.low, 1),
        (1, plane.y.high, -1),
    ):
        points = _cut(points, index, limit, keep)
    return [plane.at(*point) for point in points]


def _cut(
    points: Sequence[tuple[float, float]], index: int, limit: float, keep: int
) -> list[tuple[float, float]]:
    """One side of a straight cut through a convex polygon (Sutherland and Hodgman)."""
    out = []
    for i, end in enumerate(points):
        start = points[i - 1]
        inside, was_inside = (keep * (p[index] - limit) >= 0 for p in (end, start))
        if inside != was_inside:
            share = (limit - start[index]) / (end[index] - start[index])
            out.append(tuple(a + share * (b - a) for a, b in zip(start, end, strict=True)))
        if inside:
            out.append(tuple(end))
    return out
