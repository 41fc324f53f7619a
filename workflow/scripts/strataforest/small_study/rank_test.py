"""Begg's rank correlation test: do small studies show larger effects?

Begg & Mazumdar 1994, Biometrics 50:1088-1101: Kendall's tau between the standardised effects and
the sampling variances. Its null distribution is that of the number of inversions of a random
permutation, here exact for every k without ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from scipy.special import ndtr

from strataforest.small_study.funnel import one_analysis

# Both ways are exact; counting takes k^3 steps, the contour wants a distribution of some width.
COUNTED_UP_TO = 100
OVERFLOW = 600.0  # exp of more is of no account here
CONTOUR_POINTS = 160
CONTOUR_SPAN = 12.0  # half-width, in units of 1 / standard deviation


@dataclass(frozen=True)
class RankTest:
    """Kendall's tau of k studies with its two-sided p.

    `s` is concordant minus discordant pairs; `z` is s over its standard deviation (ties allowed
    for) and belongs to p_value only where not `exact`. `ties`: among the standardised effects or
    among the variances. All are NaN (p_value too) where tau is undefined.
    """

    k: int
    tau: float
    s: float
    z: float
    p_value: float
    exact: bool
    ties: bool


def rank_test(yi, vi) -> RankTest:
    """Kendall's tau between y* and vi, y* = (yi - mu) / sqrt(vi - 1/W): mu with weights w = 1/vi.

    W = sum w, so the root is the standard error of yi - mu; unstandardised effects would give a
    test of the wrong size. Without ties the p-value is exact for every k, twice the smaller tail
    and at most 1. With ties tau is tau-b and s / sd(s) is taken as a normal, without continuity
    correction (Kendall & Gibbons 1990, Rank Correlation Methods): R's `cor.test(exact = TRUE)`,
    hence metafor's `ranktest`.

    yi, vi: effects and sampling variances, (k,), k >= 2. Where all standardised effects, or all
    vi, are equal, tau is undefined: tau, z and p_value are NaN.

    Raises:
        ValueError: yi is not one-dimensional, an entry absent, k < 2; and as `pool`.
    """
    yi, vi = one_analysis(yi, vi, "rank_test", at_least=2)
    standardised = _standardised(yi, vi)
    k = len(yi)
    s = _concordance(standardised, vi)
    pairs = k * (k - 1) / 2
    tied, tied_vi = _tie_sizes(standardised), _tie_sizes(vi)
    free = (pairs - _pairs(tied)) * (pairs - _pairs(tied_vi))
    ties = bool(len(tied) or len(tied_vi))
    if free == 0:
        return RankTest(k, np.nan, s, np.nan, np.nan, False, ties)
    z = s / np.sqrt(_variance_of_s(k, tied, tied_vi))
    if ties:
        p_value = 2 * float(ndtr(-abs(z)))
    else:
        p_value = min(1.0, 2 * _share_with_inversions_up_to(round((pairs - abs(s)) / 2), k))
    return RankTest(k, float(s / np.sqrt(free)), s, float(z), p_value, not ties, ties)


def _standardised(yi: np.ndarray, vi: np.ndarray) -> np.ndarray:
    """(yi - mu) / sqrt(vi - 1/W), with vi - 1/W = vi (W - w) / W free of cancellation."""
    largest = vi.argmin()
    # Measured from the most precise study: equal yi then have residuals of exactly 0.
    distance = yi - yi[largest]
    weights = vi[largest] / vi
    total = weights.sum()
    others = total - weights
    # Only one weight can exceed half of the total; its complement is summed by itself.
    others[largest] = np.delete(weights, largest).sum()
    residuals = distance - (weights * distance).sum() / total
    return residuals / np.sqrt(vi * (others / total))


def _concordance(first: np.ndarray, second: np.ndarray) -> float:
    """Concordant minus discordant pairs."""
    signs = np.sign(first[:, None] - first) * np.sign(second[:, None] - second)
    return float(signs.sum()) / 2


def _tie_sizes(values: np.ndarray) -> np.ndarray:
    """Sizes of the groups of equal values that have at least two members."""
    sizes = np.unique(values, return_counts=True)[1]
    return sizes[sizes > 1].astype(float)


def _pairs(sizes: np.ndarray) -> float:
    return float((sizes * (sizes - 1)).sum()) / 2


def _variance_of_s(k: int, tied: np.ndarray, tied_vi: np.ndarray) -> float:
    """Null variance of s with ties in both rankings (Kendall & Gibbons 1990, chapter 4)."""

    def within(t):
        return (t * (t - 1) * (2 * t + 5)).sum()

    def triples(t):
        return (t * (t - 1) * (t - 2)).sum()

    variance = (k * (k - 1) * (2 * k + 5) - within(tied) - within(tied_vi)) / 18
    variance += 2 * _pairs(tied) * _pairs(tied_vi) / (k * (k - 1))
    return variance + triples(tied) * triples(tied_vi) / (9 * k * (k - 1) * max(k - 2, 1))


def _share_with_inversions_up_to(most: int, k: int) -> float:
    """P(T <= most), T the inversions of a random permutation of k, most <= k(k-1)/4."""
    if k <= COUNTED_UP_TO or most <= 2 * k:
        return _by_counting(most, k)
    return _by_contour(most, k)


def _by_counting(most: int, k: int) -> float:
    """Insert the i-th item: it adds 0 to i-1 inversions, each with probability 1/i.

    Only the lower half is needed, where differences of running sums keep their digits.
    """
    share = np.zeros(most + 1)
    share[0] = 1.0
    for i in range(2, k + 1):
        running = np.cumsum(share)
        share = running.copy()
        share[i:] -= running[:-i]
        share /= i
    return float(share.sum())


def _by_contour(most: int, k: int) -> float:
    """P(T <= most) = 1/(2 pi i) of the contour integral of G(z) z^(-most-1) / (1 - z).

    G(z) = prod (1 - z^i) / (i (1 - z)) is the generating function of T. The circle |z| = e^(-a)
    goes through the integrand's saddle, where it falls off like a normal density, so that a few
    equal steps around the real axis give every digit, far in the tail too.
    """
    items = np.arange(1, k + 1)

    def slope(a):
        # Of the logarithm of the integrand on the real axis, which is convex in a.
        pull = items / np.expm1(np.minimum(items * a, OVERFLOW))
        return pull.sum() - (k + 1) / np.expm1(a) + most

    low, high = 1e-9, 1.0
    while slope(high) < 0 and high < 64:
        high *= 2
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    a = low
    waves = (items / (2 * np.sinh(np.minimum(items * a, OVERFLOW / 2) / 2))) ** 2
    deviation = np.sqrt((k + 1) / (2 * np.sinh(a / 2)) ** 2 - waves.sum())
    angles = (np.arange(CONTOUR_POINTS) + 0.5) / CONTOUR_POINTS * CONTOUR_SPAN / deviation
    exponent = -a + 1j * angles
    logarithm = np.log(-np.expm1(items[:, None] * exponent)).sum(axis=0)
    logarithm -= (k + 1) * np.log(-np.expm1(exponent)) + lgamma(k + 1) + most * exponent
    # The lower half of the circle is the conjugate of the upper.
    return float(np.exp(logarithm).real.sum() * (angles[1] - angles[0]) / np.pi)
