"""Standard errors that hold when effects of one trial depend on each other in unknown ways.

Sandwich estimator (Liang & Zeger 1986, Biometrika 73:13-22; for meta-analysis Hedges, Tipton &
Johnson 2010, Res Synth Methods 1:39-65). With the working model yi ~ N(x b, phi), phi = vi + tau2,
weights W = 1 / phi, M = (X'WX)^-1, and e_j the residuals of cluster j:

    V = M [sum_j X_j' W_j A_j e_j e_j' A_j' W_j X_j] M
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.dependence.working_model import (
    ResidualMakers,
    WorkingFit,
    checked_input,
    residual_makers,
    working_fit,
)
from strataforest.estimation.batches import check_choice
from strataforest.estimation.distributions import check_level, critical_value, two_sided_p

KINDS = ("CR0", "CR1", "CR1_Stata1", "CR1_Stata2", "CR2")
# Share of a coefficient's model variance from a direction that one cluster alone determines.
NEGLIGIBLE = 1e-8


@dataclass(frozen=True)
class ClusterRobust:
    """Coefficients and their cluster-robust tests for B values of tau2: arrays of shape (B, p).

    vcov (B, p, p); df of the t test, two-sided p_value; k effects in n_clusters.
    """

    k: int
    n_clusters: int
    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    vcov: np.ndarray


def cluster_robust(
    yi,
    vi,
    x,
    tau2,
    clusters: Sequence[Hashable],
    *,
    kind: str = "CR2",
    level: float = 0.95,
) -> ClusterRobust:
    """Test the coefficients of a random-effects model or meta-regression with clustered effects.

    A_j = I for "CR0"; "CR1" multiplies V by n / (n-p) for n clusters (metafor's robust),
    "CR1_Stata1" by n / (n-1) (k-1) / (k-p), "CR1_Stata2" by n / (n-1). These have t on n - p
    degrees of freedom. "CR2" is bias-reduced linearisation (Bell & McCaffrey 2002; Pustejovsky &
    Tipton 2018, J Bus Econ Stat 36:672-683) with the working variances phi as target:
    A_j = D B_j^(-1/2) D, D = diag(phi_j)^(1/2), B_j = D (diag(phi_j) - X_j M X_j') D, the
    Moore-Penrose inverse where singular; t on Satterthwaite's df = 2 E(V)^2 / Var(V) under the
    working model, between 1 and n; p-values with df < 4 are unreliable (Tipton 2015).
    If all clusters are single effects, intercept only, CR2 is sum(w^2 e^2 / (1 - w/W)) / W^2.

    A coefficient that one cluster alone determines (a factor level found in one trial, or a trial
    with all but 1e-12 of the weight) has no replication: se and all that follows are NaN, whatever
    `kind`; other programs print a number, which is too small.
    Residuals that are all 0 give se 0: statistic +-inf with p 0, or 0 with p 1 for estimate 0,
    and for CR2 a df as ever.

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        x: design (k, p), the intercept a column of it; None for the intercept alone.
        tau2: between-study variance of the working model, a number or (B,) numbers >= 0.
        clusters: a label per effect.
        kind: one of KINDS.
        level: confidence level, 0 to 1.

    Returns:
        ClusterRobust with B = 1 for a single tau2.

    Raises:
        ValueError: yi and vi are not (k,) or not as `pool` takes them; an entry is absent; x is
            not (k, p), not finite, or singular; tau2 negative or not finite; not a label for each
            effect, or a missing one; no more clusters than coefficients; unknown kind; level.
    """
    check_choice("kind", kind, KINDS)
    yi, vi, x, groups = checked_input(yi, vi, x, clusters)
    tau2 = np.atleast_1d(np.asarray(tau2, dtype=float))
    if tau2.ndim != 1 or not tau2.size or not ((tau2 >= 0) & (tau2 < np.inf)).all():
        raise ValueError("tau2 must be a number or (B,) numbers, finite and not negative")
    return robust_tests(working_fit(yi, x, vi + tau2[:, None], groups), kind, level)


def robust_tests(fit: WorkingFit, kind: str, level: float) -> ClusterRobust:
    """Sandwich covariance of a working fit, t tests and intervals; `kind` as `cluster_robust`."""
    check_level(level)
    makers = residual_makers(fit.clusters, fit.basis)
    # Row i, column c: what the whitened effect i adds to coefficient c.
    loadings = np.einsum("bkp,bcp->bkc", fit.basis, fit.back)
    n, (k, p) = len(fit.clusters.sizes), loadings.shape[1:]
    if kind == "CR2":
        loadings = _bias_reduced(fit, makers, loadings)
        df = _satterthwaite_df(fit, makers, loadings)
        factor = 1.0
    else:
        df = np.full(fit.estimate.shape, float(n - p))
        factor = {
            "CR0": 1.0,
            "CR1": n / (n - p),
            "CR1_Stata1": n / (n - 1) * (k - 1) / (k - p),
            "CR1_Stata2": n / (n - 1),
        }[kind]
    scores = fit.clusters.sums(loadings * fit.residuals[..., None])
    vcov = factor * np.einsum("bnc,bnd->bcd", scores, scores)
    return _tests(fit, vcov, np.where(_unreplicated(fit, makers), np.nan, df), level)


def _tests(fit: WorkingFit, vcov: np.ndarray, df: np.ndarray, level: float) -> ClusterRobust:
    unknown = np.isnan(df)
    vcov = np.where(unknown[:, :, None] | unknown[:, None, :], np.nan, vcov)
    estimate = fit.estimate
    se = np.sqrt(np.einsum("bcc->bc", vcov))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where((estimate == 0) & (se == 0), 0.0, estimate / se)
    half_width = critical_value(df, level) * se
    return ClusterRobust(
        k=len(fit.clusters.order),
        n_clusters=len(fit.clusters.sizes),
        estimate=estimate,
        se=se,
        statistic=statistic,
        df=df,
        p_value=two_sided_p(statistic, df),
        ci_low=estimate - half_width,
        ci_high=estimate + half_width,
        vcov=vcov,
    )


def _unreplicated(fit: WorkingFit, makers: ResidualMakers) -> np.ndarray:
    """Which coefficients (B, p) hang on a direction of the design that one cluster determines."""
    # Column q of back axes_j: what direction q of cluster j adds to each coefficient.
    reach = np.einsum("bcp,bnpq->bncq", fit.back, makers.axes) ** 2
    alone = np.where(makers.left[:, :, None, :] == 0, reach, 0.0).sum(axis=3).max(axis=1)
    return alone > NEGLIGIBLE * (fit.back**2).sum(axis=2)


def _bias_reduced(fit: WorkingFit, makers: ResidualMakers, loadings: np.ndarray) -> np.ndarray:
    """diag(phi_j) B_j^(-1/2) times the loadings, B_j = diag(phi_j) S_j diag(phi_j), in clusters.

    Where phi is the same for all of a cluster, that is S_j^(-1/2); else B_j^(-1/2) comes from the
    singular values of S_j^(1/2) diag(phi_j), whose squares are never formed.
    """
    reduced = makers.inverse_root(loadings)
    starts, sizes = fit.clusters.starts, fit.clusters.sizes
    phi = fit.root_phi**2
    even = (phi == fit.clusters.spread(phi[:, starts])).all(axis=0)
    uneven = np.unique(fit.clusters.cluster_of[~even])
    for size in np.unique(sizes[uneven]):
        which = uneven[sizes[uneven] == size]
        members = starts[which][:, None] + np.arange(size)
        rows, left = makers.rows[:, members], makers.left[:, which]
        squeezed = rows / (1 + np.sqrt(left))[:, :, None, :]
        root = np.eye(size) - np.einsum("bmiq,bmjq->bmij", squeezed, rows)
        _, singular, axes = np.linalg.svd(root * phi[:, members][:, :, None, :])
        rank = size - (left == 0).sum(axis=2)
        kept = np.arange(size) < rank[..., None]
        inverse = np.where(kept, 1 / np.where(kept, singular, 1.0), 0.0)
        turned = inverse[..., None] * (axes @ loadings[:, members])
        turned = np.swapaxes(axes, 2, 3) @ turned
        reduced[:, members] = phi[:, members][..., None] * turned
    return reduced


def _satterthwaite_df(fit: WorkingFit, makers: ResidualMakers, reduced: np.ndarray) -> np.ndarray:
    """tr(P)^2 / tr(P^2), P the covariance of the clusters' scores in the working model: (B, p).

    P_ij = -b_i' b_j between clusters, b_j = U_j' f_j, and f_j' S_j f_j within, for the reduced
    loadings f of one coefficient. All terms summed are positive.
    """
    within = fit.clusters.sums(makers.root(reduced) ** 2)
    score = fit.clusters.sums(fit.basis[..., :, None] * reduced[..., None, :])
    products = score[:, :, :, None, :] * score[:, :, None, :, :]
    earlier = np.cumsum(products, axis=1)[:, :-1]
    between = 2 * (products[:, 1:] * earlier).sum(axis=(1, 2, 3))
    with np.errstate(invalid="ignore"):
        return within.sum(axis=1) ** 2 / ((within**2).sum(axis=1) + between)
