"""What became of the claims of a manuscript, as people read it in what moved."""

from collections.abc import Iterator

from strataforest.cell_changes import Cause
from strataforest.changes import Changes
from strataforest.claim_changes import ClaimChange
from strataforest.regression_changes import RegressionMove

# Behind those of strata in the table; the columns of strata are empty in a row of a claim.
COLUMNS = ("claim", "where", "holds", "found_before", "found_after")
WORDS = {
    "no_longer_holds": "Claim no longer holds",
    "no_longer_testable": "Claim can no longer be tested",
    "new_and_broken": "New claim, which does not hold",
    "still_broken": "Claim still does not hold",
    "holds_again": "Claim holds again",
    "new": "New claim, which holds",
    "removed": "Claim removed",
}
MOVED = ("no_longer_holds", "no_longer_testable", "holds_again")


def heading(change: ClaimChange) -> str:
    """Return what became of a claim, and its statement."""
    return f"{WORDS[change.change]}: {change.claim}"


def details(change: ClaimChange) -> Iterator[tuple[str, str]]:
    """Yield a label and a text each: what a claim says, what was and is found, its cell."""
    yield "says", f"{change.holds} in {change.where}"
    if change.before:
        yield "was", change.before
    if change.after:
        yield "is", change.after
    yield "stands in", change.cell


def causes_of(change: ClaimChange, changes: Changes) -> list[Cause]:
    """Return what moved the results that a claim is about, or those of all that break it."""
    if change.change not in MOVED:
        return []
    told = f"{change.before} {change.after}"
    where = "/".join(part.strip().casefold() for part in change.where.split("/"))
    causes: dict[Cause, None] = {}
    for move in changes.moves:
        name = f"{move.analysis}/{move.stratum}"
        breaks = "*" in where and f"{name} (" in told
        if breaks or name == where:
            causes |= dict.fromkeys(move.causes)
    for move in changes.regressions:
        if _is_about(where, move, told):
            causes |= dict.fromkeys(move.causes)
    return list(causes)


def _is_about(where: str, move: RegressionMove, told: str) -> bool:
    """Whether a place of a claim is a term of a meta-regression that moved."""
    parts, place = where.split("/")[:3], move.place.casefold().split("/")
    if parts[-1] == "overall" and place[-1].startswith("overall_"):
        parts[-1] = place[-1]
    is_there = len(parts) == len(place) and all(
        typed in ("*", found) for typed, found in zip(parts, place, strict=True)
    )
    return is_there and ("*" not in where or f"{move.place}/" in told)
