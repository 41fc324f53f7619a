"""The GOSH plot: pooled effect and I² of every subset of the studies, and what one study does.

Olkin, Dahabreh & Trikalinos 2012, Res Synth Methods 3:214-223.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.plane import Plane, draw_frame, right_room, spanning_axis, vertical_room
from strataforest.formatting import count, is_missing

_WIDTH, _HEIGHT, _MARGINAL, _APART = 3.9, 3.1, 0.55, 0.08
_ACROSS = 46  # hexagons from left to right
_BINS = 52
_FEWEST = 30  # subsets of which a histogram shows a shape
_THINNEST = 0.008
_SHADES = 4
_MIXED = (1 / 3, 2 / 3)
_PERCENT = tuple((float(v), f"{v}%") for v in range(0, 101, 20))


@dataclass(frozen=True)
class GoshData:
    """A GOSH plot's content: an entry per subset in `estimates`, `i2` (percent) and `inside`.

    `inside` says whether the subset holds the study `study`; None colours by number alone.
    `exact` is false for a sample of subsets. With `ratio` estimates are logarithms.
    """

    title: str
    measure: str
    estimates: Sequence[float]
    i2: Sequence[float]
    estimate: float | None
    inside: Sequence[bool] | None = None
    study: str = ""
    exact: bool = True
    ratio: bool = False
    note: str = ""


def gosh_plot(data: GoshData) -> Figure:
    """Hexagons shaded by how many subsets they hold (logarithmic steps), histograms at the edges.

    With `inside`, the hue says whether the subsets hold the study in question, and each edge has
    a histogram of those with and of those without it. Fewer than 30 subsets have no histograms.
    Raises ValueError without subsets or for arrays of unequal length.
    """
    estimates, i2 = (np.asarray(v, dtype=float) for v in (data.estimates, data.i2))
    inside = None if data.inside is None else np.asarray(data.inside, dtype=bool)
    sizes = {len(v) for v in (estimates, i2, inside) if v is not None}
    if len(sizes) > 1 or sizes == {0}:
        raise ValueError("a GOSH plot needs an estimate and an I² for every subset, at least one")
    kept = np.isfinite(estimates) & np.isfinite(i2)
    estimates, i2 = estimates[kept], i2[kept]
    inside = None if inside is None else inside[kept]
    canvas = Canvas()
    left = style.MARGIN + vertical_room(Axis(0, 100, 0, 1, _PERCENT))
    span = [*((estimates.min(), estimates.max()) if len(estimates) else ()), data.estimate]
    across = spanning_axis(span, left, left + _WIDTH, data.ratio, (0.04, 0.04))
    edge = _APART + _MARGINAL if len(estimates) >= _FEWEST else 0.0
    width = across.right + max(edge + style.MARGIN, right_room(across))
    top = columns.draw_title(canvas, data.title, width) + (0.05 + edge if edge else 0.3)
    plane = Plane(across, Axis(-3.0, 103.0, top + _HEIGHT, top, _PERCENT))
    _draw_hexagons(canvas, plane, estimates, i2, inside)
    if edge:
        _draw_marginals(canvas, plane, estimates, i2, inside)
    for value, role in ((0.0, "null"), (data.estimate, "pooled-line")):
        if not is_missing(value) and plane.x.low < value < plane.x.high:
            x = plane.x.x(value)
            canvas.line(role, x, top - edge, x, plane.bottom)
    scale = f"{data.measure} (log scale)" if data.ratio else data.measure
    y = draw_frame(canvas, plane, scale, "I²", width)
    y = draw_legend(canvas, _keys(data), y + 0.1, width)
    y = columns.draw_notes(canvas, [_note(data), data.note], y + 0.04, width)
    return canvas.figure(width, y + style.MARGIN, data.title)


def _draw_hexagons(canvas: Canvas, plane: Plane, estimates, i2, inside) -> None:
    half = _WIDTH / _ACROSS / 2
    x = plane.left + _WIDTH * (estimates - plane.x.low) / (plane.x.high - plane.x.low)
    y = plane.bottom - _HEIGHT * (i2 - plane.y.low) / (plane.y.high - plane.y.low)
    column, row = _nearest_centres(x - plane.left, plane.bottom - y, half)
    # One number per hexagon, so that equal ones can be counted.
    centres, where = np.unique(np.stack([row, column], axis=1), axis=0, return_inverse=True)
    where = where.ravel()
    counts = np.bincount(where, minlength=len(centres))
    with_study = None if inside is None else np.bincount(where, inside, minlength=len(centres))
    most = counts.max(initial=1)
    for i, (down, across) in enumerate(centres.tolist()):
        share = 0.0 if with_study is None else with_study[i] / counts[i]
        hue = ("without", "mixed", "with")[int(np.searchsorted(_MIXED, share))]
        shade = min(int(_SHADES * math.log(counts[i]) / math.log(most + 1)), _SHADES - 1)
        centre = (plane.left + across * half, plane.bottom - down * half * math.sqrt(3))
        canvas.area(f"{hue}-{shade}", _hexagon(*centre, half))


def _nearest_centres(x: np.ndarray, y: np.ndarray, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of the nearest hexagon centre, in steps of `half` and of `half` sqrt(3).

    Centres stand where column and row are both even or both odd.
    """
    step = half * math.sqrt(3)
    candidates = []
    for odd in (0, 1):
        column = 2 * np.round((x / half - odd) / 2) + odd
        row = 2 * np.round((y / step - odd) / 2) + odd
        far = (x - column * half) ** 2 + (y - row * step) ** 2
        candidates.append((column, row, far))
    (even_column, even_row, even), (odd_column, odd_row, odd) = candidates
    nearer = even <= odd
    column, row = np.where(nearer, even_column, odd_column), np.where(nearer, even_row, odd_row)
    return column.astype(int), row.astype(int)


