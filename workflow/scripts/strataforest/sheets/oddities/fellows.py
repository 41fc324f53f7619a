"""The other rows about a measure: what a trial's own rows and other trials lead to expect."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from strataforest.sheets.oddities.implied import ARMS, arm_sd
from strataforest.tabular import Row

MEASURE = ("domain", "indicator", "instrument", "metric", "unit")
# A median of other trials takes at least so many.
MIN_OTHER_TRIALS = 3
# So many deviations (1.4826 times the median absolute one) are far off in logs.
FAR = 5.0
# Beyond these numbers one summary serves all: leaving one of many out changes nothing.
MANY_TRIALS = 200
MANY_ROWS = 50
MANY_UNITS = 10


@dataclass(frozen=True)
class Usual:
    """The median of other trials, the factor that is far from it, and how many trials they are."""

    middle: float
    factor: float
    trials: int

    def __str__(self) -> str:
        """Return `the median of 7 other trials is 1.2`."""
        return f"the median of {self.trials} other trials is {self.middle:.3g}"

    def is_far(self, value: float, at_least: float) -> bool:
        """Return whether a value lies off by more than both factors."""
        limit = max(at_least, self.factor)
        return not 1 / limit <= value / self.middle <= limit


def middle_sd(row: Row, arm: str) -> float | None:
    """Return an arm's SD, as printed or from its SE or CI."""
    sd = arm_sd(row, arm)
    # Limits the wrong way round (an error of their own) would give one below 0.
    return max((sd.low + sd.high) / 2, 0.0) if sd else None


def spread_of(row: Row) -> float | None:
    """Return the root mean square of the arms' SDs, or None where neither is known or above 0."""
    sds = [sd for sd in (middle_sd(row, arm) for arm in ARMS) if sd]
    return math.hypot(*sds) / math.sqrt(len(sds)) if sds else None


def level_of(row: Row) -> float | None:
    """Return the mean of the arms' means."""
    means = [float(row[f"mean_{arm}"]) for arm in ARMS if row[f"mean_{arm}"]]
    return math.fsum(means) / len(means) if means else None


class Fellows:
    """The SDs and means of all rows by measure: domain, indicator, instrument, unit and metric."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._found: dict[tuple, dict[str, list[tuple[int, float]]]] = defaultdict(dict)
        self._usual: dict[tuple, Usual | None] = {}
        self._units: dict[tuple, dict[str, None]] = defaultdict(dict)
        for row in rows:
            self._units[_measure(row)[:-1]][row["unit"]] = None
            for name, value in (("spread", spread_of(row)), ("level", level_of(row))):
                if value is not None:
                    trials = self._found[name, *_measure(row)]
                    trials.setdefault(row["study_id"], []).append((id(row), value))

    def in_trial(self, name: str, row: Row) -> list[float]:
        """Return the `spread` or `level` of the trial's other rows about this measure."""
        rows = self._found[name, *_measure(row)].get(row["study_id"], [])
        return [value for other, value in rows[:MANY_ROWS] if other != id(row)]

    def other_units(self, row: Row) -> list[str]:
        """Return the other units in which the measure is given, as they come in the sheets."""
        units = (unit for unit in self._units[_measure(row)[:-1]] if unit and unit != row["unit"])
        return list(units)[:MANY_UNITS]

    def elsewhere(self, name: str, row: Row) -> Usual | None:
        """Return what is usual in other trials; None with fewer than three or negative values."""
        key = (name, *_measure(row))
        trials = self._found[key]
        left_out = row["study_id"] if len(trials) <= MANY_TRIALS else None
        if (*key, left_out) not in self._usual:
            typical = [
                median(value for _, value in found[:MANY_ROWS])
                for study, found in trials.items()
                if study != left_out
            ]
            self._usual[*key, left_out] = _usual(typical)
        return self._usual[*key, left_out]


def _measure(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in MEASURE)


def _usual(values: Sequence[float]) -> Usual | None:
    """Return the median of positive values and exp(5 scaled median absolute deviations) of logs."""
    if len(values) < MIN_OTHER_TRIALS or min(values) <= 0:
        return None
    logs = [math.log(value) for value in values]
    middle = median(logs)
    deviation = 1.4826 * median(abs(each - middle) for each in logs)
    return Usual(math.exp(middle), math.exp(min(FAR * deviation, 50.0)), len(values))


def distance(value: float, others: Sequence[float]) -> float:
    """Return how far a value lies from the median of others; of two middle ones, from the nearer.

    So one wrong number among the others makes no right one look odd.
    """
    ranked = sorted(others)
    middle = ranked[(len(ranked) - 1) // 2 : len(ranked) // 2 + 1]
    return min(abs(value - each) for each in middle)


def odd_ones(cells: dict[str, float], others: Sequence[float], limit: float) -> list[str]:
    """Return the cells further than `limit` from the median of all other cells and `others`."""
    found = []
    for name, value in cells.items():
        rest = [each for other, each in cells.items() if other != name] + list(others)
        if rest and distance(value, rest) > limit:
            found.append(name)
    return found
