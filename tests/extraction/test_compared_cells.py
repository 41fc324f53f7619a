"""Which rows of two extractions belong together, and which of their cells differ."""

import pytest
from conftest import OUTCOMES, STUDIES
from hypothesis import given
from hypothesis import strategies as st
from strataforest.extraction.compare import agree
from strataforest.sheets.columns import VOCABULARY
from two_extractors import TwoExtractors, with_cells

COLUMNS = {column.name: column for column in (*VOCABULARY["outcomes"], *VOCABULARY["studies"])}


@pytest.fixture
def review(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return TwoExtractors(tmp_path)


def test_equal_sheets_have_no_discrepancy(review):
    review.second("studies", STUDIES)
    assert review.found() == []


def test_a_cell_that_differs_is_named_in_both_sheets(review):
    header, *rows = with_cells(OUTCOMES, (4, "mean_treat", "9.6")).splitlines()
    review.second("outcomes", "\n".join([header, *reversed(rows)]) + "\n")
    (one,) = review.found()
    assert (one.column, one.first, one.second) == ("mean_treat", "6.9", "9.6")
    assert one.first_at == ("outcomes.csv", "", "G4")
    assert one.second_at == ("second_outcomes.csv", "", "G11")
    assert one.identity[:4] == ("outcomes", "Birch2020", "glycemic", "hba1c")


def test_an_empty_cell_has_a_place_too(review):
    review.second("outcomes", with_cells(OUTCOMES, (4, "sd_treat", ""), (5, "p_value", "0.04")))
    found = {one.column: one for one in review.found()}
    assert (found["sd_treat"].first, found["sd_treat"].second) == ("0.9", "")
    assert found["sd_treat"].second_at[2] == "H4"
    assert found["p_value"].first_at[2] == "L5"


def test_remarks_and_prose_are_not_compared(review):
    review.second("outcomes", OUTCOMES.replace("second choice", "another remark"))
    text = STUDIES.replace("not randomised", "no control group")
    review.second("studies", text)
    assert review.found() == []


def test_prose_that_the_review_groups_by_is_compared(review):
    text = STUDIES.replace("eligibility_reason", "setting").replace("yes,\n", "yes,clinic\n")
    review.write("studies.csv", text)
    review.second("studies", text.replace("clinic", "home", 1))
    assert review.found() == []
    (one,) = review.adjudicate(named={"setting"}).discrepancies
    assert (one.kind, one.column, one.first, one.second) == ("studies", "setting", "clinic", "home")


@pytest.mark.parametrize(
    ("column", "one", "other", "same"),
    [
        ("platforms", "Chat;Mail", "mail; chat", True),
        ("platforms", "Chat", "Chat;Mail", False),
        ("country", "South  Korea", "south korea", True),
        ("eligible", "", "yes", True),
        ("eligible", "", "no", False),
        ("mean_treat", "0", "", False),
        ("p_value", "<0.05", "0.05", False),
        ("p_value", "0.030", "0.03", True),
        ("p_value", ">0.05", "<0.05", False),
    ],
)
def test_what_says_the_same(column, one, other, same):
    assert agree(COLUMNS[column], one, other, 0) is same
    assert agree(COLUMNS[column], other, one, 0) is same


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 0.99))
def test_the_tolerance_is_relative_and_symmetric(a, b, tolerance):
    column = COLUMNS["mean_treat"]
    same = agree(column, repr(a), repr(b), tolerance)
    assert same == agree(column, repr(b), repr(a), tolerance)
    assert same or abs(a - b) > tolerance * max(abs(a), abs(b))
    assert agree(column, repr(a), repr(a), 0)


def test_numbers_within_the_tolerance_are_no_discrepancy(review):
    review.second("outcomes", with_cells(OUTCOMES, (4, "mean_treat", "6.94"), (5, "n_treat", "90")))
    review.double["tolerance"] = 0.01
    assert [one.column for one in review.found()] == ["n_treat"]


def test_rows_pair_without_the_names_of_instruments_and_arms(review):
    header, *rows = OUTCOMES.splitlines()
    named = [header + ",instrument,arm_treat", *(f"{row},finger,texts" for row in rows)]
    review.write("outcomes.csv", "\n".join(named).replace("finger", "vein", 1) + "\n")
    other = "\n".join(named).replace("texts", "SMS") + "\n"
    review.second("outcomes", other)
    found = review.found()
    assert {one.column for one in found} == {"instrument", "arm_treat"}
    assert len([one for one in found if one.column == "arm_treat"]) == 12
    assert [(o.first, o.second) for o in found if o.column == "instrument"] == [("vein", "finger")]


def test_of_rows_that_share_a_key_the_most_alike_pair(review):
    twice = OUTCOMES + "Ash2019,glycemic,hba1c,12,post,90,6.1,0.8,91,6.6,0.7,,\n"
    review.write("outcomes.csv", twice)
    header, *rows = twice.splitlines()
    review.second("outcomes", "\n".join([header, rows[-1].replace("6.1", "6.2"), *rows[:-1]]))
    (one,) = review.found()
    assert (one.first, one.second, one.first_at[2]) == ("6.1", "6.2", "G14")


def test_rows_of_one_extractor_are_listed_with_the_probable_partner(review):
    second = with_cells(OUTCOMES, (4, "timepoint_weeks", "62"))
    review.second("outcomes", second.replace("Elm2022,glycemic", "Elm2022,knowledge"))
    found = review.found()
    assert [one.column for one in found] == ["row"] * 4
    first, elm, second, other = found
    assert first.first.startswith("n_treat 55, n_control 52") and not first.second
    assert first.first_at == ("outcomes.csv", "", "A4")
    assert "probably row 4 of second_outcomes.csv" in first.remark
    assert "timepoint_weeks '62' there, '26' here" in first.remark
    assert "domain 'knowledge' there, 'glycemic' here" in elm.remark
    assert not second.first and second.second_at == ("second_outcomes.csv", "", "A4")
    assert "probably row 6 of outcomes.csv" in other.remark


def test_a_row_without_any_likeness_has_no_partner(review):
    review.second("outcomes", OUTCOMES + "Gum2024,knowledge,quiz,12,post,20,3,1,21,2,1,,\n")
    (one,) = review.found()
    assert (one.column, one.remark) == ("row", "")
