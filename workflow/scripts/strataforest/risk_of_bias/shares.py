"""How a set of trials is judged: per domain, the share of each judgement."""

from collections.abc import Mapping, Sequence

from strataforest.risk_of_bias.tools import OVERALL, Tool

Judged = Mapping[str, str]


def judged_columns(tool: Tool, trials: Sequence[Judged]) -> list[str]:
    """Return the tool's domains in which any trial is judged, and `overall` if any has one."""
    columns = [*tool.domains, OVERALL]
    return [column for column in columns if any(trial.get(column) for trial in trials)]


def shares(
    tool: Tool, trials: Sequence[Judged], column: str, weights: Sequence[float]
) -> dict[str, float]:
    """Return the share of the weight that each judgement of one column has, in percent.

    Judgements come best first, then the empty text for trials that are not judged; they sum to
    100. Raises ValueError for weights that are not one per trial or sum to nothing.
    """
    total = sum(weights)
    if not total > 0:
        raise ValueError("the weights of the trials must sum to more than 0")
    found = dict.fromkeys((*tool.judgements, ""), 0.0)
    for trial, weight in zip(trials, weights, strict=True):
        found[trial.get(column, "")] += 100 * weight / total
    return found
