"""What must hold of small-study tests for any data.

Order and arbitrary units are tried on data drawn from continuous distributions: ranks of effects
that tie but for rounding hang on the rounding. What a row leaves empty is written in EMPTY.
"""

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import (
    LOPSIDED,
    METHODS,
    POWERS,
    RANDOM,
    UNITS,
    assert_alike,
    shuffled,
    steady,
    trials,
    untied,
)
from strataforest.small_study.battery import small_study
from strataforest.small_study.rank_test import rank_test
from strataforest.small_study.regression_tests import pet_peese, regression_test
from strataforest.small_study.selection_model import selection_model
from strataforest.small_study.trim_and_fill import trim_and_fill

NUMBERS = ("estimate", "se", "statistic", "df", "p_value")
LIMITS = ("limit_estimate", "limit_ci_low", "limit_ci_high")
# The numbers that the rows of a test do not have, though computed.
EMPTY = {
    "begg": {"se", *LIMITS},
    "trim_and_fill_l0": set(NUMBERS),
    "trim_and_fill_r0": {*NUMBERS} - {"p_value"},
    "pet_peese": set(NUMBERS),
}
# The power of the unit of yi in a slope.
SLOPE_UNIT = {"sei": 0, "vi": -1, "arms": 1}
SIDES = {"left": "right", "right": "left", "greater": "less", "less": "greater"}


def rows_of(yi, vi, arms=None, **options):
    """The small-study rows, gate open, with sizes of arms for the test that needs them."""
    n_treat, n_control = (None, None) if arms is None else arms
    rows = small_study(
        yi, vi, measure="SMD", n_treat=n_treat, n_control=n_control, min_effects=1, **options
    )
    return {row.test: row for row in rows}


def arms_of(k):
    return np.arange(10, 10 + k), np.arange(10, 10 + k)[::-1] + 3


def assert_rows(ours, expected):
    assert asdict(ours).keys() == asdict(expected).keys()
    for name, value in asdict(expected).items():
        other = getattr(ours, name)
        assert other == value or (other != other and value != value), (expected.test, name)


def mirrored(row):
    """The row of -yi."""
    words = [SIDES.get(word, word) for word in row.reason.split(" ")]
    words = [SIDES[word[:-1]] + ";" if word[:-1] in SIDES else word for word in words]
    turned = {"estimate": -row.estimate, "statistic": -row.statistic}
    if row.test == "selection_model":
        turned = {}
    return replace(
        row,
        **turned,
        limit_estimate=-row.limit_estimate,
        limit_ci_low=-row.limit_ci_high,
        limit_ci_high=-row.limit_ci_low,
        reason=" ".join(words),
    )


@steady(25)
@given(trials(smallest=2, largest=9), METHODS)
def test_swapped_arms_mirror_every_row_to_the_last_bit(data, method):
    yi, vi = data
    arms = arms_of(len(yi))
    plain = rows_of(yi, vi, arms, tau2_method=method)
    # Without a slope, or with an effect of exactly 0, the side is a convention.
    assume(plain["egger_re"].estimate != 0 and (yi / vi).sum() != 0)
    flipped = rows_of(-yi, vi, arms, tau2_method=method)
    for test, row in plain.items():
        assert_rows(flipped[test], mirrored(row))


@steady(25)
@given(trials(smallest=2, largest=9), METHODS, POWERS)
def test_a_unit_that_is_a_power_of_two_scales_every_bit(data, method, power):
    yi, vi = data
    arms, unit = arms_of(len(yi)), 2.0**power
    scaled = rows_of(yi * unit, vi * unit**2, arms, tau2_method=method)
    for test, row in rows_of(yi, vi, arms, tau2_method=method).items():
        slope = unit ** (0 if test == "begg" else SLOPE_UNIT.get(row.predictor, 0))
        changed = {name: getattr(row, name) * unit for name in LIMITS}
        if test != "pet_peese":
            changed |= {"estimate": row.estimate * slope, "se": row.se * slope}
        assert_rows(scaled[test], replace(row, **changed))


