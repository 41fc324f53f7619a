"""Weighted least squares for many small regressions at once, through orthonormal columns.

X of each regression is turned once into columns Z that are orthonormal without weights (X = Z S),
and Z anew for every set of weights (sqrt(w) Z = Q R), each by Gram-Schmidt over the few columns.
Neither the units nor the offset of a moderator (a year, a dose in 1e-7), nor moderators that are
almost collinear, can then spoil the fit, as they do when X'WX is formed and inverted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from strataforest.estimation.batches import CHUNK_ENTRIES, Batch, as_batch, as_rows

# A column of which no more than this share is left beside the columns before it counts as their
# combination: rounding leaves 1e-16 to 1e-13, and below 1e-10 a slope would have no digits.
SINGULAR = 1e-10
# A study that leaves less than this to all others in its own fitted value.
DOMINATING = 1e-3


@dataclass(frozen=True)
class Regressions:
    """A chunk of regressions: `batch`, `basis` Z (p, B, k), `triangle` S (B, p, p).

    A design shared by all rows has B = 1 in both. `full_rank` (B,) says where the fit exists:
    independent columns and k > p. `intercept`: the first column is all ones; only then are the
    batch's yi centred.
    """

    batch: Batch
    basis: np.ndarray
    triangle: np.ndarray
    full_rank: np.ndarray
    intercept: bool

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return len(self.basis)

    @property
    def df(self) -> np.ndarray:
        """Residual degrees of freedom k - p, (B,)."""
        return self.batch.k - self.p

    def take(self, index: np.ndarray) -> Regressions:
        """The regressions at `index`, which may repeat."""
        batch = Batch(**{name: values[index] for name, values in vars(self.batch).items()})
        shared = self.basis.shape[1] == 1
        return replace(
            self,
            batch=batch,
            basis=self.basis if shared else self.basis[:, index],
            triangle=self.triangle if shared else self.triangle[index],
            full_rank=self.full_rank[index],
        )


@dataclass(frozen=True)
class Projection:
    """sqrt(w) Z = Q R: `columns` Q (p, B, k), `triangle` R (B, p, p).

    With y = sqrt(w) yi: `coordinates` Q'y (B, p), `residuals` y - QQ'y (B, k); `weights` (B, k).
    """

    weights: np.ndarray
    columns: np.ndarray
    triangle: np.ndarray
    coordinates: np.ndarray
    residuals: np.ndarray


def dot(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Sum of products along the last axis."""
    return np.einsum("...k,...k->...", left, right)


def check_design(yi, vi, x) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check yi, vi and x and return them as float arrays (B, k), (B, k) and (1 or B, k, p).

    Shapes: yi and vi as `as_rows`; x (k, p), shared by all rows, or (B, k, p).

    Raises:
        ValueError: as `as_rows`; x has another shape, no column, or is NaN or infinite where yi
            is present.
    """
    yi, vi = as_rows(yi, vi)
    x = np.asarray(x, dtype=float)
    if x.ndim not in (2, 3) or x.shape[-1] == 0:
        raise ValueError(f"x must be (k, p) or (B, k, p) with p >= 1, got {x.shape}")
    x = x[None] if x.ndim == 2 else x
    if x.shape[1] != yi.shape[1] or len(x) not in (1, len(yi)):
        raise ValueError(f"x has shape {x.shape}, which does not fit yi of shape {yi.shape}")
    absent = np.isnan(yi)[:, :, None]
    if (~np.isfinite(x) & ~absent).any():
        raise ValueError("x must be finite wherever yi is present: drop studies without it")
    return yi, vi, x


def has_intercept(yi: np.ndarray, x: np.ndarray) -> bool:
    """Whether the first column of checked rows of x is all ones."""
    return bool(((x[:, :, 0] == 1) | np.isnan(yi)).all())


def collinear_column(x) -> int | None:
    """First column of x (k, p) that is a combination of those before it; None if there is none."""
    columns = np.asarray(x, dtype=float).T[:, None, :]
    for count in range(1, len(columns) + 1):
        if not _orthonormal(columns[:count])[2].all():
            return count - 1
    return None


def regressions(yi, vi, x) -> Iterator[tuple[slice, Regressions]]:
    """Cut checked rows into chunks of bounded size, each with its orthonormal basis."""
    present = ~np.isnan(yi)
    shared = len(x) == 1 and bool(present.all())
    intercept = has_intercept(yi, x)
    if shared:
        design = _orthonormal(np.moveaxis(x, 2, 0))
    step = max(1, CHUNK_ENTRIES // (x.shape[1] * x.shape[2]))
    for start in range(0, len(yi), step):
        rows = slice(start, start + step)
        if not shared:
            part = np.broadcast_to(x, (len(yi), *x.shape[1:]))[rows]
            design = _orthonormal(np.moveaxis(np.where(present[rows, :, None], part, 0.0), 2, 0))
        basis, triangle, independent = design
        batch = as_batch(yi[rows], vi[rows])
        if not intercept:
            uncentred = np.where(present[rows], yi[rows], 0.0) / batch.unit[:, None]
            batch = replace(batch, yi=uncentred, centre=np.zeros(len(batch.k)))
        full_rank = independent & (batch.k > len(basis))
        yield rows, Regressions(batch, basis, triangle, full_rank, intercept)


def _orthonormal(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Modified Gram-Schmidt: Z, S and whether the columns (p, B, k) are independent.

    A dependent column becomes 0 in Z. Where columns are almost dependent Z is not quite orthogonal;
    `project` makes up for it.
    """
    p, rows = x.shape[:2]
    basis, triangle = np.zeros(x.shape), np.zeros((rows, p, p))
    independent = np.ones(rows, dtype=bool)
    for j in range(p):
        # A power of two near the largest entry: the squares can neither overflow nor vanish.
        unit = np.ldexp(1.0, np.frexp(np.abs(x[j]).max(axis=1))[1])
        column = x[j] / unit[:, None]
        whole = np.sqrt(dot(column, column))
        for i in range(j):
            share = dot(basis[i], column)
            column = column - share[:, None] * basis[i]
            triangle[:, i, j] = share * unit
        rest = np.sqrt(dot(column, column))
        distinct = rest > SINGULAR * whole
        independent &= distinct
        triangle[:, j, j] = np.where(distinct, rest * unit, 1.0)
        basis[j] = np.where(distinct[:, None], column, 0.0) / np.where(distinct, rest, 1.0)[:, None]
    return basis, triangle, independent


