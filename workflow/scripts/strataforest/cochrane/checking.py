"""Compare the effects, intervals and weights that data rows print with ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from strataforest.cochrane.measures import MEASURES, Measure, columns_of
from strataforest.cochrane.reading import DataRow

# Printed numbers have six decimals; those of small numbers are what a sheet rounds further.
ABSOLUTE, RELATIVE = 2e-6, 1e-5
LEVELS = (0.9, 0.99, 0.975, 0.999)
PRINTED = ("Mean", "CI start", "CI end")


@dataclass(frozen=True)
class Checked:
    """An analysis: its rows, its measure, our yi and vi (k,), and per row what the check found.

    `effect` and `interval` hold yes, no, or an empty text where nothing is printed; `reason` says
    why one is not ours.
    """

    rows: Sequence[DataRow]
    measure: Measure
    yi: np.ndarray
    vi: np.ndarray
    effect: list[str]
    interval: list[str]
    reason: list[str]


def checked(rows: Sequence[DataRow]) -> Checked:
    """Return an analysis with the measure that gives most of its printed effects.

    Where several do, or none, it is the one that most rows have the numbers for, then the one whose
    effects are the nearest to what is printed, then the first.
    """
    c = columns_of(rows)
    found = []
    for measure in MEASURES:
        yi, vi = measure.effects(c)
        shown = np.exp(yi) if measure.is_ratio else yi
        usable = np.isfinite(yi) & np.isfinite(vi)
        gaps = np.abs(shown - c["Mean"])[usable & np.isfinite(c["Mean"])]
        nearness = -float(np.median(gaps)) if len(gaps) else -np.inf
        rank = (int(_near(shown, c["Mean"]).sum()), int(usable.sum()), nearness)
        found.append((measure, yi, vi, rank))
    measure, yi, vi, _ = max(found, key=lambda entry: entry[3])
    others = {m.name: np.exp(y) if m.is_ratio else y for m, y, _, _ in found if m != measure}
    shown = np.exp(yi) if measure.is_ratio else yi
    intervals, reasons = [], []
    same = _near(shown, c["Mean"])
    half = NormalDist().inv_cdf(0.975) * np.sqrt(vi)
    ends = [yi - half, yi + half]
    ends = np.exp(ends) if measure.is_ratio else np.array(ends)
    within = _near(ends[0], c["CI start"]) & _near(ends[1], c["CI end"])
    is_printed = np.isfinite(c["Mean"]) & np.isfinite(yi)
    has_interval = is_printed & np.isfinite(c["CI start"]) & np.isfinite(c["CI end"])
    for i in range(len(rows)):
        intervals.append(_word(has_interval[i], within[i]))
        reason = ""
        if is_printed[i] and not same[i]:
            fits = [name for name, values in others.items() if _near(values, c["Mean"])[i]]
            reason = _why(measure, float(shown[i]), float(c["Mean"][i]), fits, rows[i])
        elif has_interval[i] and not within[i]:
            reason = _why_interval(measure, c, i, float(vi[i]))
        reasons.append(reason)
    effect = [_word(a, b) for a, b in zip(is_printed, same, strict=True)]
    return Checked(rows, measure, yi, vi, effect, intervals, reasons)


def _near(ours: np.ndarray, printed: np.ndarray) -> np.ndarray:
    # A comparison with NaN is false: what is not there is not the same.
    return np.abs(ours - printed) <= ABSOLUTE + RELATIVE * np.abs(printed)


def _word(is_there: bool, is_same: bool) -> str:
    return "" if not is_there else "yes" if is_same else "no"


def _why(measure: Measure, ours: float, printed: float, fits: list[str], row: DataRow) -> str:
    """Return why a printed effect is not ours."""
    turned = 1 / ours if measure.is_ratio and ours else -ours
    if _near(np.float64(turned), np.float64(printed)):
        return "the effect is turned: the arms have changed places"
    if fits:
        return (
            f"it is the {fits[0]} of these numbers, the others of the analysis are {measure.name}"
        )
    cells = [row.numbers[f"{arm} cases"] for arm in ("Experimental", "Control")]
    if measure.name == "RD" and 0 in cells:
        return "a table with a 0: RevMan corrects the variance only, we the cells of both"
    return f"no measure gives it; {measure.name} of these numbers is {ours:.6g}"


def _why_interval(measure: Measure, c, i: int, vi: float) -> str:
    """Return why a printed interval is not ours although the effect is."""
    ends = np.array([c["CI start"][i], c["CI end"][i]])
    if measure.is_ratio and (ends <= 0).any():
        return "an end of the interval of a ratio is not above 0"
    width = float(np.diff(np.log(ends) if measure.is_ratio else ends)[0])
    z = width / 2 / np.sqrt(vi)
    for level in LEVELS:
        if abs(z / NormalDist().inv_cdf((1 + level) / 2) - 1) < 1e-3:
            return f"the interval is one of {100 * level:g}%"
    return "another standard error: ours is that of the numbers in the row"
