"""The horizontal axis of an effect: its limits and ticks, in inches, and how it is drawn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from strataforest.figures import layout, style
from strataforest.figures.canvas import Canvas
from strataforest.scales import (
    Interval,
    Ticks,
    is_finite,
    linear_ticks,
    log_ticks,
    robust_limits,
)

_TICK = 0.05
_TICK_ROOM = 0.1  # least distance between two tick labels


@dataclass(frozen=True)
class Axis:
    """Values `low` to `high` drawn from `left` to `right` inches; ticks as (value, label).

    With ratios the values are logarithms; so are the tick values, while their labels are ratios.
    """

    low: float
    high: float
    left: float
    right: float
    ticks: tuple[tuple[float, str], ...]

    def x(self, value: float) -> float:
        """Inches from the left of the figure; values beyond the axis land on its ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)


def make_axis(
    rows: Iterable[Interval],
    anchors: Iterable[float | None],
    left: float,
    right: float,
    ratio: bool = False,
    predictions: Iterable[Interval] = (),
    least: float = 0.0,
) -> Axis:
    """An axis from `left` to `right` inches that shows the null, the `anchors` and the `rows`.

    `anchors` (the pooled estimate and its interval) are always in view; ends of rows and of
    `predictions` far outside the rest are left to be clipped, `least` being how far apart they are
    expected to lie (see `robust_limits`). With `ratio` the values are logarithms.
    """
    anchors = [a for a in anchors if is_finite(a)]
    low, high = robust_limits(list(rows), anchors, list(predictions), least)
    pad = 0.04 * (high - low)
    low, high = low - pad, high + pad
    width = abs(right - left)
    ticks = (log_ticks if ratio else linear_ticks)(low, high, apart_on(low, high, width))
    low, high = min(low, ticks[0][0]), max(high, ticks[-1][0])
    return Axis(low, high, left, right, tuple(ticks))


def labels_apart(ticks: Ticks, low: float, high: float, width: float) -> bool:
    """Return whether the labels fit beside each other on an axis `width` inches long."""
    scale = width / (high - low)
    ends = [
        (value * scale, layout.text_width(text, style.SMALL + 0.5) / 2) for value, text in ticks
    ]
    return all(
        right - left - half_right - half_left >= _TICK_ROOM
        for (left, half_left), (right, half_right) in pairwise(ends)
    )


def apart_on(low: float, high: float, width: float) -> Callable[[Ticks], bool]:
    """Return the test whether ticks fit on an axis from `low` to `high`, `width` inches long."""
    return lambda ticks: labels_apart(ticks, low, high, width)


def draw_axis(canvas: Canvas, axis: Axis, top: float, bottom: float) -> float:
    """Null line from `top` to `bottom`, axis line, ticks and labels; the y below them."""
    canvas.line("null", axis.x(0), top, axis.x(0), bottom)
    canvas.line("axis", axis.left, bottom, axis.right, bottom)
    size = style.SMALL + 0.5
    y = bottom + _TICK + 0.1
    for value, label in axis.ticks:
        canvas.line("axis", axis.x(value), bottom, axis.x(value), bottom + _TICK)
        canvas.text(axis.x(value), y, label, "center", size=size, role="tick")
    return y + 0.07


def draw_directions(
    canvas: Canvas, axis: Axis, y: float, left_label: str, right_label: str, width: float
) -> float:
    """What lies left and right of the null, with arrows, on a figure `width` inches wide.

    Returns the y below the labels; empty labels leave their side empty.
    """
    size, null, away = style.BODY - 0.5, axis.x(0), 0.09
    arrow = layout.text_width("\u2190 ", size)
    step = layout.line_height(size)
    count = 0
    for label, direction in ((left_label, -1), (right_label, 1)):
        room = (null if direction < 0 else width - null) - style.MARGIN - away - arrow
        lines = layout.wrap(label, room, 2, size) if label else ()
        for i, line in enumerate(lines):
            if direction < 0:
                text, x = ("\u2190 " + line if i == 0 else line), null - away
            else:
                text, x = (line + " \u2192" if i == 0 else line), null + away
            align = "right" if direction < 0 else "left"
            canvas.text(x, y + 0.1 + i * step, text, align, size=size, role="direction")
        count = max(count, len(lines))
    return y + 0.1 + (count - 0.5) * step if count else y
