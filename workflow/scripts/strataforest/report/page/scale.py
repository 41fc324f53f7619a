"""From values to shares of a plot's width, in percent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from strataforest.scales import (
    Interval,
    Ticks,
    is_finite,
    linear_ticks,
    log_ticks,
    robust_limits,
)

# A label of this share of the width still leaves air to the next one.
TICK_ROOM = 0.19


@dataclass(frozen=True)
class Scale:
    """Values `low` to `high` over the width of a plot; ticks as (share in percent, label)."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """Return a value's share of the width in percent; what lies beyond is on the edge."""
        inside = min(max(value, self.low), self.high)
        return round(100 * (inside - self.low) / (self.high - self.low), 2)

    def mark(self, effect: Interval, prediction: tuple = (None, None)) -> dict:
        """Return where an effect is drawn: `at`, `from`, `to`, whether an end is cut off.

        Empty without an estimate; one `outside` has no point. `pi_from`, `pi_to` and whether they
        are cut off only with a prediction interval.
        """
        estimate, low, high = effect
        if not is_finite(estimate):
            return {}
        low, high = (x if x is not None else estimate for x in (low, high))
        mark = {"at": self.at(estimate), "from": self.at(low), "to": self.at(high)}
        mark |= {"cut_low": low < self.low, "cut_high": high > self.high}
        mark["outside"] = not self.low <= estimate <= self.high
        if all(is_finite(x) for x in prediction):
            pi_low, pi_high = prediction
            mark |= {"pi_from": self.at(pi_low), "pi_to": self.at(pi_high)}
            mark |= {"pi_cut_low": pi_low < self.low, "pi_cut_high": pi_high > self.high}
        return mark


def make_scale(
    rows: Sequence[Interval],
    anchors: Iterable[float | None],
    ratio: bool,
    predictions: Sequence[Interval] = (),
) -> Scale:
    """Return a scale that shows the null, the anchors and the rows, as the figures' axes do.

    With `ratio` the values are logarithms, the ticks' labels ratios.
    """
    low, high = robust_limits(rows, [a for a in anchors if is_finite(a)], predictions)
    pad = 0.04 * (high - low)
    low, high = low - pad, high + pad
    ticks = (log_ticks if ratio else linear_ticks)(low, high, lambda ticks: _fit(ticks, low, high))
    low, high = min(low, ticks[0][0]), max(high, ticks[-1][0])
    bare = Scale(low, high, ())
    return Scale(low, high, tuple((bare.at(value), label) for value, label in ticks))


def _fit(ticks: Ticks, low: float, high: float) -> bool:
    gaps = [after[0] - before[0] for before, after in pairwise(ticks)]
    return all(gap >= TICK_ROOM * (high - low) for gap in gaps)
