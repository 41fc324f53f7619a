"""Conversions: each undone by its own definition, and the Handbook's worked examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strataforest.conversions import spread as cv


def test_example_handbook_sd_from_an_arms_ci():
    # Cochrane Handbook 6.5, section 6.5.2.2: n = 25, 95% CI 32.1 (30.0 to 34.2) -> SD 5.09
    assert cv.sd_from_ci(30.0, 34.2, 25) == pytest.approx(5.09, abs=0.005)


def test_example_handbook_pooled_sd_from_an_exact_p():
    # Section 6.5.2.3: MD 3.8, n 25 and 22, p = 0.008 -> t = 2.78, SE = 1.37
    t = cv.t_from_p(0.008, 45)
    assert t == pytest.approx(2.78, abs=0.005)
    assert 3.8 / t == pytest.approx(1.37, abs=0.005)
    # and from the 95% CI -1.0 ... for which t(45) = 2.014: width / (2 t)
    assert cv.se_from_ci(1.04, 6.56, 45) == pytest.approx((6.56 - 1.04) / (2 * 2.0141), rel=1e-4)


def test_example_handbook_pooled_sd():
    # Section 6.5.2.3 goes on: SD = 1.37 / sqrt(1/25 + 1/22) = 4.69, so d = 3.8 / 4.69
    assert cv.d_from_md_se(3.8, 1.37, 25, 22) == pytest.approx(3.8 / 4.69, abs=0.002)


@given(st.floats(0.01, 100), st.integers(2, 1000))
def test_sd_and_se_are_each_others_inverse(sd, n):
    assert cv.sd_from_se(sd / np.sqrt(n), n) == pytest.approx(sd, rel=1e-12)


@given(st.floats(-50, 50), st.floats(0.01, 10), st.integers(2, 500))
def test_a_ci_built_from_an_sd_gives_it_back(mean, sd, n):
    half = stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n)
    assert cv.sd_from_ci(mean - half, mean + half, n) == pytest.approx(sd, rel=1e-8)


@given(st.floats(1e-9, 1), st.integers(1, 1000))
def test_t_has_the_p_it_came_from(p, df):
    assert 2 * stats.t.sf(cv.t_from_p(p, df), df) == pytest.approx(p, rel=1e-8)


@given(st.floats(-20, 20), st.integers(2, 300), st.integers(2, 300))
def test_t_and_mean_difference_with_its_se_agree(t, n1, n2):
    assert cv.d_from_t(t, n1, n2) == pytest.approx(cv.d_from_md_se(3 * t, 3.0, n1, n2), rel=1e-12)


def test_the_normal_interval_uses_the_exact_quantile():
    assert cv.se_from_ci(-1, 1, np.inf) == pytest.approx(1 / stats.norm.ppf(0.975), rel=1e-14)


@pytest.mark.parametrize("p", [0, -0.1, 1.1, np.nan])
def test_an_impossible_p_gives_nothing(p):
    assert np.isnan(cv.t_from_p(p, 10))


def test_the_sd_of_changes_by_hand():
    # 3^2 + 4^2 - 2 r 12: uncorrelated 5, wholly correlated 1.
    assert cv.sd_of_change(3.0, 4.0, 0.0) == pytest.approx(5.0, rel=1e-15)
    assert cv.sd_of_change(3.0, 4.0, 1.0) == pytest.approx(1.0, rel=1e-15)
    assert cv.sd_of_change(3.0, 4.0, 0.5) == pytest.approx(np.sqrt(13), rel=1e-15)
    # Equal SDs that agree wholly leave no spread, and rounding must not make it imaginary.
    assert cv.sd_of_change(0.1, 0.1, 1.0) == 0


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-1, 1))
def test_the_sd_of_changes_is_that_of_a_difference(one, other, r):
    found = cv.sd_of_change(one, other, r)
    assert abs(one - other) <= found * (1 + 1e-12)
    assert found <= (one + other) * (1 + 1e-12)
    assert found == pytest.approx(cv.sd_of_change(other, one, r), rel=1e-12)
    # The correlation it came from, by the definition of a variance of a difference.
    back = (one**2 + other**2 - found**2) / (2 * one * other)
    assert back == pytest.approx(r, abs=1e-8 * (1 + (one**2 + other**2) / (one * other)))


@pytest.mark.parametrize("r", [1.01, -1.2, np.nan])
def test_an_impossible_correlation_gives_nothing(r):
    assert np.isnan(cv.sd_of_change(1.0, 1.0, r))


def test_combined_arms_are_as_one_sample():
    rng = np.random.default_rng(1)
    arms = [rng.normal(mean, 2, size) for mean, size in ((5, 12), (6, 30), (4.5, 7))]
    sizes, means, sds = (
        np.array([f(x) for x in arms]) for f in (len, np.mean, lambda x: x.std(ddof=1))
    )
    together = np.concatenate(arms)
    found = cv.combined_arms(sizes, means, sds)
    assert found == pytest.approx((49, together.mean(), together.std(ddof=1)), rel=1e-12)
    # In any order, and two at a time, as the Handbook (table 6.5.a) says to.
    assert cv.combined_arms(sizes[::-1], means[::-1], sds[::-1]) == pytest.approx(found, rel=1e-12)
    two = cv.combined_arms(sizes[:2], means[:2], sds[:2])
    third = sizes[2], means[2], sds[2]
    stepwise = cv.combined_arms(*(np.array(pair) for pair in zip(two, third, strict=True)))
    assert stepwise == pytest.approx(found, rel=1e-12)


def test_two_arms_are_combined_as_in_the_handbook():
    n1, m1, s1, n2, m2, s2 = 20, 10.0, 3.0, 35, 12.5, 4.0
    square = (n1 - 1) * s1**2 + (n2 - 1) * s2**2
    square += n1 * n2 / (n1 + n2) * (m1**2 + m2**2 - 2 * m1 * m2)
    n, mean, sd = cv.combined_arms([n1, n2], [m1, m2], [s1, s2])
    assert (n, mean) == (55, pytest.approx((n1 * m1 + n2 * m2) / 55))
    assert sd == pytest.approx(np.sqrt(square / 54), rel=1e-12)
