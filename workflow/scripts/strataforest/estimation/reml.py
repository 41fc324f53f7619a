"""The maximum-likelihood estimates of tau2, restricted and full, as the global maximum.

Log-likelihood (Viechtbauer 2005, J Educ Behav Stat 30:261-293), up to a constant, with
w = 1 / (vi + tau2), W = sum w, mu the weighted mean and r = yi - mu:

    l(tau2) = -1/2 sum log(vi + tau2) - 1/2 log W - 1/2 sum w r^2

The full likelihood (ML) is without log W. Either can have two maxima, one of them at 0, so no
iteration from a single start is safe. The score is followed along a grid, every crossing from + to
- refined, and the likelihoods compared.
"""

from __future__ import annotations

import numpy as np

from strataforest.estimation.batches import Batch, effective_total
from strataforest.estimation.roots import falling_roots

# The score varies with log(vi + tau2) on a scale of 1: steps of 0.22 leave no room for a maximum
# between two points, other than one that is flat to the eye.
GRID_STEP = np.log(1.25)


def reml_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 (B,) in the batch's units at the highest restricted likelihood, and convergence (B,)."""
    return _highest_maximum(batch, restricted=True)


def ml_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 (B,) in the batch's units at the highest full likelihood, and convergence (B,)."""
    return _highest_maximum(batch, restricted=False)


def _highest_maximum(batch: Batch, restricted: bool) -> tuple[np.ndarray, np.ndarray]:
    rows, low, high = _maxima_brackets(batch, restricted)

    def score_at(tau2, index):
        which = rows[index]
        return _score(batch.yi[which], batch.vi[which], tau2, restricted, with_slope=True)

    tau2, converged = falling_roots(score_at, low, high)
    # The last entry of each row is then its highest likelihood.
    order = np.lexsort((_log_likelihood(batch, rows, tau2, restricted), rows))
    last = np.r_[rows[order][1:] != rows[order][:-1], True]
    best = order[last]
    return tau2[best], converged[best]


def _maxima_brackets(batch: Batch, restricted: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bracket every local maximum: row, low, high; a maximum at the boundary has low = high = 0.

    The grid ends where no root can be: with s2 the unweighted variance of yi, a score >= 0 needs
    (vmax + tau2)^2 / (vmin + tau2)^3 >= 1 / s2, hence tau2 <= max(vmax, 4 s2). The score of the
    full likelihood is below the restricted one's, so the same end holds.
    """
    present = np.isfinite(batch.vi)
    k = batch.k
    deviation = batch.yi - (batch.yi.sum(axis=1) / k)[:, None]
    variance = (np.where(present, deviation, 0.0) ** 2).sum(axis=1) / np.maximum(k - 1, 1)
    smallest = batch.vi.min(axis=1)
    end = np.maximum(np.where(present, batch.vi, 0.0).max(axis=1), 4 * variance)
    rows = np.arange(len(k))
    yi, vi = batch.yi, batch.vi
    before, score_before = np.zeros(len(k)), _score(yi, vi, np.zeros(len(k)), restricted)
    at_zero = np.flatnonzero(score_before <= 0)
    found = [(at_zero, np.zeros(len(at_zero)), np.zeros(len(at_zero)))]
    step = 0
    while len(rows):
        step += 1
        tau2 = smallest[rows] * np.expm1(step * GRID_STEP)
        score = _score(yi, vi, tau2, restricted)
        crossed = (score_before > 0) & (score <= 0)
        found.append((rows[crossed], before[crossed], tau2[crossed]))
        going = tau2 < end[rows]
        before, score_before = tau2[going], score[going]
        if not going.all():
            rows, yi, vi = rows[going], yi[going], vi[going]
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def _score(yi, vi, tau2, restricted=True, with_slope=False):
    """2 dl/dtau2, and on request its slope in tau2.

    Restricted: sum(w^2 r^2) - (W - sum(w^2)/W); full: sum(w^2 r^2) - W.
    """
    weights = 1 / (vi + tau2[:, None])
    total = weights.sum(axis=1)
    mean = (weights * yi).sum(axis=1) / total
    pull = weights * (yi - mean[:, None])
    score = (pull * pull).sum(axis=1) - (effective_total(weights, total) if restricted else total)
    if not with_slope:
        return score
    squares = weights * weights
    second = squares.sum(axis=1)
    slope = (
        second
        - 2 * (weights * pull * pull).sum(axis=1)
        + 2 * (weights * pull).sum(axis=1) ** 2 / total
    )
    if restricted:
        slope += (second / total) ** 2 - 2 * (squares * weights).sum(axis=1) / total
    return score, slope


def _log_likelihood(
    batch: Batch, rows: np.ndarray, tau2: np.ndarray, restricted: bool
) -> np.ndarray:
    """Log-likelihood of candidate tau2 (n,) for the given rows, up to a constant."""
    yi, variance = batch.yi[rows], batch.vi[rows] + tau2[:, None]
    weights = 1 / variance
    total = weights.sum(axis=1)
    mean = (weights * yi).sum(axis=1) / total
    logs = np.log(np.where(np.isfinite(variance), variance, 1.0)).sum(axis=1)
    deviance = (weights * (yi - mean[:, None]) ** 2).sum(axis=1)
    return -0.5 * (logs + deviance + (np.log(total) if restricted else 0.0))
