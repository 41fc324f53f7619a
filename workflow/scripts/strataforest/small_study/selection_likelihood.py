"""The likelihood of the step-function selection model, its derivatives and its global maximum.

Parameters theta: mu, tau2 and lambda = log(delta); units in which the smallest standard error is
near 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

MAX_STEPS = 300
# Squared length of a Newton step in standard errors. NEAR a maximum steps are taken whatever the
# likelihood says, for its gain drowns in rounding; the last step leaves an error of its square.
NEAR = 1e-8
SETTLED = 1e-16
# Likelihoods closer than this, relative to 1 + |value|, are one maximum.
ROUNDING = 1e-11
AT_BOUND = 1e-13
FLAT = 1e-100  # information that is none
MU_STARTS = (-3.0, -1.0, 0.0, 0.5)  # in units of the effects' spread, from the common effect
TAU2_STARTS = (0.0, 0.1, 1.0)  # in units of the effects' variance
DELTA_STARTS = (0.05, 0.5, 1.0, 5.0)


@dataclass(frozen=True)
class Selected:
    """Effects, variances, the effect at the cut (all (k,)), and which studies carry delta."""

    yi: np.ndarray
    vi: np.ndarray
    cut: np.ndarray
    weighted: np.ndarray


@dataclass(frozen=True)
class Maximum:
    """The highest maximum; se (3,) of (mu, tau2, delta), NaN for those at a bound."""

    theta: np.ndarray
    log_likelihood: float
    se: np.ndarray
    at_bound: np.ndarray
    converged: bool


def maximise(data: Selected, lower: np.ndarray, upper: np.ndarray) -> Maximum:
    """The global maximum over lower <= theta <= upper, (3,) each; equal bounds fix a parameter.

    Newton's method from all starts at once. The eigenvalues of the information are taken by their
    modulus and damped until the likelihood rises; a parameter at a bound is held there while the
    likelihood rises beyond it.
    """
    theta = np.unique(np.clip(_starts(data), lower, upper), axis=0)
    value, score, information = derivatives(data, theta)
    damping = np.full(len(theta), 1e-3)
    converged = np.zeros(len(theta), dtype=bool)
    for _ in range(MAX_STEPS):
        open_ = np.flatnonzero(~converged)
        if not len(open_):
            break
        held = _held(theta[open_], score[open_], lower, upper)
        newton, definite = _step(score[open_], information[open_], held, 0.0)
        decrement = np.where(definite, (newton * score[open_]).sum(axis=1), np.inf)
        near, done = decrement <= NEAR, decrement <= SETTLED
        step, _ = _step(score[open_], information[open_], held, damping[open_])
        tried = np.clip(theta[open_] + np.where(near[:, None], newton, step), lower, upper)
        # Newton comes near a bound at which the score is 0, but not onto it.
        tried = np.where(tried - lower < AT_BOUND, lower, tried)
        attempt = derivatives(data, tried)
        better = near | (attempt[0] > value[open_])
        rows = open_[better]
        theta[rows] = tried[better]
        value[rows], score[rows], information[rows] = (part[better] for part in attempt)
        converged[open_] = done
        damping[open_] = np.clip(damping[open_] * np.where(better, 0.1, 4.0), 1e-12, 1e12)
    # Of starts that share the highest value, one that settled.
    highest = value >= value.max() - ROUNDING * (1 + np.abs(value.max()))
    best = int(np.argmax(np.where(highest, 1 + converged, 0)))
    held = _held(theta[best : best + 1], score[best : best + 1], lower, upper)[0]
    return Maximum(
        theta=theta[best],
        log_likelihood=float(value[best]),
        se=_standard_errors(theta[best], information[best], held),
        at_bound=held,
        converged=bool(converged[best]),
    )


def derivatives(data: Selected, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-likelihood (S,), score (S, 3) and observed information (S, 3, 3) at theta (S, 3).

    With r = (cut - mu) / s, s^2 = vi + tau2, B = Phi(r) and A = 1 - B + delta B, a study adds
    log phi((yi - mu) / s) - log s - log A, and lambda if it is weighted. All but log A is taken
    relative to A, in logarithms, for A has no smallest value.
    """
    mu, tau2, log_delta = (theta[:, i : i + 1] for i in range(3))
    variance = data.vi + tau2
    residual = data.yi - mu
    reach = (data.cut - mu) / np.sqrt(variance)
    above, below = log_ndtr(-reach), log_delta + log_ndtr(reach)
    log_a = np.logaddexp(above, below)
    value = -0.5 * (np.log(2 * np.pi * variance) + residual**2 / variance) - log_a
    value = value.sum(axis=1) + data.weighted.sum() * log_delta[:, 0]
    density = np.exp(-0.5 * reach**2 - log_a) / np.sqrt(2 * np.pi)
    delta = np.exp(log_delta)
    # First and second derivatives of r, then of A over A. `rise` is dA/dr, `turn` its lambda part.
    r_mu, r_tau2 = -1 / np.sqrt(variance), -reach / (2 * variance)
    rise, turn = (delta - 1) * density, delta * density
    a_mu, a_tau2, a_delta = rise * r_mu, rise * r_tau2, np.exp(below - log_a)
    score = (
        residual / variance - a_mu,
        (residual**2 / variance - 1) / (2 * variance) - a_tau2,
        data.weighted - a_delta,
    )
    bent_mu_tau2 = -r_mu / (2 * variance) - reach * r_mu * r_tau2
    bent_tau2 = 3 * reach / (4 * variance**2) - reach * r_tau2**2
    information = {
        (0, 0): 1 / variance - rise * reach * r_mu**2 - a_mu**2,
        (0, 1): residual / variance**2 + rise * bent_mu_tau2 - a_mu * a_tau2,
        (1, 1): (residual**2 / variance - 0.5) / variance**2 + rise * bent_tau2 - a_tau2**2,
        (0, 2): turn * r_mu - a_mu * a_delta,
        (1, 2): turn * r_tau2 - a_tau2 * a_delta,
        (2, 2): a_delta * np.exp(above - log_a),
    }
    matrix = np.empty((len(theta), 3, 3))
    for (i, j), terms in information.items():
        matrix[:, i, j] = matrix[:, j, i] = terms.sum(axis=1)
    return value, np.stack([part.sum(axis=1) for part in score], axis=1), matrix


