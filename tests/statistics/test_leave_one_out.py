"""Leave-one-out against metafor and against refits made by hand; and its flags."""

import numpy as np
import pytest
from metafor_reference import BY_NAME, CASES, CI_METHODS, assert_close, fit_name
from strataforest.heterogeneity import heterogeneity
from strataforest.pooling import pool
from strataforest.sensitivity import leave_one_out

BLOCKS = [(case, block) for case in CASES for block in case.figures.get("leave1out", [])]


@pytest.mark.parametrize(("case", "block"), BLOCKS, ids=fit_name)
def test_every_refit_of_metafor(case, block):
    result = leave_one_out(
        case.yi, case.vi, tau2_method=block["method"], ci=CI_METHODS[block["test"]], i2="tau2"
    )
    assert_close(result.tau2, block["tau2"], floor=case.tau2_floor)
    assert_close(result.estimate, block["estimate"])
    assert_close(result.se, block["se"])
    assert_close(result.p_value, block["pval"])
    assert_close(result.ci_low, block["ci_lb"])
    assert_close(result.ci_high, block["ci_ub"])
    assert_close(result.i2, block["I2"])
    assert_close(result.q, block["Q"])
    assert_close(result.q_p, block["Qp"])


def test_metafor_has_refits_for_all_but_a_few_sets():
    # None for k = 1 and 2, for the bimodal sets, for k = 2000 and for second analyses.
    without = {case.name for case in CASES if "leave1out" not in case.figures}
    assert without == {
        "ext_bimodal1-GEN",
        "ext_bimodal2-GEN",
        "ext_bimodal4-GEN",
        "ext_k1-GEN",
        "ext_k2-GEN",
        "gibson2002-MD",
        "sim_k2000-GEN",
    }


@pytest.mark.parametrize("method", ["REML", "DL", "EE"])
@pytest.mark.parametrize("name", ["bcg-RR", "ext_bimodal1-GEN", "gibson2002-MD"])
def test_refits_are_those_of_the_sets_without_each_study(name, method):
    case = BY_NAME[name]
    result = leave_one_out(case.yi, case.vi, tau2_method=method, i2="q", level=0.9)
    full = pool(case.yi, case.vi, tau2_method=method)
    for left_out in range(len(case.yi)):
        yi, vi = np.delete(case.yi, left_out), np.delete(case.vi, left_out)
        alone = pool(yi, vi, tau2_method=method, level=0.9)
        for field in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2"):
            ours, single = getattr(result, field)[left_out], getattr(alone, field)[0]
            assert_close(ours, single, relative=1e-12)
        spread = heterogeneity(yi, vi, alone.tau2, i2="q")
        assert_close(result.i2[left_out], spread.i2[0], relative=1e-12)
        assert result.change[left_out] == alone.estimate[0] - full.estimate[0]


def test_two_studies_leave_single_ones():
    result = leave_one_out([0.1, 0.9], [0.02, 0.05], ci="hksj")
    assert result.estimate.tolist() == [0.9, 0.1]
    np.testing.assert_allclose(result.se, np.sqrt([0.05, 0.02]), rtol=1e-15)
    assert result.tau2.tolist() == result.i2.tolist() == result.q.tolist() == [0, 0]
    assert result.q_p.tolist() == [1, 1]
    # The full tau2 of 0.285 is gone with either study.
    assert result.flag_heterogeneity.tolist() == [True, True]


def flags(yi, vi, **options):
    result = leave_one_out(yi, vi, **options)
    names = ("direction", "significance", "magnitude", "heterogeneity")
    return {name: np.flatnonzero(getattr(result, f"flag_{name}")).tolist() for name in names}


def test_flag_direction_only_where_one_study_turns_the_sign():
    # Equal vi: estimates are means; 0.025 in full, below 0 only without the last.
    found = flags([-0.1, -0.1, 0.0, 0.3], [1.0, 1.0, 1.0, 1.0])
    assert found["direction"] == [3]
    assert found["significance"] == []


def test_flag_significance_where_p_crosses_one_minus_level():
    # z of the mean of n equal-variance effects: 1.2 sqrt(3) = 2.08 in full, 1.1 sqrt(2) = 1.56
    # without the largest, 1.2 sqrt(2) = 1.70 and 1.3 sqrt(2) = 1.84 without the others.
    yi, vi = [1.0, 1.2, 1.4], [1.0, 1.0, 1.0]
    assert flags(yi, vi)["significance"] == [0, 1, 2]
    assert flags(yi, vi, level=0.9)["significance"] == [2]  # 1.645: 1.56 only
    assert flags(yi, vi, level=0.5)["significance"] == []


