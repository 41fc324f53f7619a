"""The same cells whatever the file: XLSX, ODS and text in every dress, against other writers."""

import csv
import datetime
import io
import os

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from strataforest.errors import ReviewError
from strataforest.sheets.reading import read_grids
from workbook_examples import ods_bytes, write_ods, write_xlsx, xlsx_parts, zipped


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(folder, raw, name="sheet", **spec):
    (folder / name).write_bytes(raw)
    return read_grids({"path": name, **spec})


def only(folder, raw, **spec):
    (grid,) = read(folder, raw, **spec)
    return grid


def refused(folder, raw, **spec):
    """Return the one problem that a file is refused with."""
    with pytest.raises(ReviewError) as caught:
        read(folder, raw, **spec)
    (problem,) = caught.value.problems
    assert (problem.severity, problem.file) == ("error", spec.get("name", "sheet"))
    return problem


def kinds(grid):
    return {(row, column): kind for (row, column), kind in grid.kinds.items()}


# Text as XML and CSV can hold it; a carriage return is a matter of the writer in each of them.
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n"), max_size=12
)
numbers = st.one_of(
    st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
)
tables = st.lists(st.lists(st.one_of(st.none(), texts, numbers), max_size=5), max_size=6)


def as_typed(value):
    return "" if value is None else value if isinstance(value, str) else f"{value:.12g}"


