"""The horizontal axis of an effect: limits that outliers cannot wreck, round ticks, intervals."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from strataforest import formatting
from strataforest.figures import layout, style
from strataforest.figures.canvas import Canvas

Interval = tuple[float | None, float | None, float | None]  # estimate, low, high

_LADDERS = (
    (0.5, 0.7, 1.0, 1.5, 2.0),
    (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0),
    (0.2, 0.5, 1.0, 2.0, 5.0),
    (0.25, 0.5, 1.0, 2.0, 4.0),
    (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0),
    (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
)
_MOST_TICKS = 7
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
) -> Axis:
    """An axis from `left` to `right` inches that shows the null, the `anchors` and the `rows`.

    `anchors` (the pooled estimate and its interval) are always in view; ends of rows and of
    `predictions` far outside the rest are left to be clipped. With `ratio` the values are
    logarithms.
    """
    low, high = robust_limits(list(rows), [a for a in anchors if _finite(a)], list(predictions))
    pad = 0.04 * (high - low)
    low, high = low - pad, high + pad
    width = abs(right - left)
    ticks = log_ticks(low, high, width) if ratio else linear_ticks(low, high, width)
    low, high = min(low, ticks[0][0]), max(high, ticks[-1][0])
    return Axis(low, high, left, right, tuple(ticks))


def robust_limits(
    rows: Sequence[Interval], anchors: Sequence[float], predictions: Sequence[Interval] = ()
) -> tuple[float, float]:
    """The span of null, anchors and every row's estimate and ends that lie near the rest.

    Near is within six typical scales of the median estimate, the scale being the larger of the
    median width of the rows' intervals and twice the median distance of their estimates from the
    median. `predictions` are shown by the same rule, both ends or none, and have no say in it.
    """
    estimates = sorted(e for e, _, _ in rows if _finite(e))
    shown = [0.0, *anchors]
    if estimates:
        centre = _lower_median(estimates)
        widths = sorted(h - b for _, b, h in rows if _finite(b) and _finite(h))
        scale = _lower_median(widths) if widths else 0.0
        scale = max(scale, 2 * _lower_median(sorted(abs(e - centre) for e in estimates)))
        ends = [v for row in rows for v in row if _finite(v)]
        shown += [v for v in ends if abs(v - centre) <= 6 * scale]
        for row in predictions:
            # Whole or not at all: cut on one side only it would look lopsided.
            ends = [v for v in row if _finite(v)]
            shown += ends if all(abs(v - centre) <= 6 * scale for v in ends) else []
        shown.append(centre)
    low, high = min(shown), max(shown)
    if high - low < 1e-300:
        return low - 1.0, high + 1.0
    # The null never sits on the very edge, where its line would pass for a frame.
    room = 0.08 * (high - low)
    return (low - room if low == 0 else low), (high + room if high == 0 else high)


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _lower_median(ordered: Sequence[float]) -> float:
    return ordered[(len(ordered) - 1) // 2]


def round_steps(low: float, high: float, most: int = _MOST_TICKS) -> tuple[list[float], int]:
    """Return the multiples of a round step from `low` to `high`, and the decimals they need."""
    power = math.floor(math.log10((high - low) / most))
    for mantissa in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0):
        step = mantissa * 10.0**power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    decimals = max(0, -power + (mantissa == 2.5) - (mantissa >= 10))
    return [i * step for i in range(first, last + 1)], decimals


def linear_ticks(low: float, high: float, width: float) -> list[tuple[float, str]]:
    """Return round values with their labels, as many as fit on an axis `width` inches long."""
    for most in range(_MOST_TICKS, 1, -1):
        values, decimals = round_steps(low, high, most)
        ticks = [(value, formatting.tick(value, decimals)) for value in values]
        if labels_apart(ticks, low, high, width):
            break
    return ticks


def log_ticks(low: float, high: float, width: float) -> list[tuple[float, str]]:
    """Return logarithms of ratios as ticks: the densest familiar ladder that has room."""
    if high - low < math.log(2.2):
        values, decimals = round_steps(math.exp(low), math.exp(high), 6)
        texts = [(math.log(v), formatting.tick(v, decimals)) for v in values if v > 0]
        if len(texts) >= 3 and any(abs(t) < 1e-12 for t, _ in texts):
            return texts
    for least in (3, 2):
        for ladder in _LADDERS:
            inside = _rungs(ladder, low, high)
            if least <= len(inside) <= _MOST_TICKS and labels_apart(inside, low, high, width):
                return inside
    every = max(1, math.ceil((high - low) / math.log(10) / (_MOST_TICKS - 1)))
    first, last = (round(v / math.log(10) / every) for v in (low, high))
    powers = [every * i for i in range(min(first, 0), max(last, 0) + 1)]
    return [
        (p * math.log(10), formatting.tick(10.0**p, max(-p, 0))) for p in powers if abs(p) < 300
    ]


def _rungs(ladder: Sequence[float], low: float, high: float) -> list[tuple[float, str]]:
    """The ticks of a ladder on the axis; none when it leaves long stretches without a tick."""
    ticks = [(math.log(v), formatting.tick(v, _decimals(v))) for v in ladder]
    if 1.5 * ticks[0][0] > low or high > 1.5 * ticks[-1][0]:
        return []
    return [t for t in ticks if low <= t[0] <= high]


def _decimals(value: float) -> int:
    text = f"{value:g}"
    return len(text.split(".")[1]) if "." in text else 0


def labels_apart(ticks: Sequence[tuple[float, str]], low: float, high: float, width: float) -> bool:
    """Return whether the labels fit beside each other on an axis `width` inches long."""
    scale = width / (high - low)
    ends = [
        (value * scale, layout.text_width(text, style.SMALL + 0.5) / 2) for value, text in ticks
    ]
    return all(
        right - left - half_right - half_left >= _TICK_ROOM
        for (left, half_left), (right, half_right) in pairwise(ends)
    )


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
