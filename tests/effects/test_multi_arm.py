"""Trials with several arms: combined, with a split control, or by name."""

import math

import pytest
from record_examples import computed, record
from strataforest.effects.multi_arm import MultiArm
from strataforest.models import EffectSizeModel
from strataforest.report.rows_read import rows_read
from strataforest.report.summary import summary_text
from strataforest.selection import DomainRule, SelectionRule
from strataforest.strata.grouping import people_of
from strataforest.strata.stratification import decide

CONTROL = {"arm_control": "usual", "n_control": "40", "mean_control": "8.0", "sd_control": "1.3"}
APP = {"arm_treat": "app", "n_treat": "20", "mean_treat": "7.0", "sd_treat": "1.0"}
NURSE = {"arm_treat": "nurse", "n_treat": "30", "mean_treat": "7.4", "sd_treat": "1.2"}
ROWS = [record("2", **APP, **CONTROL), record("3", **NURSE, **CONTROL)]
RULE = SelectionRule({"glycemic": DomainRule("continuous")})


def run(rows, rule="combine", named=None, **more):
    return computed(rows, arms=MultiArm(rule, named or {}), **more)


def decisions(effects):
    texts = [{k: "" if v is None else str(v) for k, v in effect.items()} for effect in effects]
    studies = {"T1": {"eligible": "yes", "eligibility_reason": ""}}
    return {d.effect_id: (d.decision, d.rule) for d in decide(texts, studies, RULE)}


def test_arms_are_combined_as_in_the_handbook():
    """Table 6.5.a: n1 + n2, the weighted mean, and the SD of both samples as one."""
    (effect,), excluded = run(ROWS)
    mean = (20 * 7.0 + 30 * 7.4) / 50
    square = 19 * 1.0**2 + 29 * 1.2**2 + 20 * 30 / 50 * (7.0 - 7.4) ** 2
    pooled = math.sqrt((square + 39 * 1.3**2) / 88)
    assert effect["yi"] == pytest.approx((8.0 - mean) / pooled, rel=1e-12)
    assert (effect["n_treat"], effect["n_control"], effect["n_total"]) == (50, 40, 90)
    assert (effect["flags"], effect["converted_from"]) == ("arms_combined=2", "")
    assert effect["effect_id"] == "T1|glycemic|hba1c||||app + nurse|usual"
    assert (effect["source_row"], excluded) == ("2;3", [])
    assert {"MEANTREAT2", "MEANTREAT3", "NCONTROL2"} <= set(effect["source_cells"].split(";"))


def test_the_order_of_the_rows_says_nothing():
    assert run(ROWS) == run(ROWS[::-1])


def test_counts_are_summed():
    control = {"arm_control": "usual", "n_control": "50", "events_control": "10"}
    rows = [
        record("2", arm_treat="a", n_treat="40", events_treat="4", **control),
        record("3", arm_treat="b", n_treat="60", events_treat="7", **control),
    ]
    (effect,), _ = run(rows, measure="RR", type_="binary")
    assert effect["yi"] == pytest.approx(math.log((11 / 100) / (10 / 50)))
    assert (effect["events_treat"], effect["n_treat"]) == (11, 100)


def test_what_stood_in_for_an_sd_is_said_of_the_whole():
    se = {"sd_treat": "", "se_treat": repr(1.2 / math.sqrt(30))}
    rows = [ROWS[0], record("3", **NURSE | se, **CONTROL)]
    (effect,), _ = run(rows)
    assert effect["converted_from"] == "sd, se or ci, by arm"
    assert effect["yi"] == pytest.approx(run(ROWS)[0][0]["yi"], rel=1e-12)


@pytest.mark.parametrize(
    "other",
    [
        record("3", **NURSE, **CONTROL | {"mean_control": "8.1"}),
        record("3", **NURSE, **CONTROL | {"n_control": "39"}),
        record("3", **NURSE | {"sd_treat": ""}, **CONTROL, md="1", md_se="0.4"),
        record("3", **NURSE, **CONTROL) | {"source_file": "other.csv"},
    ],
    ids=["mean", "n", "no sd", "another sheet"],
)
def test_arms_that_cannot_be_combined_stay_apart_and_say_so(other):
    effects, _ = run([ROWS[0], other])
    assert len(effects) == 2
    assert all("arms_not_combined" in effect["flags"] for effect in effects)


@pytest.mark.parametrize(
    "rows",
    [
        [ROWS[0], record("3", **NURSE, **CONTROL, indicator="fbg")],
        [ROWS[0], record("3", **NURSE, **CONTROL, timepoint_weeks="52")],
        [ROWS[0], record("3", **NURSE, **CONTROL | {"arm_control": "leaflet"})],
        [ROWS[0], record("3", **APP, **CONTROL)],
        [ROWS[0]],
    ],
    ids=["indicator", "week", "control", "the same arm twice", "one arm"],
)
def test_other_rows_are_left_alone(rows):
    effects, _ = run(rows)
    assert [effect["flags"] for effect in effects] == [""] * len(rows)


