"""The PRISMA 2020 flow: what was found, what left on the way and why, what is included."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.canvas import ARROW, Canvas
from strataforest.formatting import count

_PHASE_GAP, _SIDE_GAP = 0.14, 0.42
_MAIN_WIDTH, _SIDE_WIDTH = 2.6, 2.85
_PAD = 0.09  # between a box and its text
_INDENT = 0.12
_ROW_GAP = 0.26
_MOST_LINES = 6


@dataclass(frozen=True)
class FlowEntry:
    """One line of a box: a text with its number, or with None a heading; indented by `depth`."""

    text: str
    n: int | None = None
    depth: int = 0


@dataclass(frozen=True)
class FlowRow:
    """One level of the diagram: its phase, the box on the way down, and the box of what left."""

    phase: str
    main: Sequence[FlowEntry] = ()
    side: Sequence[FlowEntry] = ()


@dataclass(frozen=True)
class _Line:
    text: str
    indent: float


@dataclass(frozen=True)
class _Placed:
    """A level with its lines, between `top` and `bottom`; its boxes stand around `middle`."""

    row: FlowRow
    main: Sequence[_Line]
    side: Sequence[_Line]
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def half(self, lines: Sequence[_Line]) -> float:
        """Half the height of the box of these lines."""
        return _height(lines) / 2


def flow_diagram(title: str, rows: Sequence[FlowRow]) -> Figure:
    """Boxes from the top down, joined by arrows; beside each, what left there.

    A level without a box on the way down hangs its side box on the arrow that passes it, so a
    stage nobody counted leaves no hole. Boxes are as high as their text needs. Sized in inches by
    its content. Raises ValueError without any box.
    """
    rows = [row for row in rows if row.main or row.side]
    if not rows:
        raise ValueError("a flow diagram needs at least one stage")
    phase_width = layout.widest({row.phase for row in rows}, bold=True) + 2 * _PAD
    widths, gaps = [phase_width, _MAIN_WIDTH], [0.0, _PHASE_GAP]
    if any(row.side for row in rows):
        widths, gaps = [*widths, _SIDE_WIDTH], [*gaps, _SIDE_GAP]
    phase, main, *side = layout.place(widths, gaps, style.MARGIN)
    width = (side[-1] if side else main).right + style.MARGIN
    canvas = Canvas()
    top = columns.draw_title(canvas, title, width) + 0.04
    placed = _place(rows, top)
    for name, group in groupby(placed, key=lambda level: level.row.phase):
        _draw_phase(canvas, phase, name, list(group))
    for level in placed:
        _draw_box(canvas, main, level.main, level.middle)
        if level.side:
            _draw_box(canvas, side[0], level.side, level.middle)
            start = main.right if level.main else main.centre
            _draw_exit(canvas, start, side[0].left, level, placed)
    _draw_way(canvas, main.centre, placed)
    return canvas.figure(width, placed[-1].bottom + style.MARGIN, title)


def _place(rows: Sequence[FlowRow], top: float) -> list[_Placed]:
    placed = []
    for row in rows:
        main, side = _lines(row.main, _MAIN_WIDTH), _lines(row.side, _SIDE_WIDTH)
        bottom = top + max(_height(main), _height(side))
        placed.append(_Placed(row, main, side, top, bottom))
        top = bottom + _ROW_GAP
    return placed


def _lines(entries: Sequence[FlowEntry], width: float) -> list[_Line]:
    """The lines of a box `width` inches wide; a number never stands apart from its "n ="."""
    lines = []
    for entry in entries:
        indent = entry.depth * _INDENT
        hanging = _INDENT if entry.depth else 0.0
        room = width - 2 * _PAD - indent - hanging
        texts = list(layout.wrap(entry.text, room, _MOST_LINES))
        if entry.n is not None:
            number = f"(n = {count(entry.n)})"
            if layout.text_width(f"{texts[-1]} {number}") <= room:
                texts[-1] = f"{texts[-1]} {number}".lstrip()
            else:
                texts.append(number)
        lines += [_Line(text, indent + (hanging if i else 0.0)) for i, text in enumerate(texts)]
    return lines


def _height(lines: Sequence[_Line]) -> float:
    return len(lines) * layout.line_height() + 2 * _PAD if lines else 0.0


def _draw_phase(
    canvas: Canvas, column: layout.Column, name: str, levels: Sequence[_Placed]
) -> None:
    top, bottom = levels[0].top, levels[-1].bottom
    canvas.box("phase", column.left, top, column.right, bottom)
    canvas.text(column.centre, (top + bottom) / 2, name, "center", bold=True, role="phase")


def _draw_box(canvas: Canvas, column: layout.Column, lines: Sequence[_Line], middle: float) -> None:
    if not lines:
        return
    half, step = _height(lines) / 2, layout.line_height()
    canvas.box("stage", column.left, middle - half, column.right, middle + half)
    for i, line in enumerate(lines):
        y = middle + (i - (len(lines) - 1) / 2) * step
        canvas.text(column.left + _PAD + line.indent, y, line.text, role="stage")


def _draw_exit(
    canvas: Canvas, start: float, end: float, level: _Placed, placed: Sequence[_Placed]
) -> None:
    """The arrow to a side box, from the box beside it or from the way down that passes it."""
    if not any(other.main for other in placed):
        return
    canvas.line("flow", start, level.middle, end - ARROW, level.middle)
    canvas.arrowhead("flow-arrow", end, level.middle, 1)


def _draw_way(canvas: Canvas, x: float, placed: Sequence[_Placed]) -> None:
    """The arrows from each box to the next below it, past levels that have none."""
    before = None
    for i, level in enumerate(placed):
        if level.main:
            if before is None and i:
                _draw_down(canvas, x, placed[0].middle, level.middle - level.half(level.main))
            elif before is not None:
                start = before.middle + before.half(before.main)
                _draw_down(canvas, x, start, level.middle - level.half(level.main))
            before = level
    # What left after the last box hangs on a line that ends there.
    if before is not None and before is not placed[-1]:
        start = before.middle + before.half(before.main)
        canvas.line("flow", x, start, x, placed[-1].middle)


def _draw_down(canvas: Canvas, x: float, start: float, tip: float) -> None:
    half = ARROW * 0.45
    canvas.line("flow", x, start, x, tip - ARROW)
    canvas.area("flow-arrow", [(x, tip), (x - half, tip - ARROW), (x + half, tip - ARROW)])
