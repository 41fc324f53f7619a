"""The blocks of a forest plot: where their rows stand, their headings and their diamonds."""

from collections.abc import Sequence
from dataclasses import dataclass

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.forest_data import ForestGroup
from strataforest.figures.marks import draw_diamond
from strataforest.formatting import is_missing

_ABOVE = 0.08  # of a heading, below the block before it
_SMALL_LINE = layout.line_height(style.SMALL)


@dataclass(frozen=True)
class Stack:
    """The y of the middle of every row, and of every block's heading and subtotal; the end."""

    rows: Sequence[float]
    headings: Sequence[float]
    subtotals: Sequence[float]
    bottom: float


def stack_rows(
    heights: Sequence[float], groups: Sequence[ForestGroup], top: float, axis: Axis
) -> Stack:
    """Rows of these heights from `top` down, those of each block between heading and subtotal.

    What stands at the left ends before the axis. Raises ValueError for blocks that do not hold
    every row.
    """
    if not groups:
        ys = columns.middles(heights, top)
        return Stack(ys, (), (), ys[-1] + heights[-1] / 2)
    if sum(group.size for group in groups) != len(heights):
        raise ValueError("the blocks of a forest plot must hold every row")
    rows, headings, subtotals, done = [], [], [], 0
    for i, group in enumerate(groups):
        top += _ABOVE if i else 0.0
        headings.append(top + style.ROW / 2)
        own = heights[done : done + group.size]
        rows += columns.middles(own, top + style.ROW)
        done += group.size
        top += style.ROW + sum(own)
        subtotals.append(top + style.ROW / 2)
        top += style.ROW * (not is_missing(group.estimate))
        top += _SMALL_LINE * len(_print(group, axis))
    return Stack(rows, headings, subtotals, top)


def subtotal_label(group: ForestGroup) -> str:
    """Return what stands before a block's pooled effect; nothing where it has none."""
    return "" if is_missing(group.estimate) else f"Subtotal (k = {group.size})"


def _print(group: ForestGroup, axis: Axis) -> tuple[str, ...]:
    """The small print below a block's pooled effect, or in its place, in lines."""
    text = group.note
    if is_missing(group.estimate):
        text = f"Not pooled: {text}" if text else "Not pooled"
    return layout.wrap(text, _room(axis), 3, style.SMALL) if text else ()


def _room(axis: Axis) -> float:
    return axis.left - style.MARGIN - 0.1


def draw_groups(
    canvas: Canvas,
    groups: Sequence[ForestGroup],
    stack: Stack,
    axis: Axis,
    estimates: columns.Estimates,
    numbers: layout.Column,
) -> None:
    """The heading of each block, its pooled effect as a diamond and in numbers, its small print."""
    left = style.MARGIN
    for group, top, y in zip(groups, stack.headings, stack.subtotals, strict=True):
        (heading,) = layout.wrap(group.label, _room(axis), 1, bold=True)
        canvas.text(left, top, heading, bold=True, role="group")
        pooled = not is_missing(group.estimate)
        note = _print(group, axis)
        below = y + style.ROW / 2 * (1 if pooled else -1) - 0.03 * pooled
        middle = below + len(note) * _SMALL_LINE / 2
        look = {"size": style.SMALL, "colour": style.GREY, "role": "group-note"}
        canvas.lines(left, middle, note, **look)
        canvas.text(left, y, subtotal_label(group), bold=True, role="label")
        if pooled:
            estimates.draw(canvas, numbers, y, group.pooled, bold=True)
            draw_diamond(canvas, axis, group.pooled, y)
