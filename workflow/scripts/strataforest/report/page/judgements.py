"""Judgements of risk of bias beside the studies of a forest plot: as signs, and as words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.risk_of_bias.shares import judged_columns
from strataforest.risk_of_bias.tools import NO_INFORMATION, OVERALL, TOOLS
from strataforest.risk_of_bias.wording import SIGNS, domain_notes, heading, wording
from strataforest.tabular import Row

# The class of a disc in the page's style; the sign says what its colour says.
DISCS = {
    "low": "low",
    "some concerns": "some",
    "moderate": "some",
    "high": "high",
    "serious": "high",
    "critical": "critical",
    NO_INFORMATION: "unclear",
    "": "none",
}


@dataclass(frozen=True)
class Judged:
    """The judgements of a review's trials: rows by study_id, made with the tool of that name."""

    trials: Mapping[str, Row]
    tool: str = ""

    def columns(self, names: Sequence[str]) -> list[str]:
        """Return the columns in which any of these trials is judged; none without a tool."""
        rows = [self.trials.get(name, {}) for name in names]
        return judged_columns(TOOLS[self.tool], rows) if self.tool else []

    def discs(self, name: str, columns: Sequence[str]) -> list[dict]:
        """Return a trial's judgements in these columns: what stands on each disc, and in words."""
        row = self.trials.get(name, {})
        return [_disc(column, row.get(column, "")) for column in columns]

    def legend(self, names: Sequence[str]) -> dict:
        """Return what the discs beside these trials mean, and what the columns are called."""
        columns = self.columns(names)
        if not columns:
            return {}
        tool = TOOLS[self.tool]
        shown = {self.trials.get(name, {}).get(column, "") for name in names for column in columns}
        keys = [*tool.judgements, *([""] if "" in shown else [])]
        return {
            "headings": [heading(column) for column in columns],
            "keys": [_disc("", judgement) for judgement in keys],
            "note": f"Risk of bias by {' '.join(domain_notes(tool, columns))}",
        }


def in_short(discs: Sequence[Mapping]) -> str:
    """Return a trial's judgements in words, columns of one judgement together."""
    found: dict[str, list[str]] = {}
    for disc in discs:
        found.setdefault(disc["words"], []).append(disc["heading"])
    return "; ".join(f"{words} {', '.join(headings)}" for words, headings in found.items())


def _disc(column: str, judgement: str) -> dict:
    return {
        "kind": DISCS[judgement],
        "sign": SIGNS[judgement],
        "words": wording(judgement),
        "heading": heading(column),
        "overall": column == OVERALL,
    }
