"""Claims that do not hold, as messages at their cells, and how many hold, in a few words."""

from collections import Counter
from collections.abc import Mapping, Sequence

from strataforest.errors import Problem
from strataforest.sheets.addresses import problem_at

WORDS = {"fails": "does not hold", "cannot_be_tested": "cannot be tested"}


def broken_claims(rows: Sequence[Mapping[str, str]]) -> list[Problem]:
    """Return an error for each row of claims.csv whose claim does not hold or cannot be tested."""
    return [_problem(row) for row in rows if row["status"] != "holds"]


def _problem(row: Mapping[str, str]) -> Problem:
    seen = f"the claim '{row['claim']}' {WORDS[row['status']]}: {row['found']}"
    source = f" ({row['source']})" if row["source"] else ""
    mend = f"correct the manuscript{source} and this row, or the data"
    words = (seen, f"{row['holds']} in {row['where']}", mend)
    return problem_at(row, "claim", *words, rule="broken_claim")


def said(rows: Sequence[Mapping[str, str]]) -> str:
    """Return how many claims hold: `5 hold`, `2 of 5 fail`, `1 of 5 cannot be tested`."""
    counts = Counter(row["status"] for row in rows)
    broken = [
        (counts["fails"], "fails" if counts["fails"] == 1 else "fail"),
        (counts["cannot_be_tested"], "cannot be tested"),
    ]
    parts = [f"{n} of {len(rows)} {what}" for n, what in broken if n]
    return ", ".join(parts) or f"{len(rows)} {'holds' if len(rows) == 1 else 'hold'}"
