"""SDs that other trials lend: off unless asked, flagged, and traced to the lending cells."""

import math

import pytest
from record_examples import STUDIES, address, as_written, computed, record
from strataforest.effects.multi_arm import MultiArm
from strataforest.lineage.formulas import arithmetic
from strataforest.models import Conversions, EffectSizeModel

BORROW = Conversions(borrow_sd="mean")
BARE = {"n_treat": "40", "n_control": "50", "mean_treat": "7.0", "mean_control": "7.6"}
BARE |= {"unit": "%"}
LENT = {"n_treat": "20", "n_control": "30", "sd_treat": "1.0", "sd_control": "1.4", "unit": "%"}
LENT |= {"mean_treat": "6.8", "mean_control": "7.0"}
MORE = {**LENT, "n_treat": "60", "sd_treat": "1.2"}
ROWS = [
    record("2", **BARE),
    record("3", **LENT, study_id="C1"),
    record("4", **MORE, study_id="C3"),
]


def of_t1(rows, conversions=BORROW, **more):
    effects, exclusions = computed(rows, conversions=conversions, **more)
    return next(row for row in (*effects, *exclusions) if row["study_id"] == "T1")


def test_nothing_is_borrowed_unless_the_config_asks():
    assert of_t1(ROWS, Conversions())["reason_code"] == "no_spread"


@pytest.mark.parametrize("measure", ["SMD", "MD", "ROM"])
def test_the_pooled_sd_of_the_other_trials_is_taken(measure):
    effect = of_t1(ROWS, measure=measure, model=EffectSizeModel(estimator="d", md_sds="pooled"))
    squares = 19 * 1.0**2 + 29 * 1.4**2 + 59 * 1.2**2 + 29 * 1.4**2
    sd = math.sqrt(squares / (19 + 29 + 59 + 29))
    d = 0.6 / sd
    expected = {
        "SMD": (d, 1 / 40 + 1 / 50 + d**2 / 180),
        "MD": (0.6, sd**2 * (1 / 40 + 1 / 50)),
        "ROM": (-math.log(7 / 7.6), sd**2 * (1 / (40 * 7**2) + 1 / (50 * 7.6**2))),
    }[measure]
    assert (effect["yi"], effect["vi"]) == pytest.approx(expected, rel=1e-12)
    assert (effect["flags"], effect["converted_from"]) == ("borrowed_sd", "sd of C1, C3")
    assert effect["source_row"] == "2;3;4"
    lent = {address(name, row) for name in ("sd_treat", "n_control") for row in "34"}
    assert lent <= set(effect["source_cells"].split(";"))
    assert address("mean_treat", "3") not in effect["source_cells"]
    working = arithmetic(as_written(effect), ROWS, STUDIES["T1"])
    assert (working.problem, working.agrees) == ("", True)


@pytest.mark.parametrize(
    "other",
    [
        {"unit": "mmol/mol"},
        {"indicator": "fbg"},
        {"instrument": "meter"},
        {"metric": "change"},
        {"source_file": "other.csv"},
        {"sd_treat": ""},
        {"study_id": "T1"},
    ],
    ids=lambda cells: next(iter(cells)),
)
def test_only_what_is_alike_and_of_another_trial_lends(other):
    lender = record("3", **LENT | {"study_id": "C1"} | other)
    rows = [ROWS[0], lender]
    found = [
        r for part in computed(rows, conversions=BORROW) for r in part if r["source_row"] == "2"
    ]
    assert [row.get("reason_code") for row in found] == ["no_spread"]


def test_every_statistic_of_its_own_comes_first():
    rows = [record("2", **BARE, t_stat="2.5"), *ROWS[1:]]
    assert of_t1(rows)["route"] == "t_stat"
    rows = [record("2", **BARE | {"sd_treat": "1.1", "sd_control": "1.1"}), *ROWS[1:]]
    assert of_t1(rows)["route"] == "means_sd"


def test_arms_with_borrowed_sds_are_not_combined():
    arms = [record(r, **BARE, arm_treat=a) for r, a in (("2", "app"), ("5", "nurse"))]
    effects, _ = computed([*arms, *ROWS[1:]], conversions=BORROW, arms=MultiArm())
    flags = [effect["flags"] for effect in effects if effect["study_id"] == "T1"]
    assert flags == ["arms_not_combined;borrowed_sd"] * 2
