"""What moved between two states of a review, which lines it crossed, and which cells made it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.cell_changes import Cause, changed_cells, replaced_sheets
from strataforest.claim_changes import ClaimChange, changed_claims
from strataforest.directions import FAVOURABLE
from strataforest.move_causes import stratum_causes, turned
from strataforest.regression_changes import RegressionMove, changed_regressions, excludes_zero
from strataforest.tabular import number

NUMBERS = ("k", "estimate", "ci_low", "ci_high", "tau2", "i2", "pi_low", "pi_high")


@dataclass(frozen=True)
class Move:
    """One stratum that moved: its numbers before and after, as text, empty where there are none."""

    analysis: str
    stratum: str
    name: str
    change: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    crossed: tuple[str, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Changes:
    """What moved between two states.

    `idle` holds the changed cells that moved nothing, `n_changed` the number of changed cells, of
    rows added and of rows removed; `claims` what became of those that changed or do not hold;
    `replaced` the sheets of which no row was kept; `regressions` the meta-regressions that moved,
    of `n_regressions` (a model in a scope is one), 0 where a state does not know of them.
    """

    moves: tuple[Move, ...]
    idle: tuple[Cause, ...]
    options: tuple[Cause, ...]
    n_strata: int
    n_changed: Counter
    claims: tuple[ClaimChange, ...] = ()
    replaced: tuple[Cause, ...] = ()
    regressions: tuple[RegressionMove, ...] = ()
    n_regressions: int = 0


def compare(before: Mapping, after: Mapping) -> Changes:
    """Return what moved from one state to another."""
    cells = changed_cells(before, after)
    options = _changed_options(before["options"], after["options"])
    old, new = (
        {(s["analysis"], s["stratum"]): s for s in state["strata"]} for state in (before, after)
    )
    moves, at_work = [], set()
    for key in [*new, *(key for key in old if key not in new)]:
        change = _kind_of_change(old.get(key), new.get(key))
        if change:
            found, causes = stratum_causes(old.get(key), new.get(key), cells, options)
            at_work |= found
            moves.append(_move(change, old.get(key), new.get(key), causes))
    regressions, n_regressions, found = changed_regressions(before, after, cells, options)
    at_work |= found
    idle = tuple(cell.cause for cell in cells if cell not in at_work)
    shown = tuple(option for option in options if option.what != "version")
    counts = Counter(cell.cause.what if cell.is_row else "cell" for cell in cells)
    claims = changed_claims(before.get("claims", []), after.get("claims", []))
    replaced = replaced_sheets(cells, before["rows"], after["rows"])
    n_strata = len(old.keys() | new.keys())
    told = (tuple(moves), idle, shown, n_strata, counts, claims, replaced)
    return Changes(*told, tuple(regressions), n_regressions)


def _kind_of_change(old: Mapping | None, new: Mapping | None) -> str:
    if old is None:
        return "appeared"
    if new is None:
        return "disappeared"
    if old["status"] != new["status"]:
        return "became_pooled" if new["status"] == "pooled" else "became_not_estimable"
    moved = any(old[name] != new[name] for name in NUMBERS) or turned(old, new)
    return "moved" if moved else ""


def _move(change: str, old: Mapping | None, new: Mapping | None, causes: Sequence[Cause]) -> Move:
    known = new or old
    return Move(
        known["analysis"],
        known["stratum"],
        known["label"],
        change,
        old or {},
        new or {},
        crossed_lines(old or {}, new or {}),
        tuple(causes),
    )


def crossed_lines(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    """Return which lines a stratum crossed: favourable, sign, significance, not_estimable, ...

    An interval that excludes zero (a ratio of 1) is significant, as the configured level has it.
    """
    was, now = (side.get("status") == "pooled" for side in (old, new))
    if was != now:
        return ("pooled",) if now else ("not_estimable",)
    if not was:
        return ()
    crossed = [FAVOURABLE] if turned(old, new) else []
    signs = [number(side["estimate"]) for side in (old, new)]
    if signs[0] * signs[1] < 0:
        crossed.append("sign")
    for line, low, high in (
        ("significance", "ci_low", "ci_high"),
        ("prediction_interval", "pi_low", "pi_high"),
    ):
        sides = [excludes_zero(side[low], side[high]) for side in (old, new)]
        if None not in sides and sides[0] != sides[1]:
            crossed.append(line)
    return tuple(crossed)


def _changed_options(before: Mapping[str, str], after: Mapping[str, str]) -> list[Cause]:
    """Return what changed of the options and the version; a new preset says all of its choices.

    An option that one side does not have is shown as empty there, unless that side is of a version
    that recorded none.
    """
    recorded = all("min_effects" in side for side in (before, after))
    known = before.keys() | after.keys() if recorded else before.keys() & after.keys()
    names = [n for n in sorted(known) if before.get(n, "") != after.get(n, "")]
    if "preset" in names:
        names = [name for name in names if not name.startswith(("pooling.", "effect_size."))]
    return [Cause(name, before.get(name, ""), after.get(name, "")) for name in names]


def count_crossed(changes: Changes) -> Counter:
    """Return how many strata crossed each line."""
    return Counter(line for move in changes.moves for line in move.crossed)