def test_a_control_is_split_among_its_comparisons():
    effects, _ = run(ROWS, "split_control")
    (app, nurse) = effects
    assert [(e["n_treat"], e["n_control"], e["n_total"]) for e in effects] == [
        (20, 20, 40),
        (30, 20, 50),
    ]
    # The point estimate is that of the whole comparison, the variance that of half the control.
    d = 1.0 / math.sqrt((19 * 1.0 + 39 * 1.3**2) / 58)
    assert app["yi"] == pytest.approx(d, rel=1e-12)
    assert app["vi"] == pytest.approx(1 / 20 + 1 / 20 + d**2 / 80, rel=1e-12)
    assert nurse["flags"] == "shared_control=2"
    assert decisions(effects) == {e["effect_id"]: ("selected", "multi_arm") for e in effects}
    assert people_of(effects) == {"T1": 90}


def test_comparisons_of_one_control_stand_and_fall_together():
    later = [
        record("4", **APP, **CONTROL, timepoint_weeks="52"),
        record("5", **NURSE, **CONTROL, timepoint_weeks="52"),
    ]
    effects, _ = run([*ROWS, *later], "split_control")
    chosen = decisions(effects)
    assert sum(decision == "selected" for decision, _ in chosen.values()) == 2
    for effect in effects:
        word = "selected" if effect["timepoint_weeks"] == "52" else "not_selected"
        assert chosen[effect["effect_id"]][0] == word
    # A converted arm does not send its twin away, nor does the larger arm the smaller one.
    mixed = [ROWS[0], record("3", **NURSE | {"sd_treat": ""}, **CONTROL, se_treat="0.2")]
    effects, _ = run(mixed, "split_control")
    assert {decision for decision, _ in decisions(effects).values()} == {"selected"}


def test_comparisons_with_whole_arms_are_those_of_the_rows_by_themselves():
    effects, _ = run(ROWS, "separate")
    alone = [run([row])[0][0] for row in ROWS]
    assert {e["arm_treat"]: (e["yi"], e["vi"]) for e in effects} == {
        e["arm_treat"]: (e["yi"], e["vi"]) for e in alone
    }
    assert {effect["flags"] for effect in effects} == {"whole_arms=2"}
    assert {decision for decision, _ in decisions(effects).values()} == {"selected"}
    # Each arm's people count once: both intervention arms and the control that they share.
    assert people_of(effects) == {"T1": 20 + 30 + 40}


def test_split_counts():
    control = {"arm_control": "usual", "n_control": "50", "events_control": "10"}
    rows = [record(a, arm_treat=a, n_treat="40", events_treat="4", **control) for a in ("2", "3")]
    model = EffectSizeModel()
    (effect, _), _ = run(rows, "split_control", model=model, measure="OR", type_="binary")
    assert effect["yi"] == pytest.approx(math.log((4 * 20) / (36 * 5)))
    assert effect["vi"] == pytest.approx(1 / 4 + 1 / 36 + 1 / 5 + 1 / 20)
    assert (effect["events_control"], effect["n_control"]) == (5, 25)


def test_a_mean_difference_with_a_split_control():
    cells = {"n_treat": "40", "n_control": "60", "md": "1", "md_se": "0.5"}
    rows = [record(a, arm_treat=a, **cells) for a in ("2", "3")]
    (effect, _), _ = run(rows, "split_control", measure="MD")
    expected = 0.25 * (1 / 40 + 1 / 30) / (1 / 40 + 1 / 60)
    assert effect["vi"] == pytest.approx(expected, rel=1e-12)


def test_the_named_arm_is_taken():
    effects, excluded = run(ROWS, "named", {"T1": "nurse"})
    assert [effect["arm_treat"] for effect in effects] == ["nurse"]
    assert [(row["reason_code"], row["source_row"]) for row in excluded] == [("arm_not_named", "2")]
    effects, excluded = run(ROWS, "named")
    assert effects == []
    assert "app, nurse" in excluded[0]["reason"]
    single, _ = run(ROWS[:1], "named")
    assert len(single) == 1


def test_rows_and_effects_are_counted_apart():
    """Three arms are two rows and one effect: the summary says both, and its counts add up."""
    effects, excluded = run([*ROWS, record("4", study_id="T2", **APP)])
    tables = {"records": [{}] * 3, "effects": effects, "exclusions": excluded}
    tables |= dict.fromkeys(("decisions", "left_out", "problem_counts", "pooled"), ())
    lines = summary_text("", "results", tables).splitlines()
    assert lines[:3] == [
        "Rows read          3",
        "  with an effect   2, as 1 effect: several arms of a trial combined",
        "  without          1 (no_control_arm 1)",
    ]


def test_combined_arms_without_an_effect_are_still_rows_that_were_read():
    control = {"arm_control": "usual", "n_control": "50", "events_control": "0"}
    rows = [
        record(str(i), arm_treat=arm, n_treat="40", events_treat="0", **control)
        for i, arm in ((2, "a"), (3, "b"))
    ]
    effects, excluded = run(rows, measure="RR", type_="binary")
    read = rows_read(len(rows), [effect["flags"] for effect in effects], len(excluded))
    assert (read.with_effect, read.effects, read.without, read.excluded) == (0, 0, 2, 1)
    assert (read.together, read.excluded_together) == (
        "",
        "as 1: several arms of a trial combined",
    )
