"""One table of an ODS file: what is repeated is written out, within limits."""

from strataforest.sheets.formats.archive import Attributes
from strataforest.sheets.formats.opendocument_cells import MAX_LENGTH, CellText, cell_value, count
from strataforest.sheets.grid import (
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    Grid,
    Position,
    Range,
    cell_name,
    clipped,
    too_large,
    unreadable,
)


class Table:
    """Takes cells and rows as they come; blank ones are only counted until a value follows."""

    def __init__(self, file: str, tab: str) -> None:
        self.file, self.tab = file, tab
        self._rows: list[list[str]] = []
        self._kinds: dict[Position, str] = {}
        self._merged: list[Range] = []
        self._hidden: set[int] = set()
        self._comments: dict[Position, str] = {}
        self._row = self._column = 0
        self._cells: list[str] = []
        self._cell_kinds: dict[int, str] = {}
        self._filled = self._characters = 0

    def add_cell(self, attributes: Attributes, content: CellText) -> None:
        """Take the next cell of the row, as many times as it is repeated."""
        place = self._row, self._column
        repeated = count(attributes, "table:number-columns-repeated")
        self._column += repeated
        if content.length > MAX_LENGTH:
            raise self._too_long(place)
        self._note(place, attributes, content.comment)
        text, kind = cell_value(attributes, content)
        if not text and not kind:
            return
        if self._column > MAX_COLUMNS:
            raise too_large(self.file, self.tab, cell_name(*place))
        self._cells += [""] * (place[1] - len(self._cells)) + [text] * repeated
        if kind:
            self._cell_kinds |= dict.fromkeys(range(place[1], self._column), kind)

    def end_row(self, attributes: Attributes) -> None:
        """Take the row that its cells made, as many times as it is repeated."""
        first = self._row
        repeated = count(attributes, "table:number-rows-repeated")
        self._row += repeated
        if attributes.get("table:visibility", "visible") != "visible":
            self._hidden |= set(range(first, min(self._row, MAX_ROWS)))
        if self._cells:
            self._filled += repeated * len(self._cells)
            self._characters += repeated * sum(map(len, self._cells))
            is_large = self._filled > MAX_CELLS or self._characters > MAX_CHARACTERS
            if is_large or self._row > MAX_ROWS:
                raise too_large(self.file, self.tab, cell_name(first, 0))
            self._rows += [[] for _ in range(first - len(self._rows))]
            self._rows += [list(self._cells) for _ in range(repeated)]
            for row in range(first, self._row):
                self._kinds |= {(row, column): kind for column, kind in self._cell_kinds.items()}
        self._column, self._cells, self._cell_kinds = 0, [], {}

    def grid(self) -> Grid:
        """Return the cells as a rectangle, with all else cut to it."""
        height, width = len(self._rows), max(map(len, self._rows), default=0)
        if height * width > MAX_CELLS:
            raise too_large(self.file, self.tab, cell_name(height - 1, width - 1))
        return Grid(
            file=self.file,
            tab=self.tab,
            rows=[row + [""] * (width - len(row)) for row in self._rows],
            kinds=self._kinds,
            merged=clipped(self.file, self.tab, self._merged, height, width),
            hidden_rows=frozenset(row for row in self._hidden if row < height),
            comments={p: t for p, t in self._comments.items() if p[0] < height and p[1] < width},
        )

    def _note(self, place: Position, attributes: Attributes, comment: str) -> None:
        down = count(attributes, "table:number-rows-spanned")
        across = count(attributes, "table:number-columns-spanned")
        if (down, across) != (1, 1) and place[0] < MAX_ROWS:
            self._merged.append((*place, place[0] + down - 1, place[1] + across - 1))
        if comment and place[0] < MAX_ROWS:
            self._comments[place] = comment

    def _too_long(self, place: Position) -> Exception:
        words = ("the cell holds a very long text", f"at most {MAX_LENGTH:,} characters")
        return unreadable(self.file, *words, "shorten it", tab=self.tab, cell=cell_name(*place))
