"""Every workbook that we write: same content, same bytes, and nothing in it that a program runs.

Text stays text whatever it begins with; nothing becomes a formula or an outside link. XlsxWriter is
imported only where a workbook is really written.
"""

import contextlib
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strataforest.tabular import replacing

MAX_TEXT = 32_767  # characters a cell may hold
MAX_TAB_NAME = 31
LINE = 12.75  # height of a line of text, in points
MAX_LINES = 31  # no row may be higher than 409 points
# A fixed date: a workbook that says when it was made differs at every run.
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)

_INK = {"font_name": "Arial", "font_size": 10, "font_color": "#1A1A1A", "valign": "top"}
_WRAPPED = {**_INK, "text_wrap": True}
# Severities differ in tint, weight and border, so that they are told apart without colour too.
STYLES: Mapping[str, Mapping[str, Any]] = {
    "plain": _INK,
    "wrapped": _WRAPPED,
    "title": {**_INK, "bold": True, "font_size": 14},
    "subtitle": {**_INK, "bold": True, "font_size": 11},
    "heading": {**_WRAPPED, "bold": True, "bg_color": "#E6EFF6", "bottom": 1},
    "required": {**_WRAPPED, "bold": True, "bg_color": "#C4D8E8", "bottom": 2},
    "error": {**_INK, "bold": True, "bg_color": "#F6D9C3", "border": 2, "border_color": "#B34700"},
    "warning": {**_INK, "bg_color": "#FFF3BF", "border": 3, "border_color": "#7A6200"},
    "note": {**_INK, "italic": True, "bg_color": "#E6EFF6"},
    "link": {**_INK, "font_color": "#0072B2", "underline": 1},
    "entry": {**_INK, "locked": False},
    # Text by declaration: the spreadsheet makes no date of 1-2 and keeps the zeros of 007.
    "entry_text": {**_INK, "locked": False, "num_format": "@"},
    "decide": {**_WRAPPED, "locked": False, "bg_color": "#FFF3BF", "border": 1},
}

# What a protected tab still allows: everything but touching its locked cells.
_ALLOWED = (
    *("format_cells", "format_columns", "format_rows", "insert_columns", "insert_rows"),
    *("delete_rows", "sort", "autofilter", "select_locked_cells", "select_unlocked_cells"),
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,14})?", re.ASCII)


def legal_text(text: str) -> str:
    """Return `text` as a cell can hold it: illegal characters replaced, cut at 32,767 characters.

    Spreadsheet programs count in UTF-16, in which a character may take two places.
    """
    text = _ILLEGAL.sub("\ufffd", text)
    if len(text.encode("utf-16-le")) > 2 * MAX_TEXT:
        text = text.encode("utf-16-le")[: 2 * MAX_TEXT - 2].decode("utf-16-le", "ignore") + "…"
    return text


def legal_tab_name(name: str, taken: Sequence[str] = ()) -> str:
    """Return a name that a tab may have and that none of `taken` has (whatever the case)."""
    plain = re.sub(r"[\[\]:*?/\\]", "_", _ILLEGAL.sub("_", name)).strip().strip("'").strip()
    # Excel keeps "History" for itself.
    plain = "History_" if plain.lower() == "history" else plain or "Sheet"
    folded = {other.lower() for other in taken}
    candidate, number = _cut(plain, MAX_TAB_NAME), 1
    while candidate.lower() in folded:
        number += 1
        ending = f" ({number})"
        candidate = _cut(plain, MAX_TAB_NAME - len(ending)) + ending
    return candidate


def number_or_text(text: str) -> float | int | str:
    """Return the number that `text` prints in full, else the text: 007 and 1e5 stay text."""
    if not _NUMBER.fullmatch(text) or sum(c.isdigit() for c in text) > 15 or text == "-0":
        return text
    return float(text) if "." in text else int(text)


def _cut(name: str, length: int) -> str:
    return name.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore").rstrip(" '")