def trimmed(rows):
    """Return rows without the blank cells and rows at their ends."""
    rows = [list(row) for row in rows]
    for row in rows:
        while row and not row[-1]:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def as_csv(rows, delimiter, encoding):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([list(map(as_typed, row)) for row in rows])
    return file.getvalue().encode(encoding)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_one_table_in_every_format(tmp_path_factory, rows, delimiter, encoding):
    folder = tmp_path_factory.mktemp("t")
    write_xlsx(folder / "a.xlsx", {"Data": rows})
    write_ods(folder / "a.ods", {"Data": rows})
    (folder / "a.csv").write_bytes(as_csv(rows, delimiter, encoding))
    (folder / "b.csv").write_bytes(as_csv(rows, delimiter, "utf-8"))
    expected = trimmed([map(as_typed, row) for row in rows])
    for name in ("a.xlsx", "a.ods", "a.csv", "b.csv"):
        if (folder / name).stat().st_size < 3:
            continue
        spec = {"path": str(folder / name), "delimiter": delimiter}
        try:
            (grid,) = read_grids(spec)
        except ReviewError as error:
            # A text file that holds blanks only is empty.
            assert name.endswith("csv") and not (folder / name).read_text("utf-8", "ignore").strip()
            assert "empty" in str(error)
            continue
        assert trimmed(grid.rows) == expected, name


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_the_shortest_text_that_reads_back(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("t") / "a.xlsx"
    cells = "".join(f"<c><v>{value!r}</v></c>" for value in values)
    path.write_bytes(zipped(xlsx_parts(f"<sheetData><row>{cells}</row></sheetData>")))
    (grid,) = read_grids({"path": str(path)})
    assert list(map(float, grid.rows[0])) == values
    assert all(len(cell) <= len(repr(v)) for cell, v in zip(grid.rows[0], values, strict=True))


@pytest.mark.parametrize(
    ("value", "text"),
    [(7.59, "7.59"), (12.0, "12"), (7.0, "7"), (0.45, "0.45"), (-1e-7, "-1e-07"), ("007", "007")],
)
def test_a_number_and_a_text_of_digits(folder, value, text):
    write_xlsx(folder / "a.xlsx", {"Data": [[value]]})
    write_ods(folder / "a.ods", {"Data": [[value]]})
    assert [read_grids({"path": f"a.{s}"})[0].rows for s in ("xlsx", "ods")] == [[[text]]] * 2


def unusual_workbook(path):
    """A workbook as people keep them, by openpyxl."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Data"
    sheet["A1"] = "Extraction, second round"
    sheet.merge_cells("A1:D1")
    sheet["A3"], sheet["B3"] = "study", "share"
    sheet["A4"], sheet["B4"] = "Ash 2019", 0.455
    sheet["B4"].number_format = "0.0%"
    sheet["C4"], sheet["D4"] = datetime.date(2024, 1, 2), True
    sheet["A5"], sheet["B5"], sheet["C5"] = "Birch", "=1/0", datetime.datetime(2024, 1, 2, 3, 4, 5)
    sheet["D5"] = "#N/A"
    sheet["A6"], sheet["B6"] = "Cedar", 7
    sheet["B6"].number_format = '0" %"'
    sheet["B6"].comment = Comment("as in table 2", "reader")
    sheet["C6"] = datetime.time(12, 30)
    sheet.row_dimensions[5].hidden = True
    book.create_sheet("Empty")
    book.create_sheet("Lists").append(["yes", "no"])
    book.save(path)


def test_what_a_workbook_holds_beside_numbers(folder):
    unusual_workbook(folder / "a.xlsx")
    grid, empty, lists = read_grids({"path": "a.xlsx"})
    assert [g.tab for g in (grid, empty, lists)] == ["Data", "Empty", "Lists"]
    assert (empty.rows, lists.rows) == ([], [["yes", "no"]])
    assert grid.rows == [
        ["Extraction, second round", "", "", ""],
        ["", "", "", ""],
        ["study", "share", "", ""],
        ["Ash 2019", "0.455", "2024-01-02", "yes"],
        ["Birch", "", "2024-01-02 03:04:05", "#N/A"],
        ["Cedar", "7", "12:30:00", ""],
    ]
    assert grid.kinds == {
        (3, 1): "percent",
        (3, 2): "date",
        (3, 3): "boolean",
        (4, 1): "formula_without_value",
        (4, 2): "date",
        (4, 3): "error",
        (5, 2): "date",
    }
    assert grid.merged == ((0, 0, 0, 3),)
    assert grid.hidden_rows == {4}
    assert grid.comments == {(5, 1): "as in table 2"}
    assert (grid.decimal, grid.detected) == (".", {})


def test_formulas_by_their_cached_results(folder):
    with xlsxwriter.Workbook(folder / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_formula("A1", "=6.8+0.1", None, 6.9)
        sheet.write_formula("A2", '="a"&"b"', None, "ab")
        sheet.write_formula("A3", "=NA()", None, "#N/A")
        sheet.write_formula("A4", "=1=1", None, True)
        # Without a result xlsxwriter writes 0 and asks for the file to be calculated.
        sheet.write_formula("A5", "=6.8+0.1")
        sheet.write_rich_string("A6", "HbA", book.add_format({"font_script": 2}), "1c", " (%)")
    (grid,) = read_grids({"path": "a.xlsx"})
    assert [row[0] for row in grid.rows] == ["6.9", "ab", "#N/A", "yes", "", "HbA1c (%)"]
    assert grid.kinds == {(2, 0): "error", (3, 0): "boolean", (4, 0): "formula_without_value"}


def test_a_cached_zero_counts_where_the_file_was_calculated(folder):
    cells = '<sheetData><row r="1"><c r="A1"><f>1-1</f><v>0</v></c></row></sheetData>'
    parts = xlsx_parts(cells)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'fullCalcOnLoad="1"', b"")
    grid = only(folder, zipped(parts))
    assert (grid.rows, grid.kinds) == ([["0"]], {})


def test_cells_without_addresses_and_with_prefixes(folder):
    sheet = (
        "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>"
    )
    assert only(folder, zipped(xlsx_parts(sheet))).rows == [["1", "2"], ["3", ""]]
    parts = xlsx_parts('<sheetData><row r="2"><c r="B2" t="e"><v>#REF!</v></c></row></sheetData>')
    text = parts["xl/worksheets/sheet1.xml"].decode().replace("xmlns=", "xmlns:x=")
    for name in ("worksheet", "sheetData", "row", "c", "v"):
        text = text.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
        text = text.replace(f"</{name}>", f"</x:{name}>")
    grid = only(folder, zipped(parts | {"xl/worksheets/sheet1.xml": text.encode()}))
    assert (grid.rows[1], grid.kinds) == (["", "#REF!"], {(1, 1): "error"})


ODS_ROW = "<table:table-row{}>{}</table:table-row>"
ODS_TEXT = '<table:table-cell office:value-type="string">{}</table:table-cell>'
ODS_NUMBER = (
    '<table:table-cell office:value-type="{0}" office:{1}="{2}">'
    "<text:p>{3}</text:p></table:table-cell>"
)


def ods_table(*rows, name="Data"):
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


def test_what_an_open_document_holds_beside_numbers(folder):
    cells = [
        ODS_NUMBER.format("percentage", "value", "0.455", "45.5%"),
        ODS_NUMBER.format("date", "date-value", "2024-01-02", "2 Jan"),
        ODS_NUMBER.format("date", "date-value", "2024-01-02T03:04:05", "2 Jan"),
        ODS_NUMBER.format("time", "time-value", "PT12H30M00S", "12:30"),
        ODS_NUMBER.format("boolean", "boolean-value", "true", "WAHR"),
        ODS_NUMBER.format("currency", "value", "12.50", "€ 12.50"),
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p>'
        "</table:table-cell>",
        '<table:table-cell table:formula="of:=1+1"/>',
    ]
    texts = [
        ODS_TEXT.format('<text:p>a<text:s text:c="2"/>b<text:tab/>c</text:p><text:p>d</text:p>'),
        ODS_TEXT.format(
            "<text:p>one\n   <text:span>two</text:span> <text:a>three</text:a></text:p>"
        ),
        "<table:table-cell><office:annotation><text:p>a note</text:p></office:annotation>"
        "<text:p>noted</text:p></table:table-cell>",
        '<table:table-cell table:number-columns-spanned="3" table:number-rows-spanned="2">'
        "<text:p>Intervention</text:p></table:table-cell>",
    ]
    hidden = ' table:visibility="collapse"'
    rows = [ODS_ROW.format("", "".join(cells)), ODS_ROW.format(hidden, "".join(texts))]
    grid = only(
        folder,
        ods_bytes(ods_table(*rows, ODS_ROW.format("", ODS_TEXT.format("<text:p>x</text:p>")))),
    )
    assert grid.rows == [
        ["0.455", "2024-01-02", "2024-01-02 03:04:05", "12:30:00", "yes", "12.5", "#N/A", ""],
        ["a  b\tc\nd", "one two three", "noted", "Intervention", "", "", "", ""],
        ["x", *[""] * 7],
    ]
    found = ["percent", "date", "date", "date", "boolean", None, "error", "formula_without_value"]
    assert grid.kinds == {(0, i): kind for i, kind in enumerate(found) if kind}
    assert grid.merged == ((1, 3, 2, 5),)
    assert (grid.hidden_rows, grid.comments) == ({1}, {(1, 2): "a note"})


def test_repeated_cells_and_rows_are_written_out_and_blank_ones_skipped(folder):
    value = '<table:table-cell{} office:value-type="float" office:value="1"/>'
    twice = value.format(' table:number-columns-repeated="2"')
    far = '<table:table-cell table:number-columns-repeated="16000"/>'
    grid = only(
        folder,
        ods_bytes(
            ods_table(
                ODS_ROW.format(' table:number-rows-repeated="3"', far),
                ODS_ROW.format(' table:number-rows-repeated="2"', twice + far),
                ODS_ROW.format(' table:number-rows-repeated="1048571"', far),
            )
        ),
    )
    assert grid.rows == [["", ""]] * 3 + [["1", "1"]] * 2


def test_one_tab_is_asked_for(folder):
    unusual_workbook(folder / "a.xlsx")
    write_ods(folder / "a.ods", {"Data": [["a"]], "Lists": [["yes", "no"]]})
    for name in ("a.xlsx", "a.ods"):
        (grid,) = read_grids({"path": name, "tab": "Lists"})
        assert (grid.tab, grid.rows) == ("Lists", [["yes", "no"]])
        with pytest.raises(ReviewError, match=r"has no tab 'List'; .*Data.*did you mean 'Lists'"):
            read_grids({"path": name, "tab": "List"})
    (folder / "a.csv").write_text("a,b\n")
    with pytest.raises(ReviewError, match="no tab 'Data'"):
        read_grids({"path": "a.csv", "tab": "Data"})


def test_a_file_is_parsed_once_until_it_changes(folder):
    path = folder / "a.csv"
    path.write_text("a,b\n1,2\n")
    first = read_grids({"path": "a.csv"})[0]
    assert read_grids({"path": "a.csv", "columns": {"n": "b"}})[0] is first
    path.write_text("a,b\n1,3\n")
    os.utime(path, ns=(1, 1))
    assert read_grids({"path": "a.csv"})[0].rows[1] == ["1", "3"]


WESTERN = "study;country;n\nMüller 2020;Türkiye;12\nGarcía 2019;España – Sur;7\n"
CHINESE = "编号,作者,国家\n1,王伟 李娜,中国\n2,张三 刘洋,中国\n"


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (WESTERN, "utf-8", None),
        (WESTERN, "utf-8-sig", None),
        (WESTERN, "utf-16", "utf-16"),
        (WESTERN, "utf-16-le", "utf-16-le"),
        (WESTERN, "utf-16-be", "utf-16-be"),
        (WESTERN, "utf-32", "utf-32"),
        (WESTERN, "cp1252", "cp1252"),
        (CHINESE, "gb18030", "gb18030"),
    ],
)
def test_encodings_are_found_and_reported(folder, text, encoding, found):
    grid = only(folder, text.encode(encoding))
    assert grid.rows[1][1] == text.splitlines()[1].replace(",", ";").split(";")[1]
    assert grid.detected.get("encoding") == found


@pytest.mark.parametrize("text", ["a;b\nGüte;1\n", "study_id,year\nMüller 2019,2019\nPérez,2020\n"])
def test_a_few_accents_are_not_taken_for_another_script(folder, text):
    grid = only(folder, text.encode("latin-1"))
    assert grid.detected["encoding"] == "cp1252"
    assert any("Güte" in row or "Müller 2019" in row for row in grid.rows)


def test_a_declared_encoding_is_not_guessed_over(folder):
    grid = only(folder, "autor,n\nMüller,3\n".encode("cp850"), encoding="cp850")
    assert (grid.rows[1], grid.detected) == (["Müller", "3"], {})


def test_utf_8_with_a_damaged_byte_is_no_other_encoding(folder):
    raw = "study,n\nMüller,3\nGarcía,4\nPaño,5\n".encode().replace(b"\xc3\xad", b"\xc3")
    problem = refused(folder, raw)
    assert (problem.cell, "not utf-8" in problem.problem) == ("A3", True)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b;c\n1,5;2,5;x\n", 2),
        ('"Mean, SD";"n, all";c\n7,1;52;x\n7,4;49;"y, z"\n', 3),
        ("Review of texts, calls and apps, 2024\n\na;b;c\n1;2;3\n4;5;6\n", 5),
        ("sep=;\na;b;c\n1;2;3\n", 2),
        ("a\tb\tc\n1,5\t2,5\t3,5\n", 2),
        ("a|b|c\n1|2,5|3\n", 2),
        ('a,b,c\n1,"x; y; z",3\n2,"x; y",3\n', 3),
        ("platforms,b,c\nSMS;app;web,1,2\nSMS;app;web,3,4\n", 3),
    ],
)
def test_delimiters_are_found(folder, text, rows):
    grid = only(folder, text.encode())
    assert len(grid.rows) == rows
    assert len(grid.rows[-1]) == 3


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        ("4,05;x", ","),
        ("0,031;<0,05", ","),
        ("-1,7;12", ","),
        ("45,5%;12", ","),
        # 1,234 may be a thousand; of a mixed column the fewer are reported, cell by cell.
        ("1,234;12,345", "."),
        ("1,234;4,05", ","),
        ("4,05;1.5", "."),
        ("4,05;7,5\n1.5;2,5", ","),
        ("4.05;7.5\n1,5;2.5", "."),
        ("1,234,567;4,05", "."),
        ("4.05;12", "."),
        ("a, b;12", "."),
    ],
)
def test_decimal_commas_are_found_where_they_are_plain(folder, cells, decimal):
    grid = only(folder, f"a;b\n{cells}\n".encode())
    assert (grid.decimal, grid.detected.get("decimal")) == (
        decimal,
        "," if decimal == "," else None,
    )
    assert only(folder, f"a;b\n{cells}\n".encode(), decimal=".").decimal == "."


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_a_grid_or_a_message(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("t") / "sheet"
    path.write_bytes(raw)
    try:
        (grid,) = read_grids({"path": str(path)})
    except ReviewError as error:
        assert str(error)
    else:
        assert all(isinstance(cell, str) for row in grid.rows for cell in row)
