"""One cell of an ODS file: the text between its tags, and its value."""

import re

from strataforest.sheets.formats.archive import Attributes
from strataforest.sheets.grid import number_text

MAX_LENGTH = 131_072
NUMBERS = {"float", "currency", "percentage"}
DURATION = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
# Errors as LibreOffice shows them: other programs' files hold them as such a text only.
ERROR = re.compile(r"#[A-Z0-9/]+[!?]?|Err:\d+")
# White space that the markup means, by characters that XML cannot hold; the rest is collapsed.
SPACE, TAB, BREAK = "\x01", "\x02", "\x03"
MEANT = str.maketrans({SPACE: " ", TAB: "\t", BREAK: "\n"})
PARAGRAPHS = {"text:p", "text:h"}
# What stands in a cell and is not its text: drawings, reading aids.
ASIDE = ("draw:", "table:", "text:ruby-text")


class CellText:
    """Gathers a cell's paragraphs, and apart from them those of its comment."""

    def __init__(self) -> None:
        self.length = 0
        self._paragraphs: list[list[str]] = []
        self._comment: list[list[str]] = []
        self._is_comment = False
        self._inside = self._aside = 0

    @property
    def value(self) -> str:
        """The text of the cell, a line per paragraph."""
        return "\n".join(_collapsed(pieces) for pieces in self._paragraphs)

    @property
    def comment(self) -> str:
        """The text of the comment pinned to the cell."""
        if not self._comment:
            return ""
        return "\n".join(_collapsed(pieces) for pieces in self._comment).strip()

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin an element inside of the cell."""
        if self._aside or name.startswith(ASIDE):
            self._aside += 1
        elif name == "office:annotation":
            self._is_comment = True
        elif name in PARAGRAPHS:
            self._inside += 1
            (self._comment if self._is_comment else self._paragraphs).append([])
        elif name == "text:s":
            wanted = count(attributes, "text:c")
            self.text(SPACE * min(wanted, MAX_LENGTH))
        elif name == "text:tab":
            self.text(TAB)
        elif name == "text:line-break":
            self.text(BREAK)

    def end(self, name: str) -> None:
        """End an element inside of the cell."""
        if self._aside:
            self._aside -= 1
        elif name == "office:annotation":
            self._is_comment = False
        elif name in PARAGRAPHS:
            self._inside -= 1

    def text(self, text: str) -> None:
        """Take a run of text; beyond MAX_LENGTH it is only counted."""
        if self._inside and not self._aside:
            self.length += len(text)
            if self.length <= MAX_LENGTH:
                (self._comment if self._is_comment else self._paragraphs)[-1].append(text)


def _collapsed(pieces: list[str]) -> str:
    """Return a paragraph's text: white space counts as one space, at its start as none.

    ODF 1.2, 6.1.2; at the end it is kept, as LibreOffice writes and reads it.
    """
    return re.sub(r"[ \t\r\n]+", " ", "".join(pieces)).lstrip(" ").translate(MEANT)


def count(attributes: Attributes, name: str) -> int:
    """Return how often something is repeated: 1 unless said otherwise."""
    text = attributes.get(name)
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 10 else 1


def cell_value(cell: Attributes, content: CellText) -> tuple[str, str]:
    """Return a cell's value as text and its kind, as Grid has them."""
    formula = cell.get("table:formula", "")
    kind = cell.get("office:value-type", "")
    if kind == "float" and not formula and "office:value" in cell:
        return _number(cell["office:value"]), ""
    shown = content.value
    is_error = cell.get("calcext:value-type") == "error"
    if is_error or (formula and kind in {"", "string"} and ERROR.fullmatch(shown)):
        return shown, "error"
    if formula and not kind and not shown:
        return "", "formula_without_value"
    if kind == "boolean":
        return ("yes" if cell.get("office:boolean-value") == "true" else "no"), "boolean"
    # LibreOffice keeps a boolean of another program as a number with this formula.
    if formula.endswith(("=TRUE()", "=FALSE()")):
        return ("yes" if formula.endswith("=TRUE()") else "no"), "boolean"
    if kind in NUMBERS:
        text = _number(cell.get("office:value", shown))
        return text, "percent" if kind == "percentage" else ""
    if kind == "date":
        day, _, clock = cell.get("office:date-value", shown).partition("T")
        return (f"{day} {clock}" if clock.strip("0:.Z") else day), "date"
    if kind == "time":
        return _clock(cell.get("office:time-value", shown)), "date"
    return cell.get("office:string-value", shown), ""


def _number(text: str) -> str:
    """Return a number in its shortest form; what is none stays, to be reported in its cell."""
    try:
        return number_text(float(text))
    except ValueError:
        return text


def _clock(text: str) -> str:
    """Return a duration such as PT36H00M00S as hours, minutes and seconds, two digits each."""
    match = DURATION.fullmatch(text)
    return f"{match[1]}{match[2]:0>2}:{match[3]:0>2}:{match[4]:0>2}" if match else text
