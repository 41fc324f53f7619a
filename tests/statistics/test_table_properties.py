"""What must hold of pooled 2x2 tables, and of the small-study tests of counts, for any tables."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import RANDOM, assert_alike, shuffled, steady
from strataforest.counts.mantel_haenszel import MEASURES, mantel_haenszel, peto
from strataforest.small_study.count_regression_tests import harbord_test, peters_test


@st.composite
def tables(draw, smallest=1, largest=6, people=500):
    """Counts (4, k): no arm without events and none with nothing else."""

    def arm():
        n = draw(st.integers(2, people))
        return draw(st.integers(1, n - 1)), n

    k = draw(st.integers(smallest, largest))
    return np.array([(*arm(), *arm()) for _ in range(k)], dtype=float).T


def pooled(counts, method):
    return peto(*counts) if method == "PETO" else mantel_haenszel(*counts, measure=method)


@steady(60)
@given(tables(), st.sampled_from(MEASURES), st.data())
def test_a_table_entered_twice_is_one_of_twice_the_people(counts, measure, drawn):
    # Not so for Peto, whose hypergeometric variance counts one person less.
    k = counts.shape[1]
    which = drawn.draw(st.integers(0, k - 1))
    twice = pooled(counts[:, [*range(k), which]], measure)
    once = pooled(counts * np.where(np.arange(k) == which, 2, 1), measure)
    for name in ("estimate", "se", "statistic", "ci_low", "ci_high"):
        assert_alike(getattr(twice, name), getattr(once, name), once.se, name)


@steady(60)
@given(tables(), st.sampled_from([*MEASURES, "PETO"]), st.floats(0.05, 0.4), st.floats(20, 500))
def test_a_table_at_the_pooled_effect_leaves_it(counts, method, share, people):
    fit = pooled(counts, method)
    effect = fit.estimate[0]
    if method == "PETO":
        # a - E = effect V, with half the people in each arm.
        events, n1 = share * 2 * people, people
        a = events / 2 + effect * events * (2 * people - events) / 4 / (2 * people - 1)
        control = events - a
    else:
        n1 = people * 1.5
        odds = np.exp(effect) * share / (1 - share)
        treated = {"RD": share + effect, "RR": share * np.exp(effect), "OR": odds / (1 + odds)}
        a, control = treated[method] * n1, share * people
    assume(0 < a < n1 and 0 < control < people)
    more = pooled(np.column_stack([counts, [a, n1, control, people]]), method)
    assert_alike(more.estimate, fit.estimate, fit.se)
    assert_alike(more.q, fit.q, 1.0)
    if method == "PETO":
        assert more.se[0] < fit.se[0]


@steady(60)
@given(tables(largest=4, people=40), st.sampled_from([*MEASURES, "PETO"]), st.integers(0, 4))
def test_a_huge_trial_carries_the_tables(counts, method, power):
    huge = np.array([30.0, 100.0, 45.0, 110.0]) * 10.0 ** (3 + 2 * power)
    fit, alone = pooled(np.column_stack([counts, huge]), method), pooled(huge[:, None], method)
    # The others hold at most 160 of 10^5 people or more, their effects up to about 8.
    assert abs(fit.estimate[0] - alone.estimate[0]) < 0.1 / 10.0 ** (2 * power)
    assert fit.se[0] == pytest.approx(alone.se[0], rel=0.1 / 10.0 ** (2 * power) + 1e-12)
    for name, value in vars(fit).items():
        assert np.isfinite(value).all(), name


@steady(60)
@given(tables(smallest=3), st.sampled_from(["OR", "RR"]), RANDOM)
def test_peters_and_harbord_in_any_order_and_direction(counts, measure, random):
    a, n1, c, n2 = counts
    order = shuffled(random, len(a))
    yi = np.log((a / n1) / (c / n2))
    assume(np.ptp(n1 + n2) > 1)
    for function, arguments in (
        (lambda *given: peters_test(given[0], *given[1:]), (yi, a, n1, c, n2)),
        (lambda *given: harbord_test(*given[1:], measure=measure), (yi, a, n1, c, n2)),
    ):
        plain = function(*arguments)
        assume(plain.slope_se > 1e-4)
        other = function(*(part[order] for part in arguments))
        swapped = function(-yi, c, n2, a, n1)
        for name in ("slope_se", "df", "p_value", "limit_se"):
            for turned in (other, swapped):
                assert_alike(getattr(turned, name), getattr(plain, name), 1.0, name)
        for name in ("slope", "statistic", "limit_estimate"):
            scale = max(1.0, plain.slope_se)
            assert_alike(getattr(other, name), getattr(plain, name), scale, name)
            assert_alike(-getattr(swapped, name), getattr(plain, name), scale, name)
