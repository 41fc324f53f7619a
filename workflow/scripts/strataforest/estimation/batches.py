"""Padded batches of meta-analyses: the one layout that every kernel works on.

Many small meta-analyses (all strata, all leave-one-out refits, all permutations) are fitted at
once as a (B, k) array, one meta-analysis a row, absent entries NaN in both yi and vi.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

# Entries of a temporary array at one time: 0.5 MB, which stays in the processor's cache.
CHUNK_ENTRIES = 1 << 16


@dataclass(frozen=True)
class Batch:
    """A chunk of meta-analyses, shifted and rescaled row by row so that rounding stays harmless.

    yi and vi have shape (B, k); `k`, `centre` and `unit` shape (B,). Each row's yi are measured
    from its most precise study (`centre`): where that study holds nearly all the weight, its
    residual would otherwise drown in rounding. They are counted in `unit`s, a power of two near
    the smallest standard error (so rescaling is exact and min vi is in [1, 4)): no tolerance
    depends on the data's scale. Absent entries are yi = 0 and vi = inf, hence weight 0.
    """

    yi: np.ndarray
    vi: np.ndarray
    k: np.ndarray
    centre: np.ndarray
    unit: np.ndarray


@dataclass(frozen=True)
class WeightedMeans:
    """Inverse-variance weights (B, k), their sums, means (B,) and residuals (B, k)."""

    weights: np.ndarray
    total: np.ndarray
    mean: np.ndarray
    residuals: np.ndarray


def as_rows(yi, vi) -> tuple[np.ndarray, np.ndarray]:
    """Check yi and vi and return them as two float arrays of shape (B, k).

    Shapes: (k,) or (B, k), the same for both; an absent entry is NaN in both.

    Raises:
        ValueError: shapes differ or have more than two dimensions; an entry is NaN in one array
            only, infinite, or has vi <= 0; a row has no entry (k = 0).
    """
    yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    if yi.shape != vi.shape or yi.ndim not in (1, 2):
        raise ValueError(f"yi and vi must both be (k,) or (B, k), got {yi.shape} and {vi.shape}")
    yi, vi = np.atleast_2d(yi), np.atleast_2d(vi)
    present = ~np.isnan(yi)
    if not np.array_equal(present, ~np.isnan(vi)):
        raise ValueError("an absent entry must be NaN in both yi and vi")
    if np.isinf(yi).any():
        raise ValueError("yi must be finite")
    if (present & ~((vi > 0) & (vi < np.inf))).any():
        raise ValueError("vi must be positive and finite where yi is present")
    if not present.any(axis=1).all():
        raise ValueError("a meta-analysis needs at least one study (k = 0)")
    return yi, vi


def as_batch(yi: np.ndarray, vi: np.ndarray) -> Batch:
    """Shift and rescale checked rows of shape (B, k) into a `Batch`."""
    present = ~np.isnan(yi)
    vi = np.where(present, vi, np.inf)
    most_precise = vi.argmin(axis=1)[:, None]
    centre = np.take_along_axis(yi, most_precise, axis=1)
    smallest = np.take_along_axis(vi, most_precise, axis=1)
    # frexp: smallest = m 2^exponent, 1/2 <= m < 1.
    unit = np.ldexp(1.0, (np.frexp(smallest)[1] - 1) // 2)
    return Batch(
        yi=np.where(present, (yi - centre) / unit, 0.0),
        vi=vi / unit / unit,
        k=present.sum(axis=1),
        centre=centre[:, 0],
        unit=unit[:, 0],
    )


def chunks(yi: np.ndarray, vi: np.ndarray) -> Iterator[tuple[slice, Batch]]:
    """Cut checked rows into chunks of bounded size, so that memory does not grow with B."""
    step = max(1, CHUNK_ENTRIES // yi.shape[1])
    for start in range(0, len(yi), step):
        rows = slice(start, start + step)
        yield rows, as_batch(yi[rows], vi[rows])


def inverse_variance(batch: Batch, tau2) -> WeightedMeans:
    """Weights 1 / (vi + tau2), their sums, weighted means and residuals, in the batch's units."""
    weights = 1 / (batch.vi + np.asarray(tau2, dtype=float)[..., None])
    total = weights.sum(axis=1)
    mean = (weights * batch.yi).sum(axis=1) / total
    return WeightedMeans(weights, total, mean, batch.yi - mean[:, None])


def effective_total(weights: np.ndarray, total: np.ndarray) -> np.ndarray:
    """W - sum(w^2) / W, with W the sum of the weights; (B, k) and (B,) in, (B,) out; 0 for k = 1.

    Summed as 2 sum_{i<j} w_i w_j / W: all terms positive, where the textbook difference loses
    every digit once one study holds nearly all the weight.
    """
    earlier = np.cumsum(weights, axis=1)[:, :-1]
    return 2 * (weights[:, 1:] * earlier).sum(axis=1) / total


def check_choice(name: str, value: str, choices) -> None:
    """Raise ValueError naming the choices unless `value` is one of them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def for_unique(function: Callable[[np.ndarray], np.ndarray], values) -> np.ndarray:
    """Apply a slow function once per distinct value (degrees of freedom repeat in a batch)."""
    distinct, inverse = np.unique(np.asarray(values, dtype=float), return_inverse=True)
    return function(distinct)[inverse].reshape(np.shape(values))
