"""Q, I2, H2, Q-profile and prediction intervals against metafor and closed forms."""

import numpy as np
import pytest
from metafor_reference import CASES, CI_METHODS, FITS, RELATIVE, assert_close, fit_name
from strataforest.heterogeneity import (
    cochran_q,
    heterogeneity,
    prediction_interval,
    q_profile,
    typical_variance,
)
from strataforest.pooling import pool

PREDICTED = [(case, fit) for case, fit in FITS if "pi" in fit]
PROFILED = [case for case in CASES if "q_profile" in case.figures]


@pytest.mark.parametrize(("case", "fit"), FITS, ids=fit_name)
def test_q_i2_and_h2_of_metafor(case, fit):
    pooled = pool(case.yi, case.vi, tau2_method=fit["method"])
    # metafor takes I2 from tau2, but under the common-effect model from Q.
    i2 = "q" if fit["method"] == "EE" else "tau2"
    spread = heterogeneity(case.yi, case.vi, pooled.tau2, i2=i2)
    assert_close(spread.q, fit["QE"])
    assert_close(spread.q_df, fit["QE_df"])
    assert_close(spread.q_p, fit["QEp"])
    assert_close(spread.i2, fit["I2"])
    assert_close(spread.h2, fit["H2"])


@pytest.mark.parametrize(("case", "fit"), PREDICTED, ids=fit_name)
def test_prediction_intervals_of_metafor(case, fit):
    pooled = pool(case.yi, case.vi, tau2_method=fit["method"], ci=CI_METHODS[fit["test"]])
    default = "z" if fit["test"] == "z" else "t_k_minus_1"
    for name, method in [("default", default), ("riley", "t_k_minus_2"), ("t", "t_k_minus_1")]:
        low, high = prediction_interval(pooled.estimate, pooled.se, pooled.tau2, pooled.k, method)
        assert_close(low, fit["pi"][name]["lb"])
        assert_close(high, fit["pi"][name]["ub"])


def test_prediction_intervals_are_there_for_every_set_of_two_or_more():
    several = {case.name for case in CASES if len(case.yi) > 1}
    assert {case.name for case, fit in PREDICTED if fit["method"] == "DL"} == several


@pytest.mark.parametrize("case", PROFILED, ids=fit_name)
def test_q_profile_of_metafor(case):
    reference = case.figures["q_profile"]
    spread = heterogeneity(case.yi, case.vi, pool(case.yi, case.vi).tau2)
    floor = case.tau2_floor
    assert_close(spread.tau2_ci_low, reference["tau2_lb"], floor=floor)
    assert_close(spread.tau2_ci_high, reference["tau2_ub"], floor=floor)
    # No floor below: a bound is either exactly 0 in both, or well above 0.
    assert_close(spread.i2_ci_low, reference["I2_lb"])
    assert_close(spread.i2_ci_high, reference["I2_ub"])
    assert_close(spread.h2_ci_low, reference["H2_lb"])
    assert_close(spread.h2_ci_high, reference["H2_ub"])
    if reference["null_set"]:
        assert spread.tau2_ci_low[0] == spread.tau2_ci_high[0] == 0


def test_an_empty_q_profile_set_occurs_and_prints_zero():
    empty = [case for case in PROFILED if case.figures["q_profile"]["null_set"]]
    assert {"ext_tau2_zero", "ext_identical_yi"} <= {case.dataset for case in empty}


@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_q_at_the_profile_bounds_is_the_chi_squared_quantile(level):
    # For k = 3, chi-squared on 2 df has the quantile -2 log(1 - p).
    yi, vi = np.array([-1.0, 0.4, 2.2]), np.array([0.05, 0.02, 0.1])
    for bound, tail in zip(q_profile(yi, vi, level), ((1 - level), (1 + level)), strict=True):
        variance = vi + bound[0]
        mean = (yi / variance).sum() / (1 / variance).sum()
        q = ((yi - mean) ** 2 / variance).sum()
        assert q == pytest.approx(-2 * np.log(tail / 2), rel=1e-12)


def test_q_profile_of_equal_variances_in_closed_form():
    # Q(tau2) = S / (v + tau2), so a bound is S / c - v; chi-squared on 2 df as above.
    yi, v = np.array([-1.0, 0.4, 2.2]), 0.05
    squares = ((yi - yi.mean()) ** 2).sum()
    low, high = q_profile(yi, np.full(3, v))
    assert low[0] == pytest.approx(squares / (-2 * np.log(0.025)) - v, rel=1e-13)
    assert high[0] == pytest.approx(squares / (-2 * np.log(0.975)) - v, rel=1e-13)


