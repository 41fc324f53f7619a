"""Cumulative meta-analysis: the pooled result as the evidence came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.heterogeneity import spread
from strataforest.pooling import pool
from strataforest.sensitivity import one_complete_row


@dataclass(frozen=True)
class Cumulative:
    """Entry i is the pooled result of the first i + 1 studies in `order`: arrays of shape (k,).

    `order` holds indices into yi (0-based): order[i] is the study that entry i adds. i2 is in
    percent; `converged` says whether the search for tau2 was.
    """

    order: np.ndarray
    k: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    p_value: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray
    q: np.ndarray
    q_p: np.ndarray
    converged: np.ndarray


def chronological(years: Sequence[float | None], ids: Sequence) -> np.ndarray:
    """Return the order (k,) by year; those of one year by id; unknown years (None, NaN) last.

    Equal years and ids (several effects of a trial) stay in the order given.

    Raises:
        ValueError: years and ids differ in length.
    """
    if len(years) != len(ids):
        raise ValueError(f"each study needs a year and an id, got {len(years)} and {len(ids)}")
    known = [np.inf if year is None or np.isnan(year) else float(year) for year in years]
    return np.array(sorted(range(len(ids)), key=lambda i: (known[i], ids[i])), dtype=int)


def cumulative(
    yi,
    vi,
    order=None,
    *,
    tau2_method: str = "REML",
    ci: str = "z",
    i2: str = "tau2",
    level: float = 0.95,
) -> Cumulative:
    """Pool the first study, the first two, ..., all k, in one batch (Lau et al 1992, NEJM 327:248).

    The first entry is a single study: tau2 = 0 and a normal interval whatever `ci`.

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        order: indices 0 to k-1, each once, such as `chronological` gives; None for as they stand.
        tau2_method, ci, level: as `pool`.
        i2: as `heterogeneity`.

    Raises:
        ValueError: yi is not one-dimensional, an entry absent; order is not a permutation; and as
            `pool` and `heterogeneity`.
    """
    rows_yi, rows_vi = one_complete_row("cumulative", yi, vi, single=True)
    k = rows_yi.shape[1]
    order = np.arange(k) if order is None else np.asarray(order)
    if (
        order.shape != (k,)
        or order.dtype.kind not in "iu"
        or not np.array_equal(np.sort(order), np.arange(k))
    ):
        raise ValueError(f"order must hold each of the indices 0 to {k - 1} once")
    later = np.triu(np.ones((k, k), dtype=bool), 1)
    yi, vi = np.where(later, np.nan, rows_yi[0, order]), np.where(later, np.nan, rows_vi[0, order])
    fits = pool(yi, vi, tau2_method=tau2_method, ci=ci, level=level)
    found = spread(yi, vi, fits.tau2, i2=i2)
    names = ("k", "estimate", "se", "statistic", "ci_low", "ci_high", "p_value", "tau2")
    return Cumulative(
        order=order,
        **{name: getattr(fits, name) for name in (*names, "converged")},
        i2=found.i2,
        q=found.q,
        q_p=found.q_p,
    )
