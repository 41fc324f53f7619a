"""Begg's rank test against metafor, against enumeration, and by its properties."""

from itertools import permutations

import numpy as np
import pytest
from metafor_reference import assert_close
from scipy.special import ndtr
from small_study_reference import BY_NAME, FUNNELS, label
from strataforest.small_study.rank_test import _by_contour, _by_counting, rank_test

WITH_TAU = [case for case in FUNNELS if case.figures["ranktest"]["kendall_tau"] is not None]


@pytest.mark.parametrize("case", WITH_TAU, ids=label)
def test_tau_and_p_of_metafor(case):
    figures = case.figures["ranktest"]
    found = rank_test(case.yi, case.vi)
    assert_close(found.tau, figures["kendall_tau"])
    if figures["pval"] is None:
        # R's count of permutations overflows at k = 200; ours is checked by enumeration below.
        assert case.name == "sim_k200"
        assert found.exact
    else:
        assert_close(found.p_value, figures["pval"])


def test_all_but_identical_effects_have_a_tau():
    # There the figures hold rounding noise; ours says that tau is undefined.
    assert {case.name for case in FUNNELS} - {c.name for c in WITH_TAU} == {"ext_identical_yi"}
    case = BY_NAME["ext_identical_yi"]
    found = rank_test(case.yi, case.vi)
    assert np.isnan([found.tau, found.z, found.p_value]).all()
    assert found.s == 0


def test_example_viechtbauer2010():
    # The help page of metafor's ranktest: BCG trials, Kendall's tau = 0.0256, p = 0.9524.
    case = BY_NAME["bcg"]
    found = rank_test(case.yi, case.vi)
    assert round(found.tau, 4) == 0.0256
    assert round(found.p_value, 4) == 0.9524


def inversions(order) -> int:
    return sum(a > b for i, a in enumerate(order) for b in order[i + 1 :])


@pytest.mark.parametrize("k", range(2, 8))
def test_the_null_distribution_is_that_of_all_permutations(k):
    counts = np.array([inversions(order) for order in permutations(range(k))])
    for most in range(k * (k - 1) // 4 + 1):
        assert_close(_by_counting(most, k), (counts <= most).mean(), relative=1e-14)


@pytest.mark.parametrize("k", [70, 100, 150, 220])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.35, 0.45, 0.5])
def test_contour_and_counting_agree_far_into_the_tail(k, share):
    most = int(share * k * (k - 1) / 2)
    assert_close(_by_contour(most, k), _by_counting(most, k), relative=1e-12)


def test_many_studies_come_near_the_normal_distribution():
    rng = np.random.default_rng(3)
    yi, vi = rng.normal(size=1500), rng.uniform(0.1, 2, size=1500)
    found = rank_test(yi, vi)
    assert found.exact
    deviation = np.sqrt(1500 * 1499 * 3005 / 18)
    assert found.z == pytest.approx(found.s / deviation, rel=1e-12)
    # Edgeworth: P(T <= m) = Phi(x) - phi(x) c4 (x^3 - 3x) / 24, with T's fourth cumulant.
    fewer = (1500 * 1499 / 2 - abs(found.s)) / 2
    spread = deviation / 2
    x = (fewer + 0.5 - 1500 * 1499 / 4) / spread
    fourth = -(np.arange(1, 1501.0) ** 4 - 1).sum() / 120 / spread**4
    tail = ndtr(x) - np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * fourth * (x**3 - 3 * x) / 24
    assert found.p_value == pytest.approx(2 * tail, rel=1e-6)
    assert found.p_value != pytest.approx(2 * ndtr(x), rel=1e-6)


def test_perfect_order_has_the_smallest_p():
    # Larger variance, larger effect, and so after standardising: 2 / 5!.
    found = rank_test([0.0, 1.0, 3.0, 7.0, 20.0], [1.0, 1.1, 1.2, 1.3, 1.4])
    assert found.tau == 1
    assert found.p_value == pytest.approx(2 / 120, rel=1e-14)
    k = 250
    ordered = rank_test(np.arange(k) ** 2.0, 1 + np.arange(k) / k)
    assert ordered.tau == 1
    assert 0 <= ordered.p_value < 1e-300


def test_effects_are_standardised():
    # The raw effects rise with vi in every pair; (yi - mu) / se(yi - mu) does not.
    yi, vi = np.array([0.0, 0.5, 0.6, 0.7]), np.array([0.01, 0.02, 0.5, 0.9])
    raw = np.sign(np.subtract.outer(yi, yi) * np.subtract.outer(vi, vi)).sum() / 2
    assert raw == 6
    mu = (yi / vi).sum() / (1 / vi).sum()
    star = (yi - mu) / np.sqrt(vi - 1 / (1 / vi).sum())
    expected = np.sign(np.subtract.outer(star, star) * np.subtract.outer(vi, vi)).sum() / 2
    assert expected < raw
    assert rank_test(yi, vi).s == expected


@pytest.mark.parametrize("name", ["bcg", "begg1989", "mcdaniel1994", "ext_dominating"])
def test_row_order_units_and_sign(name):
    case = BY_NAME[name]
    found = rank_test(case.yi, case.vi)
    order = np.random.default_rng(1).permutation(len(case.yi))
    # A power of two keeps ties ties.
    for scale in (1.0, 2.0**-23):
        other = rank_test(scale * case.yi[order], scale**2 * case.vi[order])
        assert (other.tau, other.p_value) == (found.tau, found.p_value)
    mirrored = rank_test(-case.yi, case.vi)
    assert (mirrored.tau, mirrored.p_value) == (-found.tau, found.p_value)


def test_one_study_with_nearly_all_the_weight_keeps_its_digits():
    # vi - 1/W of the first is 1.2e-16 of vi: the plain difference is 0 or less.
    yi, vi = [0.1, 0.9, -0.3, 0.5], [1e-16, 1.0, 2.0, 3.0]
    found = rank_test(yi, vi)
    mu_error = -(0.8 / 1.0 - 0.4 / 2.0 + 0.4 / 3.0)  # of the first, over its own se^2
    star = [mu_error / np.sqrt(1 / 1.0 + 1 / 2.0 + 1 / 3.0), 0.8, -0.4 / 2**0.5, 0.4 / 3**0.5]
    expected = np.sign(np.subtract.outer(star, star) * np.subtract.outer(vi, vi)).sum() / 2
    assert found.s == expected
    assert np.isfinite(found.p_value)


def test_equal_variances_leave_tau_undefined():
    found = rank_test([0.1, 0.5, 0.3], [0.2, 0.2, 0.2])
    assert np.isnan(found.tau)
    assert np.isnan(found.p_value)
    assert found.ties


@pytest.mark.parametrize(
    ("yi", "vi", "message"),
    [
        ([0.1], [0.1], "rank_test needs at least 2 studies, got k = 1"),
        ([[0.1, 0.2]], [[0.1, 0.2]], "one meta-analysis"),
        ([0.1, np.nan], [0.1, np.nan], "no absent entries"),
        ([0.1, 0.2], [0.1, 0.0], "vi must be positive"),
        ([0.1, 0.2], [0.1], "must both be"),
    ],
)
def test_bad_input_is_refused(yi, vi, message):
    with pytest.raises(ValueError, match=message):
        rank_test(yi, vi)
