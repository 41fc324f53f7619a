"""What must hold of meta-regressions for any data: directions, units, order, degenerate designs."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import (
    LOPSIDED,
    METHODS,
    MODERATOR,
    POWERS,
    RANDOM,
    UNITS,
    assert_alike,
    exact,
    exact_least_squares,
    numbers,
    regressions,
    shuffled,
    standard_error,
    steady,
    trials,
)
from strataforest.dependence.cluster_robust import cluster_robust
from strataforest.dependence.correlated_effects import correlated_effects
from strataforest.meta_regression.design_matrix import design_matrix
from strataforest.meta_regression.least_squares import collinear_column
from strataforest.meta_regression.mixed_model import TESTS, fit_meta_regression
from strataforest.meta_regression.permutation import permutation_test
from strataforest.meta_regression.residual_heterogeneity import (
    explained_heterogeneity,
    residual_q_profile,
)
from strataforest.pooling import pool

REGRESSION_TESTS = st.sampled_from(TESTS)
PER_COEFFICIENT = ("b", "se", "ci_low", "ci_high")


@steady(45)
@given(regressions(), METHODS, REGRESSION_TESTS)
def test_swapped_arms_flip_coefficients_to_the_last_bit(data, method, test):
    yi, vi, x = data
    fit, flipped = (
        numbers(fit_meta_regression(y, vi, x, tau2_method=method, test=test)) for y in (yi, -yi)
    )
    turned = {"ci_low": -fit["ci_high"], "ci_high": -fit["ci_low"]}
    turned |= {name: -fit[name] for name in ("b", "statistic")}
    if x.shape[1] == 2:
        # The test of all moderators is that of the one; F on 1 and df is the square of t.
        assert_alike(fit["qm"], fit["statistic"][:, 1] ** 2)
        assert_alike(fit["qm_p"], fit["p_value"][:, 1])
    for name, value in (fit | turned).items():
        assert np.array_equal(flipped[name], value, equal_nan=True), name
        # EE has no tau2 to have an error.
        assert np.isfinite(value).all() or (name, method) == ("se_tau2", "EE") or name == "df"


@steady(45)
@given(regressions(), METHODS, REGRESSION_TESTS, POWERS, st.data())
def test_units_of_a_power_of_two_scale_every_bit(data, method, test, power, drawn):
    yi, vi, x = data
    powers = drawn.draw(st.lists(POWERS, min_size=x.shape[1] - 1, max_size=x.shape[1] - 1))
    unit, units = 2.0**power, 2.0 ** np.array([0.0, *powers])
    options = {"tau2_method": method, "test": test}
    fit = numbers(fit_meta_regression(yi, vi, x, **options))
    other = numbers(fit_meta_regression(yi * unit, vi * unit**2, x * units, **options))
    expected = {name: fit[name] * unit / units for name in PER_COEFFICIENT}
    expected |= {name: fit[name] * unit**2 for name in ("tau2", "se_tau2")}
    expected["covariance"] = fit["covariance"] * unit**2 / units[:, None] / units
    expected["covariance_root"] = fit["covariance_root"] * unit / units[:, None]
    for name, value in (fit | expected).items():
        assert np.array_equal(other[name], value, equal_nan=True), name


@steady(45)
@given(regressions(), METHODS, REGRESSION_TESTS, UNITS, RANDOM)
def test_row_order_and_any_unit_are_irrelevant(data, method, test, unit, random):
    yi, vi, x = data
    order = shuffled(random, len(yi))
    units = np.array([1.0, *(10 ** random.uniform(-6, 6) for _ in x[0, 1:])])
    options = {"tau2_method": method, "test": test}
    arguments = yi[order] * unit, vi[order] * unit**2, x[order] * units
    fit = fit_meta_regression(yi, vi, x, **options)
    other = fit_meta_regression(*arguments, **options)
    scale = standard_error(vi)
    for name in PER_COEFFICIENT:
        assert_alike(getattr(other, name)[0] * units / unit, getattr(fit, name)[0], scale, name)
    assert_alike(other.tau2 / unit**2, fit.tau2, vi.min(), "tau2")
    for name in ("statistic", "p_value", "i2", "h2", "qe", "qe_p", "qm", "qm_p"):
        # A slope next to 0 keeps the rounding of its standard error, hence the 1.
        assert_alike(getattr(other, name), getattr(fit, name), 1.0, name)
    interval, scaled = residual_q_profile(yi, vi, x), residual_q_profile(*arguments)
    assert_alike(scaled.tau2_ci_high / unit**2, interval.tau2_ci_high, vi.min())
    assert_alike(scaled.i2_ci_low, interval.i2_ci_low)
    explained = explained_heterogeneity(yi, vi, x, tau2_method=method)
    again = explained_heterogeneity(*arguments, tau2_method=method)
    # R2 is NaN where there is no tau2 to explain, and nowhere else.
    assert np.isnan(explained.r2[0]) == (explained.tau2_0[0] == 0 and method != "EE")
    if explained.tau2_0[0] > 1e-3 * vi.min() or method == "EE":
        assert_alike(again.r2, explained.r2, 1e3)


@steady(45)
@given(regressions(), st.data())
def test_a_trial_entered_twice_is_one_of_half_the_variance(data, drawn):
    yi, vi, x = data
    which = drawn.draw(st.integers(0, len(yi) - 1))
    halved = np.where(np.arange(len(yi)) == which, vi / 2, vi)
    rows = [*range(len(yi)), which]
    twice = fit_meta_regression(yi[rows], vi[rows], x[rows], tau2_method="EE")
    once = fit_meta_regression(yi, halved, x, tau2_method="EE")
    for name in (*PER_COEFFICIENT, "statistic", "qe", "qm", "qm_p"):
        scale = standard_error(vi) if name in PER_COEFFICIENT else 1.0
        assert_alike(getattr(twice, name), getattr(once, name), scale, name)


@steady(45)
@given(regressions(), st.lists(MODERATOR, min_size=2, max_size=2))
def test_a_study_on_the_line_leaves_it_and_narrows_the_bands(data, at):
    yi, vi, x = data
    new = np.array([1.0, *at])[: x.shape[1]]
    fit = fit_meta_regression(yi, vi, x, tau2_method="EE")
    more = np.r_[yi, fit.b[0] @ new], np.r_[vi, 0.2], np.vstack([x, new])
    other = fit_meta_regression(*more, tau2_method="EE")
    assert_alike(other.b, fit.b, standard_error(vi))
    assert_alike(other.qe, fit.qe, 1.0)
    # The variance falls by a square, in every direction but those that the study says nothing of.
    gain = np.linalg.eigvalsh(fit.covariance[0] - other.covariance[0])
    assert (gain >= -1e-9 * np.abs(fit.covariance).max()).all()
    assert gain.max() > 0
    assert (other.se <= fit.se * (1 + 1e-9)).all()


def exact_fit(yi, vi, x):
    """b, their standard errors and QE under EE, rounded from fractions."""
    yi, weights, x = exact(yi), [1 / v for v in exact(vi)], exact(x)
    b, inverse, residuals = exact_least_squares(yi, weights, x)
    qe = sum(w * r * r for w, r in zip(weights, residuals, strict=True))
    variances = [float(inverse[j][j]) for j in range(len(b))]
    return np.array([float(value) for value in b]), np.sqrt(variances), float(qe)


@steady(45)
@given(regressions(), st.sampled_from([2, 6, 9, 11, 12]), st.integers(0, 7))
def test_one_study_with_nearly_all_the_weight_in_exact_arithmetic(data, power, which):
    yi, vi, x = data
    vi[which % len(vi)] *= 10.0**-power
    b, se, qe = exact_fit(yi, vi, x)
    fit = fit_meta_regression(yi, vi, x, tau2_method="EE")
    np.testing.assert_allclose(fit.se[0], se, rtol=1e-9)
    assert (np.abs(fit.b[0] - b) <= 1e-9 * se + 1e-12 * np.abs(b) + 1e-15 * np.abs(yi).max()).all()
    assert fit.qe[0] == pytest.approx(qe, rel=1e-9, abs=1e-9)


@steady(45)
@given(regressions(variance=LOPSIDED))
def test_lopsided_regressions_in_exact_arithmetic(data):
    yi, vi, x = data
    b, se, qe = exact_fit(yi, vi, x)
    fit = fit_meta_regression(yi, vi, x, tau2_method="EE")
    np.testing.assert_allclose(fit.se[0], se, rtol=1e-9)
    assert fit.qe[0] == pytest.approx(qe, rel=1e-9, abs=1e-9)
    # Precise studies that contradict each other on one point of the design, by as many standard
    # errors as qe says, leave their rounding to the slopes that only the others tell.
    weight = (1 / vi).max() * vi.max()
    slack = 1e-9 + 1e-15 * np.sqrt(weight * qe)
    assert (np.abs(fit.b[0] - b) <= slack * se + 1e-12 * np.abs(b)).all()


@steady(45)
@given(trials(smallest=2, variance=LOPSIDED), METHODS)
def test_lopsided_data_without_moderators_are_pooled(data, method):
    # Two implementations: of residuals after a projection, and of one mean.
    yi, vi = data
    fit = fit_meta_regression(yi, vi, np.ones((len(yi), 1)), tau2_method=method)
    pooled = pool(yi, vi, tau2_method=method)
    assert_alike(fit.tau2, pooled.tau2, vi.min())
    assert_alike(fit.se[0], pooled.se, 0.0)
    assert_alike(fit.b[0], pooled.estimate, pooled.se)


@steady(60)
@given(regressions(variance=LOPSIDED), METHODS, REGRESSION_TESTS)
def test_lopsided_regressions_are_never_nan(data, method, test):
    yi, vi, x = data
    fit = fit_meta_regression(yi, vi, x, tau2_method=method, test=test)
    assert fit.converged.all()
    assert fit.tau2[0] >= 0
    for name, value in numbers(fit).items():
        if name != "df" and (name, method) != ("se_tau2", "EE"):
            assert np.isfinite(value).all(), name
    interval = residual_q_profile(yi, vi, x)
    assert 0 <= interval.tau2_ci_low[0] <= interval.tau2_ci_high[0] < np.inf


@steady(60)
@given(regressions(moderators=(1, 1)), st.integers(-14, -2), st.data())
def test_nearly_collinear_moderators_are_fitted_or_refused(data, power, drawn):
    yi, vi, x = data
    k, gap = len(yi), 10.0**power
    wiggle = np.array(drawn.draw(st.lists(MODERATOR, min_size=k, max_size=k)), dtype=float)
    x = np.column_stack([x, x[:, 1] + gap * wiggle])
    assume(k > 3)
    assume(np.linalg.cond(np.column_stack([x[:, :2], wiggle])) < 1e2)
    try:
        fit = fit_meta_regression(yi, vi, x, tau2_method="EE")
    except ValueError as error:
        assert "singular" in str(error)
        assert gap < 1e-8
        return
    assert gap > 1e-13
    b, se, qe = exact_fit(yi, vi, x)
    # As many digits are lost as the moderators have in common.
    assert np.abs(fit.se[0] / se - 1).max() < 1e-12 / gap
    assert (np.abs(fit.b[0] - b) / se).max() < 1e-11 / gap
    assert fit.qe[0] == pytest.approx(qe, rel=1e-11 / gap, abs=1e-11 / gap)


USERS_OF_X = {
    "fit_meta_regression": fit_meta_regression,
    "explained_heterogeneity": explained_heterogeneity,
    "residual_q_profile": residual_q_profile,
    "permutation_test": permutation_test,
    "cluster_robust": lambda yi, vi, x: cluster_robust(yi, vi, x, 0.1, range(len(yi))),
    "correlated_effects": lambda yi, vi, x: correlated_effects(yi, vi, x, range(len(yi))),
}


@pytest.mark.parametrize("function", USERS_OF_X.values(), ids=USERS_OF_X)
@pytest.mark.parametrize("column", ["constant", "zero", "twice", "sum", "rounding"])
def test_collinear_columns_are_refused_by_all(function, column):
    first = np.array([0.1, 0.7, 0.3, 1.9, 2.2])
    last = {
        "constant": np.full(5, 2020.0),
        "zero": np.zeros(5),
        "twice": 3 * first,
        "sum": 1 - first,
        "rounding": first / 7 * 3 + 0.1,
    }[column]
    x = np.column_stack([np.ones(5), first, last])
    with pytest.raises(ValueError, match="singular"):
        function(np.array([0.1, 0.4, 0.2, 0.7, 0.9]), np.full(5, 0.1), x)


@pytest.mark.parametrize("function", USERS_OF_X.values(), ids=USERS_OF_X)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_too_few_studies_are_refused_by_all(function, k):
    x = np.column_stack([np.ones(3), [0.1, 0.7, 0.3], [1.0, 0.0, 0.0]])[:k]
    with pytest.raises(ValueError, match="3 coefficients"):
        function(np.array([0.1, 0.4, 0.2])[:k], np.full(k, 0.1), x)


@steady(45)
@given(trials(smallest=2, largest=7), st.data())
def test_a_factor_is_fitted_or_says_why_not(data, drawn):
    yi, vi = data
    words = st.sampled_from(["SMS", "app"])
    design = design_matrix({"platform": [drawn.draw(words) for _ in yi]})
    singular = collinear_column(design.x) is not None
    if not design.reason:
        assert np.isfinite(fit_meta_regression(yi, vi, design.x).b).all()
    elif "the same" in design.reason:
        assert design.x.shape == (len(yi), 1) and not singular
    else:
        assert "need more than 2 studies" in design.reason
