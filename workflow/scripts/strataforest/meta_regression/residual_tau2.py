"""The variance of true effects that moderators leave unexplained: nine estimators of tau2.

Model: yi ~ N(x_i b, vi + tau2). With w = 1 / (vi + tau2), P = W - W X (X'WX)^-1 X'W and
y'Py = sum w r^2 (r the weighted residuals), up to constants the log-likelihoods are

    restricted: -1/2 (sum log(vi + tau2) + log |X'WX| + y'Py)      full: without log |X'WX|

Each can have several maxima (see `reml`), so its score is followed along a grid, every crossing
from + to - refined, and the likelihoods compared. Formulas: Viechtbauer, Lopez-Lopez,
Sanchez-Meca & Marin-Martinez 2015, Psychol Methods 20:360-374.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from strataforest.estimation.batches import CHUNK_ENTRIES
from strataforest.estimation.reml import GRID_STEP
from strataforest.estimation.roots import falling_roots
from strataforest.meta_regression.least_squares import (
    Projection,
    Regressions,
    dot,
    leftover,
    project,
    trace_of_product,
)


def projection_at(regressions: Regressions, tau2: np.ndarray) -> Projection:
    """The weighted fit with weights 1 / (vi + tau2), tau2 (B,) in the batch's units."""
    batch = regressions.batch
    return project(batch.yi, regressions.basis, 1 / (batch.vi + tau2[:, None]))


def unweighted_projection(regressions: Regressions) -> Projection:
    """Ordinary least squares of the studies that are present."""
    batch = regressions.batch
    return project(batch.yi, regressions.basis, np.isfinite(batch.vi).astype(float))


def residual_q(projection: Projection) -> np.ndarray:
    """y'Py = sum w r^2, (B,)."""
    return dot(projection.residuals, projection.residuals)


def trace(projection: Projection) -> np.ndarray:
    """tr P = sum w (1 - h), h the leverage, (B,)."""
    return dot(projection.weights, leftover(projection))


