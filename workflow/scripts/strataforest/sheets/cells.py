"""From a cell of a tab to our words: whose value it is, what its format says, and what it means."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from strataforest.errors import Problem
from strataforest.sheets.addresses import a1, problem_in
from strataforest.sheets.columns import (
    ERRORS,
    MISSING,
    REMARKS,
    Column,
    Unreadable,
    looks_like_a_number,
    parse,
)
from strataforest.sheets.grid import Grid
from strataforest.sheets.printed_cells import PRINTED

SHOWN = 40
COMMA = re.compile(r"[+-]?\d+,\d+")
# What people write for yes and no, and what spreadsheets make of it.
BOOLEANS = {"true": "yes", "false": "no"}


@dataclass
class Cells:
    """The cells of a tab below its headings, each merged one with the value of its range.

    `percent` and `repeated` collect what was read so, for the notes of the sheet.
    """

    grid: Grid
    first_row: int
    decimal: str = "."
    percent: dict[str, list[str]] = field(default_factory=dict)
    repeated: dict[tuple[int, int], None] = field(default_factory=dict)
    _origin: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for top, left, bottom, _ in self.grid.merged:
            if top >= self.first_row:
                rows = range(top + 1, min(bottom + 1, len(self.grid.rows)))
                self._origin |= {(row, left): (top, left) for row in rows}

    def text(self, row: int, column: int) -> tuple[str, str, tuple[int, int]]:
        """Return a cell's text, its unusual kind (empty for most) and its 0-based place."""
        place = self._origin.get((row, column), (row, column))
        if place[0] != row:
            self.repeated[place] = None
        cells = self.grid.rows[place[0]]
        text = cells[place[1]] if place[1] < len(cells) else ""
        return text.strip(), self.grid.kinds.get(place, ""), place

    def is_blank(self, row: int) -> bool:
        """Whether a row holds nothing of its own."""
        cells = self.grid.rows[row]
        return not any(map(str.strip, cells)) and not any(
            (row, column) in self.grid.kinds for column in range(len(cells))
        )

    def parsed(
        self,
        name: str,
        column: Column | None,
        text: str,
        kind: str = "",
        place: tuple[int, int] | None = None,
    ) -> str:
        """Return the canonical text of a cell of one of our columns, or of the team's own (None).

        A constant has no `place`. Raises Unreadable where the text cannot be used.
        """
        if column is None:
            return "" if text.lower() in MISSING else self._own(text)
        _check_kind(column, text, kind)
        value = parse(column, text, self._decimal_of(text), is_share=kind == "percent")
        is_percent = kind == "percent" or text.endswith("%")
        if is_percent and value and place and column.kind not in {"text", "choice", *PRINTED}:
            self.percent.setdefault(name, []).append(a1(*place))
        return value

    def _own(self, text: str) -> str:
        """Return the text of a cell of the team's own: its decimal comma is a point."""
        if self.decimal == "," and COMMA.fullmatch(text):
            return text.replace(",", ".")
        return text

    def _decimal_of(self, text: str) -> str:
        """Return a cell's decimal sign: numbers of a workbook have points, whatever its texts."""
        if self.decimal == "," and self.grid.tab and "," not in text:
            return "."
        return self.decimal

    def notes(self, columns: Mapping[str, Column | None]) -> Iterable[Problem]:
        """Yield what was read otherwise than it looks: percentages, merged cells, a cut-off end."""
        for name, cells in self.percent.items():
            column = columns[name]
            is_share = column is not None and column.kind in {"fraction", "p_value"}
            seen = f"{name} is read as a fraction of 1 in {_counted(cells, 'percent cell')}"
            mend = "" if is_share else "write the number without % if the percentage is meant"
            kind = {"severity": "note"} if is_share else {"severity": "warning", "rule": "percent"}
            yield problem_in(self.grid, cells[0], seen, "", mend, **kind)
        for place in [place for place, kind in self.grid.kinds.items() if kind == "unfinished"]:
            seen = "the file ends within this row, perhaps within this cell"
            mend = "compare it with the original: the file may have been cut off"
            kind = {"severity": "warning", "rule": "cut_off"}
            yield problem_in(self.grid, a1(*place), seen, "whole rows", mend, **kind)
        if self.repeated:
            cells = [a1(*place) for place in self.repeated]
            seen = f"the value of {_counted(cells, 'merged cell')} stands for each of its rows"
            yield problem_in(self.grid, cells[0], seen, severity="note")


def own_words(values: Mapping[str, str], text: str) -> str:
    """Return the team's value in our words; `values` are texts by their texts.

    A key that is not the cell's very text is taken where both are the same number, or yes and true.
    """
    if not values or text in values:
        return values.get(text, text)
    return next((value for theirs, value in values.items() if is_same(theirs, text)), text)


def is_same(one: str, other: str) -> bool:
    """Whether two cells hold the same text, or the same number written otherwise."""
    if one == other or BOOLEANS.get(one.lower(), one) == BOOLEANS.get(other.lower(), other):
        return True
    if not (looks_like_a_number(one) and looks_like_a_number(other)):
        return False
    return float(one.replace(",", ".")) == float(other.replace(",", "."))


def unreadable_cell(grid: Grid, cell: str, name: str, text: str, error: Unreadable) -> Problem:
    """Return the error of a cell that cannot hold what its column is for."""
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    words = (f"{name} is '{shown}'", str(error), error.mend)
    return problem_in(grid, cell, *words, rule="unreadable_cell")


def plain_text(value: object) -> str:
    """Return a value of the configuration as text; YAML's true and false are yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def _check_kind(column: Column, text: str, kind: str) -> None:
    """Raise Unreadable for a cell whose kind cannot be what the column holds."""
    if kind == "formula_without_value":
        mend = "open the workbook in the spreadsheet program and save it: that stores the results"
        raise Unreadable("the result of its formula, which the file does not hold", mend)
    if (kind == "error" or text in ERRORS) and column.name not in REMARKS:
        mend = "mend the formula; leave the cell empty where nothing was reported"
        raise Unreadable("a value; the formula of this cell failed", mend)
    if kind == "date" and column.kind != "text":
        raise Unreadable("a number; the cell is a date", _undone_date(text))


def _undone_date(text: str) -> str:
    match = re.match(r"\d{4}-(\d\d)-(\d\d)", text)
    if not match:
        return "format the cell as a number and type it again"
    month, day = (int(part) for part in match.groups())
    typed = dict.fromkeys((f"{month}-{day}", f"{day}-{month}", f"{day}.{month}"))
    return (
        f"the spreadsheet made a date of what was typed, perhaps {', '.join(typed)}: "
        "format the cell as text or number and type it again"
    )


def _counted(cells: list[str], what: str) -> str:
    if len(cells) == 1:
        return f"the {what} {cells[0]}"
    listed = ", ".join(cells[:5]) + (", ..." if len(cells) > 5 else "")
    return f"{len(cells)} {what}s ({listed})"
