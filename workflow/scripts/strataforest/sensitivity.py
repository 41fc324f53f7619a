"""Does one study carry the result? Every study left out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import as_rows
from strataforest.heterogeneity import Spread, spread
from strataforest.pooling import PooledEffects, pool

I2_SHIFT = 25.0  # percentage points
TAU2_SHARE = 0.5


@dataclass(frozen=True)
class LeaveOneOut:
    """Entry i is the pooled result without study i: arrays of shape (k,).

    i2 in percent; `change` = estimate - full estimate; the flags are boolean.
    """

    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    p_value: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray
    q: np.ndarray
    q_p: np.ndarray
    change: np.ndarray
    flag_direction: np.ndarray
    flag_significance: np.ndarray
    flag_magnitude: np.ndarray
    flag_heterogeneity: np.ndarray


def leave_one_out(
    yi,
    vi,
    *,
    tau2_method: str = "REML",
    ci: str = "z",
    i2: str = "tau2",
    level: float = 0.95,
    magnitude_change: float = 0.2,
    groups: Sequence[str] | None = None,
) -> LeaveOneOut:
    """Refit without each study in turn (Viechtbauer & Cheung 2010, Res Synth Methods 1:112-125).

    With `groups` (the trial of each effect), every trial is left out with all its effects; entry i
    is then without the i-th trial in the order of first appearance.

    Flags, against the fit of all studies: direction (the estimate's sign differs), significance
    (the two-sided p crosses 1 - level), magnitude (|change| > magnitude_change |full estimate|),
    heterogeneity (I2 moves by 25 percentage points or more, or tau2 falls below half of a full
    tau2 that is above 0).

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        tau2_method: as `pool`.
        ci: as `pool`.
        i2: as `heterogeneity`.
        level: confidence level, 0 to 1.
        magnitude_change: share of the full estimate, >= 0.
        groups: labels, length k; at least two must differ.

    Returns:
        LeaveOneOut, arrays (k,), or one entry per group. For k = 2 the refits are single studies.

    Raises:
        ValueError: yi is not one-dimensional, k = 1, an entry absent, magnitude_change negative
            or NaN, a single group; and as `pool` and `heterogeneity`.
    """
    if not magnitude_change >= 0:
        raise ValueError(f"magnitude_change must be >= 0, got {magnitude_change!r}")
    rows_yi, rows_vi = one_complete_row("leave_one_out", yi, vi)
    without_yi, without_vi = without_each(rows_yi[0], rows_vi[0], groups)
    options = {"tau2_method": tau2_method, "ci": ci, "level": level}
    full, refits = pool(rows_yi, rows_vi, **options), pool(without_yi, without_vi, **options)
    full_spread = spread(rows_yi, rows_vi, full.tau2, i2=i2)
    spreads = spread(without_yi, without_vi, refits.tau2, i2=i2)
    change = refits.estimate - full.estimate
    return LeaveOneOut(
        estimate=refits.estimate,
        se=refits.se,
        ci_low=refits.ci_low,
        ci_high=refits.ci_high,
        p_value=refits.p_value,
        tau2=refits.tau2,
        i2=spreads.i2,
        q=spreads.q,
        q_p=spreads.q_p,
        change=change,
        flag_direction=np.sign(refits.estimate) != np.sign(full.estimate),
        flag_significance=(refits.p_value < 1 - level) != (full.p_value < 1 - level),
        flag_magnitude=np.abs(change) > magnitude_change * np.abs(full.estimate),
        flag_heterogeneity=_heterogeneity_shifts(full, full_spread, refits, spreads),
    )


def one_complete_row(caller: str, yi, vi, single: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Check one meta-analysis without absent entries and return it as arrays (1, k).

    Raises:
        ValueError: yi is not one-dimensional, an entry absent, k = 1 (unless `single`): the
            message names the caller; and as `pool`.
    """
    if np.ndim(yi) != 1:
        raise ValueError(f"{caller} takes one meta-analysis, yi and vi of shape (k,)")
    yi, vi = as_rows(yi, vi)
    if np.isnan(yi).any():
        raise ValueError(f"{caller} takes no absent entries: index i is study i")
    if yi.shape[1] < 2 and not single:
        raise ValueError(f"{caller} needs at least two studies")
    return yi, vi


def without_each(
    yi: np.ndarray, vi: np.ndarray, groups: Sequence[str] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return a row per refit: (k, k-1) without each study, or (G, k) padded without each group."""
    k = len(yi)
    if groups is None:
        columns = np.arange(k - 1)
        kept = columns + (columns >= np.arange(k)[:, None])
        return yi[kept], vi[kept]
    names = list(dict.fromkeys(groups))
    if len(groups) != k or len(names) < 2:
        raise ValueError("leave_one_out needs a group for each effect, and two different ones")
    absent = np.array(names)[:, None] == np.array(list(groups))
    return np.where(absent, np.nan, yi), np.where(absent, np.nan, vi)


def _heterogeneity_shifts(
    full: PooledEffects, full_spread: Spread, refits: PooledEffects, spreads: Spread
) -> np.ndarray:
    shifted = np.abs(spreads.i2 - full_spread.i2) >= I2_SHIFT
    return shifted | ((full.tau2 > 0) & (refits.tau2 < TAU2_SHARE * full.tau2))
