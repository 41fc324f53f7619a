"""The traffic light of risk of bias: each trial's judgement in each domain of the tool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.canvas import Canvas
from strataforest.figures.judgements import draw_judgement, judgement_keys, pitches
from strataforest.figures.legend import draw_legend
from strataforest.risk_of_bias.shares import judged_columns
from strataforest.risk_of_bias.tools import Tool
from strataforest.risk_of_bias.wording import domain_notes, heading

_BLOCK_GAP = 0.45
_BESIDE = 0.12  # between two columns of judgements
# A page's room within its margins, and what stands above and below the rows, in inches.
_PAGE = (7.5, 10.0)
_AROUND = 1.3
_MOST_BLOCKS = 8


@dataclass(frozen=True)
class JudgedTrial:
    """One trial: its label, and its judgements by the tool's columns and `overall`.

    A column that is not there, or empty, is not judged.
    """

    label: str
    judgements: Mapping[str, str]


@dataclass(frozen=True)
class _Block:
    """A stack of rows: its trials, where its columns stand, and how high the rows are."""

    trials: Sequence[JudgedTrial]
    labels: Sequence[tuple[str, ...]]
    heights: Sequence[float]
    label: layout.Column
    judgements: Sequence[layout.Column]


def traffic_light(title: str, tool: Tool, trials: Sequence[JudgedTrial]) -> Figure:
    """A row per trial, a column per domain and one for the overall judgement.

    Columns in which nothing is judged are left out. Many trials stand in blocks side by side, as
    many as let the figure fill a page. Sized in inches by its content. Raises ValueError without a
    judgement.
    """
    shown = judged_columns(tool, [trial.judgements for trial in trials])
    if not shown:
        raise ValueError("a traffic light needs at least one judgement")
    blocks = _blocks(trials, shown)
    width = blocks[-1].judgements[-1].right + style.MARGIN
    canvas = Canvas()
    top = columns.draw_title(canvas, title, width)
    y = max(_draw_block(canvas, block, shown, top) for block in blocks) + 0.06
    y = draw_legend(canvas, judgement_keys(tool, [t.judgements for t in trials], shown), y, width)
    y = columns.draw_notes(canvas, domain_notes(tool, shown), y + 0.03, width)
    return canvas.figure(width, y + style.MARGIN, title)


def _blocks(trials: Sequence[JudgedTrial], shown: Sequence[str]) -> list[_Block]:
    labels = [layout.wrap(trial.label, style.LABEL_WIDTH, 3) for trial in trials]
    heights = columns.row_heights(labels, dense=False)
    label_width = max(
        layout.widest(line for lines in labels for line in lines),
        layout.text_width("Study", bold=True),
    )
    widths = [label_width, *pitches(shown)]
    gaps = [0.0, style.GAP, *[_BESIDE] * (len(shown) - 1)]
    one = sum(widths) + sum(gaps)
    number = _how_many(sum(heights), one)
    blocks, left = [], style.MARGIN
    for part in _split(heights, number):
        label, *judged = layout.place(widths, gaps, left)
        blocks.append(
            _Block(
                *([of[i] for i in part] for of in (trials, labels, heights)),
                label=label,
                judgements=judged,
            )
        )
        left = judged[-1].right + _BLOCK_GAP
    return blocks


def _how_many(height: float, width: float) -> int:
    """The fewest blocks that print largest on a page, upright or across."""

    def scale(number: int) -> float:
        size = (number * (width + _BLOCK_GAP), height / number + _AROUND)
        fits = (min(page[0] / size[0], page[1] / size[1]) for page in (_PAGE, _PAGE[::-1]))
        return round(min(1.0, max(fits)), 2)

    return max(range(1, _MOST_BLOCKS + 1), key=lambda number: (scale(number), -number))


def _split(heights: Sequence[float], number: int) -> list[range]:
    """The rows of each block, the first ones filled first, all about as high."""
    goal = sum(heights) / number
    parts, start, done = [], 0, 0.0
    for i, height in enumerate(heights):
        done += height
        if done >= goal * (len(parts) + 1) - 1e-9 or i == len(heights) - 1:
            parts.append(range(start, i + 1))
            start = i + 1
    return [part for part in parts if part]


def _draw_block(canvas: Canvas, block: _Block, shown: Sequence[str], top: float) -> float:
    """Headings, rules and rows of one block; the y below it."""
    left, right = block.label.left, block.judgements[-1].right
    middle = top + layout.line_height() / 2
    canvas.text(left, middle, "Study", bold=True, role="header")
    for column, place in zip(shown, block.judgements, strict=True):
        canvas.text(place.centre, middle, heading(column), "center", bold=True, role="header")
    rule = middle + layout.line_height() / 2 + 0.03
    canvas.line("rule", left, rule, right, rule)
    ys = columns.middles(block.heights, rule + 0.04)
    for i, (trial, y) in enumerate(zip(block.trials, ys, strict=True)):
        canvas.lines(left, y, block.labels[i], role="label")
        for column, place in zip(shown, block.judgements, strict=True):
            draw_judgement(canvas, trial.judgements.get(column, ""), place.centre, y)
    edge = ys[-1] + block.heights[-1] / 2 + 0.04
    canvas.line("hairline", left, edge, right, edge)
    return edge
