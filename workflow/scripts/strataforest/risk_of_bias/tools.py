"""The tools: their domains, their judgements, and the overall judgement these allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NO_INFORMATION = "no information"
OVERALL = "overall"


@dataclass(frozen=True)
class Tool:
    """One tool: domains by their column, judgements from best to worst, `no information` last."""

    name: str
    label: str
    domains: Mapping[str, str]
    judgements: tuple[str, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """The judgements that say how biased a trial is, best first."""
        return tuple(j for j in self.judgements if j != NO_INFORMATION)


TOOLS = {
    # Sterne 2019, BMJ 366:l4898.
    "rob2": Tool(
        "rob2",
        "RoB 2",
        {
            "D1": "randomisation process",
            "D2": "deviations from intended interventions",
            "D3": "missing outcome data",
            "D4": "measurement of the outcome",
            "D5": "selection of the reported result",
        },
        ("low", "some concerns", "high"),
    ),
    # Sterne 2016, BMJ 355:i4919.
    "robins_i": Tool(
        "robins_i",
        "ROBINS-I",
        {
            "D1": "confounding",
            "D2": "selection of participants into the study",
            "D3": "classification of interventions",
            "D4": "deviations from intended interventions",
            "D5": "missing data",
            "D6": "measurement of outcomes",
            "D7": "selection of the reported result",
        },
        ("low", "moderate", "serious", "critical", NO_INFORMATION),
    ),
}
JUDGEMENTS = tuple(dict.fromkeys(j for tool in TOOLS.values() for j in tool.judgements))
DOMAINS = tuple(dict.fromkeys(column for tool in TOOLS.values() for column in tool.domains))


def allowed_overall(tool: Tool, judged: Sequence[str]) -> tuple[str, ...]:
    """Return the overall judgements that a trial's domains allow, the tool's own first.

    The overall judgement is the worst of the domains; where several domains share the worst, the
    authors may go one level further (RoB 2: several `some concerns` may amount to `high`;
    ROBINS-I: likewise). A domain that is not judged (an empty text) may be anything, so it allows
    every worse judgement. `no information` in a domain allows itself unless another domain is
    serious or critical. Without any domain judged, everything is allowed.
    """
    levels = tool.levels
    known = [levels.index(judgement) for judgement in judged if judgement in levels]
    worst = max(known, default=0)
    if sum(map(bool, judged)) < len(tool.domains):
        return tuple(tool.judgements[worst:])
    further = worst + 1 if worst and known.count(worst) > 1 else worst
    allowed = levels[worst : further + 1] if known else ()
    if NO_INFORMATION in judged and worst < levels.index("serious"):
        return (NO_INFORMATION, *allowed)
    return allowed
