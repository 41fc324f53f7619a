"""CSV and its kin: encoding, delimiter and decimal sign as declared, else as the text shows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from strataforest.sheets.grid import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Grid,
    cell_name,
    too_large,
    unreadable,
)

DELIMITERS = (",", ";", "\t", "|")
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
PLAIN = ("utf-8", "utf-8-sig")
# Whose decoders take quadratic time or read text as program code.
NOT_OF_FILES = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
SNIFFED_BYTES = 1 << 16
SNIFFED_ROWS = 200
# A spreadsheet program's own first line, which names the delimiter and is no row of the sheet.
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")
BOUND = r"\s*[<>≤≥=]?\s*[-+−]?"
WITH_POINT = re.compile(BOUND + r"\d*\.\d+\s*%?\s*")
WITH_COMMA = re.compile(BOUND + r"\d*,\d+\s*%?\s*")
# 1,234 may be a thousand and more, or a little above one.
AMBIGUOUS = re.compile(BOUND + r"[1-9]\d{0,2},\d{3}\s*%?\s*")
THOUSANDS = re.compile(BOUND + r"[1-9]\d{0,2}(,\d{3}){2,}\s*")
SAVE_AS_UTF8 = "save it as UTF-8, or declare `encoding:` for this sheet (cp1252, gb18030, ...)"


def text_grid(file: str, raw: bytes, spec: Mapping) -> Grid:
    """Return the cells of a delimited text file, rows as long as they are in the file.

    `spec` may declare `encoding`, `delimiter` and `decimal`. Raises ReviewError for text in no
    known encoding, too large, or cut off inside of a quote.
    """
    text, encoding = _decoded(file, raw, spec.get("encoding"))
    if "\x00" in text:
        expected = "a text file (CSV or TSV), XLSX or ODS"
        raise unreadable(file, "holds binary data", expected, "export it as CSV")
    separator = SEPARATOR_LINE.match(text)
    text = text[separator.end() :] if separator else text
    delimiter = spec.get("delimiter") or (separator[1] if separator else _delimiter(text))
    rows = _rows(file, text, delimiter)
    decimal = spec.get("decimal") or _decimal(rows, delimiter)
    found = {
        "encoding": "" if spec.get("encoding") or encoding in PLAIN else encoding,
        "delimiter": "" if spec.get("delimiter") or delimiter == "," else delimiter,
        "decimal": "" if spec.get("decimal") or decimal == "." else decimal,
    }
    detected = {name: value for name, value in found.items() if value}
    kinds = {(len(rows) - 1, len(rows[-1]) - 1): "unfinished"} if _is_cut_off(text, rows) else {}
    return Grid(file=file, tab="", rows=rows, kinds=kinds, decimal=decimal, detected=detected)


def _is_cut_off(text: str, rows: list[list[str]]) -> bool:
    """Whether the last row has no line end and fewer cells than most: a copy may have stopped."""
    if len(rows) < 2 or text.endswith(("\n", "\r")):
        return False
    widths = Counter(len(row) for row in rows[:-1])
    return 0 < len(rows[-1]) < widths.most_common(1)[0][0]


def _decoded(file: str, raw: bytes, declared: str | None) -> tuple[str, str]:
    """Return the text and its encoding: declared, by its first bytes, UTF-8, else guessed."""
    bom = next((encoding for mark, encoding in BOMS if raw.startswith(mark)), None)
    encoding = declared or bom or _utf16_without_bom(raw) or "utf-8"
    try:
        if encoding.lower().replace("-", "_") in NOT_OF_FILES:
            raise LookupError
        return raw.decode(encoding).removeprefix("\ufeff"), encoding
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError) and encoding == "utf-8" and not declared:
            guessed = _guessed(raw)
            if guessed:
                return guessed
        raise _undecodable(file, raw, encoding, error) from None


def _undecodable(file: str, raw: bytes, encoding: str, error: Exception) -> Exception:
    if not isinstance(error, UnicodeDecodeError):
        mend = "use a name such as utf-8, utf-16, cp1252, gb18030"
        return unreadable(file, f"unknown encoding '{encoding}'", "", mend)
    row = raw[: error.start].count(b"\n")
    problem = f"the text is not {encoding.removesuffix('-sig')} (byte {error.start + 1})"
    return unreadable(file, problem, "UTF-8 text", SAVE_AS_UTF8, cell=cell_name(row, 0))


def _utf16_without_bom(raw: bytes) -> str | None:
    """Return UTF-16's byte order where every other byte is mostly zero, as in Western text."""
    sample = raw[:4096]
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(raw) % 2:
        return None
    if half and odd > 0.5 * half and not even:
        return "utf-16-le"
    if half and even > 0.5 * half and not odd:
        return "utf-16-be"
    return None


