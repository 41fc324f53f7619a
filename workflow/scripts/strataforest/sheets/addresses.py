"""Where a harmonised row and its cells stand, and problems that name the place."""

from collections.abc import Mapping
from functools import lru_cache

from strataforest.errors import Problem
from strataforest.sheets.grid import Grid, column_letter
from strataforest.sheets.identity import cell_addresses, cell_place

SOURCE_COLUMNS = ("source_file", "source_tab", "source_row", "source_cells")


def row_numbers(row: Mapping[str, str]) -> list[int]:
    """Return the spreadsheet's numbers of the rows a harmonised row was made of, its own first."""
    return [int(number) for number in row["source_row"].split(";")]


def cell_address(row: Mapping[str, str], column: str) -> str:
    """Return the address of a row's cell in `column`, or of its first cell if it has none."""
    return cell_addresses(row).get(column, f"A{row_numbers(row)[0]}")


def problem_at(
    row: Mapping[str, str], column: str, *words: str, severity: str = "error", rule: str = ""
) -> Problem:
    """Return a problem at a row's cell; `words` are what was seen, what was expected, the mend."""
    return Problem(severity, *cell_place(row, cell_address(row, column)), *words, rule=rule)


def problem_in(
    grid: Grid, cell: str, *words: str, severity: str = "error", rule: str = ""
) -> Problem:
    """Return a problem at an A1 address of a tab; `words` as those of `problem_at`."""
    return Problem(severity, grid.file, grid.tab, cell, *words, rule=rule)


def a1(row: int, column: int) -> str:
    """Return the A1 address of a 0-based row and column."""
    return f"{_letters(column)}{row + 1}"


_letters = lru_cache(column_letter)
