"""Where text goes: cleaning, measuring and wrapping it, and placing columns. All in inches."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from matplotlib.ft2font import FT2Font

from strataforest.figures import style

ELLIPSIS = "\u2026"
_BREAK_AFTER = " -/_;,\u2013" + ELLIPSIS
_KEPT_FORMAT_CHARACTERS = "\u200c\u200d"  # joiners, which Persian and Indic scripts spell with
_MEASURING_SIZE = 100
_EQUATION = re.compile("(?<=\\w) ([=<>]) (?=[\u2212\\d])")


def clean(text: object) -> str:
    """One line of text that can be drawn and stored in XML, otherwise as its author wrote it.

    White space of any kind becomes one space; characters that reverse or hide the text around
    them are dropped; other control characters, which XML forbids, become U+FFFD.
    """
    kept = []
    for char in str(text):
        category = unicodedata.category(char)
        if char.isspace():
            kept.append(" ")
        elif category == "Cf" and char not in _KEPT_FORMAT_CHARACTERS:
            continue
        elif category in ("Cc", "Cs") or (ord(char) & 0xFFFE) == 0xFFFE:
            kept.append("\ufffd")
        else:
            kept.append(char)
    return " ".join("".join(kept).split())


@cache
def _face(bold: bool) -> FT2Font:
    face = FT2Font(style.font_path(bold))
    face.set_size(_MEASURING_SIZE, 72)
    return face


@cache
def _advance(char: str, bold: bool) -> float:
    """Width of one character in type sizes; a full square for one the font does not hold."""
    face = _face(bold)
    if face.get_char_index(ord(char)) == 0:
        return 0.0 if unicodedata.combining(char) else 1.0
    glyph = face.load_char(ord(char))  # its linear advance is the unhinted one
    return glyph.linearHoriAdvance / 65536 / _MEASURING_SIZE


def text_width(text: str, size: float = style.BODY, bold: bool = False) -> float:
    """Width of a line of text in inches."""
    return sum(_advance(char, bold) for char in text) * size / 72


def line_height(size: float = style.BODY) -> float:
    """Distance between two baselines in inches."""
    return style.LINE * size / 72


def wrap(
    text: object, width: float, max_lines: int = 2, size: float = style.BODY, bold: bool = False
) -> tuple[str, ...]:
    """`text`, cleaned, in lines no wider than `width` inches, at most `max_lines` of them.

    Lines break at spaces and after hyphens, slashes and the like where they can, else anywhere; a
    number stays with its sign, "p = 0.350". What is still too long loses its middle to an ellipsis:
    names differ at their ends.
    """
    whole = _EQUATION.sub("\u00a0\\1\u00a0", clean(text))
    lines = _lines(whole, width, max_lines, size, bold)
    return tuple(line.replace("\u00a0", " ") for line in lines)


def _lines(whole: str, width: float, max_lines: int, size: float, bold: bool) -> tuple[str, ...]:
    lines = _break(whole, width, max_lines, size, bold)
    if lines is not None:
        return lines
    low, high = 0, len(whole) - 1
    best = (ELLIPSIS,)
    while low <= high:
        keep = (low + high) // 2
        lines = _break(_without_middle(whole, keep), width, max_lines, size, bold)
        if lines is None:
            high = keep - 1
        else:
            best, low = lines, keep + 1
    in_words = _break(_without_words(whole, max(high, 0)), width, max_lines, size, bold)
    return in_words or best


def shorten(text: object, width: float, size: float = style.BODY) -> str:
    """`text`, cleaned, in one line no wider than `width` inches, what is too long cut at its end.

    The cut is between two words where it costs little, and a bracket it leaves open is closed:
    "Name2025 (Health\u2026)" still says whose effect it is, and on what.
    """
    whole = clean(text)
    if text_width(whole, size) <= width + 1e-9:
        return whole
    for keep in range(len(whole) - 1, 0, -1):
        short = _cut(whole, keep)
        if text_width(short, size) <= width + 1e-9:
            return short
    return ELLIPSIS


def _cut(text: str, keep: int) -> str:
    kept = text[:keep]
    word = kept.rfind(" ")
    # The first word in a bracket is cut, not dropped: its beginning says more than nothing.
    if text[keep] != " " and word >= 0.6 * keep and not kept[word + 1 :].startswith("("):
        kept = kept[:word]
    kept = kept.rstrip(" (,;:-")
    return kept + ELLIPSIS + ")" * (kept.count("(") > kept.count(")"))


def _ends(text: str, keep: int) -> tuple[str, str]:
    tail = keep // 2
    return text[: keep - tail].rstrip(), text[len(text) - tail :].lstrip()


def _without_middle(text: str, keep: int) -> str:
    return ELLIPSIS.join(_ends(text, keep))


def _without_words(text: str, keep: int) -> str:
    """As `_without_middle`, but cut between two words where that costs little on either side."""
    head, tail = _ends(text, keep)
    last, first = head.rfind(" "), tail.find(" ")
    if last >= 0.6 * len(head) and not text[len(head) :].startswith(" "):
        head = head[:last].rstrip(" (,;:-")
    if 0 <= first <= 0.5 * len(tail) and not text[: len(text) - len(tail)].endswith(" "):
        tail = tail[first + 1 :]
    return head + ELLIPSIS + tail


def _break(
    text: str, width: float, max_lines: int, size: float, bold: bool
) -> tuple[str, ...] | None:
    """The lines of `text`, or None when they are more than `max_lines`."""
    lines: list[str] = []
    rest = text
    while len(lines) < max_lines:
        end = _fitting(rest, width, size, bold)
        if end == len(rest):
            return (*lines, rest)
        if end == 0:
            return None
        # A break far back wastes the line, so a long unbroken word is cut where the line ends.
        breaks = [i + 1 for i in range(end) if rest[i] in _BREAK_AFTER]
        if rest[end] == " ":
            breaks.append(end)
        cut = breaks[-1] if breaks and breaks[-1] >= 0.35 * end else end
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return None


def _fitting(text: str, width: float, size: float, bold: bool) -> int:
    """How many characters from the start of `text` fit into `width` inches."""
    used, limit = 0.0, width * 72 / size + 1e-9
    for i, char in enumerate(text):
        used += _advance(char, bold)
        if used > limit:
            return i
    return len(text)


@dataclass(frozen=True)
class Column:
    """A placed column: its left and right edge in inches from the left of the figure."""

    left: float
    right: float

    @property
    def centre(self) -> float:
        """The middle of the column in inches."""
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        """The width of the column in inches."""
        return self.right - self.left


def widest(texts: Iterable[str], size: float = style.BODY, bold: bool = False) -> float:
    """Width of the widest of the texts in inches; 0 without any."""
    return max((text_width(text, size, bold) for text in texts), default=0.0)


def place(widths: Sequence[float], gaps: Sequence[float], start: float) -> list[Column]:
    """Columns of these widths from `start` rightwards, `gaps[i]` inches before the i-th.

    Raises ValueError when there is not one gap per column.
    """
    columns, x = [], start
    for width, gap in zip(widths, gaps, strict=True):
        columns.append(Column(x + gap, x + gap + width))
        x += gap + width
    return columns
