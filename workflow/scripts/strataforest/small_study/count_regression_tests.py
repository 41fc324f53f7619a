"""Regression tests for small-study effects in log ratios from counts: Peters and Harbord.

The standard error of a log ratio holds the effect itself; these tests use quantities that do not.
"""

from __future__ import annotations

import numpy as np

from strataforest.estimation.batches import check_choice
from strataforest.small_study.funnel import one_analysis
from strataforest.small_study.regression_tests import RegressionTest, weighted_regression

HARBORD_MEASURES = ("OR", "RR")


def peters_test(
    yi, events_treat, n_treat, events_control, n_control, *, level: float = 0.95
) -> RegressionTest:
    """Regress the log ratio on 1/N with weights E (N - E) / N.

    Peters et al. 2006, JAMA 295:676-680. E and N: events and people of both arms, so that the
    weights do not hold the effect; dispersion from the residuals, t on k-2 df. Studies without
    events, or with nothing else, have no weight and are left out (k counts the rest).

    All arguments (k,). Raises ValueError for counts that are not counts or not (k,), fewer than 3
    studies left, all N equal.
    """
    events, people, _ = _tables(events_treat, n_treat, events_control, n_control)
    yi = np.asarray(yi, dtype=float)
    if yi.shape != people.shape:
        raise ValueError(f"yi must have one entry per study, got {yi.shape} and {people.shape}")
    kept = _with_information(events, people, "peters_test")
    events, people = events[kept], people[kept]
    yi, vi = one_analysis(yi[kept], 1 / events + 1 / (people - events), "peters_test", at_least=3)
    return weighted_regression(yi, vi, 1 / people, "ninv", level=level)


def harbord_test(
    events_treat, n_treat, events_control, n_control, *, measure: str = "OR", level: float = 0.95
) -> RegressionTest:
    """Regress Z / V on 1 / sqrt(V) with weights V: score Z of no effect, its variance V.

    Harbord, Egger & Sterne 2006 (Stat Med 25:3443-3457): Z / sqrt(V) on sqrt(V), whose intercept is
    the slope here; t on k-2 df. OR: Z = a - E n1 / N, V = E (N-E) n1 n2 / (N^2 (N-1)). RR (Harbord,
    Harris & Sterne 2009, Stata J 9:197-210): Z = (a N - E n1) / (N-E), V = n1 n2 E / (N (N-E)).
    a: events of the treatment arm; E, N of both. Studies without events, or with nothing else,
    have V = 0 or none, and are left out (k counts the rest). No continuity correction is needed.

    Counts (k,). Raises ValueError as `peters_test`, and for another measure.
    """
    check_choice("measure", measure, HARBORD_MEASURES)
    events, people, arms = _tables(events_treat, n_treat, events_control, n_control)
    kept = _with_information(events, people, "harbord_test")
    events, people, (a, n1, n2) = events[kept], people[kept], arms[:, kept]
    without = people - events
    if measure == "OR":
        z = a - events * n1 / people
        v = events * without * n1 * n2 / (people**2 * (people - 1))
    else:
        z, v = (a * people - events * n1) / without, n1 * n2 * events / (people * without)
    effect, variance = one_analysis(z / v, 1 / v, "harbord_test", at_least=3)
    return weighted_regression(effect, variance, np.sqrt(variance), "score_se", level=level)


def _tables(events_treat, n_treat, events_control, n_control):
    """Events and people of both arms (k,), and events_treat, n_treat, n_control as (3, k)."""
    parts = [np.asarray(p, dtype=float) for p in (events_treat, n_treat, events_control, n_control)]
    if len({part.shape for part in parts}) > 1 or parts[0].ndim != 1:
        raise ValueError("counts must be four arrays of one shape (k,)")
    a, n1, c, n2 = parts
    if not ((a >= 0) & (a <= n1) & (c >= 0) & (c <= n2) & (n1 > 0) & (n2 > 0)).all():
        raise ValueError("counts must be 0 <= events <= people, people > 0, none absent")
    return a + c, n1 + n2, np.stack([a, n1, n2])


def _with_information(events: np.ndarray, people: np.ndarray, name: str) -> np.ndarray:
    kept = (events > 0) & (events < people)
    if kept.sum() < 3:
        raise ValueError(f"{name} needs at least 3 studies with events and with people without")
    return kept
