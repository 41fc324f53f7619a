"""Tests over many 2x2 tables: is there an association, and is it the same in all of them?

Counts and cells as in the module two_by_two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.counts.mantel_haenszel import mantel_haenszel_odds_ratio
from strataforest.counts.two_by_two import checked_tables, hypergeometric, informative
from strataforest.estimation.distributions import chi2_upper_p

CONTINUITY = 0.5


@dataclass(frozen=True)
class ChiSquared:
    """A chi-squared test of each of B sets of tables: statistic, df and p_value, arrays (B,)."""

    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray


def cochran_mantel_haenszel(
    events_treat, n_treat, events_control, n_control, *, correct: bool = True
) -> ChiSquared:
    """Test that every odds ratio is 1: (|sum(a - E)| - 1/2)^2 / sum(V), chi-squared on 1 df.

    E and V as in `peto`; `correct = False` leaves out the 1/2. A difference below 1/2 gives 0
    (metafor squares what is then a negative number, so that its statistic rises again). Mantel &
    Haenszel 1959, J Natl Cancer Inst 22:719-748.

    Returns:
        ChiSquared; NaN where every V is 0.

    Raises:
        ValueError: as `mantel_haenszel`.
    """
    tables = checked_tables(events_treat, n_treat, events_control, n_control)
    excess, variance = hypergeometric(*tables)
    total = variance.sum(axis=1)
    difference = np.maximum(np.abs(excess.sum(axis=1)) - (CONTINUITY if correct else 0.0), 0.0)
    statistic = difference**2 / np.where(total > 0, total, np.nan)
    df = np.ones(len(total), dtype=int)
    return ChiSquared(statistic, df, chi2_upper_p(statistic, df))


def breslow_day(
    events_treat, n_treat, events_control, n_control, *, tarone: bool = False
) -> ChiSquared:
    """Test that all odds ratios are equal: sum((a - A)^2 / V), chi-squared on (tables) - 1 df.

    A is what a would be were the table's odds ratio the Mantel-Haenszel one, its margins kept: a
    root of A (n2 - (a+c) + A) = OR (n1 - A)(a+c - A); V = 1/(1/A + 1/B + 1/C + 1/D) of that table.
    `tarone` subtracts sum(a - A)^2 / sum(V), which the test needs to be exactly chi-squared in
    large tables. Tables in which nobody or everybody has the event do not count. Breslow & Day
    1980, Statistical methods in cancer research I, p. 142; Tarone 1985, Biometrika 72:91-95.

    Returns:
        ChiSquared; NaN with df 0 where the pooled odds ratio is not defined or one table counts.

    Raises:
        ValueError: as `mantel_haenszel`.
    """
    a, b, c, d = tables = checked_tables(events_treat, n_treat, events_control, n_control)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.exp(mantel_haenszel_odds_ratio(*tables)[0])[:, None]
        fitted = _fitted_events(a, b, c, d, ratio)
        cells = fitted, a + b - fitted, a + c - fitted, d - a + fitted
        counts = informative(*tables) & np.isfinite(ratio) & (ratio > 0)
        variance = np.where(counts, 1 / sum(1 / cell for cell in cells), 0.0)
        excess = np.where(counts, a - fitted, 0.0)
        statistic = np.where(counts, excess**2 / variance, 0.0).sum(axis=1)
        if tarone:
            statistic = statistic - excess.sum(axis=1) ** 2 / variance.sum(axis=1)
    df = np.maximum(counts.sum(axis=1) - 1, 0)
    statistic = np.where(df > 0, np.maximum(statistic, 0.0), np.nan)
    return ChiSquared(statistic, df, np.where(df > 0, chi2_upper_p(statistic, df), np.nan))


def _fitted_events(a, b, c, d, ratio) -> np.ndarray:
    """The first cell of tables with the given margins and odds ratio, (B, k).

    The smaller root of a quadratic, in the form that holds for a ratio of 1 too.
    """
    n1, events = a + b, a + c
    linear = ratio * (n1 + events) + (d - a)
    product = n1 * events * ratio
    return 2 * product / (linear + np.sqrt(linear**2 - 4 * product * (ratio - 1)))
