"""Changes from baseline and final values, and what the assumed correlation does to them."""

import math

import numpy as np
import pytest
from record_examples import COMBINE, STUDIES, computed, record
from strataforest.effects.change_correlation import strata_under_correlations, under_correlations
from strataforest.effects.multi_arm import MultiArm
from strataforest.models import Conversions, EffectSizeModel

D = EffectSizeModel(estimator="d")
N = {"n_treat": "40", "n_control": "50"}
FINAL = {"mean_treat": "7.0", "sd_treat": "1.0", "mean_control": "7.5", "sd_control": "1.2"}
BASELINE = {"mean_baseline_treat": "8.5", "sd_baseline_treat": "1.4"}
BASELINE |= {"mean_baseline_control": "8.2", "sd_baseline_control": "1.5"}
ROW = {**N, **FINAL, **BASELINE}


def one(cells, **conversions):
    effects, excluded = computed([record(**cells)], D, Conversions(**conversions))
    return (effects + excluded)[0]


def by_hand(r):
    """Return the aligned d of ROW's changes: lower is better."""
    sds = [math.sqrt(b**2 + f**2 - 2 * r * b * f) for b, f in ((1.4, 1.0), (1.5, 1.2))]
    pooled = math.sqrt((39 * sds[0] ** 2 + 49 * sds[1] ** 2) / 88)
    return -((7.0 - 8.5) - (7.5 - 8.2)) / pooled


def test_a_change_row_with_baseline_and_final_values_becomes_a_change():
    found = one({**ROW, "metric": "change"})
    assert found["yi"] == pytest.approx(by_hand(0.5), rel=1e-12)
    assert (found["route"], found["metric"]) == ("means_change", "change")
    assert found["flags"] == "change_correlation=0.5"
    assert found["converted_from"] == "baseline and final values"
    assert one({**ROW, "metric": "change"}, change_correlation=0.8)["yi"] == pytest.approx(
        by_hand(0.8), rel=1e-12
    )


def test_the_config_says_which_rows_are_changes():
    assert one({**ROW, "metric": "post"})["route"] == "means_sd"
    assert one({**ROW, "metric": "change"}, change_from_baseline="never")["route"] == "means_sd"
    turned = one({**ROW, "metric": "post"}, change_from_baseline="all_rows")
    assert turned["yi"] == pytest.approx(by_hand(0.5), rel=1e-12)
    assert (turned["metric"], turned["effect_id"]) == ("change", "T1|glycemic|hba1c|||change")


def test_means_that_may_be_changes_already_are_flagged():
    cells = {"mean_treat": "-1.5", "mean_control": "-0.7", "metric": "change"}
    found = one({**ROW, **cells})
    assert found["flags"] == "final_values_near_zero;change_correlation=0.5"
    assert one({**ROW, **cells}, change_from_baseline="never")["flags"] == ""
    # Another way to the effect stands on no final values.
    printed = {"smd": "0.4", "smd_se": "0.2", "sd_treat": "", "metric": "change"}
    assert one({**ROW, **cells, **printed})["flags"] == ""


def test_a_change_row_without_complete_baseline_holds_changes():
    cells = {**ROW, "metric": "change", "sd_baseline_treat": ""}
    assert one(cells)["route"] == "means_sd"


def test_final_values_of_a_change_row_stand_for_nothing_else():
    cells = {**N, **BASELINE, "mean_treat": "7", "mean_control": "7.5", "metric": "change"}
    # Their difference is not that of the changes: no sign, no mean difference.
    assert one({**cells, "t_stat": "2"})["reason_code"] == "direction_unknown"
    assert one({**cells, "md_se": "0.3"})["reason_code"] == "no_spread"
    assert one(cells)["reason_code"] == "no_spread"


def test_effects_under_other_correlations():
    rows = [
        record("2", **ROW, metric="change"),
        record("3", **N, **FINAL, indicator="fbg"),
        record("4", **ROW, metric="change", indicator="bmi", study_id="C1"),
    ]
    studies, domains = list(STUDIES.values()), {"glycemic": {"type": "continuous"}}
    settings = (studies, domains, {}, D, Conversions(), COMBINE)
    effects, _ = computed(rows, D, Conversions())
    found = under_correlations(rows, effects, *settings, [0.9, 0.3])
    assert [(row["effect_id"].split("|")[0], row["r"]) for row in found] == [
        ("C1", 0.3),
        ("C1", 0.9),
        ("T1", 0.3),
        ("T1", 0.9),
    ]
    for row in found:
        assert row["yi"] == pytest.approx(by_hand(row["r"]), rel=1e-12)
    assert under_correlations(rows[1:2], effects[1:2], *settings, [0.3]) == []


def test_effects_with_one_key_keep_their_own_number():
    rows = [
        record(a, **ROW | {"mean_treat": m}, metric="change") for a, m in (("2", "7.3"), ("3", "7"))
    ]
    effects, _ = computed(rows, D, Conversions())
    settings = (list(STUDIES.values()), {"glycemic": {"type": "continuous"}}, {}, D)
    found = under_correlations(rows, effects, *settings, Conversions(), COMBINE, [0.5])
    known = {effect["effect_id"]: effect["yi"] for effect in effects}
    assert {row["effect_id"]: row["yi"] for row in found} == known
    assert len(known) == 2


def test_combined_arms_under_other_correlations():
    rows = [
        record("2", **ROW, metric="change", arm_treat="app"),
        record("3", **ROW | {"mean_treat": "6.5"}, metric="change", arm_treat="nurse"),
    ]
    effects, _ = computed(rows, D, Conversions())
    settings = (list(STUDIES.values()), {"glycemic": {"type": "continuous"}}, {}, D)
    found = under_correlations(rows, effects, *settings, Conversions(), MultiArm(), [0.5, 0.9])
    assert [row["effect_id"] for row in found] == [effects[0]["effect_id"]] * 2
    assert found[0]["yi"] == effects[0]["yi"]
    assert found[1]["yi"] > found[0]["yi"]


def test_a_stratum_under_correlations_is_a_batch():
    effects = [{"effect_id": name, "yi": "1.0", "vi": "0.1"} for name in ("a", "b", "c")]
    rows = [
        {"effect_id": "b", "r": r, "yi": y, "vi": "0.2"} for r, y in (("0.9", "3"), ("0.3", "2"))
    ]
    rows.append({"effect_id": "elsewhere", "r": "0.3", "yi": "9", "vi": "9"})
    r, yi, vi = strata_under_correlations(effects, rows)
    np.testing.assert_array_equal(r, [0.3, 0.9])
    np.testing.assert_array_equal(yi, [[1, 2, 1], [1, 3, 1]])
    np.testing.assert_array_equal(vi, [[0.1, 0.2, 0.1]] * 2)
    r, yi, _ = strata_under_correlations(effects, rows[2:])
    assert (r.shape, yi.shape) == ((0,), (0, 3))