def test_typical_variance_of_equal_variances_is_that_variance():
    assert typical_variance([1.0, 2.0, 5.0], [0.3, 0.3, 0.3])[0] == pytest.approx(0.3, rel=1e-14)


def test_one_study_has_no_heterogeneity_and_no_interval():
    spread = heterogeneity([0.31], [0.0225], [0.0])
    assert (spread.q[0], spread.q_df[0], spread.q_p[0]) == (0, 0, 1)
    for i2 in ("tau2", "q"):
        spread = heterogeneity([0.31], [0.0225], [0.0], i2=i2)
        assert (spread.i2[0], spread.h2[0]) == (0, 1)
    for name in ("tau2_ci_low", "tau2_ci_high", "i2_ci_low", "i2_ci_high", "h2_ci_low"):
        assert np.isnan(getattr(spread, name)[0])
    for method in ("z", "t_k_minus_1", "t_k_minus_2"):
        interval = prediction_interval([0.31], [0.15], [0.0], [1], method)
        assert np.isnan(interval).all()


def test_prediction_with_two_studies_uses_one_degree_of_freedom():
    # t on 1 df is Cauchy: its 0.975 quantile is tan(0.475 pi). k - 2 = 0 is floored at 1.
    quantile = np.tan(0.475 * np.pi)
    for method in ("t_k_minus_1", "t_k_minus_2"):
        low, high = prediction_interval([1.0], [0.3], [0.16], [2], method)
        assert high[0] == pytest.approx(1 + quantile * 0.5, rel=1e-13)
        assert low[0] == pytest.approx(1 - quantile * 0.5, rel=1e-13)


def test_i2_from_q_is_cut_at_zero_but_h2_is_not_raised_to_one():
    q, df, _ = cochran_q([0.1, 0.11, 0.12], [0.1, 0.2, 0.1])
    spread = heterogeneity([0.1, 0.11, 0.12], [0.1, 0.2, 0.1], [0.0], i2="q")
    assert spread.i2[0] == 0
    assert spread.h2[0] == q[0] / df[0] < 1


def test_a_padded_batch_equals_its_rows_one_by_one():
    chosen = [case for case in PROFILED if len(case.yi) < 120]
    width = max(len(case.yi) for case in chosen) + 2
    yi, vi = np.full((2, len(chosen), width), np.nan)
    for row, case in enumerate(chosen):
        where = slice(row % 3, row % 3 + len(case.yi))
        if where.stop > width:
            where = slice(0, len(case.yi))
        yi[row, where], vi[row, where] = case.yi, case.vi
    tau2 = pool(yi, vi).tau2
    batch = heterogeneity(yi, vi, tau2)
    for row, case in enumerate(chosen):
        alone = heterogeneity(case.yi, case.vi, tau2[row : row + 1])
        for name in vars(alone):
            floor = case.tau2_floor if name.startswith("tau2") else 0.0
            # p = exp(-Q / 2) magnifies rounding of Q by Q; a bound just above 0 that of I2.
            relative = 1e-10 if name in ("q_p", "i2_ci_low") else 1e-12
            ours, single = getattr(batch, name)[row], getattr(alone, name)[0]
            assert_close(ours, single, floor=floor, relative=relative)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: heterogeneity([1, 2], [1, 1], [0.0], i2="H"), "one of tau2, q"),
        (lambda: heterogeneity([1, 2], [1, 1], [0.0], level=1), "between 0 and 1"),
        (lambda: heterogeneity([1, 2], [1, 1], [0.0, 0.0]), "tau2 must be 1"),
        (lambda: heterogeneity([1, 2], [1, 1], [-0.1]), "tau2 must be 1"),
        (lambda: heterogeneity([1, 2], [1, 1], [np.nan]), "tau2 must be 1"),
        (lambda: heterogeneity([1, 2], [1, 1], [np.inf]), "tau2 must be 1"),
        (lambda: q_profile([1, 2], [1, 1], 0), "between 0 and 1"),
        (lambda: q_profile([1, 2], [1, 0]), "vi must be positive"),
        (lambda: cochran_q([1, 2], [1, 0]), "vi must be positive"),
        (lambda: typical_variance([1, 2], [1, 0]), "vi must be positive"),
        (lambda: prediction_interval(0, 1, 1, 5, "t"), "one of z, t_k_minus_1, t_k_minus_2"),
        (lambda: prediction_interval(0, 1, 1, 5, "z", 2), "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_references_are_compared_at_one_part_in_a_hundred_million():
    assert RELATIVE == 1e-8
    assert_close(1.0 + 0.9e-8, 1.0)
    with pytest.raises(AssertionError):
        assert_close(1.0 + 1.1e-8, 1.0)
    with pytest.raises(AssertionError):
        assert_close(np.nan, 1.0)
