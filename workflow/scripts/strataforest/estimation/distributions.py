"""Quantiles and tail areas of the normal, t and chi-squared distributions.

From scipy.special, because importing scipy.stats costs a second in every job. The t quantile
goes through the incomplete beta function: `stdtrit`, exact in scipy 1.17, is off by 3e-11 in 1.14.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, betaincinv, gammaincc, gammaincinv, ndtr, ndtri, stdtr

from strataforest.estimation.batches import for_unique


def check_level(level: float) -> None:
    """Raise ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")


def two_sided_p(statistic, df) -> np.ndarray:
    """P(|T| >= |statistic|) for t with df degrees of freedom; df = inf is the normal."""
    magnitude, df = np.broadcast_arrays(np.abs(statistic), np.asarray(df, dtype=float))
    normal = np.isinf(df)
    return 2 * np.where(normal, ndtr(-magnitude), stdtr(np.where(normal, 1.0, df), -magnitude))


def critical_value(df, level: float) -> np.ndarray:
    """Two-sided critical value: the (1 + level) / 2 quantile of t with df degrees of freedom.

    With u = t^2 / (df + t^2) ~ Beta(1/2, df/2), t = sqrt(df u / (1 - u)). df = inf is the normal.

    Raises:
        ValueError: level is not between 0 and 1.
    """
    check_level(level)

    def quantile(df: np.ndarray) -> np.ndarray:
        normal = np.isinf(df)
        finite = np.where(normal, 1.0, df)
        share = betaincinv(0.5, finite / 2, level)
        # 1 - share has no digits left where share is near 1 (few df, high level).
        rest = np.where(share > 0.5, betaincinv(finite / 2, 0.5, 1 - level), 1 - share)
        student = np.sqrt(finite * share / rest)
        return np.where(normal, -ndtri((1 - level) / 2), student)

    return for_unique(quantile, df)


def chi2_upper_p(q, df) -> np.ndarray:
    """P(X >= q) for chi-squared with df degrees of freedom; 1 where df = 0 (X is then 0)."""
    q, df = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(df, dtype=float))
    return np.where(df > 0, gammaincc(np.maximum(df, 1) / 2, q / 2), 1.0)


def chi2_quantile(df, probability: float) -> np.ndarray:
    """The quantile of chi-squared with df >= 1 degrees of freedom at a lower-tail probability."""
    return for_unique(lambda df: 2 * gammaincinv(df / 2, probability), df)


def f_upper_p(f, df1, df2) -> np.ndarray:
    """P(X >= f) for F with df1 and df2 >= 1 degrees of freedom; df2 = inf: chi-squared / df1."""
    f, df1, df2 = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (f, df1, df2)))
    normal = np.isinf(df2)
    finite = np.where(normal, 1.0, df2)
    tail = betainc(finite / 2, df1 / 2, finite / (finite + df1 * f))
    return np.where(normal, chi2_upper_p(f * df1, df1), tail)
