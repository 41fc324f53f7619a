"""Permutation tests of a meta-regression: p-values that trust no distribution.

Every arrangement of the moderators' rows over the studies (with an intercept alone: every choice
of signs of yi) is fitted, all in one batch, and the observed statistics ranked among theirs
(Higgins & Thompson 2004, Stat Med 23:1663-1682; Follmann & Proschan 1999, Biometrics 55:732-737).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial, prod

import numpy as np

from strataforest.meta_regression.least_squares import check_design
from strataforest.meta_regression.mixed_model import fit_meta_regression

EXACT_UP_TO = 10_000
# Arrangements that tie exactly differ by rounding and by where the search for tau2 stopped.
# Statistics are without unit, so this may be absolute near 0.
TIE = 1e-9
# What rounding leaves of the reciprocal of a statistic: a perfect fit under knha has 0.
PERFECT = 1e-12


@dataclass(frozen=True)
class PermutationTest:
    """p_value per coefficient (p,), qm_p of the omnibus test; how they came about.

    `permutations` refits; `exact` if these are all there are, the observed one among them;
    `converged` if every search for tau2 did.
    """

    p_value: np.ndarray
    qm_p: float
    permutations: int
    exact: bool
    converged: bool


def permutation_test(
    yi,
    vi,
    x,
    *,
    tau2_method: str = "REML",
    test: str = "z",
    samples: int = EXACT_UP_TO,
    seed: int = 0,
) -> PermutationTest:
    """Share of arrangements whose |statistic| (or QM) is at least the observed one.

    All moderators of a study move together, yi stays with its vi. Up to 10,000 distinct
    arrangements (k! over the factorials of the numbers of equal rows, or 2^k signs) all are
    fitted, and p is a multiple of one over their number. Beyond, `samples` are drawn at random
    and p = (1 + count) / (1 + samples), never 0 (Phipson & Smyth 2010, Stat Appl Genet Mol Biol
    9:39).

    Args:
        yi: effects of one meta-analysis, (k,), none absent.
        vi: their sampling variances, (k,).
        x: design matrix with its intercept, (k, p); an intercept alone asks for sign flips.
        tau2_method: as `fit_meta_regression`.
        test: as `fit_meta_regression`.
        samples: arrangements to draw where there are too many for all, >= 1.
        seed: of numpy's PCG64.

    Raises:
        ValueError: as `fit_meta_regression`; several rows; an absent entry; samples below 1.
    """
    if np.ndim(yi) != 1 or np.isnan(np.asarray(yi, dtype=float)).any() or np.ndim(x) != 2:
        raise ValueError("permutation_test takes one meta-analysis with no absent entry, x (k, p)")
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples!r}")
    rows_yi, rows_vi, x = check_design(yi, vi, x)
    x, generator = x[0], np.random.Generator(np.random.PCG64(seed))
    options = {"tau2_method": tau2_method, "test": test}
    observed = fit_meta_regression(rows_yi, rows_vi, x, **options)
    flips = x.shape[1] == 1 and bool((x == 1).all())
    arrange = _signs if flips else _arrangements
    exact, yi, vi, x = arrange(rows_yi[0], rows_vi[0], x, samples, generator)
    refits = fit_meta_regression(yi, vi, x, **options)
    total, extra = len(yi), 0 if exact else 1
    counts = _at_least(np.abs(refits.statistic), np.abs(observed.statistic[0]))
    # Roots, so that ties are judged as those of a statistic.
    counts_qm = _at_least(np.sqrt(refits.qm), np.sqrt(observed.qm[0]))
    return PermutationTest(
        p_value=(counts + extra) / (total + extra),
        qm_p=float((counts_qm + extra) / (total + extra)),
        permutations=total,
        exact=bool(exact),
        converged=bool(refits.converged.all()),
    )


def _at_least(statistics: np.ndarray, observed) -> np.ndarray:
    """How many statistics, all >= 0, reach the observed ones; perfect fits reach each other."""
    with np.errstate(divide="ignore"):
        perfect = 1 / statistics <= 1 / observed + PERFECT
    return (perfect | (statistics >= observed * (1 - TIE) - TIE)).sum(axis=0)


def _signs(yi, vi, x, samples, generator):
    k = len(yi)
    exact = k <= np.log2(EXACT_UP_TO)
    if exact:
        signs = 1 - 2.0 * (np.arange(2**k)[:, None] >> np.arange(k) & 1)
    else:
        signs = 1 - 2.0 * generator.integers(0, 2, size=(samples, k))
    return exact, signs * yi, np.broadcast_to(vi, signs.shape), x


def _arrangements(yi, vi, x, samples, generator):
    """Studies move over the fixed rows of x: the same as the rows over the studies.

    A sample moves row numbers, so it is the same however a factor is coded.
    """
    kinds, kind, counts = np.unique(x, axis=0, return_inverse=True, return_counts=True)
    k, kind = len(yi), kind.reshape(-1)
    exact = factorial(k) // prod(factorial(count) for count in counts) <= EXACT_UP_TO
    if exact:
        order = np.argsort(_distinct_orders(counts), axis=1, kind="stable")
    else:
        order = generator.permuted(np.tile(np.arange(k), (samples, 1)), axis=1)
        return exact, yi[order], vi[order], x
    return exact, yi[order], vi[order], kinds[np.sort(kind)]


def _distinct_orders(counts) -> np.ndarray:
    """All distinct orders of labels 0, 1, ... that occur `counts` times, one a row."""
    orders = np.full((1, sum(counts)), -1)
    for label, count in enumerate(counts):
        free = np.nonzero(orders == -1)[1].reshape(len(orders), -1)
        chosen = np.array(list(combinations(range(free.shape[1]), int(count))))
        places = free[:, chosen].reshape(-1, count)
        orders = np.repeat(orders, len(chosen), axis=0)
        np.put_along_axis(orders, places, label, axis=1)
    return orders
