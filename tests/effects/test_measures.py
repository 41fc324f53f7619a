"""Estimators, measures and zero cells as the config asks for them."""

import math

import numpy as np
import pytest
from record_examples import computed, record
from strataforest.models import Conversions, EffectSizeModel
from strataforest.presets import resolve

N = {"n_treat": "30", "n_control": "28"}
ARMS = {"mean_treat": "10.2", "sd_treat": "2.1", "mean_control": "9.1", "sd_control": "2.4"}
UP = {"higher_is_better": "yes"}


def effect(cells, model, **more):
    (found,), excluded = computed([record(**UP, **cells)], model, **more)
    assert excluded == []
    return found


def reason(cells, model, **more):
    effects, (excluded,) = computed([record(**UP, **cells)], model, **more)
    assert effects == []
    assert len(excluded["reason"]) > 20
    return excluded["reason_code"]


@pytest.mark.parametrize(
    ("preset", "choice", "yi", "sei"),
    [
        # Stata 16 and metafor as printed, the fixture of tests/statistics/test_effect_sizes.py.
        ("stata16", {}, 0.4823885, 0.2630748),
        ("stata16", {"estimator": "d"}, 0.4889665, 0.2666622),
        ("stata16", {"estimator": "d", "se": "holkinse"}, 0.4889665, 0.2668002),
        ("stata16", {"se": "holkinse"}, 0.4823885, 0.2668330),
        ("metafor", {}, 0.4823835, 0.2665588),
        # Those of the other presets, by hand from their formulas.
        ("stata16-metan", {}, 0.4889665, 0.2668002),
        ("cochrane", {}, 0.4823885, 0.2668330),
        ("stata16", {"estimator": "glass"}, 1.1 / 2.4, None),
        (
            "metafor",
            {"estimator": "glass", "correction": "approximate"},
            1.1 / 2.4 * 104 / 107,
            None,
        ),
        ("metafor", {"estimator": "unequal", "correction": "none"}, 1.1 / math.sqrt(5.085), None),
    ],
)
def test_every_preset_can_say_what_its_program_computes(preset, choice, yi, sei):
    found = effect({**N, **ARMS}, resolve(preset, choice).effect_size)
    assert found["yi"] == pytest.approx(yi, abs=6e-8)
    if sei is not None:
        assert found["sei"] == pytest.approx(sei, abs=6e-8)


def test_the_variance_of_glass_s_delta_by_hand():
    delta = 1.1 / 2.4
    bare = effect({**N, **ARMS}, resolve("stata16", {"estimator": "glass"}).effect_size)
    assert bare["vi"] == pytest.approx(1 / 30 + 1 / 28 + delta**2 / (2 * 27), rel=1e-12)
    assert bare["correction"] == ""
    corrected = effect({**N, **ARMS}, resolve("metafor", {"estimator": "glass"}).effect_size)
    square = corrected["yi"] ** 2
    assert corrected["vi"] == pytest.approx(1 / 30 + 1 / 28 + square / (2 * 28), rel=1e-12)
    assert corrected["correction"] == "exact"


@pytest.mark.parametrize("estimator", ["glass", "unequal"])
@pytest.mark.parametrize(
    "cells", [{"t_stat": "2", "favours": "treat"}, {"md": "1", "md_se": "0.5"}]
)
def test_a_pooled_statistic_gives_no_estimator_of_the_arms(estimator, cells):
    model = resolve("metafor", {"estimator": estimator}).effect_size
    assert reason({**N, **cells}, model) == "arm_sds_missing"
    printed = {**N, "smd": "0.5", "smd_se": "0.3"}
    assert effect(printed, model)["route"] == "smd_se"


@pytest.mark.parametrize(
    "model",
    [
        EffectSizeModel(estimator="d", se="ub"),
        EffectSizeModel(estimator="unequal", se="ls"),
        EffectSizeModel(estimator="glass", se="ub", correction="none"),
    ],
)
def test_a_form_of_the_variance_that_is_none_is_refused(model):
    with pytest.raises(ValueError, match=f"se '{model.se}'"):
        computed([record(**N, **ARMS)], model)


