"""What moderators explain of the heterogeneity (R2), and how uncertain the rest is (Q-profile).

Units: tau2 in squared units of yi; I2 and R2 in percent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.distributions import check_level, chi2_quantile
from strataforest.meta_regression.least_squares import check_design, has_intercept, regressions
from strataforest.meta_regression.mixed_model import check_fitted, fit_meta_regression
from strataforest.meta_regression.residual_tau2 import projection_at, solve_residual_q, trace


@dataclass(frozen=True)
class ExplainedHeterogeneity:
    """tau2_0 without moderators; R2 in percent, `raw` and truncated at 0. Arrays (B,).

    NaN where there is nothing to explain (tau2_0 = 0) or x has no intercept. `at_boundary`: the
    residual tau2 is 0, so an R2 of 100 says that it could not be told from 0, not that it is 0.
    """

    tau2_0: np.ndarray
    raw: np.ndarray
    r2: np.ndarray
    at_boundary: np.ndarray


@dataclass(frozen=True)
class ResidualInterval:
    """Confidence intervals of the residual tau2, I2 (percent) and H2; arrays (B,)."""

    tau2_ci_low: np.ndarray
    tau2_ci_high: np.ndarray
    i2_ci_low: np.ndarray
    i2_ci_high: np.ndarray
    h2_ci_low: np.ndarray
    h2_ci_high: np.ndarray


def explained_heterogeneity(yi, vi, x, *, tau2_method: str = "REML") -> ExplainedHeterogeneity:
    """R2 = 100 (tau2_0 - tau2) / tau2_0, tau2_0 of the same studies without moderators.

    Raudenbush 2009 (Handbook of Research Synthesis, 2nd ed., ch. 16). `raw` can be negative: a
    moderator that explains nothing costs degrees of freedom. For EE, where both are 0, R2 is the
    adjusted one of the weighted regression, 100 (1 - (QE / (k-p)) / (Q / (k-1))), as metafor's.
    tau2_0 = 0 gives NaN (metafor and Stata print 0).

    yi, vi, x, tau2_method: as `fit_meta_regression`, which raises what this raises.
    """
    yi, vi, x = check_design(yi, vi, x)
    full = fit_meta_regression(yi, vi, x, tau2_method=tau2_method)
    alone = fit_meta_regression(yi, vi, np.ones((yi.shape[1], 1)), tau2_method=tau2_method)
    if tau2_method == "EE":
        left, before = full.qe / full.qe_df, alone.qe / alone.qe_df
    else:
        left, before = full.tau2, alone.tau2
    defined = (before > 0) & has_intercept(yi, x)
    raw = np.full(len(yi), np.nan)
    raw[defined] = 100 * (before[defined] - left[defined]) / before[defined]
    return ExplainedHeterogeneity(
        tau2_0=alone.tau2,
        raw=raw,
        r2=np.maximum(raw, 0.0),
        at_boundary=full.tau2 == 0,
    )


def residual_q_profile(yi, vi, x, *, level: float = 0.95) -> ResidualInterval:
    """Q-profile interval of the residual tau2 (Viechtbauer 2007, Stat Med 26:37-52).

    The bounds solve sum(w r^2) = c, w = 1 / (vi + tau2) and r the residuals of the regression with
    these weights, c the (1 + level)/2 and (1 - level)/2 quantiles of chi-squared with k-p degrees
    of freedom. A bound is 0 where the sum at 0 is below c already, so an empty set gives (0, 0).

    yi, vi, x: as `fit_meta_regression`; NaN for rows that it cannot fit.

    Raises:
        ValueError: as `check_design`; level outside 0 to 1; every row collinear or k <= p.
    """
    check_level(level)
    yi, vi, x = check_design(yi, vi, x)
    bounds, typical = np.full((2, len(yi)), np.nan), np.full(len(yi), np.nan)
    for rows, chunk in regressions(yi, vi, x):
        fitted = np.flatnonzero(chunk.full_rank)
        part, place = chunk.take(fitted), rows.start + fitted
        fixed = projection_at(part, np.zeros(len(fitted)))
        typical[place] = part.batch.unit**2 * part.df / trace(fixed)
        for bound, probability in zip(bounds, ((1 + level) / 2, (1 - level) / 2), strict=True):
            tau2, converged = solve_residual_q(part, chi2_quantile(part.df, probability))
            if not converged.all():
                raise ArithmeticError("the Q-profile search for tau2 did not converge")
            bound[place] = part.batch.unit**2 * tau2
    check_fitted(bounds[0], yi, x)
    low, high = bounds
    return ResidualInterval(
        tau2_ci_low=low,
        tau2_ci_high=high,
        i2_ci_low=100 * low / (low + typical),
        i2_ci_high=100 * high / (high + typical),
        h2_ci_low=1 + low / typical,
        h2_ci_high=1 + high / typical,
    )
