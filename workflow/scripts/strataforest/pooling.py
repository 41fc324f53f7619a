"""Random- and common-effects pooling of many meta-analyses at once.

Inverse-variance model: yi ~ N(mu, vi + tau2). Units: yi and estimates on the analysis scale (log
for ratios), vi and tau2 its square, weights in percent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from strataforest.batches import (
    Batch,
    WeightedMeans,
    as_rows,
    check_choice,
    chunks,
    effective_total,
    inverse_variance,
)
from strataforest.distributions import check_level, critical_value, two_sided_p
from strataforest.reml import reml_tau2

CI_METHODS = ("z", "hksj", "hksj_adhoc")


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


def common_effect_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = 0: all studies estimate one effect."""
    return np.zeros(len(batch.k)), np.ones(len(batch.k), dtype=bool)


def dersimonian_laird_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = max(0, (Q - (k-1)) / (W - sum(w^2)/W)), w = 1/vi; 0 for k = 1.

    DerSimonian & Laird 1986, Control Clin Trials 7:177-188. Cut at 0 before weights are formed.
    """
    means = inverse_variance(batch, np.zeros(len(batch.k)))
    q = (means.weights * means.residuals**2).sum(axis=1)
    spread = effective_total(means.weights, means.total)
    tau2 = np.maximum(0.0, (q - (batch.k - 1)) / np.where(batch.k > 1, spread, 1.0))
    return tau2, np.ones(len(batch.k), dtype=bool)


# Batch in, tau2 in the batch's units and convergence out: a new estimator is one more function.
TAU2_ESTIMATORS: dict[str, Callable[[Batch], tuple[np.ndarray, np.ndarray]]] = {
    "REML": reml_tau2,
    "DL": dersimonian_laird_tau2,
    "EE": common_effect_tau2,
}


def pool(yi, vi, *, tau2_method: str = "REML", ci: str = "z", level: float = 0.95) -> PooledEffects:
    """Pool every row: estimate = sum(w yi) / sum(w), w = 1 / (vi + tau2).

    Standard error: 1 / sqrt(W) with a normal for ci = "z"; for "hksj" sqrt(s / W) with
    s = sum(w (yi - estimate)^2) / (k-1) and t on k-1 degrees of freedom (Hartung & Knapp 2001,
    Stat Med 20:3875-3889; Sidik & Jonkman 2002); "hksj_adhoc" never lets s fall below 1 (Knapp &
    Hartung 2003). tau2 by REML (Viechtbauer 2005: the global maximum of the restricted
    likelihood, to machine precision), DL (DerSimonian & Laird 1986) or EE (common effect, 0).

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
    parts = [_pool_batch(batch, tau2_method, ci, level) for _, batch in chunks(yi, vi)]
    return PooledEffects(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(PooledEffects)
        }
    )


def _pool_batch(batch: Batch, tau2_method: str, ci: str, level: float) -> PooledEffects:
    tau2, converged = TAU2_ESTIMATORS[tau2_method](batch)
    means = inverse_variance(batch, tau2)
    scale, df = _scale_and_df(batch, means, ci)
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


def _scale_and_df(batch: Batch, means: WeightedMeans, ci: str) -> tuple[np.ndarray, np.ndarray]:
    """The factor on the squared standard error, and the degrees of freedom of the test."""
    single = batch.k == 1
    if ci == "z":
        return np.ones(len(single)), np.full(len(single), np.inf)
    scale = (means.weights * means.residuals**2).sum(axis=1) / np.maximum(batch.k - 1, 1)
    if ci == "hksj_adhoc":
        scale = np.maximum(scale, 1.0)
    return np.where(single, 1.0, scale), np.where(single, np.inf, batch.k - 1.0)


def _statistic(estimate: np.ndarray, se: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((estimate == 0) & (se == 0), 0.0, estimate / se)
