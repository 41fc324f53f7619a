"""Pooling 2x2 tables without weights from each table's variance: Mantel-Haenszel and Peto.

Counts and cells as in the module two_by_two. Estimates of ratios are natural logs, intervention
against control; formulas and defaults are those of metafor's `rma.mh` and `rma.peto`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.counts.two_by_two import checked_tables, hypergeometric, informative, people_of
from strataforest.effect_sizes import log_odds_ratio, log_risk_ratio, risk_difference
from strataforest.estimation.batches import check_choice
from strataforest.estimation.distributions import (
    check_level,
    chi2_upper_p,
    critical_value,
    two_sided_p,
)

MEASURES = ("RR", "OR", "RD")
# Added to every cell of a table with a zero, for its own effect in Q only.
CONTINUITY = 0.5


@dataclass(frozen=True)
class PooledTables:
    """B pooled effects of 2x2 tables, arrays (B,).

    k tables, of which k_q have an effect of their own and enter Q; estimate with its se, z
    statistic, two-sided p_value and confidence interval; Q, its df and p_value; I2 = 100 max(0,
    (Q - df)/Q), percent; H2 = Q / df.
    """

    k: np.ndarray
    k_q: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    q: np.ndarray
    q_df: np.ndarray
    q_p: np.ndarray
    i2: np.ndarray
    h2: np.ndarray


def mantel_haenszel(
    events_treat, n_treat, events_control, n_control, *, measure: str, level: float = 0.95
) -> PooledTables:
    """Pool log risk ratios, log odds ratios or risk differences as Mantel & Haenszel (1959) did.

    - RR: ln(R/S), R = sum(a n2/N), S = sum(c n1/N); se^2 = sum(n1 n2 (a+c)/N^2 - ac/N) / (RS)
      (Greenland & Robins 1985, Biometrics 41:55-68).
    - OR: ln(R/S), R = sum(ad/N), S = sum(bc/N); se^2 = sum(PR)/(2R^2) + sum(PS + QR)/(2RS) +
      sum(QS)/(2S^2) with each table's P = (a+d)/N, Q = (b+c)/N, R = ad/N, S = bc/N (Robins, Breslow
      & Greenland 1986, Biometrics 42:311-323).
    - RD: sum((a n2 - c n1)/N) / T, T = sum(n1 n2/N), called D here; se^2 = (D sum(c n1^2/N^2 -
      a n2^2/N^2 + n1 n2 (n2-n1)/(2 N^2)) + sum(a(n2-c)/N + c(n1-a)/N)/2) / T^2 (Sato,
      Greenland & Robins 1989, Biometrics 45:1323-1324).

    Nothing is added to a table for the pooled estimate. Q = sum((yi - estimate)^2 / vi) is over
    each table's own effect, 0.5 in all cells of a table with a zero, without tables in which nobody
    or everybody has the event.

    Returns:
        PooledTables; NaN throughout (but k and k_q) where the estimate or its se is not defined or
        0: no event in an arm, say, or all tables perfectly separated.

    Raises:
        ValueError: shapes differ; NaN in some of a table's numbers only; an arm without people,
            events below 0 or above the arm's people; N <= 1; no table (k = 0); unknown measure;
            level outside 0 to 1.
    """
    check_choice("measure", measure, MEASURES)
    check_level(level)
    a, b, c, d = tables = checked_tables(events_treat, n_treat, events_control, n_control)
    pooled = {"RR": _risk_ratio, "OR": mantel_haenszel_odds_ratio, "RD": _risk_difference}[measure]
    estimate, variance = pooled(*tables)
    zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    corrected = (cell + np.where(zero, CONTINUITY, 0.0) for cell in tables)
    own = {"RR": log_risk_ratio, "OR": log_odds_ratio, "RD": risk_difference}[measure]
    yi, vi = own(*corrected)
    telling = informative(*tables)
    gap = np.where(telling, (yi - estimate[:, None]) ** 2 / vi, 0.0).sum(axis=1)
    return _pooled(tables, estimate, variance, gap, telling.sum(axis=1), level)


def peto(events_treat, n_treat, events_control, n_control, *, level: float = 0.95) -> PooledTables:
    """Pool log odds ratios by Peto's one-step method (Yusuf et al. 1985).

    Progress in Cardiovascular Diseases 27:335-371. ln OR = sum(a - E) / sum(V), se =
    1/sqrt(sum(V)), with each table's hypergeometric mean E = n1 (a+c)/N and variance V =
    n1 n2 (a+c)(b+d) / (N^2 (N-1)). Q = sum((a-E)^2/V) - sum(a-E)^2/sum(V) over tables with V > 0.

    Returns:
        PooledTables; NaN (but k and k_q) where every V is 0.

    Raises:
        ValueError: as `mantel_haenszel`.
    """
    check_level(level)
    tables = checked_tables(events_treat, n_treat, events_control, n_control)
    excess, variance = hypergeometric(*tables)
    total = variance.sum(axis=1)
    telling = informative(*tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = excess.sum(axis=1) / total
        # About the pooled log odds ratio: the difference of two sums would lose digits.
        gap = np.where(telling, (excess - estimate[:, None] * variance) ** 2 / variance, 0.0)
        return _pooled(tables, estimate, 1 / total, gap.sum(axis=1), telling.sum(axis=1), level)


def _risk_ratio(a, b, c, d) -> tuple[np.ndarray, np.ndarray]:
    """The log risk ratio and its variance, (B,) each."""
    people, n1, n2 = people_of(a, b, c, d), a + b, c + d
    treat, control = (a * n2 / people).sum(axis=1), (c * n1 / people).sum(axis=1)
    # n1 n2 (a+c) - a c N, without a difference.
    terms = (a * d * n1 + b * c * n2) / people**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(treat / control), terms.sum(axis=1) / (treat * control)


def mantel_haenszel_odds_ratio(a, b, c, d) -> tuple[np.ndarray, np.ndarray]:
    """The Mantel-Haenszel log odds ratio and its variance, (B,) each."""
    people = people_of(a, b, c, d)
    with_it, against = (a + d) / people, (b + c) / people
    r, s = a * d / people, b * c / people
    total_r, total_s = r.sum(axis=1), s.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (
            (with_it * r).sum(axis=1) / (2 * total_r**2)
            + (with_it * s + against * r).sum(axis=1) / (2 * total_r * total_s)
            + (against * s).sum(axis=1) / (2 * total_s**2)
        )
        return np.log(total_r / total_s), variance


def _risk_difference(a, b, c, d) -> tuple[np.ndarray, np.ndarray]:
    """The risk difference and its variance, (B,) each."""
    people, n1, n2 = people_of(a, b, c, d), a + b, c + d
    weight = (n1 * n2 / people).sum(axis=1)
    estimate = ((a * n2 - c * n1) / people).sum(axis=1) / weight
    own = (c * n1**2 - a * n2**2 + n1 * n2 * (n2 - n1) / 2) / people**2
    mixed = ((a * d + b * c) / people).sum(axis=1) / 2
    variance = estimate * own.sum(axis=1) + mixed
    # Tables that all separate the arms perfectly leave rounding in place of 0.
    return estimate, np.where(variance > 1e-12 * mixed, variance, 0.0) / weight**2


def _pooled(
    tables,
    estimate: np.ndarray,
    variance: np.ndarray,
    gap: np.ndarray,
    k_q: np.ndarray,
    level: float,
) -> PooledTables:
    """Test, interval and heterogeneity of estimates; NaN where the variance is not above 0."""
    defined = np.isfinite(estimate) & np.isfinite(variance) & (variance > 0)
    estimate, variance = (np.where(defined, part, np.nan) for part in (estimate, variance))
    se = np.sqrt(variance)
    half_width = critical_value(np.inf, level) * se
    df = np.maximum(k_q - 1, 0)
    q = np.where(defined, np.where(df > 0, gap, 0.0), np.nan)
    excess = np.maximum(q - df, 0.0)
    return PooledTables(
        k=(tables[0] + tables[1] > 0).sum(axis=1),
        k_q=k_q,
        estimate=estimate,
        se=se,
        statistic=estimate / se,
        p_value=two_sided_p(estimate / se, np.inf),
        ci_low=estimate - half_width,
        ci_high=estimate + half_width,
        q=q,
        q_df=df,
        q_p=np.where(defined, chi2_upper_p(q, df), np.nan),
        i2=100 * excess / np.where(excess > 0, q, 1.0),
        h2=np.where(df > 0, q / np.maximum(df, 1), np.where(defined, 1.0, np.nan)),
    )
