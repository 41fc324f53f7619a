"""What the marks of a figure mean, as many to a line as fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from strataforest.figures import layout, style
from strataforest.figures.canvas import SHAPES, Canvas
from strataforest.figures.marks import diamond_outline

SIZE = style.BODY - 0.5
_LONG, _SHORT = 0.3, 0.12


@dataclass(frozen=True)
class Key:
    """One entry: the role of the marks, how they look (a shape, or one of these), and its text."""

    role: str
    look: Literal["line", "swatch", "effect"] | str
    text: str

    @property
    def mark(self) -> float:
        """Width of the mark in inches."""
        return _SHORT if self.look in SHAPES else _LONG


def draw_legend(
    canvas: Canvas, keys: Sequence[Key], y: float, width: float, left: float = style.MARGIN
) -> float:
    """The keys from `left` on below `y`, on a figure `width` inches wide; the y below them.

    An entry too long for a line is shortened.
    """
    if not keys:
        return y
    x, step = left, layout.line_height(style.BODY)
    y += step / 2
    for key in keys:
        room = width - style.MARGIN - left - key.mark - 0.08
        (text,) = layout.wrap(key.text, room, 1, SIZE)
        taken = key.mark + 0.08 + layout.text_width(text, SIZE)
        if x > left and x + taken > width - style.MARGIN:
            x, y = left, y + step
        _draw_mark(canvas, key, x, y)
        canvas.text(x + key.mark + 0.08, y, text, size=SIZE, role="legend")
        x += taken + style.GAP
    return y + step / 2 + 0.03


def _draw_mark(canvas: Canvas, key: Key, x: float, y: float) -> None:
    if key.look == "line":
        canvas.line(key.role, x, y, x + key.mark, y)
    elif key.look == "swatch":
        canvas.box(key.role, x, y - 0.045, x + key.mark, y + 0.045)
    elif key.look == "effect":
        canvas.area(key.role, diamond_outline(x, x + key.mark / 2, x + key.mark, y))
    else:
        canvas.marker(key.role, key.look, x + key.mark / 2, y)
