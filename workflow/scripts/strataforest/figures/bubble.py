"""The bubble plot of a meta-regression: effects against a moderator, with the fitted line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low

from matplotlib.figure import Figure

from strataforest.figures import columns, style
from strataforest.figures.axis import Axis, make_axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.plane import (
    Box,
    Plane,
    beyond_frame,
    draw_frame,
    draw_point,
    right_room,
    spanning_axis,
    vertical_room,
)
from strataforest.figures.point_labels import draw_labels
from strataforest.formatting import is_missing

_WIDTH, _HEIGHT = 4.8, 3.2
LARGEST, SMALLEST = 0.125, 0.025  # radii in inches
_ROOMY = 20  # more bubbles than these are drawn smaller
_ALL_NAMED = 15
_NAMED = 10
_UNSEEN = 1e-3  # of a band's width: two bands no further apart are one to the eye


@dataclass(frozen=True)
class BubbleData:
    """A bubble plot's content. With `ratio` effects are logarithms, their axis has ratios.

    x, yi, weights (inverse variances) and labels: an entry per study; a study whose x is None is
    counted below, not drawn. line_x (ascending), line_fit, ci_low and ci_high: the fitted line with
    its confidence band; pi_low and pi_high its prediction band. Each may be empty, and a band with
    a missing end is not drawn, nor a prediction band behind the confidence band. `slope_text` is
    printed below.
    """

    title: str
    measure: str
    moderator: str
    x: Sequence[float | None]
    yi: Sequence[float]
    weights: Sequence[float]
    labels: Sequence[str]
    line_x: Sequence[float] = ()
    line_fit: Sequence[float] = ()
    ci_low: Sequence[float] = ()
    ci_high: Sequence[float] = ()
    pi_low: Sequence[float] = ()
    pi_high: Sequence[float] = ()
    slope_text: str = ""
    ratio: bool = False
    level: float = 0.95
    note: str = ""


def bubble_plot(data: BubbleData) -> Figure:
    """Bubbles with areas in proportion to weights, the line, its bands, and the line of no effect.

    Up to fifteen studies are named; of more, those outside the prediction band. Effects far from
    the rest are arrowheads on the edge. Raises ValueError without studies, for sequences of
    unequal length, for a weight that is negative, or for an impossible level.
    """
    _check(data)
    canvas = Canvas()
    drawn = [i for i, x in enumerate(data.x) if not is_missing(x)]
    upwards = _effects(data, drawn)
    left = style.MARGIN + vertical_room(upwards)
    across = spanning_axis([*(data.x[i] for i in drawn), *data.line_x], left, left + _WIDTH)
    width = across.right + right_room(across)
    top = columns.draw_title(canvas, data.title, width) + 0.3
    plane = Plane(across, replace(upwards, left=top + _HEIGHT, right=top))
    _draw_line(canvas, data, plane)
    _draw_bubbles(canvas, data, plane, drawn)
    scale = f"{data.measure} (log scale)" if data.ratio else data.measure
    y = draw_frame(canvas, plane, data.moderator, scale, width)
    y = draw_legend(canvas, _keys(data), y + 0.1, width)
    gone = len(data.x) - len(drawn)
    have = "has" if gone == 1 else "have"
    missing = f"{gone} of {len(data.x)} effects {have} no value of the moderator." if gone else ""
    cut = beyond_frame(plane, [(data.x[i], data.yi[i]) for i in drawn])
    notes = [data.slope_text, missing, cut, data.note]
    y = columns.draw_notes(canvas, notes, y + 0.04, width)
    return canvas.figure(width, y + style.MARGIN, data.title)


def _check(data: BubbleData) -> None:
    columns.level_text(data.level)
    studies = {len(data.x), len(data.yi), len(data.weights), len(data.labels)}
    if studies == {0} or len(studies) > 1:
        raise ValueError("a bubble plot needs an x, an effect, a weight and a label per study")
    bands = (data.line_fit, data.ci_low, data.ci_high, data.pi_low, data.pi_high)
    if any(len(band) not in (0, len(data.line_x)) for band in bands):
        raise ValueError("the line and its bands need a value for every line_x, or none")
    if any(is_missing(weight) or weight < 0 for weight in data.weights):
        raise ValueError("the weights of a bubble plot must not be negative or missing")


def _effects(data: BubbleData, drawn: Sequence[int]) -> Axis:
    rows = [(data.yi[i], None, None) for i in drawn]
    middle = data.line_fit or [0.0] * len(data.line_x)
    bands = [row for _, low, high in _bands(data) for row in zip(middle, low, high, strict=True)]
    # Where most effects are alike, half their usual error says how far others may lie from them.
    errors = [1 / math.sqrt(data.weights[i]) for i in drawn if data.weights[i] > 0]
    least = median_low(errors) / 2 if errors else 0.0
    return make_axis(rows, data.line_fit, _HEIGHT, 0.0, data.ratio, bands, least)


def _bands(data: BubbleData) -> list[tuple[str, Sequence[float], Sequence[float]]]:
    """Role, lower and upper ends of the bands that are known all along, the wider one first.

    A prediction band that the confidence band hides (tau2 is 0) is none.
    """
    bands = [
        ("prediction-band", data.pi_low, data.pi_high),
        ("confidence-band", data.ci_low, data.ci_high),
    ]
    known = [
        (role, low, high)
        for role, low, high in bands
        if low and high and not any(is_missing(end) for end in (*low, *high))
    ]
    return known[1:] if len(known) == len(bands) and _is_hidden(data) else known


def _is_hidden(data: BubbleData) -> bool:
    ends = zip(data.ci_low, data.ci_high, data.pi_low, data.pi_high, strict=True)
    return all(
        max(low - pi_low, pi_high - high) <= _UNSEEN * (high - low)
        for low, high, pi_low, pi_high in ends
    )


def _draw_line(canvas: Canvas, data: BubbleData, plane: Plane) -> None:
    if plane.y.low <= 0 <= plane.y.high:
        canvas.line("null", plane.left, plane.y.x(0.0), plane.right, plane.y.x(0.0))
    for role, low, high in _bands(data):
        # What lies beyond the frame ends on it.
        lower = [plane.at(*point) for point in zip(data.line_x, low, strict=True)]
        upper = [plane.at(*point) for point in zip(data.line_x, high, strict=True)]
        canvas.area(role, [*lower, *reversed(upper)])
    points = [plane.at(*point) for point in zip(data.line_x, data.line_fit, strict=False)]
    for start, end in pairwise(points):
        canvas.line("fitted-line", *start, *end)


def _draw_bubbles(canvas: Canvas, data: BubbleData, plane: Plane, drawn: Sequence[int]) -> None:
    weights = [data.weights[i] for i in drawn]
    # Small ones last, so that large ones do not hide them.
    order = sorted(drawn, key=lambda i: (-data.weights[i], i))
    boxes = {}
    for i in order:
        half = bubble_radius(data.weights[i], max(weights), len(drawn))
        boxes[i] = draw_point(canvas, plane, "bubble", "circle", (data.x[i], data.yi[i]), half)
    named = order if len(drawn) <= _ALL_NAMED else _outlying(data, drawn)[:_NAMED]
    bounds = (plane.left + 0.03, plane.top - 0.05, plane.right + 0.1, plane.bottom - 0.03)
    pairs = [(data.labels[i], boxes[i]) for i in named]
    draw_labels(canvas, pairs, list(boxes.values()), bounds, _line_boxes(data, plane))


def _line_boxes(data: BubbleData, plane: Plane) -> list[Box]:
    """Where the fitted line and the line of no effect run, for names to keep off them."""
    null = plane.y.x(0.0)
    boxes = [(plane.left, null, plane.right, null)] if plane.y.low <= 0 <= plane.y.high else []
    points = [plane.at(*point) for point in zip(data.line_x, data.line_fit, strict=False)]
    for (x0, y0), (x1, y1) in pairwise(points):
        pieces = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / 0.06))
        for i in range(pieces + 1):
            x, y = x0 + (x1 - x0) * i / pieces, y0 + (y1 - y0) * i / pieces
            boxes.append((x, y, x, y))
    return boxes


def bubble_radius(weight: float, heaviest: float, k: int, largest: float = LARGEST) -> float:
    """Radius in inches of one of `k` bubbles: areas in proportion to weights, if not too small.

    That of the weight `heaviest` is `largest`, and less of many, so that they can be told apart.
    """
    share = weight / heaviest if heaviest > 0 else 0.25
    return max(largest * min(1.0, math.sqrt(_ROOMY / k)) * math.sqrt(share), SMALLEST)


def _outlying(data: BubbleData, drawn: Sequence[int]) -> list[int]:
    """Studies outside the prediction band (without one, the confidence band), far ones first.

    How far counts in widths of the band there.
    """
    bands = _bands(data)
    if not bands:
        return []
    _, *band = bands[0]
    found = []
    for i in drawn:
        low, high = (_interpolated(data.x[i], data.line_x, side) for side in band)
        beyond = max(low - data.yi[i], data.yi[i] - high)
        if beyond > 0:
            found.append((-beyond / (high - low) if high > low else -beyond, i))
    return [i for _, i in sorted(found)]


def _interpolated(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    right = next((i for i, value in enumerate(xs) if value >= x), len(xs) - 1)
    left = max(right - 1, 0)
    if xs[right] == xs[left] or x > xs[right]:
        return ys[right]
    share = max(0.0, (x - xs[left]) / (xs[right] - xs[left]))
    return ys[left] + share * (ys[right] - ys[left])


def _keys(data: BubbleData) -> list[Key]:
    level = columns.level_text(data.level)
    keys = [Key("bubble", "circle", "study, area by weight")]
    if data.line_fit:
        keys.append(Key("fitted-line", "line", "meta-regression"))
    for role, _, _ in reversed(_bands(data)):
        keys.append(Key(role, "swatch", f"{level} {role.replace('-', ' ')}"))
    return keys
