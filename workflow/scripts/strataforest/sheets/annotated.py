"""A copy of the sheets for those who mend them: bad cells coloured, with comments, listed first."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from strataforest.errors import Problem, counted, is_open, spreadsheet_order
from strataforest.sheets.grid import Grid
from strataforest.sheets.harmonize import Sheet
from strataforest.workbooks import Tab, open_workbook

# A sheet with more cells than this is copied only where something was found, at its addresses.
MAX_COPIED_CELLS = 60_000
# What nobody reads through; the file of all problems holds the rest.
MAX_SHOWN = 1_000
MAX_FROZEN = 12

HEADINGS = ("Severity", "Sheet", "Cell", "What was seen", "What was expected", "How to mend it")
HEADINGS += ("Let stand because", "Rule")
WIDTHS = (10, 22, 8, 40, 28, 40, 22, 20)
HEADING_ROW = 3
ADVICE = (
    "Mend the cells in your own sheets, then run again: this copy is written anew by each run, and "
    "is gone once nothing is left to mend. Cells and colours: a thick border is an error (cannot "
    "be used), a dashed border a warning (hardly meant); each has a comment."
)

Cell = tuple[int, int]


def annotate(path: str | Path, problems: Sequence[Problem], sheets: Iterable[Sheet]) -> None:
    """Write an annotated copy of the tabs in which something is to be mended, as one workbook.

    Its first tab lists the problems with links to the cells; the others hold the same cells as the
    tabs of `sheets`, at the same addresses. Where no error and no open warning is left, the file is
    removed. Raises OSError where it cannot be written.
    """
    if not any(map(is_open, problems)):
        Path(path).unlink(missing_ok=True)
        return
    shown = sorted(problems, key=spreadsheet_order)[:MAX_SHOWN]
    touched = {(problem.file, problem.tab) for problem in shown if is_open(problem)}
    sheets = list(sheets)
    read = {(grid.file, grid.tab): grid for sheet in sheets for grid in sheet.grids}
    copied = {place: grid for place, grid in read.items() if place in touched}
    tops = {place: row for sheet in sheets for place, row in sheet.heading_rows.items()}
    with open_workbook(path) as book:
        listing = book.tab("Problems")
        names = {}
        for place, grid in copied.items():
            found = [problem for problem in shown if (problem.file, problem.tab) == place]
            name = _tab_name(grid, several=len(copied) > 1)
            names[place] = _copy(book.tab(name), grid, found, tops.get(place, 1))
        _list(listing, shown, names, problems)


def _list(tab: Tab, shown: Sequence[Problem], names: Mapping, problems: Sequence[Problem]) -> None:
    """Write the tab of the `shown` of all problems, each with a link to its cell."""
    tab.widths(WIDTHS)
    tab.cell(0, 0, "Problems in the sheets", "title")
    tab.cell(1, 0, counted(problems))
    tab.paragraph(2, ADVICE, sum(WIDTHS[:6]), 6)
    tab.headings(HEADINGS, row=HEADING_ROW)
    for row, problem in enumerate(shown, HEADING_ROW + 1):
        sheet = problem.file + (f" [{problem.tab}]" if problem.tab else "")
        words = (problem.problem, problem.expected, problem.mend, problem.acknowledged)
        tab.cell(row, 0, _severity(problem), _style(problem))
        tab.row(row, (sheet, problem.cell, *words, problem.rule), "wrapped", first=1)
        tab.height(row, zip((sheet, problem.cell, *words, problem.rule), WIDTHS[1:], strict=True))
        name = names.get((problem.file, problem.tab))
        if name and _position(problem.cell):
            tab.link(row, 2, name, problem.cell, problem.cell)
    last = HEADING_ROW + len(shown)
    tab.filter(last, len(HEADINGS) - 1, row=HEADING_ROW)
    left = len(problems) - len(shown)
    if left:
        tab.cell(last + 1, 0, f"... and {left} more in problems.csv", "subtitle")
    tab.fit_to_width()


def _tab_name(grid: Grid, several: bool) -> str:
    stem = Path(grid.file).stem
    return f"{stem} {grid.tab}" if grid.tab and several else grid.tab or stem


def _copy(tab: Tab, grid: Grid, problems: Sequence[Problem], heading_rows: int) -> str:
    """Write one tab of the sheets with its problems marked; return the name it got."""
    # Headings far down would leave no room on the screen for what is under them.
    tab.freeze(heading_rows if heading_rows <= MAX_FROZEN else 0, 1)
    marks: dict[Cell, list[Problem]] = {}
    for problem in problems:
        if position := _position(problem.cell):
            marks.setdefault(position, []).append(problem)
    rows = _rows_to_copy(grid, marks)
    tab.widths(_widths(grid, rows))
    for row in rows:
        for column, text in enumerate(grid.rows[row] if row < len(grid.rows) else ()):
            if text and (row, column) not in marks:
                style = "heading" if row == heading_rows - 1 else "plain"
                tab.as_typed(row, column, text, style)
    for (row, column), found in marks.items():
        cells = grid.rows[row] if row < len(grid.rows) else []
        tab.as_typed(row, column, cells[column] if column < len(cells) else "", _style(found[0]))
    for row, column in sorted({*marks, *(place for place in grid.comments if place[0] in rows)}):
        said = [_comment(problem) for problem in marks.get((row, column), ())]
        said += [grid.comments[row, column]] if (row, column) in grid.comments else []
        tab.comment(row, column, "\n\n".join(said))
    return tab.name


def _rows_to_copy(grid: Grid, marks: Mapping[Cell, Sequence[Problem]]) -> range | list[int]:
    """Return the 0-based rows to copy: all, or of a large sheet its top and those with marks."""
    if sum(map(len, grid.rows)) <= MAX_COPIED_CELLS:
        return range(len(grid.rows))
    return sorted({*range(min(20, len(grid.rows))), *(row for row, _ in marks)})


def _widths(grid: Grid, rows: Sequence[int]) -> list[float]:
    """Return the widths of columns: as long as their longest cell, within limits."""
    longest: dict[int, int] = {}
    for row in rows[:500]:
        for column, text in enumerate(grid.rows[row] if row < len(grid.rows) else ()):
            longest[column] = max(longest.get(column, 0), len(text))
    return [min(max(8, 1 + longest.get(column, 0)), 32) for column in range(len(longest))]


def _comment(problem: Problem) -> str:
    lines = [f"{_severity(problem).upper()}: {problem.problem}"]
    lines += [f"Expected: {problem.expected}"] if problem.expected else []
    lines += [f"To mend: {problem.mend}"] if problem.mend else []
    lines += [f"Let stand: {problem.acknowledged}"] if problem.acknowledged else []
    lines += [f"Help: {problem.help}"] if problem.help else []
    return "\n".join(lines)


def _severity(problem: Problem) -> str:
    return f"{problem.severity}, let stand" if problem.acknowledged else problem.severity


def _style(problem: Problem) -> str:
    return "note" if problem.acknowledged else problem.severity


def _position(cell: str) -> Cell | None:
    """Return the 0-based row and column of an A1 address that a spreadsheet has, else None."""
    match = re.fullmatch(r"([A-Z]{1,3})([1-9]\d{0,6})", cell)
    if not match:
        return None
    column = 0
    for letter in match.group(1):
        column = 26 * column + ord(letter) - 64
    row = int(match.group(2)) - 1
    return (row, column - 1) if row < 1_048_576 and column <= 16_384 else None
