"""Judgements of risk of bias as signs on coloured discs: the sign says what the colour says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.figures import layout, style
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key
from strataforest.risk_of_bias.tools import NO_INFORMATION, Tool
from strataforest.risk_of_bias.wording import SIGNS, heading, wording

RADIUS = 0.075
_BESIDE = 0.09  # between two columns
_ABOVE = "Risk of bias"

# Role of the disc, its sign, and the sign's colour.
LOOKS = {
    judgement: (role, SIGNS[judgement], style.PAPER if judgement == "critical" else style.INK)
    for judgement, role in {
        "low": "judged-low",
        "some concerns": "judged-some",
        "moderate": "judged-some",
        "high": "judged-high",
        "serious": "judged-high",
        "critical": "judged-critical",
        NO_INFORMATION: "judged-unclear",
        "": "not-judged",
    }.items()
}


def draw_judgement(canvas: Canvas, judgement: str, x: float, y: float) -> None:
    """The disc of a judgement centred on (x, y); a hollow ring where there is none."""
    role, sign, colour = LOOKS[judgement]
    canvas.marker(role, "circle" if judgement else "ring", x, y, RADIUS)
    canvas.sign(x, y, sign, colour)


def judgement_keys(
    tool: Tool, trials: Sequence[Mapping[str, str]], columns: Sequence[str]
) -> list[Key]:
    """Return a legend's keys: the tool's judgements, and `not judged` where any is missing."""
    shown = {trial.get(column, "") for trial in trials for column in columns}
    keys = [
        Key(LOOKS[judgement][0], "circle", wording(judgement), *LOOKS[judgement][1:])
        for judgement in tool.judgements
    ]
    return keys + ([Key(LOOKS[""][0], "ring", wording(""))] if "" in shown else [])


@dataclass(frozen=True)
class JudgementBlock:
    """Columns of judgements beside the rows of another figure, where each stands; maybe none."""

    columns: Sequence[str]
    places: Sequence[layout.Column]

    @classmethod
    def placed(cls, columns: Sequence[str], left: float) -> "JudgementBlock":
        """The columns from `left` inches rightwards."""
        widths = pitches(columns)
        if len(columns) == 1:
            widths = [max(*widths, layout.text_width(_ABOVE, bold=True))]
        gaps = [0.0, *[_BESIDE] * (len(columns) - 1)][: len(columns)]
        return cls(columns, layout.place(widths, gaps, left))

    def draw_header(self, canvas: Canvas, upper: float, lower: float) -> None:
        """The heading of each column at `lower`, and above a line that of them all at `upper`."""
        if not self.columns:
            return
        look = {"bold": True, "role": "header"}
        for column, place in zip(self.columns, self.places, strict=True):
            canvas.text(place.centre, lower, heading(column), "center", **look)
        left, right = self.places[0].left, self.places[-1].right
        rule = upper + layout.line_height() / 2 + 0.015
        canvas.text((left + right) / 2, upper, _ABOVE, "center", **look)
        canvas.line("hairline", left, rule, right, rule)

    def draw(self, canvas: Canvas, judgements: Mapping[str, str], y: float) -> None:
        """One row's judgements."""
        for column, place in zip(self.columns, self.places, strict=True):
            draw_judgement(canvas, judgements.get(column, ""), place.centre, y)


def pitches(columns: Sequence[str]) -> list[float]:
    """Return the width in inches of each column of judgements, its heading included."""
    return [max(2 * RADIUS, layout.text_width(heading(name), bold=True)) for name in columns]
