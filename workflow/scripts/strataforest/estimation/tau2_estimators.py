"""Every estimator of the between-study variance tau2, and the standard error of each.

An estimator takes a `Batch` and returns tau2 (B,) in the batch's units and whether its search
converged. All are cut at 0, and 0 for k = 1. Formulas as metafor's `rma` (Viechtbauer 2005, J Educ
Behav Stat 30:261-293; Viechtbauer et al. 2015, Psychol Methods 20:360-374). Notation: w = 1/vi,
W = sum(w), Q Cochran's Q, Q(tau2) the generalised Q.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from strataforest.estimation.batches import (
    Batch,
    as_rows,
    check_choice,
    chunks,
    effective_total,
    inverse_variance,
)
from strataforest.estimation.generalised_q import generalised_q, solve_generalised_q
from strataforest.estimation.reml import ml_tau2, reml_tau2


def common_effect_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = 0: all studies estimate one effect."""
    return _closed_form(batch, np.zeros(len(batch.k)))


def dersimonian_laird_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = max(0, (Q - (k-1)) / (W - sum(w^2)/W)), w = 1/vi; 0 for k = 1.

    DerSimonian & Laird 1986, Control Clin Trials 7:177-188. Cut at 0 before weights are formed.
    """
    means = inverse_variance(batch, np.zeros(len(batch.k)))
    q = (means.weights * means.residuals**2).sum(axis=1)
    spread = effective_total(means.weights, means.total)
    return _closed_form(batch, (q - (batch.k - 1)) / np.where(batch.k > 1, spread, 1.0))


def paule_mandel_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 at which Q(tau2) = k-1; 0 where already Q(0) <= k-1.

    Paule & Mandel 1982, J Res Natl Bur Stand 87:377-385. Morris's (1983, JASA 78:47-55) empirical
    Bayes estimator solves k/(k-1) Q(tau2) = k, which is the same equation.
    """
    return solve_generalised_q(batch, batch.k - 1.0)


def sidik_jonkman_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = t Q(t) / (k-1) from the start t = sum((yi - mean)^2) / k; above 0 unless yi are equal.

    Sidik & Jonkman 2005, Appl Stat 54:367-384.
    """
    start = _mean_square(batch) / batch.k
    return _closed_form(batch, start * generalised_q(batch, start) / np.maximum(batch.k - 1, 1))


def hunter_schmidt_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = max(0, (Q - k) / W). Hunter & Schmidt 2004, Methods of meta-analysis, 2nd ed."""
    means = inverse_variance(batch, np.zeros(len(batch.k)))
    q = (means.weights * means.residuals**2).sum(axis=1)
    return _closed_form(batch, (q - batch.k) / means.total)


