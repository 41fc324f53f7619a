"""The annotated copy: every problem listed, and at its own cell of a copy of the sheet."""

import openpyxl
import pytest
from strataforest.errors import Problem
from strataforest.sheets.annotated import MAX_COPIED_CELLS, MAX_SHOWN, annotate
from strataforest.sheets.grid import Grid
from strataforest.sheets.harmonize import Sheet

ROWS = [
    ["Extraction of 2024"],
    ["study_id", "n_treat", "mean_treat", "note"],
    ["Ash2019", "40", "7.10", "=1+1"],
    ["007", "", "x", "fine"],
]


def error(cell, file="outcomes.csv", tab="", severity="error", **more):
    return Problem(severity, file, tab, cell, f"seen at {cell}", "a number", "mend it", **more)


def sheet(file="outcomes.csv", tab="", rows=ROWS, heading_row=2, **more):
    grid = Grid(file=file, tab=tab, rows=rows, **more)
    return Sheet("outcomes", grids=[grid], heading_rows={(file, tab): heading_row})


@pytest.fixture
def copy(tmp_path):
    def make(problems, *sheets):
        annotate(tmp_path / "a.xlsx", problems, sheets or [sheet()])
        return openpyxl.load_workbook(tmp_path / "a.xlsx")

    return make


def texts(tab):
    return [[cell.value for cell in row] for row in tab.iter_rows()]


def test_the_copy_has_the_same_cells_at_the_same_addresses(copy):
    book = copy([error("C4")])
    assert book.sheetnames == ["Problems", "outcomes"]
    tab = book["outcomes"]
    assert texts(tab) == [
        ["Extraction of 2024", None, None, None],
        ["study_id", "n_treat", "mean_treat", "note"],
        ["Ash2019", 40, 7.1, "=1+1"],
        ["007", None, "x", "fine"],
    ]
    assert tab["C3"].number_format == "0.00"
    assert tab["D3"].data_type == "s"
    assert tab.freeze_panes == "B3"


def test_a_bad_cell_is_coloured_and_says_why_by_severity(copy):
    found = [error("C4"), error("B4", severity="warning"), error("D4", severity="note")]
    tab = copy(found)["outcomes"]
    cells = {name: tab[name] for name in ("C4", "B4", "D4")}
    assert len({cell.fill.fgColor.rgb for cell in cells.values()}) == 3
    # Told apart without colours too.
    assert len({cell.border.left.style for cell in cells.values()}) == 3
    said = "ERROR: seen at C4\nExpected: a number\nTo mend: mend it"
    assert cells["C4"].comment.text == said
    assert cells["B4"].comment.text.startswith("WARNING: ")
    assert tab["A4"].comment is None
    assert tab["A4"].fill.fill_type is None


def test_several_problems_of_a_cell_and_its_own_comment_stand_together(copy):
    found = [error("C4", severity="warning"), error("C4")]
    tab = copy(found, sheet(comments={(3, 2): "from figure 2", (2, 0): "a pilot"}))["outcomes"]
    said = tab["C4"].comment.text
    assert said.index("ERROR") < said.index("WARNING") < said.index("from figure 2")
    assert tab["C4"].font.bold
    assert tab["A3"].comment.text == "a pilot"


def test_the_list_links_to_the_cells(copy):
    problems = [
        error("C4", "w.xlsx", "adults"),
        error("A3", "w.xlsx", "children"),
        error("", "gone.csv"),
        error("", "config", severity="warning"),
    ]
    sheets = [sheet("w.xlsx", name) for name in ("adults", "children", "unused")]
    book = copy(problems, *sheets)
    assert book.sheetnames == ["Problems", "w adults", "w children"]
    listing = book["Problems"]
    assert listing["A2"].value == "3 errors, 1 warning"
    rows = [row for row in listing.iter_rows(min_row=5) if row[0].value]
    assert [(r[0].value, r[1].value, r[2].value) for r in rows] == [
        ("error", "gone.csv", None),
        ("error", "w.xlsx [adults]", "C4"),
        ("error", "w.xlsx [children]", "A3"),
        ("warning", "config", None),
    ]
    links = [row[2].hyperlink.location for row in rows if row[2].hyperlink]
    assert links == ["'w adults'!C4", "'w children'!A3"]
    assert listing.freeze_panes == "A5"


def test_what_is_let_stand_is_listed_and_alone_makes_no_copy(tmp_path, copy):
    stands = error("B4", severity="warning", acknowledged="checked")
    book = copy([error("C4"), stands])
    row = [cell.value for cell in book["Problems"][6]]
    assert (row[0], row[6]) == ("warning, let stand", "checked")
    assert book["outcomes"]["B4"].comment.text.endswith("Let stand: checked")
    annotate(tmp_path / "a.xlsx", [stands, error("A1", severity="note")], [sheet()])
    assert not (tmp_path / "a.xlsx").exists()


def test_a_clean_run_imports_no_workbook_library(tmp_path):
    import subprocess
    import sys

    code = "import sys; from strataforest.sheets.annotated import annotate; "
    code += "annotate('a.xlsx', [], []); print('xlsxwriter' in sys.modules)"
    command = [sys.executable, "-c", code]
    scripts = next(path for path in sys.path if path.endswith("workflow/scripts"))
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": scripts}
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_a_large_sheet_is_copied_around_its_problems(copy):
    width = 50
    rows = [[f"h{i}" for i in range(width)]]
    rows += [["1"] * width for _ in range(MAX_COPIED_CELLS // width + 1)]
    tab = copy([error("B1000")], sheet(rows=rows, heading_row=1))["outcomes"]
    assert tab["B1000"].value == 1
    assert tab["B1000"].comment.text.startswith("ERROR")
    assert (tab["A1"].value, tab["C1000"].value, tab["A999"].value) == ("h0", 1, None)


def test_more_problems_than_anybody_reads_are_counted(copy):
    found = [error(f"A{i}") for i in range(3, 3 + MAX_SHOWN + 7)]
    listing = copy(found)["Problems"]
    assert listing["A2"].value == f"{MAX_SHOWN + 7} errors"
    assert listing.cell(listing.max_row, 1).value == "... and 7 more in problems.csv"


@pytest.mark.parametrize("cell", ["", "A0", "ZZZZ1", "XFE1", "A1048577", "A1:B2", "'x'!A1"])
def test_an_address_that_is_none_is_listed_without_link(copy, cell):
    assert copy([error(cell)])["Problems"]["C5"].hyperlink is None


def test_it_comes_with_a_failed_run_and_goes_with_the_mended_one(review):
    path = review.folder / "results/harmonized/annotated_sheets.xlsx"
    review.replace("outcomes.csv", "40,7.1,1.1", "40,x,1.1")
    run = review.run("--until", "read_sheets")
    assert run.status == 1
    assert f"{path.relative_to(review.folder)} shows the cells" in run.output
    tab = openpyxl.load_workbook(path)["outcomes"]
    assert "mean_treat is 'x'" in tab["G2"].comment.text
    first = path.read_bytes()
    assert review.run("--until", "read_sheets").status == 1
    assert path.read_bytes() == first
    review.replace("outcomes.csv", "40,x,1.1", "40,7.1,1.1")
    review.built("--until", "read_sheets")
    assert not path.exists()
