"""How well the residual tau2 is known: its large-sample standard error, estimator by estimator.

With w the estimator's own weights, P = W - W X (X'WX)^-1 X'W, m = k - p and t = tau2:

    REML    sqrt(2 / tr PP)                          ML    sqrt(2 / sum w^2)
    PM, EB  sqrt(2 k^2 / m) / sum w                  (these four: w at the estimate)
    DL      sqrt(2 m + 4 t tr P + 2 t^2 tr PP) / tr P     (w = 1 / vi, not at the estimate)
    HS      the same numerator, over sum w
    HE      sqrt(2 tr PVPV + 4 t tr PV + 2 t^2 m) / m                     (w = 1)
    SJ      t0 sqrt(2 tr PVPV + 4 t tr PVP + 2 t^2 tr PP) / m             (w = 1 / (vi + t0))

Viechtbauer 2005 (J Educ Behav Stat 30:261-293) and, for PM, EB and SJ, as metafor prints them.
"""

from __future__ import annotations

import numpy as np

from strataforest.meta_regression.least_squares import Regressions, dot, trace_of_product
from strataforest.meta_regression.residual_tau2 import (
    finite_vi,
    projection_at,
    sidik_jonkman_start,
    trace,
    unweighted_projection,
)


def residual_tau2_se(regressions: Regressions, tau2: np.ndarray, method: str) -> np.ndarray:
    """Standard error of tau2 (B,), both in the batch's units; NaN for EE, which has none."""
    if method == "EE":
        return np.full(len(tau2), np.nan)
    if method in ("DL", "HS"):
        return _from_fixed_weights(regressions, tau2, method)
    if method in ("HE", "SJ"):
        return _from_moments(regressions, tau2, method)
    fit = projection_at(regressions, tau2)
    weights = fit.weights
    if method == "REML":
        return np.sqrt(2 / trace_of_product(fit, weights, weights))
    if method == "ML":
        return np.sqrt(2 / dot(weights, weights))
    return np.sqrt(2 / regressions.df) * regressions.batch.k / weights.sum(axis=1)


def _from_fixed_weights(regressions: Regressions, tau2: np.ndarray, method: str) -> np.ndarray:
    fit = projection_at(regressions, np.zeros(len(tau2)))
    weights = fit.weights
    first, second = trace(fit), trace_of_product(fit, weights, weights)
    variance = 2 * regressions.df + 4 * tau2 * first + 2 * tau2**2 * second
    return np.sqrt(variance) / (first if method == "DL" else weights.sum(axis=1))


def _from_moments(regressions: Regressions, tau2: np.ndarray, method: str) -> np.ndarray:
    vi, df = finite_vi(regressions), regressions.df
    if method == "HE":
        fit, start = unweighted_projection(regressions), np.ones(len(tau2))
    else:
        start = sidik_jonkman_start(regressions)
        fit = projection_at(regressions, start)
    # P = W^1/2 N W^1/2 with N a projection: tr PVPV = tr N(WV)N(WV), and so on.
    spread = fit.weights * vi
    variance = (
        2 * trace_of_product(fit, spread, spread)
        + 4 * tau2 * trace_of_product(fit, spread, fit.weights)
        + 2 * tau2**2 * trace_of_product(fit, fit.weights, fit.weights)
    )
    return start * np.sqrt(variance) / df
