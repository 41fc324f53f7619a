"""What is decided comes into the records with its address, and only for what it was decided on."""

import math

import pytest
from conftest import OUTCOMES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strataforest.extraction.consequences import Consequence
from strataforest.extraction.decisions import decide as decide_on
from strataforest.extraction.tables import DISCREPANCY_COLUMNS, discrepancy_rows
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.identity import cell_addresses, cell_place, with_cell
from strataforest.tabular import read_rows, write_rows
from two_extractors import DOMAINS, TwoExtractors, with_cells

SECOND = with_cells(
    OUTCOMES, (4, "mean_treat", "9.6"), (6, "sd_control", ""), (7, "p_value", "<0.01")
)


@pytest.fixture
def review(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    review = TwoExtractors(tmp_path)
    review.second("outcomes", SECOND)
    return review


def decide(review, **decisions):
    """Write the list as the workflow does, fill in the decisions by column, and name the file."""
    rows = [row | {} for row in discrepancy_rows([Consequence(one) for one in review.found()])]
    for row in rows:
        row |= {"decision": decisions.get(row["column"], ""), "decided_by": "AB"}
    write_rows(review.folder / "decided.csv", DISCREPANCY_COLUMNS, rows)
    review.double["decisions"] = [{"path": "decided.csv"}]
    return [row["column"] for row in rows]


def record(review, study):
    rows = review.adjudicate().sheets["outcomes"].rows
    return next(r for r in rows if (r["study_id"], r["domain"]) == (study, "glycemic"))


def problems(review, severities=("error", "warning")):
    found = review.adjudicate().sheets["outcomes"].problems
    return [p for p in found if p.severity in severities and "not decided" not in p.problem]


def test_undecided_cells_keep_the_first_value_and_are_counted_once_per_sheet(review):
    sheet = review.adjudicate().sheets["outcomes"]
    assert sheet.rows == review.read()["outcomes"].rows
    (warning,) = [p for p in sheet.problems if p.severity == "warning"]
    assert (warning.file, warning.cell) == ("outcomes.csv", "")
    assert "3 differences" in warning.problem
    review.double["undecided"] = "error"
    sheet = review.adjudicate().sheets["outcomes"]
    assert [p.problem for p in sheet.problems if p.severity == "error"] == [warning.problem]


def test_the_three_kinds_of_decision(review):
    decide(review, mean_treat="9.1", sd_control="first", p_value="second")
    birch, elm, fir = (record(review, name) for name in ("Birch2020", "Elm2022", "Fir2023"))
    assert birch["mean_treat"] == "9.1"
    line = [row["column"] for row in read_rows("decided.csv")].index("mean_treat") + 2
    assert cell_addresses(birch)["mean_treat"] == f"decided.csv!M{line}"
    assert cell_addresses(birch)["sd_treat"] == "H4"
    assert (elm["sd_control"], cell_addresses(elm)["sd_control"]) == ("1.1", "K6")
    assert (fir["p_value"], cell_addresses(fir)["p_value"]) == ("<0.01", "second_outcomes.csv!L7")
    assert problems(review) == []
    found = {one.column: one for one in review.found()}
    assert found["mean_treat"].decision == "9.1"
    assert found["mean_treat"].decided_at == ("decided.csv", "", f"M{line}")
    assert found["p_value"].decided_by == "AB"


def test_a_cell_decided_to_be_empty_has_no_value_and_no_address(review):
    decide(review, mean_treat="NR", sd_control="second")
    birch, elm = record(review, "Birch2020"), record(review, "Elm2022")
    assert (birch["mean_treat"], elm["sd_control"]) == ("", "")
    assert "mean_treat" not in cell_addresses(birch)
    assert "sd_control" not in cell_addresses(elm)


def test_a_value_the_column_cannot_hold_names_the_cell_of_the_decisions(review):
    columns = decide(review, mean_treat="9,1", sd_control="-1", p_value="0.02")
    found = {p.cell: p for p in problems(review)}
    lines = {name: f"M{columns.index(name) + 2}" for name in ("mean_treat", "sd_control")}
    assert set(found) == set(lines.values())
    assert all((p.file, p.severity) == ("decided.csv", "error") for p in found.values())
    assert "decimal point" in found[lines["mean_treat"]].expected
    assert "not negative" in found[lines["sd_control"]].expected
    assert "first, second" in found[lines["sd_control"]].expected


def test_a_decided_value_that_contradicts_its_row_names_the_cell_of_the_decisions(review):
    text = OUTCOMES.replace("p_value,note", "q1_treat,q3_treat").replace("<0.05,only a bound", ",")
    text = text.replace("second choice", "").replace("41,7.6,1.2,,", "41,7.6,1.2,7,8")
    review.write("outcomes.csv", text)
    review.second("outcomes", text.replace("1.2,7,8", "1.2,7.2,8"))
    assert decide(review, q1_treat="9") == ["q1_treat"]
    sheets = review.adjudicate().sheets
    found = check_review(sheets, DOMAINS, {}, {"domain": {"by": ["domain"]}})
    (problem,) = [p for p in found if "q1_treat is 9" in p.problem]
    assert (problem.severity, problem.file, problem.cell) == ("error", "decided.csv", "M2")


def test_a_decision_on_values_that_have_changed_is_not_applied(review):
    columns = decide(review, mean_treat="second", sd_control="second")
    review.second("outcomes", SECOND.replace("9.6", "6.6"))
    assert record(review, "Birch2020")["mean_treat"] == "6.9"
    (warning,) = problems(review)
    assert (warning.severity, warning.file) == ("warning", "decided.csv")
    assert warning.cell == f"M{columns.index('mean_treat') + 2}"
    assert "'6.9' and '9.6'" in warning.problem
    assert "'6.6'" in warning.expected
    one = next(one for one in review.found() if one.column == "mean_treat")
    assert (one.decision, one.value) == ("", "")
    assert "'second'" in one.remark
    # The other decision still holds.
    assert record(review, "Elm2022")["sd_control"] == ""


def test_a_decision_on_a_cell_that_no_longer_differs(review):
    decide(review, mean_treat="second")
    review.write("outcomes.csv", OUTCOMES.replace("55,6.9", "55,9.6"))
    assert problems(review) == []
    (note,) = problems(review, ("note",))
    assert "agree on mean_treat now: '9.6'" in note.problem
    review.write("outcomes.csv", OUTCOMES)
    review.second("outcomes", SECOND.replace("9.6", "6.9"))
    (warning,) = problems(review)
    assert "agree on mean_treat now: '6.9'" in warning.problem
    assert record(review, "Birch2020")["mean_treat"] == "6.9"


def test_decisions_on_nothing_and_twice_are_told(review):
    decide(review, mean_treat="first")
    text = (review.folder / "decided.csv").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if "mean_treat" in line and "first,AB" in line]
    other = line.replace("Birch2020", "Birch2021", 1)
    text += f"{line}\n{other}\n{line.replace('outcomes', 'outcome', 1)}\n"
    review.decide(text)
    found = problems(review)
    assert ["second decision" in p.problem for p in found if p.cell == "M5"] == [True]
    assert ["no sheet has (Birch2021" in p.problem for p in found if p.cell == "M6"] == [True]
    assert [p.mend for p in found if p.cell == "A7"] == ["did you mean 'outcomes'?"]