def test_flag_magnitude_is_a_share_of_the_full_estimate():
    # Means: 1.0 in full; 1.5, 1.0 and 0.5 without each.
    yi, vi = [0.0, 1.0, 2.0], [5.0, 5.0, 5.0]
    assert flags(yi, vi, magnitude_change=0.49)["magnitude"] == [0, 2]
    assert flags(yi, vi, magnitude_change=0.51)["magnitude"] == []
    assert flags([-y for y in yi], vi, magnitude_change=0.49)["magnitude"] == [0, 2]


def test_flag_heterogeneity_by_i2_and_by_tau2():
    # The outlier holds all heterogeneity: without it tau2 and I2 are 0.
    assert flags([0.0, 0.1, -0.1, 3.0], [0.1] * 4)["heterogeneity"] == [3]
    # tau2 falls to under half while I2 (99.9 %) hardly moves.
    yi, vi = [-1.0, 1.0, -1.2, 1.1, 6.0], [0.001] * 5
    result = leave_one_out(yi, vi)
    full = pool(yi, vi)
    moved = np.abs(result.i2 - heterogeneity(yi, vi, full.tau2).i2)
    assert moved.max() < 1
    assert result.tau2[4] < full.tau2[0] / 2 < result.tau2[:4].min()
    assert np.flatnonzero(result.flag_heterogeneity).tolist() == [4]


def test_flag_heterogeneity_starts_at_25_points_of_i2():
    # tau2 is 0 throughout; I2 from Q moves by 28.0, 23.2, 14.3 and 14.3 percentage points.
    yi, vi = [-0.7, -0.5, -1.1, -0.3], [0.1] * 4
    found = flags(yi, vi, tau2_method="EE", i2="q")
    assert found["heterogeneity"] == [0]


def test_flag_heterogeneity_starts_at_half_of_the_full_tau2():
    # Shares of the full tau2: 1.32, 1.32, 0.58, 0.46, 1.33; I2 moves by less than 0.2 points.
    yi, vi = [0.5, 0.1, 1.6, -1.1, 0.4], [0.001] * 5
    assert flags(yi, vi)["heterogeneity"] == [3]


def test_homogeneous_sets_raise_no_flag():
    assert flags([0.5, 0.5, 0.5, 0.5], [0.01] * 4) == {
        "direction": [],
        "significance": [],
        "magnitude": [],
        "heterogeneity": [],
    }


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1], [0.1]), {}, "at least two"),
        (([[0.1, 0.2]], [[0.1, 0.2]]), {}, "one meta-analysis"),
        (([0.1, np.nan, 0.2], [0.1, np.nan, 0.2]), {}, "no absent entries"),
        (([0.1, 0.2], [0.1, 0.0]), {}, "vi must be positive"),
        (([0.1, 0.2], [0.1, 0.1]), {"magnitude_change": -0.1}, "magnitude_change"),
        (([0.1, 0.2], [0.1, 0.1]), {"magnitude_change": np.nan}, "magnitude_change"),
        (([0.1, 0.2], [0.1, 0.1]), {"tau2_method": "no"}, "tau2_method"),
        (([0.1, 0.2], [0.1, 0.1]), {"i2": "no"}, "i2 must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        leave_one_out(*arguments, **options)


def test_leaving_out_a_trial_leaves_out_all_its_effects():
    yi, vi = np.array([0.1, 0.5, 0.9, 0.4, 0.7]), np.array([0.02, 0.03, 0.02, 0.05, 0.04])
    groups = ["b", "a", "b", "c", "a"]
    found = leave_one_out(yi, vi, groups=groups)
    for i, name in enumerate(["b", "a", "c"]):
        kept = np.array([group != name for group in groups])
        alone = pool(yi[kept], vi[kept])
        assert found.estimate[i] == pytest.approx(alone.estimate[0], rel=1e-12)
        assert found.tau2[i] == pytest.approx(alone.tau2[0], rel=1e-10, abs=1e-14)


def test_one_effect_per_trial_is_plain_leave_one_out():
    yi, vi = np.array([0.1, 0.5, 0.9, 0.4]), np.array([0.02, 0.03, 0.02, 0.05])
    by_trial, plain = leave_one_out(yi, vi, groups="abcd"), leave_one_out(yi, vi)
    np.testing.assert_allclose(by_trial.estimate, plain.estimate, rtol=1e-12)


@pytest.mark.parametrize("groups", ["aaa", "ab", "abcd"])
def test_groups_that_cannot_be_left_out_are_named(groups):
    with pytest.raises(ValueError, match="a group for each effect"):
        leave_one_out(np.array([0.1, 0.2, 0.3]), np.ones(3), groups=groups)