def _hexagon(x: float, y: float, half: float) -> list[tuple[float, float]]:
    radius = 2 * half / math.sqrt(3)
    turns = [(a + 0.5) * math.pi / 3 for a in range(6)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]


def _draw_marginals(canvas: Canvas, plane: Plane, estimates, i2, inside) -> None:
    """Histograms above and to the right; both groups of one edge share its scale."""
    groups = {"histogram": np.ones(len(estimates), dtype=bool)}
    if inside is not None:
        groups = {"histogram-without": ~inside, "histogram-with": inside}
    for axis, values, vertical in ((plane.x, estimates, False), (plane.y, i2, True)):
        edges = np.linspace(axis.low, axis.high, _BINS + 1)
        bars = {role: np.histogram(values[chosen], edges)[0] for role, chosen in groups.items()}
        tallest = max((int(bar.max(initial=0)) for bar in bars.values()), default=0) or 1
        if vertical:
            canvas.line(
                "hairline", plane.right + _APART, plane.top, plane.right + _APART, plane.bottom
            )
        else:
            canvas.line("hairline", plane.left, plane.top - _APART, plane.right, plane.top - _APART)
        for role, bar in bars.items():
            start = plane.right + _APART if vertical else plane.top - _APART
            sign = 1 if vertical else -1
            heights = [_MARGINAL * n / tallest for n in bar.tolist()]
            # What is lower than the base line is thick would only make it ragged.
            levels = [start + sign * h if h > _THINNEST else start for h in heights]
            ends = [axis.x(edge) for edge in edges.tolist()]
            _draw_bars(canvas, role, ends, levels, start, vertical)


def _draw_bars(
    canvas: Canvas,
    role: str,
    ends: Sequence[float],
    levels: Sequence[float],
    start: float,
    vertical: bool,
) -> None:
    """Filled bars, or for groups that lie over each other their outline."""

    def turned(along: float, level: float) -> tuple[float, float]:
        return (level, along) if vertical else (along, level)

    before = start
    for one, two, level in zip(ends, ends[1:], levels, strict=False):
        if role == "histogram":
            if level != start:
                corners = ((one, start), (two, start), (two, level), (one, level))
                canvas.area(role, [turned(*corner) for corner in corners])
            continue
        if level != before:
            canvas.line(role, *turned(one, before), *turned(one, level))
        if level != start:
            canvas.line(role, *turned(one, level), *turned(two, level))
        before = level
    if role != "histogram" and before != start:
        canvas.line(role, *turned(ends[-1], before), *turned(ends[-1], start))


def _keys(data: GoshData) -> list[Key]:
    keys = []
    if data.inside is not None:
        name = layout.clean(data.study) or "the study"
        keys = [
            Key("with-3", "swatch", f"mostly subsets with {name}"),
            Key("without-3", "swatch", "mostly without"),
            Key("mixed-3", "swatch", "mixed"),
        ]
    if not is_missing(data.estimate):
        keys.append(Key("pooled-line", "line", "all studies together"))
    return keys


def _note(data: GoshData) -> str:
    if len(data.estimates) == 1:
        return "There is one subset of two or more studies only."
    number = count(len(data.estimates))
    subsets = "subsets of two or more studies"
    drawn = f"All {number} {subsets}" if data.exact else f"{number} of the {subsets}, at random"
    return f"{drawn}; the darker a cell, the more of them (log scale)."
