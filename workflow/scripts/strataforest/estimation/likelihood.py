"""The log-likelihood of a fitted meta-analysis, and the information criteria made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import Batch, as_rows, check_choice, chunks, inverse_variance
from strataforest.estimation.tau2_estimators import TAU2_ESTIMATORS, checked_tau2


@dataclass(frozen=True)
class FitStatistics:
    """Log-likelihood (natural log) and Akaike, Bayes, corrected Akaike criteria: arrays (B,)."""

    log_likelihood: np.ndarray
    aic: np.ndarray
    bic: np.ndarray
    aicc: np.ndarray


def fit_statistics(yi, vi, tau2, method: str) -> FitStatistics:
    """Log-likelihood at tau2 and the criteria, as metafor's `fitstats`.

    With w = 1/(vi + tau2), W = sum(w), r = yi - mu and n = k:

        l = -1/2 (n log(2 pi) - sum(log(w)) + sum(w r^2))

    For REML it is the restricted one, with n = k-1 and less 1/2 log(W/k). With p = 2 parameters (mu
    and tau2; 1 for EE): AIC = 2p - 2l, BIC = p log(n) - 2l, AICc = 2pm/(m-p-1) - 2l, m the larger
    of n and p+2 (Burnham & Anderson 2002, Model selection and multimodel inference, 2nd ed.).
    Compare fits of one method only. BIC is -inf where n = 0: REML with k = 1.

    Args:
        yi: effects, (k,) or padded (B, k), NaN where absent.
        vi: sampling variances, same shape.
        tau2: (B,), squared units of yi.
        method: the key of TAU2_ESTIMATORS that gave tau2.

    Raises:
        ValueError: as `pool` for yi, vi and method; tau2 not (B,), negative or not finite.
    """
    check_choice("method", method, TAU2_ESTIMATORS)
    yi, vi = as_rows(yi, vi)
    tau2 = checked_tau2(tau2, len(yi))
    restricted = method == "REML"
    value = np.concatenate(
        [
            _log_likelihood(batch, tau2[rows] / batch.unit**2, restricted)
            for rows, batch in chunks(yi, vi)
        ]
    )
    n = (~np.isnan(yi)).sum(axis=1) - restricted
    parameters = 1 if method == "EE" else 2
    enough = np.maximum(n, parameters + 2)
    with np.errstate(divide="ignore"):
        log_n = np.log(n)
    return FitStatistics(
        log_likelihood=value,
        aic=2 * parameters - 2 * value,
        bic=parameters * log_n - 2 * value,
        aicc=2 * parameters * enough / (enough - parameters - 1) - 2 * value,
    )


def _log_likelihood(batch: Batch, tau2: np.ndarray, restricted: bool) -> np.ndarray:
    means = inverse_variance(batch, tau2)
    logs = np.log(np.where(means.weights > 0, means.weights, 1.0)).sum(axis=1)
    deviance = (means.weights * means.residuals**2).sum(axis=1)
    # A density of yi has the unit 1/yi, so the batch's unit enters once for each yi (REML: less 1).
    n = batch.k - restricted
    value = n * np.log(2 * np.pi * batch.unit**2) - logs + deviance
    if restricted:
        value += np.log(means.total / batch.k)
    return -0.5 * value
