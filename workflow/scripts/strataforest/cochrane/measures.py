"""What the numbers of data rows give, by each measure that RevMan knows.

Data rows name no measure: it is the one whose effects are those that are printed. Numbers that an
analysis does not use are 0 in them, so a spread of 0 means that there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest import effect_sizes
from strataforest.cochrane.reading import DataRow
from strataforest.zero_cells import corrected_counts, no_contrast

Effects = tuple[np.ndarray, np.ndarray]
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Measure:
    """A way to an effect: the kind of data it takes, and whether it is pooled as a logarithm."""

    name: str
    kind: str
    is_ratio: bool
    effects: Callable[[Columns], Effects]


def columns_of(rows: Sequence[DataRow]) -> dict[str, np.ndarray]:
    """Return the numbers of rows as arrays by heading, NaN where absent."""
    names = rows[0].numbers
    return {name: np.array([row.numbers[name] for row in rows], float) for name in names}


def _counts(c: Columns) -> tuple[np.ndarray, ...]:
    """Return events and people of both arms; NaN where an arm has nobody."""
    table = [c[f"{arm} {name}"] for arm in ("Experimental", "Control") for name in ("cases", "N")]
    has_people = (table[1] > 0) & (table[3] > 0)
    return tuple(np.where(has_people, part, np.nan) for part in table)


def _counted(function: Callable, to: str) -> Callable[[Columns], Effects]:
    def effects(c: Columns) -> Effects:
        table = _counts(c)
        yi, vi = function(*corrected_counts(*table, to=to))
        if function is not effect_sizes.risk_difference:
            yi = np.where(no_contrast(*table), np.nan, yi)
        return yi, np.where(vi > 0, vi, np.nan)

    return effects


def _arms(c: Columns) -> tuple[np.ndarray, ...]:
    """Return mean, SD and n of both arms; NaN where no arm has a spread."""
    parts = [c[f"{arm} {name}"] for arm in ("Experimental", "Control") for name in _OF_MEANS]
    has_spread = (parts[1] > 0) | (parts[4] > 0)
    return tuple(np.where(has_spread, part, np.nan) for part in parts)


_OF_MEANS = ("mean", "SD", "N")


def _smd(c: Columns) -> Effects:
    """Hedges' g with the approximate J, and RevMan's variance (see `smd_variance`)."""
    mean1, sd1, n1, mean2, sd2, n2 = _arms(c)
    j = effect_sizes.hedges_j(n1 + n2 - 2, "approximate")
    g = j * effect_sizes.cohen_d(mean1, sd1, n1, mean2, sd2, n2)
    return g, effect_sizes.smd_variance(g, n1, n2, estimator="g", se="holkinse")


def _giv(c: Columns) -> Effects:
    se = np.where(c["GIV SE"] > 0, c["GIV SE"], np.nan)
    return np.where(np.isfinite(se), c["GIV Mean"], np.nan), se**2


def _observed_less_expected(c: Columns) -> Effects:
    """Ln ratio = (O-E)/V with variance 1/V."""
    v = np.where(c["Variance"] > 0, c["Variance"], np.nan)
    return c["O-E"] / v, 1 / v


# Of measures that give the printed effects equally often the first is taken.
MEASURES = (
    Measure("MD", "means", False, lambda c: effect_sizes.mean_difference(*_arms(c))),
    Measure("SMD", "means", False, _smd),
    Measure("RR", "counts", True, _counted(effect_sizes.log_risk_ratio, "only_zero")),
    Measure("OR", "counts", True, _counted(effect_sizes.log_odds_ratio, "only_zero")),
    Measure("PETO", "counts", True, _counted(effect_sizes.peto_log_odds_ratio, "none")),
    Measure("RD", "counts", False, _counted(effect_sizes.risk_difference, "only_zero")),
    Measure("difference", "giv", False, _giv),
    Measure("ratio", "giv", True, _giv),
    Measure("O-E ratio", "o-e", True, _observed_less_expected),
)
