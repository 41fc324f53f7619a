"""The contour-enhanced funnel: effects against their precision, and where p would be small."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from matplotlib.figure import Figure

from strataforest.figures import columns, style
from strataforest.figures.axis import Axis, draw_directions, make_axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.plane import (
    Plane,
    beyond_frame,
    draw_frame,
    draw_point,
    right_room,
    spanning_axis,
    vertical_room,
    within,
)
from strataforest.formatting import is_missing

_WIDTH, _HEIGHT = 4.6, 3.3
_HALF = 0.045
_FAR = 10.0  # a standard error this many times the median one is cut off
_CONTOURS = (("p-below-10", 0.1), ("p-below-5", 0.05), ("p-below-1", 0.01))
_LEGEND = ("0.05 < p < 0.10", "0.01 < p < 0.05", "p < 0.01")


@dataclass(frozen=True)
class FunnelPoint:
    """One study: its effect and standard error."""

    label: str
    effect: float
    sei: float
    imputed: bool = False


@dataclass(frozen=True)
class FunnelData:
    """A funnel's content. With `ratio` effects are logarithms, their axis has ratios.

    `adjusted` is the estimate with the imputed studies; `tests` are sentences printed below.
    """

    title: str
    measure: str
    points: Sequence[FunnelPoint]
    estimate: float | None
    adjusted: float | None = None
    tests: Sequence[str] = ()
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    note: str = ""


def funnel_plot(data: FunnelData) -> Figure:
    """Studies by effect and standard error (precise ones at the top), imputed ones hollow.

    Shaded is where a study's own two-sided p is below 0.10, 0.05 and 0.01 against no effect
    (Peters et al. 2008, J Clin Epidemiol 61:991-996); dashed, where studies of the pooled effect
    would lie without heterogeneity, at `level`. Studies far outside the rest are arrowheads on the
    edge. Raises ValueError without points, for a standard error that is not positive, or for an
    impossible level.
    """
    if not data.points:
        raise ValueError("a funnel needs at least one study")
    bad = [p.label for p in data.points if not (0 < p.sei < math.inf and math.isfinite(p.effect))]
    if bad:
        raise ValueError(f"a funnel needs finite effects and standard errors above 0: {bad[0]}")
    canvas = Canvas()
    columns.level_text(data.level)
    largest = _largest_se(data.points)
    # SE 0 at the top: the axis runs downwards.
    precision = spanning_axis([0.0, largest], 0.0, _HEIGHT, room=(0.0, 0.05))
    left = style.MARGIN + vertical_room(precision)
    across = _effects(data, precision.high, left)
    width = across.right + right_room(across)
    top = columns.draw_title(canvas, data.title, width) + 0.3
    plane = Plane(across, replace(precision, left=top, right=top + _HEIGHT))
    _draw_contours(canvas, plane)
    _draw_lines(canvas, data, plane)
    for p in data.points:
        role, shape = ("imputed", "ring") if p.imputed else ("study", "circle")
        draw_point(canvas, plane, role, shape, (p.effect, p.sei), _HALF)
    scale = f"{data.measure} (log scale)" if data.ratio else data.measure
    y = draw_frame(canvas, plane, scale, "Standard error", width)
    y = draw_directions(canvas, plane.x, y - 0.02, data.left_label, data.right_label, width)
    y = _draw_legend(canvas, data, y + 0.12, width)
    cut = beyond_frame(plane, [(p.effect, p.sei) for p in data.points])
    y = columns.draw_notes(canvas, [*data.tests, cut, data.note], y + 0.04, width)
    return canvas.figure(width, y + style.MARGIN, data.title)


def _largest_se(points: Sequence[FunnelPoint]) -> float:
    ordered = sorted(p.sei for p in points)
    limit = _FAR * ordered[len(ordered) // 2]
    return max(sei for sei in ordered if sei <= limit)


def _effects(data: FunnelData, largest: float, left: float) -> Axis:
    reach = NormalDist().inv_cdf(0.5 + data.level / 2) * largest
    known = [] if is_missing(data.estimate) else [data.estimate - reach, data.estimate + reach]
    # The contours of p = 0.05, so that their meaning shows, however far from them the studies are.
    usual = NormalDist().inv_cdf(0.975) * largest
    anchors = [*known, data.adjusted, -usual, usual]
    effects = [(p.effect, None, None) for p in data.points]
    return make_axis(effects, anchors, left, left + _WIDTH, data.ratio)


def _draw_contours(canvas: Canvas, plane: Plane) -> None:
    """White where p > 0.10; each shade a strip on both sides, wider from contour to contour."""
    steps = [NormalDist().inv_cdf(1 - p / 2) for _, p in _CONTOURS]
    deepest = plane.y.high
    for (role, _), inner, outer in zip(_CONTOURS, steps, [*steps[1:], None], strict=True):
        for sign in (-1, 1):
            far = 2 * max(abs(plane.x.low), abs(plane.x.high)) + 10 * deepest * inner
            if outer is None:
                strip = [(0.0, 0.0), (sign * far, 0.0), (sign * far, deepest)]
            else:
                strip = [(0.0, 0.0), (sign * outer * deepest, deepest)]
            points = within([*strip, (sign * inner * deepest, deepest)], plane)
            if len(points) > 2:
                canvas.area(role, points)


def _draw_lines(canvas: Canvas, data: FunnelData, plane: Plane) -> None:
    canvas.line("null", plane.x.x(0.0), plane.top, plane.x.x(0.0), plane.bottom)
    if not is_missing(data.adjusted):
        x = plane.x.x(data.adjusted)
        canvas.line("adjusted-line", x, plane.top, x, plane.bottom)
    if is_missing(data.estimate):
        return
    x = plane.x.x(data.estimate)
    canvas.line("pooled-solid", x, plane.top, x, plane.bottom)
    reach = NormalDist().inv_cdf(0.5 + data.level / 2) * plane.y.high
    for sign in (-1, 1):
        end = plane.at(data.estimate + sign * reach, plane.y.high)
        canvas.line("region", x, plane.top, *end)


def _draw_legend(canvas: Canvas, data: FunnelData, y: float, width: float) -> float:
    keys = [Key("study", "circle", "study")]
    if any(p.imputed for p in data.points):
        keys.append(Key("imputed", "ring", "imputed by trim and fill"))
    if not is_missing(data.estimate):
        text = f"pseudo {columns.level_text(data.level)} region"
        keys += [Key("pooled-solid", "line", "pooled effect"), Key("region", "line", text)]
    if not is_missing(data.adjusted):
        keys.append(Key("adjusted-line", "line", "with imputed studies"))
    shades = zip(_CONTOURS, _LEGEND, strict=True)
    keys += [Key(role, "swatch", text) for (role, _), text in shades]
    return draw_legend(canvas, keys, y, width)
