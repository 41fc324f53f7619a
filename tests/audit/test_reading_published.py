"""Sheets of published numbers: digits stay as printed, and what is wrong is named at its cell."""

import csv

import pytest
import read_published
import xlsxwriter
from strataforest.errors import ReviewError
from strataforest.sheets.columns import VOCABULARY, Column, Unreadable, parse
from strataforest.tabular import read_rows

PRINTED, P_VALUE = Column("x", "printed", ""), Column("p", "printed_p", "")
DOMAINS = {"glycemic": {"label": "Glycemic control"}, "knowledge": {"label": "Knowledge"}}
GROUPING = {"domain": ["domain"], "by_country": ["domain", "country"]}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that reads a sheet of published numbers: its rows, or its problems."""
    monkeypatch.chdir(tmp_path)

    def run(text="", path="published.csv", **spec):
        if text:
            (tmp_path / path).write_text(text, encoding="utf-8")
        specs = [{"path": path} | spec]
        try:
            read_published.main(specs, DOMAINS, GROUPING, "out.csv", "problems.csv")
        except ReviewError as error:
            return error.problems
        return read_rows("out.csv")

    return run


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1.00", "1.00"),
        ("0.10", "0.10"),
        ("−0.70", "-0.70"),
        ("–0.7", "-0.7"),
        ("+0.3", "0.3"),
        (".05", "0.05"),
        ("85.2%", "85.2"),
        ("85.20 %", "85.20"),
        ("1.5e-3", "0.0015"),
        ("NE", ""),
        ("—", ""),
        ("NR", ""),
    ],
)
def test_a_printed_number_keeps_its_digits(typed, kept):
    assert parse(PRINTED, typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0.030", "0.030"),
        ("<0.001", "<0.001"),
        ("p < .05", "<0.05"),
        ("P = 0.04", "0.04"),
        ("≤0.05", "<0.05"),
        ("> 0.9", ">0.9"),
        ("0.000", "0.000"),
        ("1.00", "1.00"),
    ],
)
def test_a_printed_p_keeps_its_digits_and_its_sign(typed, kept):
    assert parse(P_VALUE, typed) == kept


REFUSED = ["large", "0.2 to 0.4", "0,5", "1_000", "nan", "1e40", "٣", "0x1"]


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_printed_number_is_refused(typed):
    with pytest.raises(Unreadable):
        parse(PRINTED, typed)


@pytest.mark.parametrize("typed", ["5%", "1.2", "-0.1", "<0", "significant", "<", "n.s."])
def test_what_is_no_p_is_refused(typed):
    with pytest.raises(Unreadable):
        parse(P_VALUE, typed)


def test_decimal_commas_are_read_where_the_sheet_has_them(read):
    (row,) = read("domain;estimate;ci_low;p_value\nglycemic;−0,70;−1,00;<0,001\n", decimal=",")
    assert (row["estimate"], row["ci_low"], row["p_value"]) == ("-0.70", "-1.00", "<0.001")


def test_a_row_keeps_its_cells_and_a_label_becomes_the_domains_name(read):
    (row,) = read("Domain,Estimate,CI low,source\nGlycemic Control,0.50,0.10,p. 4\n")
    assert (row["domain"], row["estimate"], row["source"]) == ("glycemic", "0.50", "p. 4")
    assert row["source_file"] == "published.csv"
    assert row["source_row"] == "2"
    assert "estimate=B2;ci_low=C2" in row["source_cells"]


def test_choices_come_back_as_the_vocabulary_has_them(read):
    rows = read("measure,preset,loo_measure,estimate\nlogrr,Metafor,smd,0.1\nRr,STATA16,,0.2\n")
    assert [row["measure"] for row in rows] == ["logRR", "RR"]
    assert [row["preset"] for row in rows] == ["metafor", "stata16"]
    assert rows[0]["loo_measure"] == "SMD"


def test_quantities_have_one_name(read):
    rows = read(
        "quantity,value\nFull texts assessed,345\nrob D1 some concerns,19\nROB_overall_high,0\n"
    )
    names = ["reports_assessed", "rob_d1_some_concerns", "rob_overall_high"]
    assert [row["quantity"] for row in rows] == names


def test_workbooks_hold_numbers_and_percent_cells(read, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet, percent = book.add_worksheet("numbers"), book.add_format({"num_format": "0.0%"})
        sheet.write_row(0, 0, ["domain", "estimate", "ci_low", "i2", "decimals", "p_value"])
        sheet.write_row(1, 0, ["knowledge", 1, -0.5])
        sheet.write_number(1, 3, 0.852, percent)
        sheet.write_row(1, 4, [2, "<0.001"])
    (row,) = read(path="book.xlsx")
    cells = {name: row[name] for name in ("estimate", "ci_low", "i2", "decimals", "p_value")}
    assert cells == {
        "estimate": "1",
        "ci_low": "-0.5",
        "i2": "85.2",
        "decimals": "2",
        "p_value": "<0.001",
    }
    assert row["source_tab"] == "numbers"
    assert read_rows("problems.csv") == []


MISTAKES = """\
analysis,domain,measure,k,estimate,ci_low,p_value,preset,quantity,value,percent,level,decimals
domain,glycemic,SMD,three,0.5,0.1 to 0.9,0.04,stata17,,,,,
,,,,,,,,,12,,,
,,,,,,,,screend,12,,,
,,,,,,,,records_screened,,,,
,,,,,,,,,,17.4,,
domain,knowledge,SMD,,,,,,,,,,
domain,knowledge,,,0.5,,,,,,,95,
domain,knowledge,,,0.5,,,,,,,0.3,40
"""


def test_all_mistakes_are_named_at_once_at_their_cells(read):
    problems = read(MISTAKES)
    told = {p.cell: f"{p.problem}; {p.expected}; {p.mend}" for p in problems}
    assert all(p.file == "published.csv" and p.severity == "error" for p in problems)
    wanted = {
        "D2": "a number",
        "F2": "put each limit of an interval into its own column",
        "H2": "did you mean 'stata16'?",
        "J3": "quantity is empty",
        "I4": "did you mean 'records_screened'?",
        "I5": "has no value",
        "K6": "quantity is empty",
        "L8": "a number from 0 to 1",
        "L9": "above 0.5 and below 1",
        "M9": "at most 15",
    }
    for cell, words in wanted.items():
        assert words in told.pop(cell)
    # A row with nothing to check has no cell of its own to name: its first.
    assert list(told) == ["A7"]
    assert "prints nothing that could be checked" in told["A7"]
    assert len(read_rows("problems.csv")) == len(problems)


def test_a_share_of_anything_may_be_checked(read, capsys):
    rows = read("quantity,value,of,percent\nwomen,12,50,24\nrecords screend,10,20,50\n")
    assert [row["quantity"] for row in rows] == ["women", "records screend"]
    told = capsys.readouterr().err
    assert "A3: quantity is 'records screend'" in told and "did you mean" in told
    assert "women" not in told  # a note, which the list of problems holds
    assert [row["severity"] for row in read_rows("problems.csv")] == ["warning", "note"]


def test_unknown_names_are_warnings_and_unknown_columns_are_kept(read, capsys):
    rows = read("analysis,domain,country,estimat,k\ndomian,Sleep,Chad,0.5,3\n")
    assert (rows[0]["country"], rows[0]["estimat"]) == ("Chad", "0.5")
    problems = read_rows("problems.csv")
    warned = {p["rule"]: p["mend"] for p in problems if p["severity"] == "warning"}
    assert warned["unknown_analysis"] == "did you mean 'domain'?"
    assert "rows of the same name" in warned["unknown_domain"]
    # The estimate would go unchecked; country groups the strata of an analysis: nothing is said.
    loud = [(p["cell"], p["mend"]) for p in problems if p["rule"] == "misspelt_heading"]
    assert loud == [("D1", "did you mean 'estimate'?")]
    assert not [p for p in problems if p["severity"] == "note"]
    told = capsys.readouterr().err
    assert "published.csv B2" in told and "published.csv D1" in told


def test_a_missing_file_and_an_empty_sheet_are_named(read):
    (missing,) = read(path="none.csv")
    assert missing.file == "none.csv"
    (empty,) = read("domain,estimate\n")
    assert "no rows" in empty.problem


def test_formulas_in_a_sheet_are_text_in_what_we_write(read, tmp_path):
    read('domain,k,source,note\nknowledge,3,"=HYPERLINK(""x"")",@now\n')
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["source"].startswith("'=")
    assert row["note"].startswith("'@")


def test_every_column_of_the_vocabulary_is_read(read):
    filled = {"choice": lambda c: c.choices[0], "printed": lambda c: "0.50", "count": lambda c: "3"}
    filled |= {"printed_p": lambda c: "0.020", "fraction": lambda c: "0.9", "text": lambda c: "x"}
    columns = {c.name: filled[c.kind](c) for c in VOCABULARY["published"]}
    columns |= {"quantity": "records_screened", "domain": "knowledge", "analysis": "domain"}
    (row,) = read(f"{','.join(columns)}\n{','.join(columns.values())}\n")
    assert {name: row[name] for name in columns} == columns
