"""Long form: a row per arm becomes a row per comparison that names both rows."""

from pathlib import Path

import pytest
from strataforest.effects.compute import compute_effects
from strataforest.models import Conversions
from strataforest.presets import resolve
from strataforest.sheets.checks import check_review
from strataforest.sheets.harmonize import Sheet, read_sheets_of_kind
from strataforest.tabular import as_read

HEAD = "study_id,domain,indicator,group,n,mean,sd,unit,p_value,note\n"
ASH = (
    "Ash,glycemic,hba1c,chat,40,7.1,1.1,%,0.03,first\n"
    "Ash,glycemic,hba1c,usual care,41,7.6,1.2,%,,second\n"
)
ELM = (
    "Elm,glycemic,hba1c,Usual  Care,30,7.9,1.0,%,,\n"
    "Elm,glycemic,hba1c,chat,31,7.0,1.1,%,,\n"
    "Elm,glycemic,hba1c,mail,29,7.2,1.0,%,,\n"
)
FIR = "Fir,glycemic,hba1c,chat,20,7.0,1.0,%,,\nFir,glycemic,hba1c,mail,21,7.1,1.0,%,,\n"
LONG = {"arm": "group", "control": ["waiting list", "usual care"]}
DOMAINS = {"glycemic": {"label": "Glycemic control", "type": "continuous"}}
INDICATORS = {"hba1c": {"higher_is_better": False}}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(text, head=HEAD, **spec):
    Path("s.csv").write_text(head + text, encoding="utf-8")
    return read_sheets_of_kind("outcomes", [{"path": "s.csv", "long": LONG, **spec}], DOMAINS)


def errors(sheet):
    return [(p.cell, p.problem) for p in sheet.problems if p.severity == "error"]


def effects_of(sheet):
    rows = as_read(sheet.columns, sheet.rows)
    ids = dict.fromkeys(row["study_id"] for row in rows)
    studies = [{"study_id": name, "design": "", "icc": "", "cluster_size": ""} for name in ids]
    model = resolve("stata16", {}).effect_size
    return compute_effects(rows, studies, DOMAINS, INDICATORS, model, Conversions())


def test_two_arms_are_one_comparison_whose_cells_are_of_both_rows():
    sheet = read(ASH)
    (row,) = sheet.rows
    assert errors(sheet) == []
    assert (row["arm_treat"], row["arm_control"]) == ("chat", "usual care")
    assert (row["n_treat"], row["mean_treat"], row["sd_treat"]) == ("40", "7.1", "1.1")
    assert (row["n_control"], row["mean_control"], row["sd_control"]) == ("41", "7.6", "1.2")
    assert (row["unit"], row["p_value"], row["note"]) == ("%", "0.03", "first; second")
    assert row["source_row"] == "2;3"
    cells = row["source_cells"].split(";")
    assert {"mean_treat=F2", "mean_control=F3", "arm_control=D3", "p_value=I2"} <= set(cells)
    (effect,), exclusions = effects_of(sheet)
    assert exclusions == []
    assert effect["source_row"] == "2;3"
    assert set(effect["source_cells"].split(";")) == {"E2", "F2", "G2", "E3", "F3", "G3"}


def test_it_gives_the_effect_of_both_arms_side_by_side():
    long = effects_of(read(ASH))[0][0]
    head = "study_id,domain,indicator,arm_treat,arm_control,n_treat,mean_treat,sd_treat,"
    wide = head + "n_control,mean_control,sd_control\n"
    wide += "Ash,glycemic,hba1c,chat,usual care,40,7.1,1.1,41,7.6,1.2\n"
    Path("w.csv").write_text(wide, encoding="utf-8")
    other = effects_of(read_sheets_of_kind("outcomes", [{"path": "w.csv"}]))[0][0]
    source = {"source_file", "source_row", "source_cells"}
    assert {k: v for k, v in long.items() if k not in source} == {
        k: v for k, v in other.items() if k not in source
    }


