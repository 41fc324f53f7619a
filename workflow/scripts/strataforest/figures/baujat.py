"""The Baujat plot: which studies make the heterogeneity, and which of them move the result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from strataforest.figures import columns, style
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.plane import (
    Plane,
    draw_frame,
    draw_point,
    right_room,
    spanning_axis,
    vertical_room,
)
from strataforest.figures.point_labels import draw_labels
from strataforest.formatting import is_missing

_WIDTH, _HEIGHT = 4.4, 3.1
_NAMED = 12
_OUTLYING = 0.15  # of the way to the largest x or y
_HALF = 0.045


@dataclass(frozen=True)
class BaujatPoint:
    """One study: `x` what it adds to heterogeneity, `y` how far it moves the pooled effect."""

    label: str
    x: float | None
    y: float | None
    influential: bool = False


@dataclass(frozen=True)
class BaujatData:
    """A Baujat plot's content."""

    title: str
    points: Sequence[BaujatPoint]
    x_label: str = "Contribution to heterogeneity"
    y_label: str = "Influence on the pooled effect"
    note: str = ""


def baujat_plot(data: BaujatData) -> Figure:
    """Every study as a point; influential ones, as diamonds, and those far out are named.

    Up to twelve, the furthest first. Raises ValueError without points.
    """
    if not data.points:
        raise ValueError("a Baujat plot needs at least one study")
    points = [p for p in data.points if not is_missing(p.x) and not is_missing(p.y)]
    canvas = Canvas()
    upwards = spanning_axis([0.0, *(p.y for p in points)], _HEIGHT, 0.0, room=(0.0, 0.08))
    left = style.MARGIN + vertical_room(upwards)
    across = spanning_axis([0.0, *(p.x for p in points)], left, left + _WIDTH, room=(0.0, 0.08))
    width = across.right + right_room(across)
    top = columns.draw_title(canvas, data.title, width) + 0.3
    plane = Plane(across, replace(upwards, left=top + _HEIGHT, right=top))
    y = draw_frame(canvas, plane, data.x_label, data.y_label, width)
    _draw_points(canvas, plane, points)
    keys = [Key("influential", "diamond", "influential study")]
    if any(p.influential for p in points):
        y = draw_legend(canvas, keys, y + 0.08, width)
    gone = len(data.points) - len(points)
    missing = f"{gone} of {len(data.points)} studies cannot be placed." if gone else ""
    y = columns.draw_notes(canvas, [missing, data.note], y + 0.08, width)
    return canvas.figure(width, y + style.MARGIN, data.title)


def _draw_points(canvas: Canvas, plane: Plane, points: Sequence[BaujatPoint]) -> None:
    boxes = []
    for p in points:
        role, shape = ("influential", "diamond") if p.influential else ("study", "circle")
        boxes.append(draw_point(canvas, plane, role, shape, (p.x, p.y), _HALF))
    far = [max(p.x / plane.x.high, p.y / plane.y.high) for p in points]
    outlying = [
        (not p.influential, -share, i)
        for i, (p, share) in enumerate(zip(points, far, strict=True))
        if p.influential or share > _OUTLYING
    ]
    named = [(points[i].label, boxes[i]) for *_, i in sorted(outlying)[:_NAMED]]
    bounds = (plane.left + 0.03, plane.top - 0.05, plane.right + 0.1, plane.bottom - 0.03)
    draw_labels(canvas, named, boxes, bounds)
