"""From records to effects: which route, which sign, which cells, or which reason."""

import math

import pytest
from record_examples import STUDIES as STUDY_ROWS
from record_examples import address, record
from strataforest.effects.comparisons import NUMERIC
from strataforest.effects.compute import compute_effects
from strataforest.models import Conversions, EffectSizeModel
from strataforest.sheets.columns import OUTCOMES

D = EffectSizeModel(estimator="d")
STRICT = Conversions()
STUDIES = list(STUDY_ROWS.values())
DOMAINS = {
    "glycemic": {"type": "continuous"},
    "walking": {"type": "continuous", "measure": "MD"},
    "complication": {"type": "binary", "measure": "RR"},
}
MEANS = {"mean_treat": "7.0", "sd_treat": "1.0", "mean_control": "7.5", "sd_control": "1.0"}
SIZES = {"n_treat": "40", "n_control": "50"}


def compute(model=D, conversions=STRICT, **cells):
    effects, exclusions = compute_effects(
        [record(**cells)], STUDIES, DOMAINS, {}, model, conversions
    )
    assert len(effects) + len(exclusions) == 1
    return effects[0] if effects else exclusions[0]


def test_means_and_sds_are_taken_directly_and_aligned():
    effect = compute(**MEANS, **SIZES)
    assert effect["yi"] == pytest.approx(0.5)
    assert effect["vi"] == pytest.approx(1 / 40 + 1 / 50 + 0.25 / 180)
    assert (effect["converted_from"], effect["aligned"]) == ("", True)
    assert set(effect["source_cells"].split(";")) == {address(name) for name in (*MEANS, *SIZES)}


def test_higher_is_better_keeps_the_sign():
    effect = compute(**MEANS, **SIZES, higher_is_better="yes")
    assert effect["yi"] == pytest.approx(-0.5)
    assert not effect["aligned"]


@pytest.mark.parametrize(
    ("cells", "source"),
    [
        ({"se_treat": str(1 / math.sqrt(40)), "se_control": str(1 / math.sqrt(50))}, "se"),
        ({"sd_treat": "1", "se_control": str(1 / math.sqrt(50))}, "sd, se or ci, by arm"),
    ],
)
def test_sds_from_standard_errors(cells, source):
    effect = compute(mean_treat="7", mean_control="7.5", **SIZES, **cells)
    assert effect["yi"] == pytest.approx(0.5)
    assert effect["converted_from"] == source


def test_every_statistic_of_one_comparison_gives_the_same_effect():
    """t, p, F, SE and CI of one mean difference are five ways to say one thing."""
    from scipy import stats

    c, df = math.sqrt(1 / 40 + 1 / 50), 88
    t = 0.5 / c
    half = float(stats.t.ppf(0.975, df)) * c
    ways = {
        "md_se": {"md": "-0.5", "md_se": repr(c)},
        "md_ci": {"md": "-0.5", "md_ci_low": repr(-0.5 - half), "md_ci_high": repr(-0.5 + half)},
        "t_stat": {"t_stat": repr(t), "favours": "treat"},
        "f_stat": {"f_stat": repr(t**2), "favours": "treat"},
        "p_value": {"p_value": repr(float(2 * stats.t.sf(t, df))), "favours": "treat"},
    }
    for name, cells in ways.items():
        effect = compute(**SIZES, **cells)
        assert effect["yi"] == pytest.approx(0.5, rel=1e-9), name
        assert effect["converted_from"] == name


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        ({"favours": "treat"}, 1),
        ({"favours": "control"}, -1),
        ({"favours": "control", "higher_is_better": "yes"}, -1),
        ({"mean_treat": "7", "mean_control": "8"}, 1),
        ({"mean_treat": "8", "mean_control": "7"}, -1),
        ({"md": "-1"}, 1),
    ],
)
def test_an_unsigned_statistic_takes_its_direction(cells, sign):
    for t in ("2.5", "-2.5"):
        effect = compute(**SIZES, t_stat=t, **cells)
        assert math.copysign(1, effect["yi"]) == sign


