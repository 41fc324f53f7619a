"""The small parts of an XLSX file: number formats, shared texts, comments."""

import re

from strataforest.sheets.formats.archive import Attributes, Handler
from strataforest.sheets.grid import Position, position_of, too_large, unreadable

# Excel allows a cell 32,767 characters.
MAX_SHARED_LENGTH = 32_767
MAX_SHARED_TEXTS = 500_000
BUILT_IN_PERCENTS = {"9", "10"}
# What is not itself a format in a number format: quoted, escaped or in brackets.
LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class Styles(Handler):
    """Which cell styles show their number as a percent."""

    def __init__(self) -> None:
        self._inside = ""
        self._formats = set(BUILT_IN_PERCENTS)
        self._styles: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """Take a number format, or the format of the next cell style."""
        if name in {"numFmts", "cellXfs"}:
            self._inside = name
        elif name == "numFmt" and self._inside == "numFmts":
            if "%" in LITERAL.sub("", attributes.get("formatCode", "")):
                self._formats.add(attributes.get("numFmtId", ""))
        elif name == "xf" and self._inside == "cellXfs":
            self._styles.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        """Leave a list."""
        if name == self._inside:
            self._inside = ""

    def percents(self) -> frozenset[str]:
        """Return the indices of the cell styles, as cells name them."""
        return frozenset(str(i) for i, f in enumerate(self._styles) if f in self._formats)


class SharedTexts(Handler):
    """The lengths of the texts that cells share: a short file may name a long one very often."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lengths: list[int] = []

    def start(self, name: str, _: Attributes) -> None:
        """Begin the next text."""
        if name == "si":
            self.lengths.append(0)
            if len(self.lengths) > MAX_SHARED_TEXTS:
                raise too_large(self.file)

    def text(self, text: str) -> None:
        """Count its characters, those of phonetic hints included."""
        if self.lengths:
            self.lengths[-1] += len(text)
            if self.lengths[-1] > 4 * MAX_SHARED_LENGTH:
                expected = f"at most {MAX_SHARED_LENGTH:,} characters in a cell"
                raise unreadable(self.file, "holds a very long text", expected, "shorten it")


class Comments(Handler):
    """The comments pinned to cells."""

    def __init__(self) -> None:
        self._found: dict[Position, list[str]] = {}
        self._pieces: list[str] = []
        self._is_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin a comment, or a piece of its text."""
        if name == "comment":
            place = position_of(attributes.get("ref", ""))
            self._pieces = self._found.setdefault(place, []) if place else []
        self._is_text = name == "t"

    def end(self, _: str) -> None:
        """Leave a piece of text."""
        self._is_text = False

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self._is_text:
            self._pieces.append(text)

    def within(self, height: int, width: int) -> dict[Position, str]:
        """Return the comments inside of a tab's cells."""
        found = {place: "".join(pieces).strip() for place, pieces in self._found.items()}
        return {p: text for p, text in found.items() if p[0] < height and p[1] < width and text}
