"""A sheet drawn on in inches from its top left corner, turned into few artists at the end."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from strataforest.figures import layout, style
from strataforest.figures.words import Words

Align = Literal["left", "center", "right"]
_HALF_CAPITAL = 0.365  # half the height of DejaVu's capitals, in type sizes
# DejaVu centres mathematical signs below the middle of its capitals, by this in type sizes.
_SIGNS, _SIGN_LIFT, _SIGN_SIZE = "+\u2212\u00d7", 0.05, 7.5
ARROW = 0.075

# Outlines around (0, 0), y downwards, of about the same visual weight.
SHAPES = {
    "circle": [(math.cos(a * math.pi / 16), math.sin(a * math.pi / 16)) for a in range(32)],
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "diamond": [(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    "triangle": [(0.0, -1.2), (1.2, 0.9), (-1.2, 0.9)],
    "wedge": [(0.0, 1.2), (-1.2, -0.9), (1.2, -0.9)],
}
# A hollow circle: its rim there and, inside, back again.
SHAPES["ring"] = [
    (radius * math.cos(turn * a * math.pi / 16), radius * math.sin(turn * a * math.pi / 16))
    for radius, turn in ((1.0, 1), (0.74, -1))
    for a in range(33)
]


@dataclass(frozen=True)
class _Word:
    x: float
    y: float
    text: str
    align: Align
    size: float
    bold: bool
    colour: str
    role: str


class Canvas:
    """Collects texts, lines and areas; their looks come from `style` by the name of their role.

    Every position is in inches, y downwards from the top edge, so a figure can be laid out before
    its height is known. Roles become the labels of the artists.
    """

    def __init__(self) -> None:
        self._words: list[_Word] = []
        self._lines: dict[str, list] = defaultdict(list)
        self._areas: dict[str, list] = defaultdict(list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        align: Align = "left",
        *,
        size: float = style.BODY,
        bold: bool = False,
        colour: str = style.INK,
        role: str = "text",
    ) -> None:
        """One line of text whose capitals are centred on `y`; drawn as it stands, no mathtext."""
        if text:
            self._words.append(_Word(x, y, text, align, size, bold, colour, role))

    def lines(
        self, x: float, y: float, lines: Sequence[str], align: Align = "left", **look
    ) -> None:
        """Several lines of text, their middle at `y`; keywords as for `text`."""
        step = layout.line_height(look.get("size", style.BODY))
        for i, line in enumerate(lines):
            self.text(x, y + (i - (len(lines) - 1) / 2) * step, line, align, **look)

    def line(self, role: str, x0: float, y0: float, x1: float, y1: float) -> None:
        """A straight line with the stroke of `role`."""
        self._lines[role].append([(x0, y0), (x1, y1)])

    def area(self, role: str, points: Sequence[tuple[float, float]]) -> None:
        """A filled polygon with the fill of `role`."""
        self._areas[role].append(list(points))

    def box(self, role: str, left: float, top: float, right: float, bottom: float) -> None:
        """A filled rectangle."""
        self.area(role, [(left, top), (right, top), (right, bottom), (left, bottom)])

    def arrowhead(self, role: str, tip: float, y: float, direction: int) -> None:
        """A small triangle with its tip at (tip, y), pointing right (1) or left (-1)."""
        base, half = tip - direction * ARROW, ARROW * 0.45
        self.area(role, [(tip, y), (base, y - half), (base, y + half)])

    def marker(self, role: str, shape: str, x: float, y: float, half: float = 0.05) -> None:
        """A marker centred on (x, y) reaching about `half` inches; `shape` names one of SHAPES."""
        self.area(role, [(x + half * dx, y + half * dy) for dx, dy in SHAPES[shape]])

    def sign(self, x: float, y: float, sign: str, colour: str = style.INK) -> None:
        """A bold sign to stand on a marker, its ink centred on (x, y)."""
        lift = _SIGN_LIFT * _SIGN_SIZE / 72 if sign in _SIGNS else 0.0
        look = {"size": _SIGN_SIZE, "bold": True, "colour": colour, "role": "sign"}
        self.text(x, y - lift, sign, "center", **look)

    def figure(self, width: float, height: float, title: str = "") -> Figure:
        """Everything collected, as a Figure of that size in inches, labelled with its title."""
        with style.context():
            figure = Figure(figsize=(width, height), facecolor=style.PAPER)
            figure.set_label(layout.clean(title))
            inches = figure.dpi_scale_trans
            for role, segments in self._lines.items():
                figure.add_artist(_stroke(role, segments, height, inches))
            for role, polygons in self._areas.items():
                figure.add_artist(_fill(role, polygons, height, inches))
            for word in self._words:
                figure.add_artist(_text(word, height, inches))
        return figure


def _flip(points: Sequence[tuple[float, float]], height: float) -> list[tuple[float, float]]:
    return [(x, height - y) for x, y in points]


def _stroke(role: str, segments: list, height: float, inches) -> LineCollection:
    look = style.STROKES[role]
    # Dashes are given in line widths here.
    dashes = (0, tuple(d / look.width for d in look.dashes)) if look.dashes else "solid"
    return LineCollection(
        [_flip(points, height) for points in segments],
        colors=look.colour,
        linewidths=look.width,
        linestyles=[dashes],
        zorder=look.order,
        transform=inches,
        label=role,
    )


def _fill(role: str, polygons: list, height: float, inches) -> PolyCollection:
    look = style.FILLS[role]
    return PolyCollection(
        [_flip(points, height) for points in polygons],
        facecolors=look.colour,
        edgecolors=look.edge or "none",
        linewidths=0.5 if look.edge else 0,
        zorder=look.order,
        transform=inches,
        label=role,
    )


def _text(word: _Word, height: float, inches) -> Words:
    baseline = word.y + _HALF_CAPITAL * word.size / 72
    text = Words(
        word.x,
        height - baseline,
        word.text,
        color=word.colour,
        fontproperties=style.font(word.size, word.bold),
        ha=word.align,
        va="baseline",
        parse_math=False,
        usetex=False,
        transform=inches,
        zorder=5,
    )
    text.set_label(word.role)
    # Letters as typed: for ligatures a PDF would embed every font a second time.
    text.set_fontfeatures(["-liga"])
    return text
