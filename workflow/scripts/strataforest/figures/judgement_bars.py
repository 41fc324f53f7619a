"""The summary of risk of bias: in each domain, the share of each judgement as a bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.canvas import Canvas
from strataforest.figures.judgements import LOOKS, judgement_keys
from strataforest.figures.legend import Key, draw_legend
from strataforest.formatting import count, percent
from strataforest.risk_of_bias.shares import judged_columns, shares
from strataforest.risk_of_bias.tools import OVERALL, Tool

_LABEL_WIDTH = 2.2
_BAR_WIDTH = 4.0
_ROW = 0.3
_HALF = 0.095  # of a bar's height
_TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True)
class JudgementBars:
    """The summary's content: each trial's judgements by column, and its weight in the shares.

    `shares_of` says of what: "trials", or "the weight in the pooled effect".
    """

    title: str
    tool: Tool
    trials: Sequence[Mapping[str, str]]
    weights: Sequence[float]
    shares_of: str = "trials"
    counted: str = "trial"


def judgement_bars(data: JudgementBars) -> Figure:
    """A bar per domain and one for the overall judgement, each as long as 100%.

    A part wide enough holds its percentage and its sign. Raises ValueError without a judgement, or
    for weights that are not one per trial.
    """
    shown = judged_columns(data.tool, data.trials)
    if not shown:
        raise ValueError("a summary of risk of bias needs at least one judgement")
    labels = [layout.wrap(_label(data.tool, column), _LABEL_WIDTH, 3) for column in shown]
    label_width = layout.widest((line for lines in labels for line in lines), bold=True)
    _, bar = layout.place([label_width, _BAR_WIDTH], [0.0, style.GAP], style.MARGIN)
    width = bar.right + layout.text_width("100%", style.SMALL + 0.5) / 2 + style.MARGIN
    canvas = Canvas()
    top = columns.draw_title(canvas, data.title, width) + 0.04
    heights = [max(_ROW, len(lines) * layout.line_height() + 0.1) for lines in labels]
    ys = columns.middles(heights, top)
    for column, lines, y in zip(shown, labels, ys, strict=True):
        is_overall = column == OVERALL
        canvas.lines(style.MARGIN, y, lines, bold=is_overall, role="label")
        _draw_bar(canvas, bar, shares(data.tool, data.trials, column, data.weights), y)
    y = _draw_axis(canvas, bar, f"Share of {data.shares_of}", ys[-1] + heights[-1] / 2 + 0.02)
    y = draw_legend(canvas, _keys(data, shown), y + 0.08, width)
    y = columns.draw_notes(canvas, [_note(data)], y + 0.03, width)
    return canvas.figure(width, y + style.MARGIN, data.title)


def _label(tool: Tool, column: str) -> str:
    if column == OVERALL:
        return "Overall"
    name = tool.domains[column]
    return f"{column}: {name}"


def _keys(data: JudgementBars, shown: Sequence[str]) -> list[Key]:
    keys = judgement_keys(data.tool, data.trials, shown)
    return [key if key.sign else Key("unjudged-part", "swatch", key.text) for key in keys]


def _note(data: JudgementBars) -> str:
    k = len(data.trials)
    return f"{data.tool.label}; {count(k)} {data.counted}{'s' * (k != 1)}."


def _draw_bar(canvas: Canvas, bar: layout.Column, found: Mapping[str, float], y: float) -> None:
    """The parts of a bar, best first; what is not judged ends it as a pale frame."""
    left = bar.left
    for judgement, share in found.items():
        right = left + share / 100 * bar.width
        if share <= 0:
            continue
        role, sign, colour = LOOKS[judgement]
        canvas.box(role if judgement else "unjudged-part", left, y - _HALF, right, y + _HALF)
        for text in (f"{sign} {percent(share)}".strip(), percent(share)):
            if layout.text_width(text, style.SMALL, bold=True) + 0.06 <= right - left:
                look = {"size": style.SMALL, "bold": True, "colour": colour, "role": "share"}
                canvas.text((left + right) / 2, y, text, "center", **look)
                break
        left = right


def _draw_axis(canvas: Canvas, bar: layout.Column, label: str, y: float) -> float:
    """A scale from 0 to 100% below the bars; the y below its label."""
    size = style.SMALL + 0.5
    canvas.line("axis", bar.left, y, bar.right, y)
    for tick in _TICKS:
        x = bar.left + tick / 100 * bar.width
        canvas.line("axis", x, y, x, y + 0.05)
        canvas.text(x, y + 0.15, f"{tick}%", "center", size=size, role="tick")
    y += 0.15 + layout.line_height(size)
    canvas.text(bar.centre, y, label, "center", size=size, role="axis-label")
    return y + 0.08