def test_a_log_ratio_of_means():
    model = EffectSizeModel()
    found = effect({**N, **ARMS}, model, measure="ROM")
    assert found["yi"] == pytest.approx(math.log(10.2 / 9.1))
    variance = 2.1**2 / (30 * 10.2**2) + 2.4**2 / (28 * 9.1**2)
    assert found["vi"] == pytest.approx(variance, rel=1e-12)
    lower = computed([record(**N, **ARMS)], model, measure="ROM")[0][0]
    assert (lower["yi"], lower["aligned"]) == (-found["yi"], True)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({**ARMS, "metric": "change"}, "change_has_no_ratio"),
        ({**ARMS, "mean_control": "-3"}, "means_of_two_signs"),
        ({**ARMS, "mean_control": "0"}, "means_of_two_signs"),
        ({"md": "1", "md_se": "0.5"}, "arm_sds_missing"),
        ({"t_stat": "2", "favours": "treat"}, "arm_sds_missing"),
    ],
)
def test_what_has_no_ratio_of_means_says_why(cells, code):
    assert reason({**N, **cells}, EffectSizeModel(), measure="ROM") == code


def counts(a, n1, c, n2):
    names = ("events_treat", "n_treat", "events_control", "n_control")
    return dict(zip(names, map(str, (a, n1, c, n2)), strict=True))


def ratio(table, measure, **choice):
    return effect(counts(*table), EffectSizeModel(**choice), measure=measure, type_="binary")


def test_peto_needs_no_correction_and_has_none_unless_asked():
    found = ratio((0, 20, 4, 20), "PETO")
    variance = 20 * 20 * 4 * 36 / (40**2 * 39)
    assert found["yi"] == pytest.approx(-2 / variance, rel=1e-12)
    assert (found["vi"], found["flags"]) == (pytest.approx(1 / variance, rel=1e-12), "")
    asked = ratio((0, 20, 4, 20), "PETO", zero_cells="only_zero")
    assert asked["flags"] == "zero_cells_corrected"
    assert asked["yi"] > found["yi"]


@pytest.mark.parametrize(
    ("zero_cells", "flag", "odds"),
    [
        ("by_measure", "zero_cells_corrected", (0.5 * 26.5) / (20.5 * 4.5)),
        ("only_zero", "zero_cells_corrected", (0.5 * 26.5) / (20.5 * 4.5)),
        ("all", "zero_cells_corrected=all", (0.5 * 26.5) / (20.5 * 4.5)),
        ("treatment_arm", "zero_cells_corrected=treatment_arm", (0.4 * 26.6) / (20.4 * 4.6)),
    ],
)
def test_continuity_corrections(zero_cells, flag, odds):
    found = ratio((0, 20, 4, 30), "OR", zero_cells=zero_cells)
    assert found["yi"] == pytest.approx(math.log(odds), rel=1e-12)
    assert found["flags"] == flag
    full = ratio((3, 20, 4, 30), "OR", zero_cells=zero_cells)
    raised = (3.5 * 26.5) / (17.5 * 4.5) if zero_cells == "all" else (3 * 26) / (17 * 4)
    assert full["yi"] == pytest.approx(math.log(raised), rel=1e-12)
    assert full["flags"] == (flag if zero_cells == "all" else "")


def test_no_correction_leaves_a_zero_without_ratio():
    model = EffectSizeModel(zero_cells="none")
    table = counts(0, 20, 4, 30)
    assert reason(table, model, measure="OR", type_="binary") == "zero_cells"
    assert ratio((0, 20, 4, 30), "RD", zero_cells="none")["yi"] == pytest.approx(-4 / 30)


NOBODY, EVERYBODY = (0, 20, 0, 30), (20, 20, 30, 30)