def _starts(data: Selected) -> np.ndarray:
    """A grid of theta, (S, 3)."""
    variance = data.yi.var()
    centre = (data.yi / data.vi).sum() / (1 / data.vi).sum()
    axes = (
        centre + np.array(MU_STARTS) * np.sqrt(variance),
        np.array(TAU2_STARTS) * variance,
        np.log(DELTA_STARTS),
    )
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def _held(theta, score, lower, upper) -> np.ndarray:
    """Which parameters stand at a bound that the likelihood would cross."""
    return ((theta <= lower) & (score <= 0)) | ((theta >= upper) & (score >= 0))


def _step(score, information, held, damping) -> tuple[np.ndarray, np.ndarray]:
    """Solve (|I| + damping) step = score in the scale of I's diagonal, and whether I is definite.

    Held parameters do not move. |I| has the modulus of the eigenvalues: the step is uphill.
    """
    free = ~held[:, :, None] & ~held[:, None, :]
    matrix = np.where(free, information, np.eye(3))
    scale = 1 / np.sqrt(np.abs(matrix.diagonal(axis1=1, axis2=2)) + FLAT)
    values, vectors = np.linalg.eigh(matrix * scale[:, :, None] * scale[:, None, :])
    along = np.einsum("sij,si->sj", vectors, np.where(held, 0.0, score) * scale)
    along /= np.maximum(np.abs(values), 1e-12) + np.reshape(damping, (-1, 1))
    return scale * np.einsum("sij,sj->si", vectors, along), values.min(axis=1) > 0


def _standard_errors(theta: np.ndarray, information: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Of (mu, tau2, delta), from the information of those not held; se(delta) = delta se(lambda).

    At a maximum the score of lambda is 0, so that its second derivative in delta needs no more.
    """
    se = np.full(3, np.nan)
    free = np.flatnonzero(~held)
    matrix = information[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.abs(matrix.diagonal()) + FLAT)
    scaled = matrix * np.outer(scale, scale)
    if len(free) and np.linalg.eigvalsh(scaled).min() > 0:
        se[free] = scale * np.sqrt(np.linalg.inv(scaled).diagonal())
    return se * np.array([1.0, 1.0, np.exp(theta[2])])
