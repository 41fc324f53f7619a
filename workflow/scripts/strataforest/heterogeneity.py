"""How much true effects differ: Cochran's Q, I2, H2, the Q-profile interval, prediction.

Units: tau2 is in squared units of the effect; I2 in percent, 0 to 100; H2 is a ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import (
    Batch,
    as_rows,
    check_choice,
    chunks,
    effective_total,
)
from strataforest.estimation.distributions import (
    check_level,
    chi2_quantile,
    chi2_upper_p,
    critical_value,
)
from strataforest.estimation.generalised_q import generalised_q, solve_generalised_q
from strataforest.estimation.tau2_estimators import checked_tau2

I2_METHODS = ("tau2", "q")
PREDICTION_METHODS = ("z", "t_k_minus_1", "t_k_minus_2")


@dataclass(frozen=True)
class Spread:
    """Cochran's Q with df and p; I2 (percent) and H2. Arrays of shape (B,)."""

    q: np.ndarray
    q_df: np.ndarray
    q_p: np.ndarray
    i2: np.ndarray
    h2: np.ndarray


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q with df and p; I2 (percent) and H2 with intervals; the interval of tau2.

    Arrays of shape (B,). The intervals are NaN for k = 1, which says nothing about tau2.
    """

    q: np.ndarray
    q_df: np.ndarray
    q_p: np.ndarray
    i2: np.ndarray
    h2: np.ndarray
    tau2_ci_low: np.ndarray
    tau2_ci_high: np.ndarray
    i2_ci_low: np.ndarray
    i2_ci_high: np.ndarray
    h2_ci_low: np.ndarray
    h2_ci_high: np.ndarray


def cochran_q(yi, vi) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cochran's (1954) Q = sum((yi - mu)^2 / vi), mu the common-effect estimate; df = k-1; p.

    yi and vi: (k,) or padded (B, k), NaN where absent. Returns (q, df, p), each (B,), p the upper
    tail of chi-squared; k = 1 gives 0, 0, 1.

    Raises:
        ValueError: as `pool` for yi and vi.
    """
    yi, vi = as_rows(yi, vi)
    q = np.concatenate(
        [generalised_q(batch, np.zeros(len(batch.k))) for _, batch in chunks(yi, vi)]
    )
    df = (~np.isnan(yi)).sum(axis=1) - 1
    return q, df, chi2_upper_p(q, df)


def typical_variance(yi, vi) -> np.ndarray:
    """Typical sampling variance vt = (k-1) / (W - sum(w^2)/W), w = 1/vi (Higgins & Thompson 2002).

    yi and vi: (k,) or padded (B, k). Returns (B,), in squared units of yi; NaN for k = 1.

    Raises:
        ValueError: as `pool` for yi and vi.
    """
    yi, vi = as_rows(yi, vi)
    parts = []
    for _, batch in chunks(yi, vi):
        weights = 1 / batch.vi
        spread = effective_total(weights, weights.sum(axis=1))
        several = batch.k > 1
        typical = (batch.k - 1) / np.where(several, spread, 1.0)
        parts.append(np.where(several, batch.unit**2 * typical, np.nan))
    return np.concatenate(parts)


