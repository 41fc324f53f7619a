"""The cells of one tab as text, each with the address a spreadsheet shows."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from strataforest.errors import Problem, ReviewError

# An extraction sheet has hundreds of rows. What is far beyond is a mistake or meant as harm.
MAX_BYTES = 50_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
MAX_CELLS = 2_000_000
MAX_CHARACTERS = 100_000_000

ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

Position = tuple[int, int]
Range = tuple[int, int, int, int]

KINDS = ("percent", "date", "boolean", "error", "formula_without_value", "unfinished")


@dataclass(frozen=True)
class Grid:
    """The cells of one tab: `rows[i]` is spreadsheet row i + 1, every cell as text.

    `tab` is empty for text files. `kinds` names the unusual cells by 0-based (row, column), one of
    KINDS: a percent cell holds the fraction, a date ISO text, a boolean yes or no, an error its
    text (#N/A), a formula whose result the file does not hold nothing; an unfinished cell is the
    last of a text file that ends within a row. `merged` are 0-based inclusive ranges (first row,
    first column, last row, last column) whose value stands in the first cell. `hidden_rows` are
    0-based, `comments` the notes pinned to cells. `decimal` is the decimal sign, and `detected`
    holds what was found rather than declared and is not plain UTF-8 with commas and points:
    encoding, delimiter, decimal.
    """

    file: str
    tab: str
    rows: list[list[str]]
    kinds: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[Range, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    decimal: str = "."
    detected: Mapping[str, str] = field(default_factory=dict)


def column_letter(index: int) -> str:
    """Return a spreadsheet's letters for the column with this 0-based index (0 -> A, 26 -> AA)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return the A1 address of a cell by its 0-based row and column."""
    return f"{column_letter(column)}{row + 1}"


def position_of(address: str) -> Position | None:
    """Return the 0-based (row, column) of an A1 address, or None for what is none."""
    match = ADDRESS.fullmatch(address)
    if not match:
        return None
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


def clipped(
    file: str, tab: str, ranges: Iterable[Range], height: int, width: int
) -> tuple[Range, ...]:
    """Return merged ranges cut to a tab's rows and columns, those of one cell left out.

    Raises ReviewError where they overlap so much that filling them would have no end.
    """
    kept: list[Range] = []
    area = 0
    for top, left, bottom, right in ranges:
        bottom, right = min(bottom, height - 1), min(right, width - 1)
        if top <= bottom and left <= right and (top, left) != (bottom, right):
            kept.append((top, left, bottom, right))
            area += (bottom - top + 1) * (right - left + 1)
            if area > MAX_CELLS:
                raise too_large(file, tab, cell_name(top, left))
    return tuple(kept)


def number_text(value: float) -> str:
    """Return the shortest text that reads back as this number: 7.59, and 12 rather than 12.0."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def unreadable(
    file: str,
    problem: str,
    expected: str = "",
    mend: str = "",
    *,
    tab: str = "",
    cell: str = "",
    rule: str = "unreadable_sheet",
) -> ReviewError:
    """Return the error of a sheet that cannot be read: where, what was seen, expected, the mend."""
    return ReviewError([Problem("error", file, tab, cell, problem, expected, mend, rule=rule)])


def too_large(file: str, tab: str = "", cell: str = "") -> ReviewError:
    """Return the error of a sheet beyond the limits above, at the first cell that is."""
    expected = f"at most {MAX_ROWS:,} rows, {MAX_COLUMNS:,} columns and {MAX_CELLS:,} cells"
    mend = "split it, or delete what stands far below or beside the table"
    words = ("is larger than an extraction sheet", expected, mend)
    return unreadable(file, *words, tab=tab, cell=cell, rule="too_large_sheet")


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Return names for a message: the first few, joined by commas."""
    names = list(names)
    return ", ".join(names[:limit]) + (", ..." if len(names) > limit else "")
