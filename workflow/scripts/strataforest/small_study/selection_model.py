"""The three-parameter selection model: what if studies that are not significant stay unpublished?

Step-function model (Hedges 1992, Stat Sci 7:246-255; Vevea & Hedges 1995, Psychometrika
60:419-435) with one cut at a one-sided p of 0.025. A study counts with weight 1 below the cut and
delta above it; delta < 1 says that non-significant studies are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from strataforest.estimation.batches import as_batch
from strataforest.estimation.distributions import (
    check_level,
    chi2_upper_p,
    critical_value,
    two_sided_p,
)
from strataforest.small_study.funnel import one_analysis, selected_side
from strataforest.small_study.selection_likelihood import Selected, maximise

AT_LEAST = 3  # studies: as many as parameters
DELTA_MIN, DELTA_MAX = 1e-4, 100.0


@dataclass(frozen=True)
class SelectionModel:
    """The fit to k studies, `k_significant` of them below the cut, on the scale of yi.

    estimate (adjusted) with se, statistic (z), p_value and interval; tau2; delta with se_delta;
    log_likelihood, and lrt (df 1) with lrt_p against delta = 1. `alternative` is the side on which
    a study counts as significant. `at_bound`: delta stands at `DELTA_MIN` or `DELTA_MAX`, and
    the likelihood rises on beyond it. `converged`: the score is 0 to rounding, but for parameters
    at a bound. Standard errors are NaN for tau2 = 0 and for a delta at its bound, and all are where
    the information is not positive definite.
    """

    k: int
    k_significant: int
    alternative: str
    estimate: float
    se: float
    statistic: float
    p_value: float
    ci_low: float
    ci_high: float
    tau2: float
    se_tau2: float
    delta: float
    se_delta: float
    log_likelihood: float
    lrt: float
    lrt_p: float
    at_bound: bool
    converged: bool


def selection_model(
    yi, vi, *, alternative: str = "auto", cut: float = 0.025, level: float = 0.95
) -> SelectionModel:
    """Maximise sum(log(w_i f_i / A_i)) over mu, tau2 >= 0 and DELTA_MIN <= delta <= DELTA_MAX.

    f_i is the normal density of yi with mean mu and variance vi + tau2; w_i is 1 where the
    one-sided p = 1 - Phi(yi / sei) <= cut, else delta; A_i = 1 - B_i + delta B_i, B_i =
    Phi((c sei - mu) / sqrt(vi + tau2)), c the normal quantile of 1 - cut. The likelihood can have
    several maxima: Newton starts from a grid and the highest is kept. Standard errors come from
    the observed information of the parameters that are not at a bound: metafor's `selmodel` takes
    tau2 in at 0 too, by numerical differences that step below 0, where it cuts tau2.

    Args:
        yi: effects, (k,).
        vi: their sampling variances, (k,).
        alternative: "greater" (positive effects are the ones selected), "less", or "auto": by the
            sign of the common-effect estimate.
        cut: one-sided p, 0 to 1.
        level: confidence level, 0 to 1.

    Raises:
        ValueError: yi not one-dimensional, an entry absent, k < 3, all studies on one side of the
            cut (delta has then no estimate), alternative unknown, cut or level outside 0 to 1;
            and as `pool`.
    """
    check_level(level)
    if not 0 < cut < 1:
        raise ValueError(f"cut must lie between 0 and 1, got {cut!r}")
    yi, vi = one_analysis(yi, vi, "selection_model", at_least=AT_LEAST)
    alternative = selected_side(yi, vi, alternative)
    sign = -1.0 if alternative == "less" else 1.0
    # Units of the smallest standard error; the cut is fixed at 0, so yi is not centred.
    unit = float(as_batch(yi[None], vi[None]).unit[0])
    data = _selected(sign * yi / unit, vi / unit / unit, cut)
    fit = maximise(data, *_bounds(DELTA_MIN, DELTA_MAX))
    plain = maximise(data, *_bounds(1.0, 1.0))
    estimate, se = sign * float(fit.theta[0]) * unit, float(fit.se[0]) * unit
    half_width = float(critical_value(np.inf, level)) * se
    lrt = max(0.0, 2 * (fit.log_likelihood - plain.log_likelihood))
    return SelectionModel(
        k=len(yi),
        k_significant=int((~data.weighted).sum()),
        alternative=alternative,
        estimate=estimate,
        se=se,
        statistic=estimate / se,
        p_value=float(two_sided_p(estimate / se, np.inf)),
        ci_low=estimate - half_width,
        ci_high=estimate + half_width,
        tau2=float(fit.theta[1]) * unit**2,
        se_tau2=float(fit.se[1]) * unit**2,
        delta=float(np.clip(np.exp(fit.theta[2]), DELTA_MIN, DELTA_MAX)),
        se_delta=float(fit.se[2]),
        log_likelihood=fit.log_likelihood - len(yi) * float(np.log(unit)),
        lrt=lrt,
        lrt_p=float(chi2_upper_p(lrt, 1)),
        at_bound=bool(fit.at_bound[2]),
        converged=fit.converged and plain.converged,
    )


def _selected(yi: np.ndarray, vi: np.ndarray, cut: float) -> Selected:
    """The studies with their cut; raises ValueError where none lies on one side of it."""
    significant = ndtr(-yi / np.sqrt(vi)) <= cut
    if significant.all() or not significant.any():
        side = "at or below" if significant.all() else "above"
        raise ValueError(f"all one-sided p-values lie {side} {cut}: delta cannot be estimated")
    return Selected(yi, vi, -ndtri(cut) * np.sqrt(vi), ~significant)


def _bounds(delta_min: float, delta_max: float) -> tuple[np.ndarray, np.ndarray]:
    """Of (mu, tau2, log(delta))."""
    return (
        np.array([-np.inf, 0.0, np.log(delta_min)]),
        np.array([np.inf, np.inf, np.log(delta_max)]),
    )