def test_numbers_may_have_come_back_in_a_spreadsheets_own_form(review):
    columns = decide(review, mean_treat="7,05")
    text = (review.folder / "decided.csv").read_text(encoding="utf-8")
    text = text.replace('"7,05"', "7.05").replace(",", ";").replace(".", ",").replace("csv", "csv")
    review.write("decided.csv", text.replace(",csv", ".csv").replace("6,9;", "6,90;"))
    review.double["decisions"] = [{"path": "decided.csv", "delimiter": ";", "decimal": ","}]
    assert problems(review) == []
    birch = record(review, "Birch2020")
    assert birch["mean_treat"] == "7.05"
    assert cell_addresses(birch)["mean_treat"] == f"decided.csv!M{columns.index('mean_treat') + 2}"


@given(st.lists(st.text(max_size=12), min_size=9, max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_whatever_stands_in_the_decisions_is_a_value_or_a_problem(review, texts):
    names = ("sheet", "study_id", "domain", "indicator", "timepoint_weeks", "column")
    names += ("first_value", "second_value", "decision")
    typed = dict(zip(names, texts, strict=True))
    right = {"sheet": "outcomes", "study_id": "Birch2020", "domain": "glycemic"}
    right |= {"indicator": "hba1c", "timepoint_weeks": "26", "metric": "post"}
    right |= {"column": "mean_treat", "first_value": "6.9", "second_value": "9.6"}
    blank = dict.fromkeys(c.name for c in VOCABULARY["decisions"])
    rows = [right | {"decision": typed["decision"]}, typed]
    found = list(review.found())
    comparisons = review.adjudicate().comparisons
    place = {"source_file": "d.csv", "source_tab": "", "source_cells": ""}
    rows = [
        {k: v or "" for k, v in (blank | row | place | {"source_row": str(i)}).items()}
        for i, row in enumerate(rows, 2)
    ]
    verdicts = decide_on(found, comparisons, rows)
    assert len(verdicts.discrepancies) == len(found)
    (one,) = [o for o in verdicts.discrepancies if o.column == "mean_treat"]
    if typed["decision"].strip() and not any(p.severity == "error" for p in verdicts.problems):
        assert one.decision and (one.value == "" or math.isfinite(float(one.value)))


def test_whole_rows(review):
    header, *rows = OUTCOMES.splitlines()
    extra = "Gum2024,knowledge,quiz,12,post,28,14,3,27,13,3,,"
    review.second("outcomes", "\n".join([header, *rows[:2], *rows[3:], extra]) + "\n")
    assert len(review.adjudicate().sheets["outcomes"].rows) == 12
    decide(review, row="first")
    assert len(review.adjudicate().sheets["outcomes"].rows) == 12
    decide(review, row="second")
    sheet = review.adjudicate().sheets["outcomes"]
    assert problems(review) == []
    assert "Birch2020|hba1c" not in {f"{r['study_id']}|{r['indicator']}" for r in sheet.rows}
    added = sheet.rows[-1]
    assert (added["study_id"], added["mean_treat"]) == ("Gum2024", "14")
    assert (added["source_file"], added["source_row"]) == ("second_outcomes.csv", "13")
    assert set(added) == set(sheet.columns)
    decide(review, row="7")
    assert {p.severity for p in problems(review)} == {"error"}
    assert len(problems(review)) == 2


def test_problems_of_the_second_extraction_stop_the_run(review):
    text = SECOND.replace("55,9.6,0.9", "55,about 9,0.9")
    review.second(
        "outcomes", text.replace("Cedar2021", "Ceder2021").replace("Ash2019,know", "Ash2019,knwo")
    )
    extraction = review.adjudicate()
    found = {p.cell: p for p in extraction.sheets["outcomes"].problems if p.severity == "error"}
    assert set(found) == {"G4", "A5", "B10"}
    assert {p.file for p in found.values()} == {"second_outcomes.csv"}
    assert found["A5"].mend == "did you mean 'Cedar2021'?"
    # With a cell that cannot be read nothing is compared: all others would look different.
    assert extraction.discrepancies == ()


def test_a_decisions_file_that_is_missing_or_no_list_is_an_error(review):
    review.double["decisions"] = [{"path": "nowhere.csv"}]
    assert [(p.severity, p.file) for p in problems(review)] == [("error", "nowhere.csv")]
    review.decide("a,b\n1,2\n")
    assert {(p.severity, p.file) for p in problems(review)} == {("error", "decided.csv")}


@pytest.mark.parametrize("file", ["b.csv", "b;G2=c!A1.csv", "50%3B.csv", "ü & ö.xlsx"])
@pytest.mark.parametrize("tab", ["", "a!b;c=D4"])
def test_an_address_in_another_sheet_reads_back_whatever_its_name(file, tab):
    row = {"source_file": "a.csv", "source_tab": "", "source_row": "2", "md": "1", "sd": "2"}
    row |= {"source_cells": "md=C2;sd=D2;x=y=E2"}
    other = with_cell(row, "md", "7", (file, tab, "G14"))
    addresses = cell_addresses(other)
    assert cell_place(other, addresses["md"]) == (file, tab, "G14")
    assert cell_place(other, addresses["sd"]) == ("a.csv", "", "D2")
    assert (addresses["x=y"], other["md"]) == ("E2", "7")
    # effects.csv joins the addresses of an effect by semicolons.
    joined = ";".join(addresses.values()).split(";")
    assert joined == list(addresses.values())
    assert with_cell(other, "md", "1", ("a.csv", "", "C2"))["source_cells"] == row["source_cells"]
