"""Warnings that a team lets stand: told with the reason, counted, and stale ones noticed."""

import json

import pytest
from strataforest.errors import Problem, ReviewError, report
from strataforest.sheets.acknowledged import acknowledge


def row(number, study="Ash2019", indicator="hba1c", reason="", file="outcomes.csv", tab=""):
    return {
        **{"study_id": study, "indicator": indicator, "acknowledged": reason},
        **{"source_file": file, "source_tab": tab, "source_row": number, "source_cells": ""},
    }


def warning(cell, rule="large_effect", file="outcomes.csv", tab="", severity="warning"):
    return Problem(severity, file, tab, cell, f"seen at {cell}", rule=rule)


def reasons(problems):
    return {
        (p.severity, p.cell): p.acknowledged for p in problems if not p.rule.startswith("stale")
    }


def stale(problems):
    return [p for p in problems if p.rule == "stale_acknowledgement"]


def test_a_reason_in_the_sheet_covers_the_warnings_of_its_row_only():
    rows = [row("2", reason="checked with the authors"), row("3"), row("2", file="other.csv")]
    found = [warning("H2"), warning("K2", "p"), warning("H3"), warning("H2", file="other.csv")]
    told = acknowledge(found, rows)
    assert [p.acknowledged for p in told] == ["checked with the authors"] * 2 + ["", ""]
    assert not stale(told)


def test_errors_and_notes_cannot_be_acknowledged():
    found = [warning("H2", severity="error"), warning("I2", severity="note")]
    declared = [{"cell": "H2", "file": "outcomes.csv", "reason": "no"}]
    told = acknowledge(found, [row("2", reason="no")], declared)
    assert set(reasons(told).values()) == {""}
    assert len(stale(told)) == 2


@pytest.mark.parametrize(
    ("entry", "cells"),
    [
        ({"study_id": "Ash2019"}, {"H2", "K2"}),
        ({"study_id": "Ash2019", "rule": "p"}, {"K2"}),
        ({"indicator": "fbg"}, {"H3"}),
        ({"study_id": "Ash2019", "indicator": "fbg"}, set()),
        ({"file": "outcomes.csv", "cell": "H3"}, {"H3"}),
        ({"file": "sheets/outcomes.csv", "cell": "H3"}, set()),
        ({"study_id": "Ash"}, set()),
    ],
)
def test_all_that_an_entry_gives_must_fit(entry, cells):
    rows = [row("2"), row("3", study="Birch2020", indicator="fbg")]
    found = [warning("H2"), warning("K2", "p"), warning("H3")]
    told = acknowledge(found, rows, [entry | {"reason": "known"}])
    assert {p.cell for p in told if p.acknowledged == "known"} == cells
    assert len(stale(told)) == (not cells)


def test_a_file_is_named_with_or_without_its_folder():
    found = [warning("H2", file="sheets/outcomes.csv")]
    declared = [{"file": "outcomes.csv", "cell": "H2", "reason": "known"}]
    assert acknowledge(found, [], declared)[0].acknowledged == "known"


def test_two_reasons_are_both_told():
    declared = [{"study_id": "Ash2019", "reason": "config says"}]
    told = acknowledge([warning("H2")], [row("2", reason="sheet says")], declared)
    assert told[0].acknowledged == "sheet says; config says"


def test_a_record_of_two_rows_is_covered_in_both():
    one = row("2;5", reason="arms differ")
    told = acknowledge([warning("H5")], [one])
    assert told[0].acknowledged == "arms differ"
    assert not stale(told)


def test_a_stale_entry_names_the_nearest_rule():
    told = acknowledge(
        [warning("H2")], [row("2")], [{"study_id": "Ash2019", "rule": "large_efect", "reason": "x"}]
    )
    assert (told[0].acknowledged, told[1].severity) == ("", "note")
    assert "did you mean 'large_effect'?" in str(told[1])


def test_a_stale_reason_in_a_sheet_is_told_at_its_cell():
    one = row("2", reason="was odd once") | {"source_cells": "acknowledged=Q2"}
    (note,) = acknowledge([], [one])
    assert (note.severity, note.cell) == ("note", "Q2")


def test_the_report_counts_acknowledged_warnings_and_shows_the_others():
    found = [*(warning(f"H{i}") for i in range(2, 5)), warning("A9", severity="note")]
    told = report(acknowledge(found, [row("2", reason="a"), row("3", reason="b")]))
    assert told.splitlines()[0].startswith("WARNING  outcomes.csv H4")
    assert told.splitlines()[-2] == "1 warning, 2 warnings acknowledged, 1 note"
    assert "H2" not in told


def test_the_report_groups_by_sheet_and_tab_and_cuts_long_lists():
    found = [warning(f"B{i}", tab="adults") for i in range(40, 10, -1)]
    found += [warning("C3", file="studies.csv"), warning("A2", tab="adults", severity="error")]
    lines = report(found, listing="results/problems.csv").splitlines()
    assert lines[0] == "outcomes.csv [adults]: 1 error, 30 warnings"
    assert lines[1].startswith("ERROR  outcomes.csv [adults] A2: seen")
    # In the order of the sheet, not of the alphabet.
    assert lines[2].startswith("WARNING  outcomes.csv [adults] B11:")
    assert lines[26] == "... and 6 more in results/problems.csv"
    assert lines[27:30] == ["", "studies.csv: 1 warning", lines[29]]
    assert lines[-2] == "1 error, 31 warnings"
    # Without a file that lists all, nothing is cut.
    assert len(str(ReviewError(found)).splitlines()) == len(lines) + 5


def test_what_a_cell_holds_cannot_drive_the_terminal():
    told = str(Problem("error", "a.csv", "", "A1", "it is '\x1b[2J\r\nERROR  b.csv'"))
    assert told.isprintable()


def test_a_run_with_acknowledgements(review):
    review.replace("outcomes.csv", "55,6.9,0.9", "55,6.9,0.05")
    entry = {"study_id": "Birch2020", "indicator": "hba1c", "reason": "SE of a subgroup"}
    review.configure(review.config | {"acknowledged": [entry]})
    run = review.built("--until", "read_sheets")
    assert "WARNING" not in run.output
    assert "warning acknowledged" in run.output or "warnings acknowledged" in run.output
    told = [p for p in review.problems() if p["cell"][1:] == "4"]
    assert {(p["severity"], p["acknowledged"]) for p in told} == {("warning", "SE of a subgroup")}
    assert not (review.folder / "results/harmonized/annotated_sheets.xlsx").exists()
    review.configure(review.config | {"acknowledged": []})
    run = review.built("--until", "read_sheets")
    assert "WARNING  outcomes.csv H4" in run.output
    assert (review.folder / "results/harmonized/annotated_sheets.xlsx").exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"study_id": "Ash2019"}, "reason"),
        ({"rule": "large_effect", "reason": "x"}, "give study_id, indicator, or file and cell"),
        ({"cell": "H4", "reason": "x"}, "file"),
        ({"study": "Ash2019", "reason": "x"}, "did you mean 'study_id'"),
    ],
)
def test_an_acknowledgement_says_which_warning_and_why(review, entry, words):
    review.configure(review.config | {"acknowledged": [entry]})
    run = review.run("-n")
    assert run.status == 1, json.dumps(entry)
    assert words in run.output
    assert "acknowledged" in run.output
    assert "Traceback" not in run.output
