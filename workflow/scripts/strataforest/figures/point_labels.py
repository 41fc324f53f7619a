"""Names beside points: each where it touches nothing, further off with a leader, or not at all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strataforest.figures import layout, style
from strataforest.figures.canvas import Canvas
from strataforest.figures.plane import Box

SIZE = style.SMALL
_WIDEST = 1.6
_ABOVE, _BELOW = 0.5, 0.62  # of a line's type size, from the middle of its capitals
_AWAY = (0.03, 0.13, 0.26, 0.42, 0.6, 0.85)
_LEADER_FROM = 0.1
_TURNS = (0, 7, 1, 4, 3, 5, 6, 2)  # eighths of a circle, to the right first


@dataclass(frozen=True)
class _Place:
    """A label's text, anchor and box, and the leader to it as points when it needs one."""

    x: float
    y: float
    align: str
    box: Box
    leader: tuple[tuple[float, float], ...]


def draw_labels(
    canvas: Canvas,
    named: Sequence[tuple[str, Box]],
    taken: Sequence[Box],
    bounds: Box,
    lines: Sequence[Box] = (),
) -> int:
    """Write names beside their marks, the first of `named` having the first choice.

    `named` are names with the boxes of their marks, `taken` the boxes nothing may touch (the marks
    themselves among them), `lines` the boxes that are crossed only where there is no other way,
    `bounds` the room there is, all in inches. A name that fits nowhere is left out. Returns how
    many were written.
    """
    taken, written = list(taken), 0
    texts = _short_names([name for name, _ in named])
    for text, (_, mark) in zip(texts, named, strict=True):
        if not text:
            continue
        width = layout.text_width(text, SIZE)
        place = _free_place(width, mark, [*taken, *lines], bounds)
        place = place or _free_place(width, mark, taken, bounds)
        if place is None:
            continue
        canvas.text(place.x, place.y, text, place.align, size=SIZE, role="point-label")
        if place.leader:
            start, end = place.leader[0], place.leader[-1]
            canvas.line("leader", *start, *end)
            taken += [(x, y, x, y) for x, y in place.leader]
        taken.append(place.box)
        written += 1
    return written


def _short_names(names: Sequence[str]) -> list[str]:
    """Each name in the room there is; those alike once their ends are cut keep them instead."""
    short = [layout.shorten(name, _WIDEST, SIZE) for name in names]
    told = [layout.wrap(name, _WIDEST, 1, SIZE)[0] for name in names]
    return [told[i] if short.count(text) > 1 else text for i, text in enumerate(short)]


def _free_place(width: float, mark: Box, taken: Sequence[Box], bounds: Box) -> _Place | None:
    for away in _AWAY:
        for turn in _TURNS:
            place = _place(width, mark, away, turn * math.pi / 4)
            if _inside(place.box, bounds) and not any(_touch(place.box, box) for box in taken):
                others = [box for box in taken if not _touch(box, mark)]
                crossed = any(
                    _touch((x, y, x, y), box) for x, y in place.leader[1:] for box in others
                )
                if not crossed:
                    return place
    return None


def _place(width: float, mark: Box, away: float, angle: float) -> _Place:
    """The place `away` inches from the edge of a mark, at an angle counted clockwise from right."""
    x, y = (mark[0] + mark[2]) / 2, (mark[1] + mark[3]) / 2
    half = (mark[2] - mark[0]) / 2
    across, down = math.cos(angle), math.sin(angle)
    near_x, near_y = x + (half + away) * across, y + (half + away) * down
    align = "center" if abs(across) < 0.1 else "left" if across > 0 else "right"
    left = near_x - width * {"center": 0.5, "left": 0.0, "right": 1.0}[align]
    # Above and below, the line stands clear of its anchor with its whole height.
    clear = (_ABOVE if down > 0 else -_BELOW) * SIZE / 72
    middle = near_y + (clear if align == "center" else 0.0)
    box = (left, middle - _ABOVE * SIZE / 72, left + width, middle + _BELOW * SIZE / 72)
    leader = ()
    if away >= _LEADER_FROM:
        # Close enough together that no other leader slips through between two of them.
        pieces = math.ceil(away / 0.02)
        reach = [half + (away - 0.02) * i / pieces for i in range(pieces + 1)]
        leader = tuple((x + r * across, y + r * down) for r in reach)
    return _Place(near_x, middle, align, box, leader)


def _inside(box: Box, bounds: Box) -> bool:
    return (
        box[0] >= bounds[0] and box[1] >= bounds[1] and box[2] <= bounds[2] and box[3] <= bounds[3]
    )


def _touch(one: Box, two: Box) -> bool:
    return (
        one[0] < two[2] + 0.01
        and two[0] < one[2] + 0.01
        and one[1] < two[3] + 0.01
        and two[1] < one[3] + 0.01
    )
