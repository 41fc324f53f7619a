"""A review that needs conversions and has trials of several arms, from its sheets to the trace."""

import json

import pytest
from conftest import Review
from strataforest.cli import main

NAMES = ("Ash", "Birch", "Cedar", "Elm", "Fir")
STUDIES = "study_id,year\n" + "".join(f"{name},2020\n" for name in NAMES)
# Ash has three arms and a change from baseline, Birch medians, Fir means without SDs.
HEAD = "study_id,domain,indicator,metric,arm_treat,arm_control,n_treat,mean_treat,sd_treat,"
HEAD += "n_control,mean_control,sd_control,mean_baseline_treat,sd_baseline_treat,"
HEAD += "mean_baseline_control,sd_baseline_control,median_treat,q1_treat,q3_treat,"
HEAD += "median_control,q1_control,q3_control\n"
ROWS = """\
Ash,glycemic,hba1c,change,app,usual,40,7.1,1.1,41,7.6,1.2,8.2,1.4,8.1,1.5,,,,,,
Ash,glycemic,hba1c,change,nurse,usual,38,7.0,1.0,41,7.6,1.2,8.3,1.3,8.1,1.5,,,,,,
Ash,glycemic,hba1c,change,both,usual,39,6.8,1.2,41,7.6,1.2,8.1,1.5,8.1,1.5,,,,,,
Birch,glycemic,hba1c,post,,,55,,,52,,,,,,,6.9,6.2,9.9,7.4,6.6,8.3
Cedar,glycemic,hba1c,post,,,80,7.3,1.3,78,7.4,1.2,,,,,,,,,,
Elm,glycemic,hba1c,post,,,33,7.0,1.0,35,7.9,1.1,,,,,,,,,,
Fir,glycemic,hba1c,post,,,30,7.2,,30,7.5,,,,,,,,,,,
"""
CONFIG = {
    "sheets": {"studies": {"path": "studies.csv"}, "outcomes": {"path": "outcomes.csv"}},
    "domains": {"glycemic": {"label": "Glycemic control", "type": "continuous"}},
    "indicators": {"hba1c": {"higher_is_better": False}},
    "figures": {"formats": ["svg"]},
}
ASH = "Ash|glycemic|hba1c|||change|app + both + nurse|usual"


def built(folder, **config):
    sheets = (("studies", STUDIES), ("outcomes", HEAD + ROWS))
    review = Review(folder, CONFIG | config, sheets)
    review.built("results/tables/pooled.csv")
    return review


@pytest.fixture(scope="module")
def combined(tmp_path_factory):
    """The review with its arms combined; tests must not change it."""
    return built(tmp_path_factory.mktemp("combined") / "review")


