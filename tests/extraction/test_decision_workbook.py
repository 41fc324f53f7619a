"""The workbook to decide in reads back as the file of decisions, whatever stands in it."""

import openpyxl
import pytest
from conftest import OUTCOMES, STUDIES
from strataforest.extraction.agreement import COLUMNS, agreement_rows
from strataforest.extraction.consequences import Consequence
from strataforest.extraction.tables import discrepancy_rows
from strataforest.extraction.workbook import write_workbook
from two_extractors import TwoExtractors, with_cells


@pytest.fixture
def review(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return TwoExtractors(tmp_path)


def write(review, name="decided.xlsx"):
    """Write the workbook as the workflow does, and return its rows."""
    extraction = review.adjudicate()
    rows = list(discrepancy_rows([Consequence(one) for one in extraction.discrepancies]))
    agreeing = list(agreement_rows(extraction.comparisons, 0, 0.95))
    assert all(set(row) == set(COLUMNS) for row in agreeing)
    write_workbook(name, rows, [], agreeing)
    return rows


def fill(review, decisions):
    """Fill in decisions by (study, column) and name the workbook."""
    book = openpyxl.load_workbook("decided.xlsx")
    tab = book["discrepancies"]
    at = {cell.value: cell.column for cell in tab[1]}
    for row in range(2, tab.max_row + 1):
        key = tab.cell(row, at["study_id"]).value, tab.cell(row, at["column"]).value
        tab.cell(row, at["decision"]).value = decisions.get(key)
    book.save("decided.xlsx")
    review.double["decisions"] = [{"path": "decided.xlsx"}]


def test_decisions_come_back_from_the_workbook(review):
    names = [("Ash2019", "007"), ("Birch2020", "=1+1"), ("Elm2022", "2022")]
    for kind in ("studies", "outcomes"):
        text = (review.folder / f"{kind}.csv").read_text(encoding="utf-8")
        for old, new in names:
            text = text.replace(old, new)
        review.write(f"{kind}.csv", text)
        if kind == "outcomes":
            changes = [(2, "mean_treat", "7.15"), (4, "n_treat", "56"), (13, "p_value", "<0.01")]
            review.second(kind, with_cells(text, *changes, (6, "timepoint_weeks", "0.1")))
    rows = write(review)
    assert len(rows) == 5
    tab = openpyxl.load_workbook("decided.xlsx")["discrepancies"]
    assert {cell.data_type for line in tab.iter_rows() for cell in line} <= {"s", "n"}
    fill(
        review,
        {
            ("007", "mean_treat"): 7.12,
            ("=1+1", "n_treat"): "second",
            ("Fir2023", "p_value"): "<0.02",
            ("2022", "row"): "second",
        },
    )
    sheet = review.adjudicate().sheets["outcomes"]
    assert [p.problem for p in sheet.problems if p.severity != "note"] == []
    found = {(r["study_id"], r["domain"], r["indicator"]): r for r in sheet.rows}
    assert found["007", "glycemic", "hba1c"]["mean_treat"] == "7.12"
    assert (
        "mean_treat=decided.xlsx!discrepancies!"
        in found["007", "glycemic", "hba1c"]["source_cells"]
    )
    assert found["=1+1", "glycemic", "hba1c"]["n_treat"] == "56"
    assert found["Fir2023", "knowledge", "quiz"]["p_value"] == "<0.02"
    # One row left out and one added: the other extractor's week.
    weeks = [r["timepoint_weeks"] for r in sheet.rows if r["study_id"] == "2022"]
    assert sorted(weeks) == ["0.1", "12"]


def test_the_list_is_found_among_the_tabs_however_short_it_is(review):
    review.second("studies", STUDIES.replace("Elm2022,2022", "Elm2022,2021"))
    assert len(write(review)) == 1
    fill(review, {("Elm2022", "year"): "second"})
    rows = review.adjudicate().sheets["studies"].rows
    (row,) = [row for row in rows if row["study_id"] == "Elm2022"]
    assert row["year"] == "2021"


def test_the_same_list_gives_the_same_bytes(review):
    review.second("outcomes", with_cells(OUTCOMES, (2, "mean_treat", "7.15")))
    write(review, "one.xlsx")
    write(review, "other.xlsx")
    assert (review.folder / "one.xlsx").read_bytes() == (review.folder / "other.xlsx").read_bytes()


def test_without_a_difference_there_is_an_empty_list(review):
    assert write(review) == []
    tab = openpyxl.load_workbook("decided.xlsx")["discrepancies"]
    assert "decision" in [cell.value for cell in tab[1]]
    assert tab.max_row == 1
