"""Read a file of data rows: its headings, its numbers, and what is wrong with its cells."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strataforest.cochrane.columns import COLUMNS
from strataforest.errors import Problem, ReviewError, nearest
from strataforest.sheets.grid import Grid, cell_name
from strataforest.sheets.reading import read_grids

NAMES = ("Analysis group", "Analysis number", "Analysis name", "Subgroup", "Subgroup number")
TEXTS = frozenset({*NAMES, "Applicability", "Study", "Study year", "Footnotes"})
REQUIRED = ("Analysis number", "Analysis name", "Study")
NUMBERS = tuple(column for column in COLUMNS if column not in TEXTS)
# Nothing below can make an effect without one of these sets.
KINDS = (
    ("Experimental cases", "Experimental N", "Control cases", "Control N"),
    ("Experimental mean", "Experimental SD", "Control mean", "Control SD"),
    ("GIV Mean", "GIV SE"),
    ("O-E", "Variance"),
)
RULE = "unreadable_data_rows"
ABSENT = frozenset({"", "na", "n/a", "nan", "null"})


@dataclass(frozen=True)
class DataRow:
    """One row: its number as a spreadsheet shows it, its texts, and its numbers (NaN if absent)."""

    row: int
    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    file: str
    columns: Mapping[str, int]

    def problem(self, column: str, seen: str, expected: str = "", mend: str = "") -> Problem:
        """Return an error at the row's cell of a column."""
        cell = cell_name(self.row - 1, self.columns.get(column, 0))
        return Problem("error", self.file, "", cell, seen, expected, mend, rule=RULE)


def read_data_rows(path: str) -> list[DataRow]:
    """Return the rows of a file of data rows; headings may have points for blanks, as R makes them.

    Raises ReviewError, which names every cell that cannot be read, for a file that is not there or
    no table, lacks a heading, has a row without study or a number that is none.
    """
    grid = read_grids({"path": path})[0]
    columns = _columns(grid)
    rows, problems = [], []
    for index, cells in enumerate(grid.rows[1:], 1):
        if not any(cell.strip() for cell in cells):
            continue
        row, found = _row(grid, index, cells, columns)
        rows.append(row)
        problems += found
    if not rows and not problems:
        words = ("holds no rows", "a row per study")
        problems = [Problem("error", grid.file, "", "", *words, rule=RULE)]
    if problems:
        raise ReviewError(problems)
    return rows


def _plain(heading: str) -> str:
    return " ".join(re.split(r"[\s._-]+", heading.strip().lower()))


def _columns(grid: Grid) -> dict[str, int]:
    """Return the 0-based place of each known heading."""
    headings = [_plain(cell) for cell in grid.rows[0]] if grid.rows else []
    known = {_plain(column): column for column in COLUMNS}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if heading in known:
            found.setdefault(known[heading], place)
    problems = []
    for column in REQUIRED:
        if column not in found:
            others = [cell for cell in (grid.rows[0] if grid.rows else []) if cell.strip()]
            seen = f"has no heading '{column}'"
            mend = nearest(column, others) or "download the data rows of the review anew"
            expected = "the headings of Cochrane's data rows"
            words = (seen, expected, mend)
            problems.append(Problem("error", grid.file, "", "A1", *words, rule=RULE))
    if not problems and not any(all(name in found for name in kind) for kind in KINDS):
        seen = "has neither the columns of arms nor those of effects"
        expected = "; or ".join(", ".join(kind) for kind in KINDS)
        problems.append(Problem("error", grid.file, "", "A1", seen, expected, rule=RULE))
    if problems:
        raise ReviewError(problems)
    return found


def _row(
    grid: Grid, index: int, cells: list[str], columns: Mapping[str, int]
) -> tuple[DataRow, list[Problem]]:
    def text(column: str) -> str:
        place = columns.get(column, len(cells))
        found = cells[place].strip() if place < len(cells) else ""
        return "" if found.lower() in ABSENT and column != "Study" else found

    numbers = {column: _number(text(column), grid.decimal) for column in NUMBERS}
    texts = {column: text(column) for column in TEXTS}
    row = DataRow(
        index + 1,
        texts,
        {name: math.nan if value is None else value for name, value in numbers.items()},
        grid.file,
        columns,
    )
    return row, list(_problems(row, numbers, text))


def _problems(row: DataRow, numbers: Mapping[str, float | None], text) -> Iterator[Problem]:
    for column in REQUIRED:
        if not row.texts[column]:
            yield row.problem(column, f"{column} is empty", "a name in every row")
    for column, value in numbers.items():
        if value is None:
            seen = f"{column} is '{text(column)}'"
            yield row.problem(column, seen, "a number, or an empty cell where there is none")
    for arm in ("Experimental", "Control"):
        events, people = row.numbers[f"{arm} cases"], row.numbers[f"{arm} N"]
        if events > people:
            seen = f"{arm} cases is {events:g} of {people:g} people"
            yield row.problem(f"{arm} cases", seen, f"at most {arm} N")
        for column in (f"{arm} cases", f"{arm} N", f"{arm} SD"):
            if row.numbers[column] < 0:
                seen = f"{column} is {row.numbers[column]:g}"
                yield row.problem(column, seen, "a number that is not negative")


def _number(text: str, decimal: str) -> float | None:
    """Return the number in a cell, NaN for none, None for what is no number."""
    if not text:
        return math.nan
    plain = text.replace("−", "-").replace(",", ".") if decimal == "," else text.replace("−", "-")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
