"""One definition, four formats: read back by parsers of their own, every cell is the same."""

import hashlib
import re
import zipfile

import pytest
from strataforest.tables.publication import (
    Column,
    Group,
    Publication,
    flat,
    is_wide,
    plain,
    widths,
)
from strataforest.tables.typeset.markup import as_html, as_tex
from strataforest.tables.typeset.word import TEXT, write_docx
from strataforest.tabular import FORMULA_STARTS, read_rows, write_rows
from table_examples import Cells, csv_cells, docx_rows, plain_table, rows_of, tex_rows

SIZES = (1, 3, 12, 60)


def alike(rows):
    """Cells without what LaTeX writes its own way: minus, quotes, circumflex, narrow space."""
    forms = str.maketrans({"−": "-", "”": '"', "ˆ": "^", "\u202f": " "})
    return [[cell.translate(forms) for cell in row] for row in rows]


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("groups", [False, True])
def test_every_format_holds_the_cells_of_the_csv(tmp_path, k, groups):
    table = plain_table(rows_of(k), groups=groups and k > 1, spanner="Both & more")
    columns, rows = flat(table)
    write_rows(tmp_path / "x.csv", columns, rows)
    write_docx(tmp_path / "x.docx", "x", [table])
    first = 1 if groups and k > 1 else 0
    wanted = [list(row.values())[first:] for row in read_rows(tmp_path / "x.csv")]
    assert len(wanted) == k
    html = [[text for text, _ in row] for row in Cells(as_html(table)).rows]
    word, tex = docx_rows(tmp_path / "x.docx"), tex_rows(as_tex(table))
    for found in (html, word):
        assert [row for row in found if len(row) == len(table.columns)][1:] == wanted
    # The heading stands twice: once for the first page, once for those that follow.
    whole = [row for row in tex if len(row) == len(table.columns)][2:]
    assert alike(whole) == alike(wanted)
    if first:
        names = [plain(group.heading) for group in table.groups]
        assert [row[0] for row in html if len(row) == 1] == names
        assert [row[0] for row in word if len(row) == 1] == names
        assert [row[0] for row in tex if len(row) == 1 and row[0]] == names


def test_no_cell_is_markup(tmp_path):
    table = plain_table(rows_of(12), groups=True)
    page = Cells(as_html(table))
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "a", "iframe", "link"})
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert page.open == []
    assert page.notes == list(table.notes)
    tex = as_tex(table)
    # A row that begins with a bracket or a star would be an argument of the line break above it.
    assert not re.search(r"\\\\\*?\s*\n[\[*]", tex)
    assert r"\end{longtable}" in tex
    assert tex.count(r"\end{longtable}") == 1


def test_a_spreadsheet_runs_no_cell(tmp_path):
    table = plain_table(rows_of(12))
    write_rows(tmp_path / "x.csv", *flat(table))
    for row in csv_cells(tmp_path / "x.csv"):
        assert not [cell for cell in row if cell.startswith(FORMULA_STARTS)]


def test_html_says_what_a_heading_heads():
    page = Cells(as_html(plain_table(rows_of(12), groups=True, spanner="Both")))
    scopes = [attrs["scope"] for tag, attrs in page.tags if tag == "th"]
    assert scopes == ["colgroup", *["col"] * 4, "rowgroup", "rowgroup"]
    assert [sum(span for _, span in row) for row in page.rows] == [4] * len(page.rows)


def test_hebrew_and_arabic_have_the_size_of_the_rest(tmp_path):
    # Word keeps a size of its own for them; where it is not set they stand out at 10 or 12 points.
    write_docx(tmp_path / "x.docx", "x", [plain_table(rows_of(3))])
    with zipfile.ZipFile(tmp_path / "x.docx") as archive:
        styles = archive.read("word/styles.xml").decode("utf-8")
    for name in ("Normal", "heading 1", "caption", TEXT):
        (style,) = re.findall(
            rf'<w:style (?:(?!</w:style>).)*w:name w:val="{name}".*?</w:style>', styles, re.DOTALL
        )
        assert re.findall(r'w:sz w:val="(\d+)"', style) == re.findall(
            r'w:szCs w:val="(\d+)"', style
        )


def test_a_word_table_repeats_its_heading_and_keeps_rows_whole(tmp_path):
    write_docx(tmp_path / "x.docx", "x", [plain_table(rows_of(60), spanner="Both")])
    with zipfile.ZipFile(tmp_path / "x.docx") as archive:
        text = archive.read("word/document.xml").decode()
    assert text.count("<w:tblHeader") == 2
    assert text.count("<w:cantSplit") == 62
    assert "w:fldChar" not in text
    assert "w:fldSimple" not in text
    assert "w:hyperlink" not in text


@pytest.mark.parametrize("write", ["html", "tex", "docx"])
def test_the_same_table_has_the_same_bytes(tmp_path, write, monkeypatch):
    table, seen = plain_table(rows_of(12), groups=True), set()
    for year in (2001, 2031):
        monkeypatch.setattr("time.time", lambda year=year: (year - 1970) * 365.25 * 86400)
        monkeypatch.setattr("time.localtime", lambda *_, y=year: (y, 1, 1, 0, 0, 0, 0, 1, 0))
        if write == "docx":
            write_docx(tmp_path / "x.docx", "x", [table])
            content = (tmp_path / "x.docx").read_bytes()
        else:
            content = (as_html(table) if write == "html" else as_tex(table)).encode()
        seen.add(hashlib.sha256(content).hexdigest())
    assert len(seen) == 1


def test_a_table_without_rows_still_is_a_table(tmp_path):
    table = plain_table([])
    write_docx(tmp_path / "x.docx", "x", [table])
    assert len(docx_rows(tmp_path / "x.docx")) == 1
    assert [len(row) for row in Cells(as_html(table)).rows] == [4]
    assert [len(row) for row in tex_rows(as_tex(table))[:3]] == [1, 4, 4]


def test_columns_fit_a_page_whatever_they_hold():
    for k in SIZES:
        table = plain_table(rows_of(k), groups=k > 1)
        assert sum(widths(table)) <= 157
    columns = tuple(Column(f"Heading {i}") for i in range(12))
    text = "word " * 30
    table = Publication("x", "Table", "t", columns, (Group("", ((text,) * 12,)),))
    assert is_wide(table)
    assert sum(widths(table)) == pytest.approx(157)


def test_numbers_keep_their_narrow_space():
    assert plain("12\u202f345\n\tpeople\x85 ") == "12\u202f345 people"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1 cells, not 2"):
        Publication("x", "T", "t", (Column("a"), Column("b")), (Group("", (("1",),)),))
