"""Files that are no sheets, damaged, or meant as harm: a message, soon, and nothing else."""

import os
import tracemalloc
import zipfile

import pytest
from strataforest.errors import ReviewError
from strataforest.sheets.formats import archive, sheet_scan, workbook_parts
from strataforest.sheets.reading import read_grids
from workbook_examples import CONTENT, ods_bytes, write_xlsx, xlsx_parts, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
VALUE = "<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    review = tmp_path / "review"
    review.mkdir()
    monkeypatch.chdir(review)
    return review


def refused(path, **spec):
    """Return the one problem that a file is refused with."""
    with pytest.raises(ReviewError) as caught:
        read_grids({"path": path, **spec})
    (problem,) = caught.value.problems
    assert (problem.severity, problem.file) == ("error", path)
    return problem


def with_sheet(text):
    return xlsx_parts() | {SHEET: text.encode()}


def small_xlsx():
    return zipped(xlsx_parts(VALUE))


def sheet_of(cells):
    return zipped(xlsx_parts(f"<sheetData>{cells}</sheetData>"))


FILES = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \r\n\r\n", "the file is empty"),
    "PDF": (b"%PDF-1.7\n", "is a PDF"),
    "gzip": (b"\x1f\x8b\x08abc", "is compressed"),
    "picture": (b"\x89PNG\r\n\x1a\n", "is a picture"),
    "old workbook": (OLE, "old format (XLS)"),
    "encrypted workbook": (OLE + "EncryptedPackage".encode("utf-16-le"), "is encrypted"),
    "web page": (b"\n<!DOCTYPE html><table>", "is a web page"),
    "XML": (b'<?xml version="1.0"?><Workbook>', "is an XML file"),
    "binary": (b"a,b\n1,\x00\x01\n", "binary data"),
    "text document": (zipped({"word/document.xml": b"<a/>"}), "text document"),
    "binary workbook": (zipped({"xl/workbook.bin": b""}), "binary workbook"),
    "Numbers": (zipped({"Index/Document.iwa": b""}), "Numbers document"),
    "zipped sheets": (zipped({"outcomes.csv": b"a,b"}), "archive of files"),
    "some zip": (zipped({"x": b""}), "without a workbook"),
    "truncated": (small_xlsx()[:-300], "cannot be read"),
    "first half": (small_xlsx()[: len(small_xlsx()) // 2], "cannot be read"),
    "only the mark": (b"PK\x03\x04", "cannot be read"),
    "no sheet part": (zipped({k: v for k, v in xlsx_parts().items() if k != SHEET}), "no tabs"),
    "no styles of that name": (zipped({"xl/workbook.xml": b"<workbook/>"}), "lacks its part"),
    "broken XML": (zipped(with_sheet("<worksheet><sheetData>")), "cannot be read"),
    "unknown encoding": (zipped(with_sheet('<?xml version="1.0" encoding="x-1"?><a/>')), "x-1"),
    "entity bomb": (zipped(with_sheet(f"{BOMB}<worksheet>&b;</worksheet>")), "document type"),
    "outer entity": (zipped(with_sheet(f"{OUTSIDE}<worksheet>&a;</worksheet>")), "document type"),
    "entity in ODS": (zipped({"content.xml": BOMB + CONTENT.format("&b;")}), "document type"),
    "encrypted ODS": (
        ods_bytes("", **{"META-INF/manifest.xml": "<m:m xmlns:m='m'><m:encryption-data/></m:m>"}),
        "is encrypted",
    ),
    "no tables": (ods_bytes(""), "no tabs"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_sheet_is_said_to_be_none(folder, name):
    content, words = FILES[name]
    (folder / "sheet.xlsx").write_bytes(content)
    problem = refused("sheet.xlsx")
    assert words in problem.problem
    assert problem.expected
    assert [path.name for path in folder.iterdir()] == ["sheet.xlsx"]


def test_a_damaged_byte_is_noticed(folder):
    with zipfile.ZipFile(folder / "x", "w", zipfile.ZIP_STORED) as file:
        for name, content in xlsx_parts(VALUE).items():
            file.writestr(name, content)
    raw = (folder / "x").read_bytes().replace(b"<v>1</v>", b"<v>2</v>")
    (folder / "x").write_bytes(raw)
    assert "cannot be read" in refused("x").problem


@pytest.mark.parametrize(
    ("cells", "cell", "words"),
    [
        ('<row r="3"><c r="B3" t="s"><v>7</v></c></row>', "B3", "text that is not there"),
        ('<row r="3"><c r="B3"><v>seven</v></c></row>', "B3", "'seven' stands as a number"),
        ('<row r="3"><c r="B0"><v>7</v></c></row>', "", "a cell at 'B0'"),
        ('<row r="3"><c r="7"><v>7</v></c></row>', "", "a cell at '7'"),
        (f'<row r="3"><c r="B{"9" * 5000}"><v>7</v></c></row>', "", "a cell at 'B999"),
        ('<row r="300000"><c r="A300000"><v>7</v></c></row>', "A300000", "larger than"),
        ('<row r="3"><c r="XFD3"><v>7</v></c></row>', "XFD3", "larger than"),
        (
            '<row r="1"><c r="AAA1"><v>7</v></c></row>'
            '<row r="150000"><c r="A150000"><f/></c></row>',
            "AAA150000",
            "larger than",
        ),
    ],
)
def test_a_cell_that_cannot_be_is_named(folder, cells, cell, words):
    (folder / "s.xlsx").write_bytes(sheet_of(cells))
    problem = refused("s.xlsx")
    assert words in problem.problem
    assert problem.tab == "Data"
    if cell:
        assert problem.cell == cell


def test_a_sheet_that_only_claims_to_be_large_is_read(folder):
    cells = '<dimension ref="A1:XFD1048576"/><cols><col min="1" max="16384" width="9"/></cols>'
    cells += '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row>'
    cells += '<row r="1048576" hidden="1"><c r="XFD1048576" s="0"/></row></sheetData>'
    cells += '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    (folder / "s.xlsx").write_bytes(zipped(xlsx_parts(cells)))
    (grid,) = read_grids({"path": "s.xlsx"})
    assert (grid.rows, grid.merged, grid.hidden_rows) == ([["1"]], (), frozenset())


def million_rows():
    return sheet_of("".join(f'<row r="{i}"><c><v>1</v></c></row>' for i in range(1, 1_000_001)))


CELL = '<table:table-cell office:value-type="float" office:value="1"{}/>'
ROW = '<table:table table:name="Data"><table:table-row{}>{}</table:table-row></table:table>'
ODS_BOMBS = {
    "rows": ROW.format(' table:number-rows-repeated="1048576"', CELL.format("")),
    "columns": ROW.format("", CELL.format(' table:number-columns-repeated="999999999"')),
    "both": ROW.format(
        ' table:number-rows-repeated="150000"',
        CELL.format(' table:number-columns-repeated="1500"'),
    ),
    "far column": ROW.format(
        "", '<table:table-cell table:number-columns-repeated="999999"/>' + CELL.format("")
    ),
    "spaces": ROW.format(
        "",
        '<table:table-cell office:value-type="string"><text:p>'
        + '<text:s text:c="999999999"/>' * 50
        + "</text:p></table:table-cell>",
    ),
    "long text, often": ROW.format(
        ' table:number-rows-repeated="150000"',
        '<table:table-cell office:value-type="string"><text:p>'
        + "long text " * 1000
        + "</text:p></table:table-cell>",
    ),
}


@pytest.mark.parametrize("name", ODS_BOMBS)
def test_what_is_repeated_without_bound_is_refused_in_little_memory(folder, name):
    (folder / "s.ods").write_bytes(ods_bytes(ODS_BOMBS[name]))
    tracemalloc.start()
    problem = refused("s.ods")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (problem.tab, problem.cell[-1]) == ("Data", "1")
    assert peak < 20_000_000


def test_a_million_rows_of_a_workbook_end_in_a_message(folder):
    (folder / "s.xlsx").write_bytes(million_rows())
    assert refused("s.xlsx").cell == "A200001"


def test_a_long_text_that_many_cells_share_is_refused(folder, monkeypatch):
    monkeypatch.setattr(sheet_scan, "MAX_CHARACTERS", 500_000)
    write_xlsx(folder / "s.xlsx", {"Data": [["long text " * 1000]] * 100})
    problem = refused("s.xlsx")
    assert (problem.cell, "larger than" in problem.problem) == ("A51", True)
    monkeypatch.setattr(workbook_parts, "MAX_SHARED_LENGTH", 1000)
    assert "very long text" in refused("s.xlsx", tab="Data").problem


def test_what_unpacks_beyond_the_limit_is_refused(folder, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1_000_000)
    (folder / "s.xlsx").write_bytes(sheet_of(" " * 2_000_000))
    assert "unpacks to more than 1,000,000 bytes" in refused("s.xlsx").problem


def test_sizes_that_the_file_declares_are_not_trusted(folder):
    """The part says that it is short; what follows its first bytes must reach no parser."""
    raw = zipped(xlsx_parts(VALUE + " " * 100_000))
    (folder / "s.xlsx").write_bytes(raw)
    with zipfile.ZipFile(folder / "s.xlsx") as file:
        size = file.getinfo(SHEET).file_size
    (folder / "s.xlsx").write_bytes(raw.replace(size.to_bytes(4, "little"), b"\x64\x00\x00\x00"))
    assert "cannot be read" in refused("s.xlsx").problem


def test_too_many_parts(folder, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 20)
    parts = xlsx_parts(VALUE) | {f"xl/media/{i}": b"" for i in range(30)}
    (folder / "s.xlsx").write_bytes(zipped(parts))
    assert "parts" in refused("s.xlsx").problem


def test_a_part_whose_name_leaves_the_archive_is_not_followed(folder):
    relations = (
        "<Relationships><Relationship Id='rId1' Type='x/comments' Target='../../../../secret.xml'/>"
        "<Relationship Id='rId2' Type='x/comments' Target='http://localhost/' "
        "TargetMode='External'/></Relationships>"
    )
    (folder.parent / "secret.xml").write_text("<comments/>")
    parts = xlsx_parts(VALUE) | {"xl/worksheets/_rels/sheet1.xml.rels": relations}
    (folder / "s.xlsx").write_bytes(zipped(parts | {"../../evil.xml": "x"}))
    (grid,) = read_grids({"path": "s.xlsx"})
    assert (grid.rows, grid.comments) == ([["1"]], {})
    assert {path.name for path in folder.parent.iterdir()} == {"review", "secret.xml"}


def test_a_link_out_of_the_review_is_refused(folder):
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "s.csv").write_text("study_id\nA\n")
    (folder / "linked.csv").symlink_to("../other/s.csv")
    (folder / "linked").symlink_to("../other")
    (folder / "loop.csv").symlink_to("loop.csv")
    for path in ("linked.csv", "linked/s.csv", "../other/s.csv"):
        assert "leads out of the review's folder" in refused(path).problem
    assert refused("loop.csv").problem
    (folder / "s.csv").write_text("study_id\nA\n")
    (folder / "inside.csv").symlink_to("s.csv")
    assert read_grids({"path": "inside.csv"})[0].rows == [["study_id"], ["A"]]


def test_what_is_no_file_at_all(folder):
    (folder / "sheets").mkdir()
    (folder / "sheets" / "outcomes.csv").write_text("a,b\n")
    os.mkfifo(folder / "pipe")
    (folder / "~$outcomes.xlsx").write_bytes(b"reader")
    assert "is a folder" in refused("sheets").problem
    assert "outcomes.csv" in refused("sheets").mend
    assert refused("sheets/outcome.csv").mend == "did you mean 'outcomes.csv'?"
    assert "no ordinary file" in refused("pipe").problem
    assert refused("~$outcomes.xlsx").mend == "name the sheet itself: outcomes.xlsx"
