"""Does the result stand without its most influential studies?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.diagnostics.influence import influence
from strataforest.heterogeneity import spread
from strataforest.pooling import pool
from strataforest.sensitivity import one_complete_row


@dataclass(frozen=True)
class WithoutMostInfluential:
    """The pooled result without the studies of the largest Cook's distances.

    `dropped` holds their indices (0-based, most influential first). Where too few studies would
    remain, `reason` says so, `dropped` is empty, k is None and every number NaN; else `reason` is
    empty. i2 is in percent.
    """

    dropped: np.ndarray
    reason: str
    k: int | None = None
    estimate: float = np.nan
    se: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    p_value: float = np.nan
    tau2: float = np.nan
    i2: float = np.nan
    converged: bool | None = None


def without_most_influential(
    yi,
    vi,
    n: int = 10,
    min_k: int = 3,
    *,
    tau2_method: str = "REML",
    ci: str = "z",
    i2: str = "tau2",
    level: float = 0.95,
    cook_d=None,
) -> WithoutMostInfluential:
    """Pool again without the n studies of the largest Cook's distance, where min_k remain.

    All n leave at once; the distances are those of the full fit. Of equal distances the earlier
    study leaves first, and a study whose distance is NaN last.

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        n: how many studies leave, >= 1.
        min_k: how many must remain, >= 1.
        tau2_method, ci, level: as `pool`.
        i2: as `heterogeneity`.
        cook_d: the Cook's distances (k,), where `influence` has already given them.

    Raises:
        ValueError: n or min_k below 1; cook_d not of shape (k,); and as `influence`.
    """
    if n < 1 or min_k < 1:
        raise ValueError(f"n and min_k must be at least 1, got {n!r} and {min_k!r}")
    rows_yi, rows_vi = one_complete_row("without_most_influential", yi, vi, single=True)
    k = rows_yi.shape[1]
    if k - n < min_k:
        nobody = np.empty(0, dtype=int)
        reason = f"k = {k}: without {n} studies fewer than {min_k} remain"
        return WithoutMostInfluential(nobody, reason)
    if cook_d is None:
        cook_d = influence(rows_yi[0], rows_vi[0], tau2_method=tau2_method, ci=ci).cook_d
    if np.shape(cook_d) != (k,):
        raise ValueError(f"cook_d must hold one distance for each of the {k} studies")
    dropped = np.argsort(-np.asarray(cook_d, dtype=float), kind="stable")[:n]
    yi, vi = np.delete(rows_yi[0], dropped), np.delete(rows_vi[0], dropped)
    fit = pool(yi, vi, tau2_method=tau2_method, ci=ci, level=level)
    found = spread(yi, vi, fit.tau2, i2=i2)
    names = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "converged")
    numbers = {name: getattr(fit, name)[0].item() for name in names}
    return WithoutMostInfluential(dropped, "", k=k - n, i2=found.i2[0].item(), **numbers)
