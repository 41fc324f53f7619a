"""Reading: cells keep their value and their address, whatever the file looks like."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strataforest.errors import ReviewError, nearest
from strataforest.sheets.columns import VOCABULARY, Column, parse
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.sheets.reading import column_letter, read_grids
from strataforest.tabular import read_rows, write_rows

NUMBER = Column("mean_treat", "number", "")
SIZE = Column("n_treat", "arm_size", "")
P = Column("p_value", "p_value", "")


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")]
)
def test_column_letters(index, letters):
    assert column_letter(index) == letters


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (NUMBER, " 7.10 ", "7.1"),
        (NUMBER, "−3", "-3"),
        (NUMBER, "1e-3", "0.001"),
        (NUMBER, "NA", ""),
        (NUMBER, "–", ""),
        (SIZE, "30.0", "30"),
        (P, "0.03", "0.03"),
        (P, "p = 0.03", "0.03"),
        (P, "P<0.001", "<0.001"),
        (P, "≤ 0.05", "<0.05"),
        (P, "> .05", ">0.05"),
        (Column("design", "choice", "", ("parallel", "cluster")), " Cluster", "cluster"),
        (Column("eligible", "choice", "", ("yes", "no")), "TRUE", "yes"),
        (Column("D1", "choice", "", ("some concerns",)), "Some  Concerns", "some concerns"),
        (Column("note", "text", ""), "NA", "NA"),
    ],
)
def test_cells_are_read_in_their_canonical_form(column, text, expected):
    assert parse(column, text) == expected


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        (NUMBER, "seven", "a number"),
        (NUMBER, "7,5", "decimal point"),
        (NUMBER, "1_000", "a number"),
        (NUMBER, "nan", "a number"),
        (NUMBER, "inf", "a number"),
        (NUMBER, "1e999", "ordinary size"),
        (SIZE, "999999999999", "at most 100,000,000"),
        (NUMBER, "٣", "a number"),
        (NUMBER, "7.1 (1.2)", "a number"),
        (SIZE, "1", "at least 2"),
        (SIZE, "30.5", "whole"),
        (Column("sd_treat", "non_negative", ""), "-1", "not negative"),
        (P, "0", "<0.001"),
        (P, "1.2", "p value"),
        (P, "n.s.", "a number"),
    ],
)
def test_what_a_cell_should_hold_is_said(column, text, message):
    with pytest.raises(ValueError, match=message):
        parse(column, text)


def test_decimal_commas_where_they_are_declared():
    assert parse(NUMBER, "7,5", decimal=",") == "7.5"
    with pytest.raises(ValueError, match="decimal comma"):
        parse(NUMBER, "7.512", decimal=",")


@given(st.floats(-1e12, 1e12))
def test_no_number_changes_on_the_way(value):
    # What is smaller than any reported number is refused, not rounded.
    assume(value == 0 or abs(value) >= 1e-30)
    assert float(parse(NUMBER, repr(value))) == value


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_a_message(text):
    for columns in VOCABULARY.values():
        for column in columns:
            try:
                assert isinstance(parse(column, text), str)
            except ValueError as error:
                assert str(error)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("latin-1", "latin-1")],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(tmp_path, monkeypatch, encoding, declared, delimiter):
    monkeypatch.chdir(tmp_path)
    text = delimiter.join(["study_id", "note"]) + "\n" + delimiter.join(["Müller", "é"]) + "\n"
    (tmp_path / "s.csv").write_bytes(text.encode(encoding))
    (grid,) = read_grids({"path": "s.csv", "encoding": declared})
    assert grid.rows == [["study_id", "note"], ["Müller", "é"]]


def sheet(tmp_path, monkeypatch, text, kind="studies", **spec):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    return read_sheets_of_kind(kind, [{"path": "s.csv", **spec}])


def test_rows_keep_the_number_a_spreadsheet_shows(tmp_path, monkeypatch):
    text = 'study_id,citation,year\n\nA,"two\nlines",2020\n,,\nB,x,2021\n'
    rows = sheet(tmp_path, monkeypatch, text).rows
    assert [row["source_row"] for row in rows] == ["3", "5"]
    assert rows[0]["source_cells"] == "study_id=A3;citation=B3;year=C3"


def test_a_teams_own_headings_values_and_constants(tmp_path, monkeypatch):
    text = "Review title\nAuthor (year);Better;Wochen\nA;1;12,5\n"
    read = sheet(
        tmp_path,
        monkeypatch,
        text,
        kind="outcomes",
        delimiter=";",
        decimal=",",
        header_row=2,
        columns={
            "study_id": "Author (year)",
            "higher_is_better": "Better",
            "timepoint_weeks": "Wochen",
        },
        values={"higher_is_better": {"1": True, "0": False}},
        constants={"domain": "glycemic", "indicator": "hba1c"},
    )
    assert read.problems == []
    (row,) = read.rows
    assert (row["study_id"], row["higher_is_better"], row["domain"]) == ("A", "yes", "glycemic")
    assert (row["timepoint_weeks"], row["source_cells"].split(";")[2]) == (
        "12.5",
        "timepoint_weeks=C3",
    )


def test_unknown_columns_are_kept_and_named(tmp_path, monkeypatch):
    read = sheet(tmp_path, monkeypatch, "study_id,dose\nA,high\n")
    assert read.rows[0]["dose"] == "high"
    assert [(p.severity, p.cell) for p in read.problems] == [("note", "B1")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("study_id\nMüller\nGarcía\n".encode().replace(b"\xc3\xad", b"\xc3"), "not utf-8"),
        (b'study_id,citation\nA,"never closed\n', "half-written"),
        (b"PK\x03\x04\x00\x00", "a whole workbook"),
        (b"a\x00b", "binary"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "cannot be read"),
    ],
)
def test_files_that_are_no_sheets(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.csv").write_bytes(content)
    with pytest.raises(ReviewError, match=message):
        read_grids({"path": "s.csv"})


def test_a_missing_file_lists_what_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies.csv").write_text("study_id\n")
    with pytest.raises(ReviewError, match=r"studies\.csv"):
        read_grids({"path": "study.csv"})


def test_a_million_rows_end_in_a_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.csv").write_text("study_id\n" + "A\n" * 1_000_000)
    with pytest.raises(ReviewError, match="larger than an extraction sheet"):
        read_grids({"path": "s.csv"})


def test_the_nearest_name_is_suggested():
    assert nearest("studyid", ["study_id", "domain"]) == "did you mean 'study_id'?"
    assert nearest("zzz", ["study_id"]) == ""


hostile = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=12
)


@given(st.lists(st.tuples(hostile, hostile), max_size=5))
def test_our_own_files_read_back_and_carry_no_live_formula(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    rows = [{"a": a, "b": b} for a, b in pairs]
    write_rows(path, ["a", "b"], rows)
    assert read_rows(path) == rows
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        for row in list(csv.reader(file))[1:]:
            for cell in row:
                if cell.startswith(("=", "+", "-", "@", "\t")):
                    float(cell)  # a plain number, never a formula
