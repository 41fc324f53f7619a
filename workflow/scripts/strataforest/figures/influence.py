"""The influence panel: every study's deletion diagnostics, a small plot per diagnostic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.formatting import is_missing, significant, tick
from strataforest.scales import round_steps

_DENSE_FROM = 40
_PANEL, _BETWEEN = 0.8, 0.13
_TICK_SIZE = style.SMALL
_NAMED = 12  # influential studies named below before "and so many more"

_PANELS = {
    "rstudent": ("Studentised", "residual"),
    "dffits": ("DFFITS",),
    "cook_d": ("Cook's", "distance"),
    "cov_r": ("Covariance", "ratio"),
    "tau2_del": ("τ²", "without"),
    "qe_del": ("Q", "without"),
    "hat": ("Hat", "value"),
    "weight": ("Weight", "(%)"),
}


@dataclass(frozen=True)
class InfluenceRow:
    """One study's diagnostics, None where undefined; `weight` in percent, `hat` from 0 to 1.

    `tau2_del` and `qe_del` are tau2 and Cochran's Q without the study.
    """

    label: str
    rstudent: float | None
    dffits: float | None
    cook_d: float | None
    cov_r: float | None
    tau2_del: float | None
    qe_del: float | None
    hat: float | None
    weight: float | None
    influential: bool = False


@dataclass(frozen=True)
class InfluenceData:
    """An influence panel's content; `tau2` and `q` are those of all studies."""

    title: str
    rows: Sequence[InfluenceRow]
    tau2: float | None
    q: float | None
    note: str = ""


@dataclass(frozen=True)
class _Panel:
    """One diagnostic: its axis, where its stems begin and its limits, all in units of `unit`."""

    name: str
    header: tuple[str, ...]
    unit: float
    axis: Axis
    baseline: float | None
    limits: tuple[float, ...]


def influence_plot(data: InfluenceData) -> Figure:
    """A row per study, a panel per diagnostic, stems from what a study without influence has.

    Dashed lines are the limits beyond which a study counts as influential (for the studentised
    residual, the central 95% of a normal distribution). Influential studies have a tinted row, a
    diamond and a bold name. Sized in inches by its content. Raises ValueError without rows.
    """
    if not data.rows:
        raise ValueError("an influence panel needs at least one study")
    labels = [layout.wrap(row.label, style.LABEL_WIDTH) for row in data.rows]
    heights = columns.row_heights(labels, len(labels) >= _DENSE_FROM)
    # Bold for all, so that being influential does not break a line elsewhere.
    label_width = layout.widest((line for lines in labels for line in lines), bold=True)
    left = style.MARGIN + max(label_width, 0.8) + 0.5 * style.GAP
    panels = [_panel(data, name, left + i * (_PANEL + _BETWEEN)) for i, name in enumerate(_PANELS)]
    width = panels[-1].axis.right + style.MARGIN
    canvas = Canvas()
    top = _draw_header(canvas, data, panels, width)
    ys = columns.middles(heights, top + 0.04)
    bottom = ys[-1] + heights[-1] / 2 + 0.04
    for row, lines, y, height in zip(data.rows, labels, ys, heights, strict=True):
        if row.influential:
            box = (style.MARGIN - 0.04, y - height / 2, width - style.MARGIN + 0.04, y + height / 2)
            canvas.box("influential-row", *box)
        canvas.lines(style.MARGIN, y, lines, bold=row.influential, role="label")
        for panel in panels:
            _draw_value(canvas, panel, row, y)
    for panel in panels:
        _draw_axis(canvas, panel, top, bottom)
    y = _draw_legend(canvas, data, bottom + 0.33, width)
    y = columns.draw_notes(canvas, _notes(data), y + 0.03, width)
    return canvas.figure(width, y + style.MARGIN, data.title)


def _references(data: InfluenceData, name: str) -> tuple[float | None, tuple[float, ...]]:
    """Where stems begin and the limits of influence, by the rules of Viechtbauer & Cheung 2010."""
    k, normal = len(data.rows), NormalDist()
    usual = normal.inv_cdf(0.975)
    dffits = 3 / math.sqrt(k - 1) if k > 1 else None
    return {
        "rstudent": (0.0, (-usual, usual)),
        "dffits": (0.0, (-dffits, dffits) if dffits else ()),
        "cook_d": (0.0, (normal.inv_cdf(0.75) ** 2,)),  # the median of chi-squared with 1 df
        "cov_r": (1.0, ()),
        "tau2_del": (data.tau2, ()),
        "qe_del": (data.q, ()),
        "hat": (1 / k, (3 / k,)),
        "weight": (100 / k, ()),
    }[name]


def _panel(data: InfluenceData, name: str, left: float) -> _Panel:
    values = [getattr(row, name) for row in data.rows]
    baseline, limits = _references(data, name)
    baseline = None if is_missing(baseline) else baseline
    shown = [v for v in (*values, baseline, *limits) if not is_missing(v) and math.isfinite(v)]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    unit = _unit(max(abs(low), abs(high)))
    low, high = low / unit, high / unit
    same = high - low <= 1e-9 * max(abs(low), abs(high), 1.0)
    ticks = ((low, significant(low)),) if same else ()
    room = 0.5 if same else 0.08 * (high - low)
    low, high, right = low - room, high + room, left + _PANEL
    return _Panel(
        name=name,
        header=(*_PANELS[name], *([f"(×{tick(unit, 9)})"] if unit != 1 else [])),
        unit=unit,
        axis=Axis(low, high, left, right, ticks or _ticks(Axis(low, high, left, right, ()))),
        baseline=None if baseline is None else baseline / unit,
        limits=tuple(limit / unit for limit in limits),
    )


