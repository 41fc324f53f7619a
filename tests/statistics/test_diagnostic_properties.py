"""What must hold of influence, cumulative and subset analyses for any data.

Numbers are compared after what must change nothing (row order), or a known thing (sign, unit);
with exact rational arithmetic where one study holds nearly all the weight. Which NaN are
documented is written in `test_no_diagnostic_is_nan_but_the_documented_ones`.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import (
    INTERVALS,
    LOPSIDED,
    METHODS,
    MIRRORED,
    POWERS,
    RANDOM,
    UNITS,
    assert_alike,
    dominated,
    exact,
    exact_product,
    numbers,
    shuffled,
    standard_error,
    steady,
    trials,
)
from strataforest.diagnostics.cumulative import chronological, cumulative
from strataforest.diagnostics.gosh import gosh
from strataforest.diagnostics.influence import influence
from strataforest.diagnostics.without_most_influential import without_most_influential
from strataforest.heterogeneity import I2_METHODS
from strataforest.pooling import CI_METHODS, TAU2_ESTIMATORS, pool

I2 = st.sampled_from(I2_METHODS)
RESIDUALS = ("rstudent_resid", "rstudent_se", "rstandard_resid", "rstandard_se")
# Powers of the unit of yi in each field; the others are pure numbers.
UNIT_OF = {"tau2": 2, "tau2_del": 2} | dict.fromkeys((*MIRRORED, *RESIDUALS, "estimate", "se"), 1)
FLIPPED = ("estimate", "statistic", "rstudent", "rstandard", "dffits", "dfbetas", *RESIDUALS[::2])


def analyses(yi, vi, years=None, **options):
    """Every diagnostic of one set, by name of the analysis; studies in the order given."""
    ids = [f"study {i}" for i in range(len(yi))]
    order = chronological(years, ids) if years else None
    i2 = options.pop("i2", "tau2")
    return {
        "influence": numbers(influence(yi, vi, **options)),
        "cumulative": numbers(cumulative(yi, vi, order, i2=i2, **options)),
        "gosh": numbers(gosh(yi, vi, smallest=1, i2=i2, **options)),
        "without": numbers(without_most_influential(yi, vi, n=1, min_k=1, i2=i2, **options)),
    }


def flip_of(found):
    """What the analysis of -yi must give."""
    return {
        name: (-1 if name in (*MIRRORED, *FLIPPED) else 1) * found[MIRRORED.get(name, name)]
        for name in found
    }


@steady(45)
@given(trials(), METHODS, INTERVALS, I2)
def test_swapped_arms_flip_signs_to_the_last_bit(data, method, ci, i2):
    yi, vi = data
    options = {"tau2_method": method, "ci": ci, "i2": i2}
    mirrored = analyses(-yi, vi, **options)
    for analysis, found in analyses(yi, vi, **options).items():
        for name, value in flip_of(found).items():
            assert np.array_equal(mirrored[analysis][name], value, equal_nan=True), name


@steady(45)
@given(trials(), METHODS, INTERVALS, I2, POWERS)
def test_a_unit_that_is_a_power_of_two_scales_every_bit(data, method, ci, i2, power):
    yi, vi = data
    options, unit = {"tau2_method": method, "ci": ci, "i2": i2}, 2.0**power
    scaled = analyses(yi * unit, vi * unit**2, **options)
    for analysis, found in analyses(yi, vi, **options).items():
        for name, value in found.items():
            expected = value * unit ** UNIT_OF.get(name, 0)
            assert np.array_equal(scaled[analysis][name], expected, equal_nan=True), name


def steady_choices(found):
    """Whether no threshold and no rank hangs on rounding."""
    distance = np.sort(found["influence"]["cook_d"])[::-1]
    hat, k = found["influence"]["hat"], len(distance)
    clear = distance[0] > distance[1] * (1 + 1e-6) + 1e-9
    limits = ((np.abs(found["influence"]["dfbetas"]), 1), (hat, 3 / k))
    limits += ((np.abs(found["influence"]["dffits"]), 3 / np.sqrt(k - 1)), (distance, 0.4549364))
    return clear and all((np.abs(value / limit - 1) > 1e-6).all() for value, limit in limits)


@steady(45)
@given(trials(smallest=3), METHODS, INTERVALS, I2, UNITS)
def test_any_unit_scales_what_has_a_unit(data, method, ci, i2, unit):
    yi, vi = data
    options = {"tau2_method": method, "ci": ci, "i2": i2}
    plain = analyses(yi, vi, **options)
    assume(steady_choices(plain))
    scaled = analyses(yi * unit, vi * unit**2, **options)
    for analysis, found in plain.items():
        for name, value in found.items():
            power = UNIT_OF.get(name, 0)
            scale = standard_error(vi) ** power if power else 1.0
            assert_alike(scaled[analysis][name] / unit**power, value, scale, f"{analysis} {name}")


@steady(45)
@given(trials(smallest=3), METHODS, INTERVALS, I2, RANDOM)
def test_row_order_only_reorders(data, method, ci, i2, random):
    yi, vi = data
    k, options = len(yi), {"tau2_method": method, "ci": ci, "i2": i2}
    years = [random.choice([1999, 2004.0, 2004, None]) for _ in yi]
    years = random.sample(range(1980, 2020), k) if random.random() < 0.5 else years
    plain = analyses(yi, vi, years, **options)
    assume(steady_choices(plain))
    order = shuffled(random, k)
    other = analyses(yi[order], vi[order], [years[i] for i in order], **options)
    error = standard_error(vi)
    for name, value in plain["influence"].items():
        scale = error ** UNIT_OF.get(name, 0)
        assert_alike(other["influence"][name], value[order], scale, name)
    # Subset s of the shuffled studies is the subset of the same studies before.
    members = np.arange(1, 2**k)[:, None] >> np.arange(k) & 1
    same = (members << np.array(order)).sum(axis=1) - 1
    for name in ("k", "estimate", "se", "p_value", "tau2", "i2", "q"):
        assert_alike(other["gosh"][name], plain["gosh"][name][same], 1e-2, name)
    assert order[int(other["without"]["dropped"][0])] == plain["without"]["dropped"][0]
    for name in ("k", "estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2"):
        assert_alike(other["without"][name], plain["without"][name], 1e-2, name)
    if len(set(years)) == k:
        assert (
            (np.array(order)[other["cumulative"]["order"].astype(int)]).tolist()
            == plain["cumulative"]["order"].tolist()
        )
        for name in ("k", "estimate", "se", "statistic", "p_value", "tau2", "i2", "q", "q_p"):
            assert np.array_equal(other["cumulative"][name], plain["cumulative"][name]), name


@steady(45)
@given(trials(), INTERVALS)
def test_a_study_at_the_pooled_effect_moves_nothing_and_narrows(data, ci):
    yi, vi = data
    # Under DL too, where tau2 is 0 already.
    for method in ("EE", "DL"):
        before = pool(yi, vi, tau2_method=method)
        if before.tau2[0]:
            continue
        more_yi, more_vi = np.r_[yi, before.estimate], np.r_[vi, 0.3]
        steps = cumulative(more_yi, more_vi, tau2_method=method)
        assert_alike(steps.estimate[-1], steps.estimate[-2], standard_error(vi))
        assert (steps.tau2[-1], steps.tau2[-2]) == (0, 0)
        assert np.diff(steps.ci_high - steps.ci_low)[-1] < 0
        found = influence(more_yi, more_vi, tau2_method=method)
        for name in ("rstudent", "dffits", "cook_d", "dfbetas", "baujat_x", "baujat_y"):
            assert abs(getattr(found, name)[-1]) < 1e-12, name
        assert found.cov_r[-1] > 1


@steady(100)
@given(trials(smallest=1, variance=LOPSIDED), METHODS, INTERVALS, I2)
def test_no_diagnostic_is_nan_but_the_documented_ones(data, method, ci, i2):
    yi, vi = data
    options = {"tau2_method": method, "ci": ci}
    steps, subsets = cumulative(yi, vi, i2=i2, **options), gosh_or_none(yi, vi, i2, options)
    for found in (steps, subsets):
        for name, value in numbers(found).items() if found else ():
            assert not np.isnan(value).any(), name
    assert steps.converged.all()
    if len(yi) == 1:
        with pytest.raises(ValueError, match="at least two studies"):
            influence(yi, vi, **options)
        return
    found = numbers(influence(yi, vi, **options))
    # hksj on equal effects, of all studies or of all but one: 0 / 0 is NaN, as `influence` says.
    equal = ci != "z" and (len(np.unique(yi)) == 1 or any(_equal_without(yi)))
    for name, value in found.items():
        assert equal or np.isfinite(value).all(), name
    assert found["converged"].all()
    for name in ("hat", "weight", "tau2_del", "qe_del", "baujat_x", "rstandard"):
        assert np.isfinite(found[name]).all(), name
    without = numbers(without_most_influential(yi, vi, n=1, min_k=1, i2=i2, **options))
    assert all(np.isfinite(value).all() for name, value in without.items() if name != "p_value")


def _equal_without(yi):
    return [len(np.unique(np.delete(yi, i))) == 1 for i in range(len(yi))]


def gosh_or_none(yi, vi, i2, options):
    """Subsets of two or more; one study has none, which is an error."""
    if len(yi) > 1:
        return gosh(yi, vi, i2=i2, **options)
    with pytest.raises(ValueError, match="gosh needs at least two studies"):
        gosh(yi, vi, i2=i2, **options)
    return None


def exact_diagnostics(yi, vi):
    """The squares of the diagnostics under EE as fractions, one tuple per study."""
    yi, weights = exact(yi), [1 / v for v in exact(vi)]
    total = sum(weights)
    mean = exact_product(weights, yi) / total
    for i, (y, w) in enumerate(zip(yi, weights, strict=True)):
        rest = total - w
        others = [(w, y) for j, (w, y) in enumerate(zip(weights, yi, strict=True)) if j != i]
        without = sum(w * y for w, y in others) / rest
        shift = mean - without
        yield {
            "hat": (w / total) ** 2,
            "rstudent": (y - without) ** 2 / (1 / w + 1 / rest),
            "rstandard": (y - mean) ** 2 / (rest / total / w),
            "dffits": shift**2 * total,
            "cook_d": (shift**2 * total) ** 2,
            "cov_r": (total / rest) ** 2,
            "dfbetas": shift**2 * total,
            "qe_del": sum(w * (y - without) ** 2 for w, y in others) ** 2,
            "baujat_x": ((y - mean) ** 2 * w) ** 2,
            "baujat_y": (shift**2 * rest) ** 2,
        }


@steady(45)
@given(dominated() | trials(variance=LOPSIDED))
def test_diagnostics_of_lopsided_data_in_exact_arithmetic(data):
    yi, vi = data
    found = influence(yi, vi, tau2_method="EE")
    for i, squares in enumerate(exact_diagnostics(yi, vi)):
        for name, square in squares.items():
            ours = abs(getattr(found, name)[i])
            # A mean of effects near 0 carries their rounding: 1e-14 of the largest effect's own z.
            noise = 1e-14 * (1 + np.abs(yi).max() / np.sqrt(vi.min()))
            assert ours == pytest.approx(np.sqrt(float(square)), rel=1e-9, abs=noise), name


@pytest.mark.parametrize("ci", CI_METHODS)
@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
@pytest.mark.parametrize("k", [2, 3, 5])
def test_identical_effects_have_no_influence(method, ci, k):
    yi, vi = np.full(k, 0.3), np.array([0.1, 0.02, 0.3, 0.2, 0.05])[:k]
    found = influence(yi, vi, tau2_method=method, ci=ci)
    for name in ("rstandard", "rstandard_resid", "tau2_del", "qe_del", "baujat_x"):
        assert not getattr(found, name).any(), name
    for name in ("rstudent", "dffits", "cook_d", "dfbetas", "baujat_y"):
        # 0 / 0 under hksj is NaN (documented); flags come from leverage alone.
        value = getattr(found, name)
        assert not value[~np.isnan(value)].any()
        assert ci == "hksj" or not np.isnan(value).any()
    steps = cumulative(yi, vi, tau2_method=method, ci=ci)
    subsets = gosh(yi, vi, tau2_method=method, ci=ci)
    for result in (steps, subsets):
        assert (result.estimate == 0.3).all()
        assert not result.tau2.any() and not result.q.any() and not result.i2.any()
        assert not np.isnan(result.p_value).any()
