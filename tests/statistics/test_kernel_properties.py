"""What must hold for any data: symmetries, small k, degenerate sets, and the tools below.

Hypothesis runs derandomized, so a run repeats exactly. Data are bounded away from each other's
scale (sei from 0.03 to 1.4, effects within 5): rounding then stays well under the tolerances.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_trials import EFFECT, INTERVALS, METHODS, TOLERANCE, VARIANCE
from strataforest.estimation.distributions import (
    chi2_quantile,
    chi2_upper_p,
    critical_value,
    two_sided_p,
)
from strataforest.estimation.reml import _score
from strataforest.estimation.roots import falling_roots
from strataforest.heterogeneity import heterogeneity, prediction_interval, q_profile
from strataforest.pooling import CI_METHODS, TAU2_ESTIMATORS, pool
from strataforest.sensitivity import leave_one_out

steady = settings(max_examples=150)


def trials(smallest=1, largest=9):
    pairs = st.lists(st.tuples(EFFECT, VARIANCE), min_size=smallest, max_size=largest)
    return pairs.map(lambda rows: tuple(np.array(rows).T))


def assert_same_fit(ours, other, vi):
    """Equal to rounding, in units of the standard error and of the sampling variances."""
    assert abs(ours.tau2[0] - other.tau2[0]) <= TOLERANCE * (other.tau2[0] + vi.min())
    for name in ("estimate", "se", "ci_low", "ci_high"):
        difference = getattr(ours, name)[0] - getattr(other, name)[0]
        assert abs(difference) <= TOLERANCE / np.sqrt((1 / vi).sum()), name
    assert ours.k[0] == other.k[0]
    assert ours.df[0] == other.df[0]


@steady
@given(trials(), METHODS, INTERVALS, st.randoms(use_true_random=False))
def test_row_order_is_irrelevant(data, method, ci, random):
    yi, vi = data
    order = list(range(len(yi)))
    random.shuffle(order)
    fit = pool(yi, vi, tau2_method=method, ci=ci)
    shuffled = pool(yi[order], vi[order], tau2_method=method, ci=ci)
    assert_same_fit(shuffled, fit, vi)
    np.testing.assert_allclose(shuffled.weights[0], fit.weights[0][order], rtol=1e-6)


@steady
@given(trials(), METHODS, INTERVALS, st.integers(-60, 60))
def test_a_change_of_unit_by_a_power_of_two_changes_no_bit(data, method, ci, power):
    yi, vi = data
    unit = 2.0**power
    fit = pool(yi, vi, tau2_method=method, ci=ci)
    scaled = pool(yi * unit, vi * unit**2, tau2_method=method, ci=ci)
    for name in ("estimate", "se", "ci_low", "ci_high"):
        assert getattr(scaled, name)[0] == getattr(fit, name)[0] * unit
    assert scaled.tau2[0] == fit.tau2[0] * unit**2
    for name in ("statistic", "p_value", "df", "k", "weights", "converged"):
        assert np.array_equal(getattr(scaled, name), getattr(fit, name))
    spread = heterogeneity(yi, vi, fit.tau2)
    other = heterogeneity(yi * unit, vi * unit**2, scaled.tau2)
    for name in ("q", "q_p", "i2", "h2", "i2_ci_low", "i2_ci_high", "h2_ci_high"):
        assert np.array_equal(getattr(other, name), getattr(spread, name), equal_nan=True)
    high = spread.tau2_ci_high * unit**2
    assert np.array_equal(other.tau2_ci_high, high, equal_nan=True)


@steady
@given(trials(), METHODS, INTERVALS, st.floats(1e-9, 1e9))
def test_a_change_of_unit_scales_the_results(data, method, ci, unit):
    yi, vi = data
    fit = pool(yi, vi, tau2_method=method, ci=ci)
    scaled = pool(yi * unit, vi * unit**2, tau2_method=method, ci=ci)
    error = 1 / np.sqrt((1 / vi).sum())
    for name in ("estimate", "se", "ci_low", "ci_high"):
        difference = getattr(scaled, name)[0] / unit - getattr(fit, name)[0]
        assert abs(difference) <= TOLERANCE * error, name
    assert abs(scaled.tau2[0] / unit**2 - fit.tau2[0]) <= TOLERANCE * (fit.tau2[0] + vi.min())


@steady
@given(trials(), METHODS, INTERVALS, st.floats(-100, 100))
def test_a_shift_moves_the_estimate_only(data, method, ci, shift):
    yi, vi = data
    fit = pool(yi, vi, tau2_method=method, ci=ci)
    moved = pool(yi + shift, vi, tau2_method=method, ci=ci)
    error = 1 / np.sqrt((1 / vi).sum())
    assert abs(moved.tau2[0] - fit.tau2[0]) <= TOLERANCE * (fit.tau2[0] + vi.min())
    assert abs(moved.se[0] - fit.se[0]) <= TOLERANCE * error
    for name in ("estimate", "ci_low", "ci_high"):
        difference = getattr(moved, name)[0] - shift - getattr(fit, name)[0]
        assert abs(difference) <= TOLERANCE * error, name


@steady
@given(trials(), METHODS, INTERVALS)
def test_a_flip_of_sign_flips_the_estimate_to_the_last_bit(data, method, ci):
    yi, vi = data
    fit = pool(yi, vi, tau2_method=method, ci=ci)
    flipped = pool(-yi, vi, tau2_method=method, ci=ci)
    assert flipped.estimate[0] == -fit.estimate[0]
    assert flipped.statistic[0] == -fit.statistic[0]
    assert (flipped.ci_low[0], flipped.ci_high[0]) == (-fit.ci_high[0], -fit.ci_low[0])
    for name in ("se", "p_value", "tau2", "df", "weights"):
        assert np.array_equal(getattr(flipped, name), getattr(fit, name))


@steady
@given(trials(smallest=2), st.data())
def test_a_trial_entered_twice_counts_as_one_with_half_the_variance(data, drawn):
    yi, vi = data
    which = drawn.draw(st.integers(0, len(yi) - 1))
    twice = pool(np.r_[yi, yi[which]], np.r_[vi, vi[which]], tau2_method="EE")
    halved = vi.copy()
    halved[which] /= 2
    once = pool(yi, halved, tau2_method="EE")
    assert twice.estimate[0] == pytest.approx(once.estimate[0], rel=1e-12, abs=1e-14)
    assert twice.se[0] == pytest.approx(once.se[0], rel=1e-14)
    assert twice.weights[0][which] == twice.weights[0][-1]


@steady
@given(trials(), METHODS, INTERVALS)
def test_nothing_is_ever_nan(data, method, ci):
    yi, vi = data
    fit = pool(yi, vi, tau2_method=method, ci=ci)
    assert fit.converged.all()
    for name in vars(fit):
        assert not np.isnan(getattr(fit, name)).any(), name
    for name in ("estimate", "se", "ci_low", "ci_high", "tau2", "weights"):
        assert np.isfinite(getattr(fit, name)).all(), name
    assert fit.tau2[0] >= 0
    assert 0 <= fit.p_value[0] <= 1
    assert fit.ci_low[0] <= fit.estimate[0] <= fit.ci_high[0]
    rounding = 1e-14 * np.abs(yi).max()
    assert yi.min() - rounding <= fit.estimate[0] <= yi.max() + rounding
    assert fit.weights[0].sum() == pytest.approx(100, rel=1e-13)
    # The more precise a study, the more it weighs.
    assert (np.diff(fit.weights[0][np.argsort(vi)]) <= 1e-12).all()
    for i2 in ("tau2", "q"):
        spread = heterogeneity(yi, vi, fit.tau2, i2=i2)
        assert 0 <= spread.i2[0] <= 100
        assert 0 <= spread.q_p[0] <= 1
        if len(yi) > 1:
            assert all(np.isfinite(value).all() for value in vars(spread).values())
            assert spread.tau2_ci_low[0] <= spread.tau2_ci_high[0]


@steady
@given(trials(smallest=2), st.floats(0.05, 0.9))
def test_a_lower_level_gives_an_interval_inside(data, level):
    yi, vi = data
    low, high = q_profile(yi, vi, level)
    wide_low, wide_high = q_profile(yi, vi, level + 0.05)
    rounding = 1e-13 * (high[0] + vi.min())
    assert wide_low[0] <= low[0] + rounding
    assert high[0] <= wide_high[0] + rounding


@steady
@given(trials(smallest=2), METHODS, st.randoms(use_true_random=False))
def test_leave_one_out_follows_the_row_order(data, method, random):
    yi, vi = data
    order = list(range(len(yi)))
    random.shuffle(order)
    result = leave_one_out(yi, vi, tau2_method=method)
    shuffled = leave_one_out(yi[order], vi[order], tau2_method=method)
    for name in ("estimate", "se", "ci_low", "ci_high"):
        ours, other = getattr(shuffled, name), getattr(result, name)[order]
        np.testing.assert_allclose(ours, other, rtol=0, atol=TOLERANCE * result.se.max())
    for name in vars(result):
        assert not np.isnan(getattr(result, name)).any(), name


@pytest.mark.parametrize("ci", CI_METHODS)
@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
def test_one_study_is_its_own_result(method, ci):
    fit = pool([0.31], [0.0225], tau2_method=method, ci=ci)
    assert (fit.k[0], fit.estimate[0], fit.tau2[0], fit.df[0]) == (1, 0.31, 0, np.inf)
    assert fit.se[0] == pytest.approx(0.15, rel=1e-15)
    assert fit.p_value[0] == pytest.approx(0.03876557417763723, rel=1e-13)
    assert fit.weights.tolist() == [[100]]
    assert fit.converged.all()


@pytest.mark.parametrize("ci", CI_METHODS)
@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
@pytest.mark.parametrize("value", [0.25, 0.1, -1e9])
def test_identical_effects(method, ci, value):
    vi = [0.01, 0.02, 0.05, 0.04]
    fit = pool([value] * 4, vi, tau2_method=method, ci=ci)
    assert fit.tau2[0] == 0
    assert fit.estimate[0] == value
    if ci == "hksj":
        assert (fit.se[0], fit.p_value[0]) == (0, 0)
        assert fit.statistic[0] == np.sign(value) * np.inf
        assert fit.ci_low[0] == fit.ci_high[0] == value
    else:
        assert fit.se[0] == pytest.approx(1 / np.sqrt(100 + 50 + 20 + 25), rel=1e-14)
    spread = heterogeneity([value] * 4, vi, fit.tau2)
    assert (spread.q[0], spread.q_p[0], spread.i2[0], spread.h2[0]) == (0, 1, 0, 1)
    assert (spread.tau2_ci_low[0], spread.tau2_ci_high[0]) == (0, 0)


def test_effects_that_are_all_zero_have_a_p_of_one():
    fit = pool([0.0, 0.0, 0.0], [0.1, 0.2, 0.3], ci="hksj")
    assert (fit.se[0], fit.statistic[0], fit.p_value[0]) == (0, 0, 1)


@pytest.mark.parametrize("ratio", [1e6, 1e12, 1e20])
@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
def test_one_study_with_nearly_all_the_weight(method, ratio):
    yi, vi = np.array([0.5, -0.3, 0.1, 0.9]), np.array([1 / ratio, 0.9, 0.2, 0.3])
    fit = pool(yi, vi, tau2_method=method)
    spread = heterogeneity(yi, vi, fit.tau2)
    assert fit.converged.all()
    # As ratio grows, Q tends to the sum over the others of (yi - 0.5)^2 / vi.
    others = (0.8**2 / 0.9) + (0.4**2 / 0.2) + (0.4**2 / 0.3)
    assert spread.q[0] == pytest.approx(others, rel=20 / ratio + 1e-14)
    assert spread.q_df[0] == 3
    if method == "EE":
        assert fit.estimate[0] == pytest.approx(0.5, abs=10 / ratio + 1e-15)
        assert fit.weights[0][0] == pytest.approx(100, abs=1e4 / ratio)
    # Q < 3 here, so tau2 by DL is 0 however extreme the ratio.
    if method == "DL":
        assert fit.tau2[0] == 0
    assert all(np.isfinite(value).all() for value in vars(spread).values())


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99, 0.999999])
def test_t_quantiles_in_closed_form(level):
    # t on 1 df is Cauchy; on 2 df its distribution function is algebraic.
    expected = [np.tan(np.pi * level / 2), level * np.sqrt(2 / ((1 - level) * (1 + level)))]
    ours = critical_value(np.array([1, 2]), level)
    # 1 - level carries the rounding of level: 1e-16 / (1 - level).
    np.testing.assert_allclose(ours, expected, rtol=1e-14 + 1e-15 / (1 - level), atol=0)


def test_t_and_normal_quantiles_as_tables_print_them():
    df = np.array([5, 10, 30, 120, np.inf])
    printed = [2.570582, 2.228139, 2.042272, 1.979930, 1.959964]
    np.testing.assert_allclose(critical_value(df, 0.95), printed, rtol=0, atol=5e-7)
    assert critical_value(np.inf, 0.95) == pytest.approx(1.959963984540054, rel=1e-15)
    # t on 10^9 df is the normal but for a relative (1 + z^2) / (4 df).
    assert critical_value(1e9, 0.95) == pytest.approx(1.959963984540054, rel=2e-9)


@pytest.mark.parametrize("statistic", [-12.0, -0.4, 0.0, 1.0, 3.0, 250.0])
def test_p_values_in_closed_form(statistic):
    size = abs(statistic)
    on_two = 1 - size / np.sqrt(2 + size**2)
    assert two_sided_p(statistic, 1) == pytest.approx(2 / np.pi * np.arctan2(1, size), rel=1e-13)
    assert two_sided_p(statistic, 2) == pytest.approx(on_two, rel=1e-10)
    assert two_sided_p([statistic, 0.0], [3, np.inf])[1] == 1


def test_chi_squared_in_closed_form():
    for p in (0.025, 0.5, 0.975):
        assert chi2_quantile(2, p) == pytest.approx(-2 * np.log1p(-p), rel=1e-14)
    q = np.array([0.0, 0.5, 9.0, 1000.0])
    np.testing.assert_allclose(chi2_upper_p(q, 2), np.exp(-q / 2), rtol=1e-12)
    assert chi2_upper_p(0.0, 0) == 1


@pytest.mark.parametrize("restricted", [True, False])
def test_the_slope_of_the_score_is_its_derivative(restricted):
    # A wrong slope would still find the roots, by bisection, at many times the cost.
    vi = np.tile([0.05, 0.4, 0.1, np.inf], (5, 1))
    yi = np.tile([0.0, 0.7, -1.2, 0.0], (5, 1))
    tau2, step = np.array([0.001, 0.03, 0.2, 1.0, 7.0]), 1e-6
    slope = _score(yi, vi, tau2, restricted, with_slope=True)[1]
    ahead, behind = (_score(yi, vi, tau2 * (1 + sign * step), restricted) for sign in (1, -1))
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * step * tau2), rtol=1e-6)


def test_roots_where_newton_alone_cycles_or_flees():
    # From the middle of the bracket Newton's steps on arctan grow without end, and on a signed
    # square root they jump from side to side for ever.
    def function(x, index):
        shift = x - np.array([3.0, 3.0, 0.0])[index]
        root = np.sqrt(np.abs(shift)) + 1e-300
        values = np.stack([-np.arctan(shift * 50), -np.sign(shift) * root, -shift])
        slopes = np.stack([-50 / (1 + (50 * shift) ** 2), -0.5 / root, -np.ones_like(shift)])
        column = np.arange(len(x))
        return values[index, column], slopes[index, column]

    found, converged = falling_roots(function, np.zeros(3), np.array([100.0, 50.0, 7.0]))
    assert converged.all()
    np.testing.assert_allclose(found, [3, 3, 0], rtol=1e-11, atol=1e-14)


def test_a_root_search_that_fails_says_so():
    # One function is undefined near its end; one bracket is too wide for the steps allowed.
    def function(x, index):
        value = np.where(index == 0, np.where(x < 5, np.nan, -1.0), -x)
        return value, np.full(len(x), np.nan)

    _, converged = falling_roots(function, np.array([4.0, 0.0]), np.array([9.0, 1e300]))
    assert converged.tolist() == [False, False]


def test_prediction_is_wider_than_confidence_where_effects_differ():
    fit = pool([-1.0, 0.4, 2.2, 0.1], [0.05, 0.02, 0.1, 0.03])
    low, high = prediction_interval(fit.estimate, fit.se, fit.tau2, fit.k, "z")
    assert low[0] < fit.ci_low[0] < fit.ci_high[0] < high[0]


def test_the_kernels_load_without_the_slow_parts_of_scipy():
    code = (
        "import sys, strataforest.sensitivity; "
        "print([m for m in ('scipy.stats', 'scipy.optimize', 'pandas') if m in sys.modules])"
    )
    scripts = Path(__file__).parents[2] / "workflow" / "scripts"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
