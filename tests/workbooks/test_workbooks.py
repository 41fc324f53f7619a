"""Workbooks that we write: same bytes, nothing that runs, names and texts that programs accept."""

import time
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest.workbooks import legal_tab_name, legal_text, number_or_text, open_workbook


def written(path, rows, style="plain"):
    with open_workbook(path) as book:
        tab = book.tab("Sheet")
        for row, values in enumerate(rows):
            tab.row(row, values, style)
    return openpyxl.load_workbook(path).worksheets[0]


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "=cmd|'/c calc'!A1", "+3", "-3", "@SUM(A1)", "\t=1", "{=1}"),
        *("http://a.org", "mailto:a@b.org", "internal:Sheet!A1", "external:c.xlsx", "#N/A", "007"),
    ],
)
def test_text_stays_text(tmp_path, text):
    sheet = written(tmp_path / "a.xlsx", [[text]])
    assert (sheet["A1"].value, sheet["A1"].data_type) == (text, "s")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        xml = file.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in xml
        assert "hyperlink" not in xml
        assert not [name for name in file.namelist() if "external" in name.lower()]


def test_values_keep_their_type(tmp_path):
    row = [1.5, 12, True, False, None, "", float("nan"), float("inf"), 10**15, "x"]
    sheet = written(tmp_path / "a.xlsx", [row])
    values = [cell.value for cell in sheet[1]]
    # A number of more than 15 digits would lose some of them.
    expected = [1.5, 12, "yes", "no", None, None, None, "inf", "1000000000000000", "x"]
    assert values == expected


def test_the_same_calls_give_the_same_bytes_whenever(tmp_path, monkeypatch):
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2_000_000_000))
    written(tmp_path / "a.xlsx", [["a", 1]], "heading")
    monkeypatch.undo()
    written(tmp_path / "b.xlsx", [["a", 1]], "heading")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        assert {info.date_time[0] for info in file.infolist()} == {1980}
        assert b"2000-01-01T00:00:00Z" in file.read("docProps/core.xml")


def test_nothing_is_written_where_the_body_fails(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"the last good one")
    with pytest.raises(ZeroDivisionError), open_workbook(path):
        raise ZeroDivisionError
    assert path.read_bytes() == b"the last good one"
    assert [file.name for file in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_full_disk_names_the_file(tmp_path):
    (tmp_path / "a.xlsx.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left on device.*a\.xlsx"):
        written(tmp_path / "a.xlsx", [["a"]])


@given(st.text(st.characters(), max_size=40))
def test_any_text_is_legal_xml_and_comes_back(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    sheet = written(path, [[text or "x"]])
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            ElementTree.fromstring(file.read(name))
    # XML has one kind of line end.
    expected = legal_text(text or "x").replace("\r\n", "\n").replace("\r", "\n")
    found = sheet["A1"].value.replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n")
    assert found.strip() == expected.strip()


def test_long_texts_are_cut_where_spreadsheets_count():
    assert legal_text("x" * 32_767) == "x" * 32_767
    assert legal_text("x" * 32_768) == "x" * 32_766 + "…"
    # An emoji takes two places.
    assert len(legal_text("😀" * 20_000).encode("utf-16-le")) // 2 <= 32_767


@given(st.lists(st.text(max_size=60), max_size=6))
def test_tab_names_are_legal_and_differ(names):
    taken = []
    for name in names:
        taken.append(legal_tab_name(name, taken))
    assert len({name.lower() for name in taken}) == len(names)
    for name in taken:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.strip("'") == name
        assert name.lower() != "history"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("7.10", 7.1), ("-3", -3), ("0", 0), ("-0", "-0"), ("007", "007"), ("1e5", "1e5")),
        *(("4,05", "4,05"), ("1.", "1."), ("٣", "٣"), ("1234567890123456", "1234567890123456")),
    ],
)
def test_only_what_prints_in_full_is_a_number(text, value):
    assert number_or_text(text) == value
    assert type(number_or_text(text)) is type(value)


def test_a_number_keeps_its_decimals(tmp_path):
    with open_workbook(tmp_path / "a.xlsx") as book:
        book.tab("Sheet").as_typed(0, 0, "7.10")
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").active["A1"]
    assert (cell.value, cell.number_format) == (7.1, "0.00")


def test_links_stay_inside_even_with_an_apostrophe(tmp_path):
    with open_workbook(tmp_path / "a.xlsx") as book:
        one, other = book.tab("O'Brien"), book.tab("o'brien")
        other.link(0, 0, one.name, "B7", "there")
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[1]["A1"]
    assert cell.hyperlink.location == "'O''Brien'!B7"
    assert cell.hyperlink.target is None
