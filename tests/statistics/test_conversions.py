"""Conversions: each undone by its own definition, and the Handbook's worked examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from strataforest import conversions as cv


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