def project(yi: np.ndarray, basis: np.ndarray, weights: np.ndarray) -> Projection:
    """Weighted least squares of yi (B, k) on the basis, (p, B or 1, k), with weights (B, k)."""
    p, root = len(basis), np.sqrt(weights)
    columns = np.empty((p, *weights.shape))
    triangle = np.zeros((len(weights), p, p))
    coordinates = np.empty((len(weights), p))
    residuals = root * yi
    for j in range(p):
        column = root * basis[j]
        for i in range(j):
            triangle[:, i, j] = share = dot(columns[i], column)
            column -= share[:, None] * columns[i]
        triangle[:, j, j] = norm = np.sqrt(dot(column, column))
        columns[j] = column / norm[:, None]
        coordinates[:, j] = along = dot(columns[j], residuals)
        residuals -= along[:, None] * columns[j]
    return Projection(weights, columns, triangle, coordinates, residuals)


def leftover(projection: Projection) -> np.ndarray:
    """Diagonal of N = I - QQ', (B, k): 1 less each study's weight in its own fitted value.

    Where a study holds nearly all the weight, 1 - h_i has no digits left; it is then summed as
    sum_{j != i} h_ij^2 / h_i, all terms positive, after making Q orthogonal once more.
    """
    rest = 1 - np.einsum("pbk,pbk->bk", projection.columns, projection.columns)
    rows, study = np.nonzero(rest < DOMINATING)
    if len(rows):
        columns = _orthogonal_again(projection.columns[:, rows])
        own = columns[:, np.arange(len(rows)), study]
        shared = np.einsum("pn,pnk->nk", own, columns)
        shared[np.arange(len(rows)), study] = 0
        rest[rows, study] = dot(shared, shared) / (own**2).sum(axis=0)
    return rest


def trace_of_product(projection: Projection, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Trace of N A N B, N = I - QQ' and A, B diagonal with entries `left` and `right` (B, k)."""
    columns, rest = projection.columns, leftover(projection)
    trace = dot(left * right, 2 * rest - 1)
    for i in range(len(columns)):
        by_left, by_right = columns[i] * left, columns[i] * right
        trace += dot(by_left, columns[i]) * dot(by_right, columns[i])
        for j in range(i):
            trace += 2 * dot(by_left, columns[j]) * dot(by_right, columns[j])
    # Rare: the sum over all entries of N, where the difference above would cancel.
    for row in np.flatnonzero((rest < DOMINATING).any(axis=1)):
        again = _orthogonal_again(columns[:, row : row + 1])[:, 0]
        entries = again.T @ again
        np.fill_diagonal(entries, rest[row])
        trace[row] = left[row] @ entries**2 @ right[row]
    return trace


def _orthogonal_again(columns: np.ndarray) -> np.ndarray:
    """A second pass of Gram-Schmidt over nearly orthonormal columns (p, B, k)."""
    columns = columns.copy()
    for j in range(len(columns)):
        for i in range(j):
            columns[j] -= dot(columns[i], columns[j])[:, None] * columns[i]
        columns[j] /= np.sqrt(dot(columns[j], columns[j]))[:, None]
    return columns


def inverse_triangle(triangle: np.ndarray) -> np.ndarray:
    """Invert upper triangular matrices (B, p, p)."""
    p = triangle.shape[-1]
    inverse = np.zeros(triangle.shape)
    for j in range(p):
        inverse[:, j, j] = 1 / triangle[:, j, j]
        for i in reversed(range(j)):
            sums = dot(triangle[:, i, i + 1 : j + 1], inverse[:, i + 1 : j + 1, j])
            inverse[:, i, j] = -sums / triangle[:, i, i]
    return inverse
