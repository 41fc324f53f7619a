"""One definition of a table that a paper prints; its csv, html, docx and tex are made from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from strataforest.workbooks import legal_text

WIDEST_WORD = 20  # characters; a longer word may break
WIDEST_CELL = 36  # characters; a longer text wraps
# Characters that a page of paper holds beside each other in small print, upright and on its side.
UPRIGHT, SIDEWAYS = 104, 157
PADDING = 3
_BLANKS = re.compile("[ \\t-\\r\x85\u2028\u2029]+")
_SYMBOLS = str.maketrans({"²": "2", "τ": "tau"})


@dataclass(frozen=True)
class Column:
    """A column: its heading, how its cells stand (left, right, centre), a heading over several."""

    heading: str
    align: str = "left"
    spanner: str = ""


@dataclass(frozen=True)
class Group:
    """Rows under a heading of their own; a table without groups has one with an empty heading."""

    heading: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Publication:
    """A table as a paper prints it: every cell is finished text.

    `name` is the stem of its files, `number` what a paper calls it ("Table 2"), `group_heading`
    what its groups are in a csv, where they are a column ("" where there are none). Raises
    ValueError where a row has another number of cells than there are columns.
    """

    name: str
    number: str
    title: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    group_heading: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for group in self.groups:
            for row in group.rows:
                if len(row) != len(self.columns):
                    found, wanted = len(row), len(self.columns)
                    raise ValueError(f"{self.name}: a row of {found} cells, not {wanted}: {row}")

    @property
    def caption(self) -> str:
        """The number and the title."""
        return f"{self.number}. {self.title}"


def plain(text: str) -> str:
    """Return `text` on one line and without characters that a document cannot hold."""
    # Not the narrow and the no-break spaces, which stand inside numbers.
    return _BLANKS.sub(" ", legal_text(text)).strip()


def flat(table: Publication) -> tuple[list[str], list[dict[str, str]]]:
    """Return (columns, rows) of the table's csv: groups become its first column.

    Its headings are ASCII where a formula would print a symbol: I2, tau2.
    """
    headings = [
        plain(f"{c.spanner}: {c.heading}" if c.spanner else c.heading) for c in table.columns
    ]
    headings = [heading.translate(_SYMBOLS) for heading in headings]
    first = [table.group_heading] if table.group_heading else []
    rows = [
        dict(zip([*first, *headings], [*([group.heading] if first else []), *row], strict=True))
        for group in table.groups
        for row in group.rows
    ]
    return [*first, *headings], [{k: plain(v) for k, v in row.items()} for row in rows]


def grouped(rows: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[Group, ...]:
    """Return neighbouring (heading, cells) of one heading as groups."""
    return tuple(
        Group(heading, tuple(cells for _, cells in part))
        for heading, part in groupby(rows, key=lambda row: row[0])
    )


def spanners(table: Publication) -> list[tuple[str, int]]:
    """Return the headings over several columns with how many they span; [] where there are none."""
    found = [(text, len(list(part))) for text, part in groupby(c.spanner for c in table.columns)]
    return found if any(text for text, _ in found) else []


def widths(table: Publication) -> tuple[float, ...]:
    """Return the width of each column in characters, padding included.

    Columns get what they hold, within limits; where a page on its side has no room for that, those
    of running text give way, down to their longest words.
    """
    rows = [row for group in table.groups for row in group.rows]
    least, wanted = [], []
    for i, column in enumerate(table.columns):
        texts = [plain(row[i]) for row in rows]
        words = [word for text in (*texts, column.heading) for word in text.split()]
        least.append(min(max(map(len, words), default=0), WIDEST_WORD) + PADDING)
        text = min(max(map(len, texts), default=0), WIDEST_CELL) + PADDING
        # A heading may take two lines.
        wanted.append(max(least[-1], text, min(len(column.heading) / 2, WIDEST_WORD)))
    spare, missing = SIDEWAYS - sum(least), sum(wanted) - SIDEWAYS
    if missing <= 0 or spare <= 0:
        return tuple(wanted) if missing <= 0 else tuple(least)
    share = spare / (sum(wanted) - sum(least))
    return tuple(a + share * (b - a) for a, b in zip(least, wanted, strict=True))


def is_wide(table: Publication) -> bool:
    """Return whether the table wants a page on its side."""
    return sum(widths(table)) > UPRIGHT