def q_profile(yi, vi, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Confidence interval of tau2 by the Q-profile method (Viechtbauer 2007, Stat Med 26:37-52).

    The bounds solve Q(tau2) = sum((yi - mu)^2 / (vi + tau2)) = c, c the (1 + level)/2 (lower
    bound) and (1 - level)/2 (upper bound) quantiles of chi-squared with k-1 df. A bound is 0 where
    already Q(0) <= c; so an empty set gives (0, 0).

    yi and vi: (k,) or padded (B, k). Returns (low, high), each (B,), in squared units of yi; NaN
    for k = 1.

    Raises:
        ValueError: as `pool` for yi and vi; level outside 0 to 1.
    """
    check_level(level)
    yi, vi = as_rows(yi, vi)
    bounds = []
    for probability in ((1 + level) / 2, (1 - level) / 2):
        parts = [_solve_q(batch, probability) for _, batch in chunks(yi, vi)]
        bounds.append(np.concatenate(parts))
    return bounds[0], bounds[1]


def prediction_interval(
    estimate, se, tau2, k, method: str = "t_k_minus_2", level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval for the true effect of a new study: estimate -/+ c sqrt(se^2 + tau2).

    c is the quantile of the normal ("z"), of t with k-1 ("t_k_minus_1") or with k-2 degrees of
    freedom, at least 1 ("t_k_minus_2"; Higgins, Thompson & Spiegelhalter 2009, JRSS A
    172:137-159; Riley, Higgins & Deeks 2011). All arguments of one shape, usually (B,); returns
    (low, high) of that shape, NaN for k = 1, where tau2 is unknown.

    Raises:
        ValueError: unknown method; level outside 0 to 1.
    """
    check_choice("method", method, PREDICTION_METHODS)
    estimate, se, tau2, k = (np.asarray(part, dtype=float) for part in (estimate, se, tau2, k))
    subtract = {"z": -np.inf, "t_k_minus_1": 1, "t_k_minus_2": 2}[method]
    half_width = critical_value(np.maximum(k - subtract, 1.0), level) * np.sqrt(se**2 + tau2)
    half_width = np.where(k > 1, half_width, np.nan)
    return estimate - half_width, estimate + half_width


def heterogeneity(yi, vi, tau2, *, i2: str = "tau2", level: float = 0.95) -> Heterogeneity:
    """Bundle Q, I2, H2 and their intervals for the given tau2 (B,).

    i2 = "tau2": I2 = 100 tau2 / (tau2 + vt) and H2 = 1 + tau2 / vt, vt the typical variance.
    i2 = "q": I2 = 100 max(0, (Q - df) / Q) and H2 = Q / df, which may fall below 1 (Higgins &
    Thompson 2002, Stat Med 21:1539-1558). Either way the intervals are the Q-profile interval of
    tau2, taken through vt. k = 1: I2 = 0, H2 = 1.

    Raises:
        ValueError: as `pool` for yi and vi; unknown i2; level outside 0 to 1; tau2 not of shape
            (B,), negative or not finite.
    """
    yi, vi = as_rows(yi, vi)
    point = spread(yi, vi, tau2, i2=i2)
    typical = typical_variance(yi, vi)
    low, high = q_profile(yi, vi, level)
    return Heterogeneity(
        **vars(point),
        tau2_ci_low=low,
        tau2_ci_high=high,
        i2_ci_low=_i2(low, typical),
        i2_ci_high=_i2(high, typical),
        h2_ci_low=1 + low / typical,
        h2_ci_high=1 + high / typical,
    )


def spread(yi, vi, tau2, *, i2: str = "tau2") -> Spread:
    """Return Q, I2 and H2 without their intervals, which take most of the time of many refits.

    Formulas and errors as `heterogeneity`.
    """
    check_choice("i2", i2, I2_METHODS)
    yi, vi = as_rows(yi, vi)
    tau2 = checked_tau2(tau2, len(yi))
    q, df, p = cochran_q(yi, vi)
    typical = typical_variance(yi, vi)
    if i2 == "tau2":
        share, ratio = _i2(tau2, typical), 1 + tau2 / typical
    else:
        excess = np.maximum(q - df, 0.0)
        share = 100 * excess / np.where(excess > 0, q, 1.0)
        ratio = q / np.maximum(df, 1)
    return Spread(
        q=q,
        q_df=df,
        q_p=p,
        i2=np.where(df > 0, share, 0.0),
        h2=np.where(df > 0, ratio, 1.0),
    )


def _i2(tau2: np.ndarray, typical: np.ndarray) -> np.ndarray:
    return 100 * tau2 / (tau2 + typical)


def _solve_q(batch: Batch, probability: float) -> np.ndarray:
    """Tau2 at which the generalised Q equals the quantile; 0 where Q(0) is below; NaN for k = 1."""
    target = chi2_quantile(np.maximum(batch.k - 1, 1), probability)
    tau2, converged = solve_generalised_q(batch, target)
    if not converged.all():
        raise ArithmeticError("the Q-profile search for tau2 did not converge")
    return np.where(batch.k > 1, batch.unit**2 * tau2, np.nan)