def traced(capsys, review, *names):
    assert main(["trace", *names, "--json", "--results", str(review.folder / "results")]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_effect_of_several_rows_traces_to_the_cells_of_each(combined, capsys):
    (node,) = traced(capsys, combined, ASH)["trees"]
    assert node["arithmetic"]["problem"] == ""
    assert node["arithmetic"]["agrees"]
    effect = next(r for r in combined.rows("effects/effects.csv") if r["effect_id"] == ASH)
    assert effect["source_row"] == "2;3;4"
    assert effect["flags"] == "change_correlation=0.5;arms_combined=3"
    assert (effect["n_treat"], effect["n_control"]) == ("117", "41")
    cells = {cell["address"]: cell for cell in node["cells"] if cell["address"]}
    assert set(effect["source_cells"].split(";")) <= set(cells)
    for row, value in ((2, "7.1"), (3, "7"), (4, "6.8")):
        assert (cells[f"H{row}"]["column"], cells[f"H{row}"]["value"]) == ("mean_treat", value)
    symbols = {cell["symbol"] for cell in node["cells"]}
    assert {"n1a", "final1b", "sd_baseline1c", "r"} <= symbols


def test_a_cell_of_any_of_its_rows_touches_the_effect(combined, capsys):
    for cell in ("H2", "H3", "N4"):
        found = traced(capsys, combined, "--cell", f"outcomes.csv!{cell}")
        assert f"enters the effect {ASH}" in " ".join(found["about"])
        paths = {touch["path"] for touch in found["touches"]}
        assert {"effects/effects.csv", "effects/change_correlation.csv"} <= paths
        assert "strata/domain/glycemic.csv" in paths


def test_the_correlation_is_varied(combined):
    rows = combined.rows("effects/change_correlation.csv")
    assert [(row["effect_id"], row["r"]) for row in rows] == [
        (ASH, r) for r in ("0.3", "0.5", "0.7", "0.9")
    ]
    effect = next(r for r in combined.rows("effects/effects.csv") if r["effect_id"] == ASH)
    assert (rows[1]["yi"], rows[1]["vi"]) == (effect["yi"], effect["vi"])
    assert len({row["yi"] for row in rows}) == 4


def test_skewed_medians_are_warned_of(combined):
    effect = next(r for r in combined.rows("effects/effects.csv") if r["study_id"] == "Birch")
    assert effect["converted_from"] == "medians (shi), skewed"


def test_a_borrowed_sd_traces_to_the_cells_that_lend_it(tmp_path, capsys):
    review = built(tmp_path / "borrowed", conversions={"borrow_sd": "mean"})
    effect = next(r for r in review.rows("effects/effects.csv") if r["study_id"] == "Fir")
    assert (effect["source_row"], effect["converted_from"]) == ("8;6;7", "sd of Cedar, Elm")
    (node,) = traced(capsys, review, effect["effect_id"])["trees"]
    assert node["arithmetic"]["agrees"]
    named = {cell["address"] for cell in node["cells"]}
    assert set(effect["source_cells"].split(";")) <= named
    assert {"I6", "L7", "H8"} <= named
    found = traced(capsys, review, "--cell", "outcomes.csv!I6")
    about = " ".join(found["about"])
    assert "enters the effect Fir|glycemic|hba1c|||post as sd1a" in about
    assert "enters the effect Cedar|glycemic|hba1c|||post as sd1" in about


def test_a_split_control_gives_a_trial_several_effects(tmp_path, capsys):
    review = built(tmp_path / "split", multi_arm="split_control")
    decisions = review.rows("effects/decisions.csv")
    ash = [row for row in decisions if row["study_id"] == "Ash"]
    assert [row["decision"] for row in ash] == ["selected"] * 3
    assert {row["rule"] for row in ash} == {"multi_arm"}
    (index,) = review.rows("strata/index.csv")
    assert (index["k"], index["n_studies"]) == ("6", "4")
    # 40 + 38 + 39 + the 41 of the control, once.
    assert int(index["n_participants"]) == 158 + 107 + 158 + 68
    (tree,) = traced(capsys, review, "tables/pooled.csv:2")["trees"]
    assert tree["n_participants"] == int(index["n_participants"])
    assert all(node["arithmetic"]["agrees"] for node in tree["effects"])


def test_a_named_arm_is_the_only_one(tmp_path):
    review = built(tmp_path / "named", multi_arm="named", multi_arm_named={"Ash": "both"})
    (effect,) = (r for r in review.rows("effects/effects.csv") if r["study_id"] == "Ash")
    assert effect["arm_treat"] == "both"
    reasons = [row["reason_code"] for row in review.rows("effects/exclusions.csv")]
    assert reasons == ["arm_not_named", "arm_not_named", "no_spread"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"effect_size": {"estimator": "d", "se": "ub"}}, "'ub' is not one of ['ls', 'holkinse']"),
        ({"effect_size": {"estimator": "unequal", "se": "ls"}}, "'ls' is not one of ['bonett']"),
        ({"effect_size": {"correction": "none"}}, "'none' is not one of"),
        ({"conversions": {"change_correlation": 1.5}}, "1.5 is greater than or equal to"),
        ({"conversions": {"medians": "hozo"}}, "'hozo' is not one of"),
        ({"conversions": {"borrow_sd": True}}, "True is not one of"),
        ({"multi_arm": "both"}, "'both' is not one of"),
        ({"effect_size": {"zero_cell": "all"}}, "did you mean 'zero_cells'?"),
    ],
)
def test_a_config_that_asks_for_what_there_is_not(tmp_path, config, words):
    run = Review(tmp_path / "review", CONFIG | config, (("studies", STUDIES),)).run("-n")
    assert run.status != 0
    assert words in run.output
