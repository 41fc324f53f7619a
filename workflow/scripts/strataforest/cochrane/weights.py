"""Which model the printed weights of an analysis are those of."""

from collections.abc import Iterator

import numpy as np

from strataforest.cochrane.checking import Checked
from strataforest.cochrane.measures import columns_of
from strataforest.pooling import pool

# Percentage points by which a printed weight may differ.
TOLERANCE = 0.005
UNDECIDED = "inverse variance, a common effect or tau2 of 0"
MH_MEASURES = ("RR", "OR", "RD")


def model_of(analysis: Checked) -> str:
    """Return the model that gives an analysis its printed weights, empty where none does.

    The weights of the rows with a printed one are compared, each set scaled to 100.
    """
    c = columns_of(analysis.rows)
    kept = np.isfinite(c["Weight"]) & (c["Weight"] > 0)
    kept &= np.isfinite(analysis.yi) & np.isfinite(analysis.vi)
    if kept.sum() < 2:
        return ""
    printed = _percent(c["Weight"][kept])
    for name, weights in _models(analysis, {n: v[kept] for n, v in c.items()}, kept):
        if np.abs(_percent(weights) - printed).max() <= TOLERANCE:
            return name
    return ""


def _percent(weights: np.ndarray) -> np.ndarray:
    return 100 * weights / weights.sum()


def _models(analysis: Checked, c, kept: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yi, vi = analysis.yi[kept], analysis.vi[kept]
    fitted = {m: float(pool(yi, vi, tau2_method=m).tau2[0]) for m in ("DL", "REML")}
    yield (UNDECIDED if 0 in fitted.values() else "common effect, inverse variance"), 1 / vi
    if analysis.measure.name in MH_MEASURES:
        own = _mantel_haenszel(analysis.measure.name, c)
        if own.sum() > 0:
            yield "common effect, Mantel-Haenszel", own
            yield from _about_mantel_haenszel(analysis.measure, yi, vi, own)
    for method, tau2 in fitted.items():
        yield f"random effects, {method}", 1 / (vi + tau2)


def _mantel_haenszel(measure: str, c) -> np.ndarray:
    """Each table's weight: c n1/N for RR, b c/N for OR, n1 n2/N for RD."""
    a, n1 = c["Experimental cases"], c["Experimental N"]
    events, n2 = c["Control cases"], c["Control N"]
    return {"RR": events * n1, "OR": (n1 - a) * events, "RD": n1 * n2}[measure] / (n1 + n2)


def _about_mantel_haenszel(measure, yi, vi, own) -> Iterator[tuple[str, np.ndarray]]:
    """RevMan 5's random effects from counts: DL with Q about the Mantel-Haenszel estimate."""
    weights = 1 / vi
    if measure.is_ratio:
        # Mean of the ratios, for their tables' weights; zero cells count with half a person.
        estimate = np.log((own * np.exp(yi)).sum() / own.sum())
    else:
        estimate = (own * yi).sum() / own.sum()
    q = (weights * (yi - estimate) ** 2).sum()
    spread = weights.sum() - (weights**2).sum() / weights.sum()
    tau2 = max(0.0, (q - (len(yi) - 1)) / spread)
    yield "random effects, DL about Mantel-Haenszel", 1 / (vi + tau2)
