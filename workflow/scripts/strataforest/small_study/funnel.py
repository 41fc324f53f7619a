"""The contour-enhanced funnel: where studies should lie, and where p would be small.

Also what the small-study methods share: the check of their input, the side that they suspect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import as_rows, check_choice
from strataforest.estimation.distributions import check_level, critical_value, two_sided_p

CONTOUR_P = (0.1, 0.05, 0.01)
ALTERNATIVES = ("auto", "greater", "less")
# Share of its terms by which a sum can differ from 0 through rounding.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Funnel:
    """The lines of a contour-enhanced funnel, straight in the standard error: two ends suffice.

    `sei` and `p_value` (two-sided, normal, of no effect) per study, (k,). `se_ends` (2,) is 0 and
    the largest standard error drawn; region_low and region_high (2,) are the pseudo confidence
    region there; contour_low and contour_high (C, 2) belong to `contour_p` (C,).
    """

    sei: np.ndarray
    p_value: np.ndarray
    se_ends: np.ndarray
    region_low: np.ndarray
    region_high: np.ndarray
    contour_p: np.ndarray
    contour_low: np.ndarray
    contour_high: np.ndarray


def funnel(
    yi,
    vi,
    estimate: float,
    *,
    level: float = 0.95,
    contours: Sequence[float] = CONTOUR_P,
    margin: float = 0.05,
) -> Funnel:
    """Region estimate -/+ c sei (no heterogeneity), contours 0 -/+ c_p sei.

    c is the normal quantile of `level`, c_p that of two-sided p: between the contours of p = 0.05
    and 0.01 a study has 0.01 < p < 0.05, whatever the estimate (Peters et al. 2008, J Clin
    Epidemiol 61:991-996).

    Args:
        yi: effects, (k,).
        vi: their sampling variances, (k,).
        estimate: the pooled effect, where the region's tip stands.
        level: of the region, 0 to 1.
        contours: two-sided p-values, each 0 to 1.
        margin: share by which the largest standard error is exceeded.

    Raises:
        ValueError: yi not one-dimensional, an entry absent; estimate not finite; level or a
            contour outside 0 to 1; margin negative; and as `pool`.
    """
    yi, vi = one_analysis(yi, vi, "funnel", at_least=1)
    check_level(level)
    if not np.isfinite(estimate):
        raise ValueError(f"estimate must be finite, got {estimate!r}")
    if not margin >= 0:
        raise ValueError(f"margin must be >= 0, got {margin!r}")
    contour_p = np.array(contours, dtype=float)
    sei = np.sqrt(vi)
    se_ends = np.array([0.0, (1 + margin) * sei.max()])
    reach = critical_value(np.inf, level) * se_ends
    widths = np.array([float(critical_value(np.inf, 1 - p)) for p in contour_p])[:, None] * se_ends
    return Funnel(
        sei=sei,
        p_value=two_sided_p(yi / sei, np.inf),
        se_ends=se_ends,
        region_low=estimate - reach,
        region_high=estimate + reach,
        contour_p=contour_p,
        contour_low=-widths,
        contour_high=widths,
    )


def one_analysis(yi, vi, name: str, at_least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return yi and vi as float arrays (k,), or raise a ValueError that names the function."""
    if np.ndim(yi) != 1:
        raise ValueError(f"{name} takes one meta-analysis, yi and vi of shape (k,)")
    yi, vi = as_rows(yi, vi)
    if np.isnan(yi).any():
        raise ValueError(f"{name} takes no absent entries")
    if yi.shape[1] < at_least:
        raise ValueError(f"{name} needs at least {at_least} studies, got k = {yi.shape[1]}")
    return yi[0], vi[0]


def selected_side(yi: np.ndarray, vi: np.ndarray, alternative: str) -> str:
    """Which effects selection favours: "greater", "less", or the common-effect estimate's side.

    An estimate that is 0 but for rounding (whose sign would follow row order) gives "greater".
    Raises ValueError for an alternative that is not one of ALTERNATIVES.
    """
    check_choice("alternative", alternative, ALTERNATIVES)
    if alternative != "auto":
        return alternative
    pull = yi / vi
    return "less" if pull.sum() < -ROUNDING * np.abs(pull).sum() else "greater"