def _guessed(raw: bytes) -> tuple[str, str] | None:
    """Return text that is not UTF-8, and the encoding by charset-normalizer, or None.

    None for UTF-8 with a damaged byte: most of its characters beyond ASCII are whole. Letters that
    stand alone among ASCII ones are of an alphabet, not of a script that takes two bytes a letter.
    Of encodings that explain the text equally well, as they do where it is short, that of Windows
    in Western Europe is taken.
    """
    read = raw.decode("utf-8", errors="replace")
    damaged = read.count("\ufffd")
    if damaged <= sum(character > "\x7f" for character in read) - damaged or b"\x00" in raw:
        return None
    from charset_normalizer import from_bytes

    matches = list(from_bytes(raw))
    if _letters_stand_alone(raw):
        matches = [match for match in matches if len(str(match)) == len(raw)]
        if not matches:
            return _western(raw)
    best = [match for match in matches if match.chaos == matches[0].chaos]
    names = [name for match in best for name in match.could_be_from_charset]
    if not names:
        return None
    encoding = "cp1252" if "cp1252" in names else matches[0].encoding
    return raw.decode(encoding), encoding


def _western(raw: bytes) -> tuple[str, str] | None:
    try:
        return raw.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return None


def _letters_stand_alone(raw: bytes) -> bool:
    """Whether most bytes beyond ASCII have ASCII on both sides: é in café, never 糖尿."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", raw)]
    return runs.count(1) > 0.7 * len(runs)


def _delimiter(text: str) -> str:
    """Return the delimiter by which most rows have the same number of cells, and more than one.

    Titles above the headings and delimiters inside of quotes do not count; of equals the one that
    gives more cells is taken.
    """

    def fit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _sample(text, delimiter) if len(row) > 1)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return rows, width

    return max(DELIMITERS, key=fit)


def _sample(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text[:SNIFFED_BYTES], newline=""), delimiter=delimiter)
    try:
        for row, _ in zip(reader, range(SNIFFED_ROWS), strict=False):
            yield row
    except csv.Error:
        return


def _rows(file: str, text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    cells = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append(row)
            cells += len(row)
            if len(rows) > MAX_ROWS or len(row) > MAX_COLUMNS or cells > MAX_CELLS:
                raise too_large(file, cell=cell_name(len(rows) - 1, 0))
    except csv.Error as error:
        problem = f"the file cannot be read from this row on ({error})"
        mend = "it may be half-written or miss a closing quote: save it again"
        cell = cell_name(len(rows), 0)
        raise unreadable(file, problem, "complete rows", mend, cell=cell) from None
    return rows


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    """Return `,` where more numbers have a comma that cannot be thousands than have a point.

    The few that are written otherwise are then the ones that cannot be read.
    """
    if delimiter == ",":
        return "."
    points = commas = 0
    for cell in (cell for row in rows for cell in row):
        if THOUSANDS.fullmatch(cell):
            return "."
        points += bool(WITH_POINT.fullmatch(cell))
        commas += bool(WITH_COMMA.fullmatch(cell) and not AMBIGUOUS.fullmatch(cell))
    return "," if commas > points else "."
