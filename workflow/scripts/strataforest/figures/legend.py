"""What the marks of a figure mean, as many to a line as fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from strataforest.figures import layout, style
from strataforest.figures.canvas import SHAPES, Canvas
from strataforest.figures.marks import diamond_outline

SIZE = style.BODY - 0.5
_LONG, _SHORT = 0.3, 0.12
_SIGN_RADIUS, _SIGNED_LINE = 0.075, 0.19
_APART = 0.08  # of a mark and its text


@dataclass(frozen=True)
class Key:
    """One entry: the role of the marks, how they look (a shape, or one of these), and its text.

    A shape may carry a `sign` in a `colour` of its own.
    """

    role: str
    look: Literal["line", "swatch", "effect"] | str
    text: str
    sign: str = ""
    colour: str = style.INK

    @property
    def mark(self) -> float:
        """Width of the mark in inches."""
        short = 2 * _SIGN_RADIUS if self.sign else _SHORT
        return short if self.look in SHAPES else _LONG


def draw_legend(
    canvas: Canvas, keys: Sequence[Key], y: float, width: float, left: float = style.MARGIN
) -> float:
    """The keys from `left` on below `y`, on a figure `width` inches wide; the y below them.

    An entry too long for a line is shortened. Of all ways to break them into as few lines as they
    need, the narrowest is taken, so that no entry stands alone below a full line.
    """
    if not keys:
        return y
    room = width - style.MARGIN - left
    step = _SIGNED_LINE if any(key.sign for key in keys) else layout.line_height(style.BODY)
    texts = [layout.shorten(key.text, room - key.mark - _APART, SIZE) for key in keys]
    widths = [
        key.mark + _APART + layout.text_width(text, SIZE)
        for key, text in zip(keys, texts, strict=True)
    ]
    y += step / 2
    for i, line in enumerate(_balanced(widths, room)):
        x = left
        for j in line:
            _draw_mark(canvas, keys[j], x, y + i * step)
            where = x + keys[j].mark + _APART
            canvas.text(where, y + i * step, texts[j], size=SIZE, role="legend")
            x += widths[j] + style.GAP
    return y + i * step + step / 2 + 0.03


def _balanced(widths: Sequence[float], room: float) -> list[list[int]]:
    """The entries of each line, in as few lines as fill `room`, the widest as narrow as can be."""
    fewest = len(_filled(widths, room))
    spans = sorted(
        sum(widths[i:j]) + (j - i - 1) * style.GAP
        for i in range(len(widths))
        for j in range(i + 1, len(widths) + 1)
    )
    tried = (_filled(widths, span + 1e-9) for span in spans if max(widths) <= span <= room)
    return next((lines for lines in tried if len(lines) == fewest), _filled(widths, room))


def _filled(widths: Sequence[float], room: float) -> list[list[int]]:
    """The entries of each line when each is filled before the next begins."""
    lines, used = [[0]], widths[0]
    for i, width in enumerate(widths[1:], 1):
        used += style.GAP + width
        if used > room:
            lines.append([])
            used = width
        lines[-1].append(i)
    return lines


def _draw_mark(canvas: Canvas, key: Key, x: float, y: float) -> None:
    if key.look == "line":
        canvas.line(key.role, x, y, x + key.mark, y)
    elif key.look == "swatch":
        canvas.box(key.role, x, y - 0.045, x + key.mark, y + 0.045)
    elif key.look == "effect":
        canvas.area(key.role, diamond_outline(x, x + key.mark / 2, x + key.mark, y))
    else:
        half = _SIGN_RADIUS if key.sign else 0.05
        canvas.marker(key.role, key.look, x + key.mark / 2, y, half)
        canvas.sign(x + key.mark / 2, y, key.sign, key.colour)
