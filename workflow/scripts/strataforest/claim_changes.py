"""Which claims of a manuscript came, went, stopped holding or hold again between two states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The gravest first.
CHANGES = (
    *("no_longer_holds", "no_longer_testable", "new_and_broken", "still_broken"),
    *("holds_again", "new", "removed"),
)


@dataclass(frozen=True)
class ClaimChange:
    """One claim: what became of it, and what was found before and after, empty where it was not."""

    change: str
    claim: str
    where: str
    holds: str
    cell: str
    before: str
    after: str


def changed_claims(before: Sequence[Mapping], after: Sequence[Mapping]) -> tuple[ClaimChange, ...]:
    """Return the claims that changed or do not hold, the gravest first, else in the sheet's order.

    A claim is the same where its statement, its place and its condition are: one of another
    condition is new, and the former is removed.
    """
    old, new = ({_key(claim): claim for claim in claims} for claims in (before, after))
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        change = _kind(was, now)
        if change:
            told = [side["found"] if side else "" for side in (was, now)]
            found.append(ClaimChange(change, *key, (now or was)["cell"], *told))
    return tuple(sorted(found, key=lambda claim: CHANGES.index(claim.change)))


def _key(claim: Mapping[str, str]) -> tuple[str, str, str]:
    return claim["claim"], claim["where"], claim["holds"]


def _kind(was: Mapping | None, now: Mapping | None) -> str:
    if now is None:
        return "removed"
    if was is None:
        return "new" if now["status"] == "holds" else "new_and_broken"
    held, holds = (side["status"] == "holds" for side in (was, now))
    if held and not holds:
        return "no_longer_holds" if now["status"] == "fails" else "no_longer_testable"
    if holds:
        return "" if held else "holds_again"
    return "still_broken"
