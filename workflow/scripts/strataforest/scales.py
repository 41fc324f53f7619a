"""Axes without a drawing: limits that outliers cannot wreck, and round ticks."""

import math
from collections.abc import Callable, Mapping, Sequence

from strataforest import formatting

Interval = tuple[float | None, float | None, float | None]  # estimate, low, high
Ticks = list[tuple[float, str]]  # values with their labels

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


def scale_of(row: Mapping[str, str]) -> tuple[str, str]:
    """Return on which scale a stratum is drawn: its measure; of mean differences each domain's.

    Steps a day and millimoles are no measures of one axis.
    """
    return row["measure"], row.get("domain", "") if row["measure"] == "MD" else ""


def robust_limits(
    rows: Sequence[Interval],
    anchors: Sequence[float],
    predictions: Sequence[Interval] = (),
    least: float = 0.0,
) -> tuple[float, float]:
    """The span of null, anchors and every row's estimate and ends that lie near the rest.

    Near is within six typical scales of the median estimate, the scale being the larger of the
    median width of the rows' intervals and twice the median distance of their estimates from the
    median, and `least` at the least. `predictions` are shown by the same rule, both ends or none,
    and have no say in it.
    """
    estimates = sorted(e for e, _, _ in rows if is_finite(e))
    shown = [0.0, *anchors]
    if estimates:
        centre = _lower_median(estimates)
        widths = sorted(h - b for _, b, h in rows if is_finite(b) and is_finite(h))
        scale = _lower_median(widths) if widths else 0.0
        scale = max(least, scale, 2 * _lower_median(sorted(abs(e - centre) for e in estimates)))
        ends = [v for row in rows for v in row if is_finite(v)]
        shown += [v for v in ends if abs(v - centre) <= 6 * scale]
        for row in predictions:
            # Whole or not at all: cut on one side only it would look lopsided.
            ends = [v for v in row if is_finite(v)]
            shown += ends if all(abs(v - centre) <= 6 * scale for v in ends) else []
        shown.append(centre)
    low, high = min(shown), max(shown)
    if high - low < 1e-300:
        return low - 1.0, high + 1.0
    # The null never sits on the very edge, where its line would pass for a frame.
    room = 0.08 * (high - low)
    return (low - room if low == 0 else low), (high + room if high == 0 else high)


def is_finite(value: float | None) -> bool:
    """Return whether `value` is a number and neither NaN nor infinite."""
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


def linear_ticks(low: float, high: float, fit: Callable[[Ticks], bool]) -> Ticks:
    """Return round values with their labels, as many as `fit` beside each other."""
    for most in range(_MOST_TICKS, 1, -1):
        values, decimals = round_steps(low, high, most)
        ticks = [(value, formatting.tick(value, decimals)) for value in values]
        if fit(ticks):
            break
    return ticks


def log_ticks(low: float, high: float, fit: Callable[[Ticks], bool]) -> Ticks:
    """Return logarithms of ratios as ticks: the densest familiar ladder whose labels `fit`."""
    if high - low < math.log(2.2):
        values, decimals = round_steps(math.exp(low), math.exp(high), 6)
        texts = [(math.log(v), formatting.tick(v, decimals)) for v in values if v > 0]
        if len(texts) >= 3 and any(abs(t) < 1e-12 for t, _ in texts):
            return texts
    for least in (3, 2):
        for ladder in _LADDERS:
            inside = _rungs(ladder, low, high)
            if least <= len(inside) <= _MOST_TICKS and fit(inside):
                return inside
    every = max(1, math.ceil((high - low) / math.log(10) / (_MOST_TICKS - 1)))
    first, last = (round(v / math.log(10) / every) for v in (low, high))
    powers = [every * i for i in range(min(first, 0), max(last, 0) + 1)]
    return [
        (p * math.log(10), formatting.tick(10.0**p, max(-p, 0))) for p in powers if abs(p) < 300
    ]


def _rungs(ladder: Sequence[float], low: float, high: float) -> Ticks:
    """The ticks of a ladder on the axis; none when it leaves long stretches without a tick."""
    ticks = [(math.log(v), formatting.tick(v, _decimals(v))) for v in ladder]
    if 1.5 * ticks[0][0] > low or high > 1.5 * ticks[-1][0]:
        return []
    return [t for t in ticks if low <= t[0] <= high]


def _decimals(value: float) -> int:
    text = f"{value:g}"
    return len(text.split(".")[1]) if "." in text else 0
