"""Random- and common-effects pooling of many meta-analyses at once.

Inverse-variance model: yi ~ N(mu, vi + tau2). Units: yi and estimates on the analysis scale (log
for ratios), vi and tau2 its square, weights in percent.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from strataforest.estimation.batches import (
    Batch,
    WeightedMeans,
    as_rows,
    check_choice,
    chunks,
    inverse_variance,
)
from strataforest.estimation.distributions import check_level, critical_value, two_sided_p
from strataforest.estimation.tau2_estimators import TAU2_ESTIMATORS, checked_tau2

CI_METHODS = ("z", "hksj", "hksj_adhoc", "hksj_conditional")


@dataclass(frozen=True)
class PooledEffects:
    """B pooled effects: arrays of shape (B,), weights (B, k).

    k studies; estimate with its se, statistic, df (inf for a normal), two-sided p_value and
    confidence interval; tau2 and whether its search converged; weights in percent, 0 where absent.
    """

    k: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    tau2: np.ndarray
    converged: np.ndarray
    weights: np.ndarray


def pool(yi, vi, *, tau2_method: str = "REML", ci: str = "z", level: float = 0.95) -> PooledEffects:
    """Pool every row: estimate = sum(w yi) / sum(w), w = 1 / (vi + tau2).

    Standard error: 1 / sqrt(W) with a normal for ci = "z"; for "hksj" sqrt(s / W) with
    s = sum(w (yi - estimate)^2) / (k-1) and t on k-1 degrees of freedom (Hartung & Knapp 2001,
    Stat Med 20:3875-3889; Sidik & Jonkman 2002); "hksj_adhoc" never lets s fall below 1 (Knapp &
    Hartung 2003); "hksj_conditional" is "hksj" where k > 2 and tau2 > 0, else "z" (Cochrane
    Handbook 6.5, section 10.10.4.4). tau2 by any method of the module tau2_estimators: REML and ML
    (the global maximum of the likelihood, to machine precision), DL, PM, EB, SJ, HS, HE, or EE
    (common effect, 0).

    k = 1: tau2 is 0 and the test normal whatever `ci`. Where hksj meets yi that are all equal, se
    is 0: statistic +-inf with p 0, or 0 with p 1 for an estimate of 0.

    Args:
        yi: effects, (k,) or padded (B, k), NaN where absent.
        vi: sampling variances, same shape, NaN where absent.
        tau2_method: a key of TAU2_ESTIMATORS.
        ci: one of CI_METHODS.
        level: confidence level, 0 to 1.

    Returns:
        PooledEffects with B = 1 for input of shape (k,).

    Raises:
        ValueError: unknown names; level outside 0 to 1; k = 0; vi not positive and finite; NaN in
            only one of yi and vi; shapes differ.
    """
    check_choice("tau2_method", tau2_method, TAU2_ESTIMATORS)
    check_choice("ci", ci, CI_METHODS)
    check_level(level)
    yi, vi = as_rows(yi, vi)
    return _joined(
        [
            _pool_batch(batch, *TAU2_ESTIMATORS[tau2_method](batch), ci, level)
            for _, batch in chunks(yi, vi)
        ]
    )


def pool_at(yi, vi, tau2, *, ci: str = "z", level: float = 0.95) -> PooledEffects:
    """Pool every row at a tau2 (B,) known beforehand; formulas, arguments and errors as `pool`.

    Raises:
        ValueError: as `pool`; tau2 not (B,), negative or not finite.
    """
    check_choice("ci", ci, CI_METHODS)
    check_level(level)
    yi, vi = as_rows(yi, vi)
    tau2 = checked_tau2(tau2, len(yi))
    return _joined(
        [
            _pool_batch(batch, tau2[rows] / batch.unit**2, np.ones(len(batch.k), bool), ci, level)
            for rows, batch in chunks(yi, vi)
        ]
    )


def _joined(parts: list[PooledEffects]) -> PooledEffects:
    return PooledEffects(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(PooledEffects)
        }
    )


def _pool_batch(
    batch: Batch, tau2: np.ndarray, converged: np.ndarray, ci: str, level: float
) -> PooledEffects:
    means = inverse_variance(batch, tau2)
    scale, df = _scale_and_df(batch, means, tau2, ci)
    estimate = batch.centre + batch.unit * means.mean
    se = batch.unit * np.sqrt(scale / means.total)
    statistic = _statistic(estimate, se)
    half_width = critical_value(df, level) * se
    return PooledEffects(
        k=batch.k,
        estimate=estimate,
        se=se,
        statistic=statistic,
        df=df,
        p_value=two_sided_p(statistic, df),
        ci_low=estimate - half_width,
        ci_high=estimate + half_width,
        tau2=batch.unit**2 * tau2,
        converged=converged,
        weights=100 * means.weights / means.total[:, None],
    )


def _scale_and_df(
    batch: Batch, means: WeightedMeans, tau2: np.ndarray, ci: str
) -> tuple[np.ndarray, np.ndarray]:
    """The factor on the squared standard error, and the degrees of freedom of the test."""
    normal = batch.k == 1
    if ci == "z":
        return np.ones(len(normal)), np.full(len(normal), np.inf)
    if ci == "hksj_conditional":
        normal = (batch.k <= 2) | (tau2 == 0)
    scale = (means.weights * means.residuals**2).sum(axis=1) / np.maximum(batch.k - 1, 1)
    if ci == "hksj_adhoc":
        scale = np.maximum(scale, 1.0)
    return np.where(normal, 1.0, scale), np.where(normal, np.inf, batch.k - 1.0)


def _statistic(estimate: np.ndarray, se: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((estimate == 0) & (se == 0), 0.0, estimate / se)