def test_favours_is_among_the_cells_of_an_unsigned_statistic():
    assert "FAVOURS2" in compute(**SIZES, t_stat="2", favours="treat")["source_cells"]


def test_means_come_before_every_other_statistic():
    effect = compute(**MEANS, **SIZES, t_stat="9", smd="4", smd_se="0.1", favours="treat")
    assert effect["yi"] == pytest.approx(0.5)


def test_a_printed_smd_with_its_se_is_used_as_it_is():
    effect = compute(EffectSizeModel(), smd="-0.4", smd_se="0.2")
    assert (effect["yi"], effect["sei"]) == (pytest.approx(0.4), pytest.approx(0.2))
    assert effect["converted_from"] == ""


def test_a_printed_smd_without_se_takes_it_from_n():
    effect = compute(smd="-0.4", **SIZES)
    assert effect["vi"] == pytest.approx(1 / 40 + 1 / 50 + 0.16 / 180)


def test_bounded_p_is_excluded_or_taken_at_the_bound_and_flagged():
    cells = {**SIZES, "p_value": "<0.05", "favours": "treat"}
    assert compute(**cells)["reason_code"] == "bounded_p"
    effect = compute(conversions=Conversions(bounded_p="at_bound"), **cells)
    assert effect["flags"] == "bounded_p"
    assert effect["yi"] == pytest.approx(compute(**{**cells, "p_value": "0.05"})["yi"])
    # p > 0.05 bounds nothing from below
    cells["p_value"] = ">0.05"
    excluded = compute(conversions=Conversions(bounded_p="at_bound"), **cells)
    assert excluded["reason_code"] == "bounded_p"


def test_total_n_is_halved_only_where_the_config_says_so():
    cells = {**MEANS, "n_total": "90"}
    assert compute(**cells)["reason_code"] == "arm_sizes_unknown"
    effect = compute(conversions=Conversions(assume_equal_arms=True), **cells)
    assert (effect["n_treat"], effect["flags"]) == (45, "equal_arms_assumed")
    assert "NTOTAL2" in effect["source_cells"]


def test_the_missing_arm_is_what_the_total_leaves():
    effect = compute(**MEANS, n_treat="40", n_total="90")
    assert (effect["n_control"], effect["flags"]) == (50, "")


def test_cluster_trials_are_divided_by_their_design_effect():
    effect = compute(**MEANS, **SIZES, study_id="C1")
    assert effect["yi"] == pytest.approx(0.5)
    assert effect["vi"] == pytest.approx(2 / 40 + 2 / 50 + 0.25 / 90)
    assert (effect["flags"], effect["n_treat"]) == ("design_effect=2.0", 40)
    assert compute(**MEANS, **SIZES, study_id="C2")["flags"] == "cluster_not_adjusted"
    taken = compute(conversions=Conversions(default_icc=0.05), **MEANS, **SIZES, study_id="C2")
    assert taken["flags"] == "icc_from_config;design_effect=2.0"


def test_mean_differences_in_units():
    effect = compute(**MEANS, **SIZES, domain="walking", higher_is_better="yes")
    assert (effect["measure"], effect["yi"]) == ("MD", pytest.approx(-0.5))
    assert effect["vi"] == pytest.approx(1 / 40 + 1 / 50)
    clustered = compute(**MEANS, **SIZES, domain="walking", study_id="C1")
    assert clustered["vi"] == pytest.approx(2 * (1 / 40 + 1 / 50))
    from_t = compute(**SIZES, domain="walking", md="-2", t_stat="4")
    assert (from_t["yi"], from_t["sei"]) == (pytest.approx(2), pytest.approx(0.5))


COUNTS = {"events_treat": "5", "events_control": "10"}


