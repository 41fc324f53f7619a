"""A heading that is one of ours but for a slip is warned of, a column of the team's own is not."""

import pytest
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.sheets.misspelt import meant

NAMES = {kind: [column.name for column in columns] for kind, columns in VOCABULARY.items()}


@pytest.mark.parametrize(
    ("kind", "heading", "ours"),
    [
        ("outcomes", "sd_contol", "sd_control"),
        ("outcomes", "mean_treatment", "mean_treat"),
        ("outcomes", "n_tretament", ""),
        ("outcomes", "Mean treta", "mean_treat"),
        ("outcomes", "meantreat", "mean_treat"),
        ("outcomes", "p-value", "p_value"),
        ("outcomes", "time_point_weeks", "timepoint_weeks"),
        ("outcomes", "higher_is_beter", "higher_is_better"),
        ("studies", "n_randomized", "n_randomised"),
        ("studies", "eligble", "eligible"),
        ("studies", "primary_plattform", "primary_platform"),
        # Columns that teams have beside ours.
        ("outcomes", "n_baseline_treat", ""),
        ("outcomes", "mean_age", ""),
        ("outcomes", "sd_change_treat", ""),
        ("outcomes", "se_md", ""),
        ("outcomes", "notes", ""),
        ("studies", "county", ""),
        ("studies", "age", ""),
        ("studies", "follow_up_months", ""),
        ("studies", "cluster", ""),
        ("studies", "language", ""),
    ],
)
def test_slips_are_told_from_other_words(kind, heading, ours):
    assert meant(heading, NAMES[kind]) == ours


def test_it_is_a_warning_only_while_our_column_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    head = "study_id,domain,indicator,n_treat,sd_contol"
    (tmp_path / "a.csv").write_text(f"{head}\nAsh,glycemic,hba1c,20,1.1\n")
    (tmp_path / "b.csv").write_text(f"{head},sd_control\nAsh,glycemic,hba1c,20,1.1,1.1\n")
    told = read_sheets_of_kind("outcomes", [{"path": "a.csv"}]).problems
    found = [(p.severity, p.rule, p.cell, p.mend) for p in told]
    assert found == [("warning", "misspelt_heading", "E1", "did you mean 'sd_control'?")]
    kept = read_sheets_of_kind("outcomes", [{"path": "b.csv"}]).problems
    assert [(p.severity, p.rule) for p in kept] == [("note", "")]


@pytest.mark.parametrize(
    ("heading", "others", "severity"),
    [
        ("sd treatment", "sd_control", "error"),
        ("sd_contol", "sd_treat", "error"),
        ("sd_raw_control", "sd_treat", "note"),  # a column of the team's own
        ("sd treatment", "mean_control", "warning"),
        ("sd treatment", "sd_control,sd_treat", "note"),
        ("p-value", "sd_control", "warning"),
    ],
)
def test_one_arm_without_the_other_is_an_error(tmp_path, monkeypatch, heading, others, severity):
    monkeypatch.chdir(tmp_path)
    head = f"study_id,domain,indicator,{heading},{others}"
    cells = ",1" * (1 + len(others.split(",")))
    (tmp_path / "a.csv").write_text(f"{head}\nAsh,pain,vas{cells}\n")
    spec = [{"path": "a.csv"}, {"path": "b.csv", "columns": {"sd_treat": "sd treatment"}}]
    (found,) = read_sheets_of_kind("outcomes", spec[:1]).problems
    assert (found.severity, found.cell) == (severity, "D1")
    assert found.rule == ("" if severity == "note" else "misspelt_heading")
    if heading == "sd treatment" and severity == "error":
        assert "expected 'sd_treat', for 'sd_control' is there; did you mean" in str(found)
        # Mapped, it is no slip.
        (tmp_path / "b.csv").write_text((tmp_path / "a.csv").read_text())
        assert read_sheets_of_kind("outcomes", spec[1:]).problems == []


def test_a_decimal_sign_unlike_the_others_is_blamed_at_its_own_cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"T{i};glycemic;hba1c;20;7,{i};1,{i}" for i in range(1, 7)]
    rows[2] = rows[2].replace("7,3", "7.3")
    (tmp_path / "a.csv").write_text(
        "study_id;domain;indicator;n_treat;mean_treat;sd_treat\n" + "\n".join(rows) + "\n"
    )
    for spec in ({}, {"decimal": ","}):
        told = read_sheets_of_kind("outcomes", [{"path": "a.csv"} | spec]).problems
        errors = [(p.cell, p.rule) for p in told if p.severity == "error"]
        assert errors == [("E4", "unreadable_cell")]
