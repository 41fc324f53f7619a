"""What must hold of trim and fill, the rank test and the selection model for any data."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import (
    LOPSIDED,
    METHODS,
    POWERS,
    RANDOM,
    assert_alike,
    dominated,
    exact,
    exact_product,
    numbers,
    shuffled,
    steady,
    trials,
    untied,
)
from strataforest.small_study.rank_test import rank_test
from strataforest.small_study.regression_tests import pet_peese
from strataforest.small_study.selection_model import selection_model
from strataforest.small_study.trim_and_fill import ESTIMATORS, trim_and_fill

SIDES = {"left": "right", "right": "left"}


@steady(60)
@given(untied(smallest=3), st.sampled_from(ESTIMATORS), METHODS, RANDOM)
def test_a_mirrored_funnel_is_filled_on_the_other_side(data, estimator, method, random):
    yi, vi = data
    order = shuffled(random, len(yi))
    options = {"estimator": estimator, "tau2_method": method}
    try:
        found = trim_and_fill(yi, vi, **options)
    except ValueError as error:
        assert "Q0 is undefined" in str(error) or "does not settle" in str(error)
        return
    other = trim_and_fill(-yi[order], vi[order], **options)
    assert (other.side, other.k0, other.k) == (SIDES[found.side], found.k0, found.k)
    assert (other.p_k0 == found.p_k0) == (estimator == "R0")
    for name in ("se_k0", "se", "p_value", "tau2", "i2", "q", "q_p"):
        assert_alike(getattr(other, name), getattr(found, name), 1.0, name)
    assert_alike(-other.filled_yi, found.filled_yi)
    assert other.filled_vi.tolist() == found.filled_vi.tolist()
    assert_alike([-other.estimate, -other.ci_high], [found.estimate, found.ci_low])
    # se_k0 is NaN where the variance formula of L0 and Q0 falls below 0 (documented).
    missing = {name for name, value in numbers(found).items() if np.isnan(value).any()}
    assert missing <= (set() if estimator == "R0" else {"se_k0", "p_k0"})
    # The fill mirrors the extreme studies, those beyond at the centre of the rest.
    extreme = np.sort(-yi if found.side == "right" else yi)[len(yi) - found.k0 :]
    centres = (extreme + (-1 if found.side == "right" else 1) * found.filled_yi) / 2
    assert np.ptp(centres) < 1e-9 if found.k0 else not len(centres)


@steady(40)
@given(st.lists(st.floats(-2, 2), min_size=2, max_size=4), st.data(), RANDOM)
def test_a_balanced_funnel_has_the_side_of_convention_in_any_order(values, drawn, random):
    # Slope and pooled effect are 0 but for rounding, whose sign follows row order.
    two = drawn.draw(st.lists(st.floats(0.1, 1), min_size=2, max_size=2))
    assume(abs(two[0] - two[1]) > 0.01)
    assume(np.ptp(values) > 0.01)
    yi, vi = np.tile(values, 2), np.repeat(two, len(values))
    order = shuffled(random, len(yi))
    assert trim_and_fill(yi[order], vi[order], tau2_method="DL").side == "left"
    yi, vi = np.r_[values, np.negative(values)], np.r_[vi[: len(values)], vi[: len(values)]]
    vi = vi * np.tile(1 + np.arange(len(values)), 2)
    order = shuffled(random, len(yi))
    assert pet_peese(yi[order], vi[order]).alternative == "greater"


@steady(100)
@given(trials(smallest=2, largest=9, variance=LOPSIDED) | dominated())
def test_ranks_of_lopsided_data_in_exact_arithmetic(data):
    yi, vi = data
    y, w = exact(yi), [1 / v for v in exact(vi)]
    total = sum(w)
    mean = exact_product(w, y) / total
    # Squares of the standardised effects, with their signs: the same order.
    squares = [(b - mean) * abs(b - mean) / (1 / a - 1 / total) for a, b in zip(w, y, strict=True)]
    pairs = [(i, j) for i in range(len(y)) for j in range(i)]
    for i, j in pairs:
        # Different studies as far from the mean as each other: a tie that rounding breaks.
        apart = abs(squares[i] - squares[j]) > 1e-9 * (abs(squares[i]) + abs(squares[j]))
        assume(apart or (y[i], w[i]) == (y[j], w[j]))
    found = rank_test(yi, vi)
    s = sum(np.sign(float(squares[i] - squares[j])) * np.sign(vi[i] - vi[j]) for i, j in pairs)
    assert found.s == s
    if np.isnan(found.tau):
        assert len(set(vi)) == 1 or len(set(squares)) == 1
        assert np.isnan(found.z) and np.isnan(found.p_value)
    else:
        assert -1 - 1e-12 <= found.tau <= 1 + 1e-12 and 0 < found.p_value <= 1


@steady(20)
@given(trials(smallest=3, largest=8), POWERS, RANDOM)
def test_the_selection_model_is_a_maximum_or_a_reason(data, power, random):
    yi, vi = data
    unit, order = 2.0**power, shuffled(random, len(yi))
    try:
        found = selection_model(yi, vi, alternative="greater")
    except ValueError as error:
        assert "delta cannot be estimated" in str(error)
        return
    scaled = selection_model(yi * unit, vi * unit**2, alternative="greater")
    mirror = selection_model(-yi[order], vi[order], alternative="less")
    assert (scaled.estimate, scaled.delta) == (found.estimate * unit, found.delta)
    # Row order is judged by the height of the maximum: two can be equally high.
    assert mirror.log_likelihood == pytest.approx(found.log_likelihood, rel=1e-9, abs=1e-9)
    assert mirror.lrt == pytest.approx(found.lrt, rel=1e-6, abs=1e-8)
    assert found.lrt >= 0 and found.tau2 >= 0 and found.converged
    # NaN: tau2 at 0 and delta at its bound have no error, nor has anything in a flat direction.
    if np.isnan(found.se):
        assert np.isnan(found.se_delta) and np.isnan(found.p_value)
    else:
        assert np.isnan(found.se_tau2) <= (found.tau2 == 0)
        assert np.isnan(found.se_delta) == found.at_bound
