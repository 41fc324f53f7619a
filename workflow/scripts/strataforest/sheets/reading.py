"""From a delimited text file to a grid of cells, each with the address a spreadsheet shows."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from strataforest.errors import Problem, ReviewError

MAX_BYTES = 50_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 2_000


@dataclass(frozen=True)
class Grid:
    """The cells of one tab as text: `rows[i]` is spreadsheet row i + 1; `tab` is empty for CSV."""

    file: str
    tab: str
    rows: list[list[str]]


def column_letter(index: int) -> str:
    """Return a spreadsheet's letters for the column with this 0-based index (0 -> A, 26 -> AA)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_text_grid(path: str, *, delimiter: str | None = None, encoding: str | None = None) -> Grid:
    """Return the cells of a delimited text file.

    The encoding is the declared one, else UTF-8 or UTF-16 by the file's first bytes; the delimiter
    the declared one, else the most frequent of `,` `;` and tab in the first line. Raises
    ReviewError for a file that is missing, too large, in another encoding, or cut off in a quote.
    """
    raw = _bytes(path)
    text = _decode(path, raw, encoding)
    if "\x00" in text:
        raise _error(path, "", "holds binary data", "a text file (CSV or TSV)", "export it as CSV")
    delimiter = delimiter or _sniff(text)
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MAX_ROWS or len(row) > MAX_COLUMNS:
                expected = f"at most {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns"
                raise _error(path, "", "is larger than an extraction sheet", expected, "split it")
    except csv.Error as error:
        row = f"A{len(rows) + 1}"
        problem = f"the file cannot be read from this row on ({error})"
        mend = "it may be half-written or miss a closing quote: save it again"
        raise _error(path, row, problem, "complete rows", mend) from None
    return Grid(file=path, tab="", rows=rows)


def _bytes(path: str) -> bytes:
    place = Path(path)
    if not place.is_file():
        here = sorted(p.name for p in place.parent.glob("*") if p.is_file())
        mend = "its folder holds " + ", ".join(here[:8]) if here else "its folder holds no files"
        raise _error(path, "", "the sheet is not there", "a file at this path", mend)
    if place.stat().st_size > MAX_BYTES:
        raise _error(path, "", "the file is too large", f"at most {MAX_BYTES:,} bytes", "split it")
    try:
        return place.read_bytes()
    except OSError as error:
        mend = "close it in other programs and check its permissions"
        raise _error(path, "", f"cannot be read ({error.strerror})", "", mend) from None


def _decode(path: str, raw: bytes, encoding: str | None) -> str:
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        mend = "open it in the spreadsheet program and save the tab as CSV (UTF-8)"
        raise _error(path, "", "is a workbook, not text", "a CSV file", mend)
    if encoding is None:
        is_utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        encoding = "utf-16" if is_utf16 else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except LookupError:
        mend = "use a name such as utf-8, utf-16, latin-1, gb18030"
        raise _error(path, "", f"unknown encoding '{encoding}'", "", mend) from None
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        problem = f"the text is not {encoding.removesuffix('-sig')} (byte {error.start + 1})"
        mend = "save it as UTF-8, or declare `encoding:` for this sheet (latin-1, gb18030, ...)"
        raise _error(path, f"A{row}", problem, "UTF-8 text", mend) from None


def _sniff(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=first.count)


def _error(path: str, cell: str, problem: str, expected: str, mend: str) -> ReviewError:
    return ReviewError([Problem("error", path, "", cell, problem, expected, mend)])
