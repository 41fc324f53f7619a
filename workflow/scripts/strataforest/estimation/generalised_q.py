"""The generalised Q of a meta-analysis, and the tau2 at which it takes a given value.

Q(tau2) = sum((yi - mu)^2 / (vi + tau2)), mu the weighted mean at that tau2; it falls as tau2 rises
(Viechtbauer 2007, Stat Med 26:37-52). Cochran's Q is Q(0).
"""

from __future__ import annotations

import numpy as np

from strataforest.estimation.batches import Batch, inverse_variance
from strataforest.estimation.roots import falling_roots


def generalised_q(batch: Batch, tau2: np.ndarray) -> np.ndarray:
    """Q(tau2) of every row; tau2 (B,) in the batch's units."""
    means = inverse_variance(batch, tau2)
    return (means.weights * means.residuals**2).sum(axis=1)


def solve_generalised_q(batch: Batch, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 (B,) in the batch's units with Q(tau2) = target, and convergence (B,).

    target: (B,), positive where k > 1. Tau2 is 0 where already Q(0) <= target, hence for k = 1.
    """
    rows = np.flatnonzero(generalised_q(batch, np.zeros(len(batch.k))) > target)
    # Q(tau2) <= sum((yi - any centre)^2) / tau2, so no root lies beyond this.
    high = (batch.yi[rows] ** 2).sum(axis=1) / target[rows]

    def reciprocal_gap(tau2, index):
        # 1/Q is nearly linear in tau2 (exactly so for equal vi); Q itself is a hyperbola.
        yi, vi = batch.yi[rows[index]], batch.vi[rows[index]]
        weights = 1 / (vi + tau2[:, None])
        mean = (weights * yi).sum(axis=1) / weights.sum(axis=1)
        pull = weights * (yi - mean[:, None])
        q = (pull * (yi - mean[:, None])).sum(axis=1)
        return 1 / target[rows[index]] - 1 / q, -(pull * pull).sum(axis=1) / q**2

    tau2, converged = np.zeros(len(batch.k)), np.ones(len(batch.k), dtype=bool)
    tau2[rows], converged[rows] = falling_roots(reciprocal_gap, np.zeros(len(rows)), high)
    return tau2, converged