def hedges_tau2(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Tau2 = max(0, sum((yi - mean)^2) / (k-1) - mean(vi)).

    Hedges 1983, Psychol Bull 93:388-395; also named after Cochran.
    """
    mean_vi = np.where(np.isfinite(batch.vi), batch.vi, 0.0).sum(axis=1) / batch.k
    return _closed_form(batch, _mean_square(batch) / np.maximum(batch.k - 1, 1) - mean_vi)


# Batch in, tau2 in the batch's units and convergence out: a new estimator is one more function.
TAU2_ESTIMATORS: dict[str, Callable[[Batch], tuple[np.ndarray, np.ndarray]]] = {
    "REML": reml_tau2,
    "DL": dersimonian_laird_tau2,
    "EE": common_effect_tau2,
    "ML": ml_tau2,
    "PM": paule_mandel_tau2,
    "EB": paule_mandel_tau2,
    "SJ": sidik_jonkman_tau2,
    "HS": hunter_schmidt_tau2,
    "HE": hedges_tau2,
}


def tau2_se(yi, vi, tau2, method: str) -> np.ndarray:
    """Asymptotic standard error of an estimated tau2, as metafor's `se.tau2`.

    With P = diag(w) - w w'/W, tr its trace and t = tau2:

    - REML: sqrt(2 / tr(PP)), ML: sqrt(2 / sum(w^2)), w = 1/(vi + t): the expected information;
    - PM, EB: sqrt(2 k^2 / (k-1)) / W, w = 1/(vi + t);
    - DL: sqrt(2(k-1) + 4 t tr(P) + 2 t^2 tr(PP)) / tr(P), HS: the same over W, w = 1/vi: the
      weights of the estimator itself, which do not hold tau2;
    - HE: sqrt(2 tr(PVPV) + 4 t tr(PV) + 2 t^2 (k-1)) / (k-1), w = 1, V = diag(vi);
    - SJ: s sqrt(2 tr(PVPV) + 4 t tr(PPV) + 2 t^2 tr(PP)) / (k-1), w = 1/(vi + s), s the start.

    Args:
        yi: effects, (k,) or padded (B, k), NaN where absent; only SJ's start depends on them.
        vi: sampling variances, same shape.
        tau2: the estimates, (B,), squared units of yi.
        method: a key of TAU2_ESTIMATORS.

    Returns:
        (B,), squared units of yi; NaN for EE, which estimates nothing, and for k = 1.

    Raises:
        ValueError: as `pool` for yi, vi and method; tau2 not (B,), negative or not finite.
    """
    check_choice("method", method, TAU2_ESTIMATORS)
    yi, vi = as_rows(yi, vi)
    tau2 = checked_tau2(tau2, len(yi))
    se = [
        batch.unit**2 * _se(batch, tau2[rows] / batch.unit**2, method)
        for rows, batch in chunks(yi, vi)
    ]
    return np.concatenate(se)


def checked_tau2(tau2, rows: int) -> np.ndarray:
    """Return tau2 as an array (B,). Raises ValueError unless it is B finite numbers >= 0."""
    tau2 = np.atleast_1d(np.asarray(tau2, dtype=float))
    if tau2.shape != (rows,) or not ((tau2 >= 0) & (tau2 < np.inf)).all():
        raise ValueError(f"tau2 must be {rows} finite numbers >= 0, one for each meta-analysis")
    return tau2


def _closed_form(batch: Batch, tau2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tau2 = np.where(batch.k > 1, np.maximum(0.0, tau2), 0.0)
    return tau2, np.ones(len(tau2), dtype=bool)


def _mean_square(batch: Batch) -> np.ndarray:
    """Sum((yi - unweighted mean)^2)."""
    present = np.isfinite(batch.vi)
    deviation = batch.yi - (batch.yi.sum(axis=1) / batch.k)[:, None]
    return (np.where(present, deviation, 0.0) ** 2).sum(axis=1)


def _se(batch: Batch, tau2: np.ndarray, method: str) -> np.ndarray:
    present = np.isfinite(batch.vi)
    k, vi = batch.k, np.where(present, batch.vi, 0.0)
    df = np.where(k > 1, k - 1.0, np.nan)
    start = np.zeros(len(k))
    if method in ("REML", "ML", "PM", "EB"):
        start = tau2
    elif method == "SJ":
        start = _mean_square(batch) / k
    weights = present / (1.0 if method == "HE" else batch.vi + start[:, None])
    total = weights.sum(axis=1)
    if method == "EE":
        return np.full(len(k), np.nan)
    if method == "ML":
        return np.sqrt(2 / (weights**2).sum(axis=1)) + 0 * df
    if method in ("PM", "EB"):
        return np.sqrt(2 * k**2 / df) / total
    squares = _trace_of_squares(weights, total)
    if method == "REML":
        return np.sqrt(2 / np.where(k > 1, squares, np.nan))
    if method in ("DL", "HS"):
        trace = effective_total(weights, total)
        divisor = total if method == "HS" else np.where(k > 1, trace, np.nan)
        return np.sqrt(2 * df + 4 * tau2 * trace + 2 * tau2**2 * squares) / divisor
    fourth = _trace_of_squares(weights, total, vi, vi)
    cross = _trace_of_squares(weights, total, vi)
    scale = start if method == "SJ" else 1.0
    return scale * np.sqrt(2 * fourth + 4 * tau2 * cross + 2 * tau2**2 * squares) / df


def _trace_of_squares(weights, total, left=1.0, right=1.0) -> np.ndarray:
    """Tr(P L P R) of diagonal L and R, P = diag(w) - w w'/W; (B, k) and (B,) in, (B,) out.

    Written out with P_ii = w_i sum_{j != i} w_j / W, so that all terms are positive: no digit is
    lost where one study holds nearly all the weight.
    """
    diagonal = weights * _sum_of_others(weights) / total[:, None]
    off = weights**2 * left * _sum_of_others(weights**2 * right) / total[:, None] ** 2
    return (diagonal**2 * left * right + off).sum(axis=1)


def _sum_of_others(values: np.ndarray) -> np.ndarray:
    """Entry i of each row: the sum of the row without its entry i, added up, never subtracted."""
    others = np.zeros_like(values)
    others[:, 1:] += np.cumsum(values[:, :-1], axis=1)
    others[:, :-1] += np.cumsum(values[:, :0:-1], axis=1)[:, ::-1]
    return others
