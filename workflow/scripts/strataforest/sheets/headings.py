"""Which row of a tab holds the headings, and where among them a name stands."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from strataforest.sheets.addresses import a1
from strataforest.sheets.grid import Grid

# Titles and notes above a table take a few rows; a table that begins later is declared.
SEARCHED_ROWS = 50
# One word of a note may happen to be a heading of ours.
MIN_FOUND = 2


@dataclass(frozen=True)
class Headings:
    """The headings of a tab by column, and the 0-based rows they stand in (upper ones first)."""

    texts: tuple[str, ...]
    rows: tuple[int, ...]

    @property
    def last(self) -> int:
        """The 0-based row under which the data begin."""
        return self.rows[-1]

    @property
    def filled(self) -> list[str]:
        """The headings that are not empty."""
        return [text for text in self.texts if text]

    def cell(self, column: int = 0) -> str:
        """Return the A1 address of a heading, by default of the row's first cell."""
        return a1(self.last, column)

    def find(self, name: str) -> list[int]:
        """Return the columns headed `name`; if there are none, those headed alike."""
        same = [i for i, text in enumerate(self.texts) if text == name]
        return same or [i for i, text in enumerate(self.texts) if text and fold(text) == fold(name)]


@lru_cache(maxsize=10_000)
def fold(heading: str) -> str:
    """Return a heading without what people hardly mean: case, and which blanks or underscores."""
    return re.sub(r"[\s_]+", "_", heading).strip("_").casefold()


def declared_rows(spec: Mapping) -> tuple[int, ...]:
    """Return the 0-based heading rows that a sheet declares, none if it leaves them to be found."""
    declared = spec.get("header_row", [])
    numbers = declared if isinstance(declared, list | tuple) else [declared]
    return tuple(int(number) - 1 for number in numbers)


def headings_at(grid: Grid, rows: Sequence[int]) -> Headings:
    """Return the headings in these 0-based rows of a tab, those of one column joined by a space.

    An upper heading that is merged over several columns holds for each of them; text files know no
    merged cells, so there an upper heading holds until the next.
    """
    upper = [_spread(grid, row) for row in rows[:-1]]
    lower = _cells(grid, rows[-1])
    width = max([len(lower), *map(len, upper)])
    padded = [[*cells, *[""] * (width - len(cells))] for cells in (*upper, lower)]
    texts = (" ".join(filter(None, column)) for column in zip(*padded, strict=True))
    return Headings(tuple(texts), tuple(rows))


def find_headings(grid: Grid, wanted: Collection[str]) -> tuple[Headings, int]:
    """Return the headings of a tab and how many of the `wanted` names they hold.

    It is the row with most of these names among the first rows, at least two; else the first row
    that is not blank.
    """
    names = {fold(name) for name in wanted}
    filled = [i for i, cells in enumerate(grid.rows) if any(map(str.strip, cells))]
    first = filled[0] if filled else 0
    best, most = first, 0
    for i in (i for i in filled if i < SEARCHED_ROWS):
        found = len(names & {fold(text) for text in grid.rows[i]})
        if found > most and (found >= MIN_FOUND or i == first):
            best, most = i, found
    return headings_at(grid, [best]), most


def full_row_above(grid: Grid, headings: Headings) -> int | None:
    """Return the first 0-based row above the headings that looks like a row of data, or None.

    Titles, notes and group headings fill a cell or two, or up to half of a row.
    """
    for i in range(headings.rows[0]):
        if sum(map(bool, _cells(grid, i))) > max(2, len(headings.filled) / 2):
            return i
    return None


def _cells(grid: Grid, row: int) -> list[str]:
    cells = grid.rows[row] if row < len(grid.rows) else []
    return [" ".join(cell.split()) for cell in cells]


def _spread(grid: Grid, row: int) -> list[str]:
    cells = _cells(grid, row)
    if not grid.tab:
        for i in range(1, len(cells)):
            cells[i] = cells[i] or cells[i - 1]
        return cells
    for top, left, bottom, right in grid.merged:
        if top <= row <= bottom and left < len(cells):
            # Merged downwards, its text stands once: in the first row.
            text = cells[left] if row == top else ""
            wide = range(left, min(right + 1, len(cells)))
            for i in wide:
                cells[i] = text
    return cells
