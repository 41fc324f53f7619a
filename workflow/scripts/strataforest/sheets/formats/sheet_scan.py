"""What one tab of an XLSX file holds beside plain values, and whether it may be read at all."""

import re
from collections.abc import Iterable

from strataforest.errors import ReviewError
from strataforest.sheets.formats.archive import Archive, Attributes, Handler
from strataforest.sheets.formats.recognise import SAVE_AGAIN
from strataforest.sheets.grid import (
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    Position,
    Range,
    cell_name,
    clipped,
    position_of,
    too_large,
    unreadable,
)

# A comment, CDATA or the like inside of a value, or one of its digits or signs as a reference.
ODD = re.compile(
    rb"<(?:\w+:)?v(?: [^<>]*)?>[^<>]{0,100}"
    rb"(?:<[!?]|&#(?:0*(?:4[35689]|5[0-7]|69|101)|x0*(?:2[bdeBDE]|3[0-9]|[46]5));)"
)


class SheetScan(Handler):
    """Streams a tab's XML; `height` and `width` are those of the rectangle that its cells span.

    `kinds` and `merged` are as in Grid, `hidden` the hidden rows, `texts` the cells whose text the
    values of calamine lack: errors. Raises ReviewError at the first cell beyond the limits.
    """

    def __init__(
        self,
        archive: Archive,
        tab: str,
        percents: frozenset[str],
        lengths: list[int],
        is_stale: bool,
    ) -> None:
        self.tab = tab
        self.height = self.width = 0
        self.kinds: dict[Position, str] = {}
        self.texts: dict[Position, str] = {}
        self.merged: tuple[Range, ...] = ()
        self.hidden: set[int] = set()
        self.comments: dict[Position, str] = {}
        self._archive, self._percents, self._lengths = archive, percents, lengths
        self._is_stale = is_stale
        self._ranges: list[Range] = []
        self._columns: dict[str, int] = {}
        self._row = self._column = -1
        self._last = (-1, -1)
        self._characters = 0
        self._type = self._style = ""
        self._has_formula = self._has_value = self._is_value = False
        self._value = ""

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin a row, a cell, its formula or its value."""
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v":
            self._is_value = self._has_value = True
        elif name == "f":
            self._has_formula = True
        elif name == "is":
            self._has_value = True
        elif name == "row":
            self._begin_row(attributes)
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            ends = position_of(first), position_of(last)
            if all(ends):
                self._ranges.append((*ends[0], *ends[1]))
        elif name.endswith((":c", ":row")):
            # Cells under another prefix than the sheet's own: calamine would read them unchecked.
            raise self._damaged(f"holds an element '{name[:40]}'")

    def end(self, name: str) -> None:
        """Leave a value or a cell."""
        if name == "v":
            self._is_value = False
        elif name == "c":
            if self._has_value or self._has_formula:
                self._end_cell()
            self._has_formula = self._has_value = False
            self._value = ""

    def text(self, text: str) -> None:
        """Take a piece of a value."""
        if self._is_value:
            self._value += text

    def check_numbers(self, chunks: Iterable[bytes]) -> None:
        """Raise ReviewError where a number is written as no program does: calamine loses a part.

        `chunks` are the bytes that were streamed.
        """
        before = b""
        for chunk in chunks:
            if any(sign in chunk for sign in (b"<!", b"<?", b"&#")) and ODD.search(before + chunk):
                self._row = self._column = 0
                raise self._damaged("holds a number in pieces")
            before = chunk[-200:]

    def finish(self) -> None:
        """Check the rectangle that all cells span, and cut the merged ranges to it."""
        if self.height * self.width > MAX_CELLS:
            raise too_large(
                self._archive.file, self.tab, cell_name(self.height - 1, self.width - 1)
            )
        place = (self._archive.file, self.tab)
        self.merged = clipped(*place, self._ranges, self.height, self.width)

    def _begin_row(self, attributes: Attributes) -> None:
        number = attributes.get("r", str(self._row + 2))
        if not re.fullmatch("[1-9][0-9]{0,6}", number):
            raise self._damaged(f"holds a row '{number[:40]}'")
        self._row = int(number) - 1
        self._column = -1
        if attributes.get("hidden") in {"1", "true"} and self._row < MAX_ROWS:
            self.hidden.add(self._row)

    def _begin_cell(self, attributes: Attributes) -> None:
        # Cells may leave out where they are: then they follow one another.
        self._row, self._column = max(self._row, 0), self._column + 1
        if "r" in attributes:
            self._row, self._column = self._place(attributes["r"])
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")

    def _place(self, address: str) -> Position:
        """Return the 0-based place of a cell; as `position_of`, but once per column."""
        letters = address.rstrip("0123456789")
        number = address[len(letters) :]
        if letters not in self._columns:
            place = position_of(f"{letters}1")
            self._columns[letters] = place[1] if place else -1
        if self._columns[letters] < 0 or not 0 < len(number) < 8 or number.startswith("0"):
            raise self._damaged(f"holds a cell at '{address[:40]}'")
        return int(number) - 1, self._columns[letters]

    def _end_cell(self) -> None:
        place = self._row, self._column
        if place <= self._last:
            # Two values for one place: which of them would be read is anybody's guess.
            raise self._damaged("stands a second time, or behind later cells")
        self._last = place
        if place[0] >= self.height or place[1] >= self.width:
            if place[0] >= MAX_ROWS or place[1] >= MAX_COLUMNS:
                raise too_large(self._archive.file, self.tab, cell_name(*place))
            self.height, self.width = max(self.height, place[0] + 1), max(self.width, place[1] + 1)
        if self._type == "s":
            self._count_shared()
        elif self._type == "e":
            self.kinds[place], self.texts[place] = "error", self._value
        elif self._type == "d":
            self.kinds[place] = "date"
        elif self._type == "n" and self._has_value:
            self._check_number()
            if self._value and self._style in self._percents:
                self.kinds[place] = "percent"
        if self._has_formula and self._has_no_result():
            self.kinds[place], self.texts[place] = "formula_without_value", ""

    def _has_no_result(self) -> bool:
        """Whether a formula was never calculated.

        Programs that write formulas without calculating them leave the result out, or write 0 and
        ask for the file to be calculated when it is opened. An empty text is a result.
        """
        if self._type == "n":
            return not self._value or (self._is_stale and self._value == "0")
        return not self._has_value

    def _check_number(self) -> None:
        try:
            float(self._value or 0)
        except ValueError:
            raise self._damaged(f"'{self._value[:40]}' stands as a number") from None

    def _count_shared(self) -> None:
        index = int(self._value) if self._value.isdecimal() else -1
        if not 0 <= index < len(self._lengths):
            raise self._damaged(f"names a text that is not there ({self._value[:40]})")
        self._characters += self._lengths[index]
        if self._characters > MAX_CHARACTERS:
            raise too_large(self._archive.file, self.tab, cell_name(self._row, self._column))

    def _damaged(self, problem: str) -> ReviewError:
        cell = cell_name(self._row, self._column)
        words = (self._archive.file, problem, "a whole workbook", SAVE_AGAIN)
        return unreadable(*words, tab=self.tab, cell=cell)