def _all_converged(tau2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(tau2, 0.0), np.ones(len(tau2), dtype=bool)


def _none(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    return _all_converged(np.zeros(len(regressions.batch.k)))


def _dersimonian_laird(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    fixed = projection_at(regressions, np.zeros(len(regressions.batch.k)))
    return _all_converged((residual_q(fixed) - regressions.df) / trace(fixed))


def _hunter_schmidt(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    fixed = projection_at(regressions, np.zeros(len(regressions.batch.k)))
    return _all_converged((residual_q(fixed) - regressions.batch.k) / fixed.weights.sum(axis=1))


def _hedges(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    plain = unweighted_projection(regressions)
    vi = finite_vi(regressions)
    expected = dot(vi, leftover(plain))
    return _all_converged((residual_q(plain) - expected) / regressions.df)


def _sidik_jonkman(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    start = sidik_jonkman_start(regressions)
    # Identical yi: the starting value 0 is also the estimate.
    tau2 = start * residual_q(projection_at(regressions, start)) / regressions.df
    return _all_converged(tau2)


def sidik_jonkman_start(regressions: Regressions) -> np.ndarray:
    """The unweighted variance of yi with divisor k, (B,), in the batch's units."""
    batch = regressions.batch
    deviation = np.where(
        np.isfinite(batch.vi), batch.yi - (batch.yi.sum(axis=1) / batch.k)[:, None], 0.0
    )
    return dot(deviation, deviation) / batch.k


def _paule_mandel(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    return solve_residual_q(regressions, regressions.df.astype(float))


def solve_residual_q(regressions: Regressions, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 at which y'Py equals the target (B,), 0 where y'Py is below already; convergence."""
    tau2 = np.zeros(len(target))
    converged = np.ones(len(target), dtype=bool)
    rows = np.flatnonzero(residual_q(projection_at(regressions, tau2)) > target)
    above, wanted = regressions.take(rows), target[rows]

    def reciprocal_gap(tau2, index):
        # 1/y'Py is nearly linear in tau2 (exactly so for equal vi).
        fit = projection_at(above.take(index), tau2)
        q = residual_q(fit)
        return 1 / wanted[index] - 1 / q, -dot(fit.weights, fit.residuals**2) / q**2

    # y'Py <= (unweighted residual sum of squares) / tau2, so no root lies beyond this.
    high = residual_q(unweighted_projection(above)) / wanted
    tau2[rows], converged[rows] = falling_roots(reciprocal_gap, np.zeros(len(rows)), high)
    return tau2, converged


def _maximum_likelihood(
    regressions: Regressions, restricted: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 (B,) at the highest likelihood, and convergence (B,)."""
    rows, low, high = _maxima_brackets(regressions, restricted)

    def score_at(tau2, index):
        return _score(regressions.take(rows[index]), tau2, restricted, with_slope=True)

    tau2, converged = falling_roots(score_at, low, high)
    # The last entry of each row is then its highest likelihood.
    order = np.lexsort((_log_likelihood(regressions.take(rows), tau2, restricted), rows))
    last = np.r_[rows[order][1:] != rows[order][:-1], True]
    best = order[last]
    return tau2[best], converged[best]


def _maxima_brackets(
    regressions: Regressions, restricted: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bracket every local maximum: row, low, high; a maximum at the boundary has low = high = 0.

    The grid ends where no root can be: with s2 the unweighted residual variance, a score >= 0
    needs s2 (vmax + tau2) >= (vmin + tau2)^2, hence tau2 <= max(vmax, 2 s2).
    """
    batch = regressions.batch
    smallest = batch.vi.min(axis=1)
    variance = residual_q(unweighted_projection(regressions)) / regressions.df
    end = np.maximum(finite_vi(regressions).max(axis=1), 2 * variance)
    # Grid point i of each row: smallest (1.25^i - 1); the last one is beyond the end.
    points = 2 + (np.log1p(end / smallest) / GRID_STEP).astype(int)
    rows = np.repeat(np.arange(len(points)), points)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(points) - points, points)
    tau2 = smallest[rows] * np.expm1(place * GRID_STEP)
    step = max(1, CHUNK_ENTRIES // batch.yi.shape[1])
    parts = [slice(start, start + step) for start in range(0, len(rows), step)]
    score = np.concatenate(
        [_score(regressions.take(rows[part]), tau2[part], restricted) for part in parts]
    )
    at_zero = np.flatnonzero((place == 0) & (score <= 0))
    left = np.flatnonzero((rows[1:] == rows[:-1]) & (score[:-1] > 0) & (score[1:] <= 0))
    return (
        np.concatenate([rows[at_zero], rows[left]]),
        np.concatenate([tau2[at_zero], tau2[left]]),
        np.concatenate([tau2[at_zero], tau2[left + 1]]),
    )


def _score(regressions: Regressions, tau2: np.ndarray, restricted: bool, with_slope=False):
    """2 dl/dtau2 = y'PPy - tr P (restricted) or - sum w (full); on request its slope in tau2."""
    fit = projection_at(regressions, tau2)
    weights = fit.weights
    pull = np.sqrt(weights) * fit.residuals
    score = dot(pull, pull) - (trace(fit) if restricted else weights.sum(axis=1))
    if not with_slope:
        return score
    pulled = np.sqrt(weights) * pull
    third = dot(pulled, pulled) - sum(dot(column, pulled) ** 2 for column in fit.columns)
    if restricted:
        second = trace_of_product(fit, weights, weights)
    else:
        second = dot(weights, weights)
    return score, second - 2 * third


def _log_likelihood(regressions: Regressions, tau2: np.ndarray, restricted: bool) -> np.ndarray:
    """Log-likelihood of one candidate tau2 (B,) per regression, up to a constant."""
    fit = projection_at(regressions, tau2)
    variance = regressions.batch.vi + tau2[:, None]
    logs = np.log(np.where(np.isfinite(variance), variance, 1.0)).sum(axis=1)
    if restricted:
        logs += 2 * np.log(np.diagonal(fit.triangle, axis1=1, axis2=2)).sum(axis=1)
    return -0.5 * (logs + residual_q(fit))


def finite_vi(regressions: Regressions) -> np.ndarray:
    """The sampling variances (B, k), 0 where absent."""
    return np.where(np.isfinite(regressions.batch.vi), regressions.batch.vi, 0.0)


def _restricted(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    return _maximum_likelihood(regressions, restricted=True)


def _full(regressions: Regressions) -> tuple[np.ndarray, np.ndarray]:
    return _maximum_likelihood(regressions, restricted=False)


# Regressions in, tau2 in the batch's units and convergence out. PM and EB have one solution.
RESIDUAL_TAU2: dict[str, Callable[[Regressions], tuple[np.ndarray, np.ndarray]]] = {
    "REML": _restricted,
    "ML": _full,
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "EB": _paule_mandel,
    "SJ": _sidik_jonkman,
    "HS": _hunter_schmidt,
    "HE": _hedges,
    "EE": _none,
}
