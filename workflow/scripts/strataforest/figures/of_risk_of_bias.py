"""From judgements of risk of bias to the content of the figures that show them."""

from collections.abc import Mapping, Sequence

from strataforest.figures.judgement_bars import JudgementBars
from strataforest.figures.traffic_light import JudgedTrial
from strataforest.risk_of_bias.tools import OVERALL, TOOLS, Tool

Judged = Mapping[str, str]


def judgements_of(tool: Tool, row: Mapping[str, str]) -> dict[str, str]:
    """Return a row's judgements: those of the tool's domains and the overall one."""
    return {column: row.get(column, "") for column in (*tool.domains, OVERALL)}


def has_judgements(judged: Mapping[str, Judged], tool_name: str) -> bool:
    """Say whether any of the trials has a judgement at all."""
    tool = TOOLS[tool_name]
    return any(any(judgements_of(tool, row).values()) for row in judged.values())


def judged_trials(rows: Sequence[Mapping[str, str]], tool_name: str) -> list[JudgedTrial]:
    """Return the trials of a traffic light, in the order of the rows."""
    tool = TOOLS[tool_name]
    return [JudgedTrial(row["study_id"], judgements_of(tool, row)) for row in rows]


def review_bars(rows: Sequence[Mapping[str, str]], tool_name: str, title: str) -> JudgementBars:
    """Return the summary of all trials, each of equal weight."""
    tool = TOOLS[tool_name]
    trials = [judgements_of(tool, row) for row in rows]
    return JudgementBars(title, tool, trials, [1.0] * len(trials))


def stratum_bars(
    fit: Mapping, judged: Mapping[str, Judged], tool_name: str, title: str
) -> JudgementBars:
    """Return the summary of a stratum: each effect by its weight in the pooled one.

    `judged` holds the judgements by trial; a trial of several effects counts with all of them.
    """
    tool, studies = TOOLS[tool_name], fit["studies"]
    trials = [judgements_of(tool, judged.get(name, {})) for name in studies["study_id"]]
    shares_of = "the weight in the pooled effect"
    weights = studies["weight"]
    return JudgementBars(f"{title}: risk of bias", tool, trials, weights, shares_of, "effect")