@steady(25)
@given(untied(), METHODS, UNITS, RANDOM)
def test_row_order_and_any_unit_are_irrelevant(data, method, unit, random):
    yi, vi = data
    k = len(yi)
    order, arms = shuffled(random, k), np.array(arms_of(k))
    plain = rows_of(yi, vi, arms, tau2_method=method)
    other = rows_of(yi[order] * unit, vi[order] * unit**2, arms[:, order], tau2_method=method)
    for test, row in plain.items():
        ours = other[test]
        for name in ("k", "k0", "predictor", "status", "preset_default"):
            assert getattr(ours, name) == getattr(row, name), (test, name)
        slope = unit ** (0 if test == "begg" else SLOPE_UNIT.get(row.predictor, 0))
        for name, value in asdict(row).items():
            if name in NUMBERS or name in LIMITS:
                scale = {"estimate": slope, "se": slope} | dict.fromkeys(LIMITS, unit)
                assert_alike(getattr(ours, name) / scale.get(name, 1.0), value, 1.0, (test, name))


@steady(30)
@given(trials(smallest=1, largest=9, variance=LOPSIDED), METHODS)
def test_lopsided_data_give_numbers_or_a_reason(data, method):
    yi, vi = data
    rows = rows_of(yi, vi, arms_of(len(yi)), tau2_method=method)
    for test, row in rows.items():
        if row.status == "not_applicable":
            assert row.reason, test
            continue
        empty = EMPTY.get(test, set())
        for name in (*NUMBERS, *LIMITS):
            value = getattr(row, name)
            exact = test == "begg" and row.reason == "exact p-value" and name in ("statistic", "df")
            bound = test == "selection_model" and name in ("se", *LIMITS[1:])
            if name in empty or exact:
                assert np.isnan(value), (test, name)
            elif bound:
                # delta at its bound has no error; no interval where the information is singular.
                assert "delta at its bound" in row.reason or not np.isnan(row.p_value)
            else:
                assert not np.isnan(value), (test, name)
        assert np.isnan(row.p_value) or 0 <= row.p_value <= 1


@steady(45)
@given(trials(smallest=3, largest=7), st.integers(0, 6), st.sampled_from(["sei", "vi"]))
def test_a_trial_entered_twice_is_one_of_half_the_variance_on_the_line(data, which, predictor):
    # The predictor stays that of the trial: only then is the slope the same.
    yi, vi = data
    which %= len(yi)
    assume(len(set(vi)) > 2)
    assume(np.ptp(vi) > 0.01)
    rows = [*range(len(yi)), which]
    twice = regression_test(yi[rows], vi[rows], predictor=predictor, tau2_method="EE")
    values = np.sqrt(vi) if predictor == "sei" else vi
    halved = np.where(np.arange(len(yi)) == which, vi / 2, vi)
    x = np.column_stack([np.ones(len(yi)), values])
    root = 1 / np.sqrt(halved)
    b = np.linalg.lstsq(x * root[:, None], yi * root, rcond=None)[0]
    scale = np.sqrt(vi.max()) / np.ptp(values)
    assert_alike([twice.limit_estimate, twice.slope], b, scale)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_few_studies_are_refused_by_name(k):
    yi, vi = np.array([0.1, 0.9, 0.3])[:k], np.array([0.1, 0.02, 0.3])[:k]
    for function, least in (
        (rank_test, 2),
        (lambda yi, vi: trim_and_fill(yi, vi, side="left"), 2),
        (regression_test, 3),
        (pet_peese, 3),
        (lambda yi, vi: selection_model(yi, vi, alternative="greater"), 3),
    ):
        if k < least:
            with pytest.raises(ValueError, match=f"needs at least {least} studies"):
                function(yi, vi)
        else:
            found = vars(function(yi, vi))
            assert found["k"] == k if "k" in found else found["pet"].k == k


@pytest.mark.parametrize("value", [0.0, 0.3, -2.0])
@pytest.mark.parametrize("k", [3, 10])
def test_identical_effects_show_nothing(value, k):
    yi, vi = np.full(k, value), 0.1 + 0.05 * np.arange(k)
    rows = rows_of(yi, vi, arms_of(k))
    for test in ("egger_re", "egger_classical", "egger_sample_size", "pet", "peese"):
        row = rows[test]
        assert (row.estimate, row.statistic, row.p_value) == (0, 0, 1), test
        assert row.limit_estimate == value, test
    assert rows["begg"].status == "not_applicable"
    assert "undefined" in rows["begg"].reason
    for test in ("trim_and_fill_l0", "trim_and_fill_r0"):
        assert (rows[test].k0, rows[test].limit_estimate) == (0, value), test
