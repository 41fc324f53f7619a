"""What must hold between the judgements of risk of bias and the tool they were made with."""

from collections.abc import Iterator, Sequence

from strataforest.errors import Problem, nearest
from strataforest.risk_of_bias.tools import DOMAINS, OVERALL, TOOLS, Tool, allowed_overall
from strataforest.sheets.addresses import problem_at
from strataforest.tabular import Row

RULE = "overall_risk_of_bias"


def judgement_problems(rows: Sequence[Row], tool_name: str) -> Iterator[Problem]:
    """Yield an error for each judgement that is not one of the tool's, and a warning for each
    overall judgement that the trial's domains do not allow."""
    tool = TOOLS[tool_name]
    for row in rows:
        foreign = list(_foreign(row, tool))
        yield from foreign
        if not foreign:
            yield from _overall(row, tool)


def _foreign(row: Row, tool: Tool) -> Iterator[Problem]:
    for column in (*DOMAINS, OVERALL):
        judgement = row.get(column, "")
        if judgement and column not in (*tool.domains, OVERALL):
            seen = f"{column} is '{judgement}', but {tool.label} has no domain {column}"
            mend = "empty the cell, or declare another `tool:`"
            words = (seen, f"domains {', '.join(tool.domains)}", mend)
            yield problem_at(row, column, *words, rule="foreign_judgement")
        elif judgement and judgement not in tool.judgements:
            expected = f"one of {', '.join(tool.judgements)} ({tool.label})"
            mend = nearest(judgement, tool.judgements) or "mend it, or declare another `tool:`"
            words = (f"{column} is '{judgement}'", expected, mend)
            yield problem_at(row, column, *words, rule="foreign_judgement")


def _overall(row: Row, tool: Tool) -> Iterator[Problem]:
    judged = {column: row.get(column, "") for column in tool.domains}
    overall = row[OVERALL]
    allowed = allowed_overall(tool, list(judged.values()))
    if not overall or overall in allowed:
        return
    levels = tool.levels
    worst = max((j for j in judged.values() if j in levels), key=levels.index, default="")
    where = [column for column, judgement in judged.items() if judgement == worst]
    seen = f"overall is '{overall}'"
    if worst:
        seen += f" while {', '.join(where)} {'is' if len(where) == 1 else 'are'} '{worst}'"
    expected = f"'{allowed[0]}' by the algorithm of {tool.label}"
    mend = "check the judgements of the domains and the overall one"
    yield problem_at(row, OVERALL, seen, expected, mend, severity="warning", rule=RULE)