def test_counts_stay_on_the_log_scale_and_are_not_turned():
    effect = compute(**COUNTS, **SIZES, domain="complication")
    assert effect["yi"] == pytest.approx(math.log((5 / 40) / (10 / 50)))
    assert not effect["aligned"]


def test_counts_in_a_continuous_domain_are_still_an_effect():
    effect = compute(**COUNTS, **SIZES)
    assert (effect["type"], effect["measure"]) == ("binary", "RR")


def test_zero_cells_are_flagged_and_double_zeros_excluded():
    effect = compute(**{**COUNTS, "events_treat": "0"}, **SIZES, domain="complication")
    assert effect["flags"] == "zero_cells_corrected"
    assert effect["yi"] == pytest.approx(math.log((0.5 / 41) / (10.5 / 51)))
    nobody = compute(events_treat="0", events_control="0", **SIZES, domain="complication")
    assert nobody["reason_code"] == "no_events"


def test_a_printed_ratio_with_its_ci():
    half = 1.959963984540054 * 0.2
    cells = {"ratio": "0.8", "ratio_ci_low": repr(0.8 * math.exp(-half))}
    effect = compute(**cells, ratio_ci_high=repr(0.8 * math.exp(half)), domain="complication")
    assert effect["sei"] == pytest.approx(0.2)
    assert effect["converted_from"] == "ratio_ci"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({}, "no_statistic"),
        (SIZES, "no_statistic"),
        ({**SIZES, "mean_treat": "7", "mean_control": "8"}, "no_spread"),
        ({**SIZES, "md": "1"}, "no_spread"),
        ({**SIZES, "median_treat": "7", "median_control": "8"}, "medians_not_converted"),
        ({**SIZES, "events_treat": "0", "events_control": "0"}, "no_events"),
        ({**SIZES, "events_treat": "40", "events_control": "50"}, "no_events"),
        ({**SIZES, "t_stat": "2"}, "direction_unknown"),
        ({**SIZES, "p_value": "0.03"}, "direction_unknown"),
        (MEANS, "arm_sizes_unknown"),
        ({**SIZES, **MEANS, "sd_treat": "0", "sd_control": "0"}, "zero_sd"),
        ({**SIZES, "events_treat": "3"}, "events_missing"),
        ({"events_treat": "3", "events_control": "4"}, "arm_sizes_unknown"),
        ({"ratio": "0.5"}, "ratio_without_se"),
    ],
)
def test_a_row_without_effect_says_why(cells, code):
    excluded = compute(**cells)
    assert excluded["reason_code"] == code
    assert len(excluded["reason"]) > 20


def test_effects_about_the_same_comparison_are_numbered_by_their_values():
    rows = [record(**{**MEANS, "mean_treat": m}, **SIZES) for m in ("7.2", "7.0")]
    for order in (rows, rows[::-1]):
        effects, _ = compute_effects(order, STUDIES, DOMAINS, {}, D, Conversions())
        assert [(e["effect_id"], round(e["yi"], 3)) for e in effects] == [
            ("T1|glycemic|hba1c", 0.3),
            ("T1|glycemic|hba1c#2", 0.5),
        ]


def test_the_key_of_a_comparison_escapes_its_own_marks():
    (effect,), _ = compute_effects(
        [record(**MEANS, **SIZES, indicator="a|b#1")], STUDIES, DOMAINS, {}, D, Conversions()
    )
    assert effect["effect_id"] == "T1|glycemic|a%7Cb%231"


def test_every_numeric_column_is_in_the_vocabulary():
    assert set(NUMERIC) <= {column.name for column in OUTCOMES}


def test_g_of_stata_and_metafor():
    approximate = EffectSizeModel(correction="approximate", se="j_times_d")
    d = compute(**MEANS, **SIZES)
    g = compute(approximate, **MEANS, **SIZES)
    j = 1 - 3 / (4 * 88 - 1)
    assert g["yi"] == pytest.approx(j * d["yi"])
    assert g["sei"] == pytest.approx(j * d["sei"])