class Tab:
    """One tab of a workbook. Rows and columns count from 0, as in a `Grid`."""

    def __init__(self, book: "Workbook", name: str) -> None:
        self.name = name
        self._book = book
        self._sheet = book.file.add_worksheet(name)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)

    def cell(self, row: int, column: int, value: Any, style: str = "plain") -> None:
        """Write one cell: numbers as numbers, booleans as yes and no, all else as text."""
        value = value.item() if hasattr(value, "item") else value
        form = self._book.format(style)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, int | float) and abs(value) < 1e15:
            self._sheet.write_number(row, column, value, form)
        elif value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            self._sheet.write_blank(row, column, None, form)
        else:
            self._sheet.write_string(row, column, legal_text(str(value)), form)

    def as_typed(self, row: int, column: int, text: str, style: str = "plain") -> None:
        """Write text as a spreadsheet shows what is typed: a number with its decimals, or text."""
        value = number_or_text(text)
        if isinstance(value, float):
            decimals = len(text.split(".")[1])
            form = self._book.format(style, num_format="0." + "0" * decimals)
            self._sheet.write_number(row, column, value, form)
        else:
            self.cell(row, column, value, style)

    def row(self, row: int, values: Sequence[Any], style: str = "plain", first: int = 0) -> None:
        """Write a row of cells from column `first` on."""
        for column, value in enumerate(values, first):
            self.cell(row, column, value, style)

    def paragraph(self, row: int, text: str, width: float, columns: int) -> None:
        """Write a paragraph over the first columns, `width` characters wide together."""
        form = self._book.format("wrapped")
        self._sheet.merge_range(row, 0, row, columns - 1, legal_text(text), form)
        self.height(row, [(text, width)])

    def height(self, row: int, cells: Iterable[tuple[str, float]]) -> None:
        """Make a row high enough for wrapped texts, each with the width of its column.

        Programs that open a workbook do so by themselves only sometimes.
        """
        # A column is as wide as that many digits; letters are narrower on average.
        lines = max(math.ceil(len(text) / (1.1 * width)) for text, width in cells)
        self._sheet.set_row(row, LINE * min(max(lines, 1), MAX_LINES) + 2)

    def headings(self, names: Sequence[str], row: int = 0, frozen_columns: int = 0) -> None:
        """Write headings that stay on the screen, and on every printed page."""
        self.row(row, names, "heading")
        self.freeze(row + 1, frozen_columns)

    def freeze(self, rows: int, columns: int = 0) -> None:
        """Keep the first rows and columns on the screen, and the rows on every printed page."""
        self._sheet.freeze_panes(rows, columns)
        if rows:
            self._sheet.repeat_rows(0, rows - 1)

    def widths(
        self, widths: Sequence[float], style: str = "", first: int = 0, level: int = 0
    ) -> None:
        """Set the widths of columns in characters, from column `first` on.

        `style` holds for cells that stay empty; columns of `level` 1 can be folded away.
        """
        form = self._book.format(style) if style else None
        for column, width in enumerate(widths, first):
            self._sheet.set_column(column, column, width, form, {"level": level})

    def comment(self, row: int, column: int, text: str) -> None:
        """Hang a comment on a cell."""
        lines = sum(1 + len(line) // 38 for line in text.splitlines())
        size = {"width": 260, "height": min(40 + 16 * lines, 400), "font_name": "Arial"}
        self._sheet.write_comment(row, column, legal_text(text)[: MAX_TEXT - 1], size)

    def link(self, row: int, column: int, tab: str, cell: str, text: str) -> None:
        """Write a link to a cell of this workbook; there are no others."""
        place = "internal:'{}'!{}".format(tab.replace("'", "''"), cell)
        form = self._book.format("link")
        self._sheet.write_url(row, column, place, form, legal_text(text))

    def filter(self, last_row: int, last_column: int, row: int = 0) -> None:
        """Give the headings in `row` buttons that sort and filter down to `last_row`."""
        self._sheet.autofilter(row, 0, max(last_row, row), last_column)

    def choices(
        self,
        column: int,
        rows: tuple[int, int],
        source: Sequence[str] | str,
        others: bool = False,
        asked: str = "",
    ) -> None:
        """Give cells a drop-down list: values of up to 255 characters in all, or a range of cells.

        A range is such as `=Lists!$A$2:$A$40`. `others` lets people enter what the list lacks,
        `asked` lets them do so once they said yes to this question.
        """
        values = source if isinstance(source, str) else list(source)
        rule = {"validate": "list", "source": values, "show_error": not others}
        words = {"error_title": "Not in the list", "error_message": "Choose one from the list."}
        words |= {"error_type": "warning", "error_message": asked} if asked else {}
        self._sheet.data_validation(rows[0], column, rows[1], column, rule | words)

    def numbers(self, column: int, rows: tuple[int, int], rule: Mapping, expected: str) -> None:
        """Ask back where a cell is not the number that `rule` (XlsxWriter's) wants."""
        words = {"error_type": "warning", "error_title": "Is this right?"}
        words["error_message"] = f"Expected {expected}. Leave the cell empty if not reported."
        self._sheet.data_validation(rows[0], column, rows[1], column, {**rule, **words})

    def protect(self) -> None:
        """Lock the cells whose style is not an entry; no password, so anybody can lift it."""
        self._sheet.protect("", dict.fromkeys(_ALLOWED, True))

    def fit_to_width(self) -> None:
        """Print all columns on one page's width."""
        self._sheet.fit_to_pages(1, 0)


class Workbook:
    """A workbook while it is written; made by `open_workbook`."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self._formats: dict[tuple, Any] = {}
        self._tabs: dict[str, Tab] = {}

    def tab(self, name: str) -> Tab:
        """Add a tab; its name is made legal and its own (`Tab.name` says which it got)."""
        tab = Tab(self, legal_tab_name(name, list(self._tabs)))
        self._tabs[tab.name] = tab
        return tab

    def format(self, style: str, **more: Any) -> Any:
        """Return XlsxWriter's format of a named style. Raises KeyError for one we do not have."""
        key = (style, *sorted(more.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format({**STYLES[style], **more})
        return self._formats[key]


@contextlib.contextmanager
def open_workbook(path: str | Path) -> Iterator[Workbook]:
    """Yield a workbook that becomes the XLSX file `path` at the end, in one step.

    The same calls give the same bytes. Nothing is written where the body raises.
    """
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    file = xlsxwriter.Workbook(content, {**options, "strings_to_numbers": False})
    file.set_properties({"created": CREATED})
    yield Workbook(file)
    file.close()
    with replacing(path) as partial:
        partial.write_bytes(content.getvalue())
