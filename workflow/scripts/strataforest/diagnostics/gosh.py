"""Graphical display of heterogeneity: the pooled result of every subset of the studies.

Olkin, Dahabreh & Trikalinos 2012, Res Synth Methods 3:214-223. Estimates that fall into clusters,
or that the presence of one study splits, say that the studies do not estimate one thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import CHUNK_ENTRIES, check_choice
from strataforest.heterogeneity import I2_METHODS, cochran_q, typical_variance
from strataforest.pooling import pool
from strataforest.sensitivity import one_complete_row

SUBSETS = 2**15


@dataclass(frozen=True)
class Gosh:
    """One entry per subset: arrays of shape (S,).

    k studies in it; the pooled estimate, se and two-sided p_value; tau2 and whether its search
    converged; i2 in percent; Cochran's q. `packed` (S, ceil(studies / 8)) says who is in it, one
    bit per study, the least significant first; `members` unpacks it. `exact`: the subsets are all
    there are, not a sample.
    """

    k: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    p_value: np.ndarray
    tau2: np.ndarray
    converged: np.ndarray
    i2: np.ndarray
    q: np.ndarray
    packed: np.ndarray
    studies: int
    exact: bool

    def members(self) -> np.ndarray:
        """Return (S, studies): true where the study is in the subset."""
        return _unpacked(self.packed, self.studies)


def gosh(
    yi,
    vi,
    *,
    tau2_method: str = "REML",
    ci: str = "z",
    i2: str = "tau2",
    smallest: int = 2,
    subsets: int = SUBSETS,
    seed: int = 1,
) -> Gosh:
    """Pool every subset of at least `smallest` studies, or a sample of such subsets.

    All are fitted where there are at most `subsets` (k <= 15 by default), in the order of the
    binary number whose bit i is study i. Else as many different ones as `subsets`, each as likely
    as any other; the same seed gives the same ones, whatever the machine. One study says nothing
    of heterogeneity, so smallest is 2; metafor's gosh has single studies too (smallest = 1).

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        tau2_method: as `pool`.
        ci: as `pool`; it matters for se and p_value only.
        i2: as `heterogeneity`: I2 from tau2 or from Cochran's Q.
        smallest: 1 or 2.
        subsets: how many subsets to fit at most, >= 1.
        seed: of the sample, an integer >= 0.

    Raises:
        ValueError: yi is not one-dimensional, k = 1, an entry absent; smallest, subsets or seed
            out of range; unknown i2; and as `pool`.
    """
    check_choice("i2", i2, I2_METHODS)
    if smallest not in (1, 2) or subsets < 1 or seed < 0:
        wanted = "smallest must be 1 or 2, subsets at least 1 and seed at least 0"
        raise ValueError(f"{wanted}, got {smallest!r}, {subsets!r} and {seed!r}")
    yi, vi = (row[0] for row in one_complete_row("gosh", yi, vi))
    studies = len(yi)
    possible = 2**studies - 1 - (studies if smallest == 2 else 0)
    if possible <= subsets:
        packed = _every_subset(studies, smallest)
    else:
        packed = _sampled_subsets(studies, smallest, subsets, seed)
    step = max(1, CHUNK_ENTRIES // studies)
    parts = []
    for start in range(0, len(packed), step):
        inside = _unpacked(packed[start : start + step], studies)
        subset_yi, subset_vi = np.where(inside, yi, np.nan), np.where(inside, vi, np.nan)
        parts.append(_fit(subset_yi, subset_vi, i2, tau2_method=tau2_method, ci=ci))
    numbers = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Gosh(**numbers, packed=packed, studies=studies, exact=possible <= subsets)


def _fit(yi: np.ndarray, vi: np.ndarray, i2: str, **options: str) -> dict[str, np.ndarray]:
    fits = pool(yi, vi, **options)
    q, df, _ = cochran_q(yi, vi)
    if i2 == "tau2":
        # The typical variance of a single study is NaN; its tau2 and its I2 are 0.
        share = fits.tau2 / np.where(df > 0, fits.tau2 + typical_variance(yi, vi), 1.0)
    else:
        excess = np.maximum(q - df, 0.0)
        share = excess / np.where(excess > 0, q, 1.0)
    names = ("k", "estimate", "se", "p_value", "tau2", "converged")
    return {name: getattr(fits, name) for name in names} | {"i2": 100 * share, "q": q}


def _every_subset(studies: int, smallest: int) -> np.ndarray:
    numbers = np.arange(1, 2**studies, dtype="<u8")
    packed = _bytes(numbers[:, None], studies)
    return packed[_unpacked(packed, studies).sum(axis=1) >= smallest]


def _sampled_subsets(studies: int, smallest: int, subsets: int, seed: int) -> np.ndarray:
    """Toss a coin per study; drop subsets that are too small or were drawn before."""
    # Raw bits, for numpy promises these to stay what they are in its later versions.
    generator = np.random.PCG64(seed)
    words = -(-studies // 64)
    packed = np.empty((0, -(-studies // 8)), dtype=np.uint8)
    while len(packed) < subsets:
        raw = generator.random_raw(subsets * words).astype("<u8").reshape(subsets, words)
        drawn = np.packbits(_unpacked(_bytes(raw, studies), studies), axis=1, bitorder="little")
        drawn = drawn[_unpacked(drawn, studies).sum(axis=1) >= smallest]
        packed = np.concatenate([packed, drawn])
        first = np.unique(packed, axis=0, return_index=True)[1]
        packed = packed[np.sort(first)]
    return packed[:subsets]


def _bytes(words: np.ndarray, studies: int) -> np.ndarray:
    """Return the bytes (S, ceil(studies / 8)) of little-endian words (S, n)."""
    return np.ascontiguousarray(words).view(np.uint8)[:, : -(-studies // 8)]


def _unpacked(packed: np.ndarray, studies: int) -> np.ndarray:
    return np.unpackbits(packed, axis=1, count=studies, bitorder="little").astype(bool)
