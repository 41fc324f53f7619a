"""What must hold of subgroup tests, permutation tests, declared models and presets for any data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import (
    INTERVALS,
    METHODS,
    MIRRORED,
    POWERS,
    RANDOM,
    assert_alike,
    numbers,
    regressions,
    shuffled,
    steady,
    trials,
)
from strataforest.meta_regression.mixed_model import TESTS
from strataforest.meta_regression.moderation import ModelSpec, Moderated, fit_moderation
from strataforest.meta_regression.permutation import permutation_test
from strataforest.meta_regression.subgroups import common_subgroups, separate_subgroups
from strataforest.models import PoolingModel, RegressionModel
from strataforest.preset_comparison import CONFIGURED, NUMBERS, compare_presets
from strataforest.presets import PRESETS, resolve

REGRESSION_TESTS = st.sampled_from(TESTS)
UNIT_OF = {"tau2": 2} | dict.fromkeys((*MIRRORED, "estimate", "se"), 1)


@steady(45)
@given(trials(smallest=4), METHODS, INTERVALS, POWERS, RANDOM)
def test_subgroups_in_any_direction_unit_and_order(data, method, ci, power, random):
    yi, vi = data
    k, unit = len(yi), 2.0**power
    groups = ["a", "b", *(random.choice("abc") for _ in range(k - 2))]
    order = shuffled(random, k)
    for function in (separate_subgroups, common_subgroups):
        options = {"tau2_method": method, "ci": ci, "min_effects": 1}
        try:
            found = numbers(function(yi, vi, groups, **options))
        except ValueError as error:
            assert function is common_subgroups and "need more than" in str(error)
            assert k <= len(set(groups))
            continue
        flipped = numbers(function(-yi, vi, groups, **options))
        scaled = numbers(function(yi * unit, vi * unit**2, groups, **options))
        other = numbers(function(yi[order], vi[order], [groups[i] for i in order], **options))
        # hksj and a level of equal effects: its standard error of 0 leaves no test (documented).
        undefined = function is separate_subgroups and (found["se"] == 0).any()
        assert np.isnan(found["q_between"]) == np.isnan(found["q_between_p"]) == undefined
        for name, value in found.items():
            assert "between" in name or np.isfinite(value).all(), name
            expected = value * unit ** UNIT_OF.get(name, 0)
            assert np.array_equal(scaled[name], expected, equal_nan=True), name
            sign = -1 if name in (*MIRRORED, "estimate") else 1
            turned = sign * found[MIRRORED.get(name, name)]
            assert np.array_equal(flipped[name], turned, equal_nan=True), name
            if ci == "z" or (found["se"] > 1e-6 * np.sqrt(vi.min())).all():
                assert_alike(other[name], value, 1.0, name)


@steady(40)
@given(trials(smallest=4), st.data())
def test_under_a_common_effect_both_subgroup_tests_are_one(data, drawn):
    yi, vi = data
    groups = ["a", "b", *(drawn.draw(st.sampled_from("abc")) for _ in yi[2:])]
    assume(len(set(groups)) < len(yi))
    separate, common = (
        function(yi, vi, groups, tau2_method="EE", min_effects=1)
        for function in (separate_subgroups, common_subgroups)
    )
    for name in ("estimate", "se", "q_between", "q_between_p", "q"):
        assert_alike(getattr(common, name), getattr(separate, name), 1.0, name)


@steady(40)
@given(trials(smallest=4), st.integers(0, 7), st.data())
def test_a_trial_entered_twice_is_one_of_half_the_variance(data, which, drawn):
    yi, vi = data
    k, which = len(yi), which % len(yi)
    groups = ["a", "b", *(drawn.draw(st.sampled_from("ab")) for _ in yi[2:])]
    halved = np.where(np.arange(k) == which, vi / 2, vi)
    rows = [*range(k), which]
    for function in (separate_subgroups, common_subgroups):
        options = {"tau2_method": "EE", "min_effects": 1}
        twice = function(yi[rows], vi[rows], [groups[i] for i in rows], **options)
        once = function(yi, halved, groups, **options)
        for name in ("estimate", "se", "q", "q_between", "q_between_p"):
            assert_alike(getattr(twice, name), getattr(once, name), 1.0, name)


@pytest.mark.parametrize("missing", [None, np.nan, ""])
def test_an_effect_without_a_level_is_refused(missing):
    for function in (separate_subgroups, common_subgroups):
        with pytest.raises(ValueError, match="groups must not hold missing labels"):
            function([0.1, 0.5, 0.3, 0.2], [0.1] * 4, ["a", "a", missing, missing])


@steady(40)
@given(regressions(largest=6, moderators=(0, 2)), METHODS, REGRESSION_TESTS, POWERS, RANDOM)
def test_exact_permutation_p_values_in_any_direction_unit_and_order(
    data, method, test, power, random
):
    yi, vi, x = data
    order, unit = shuffled(random, len(yi)), 2.0**power
    options = {"tau2_method": method, "test": test}
    plain = permutation_test(yi, vi, x, **options)
    assert plain.exact and plain.converged
    counts = plain.p_value * plain.permutations
    np.testing.assert_allclose(counts, np.round(counts), rtol=1e-12)
    assert (counts > 0.5).all() and (plain.p_value <= 1).all()
    assert 0 < plain.qm_p <= 1
    for arguments in (
        (-yi, vi, x),
        (yi * unit, vi * unit**2, x),
        (yi[order], vi[order], x[order]),
    ):
        other = permutation_test(*arguments, **options)
        assert other.p_value.tolist() == plain.p_value.tolist()
        assert (other.qm_p, other.permutations) == (plain.qm_p, plain.permutations)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("offset", [0.0, 0.1, 1e3])
def test_a_perfect_fit_is_as_extreme_as_itself(test, offset):
    # Under knha its statistic is infinite but for rounding, which must not make p 0.
    x = np.column_stack([np.ones(5), [0.1, 0.7, 0.3, 1.9, 2.2]])
    for order in (slice(None), [4, 0, 3, 1, 2]):
        yi = offset + 0.3 * x[order, 1]
        found = permutation_test(yi, np.array([0.1, 0.3, 0.2, 0.5, 0.4]), x[order], test=test)
        assert found.permutations == 120
        assert found.p_value[1] == pytest.approx(found.qm_p, rel=1e-12)
        assert found.p_value[1] >= 1 / 120
        if test == "knha":
            assert found.p_value[1] == pytest.approx(1 / 120, rel=1e-12)


def moderated(yi, vi, weeks, platform, studies):
    rows = [
        {"effect_id": f"e{i}", "study_id": s, "n_total": "40", "weeks": str(w), "platform": p}
        for i, (w, p, s) in enumerate(zip(weeks, platform, studies, strict=True))
    ]
    return Moderated(rows, yi, vi)


@steady(20)
@given(regressions(largest=7, moderators=(1, 1)), METHODS, INTERVALS, RANDOM)
def test_a_declared_model_in_any_direction_and_order(data, method, ci, random):
    yi, vi, x = data
    k, order = len(yi), shuffled(random, len(yi))
    platform = [random.choice(["app", "SMS"]) for _ in range(k)]
    studies = [random.choice("abcdefgh") for _ in range(k)]
    columns = x[:, 1].tolist(), platform, studies
    spec = ModelSpec("m", ("weeks", "platform") if random.random() < 0.5 else ("weeks",))
    pooling = replace(PoolingModel(), tau2=method, ci=ci)
    plain, flipped, other = (
        fit_moderation(moderated(*arguments), spec, pooling, RegressionModel(), 99)
        for arguments in (
            (yi, vi, *columns),
            (-yi, vi, *columns),
            (yi[order], vi[order], *([part[i] for i in order] for part in columns)),
        )
    )
    assert (flipped["status"], other["status"]) == (plain["status"], plain["status"])
    assert flipped["reason"] == other["reason"] == plain["reason"]
    if plain["status"] == "not_estimable":
        assert plain["reason"]
        return
    for name, value in plain["model"].items():
        assert flipped["model"][name] == value or value != value, name
        # No tau2 to explain leaves R2, and EE leaves the error of tau2, without a value.
        assert value == value or name in ("r2", "r2_raw", "se_tau2"), name
    for term, turned in zip(plain["terms"], flipped["terms"], strict=True):
        assert turned["b"] == -term["b"]
        for name in ("p_value", "permutation_p", "vif", "robust_se", "robust_p_value"):
            value = term[name]
            # robust: a coefficient that one trial determines; a trial each has no such test.
            assert turned[name] == value or (name.startswith("robust") and value != value), name
    for name in ("permutation_p", "near_collinear"):
        # On the line itself, a statistic is what rounding leaves.
        if plain["model"]["qe"] > 1e-6:
            assert [t[name] for t in other["terms"]] == [t[name] for t in plain["terms"]], name
    for line, turned in zip(plain["lines"], flipped["lines"], strict=True):
        assert np.array_equal(turned["pi_low"], -line["pi_high"], equal_nan=True)
        assert np.array_equal(turned["estimate"], -line["estimate"])
        assert np.isfinite(line["pi_low"]).all()


@steady(15)
@given(trials(smallest=1), st.sampled_from(sorted(PRESETS)), POWERS, RANDOM)
def test_presets_compare_alike_in_any_order_unit_and_direction(data, configured, power, random):
    yi, vi = data
    unit, order = 2.0**power, shuffled(random, len(yi))
    plain, scaled, flipped, other = (
        compare_presets(dict.fromkeys([CONFIGURED, *PRESETS], effects), resolve(configured), "SMD")
        for effects in (data, (yi * unit, vi * unit**2), (-yi, vi), (yi[order], vi[order]))
    )
    words = ("preset", "differs_in", "decisive", "crossed", "note")
    for row, in_units, mirrored, reordered in zip(plain, scaled, flipped, other, strict=True):
        for turned in (in_units, mirrored):
            assert [turned[word] for word in words] == [row[word] for word in words]
        values = {name: row[name] for name in NUMBERS}
        for name in NUMBERS:
            sign = -1 if name in (*MIRRORED, "estimate", "statistic") else 1
            turned = sign * values[MIRRORED.get(name, name)]
            assert np.array_equal(mirrored[name], turned, equal_nan=True), name
            expected = values[name] * unit ** UNIT_OF.get(name, 0)
            assert np.array_equal(in_units[name], expected, equal_nan=True), name
            assert_alike(reordered[name], values[name], 1e-2, name)
            # One study says nothing of tau2: it has no prediction interval (documented).
            assert np.isnan(values[name]) == (len(yi) == 1 and name in ("pi_low", "pi_high")), name