@pytest.mark.parametrize("table", [NOBODY, EVERYBODY])
def test_tables_without_contrast_are_dropped_or_kept(table):
    for measure in ("RR", "OR", "PETO"):
        for choice in ({}, {"double_zero": "drop"}):
            model = EffectSizeModel(**choice)
            assert reason(counts(*table), model, measure=measure, type_="binary") == "no_events"
    assert ratio(table, "RD")["yi"] == pytest.approx(0, abs=0.01)
    dropped = EffectSizeModel(double_zero="drop")
    assert reason(counts(*table), dropped, measure="RD", type_="binary") == "no_events"
    kept = ratio(table, "OR", double_zero="keep")
    sign = 1 if table == NOBODY else -1
    assert kept["yi"] == pytest.approx(sign * math.log((0.5 / 20.5) / (0.5 / 30.5)), rel=1e-12)
    # Sweeting's correction knows no effect where there is none to know.
    even = ratio(table, "OR", double_zero="keep", zero_cells="treatment_arm")
    assert even["yi"] == pytest.approx(0, abs=1e-12)
    # Peto has no variance there, whatever is asked.
    model = EffectSizeModel(double_zero="keep")
    assert reason(counts(*table), model, measure="PETO", type_="binary") == "no_events"


def test_everybody_stays_everybody_in_a_cluster_trial():
    """Dividing both n and events must not leave a rounding error in an empty cell."""
    for n in range(7, 60):
        cells = counts(n, n, 3, 40) | {"study_id": "C1"}
        found = effect(cells, EffectSizeModel(), measure="OR", type_="binary")
        assert "zero_cells_corrected" in found["flags"]
        assert abs(found["yi"]) < 12


MEDIANS = {"median_treat": "9", "q1_treat": "7", "q3_treat": "11"}
MEDIANS |= {"median_control": "10", "q1_control": "7.5", "q3_control": "12.5"}


def test_medians_are_estimated_flagged_and_warned_of():
    found = effect({**N, **MEDIANS}, EffectSizeModel(estimator="d"))
    assert (found["route"], found["converted_from"]) == ("medians", "medians (shi)")
    assert found["flags"] == "medians=shi"
    skewed = {**MEDIANS, "q3_treat": "19", "n_treat": "200"}
    found = effect({**N, **skewed}, EffectSizeModel(estimator="d"))
    assert found["flags"] == "medians=shi;skewed"
    assert found["converted_from"] == "medians (shi), skewed"
    for method in ("wan", "luo", "qe", "bc"):
        other = effect({**N, **MEDIANS}, EffectSizeModel(), conversions=Conversions(medians=method))
        assert other["converted_from"] == f"medians ({method})"


def test_direct_statistics_come_before_medians():
    cells = {**N, **MEDIANS, **ARMS}
    assert effect(cells, EffectSizeModel())["route"] == "means_sd"
    cells = {**N, **MEDIANS, "t_stat": "-2", "favours": "treat"}
    assert effect(cells, EffectSizeModel())["route"] == "t_stat"
    # What is only estimated of one arm says so of the effect.
    cells = {k: v for k, v in MEDIANS.items() if "treat" in k}
    cells |= {"mean_control": "10", "sd_control": "4"}
    assert effect({**N, **cells}, EffectSizeModel())["route"] == "medians"


def test_medians_are_left_out_where_the_config_says_so():
    exclude = Conversions(medians="exclude")
    assert (
        reason({**N, **MEDIANS}, EffectSizeModel(), conversions=exclude) == "medians_not_converted"
    )
    bare = {**N, "median_treat": "9", "median_control": "10"}
    assert reason(bare, EffectSizeModel()) == "medians_not_converted"
    assert reason({**N, **MEDIANS, "q1_treat": "9.5"}, EffectSizeModel()) == "medians_not_converted"
    assert reason(MEDIANS, EffectSizeModel()) == "arm_sizes_unknown"


def test_effects_do_not_depend_on_the_other_rows():
    """Rows are computed together; each comes out as it does alone, to the last digit."""
    rows = [
        record("2", **N, **ARMS),
        record("3", **N, **MEDIANS, indicator="fbg"),
        record("4", **N, t_stat="2", favours="treat", indicator="bmi"),
        record("5", **N, **ARMS, study_id="C1"),
    ]
    together, _ = computed(rows)
    alone = [computed([row])[0][0] for row in rows]
    key = {e["effect_id"]: e for e in alone}
    assert len(together) == 4
    for found in together:
        assert found == key[found["effect_id"]]
        assert np.isfinite(found["yi"])