def _unit(size: float) -> float:
    """The power of ten to take out of a panel's numbers so that its ticks stay short."""
    return 1.0 if size == 0 or 1e-2 <= size < 1e4 else 10.0 ** math.floor(math.log10(size))


def _ticks(axis: Axis) -> tuple[tuple[float, str], ...]:
    """Round values, as many up to four as have room below their panel, with 0 where it may be."""
    best: tuple[tuple[float, str], ...] = ()
    for most in (3, 4, 6, 8):
        values, decimals = round_steps(axis.low, axis.high, most)
        ticks = [(value, tick(value, decimals)) for value in values]
        for stride in (1, 2, 3):
            for start in range(stride):
                kept = tuple(t for t in ticks[start::stride] if _fits(axis, [t]))
                if len(kept) <= 4 and _worth(kept) > _worth(best) and _fits(axis, kept):
                    best = kept
    return best


def _worth(ticks: Sequence[tuple[float, str]]) -> int:
    """How many ticks there are; 0 counts for two, as it is where many stems begin."""
    return len(ticks) + any(value == 0 for value, _ in ticks)


def _fits(axis: Axis, ticks: Sequence[tuple[float, str]]) -> bool:
    """Whether the labels stand apart and below their own panel."""
    ends = [(axis.x(v), layout.text_width(text, _TICK_SIZE) / 2) for v, text in ticks]
    return all(
        axis.left - 0.035 <= x - half and x + half <= axis.right + 0.035 for x, half in ends
    ) and all(b - a - h - g >= 0.07 for (a, g), (b, h) in pairwise(ends))


def _draw_header(
    canvas: Canvas, data: InfluenceData, panels: Sequence[_Panel], width: float
) -> float:
    """Title and headings, each ending on the rule below; returns the y of the rule."""
    y = columns.draw_title(canvas, data.title, width)
    step = layout.line_height()
    deepest = max(len(panel.header) for panel in panels)
    lower = y + (deepest - 0.5) * step
    canvas.text(style.MARGIN, lower, "Study", bold=True, role="header")
    for panel in panels:
        middle = lower - (len(panel.header) - 1) * step / 2
        centre = (panel.axis.left + panel.axis.right) / 2
        canvas.lines(centre, middle, panel.header, "center", bold=True, role="header")
    rule = lower + step / 2 + 0.03
    canvas.line("rule", style.MARGIN, rule, width - style.MARGIN, rule)
    return rule


def _draw_value(canvas: Canvas, panel: _Panel, row: InfluenceRow, y: float) -> None:
    value, axis = getattr(row, panel.name), panel.axis
    if is_missing(value):
        centre = (axis.left + axis.right) / 2
        canvas.text(centre, y, "\u2014", "center", colour=style.GREY, role="undefined")
        return
    x = axis.x(value / panel.unit)
    role, shape = ("influential", "diamond") if row.influential else ("point", "circle")
    if panel.baseline is not None:
        canvas.line("stem", axis.x(panel.baseline), y, x, y)
    if math.isinf(value):
        canvas.arrowhead(role, x, y, 1 if value > 0 else -1)
    else:
        canvas.marker(role, shape, x, y, 0.042)


def _draw_axis(canvas: Canvas, panel: _Panel, top: float, bottom: float) -> None:
    axis = panel.axis
    if panel.baseline is not None:
        canvas.line("baseline", axis.x(panel.baseline), top, axis.x(panel.baseline), bottom)
    for limit in panel.limits:
        canvas.line("threshold", axis.x(limit), top, axis.x(limit), bottom)
    canvas.line("axis", axis.left, bottom, axis.right, bottom)
    for value, label in axis.ticks:
        canvas.line("axis", axis.x(value), bottom, axis.x(value), bottom + 0.04)
        canvas.text(axis.x(value), bottom + 0.14, label, "center", size=_TICK_SIZE, role="tick")


def _draw_legend(canvas: Canvas, data: InfluenceData, y: float, width: float) -> float:
    keys = [
        Key("threshold", "line", "limit"),
        Key("baseline", "line", "no influence, average weight, or the value of all studies"),
    ]
    if any(row.influential for row in data.rows):
        keys.insert(0, Key("influential", "diamond", "influential study"))
    return draw_legend(canvas, keys, y, width)


def _notes(data: InfluenceData) -> list[str]:
    names = [
        layout.wrap(row.label, style.LABEL_WIDTH, 1, style.SMALL)[0]
        for row in data.rows
        if row.influential
    ]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    found = f"Influential: {', '.join(names[:_NAMED])}{more}." if names else "None is influential."
    rule = (
        "Influential is what lies beyond a limit of DFFITS, Cook's distance or hat value, or has "
        "|DFBETAS| above 1 (Viechtbauer and Cheung 2010). Between the residual's limits lie 95% of "
        "a normal distribution."
    )
    return [found, rule, data.note]
