"""A weighted least-squares fit of clustered effects, laid out for cluster-robust tests.

yi ~ N(x b, phi) with working variances phi: effects and design are divided by sqrt(phi), so that
with U (k, p) an orthonormal basis of that design the hat matrix is U U' and cluster j has the
residual maker S_j = I - U_j U_j'. One data set, any number B of working variances at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import as_rows

# An eigenvalue of S_j below this is 0: S_j has eigenvalues between 0 and 1 whatever the units.
SINGULAR = 1e-12


@dataclass(frozen=True)
class Clusters:
    """k effects in n clusters, the effects to be taken in `order` so that clusters are adjacent.

    order (k,): positions in the input; starts (n,): first effect of each cluster in that order;
    sizes (n,); cluster_of (k,): the cluster of each ordered effect.
    """

    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    cluster_of: np.ndarray

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum ordered values (B, k, ...) within clusters: (B, n, ...)."""
        return np.add.reduceat(values, self.starts, axis=1)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Repeat values of clusters (B, n, ...) for each of their effects: (B, k, ...)."""
        return values[:, self.cluster_of]


def as_clusters(labels: Sequence[Hashable], k: int) -> Clusters:
    """Return the clusters of k effects from one label each, in the order of first appearance.

    Raises:
        ValueError: not k labels; a label is None or NaN.
    """
    labels = list(labels)
    if len(labels) != k:
        raise ValueError(f"clusters must hold a label for each of {k} effects, got {len(labels)}")
    if any(label is None or label != label for label in labels):
        raise ValueError("clusters must not hold missing labels")
    number = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    codes = np.array([number[label] for label in labels])
    sizes = np.bincount(codes)
    order = np.argsort(codes, kind="stable")
    return Clusters(order, np.cumsum(sizes) - sizes, sizes, codes[order])


def checked_input(
    yi, vi, x, clusters: Sequence[Hashable]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Clusters]:
    """Check one meta-analysis and return yi, vi (k,), x (k, p) and its clusters.

    Raises:
        ValueError: as `cluster_robust` says of these.
    """
    if np.ndim(yi) != 1:
        raise ValueError("clustered effects are one meta-analysis, yi and vi of shape (k,)")
    yi, vi = (rows[0] for rows in as_rows(yi, vi))
    if np.isnan(yi).any():
        raise ValueError("clustered effects must not be absent (NaN)")
    x = np.ones((len(yi), 1)) if x is None else np.asarray(x, dtype=float)
    if x.ndim != 2 or len(x) != len(yi) or not x.shape[1] or not np.isfinite(x).all():
        raise ValueError(f"x must be finite and of shape (k, p), k = {len(yi)}, got {x.shape}")
    groups = as_clusters(clusters, len(yi))
    if len(groups.sizes) <= x.shape[1]:
        raise ValueError(
            f"cluster-robust tests of {x.shape[1]} coefficients need more clusters than that, "
            f"got {len(groups.sizes)}"
        )
    lengths = np.sqrt((x**2).sum(axis=0))
    if not lengths.all() or np.linalg.matrix_rank(x / lengths) < x.shape[1]:
        raise ValueError("the design x is singular: its columns are not linearly independent")
    return yi, vi, x, groups


@dataclass(frozen=True)
class WorkingFit:
    """Weighted least squares in cluster order, whitened: arrays (B, k, ...) of effects.

    root_phi (B, k) working standard deviations; basis (B, k, p) orthonormal; back (B, p, p) maps
    coefficients on the basis to those of the design; residuals (B, k) in standard deviations.
    """

    clusters: Clusters
    root_phi: np.ndarray
    basis: np.ndarray
    back: np.ndarray
    estimate: np.ndarray
    residuals: np.ndarray


def working_fit(yi: np.ndarray, x: np.ndarray, phi: np.ndarray, groups: Clusters) -> WorkingFit:
    """Weighted least squares of checked yi (k,) on x (k, p) under working variances phi (B, k)."""
    # With an intercept, effects are measured from the most precise one, which may hold nearly all
    # the weight: its residual would otherwise drown in rounding, and equal effects have residual 0.
    constant = np.flatnonzero((x == x[0]).all(axis=0))[:1]
    centre = yi[phi[0].argmin()] if len(constant) else 0.0
    y, x, phi = (yi - centre)[groups.order], x[groups.order], phi[:, groups.order]
    root = np.sqrt(phi)
    basis, triangle = np.linalg.qr(x / root[..., None])
    whitened = y / root
    along = np.einsum("bkp,bk->bp", basis, whitened)
    residuals = whitened - np.einsum("bkp,bp->bk", basis, along)
    back = np.linalg.inv(triangle)
    estimate = np.einsum("bcp,bp->bc", back, along)
    estimate[:, constant] += centre / x[0, constant]
    return WorkingFit(groups, root, basis, back, estimate, residuals)


@dataclass(frozen=True)
class ResidualMakers:
    """S_j = I - U_j U_j' of every cluster through its few eigenvalues other than 1.

    left (B, n, p) are those eigenvalues, 0 where the cluster alone determines a direction of the
    design; axes (B, n, p, p) the directions, one a column; rows (B, k, p) = U_j axes_j. The
    columns of rows within a cluster are orthogonal, of squared length 1 - left.
    """

    clusters: Clusters
    left: np.ndarray
    axes: np.ndarray
    rows: np.ndarray

    def root(self, values: np.ndarray) -> np.ndarray:
        """S_j^(1/2) times values (B, k, m)."""
        # 1 - sqrt(left) over the squared length, without its 0 / 0.
        return self._turn(values, -1 / (1 + np.sqrt(self.left)))

    def inverse_root(self, values: np.ndarray) -> np.ndarray:
        """S_j^(-1/2) times values (B, k, m), the Moore-Penrose inverse where S_j is singular."""
        root = np.sqrt(self.left)
        with np.errstate(divide="ignore"):
            factor = np.where(root > 0, 1 / (root * (1 + root)), -1.0)
        return self._turn(values, factor)

    def _turn(self, values: np.ndarray, factor: np.ndarray) -> np.ndarray:
        """I + rows diag(factor) rows' within clusters, times values."""
        along = self.clusters.sums(self.rows[..., :, None] * values[..., None, :])
        scaled = self.clusters.spread(factor[..., None] * along)
        return values + np.einsum("bkq,bkqm->bkm", self.rows, scaled)


def residual_makers(
    clusters: Clusters, basis: np.ndarray, singular: float = SINGULAR
) -> ResidualMakers:
    """Decompose I - U_j U_j' for an orthonormal basis U (B, k, p), effects in cluster order.

    Eigenvalues below `singular` count as 0.
    """
    gram = clusters.sums(basis[..., :, None] * basis[..., None, :])
    # The Gram matrices sum to I. What is left to a cluster is summed over the others: 1 - leverage
    # would lose its digits where one cluster holds nearly all the weight.
    before, after = np.zeros_like(gram), np.zeros_like(gram)
    before[:, 1:] = np.cumsum(gram[:, :-1], axis=1)
    after[:, :-1] = np.cumsum(gram[:, :0:-1], axis=1)[:, ::-1]
    left, axes = np.linalg.eigh(before + after)
    left = np.where(left < singular, 0.0, np.minimum(left, 1.0))
    rows = np.einsum("bkp,bkpq->bkq", basis, clusters.spread(axes))
    return ResidualMakers(clusters, left, axes, rows)
