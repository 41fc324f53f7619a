"""How judgements are said and signed, in figures and in the report alike."""

from collections.abc import Sequence

from strataforest.risk_of_bias.tools import NO_INFORMATION, OVERALL, Tool

# A sign means the same in every tool; it says what the colour says.
SIGNS = {
    "low": "+",
    "some concerns": "!",
    "moderate": "!",
    "high": "\u2212",
    "serious": "\u2212",
    "critical": "\u00d7",
    NO_INFORMATION: "?",
    "": "",
}


def wording(judgement: str) -> str:
    """Return a judgement as a legend says it."""
    if judgement in ("low", "moderate", "high", "serious", "critical"):
        return f"{judgement} risk"
    return judgement or "not judged"


def heading(column: str) -> str:
    """Return the short heading of a column of judgements."""
    return "Overall" if column == OVERALL else column


def domain_notes(tool: Tool, columns: Sequence[str]) -> list[str]:
    """Return the line that says what the columns are, and by which tool they were judged."""
    named = [f"{column}: {tool.domains[column]}" for column in columns if column != OVERALL]
    return [f"{tool.label}. {'; '.join(named)}." if named else f"{tool.label}."]