def test_each_other_arm_is_compared_with_the_control_wherever_it_stands():
    sheet = read(ELM)
    assert [(r["arm_treat"], r["source_row"]) for r in sheet.rows] == [
        ("chat", "3;2"),
        ("mail", "4;2"),
    ]
    assert {r["mean_control"] for r in sheet.rows} == {"7.9"}
    (whole,), _ = effects_of(sheet)
    # Combined arms name each row once; the control, which both share, too.
    assert whole["source_row"] == "3;2;4"
    assert whole["n_treat"] == 60


def test_the_first_control_of_the_list_that_is_there_wins():
    text = ASH + "Ash,glycemic,hba1c,Waiting list,39,8,1,%,,\n"
    sheet = read(text)
    assert {r["arm_control"] for r in sheet.rows} == {"Waiting list"}
    assert {r["arm_treat"] for r in sheet.rows} == {"chat", "usual care"}


def test_arms_without_a_control_are_excluded_with_their_address():
    sheet = read(ASH + FIR)
    assert errors(sheet) == []
    effects, exclusions = effects_of(sheet)
    assert len(effects) == 1
    assert [(e["source_row"], e["reason_code"]) for e in exclusions] == [
        ("4", "no_control_arm"),
        ("5", "no_control_arm"),
    ]


def test_a_control_alone_is_excluded_too():
    _, exclusions = effects_of(read(ASH + "Gum,glycemic,hba1c,usual care,20,7,1,%,,\n"))
    assert [(e["source_row"], e["reason_code"]) for e in exclusions] == [
        ("4", "no_intervention_arm")
    ]


def test_an_arm_that_stands_twice_is_named_with_both_cells():
    sheet = read(ASH + ASH.splitlines()[0] + "\n")
    ((cell, text),) = errors(sheet)
    assert cell == "D4"
    assert "already in D2" in text


def test_other_time_points_are_other_comparisons():
    head = HEAD.replace("note", "timepoint_weeks")
    text = ASH.replace("first", "12").replace("second", "12")
    sheet = read(text + text.replace(",12", ",26"), head)
    assert [r["source_row"] for r in sheet.rows] == ["2;3", "4;5"]


def test_a_control_that_no_row_has_gets_the_nearest_arm():
    sheet = read(ASH, long={"arm": "group", "control": "usual cure"})
    (problem,) = [p for p in sheet.problems if p.severity == "error"]
    assert "did you mean 'usual care'?" in problem.mend


@pytest.mark.parametrize(
    ("old", "new", "cell"),
    [(",chat,", ",,", "D2"), (",40,", ",forty,", "E2"), ("usual care,41", "usual care,1", "E3")],
)
def test_a_bad_cell_is_named_in_its_own_row(old, new, cell):
    assert cell in [where for where, _ in errors(read(ASH.replace(old, new)))]


def test_units_that_differ_between_the_arms_are_an_error_at_both_cells():
    ((cell, text),) = errors(read(ASH.replace("1.2,%", "1.2,mmol/mol")))
    assert cell == "H2"
    assert "(H3)" in text


def test_a_statistic_of_a_shared_control_is_not_used_and_this_is_said():
    sheet = read(ELM.replace("7.9,1.0,%,,", "7.9,1.0,%,0.01,"))
    assert {row["p_value"] for row in sheet.rows} == {""}
    (warning,) = [p for p in sheet.problems if p.severity == "warning"]
    assert (warning.cell, "p_value" in warning.problem) == ("I2", True)


def test_columns_of_both_arms_side_by_side_have_no_place():
    sheet = read(ASH, HEAD.replace("unit", "mean_treat"))
    assert sheet.rows[0]["mean_treat"] == "7.1"
    assert sheet.rows[0]["their_mean_treat"] == "%"


def test_checks_name_cells_of_the_row_that_holds_them():
    sheet = read(ASH.replace("7.6,1.2", "7.6,0"))
    studies = Sheet("studies", [{"study_id": "Ash", "design": "", "icc": "", "cluster_size": ""}])
    for row in studies.rows:
        row |= {c: row.get(c, "") for c in studies.columns}
        row |= {"source_file": "t.csv", "source_row": "2"}
    found = check_review({"studies": studies, "outcomes": sheet}, DOMAINS, INDICATORS, {})
    assert "G3" in [problem.cell for problem in found if "sd_control is 0" in problem.problem]
