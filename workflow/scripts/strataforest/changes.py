"""What moved between two states of a review, which lines it crossed, and which cells made it."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from strataforest.cell_changes import Cause, CellChange, changed_cells, replaced_sheets
from strataforest.claim_changes import ClaimChange, changed_claims
from strataforest.directions import FAVOURABLE
from strataforest.tabular import number

NUMBERS = ("k", "estimate", "ci_low", "ci_high", "tau2", "i2", "pi_low", "pi_high")
UNKNOWN_CAUSE = "configuration or code"


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
    `replaced` the sheets of which no row was kept.
    """

    moves: tuple[Move, ...]
    idle: tuple[Cause, ...]
    options: tuple[Cause, ...]
    n_strata: int
    n_changed: Counter
    claims: tuple[ClaimChange, ...] = ()
    replaced: tuple[Cause, ...] = ()


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
            found, causes = _causes(old.get(key), new.get(key), cells, options)
            at_work |= found
            moves.append(_move(change, old.get(key), new.get(key), causes))
    idle = tuple(cell.cause for cell in cells if cell not in at_work)
    shown = tuple(option for option in options if option.what != "version")
    counts = Counter(cell.cause.what if cell.is_row else "cell" for cell in cells)
    claims = changed_claims(before.get("claims", []), after.get("claims", []))
    replaced = replaced_sheets(cells, before["rows"], after["rows"])
    n_strata = len(old.keys() | new.keys())
    return Changes(tuple(moves), idle, shown, n_strata, counts, claims, replaced)


def _kind_of_change(old: Mapping | None, new: Mapping | None) -> str:
    if old is None:
        return "appeared"
    if new is None:
        return "disappeared"
    if old["status"] != new["status"]:
        return "became_pooled" if new["status"] == "pooled" else "became_not_estimable"
    moved = any(old[name] != new[name] for name in NUMBERS) or turned(old, new)
    return "moved" if moved else ""


def turned(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether another sign is good of a result that is pooled both times, or it became known."""
    signs = [side.get(FAVOURABLE) for side in (old, new) if side.get("status") == "pooled"]
    return len(signs) == 2 and None not in signs and signs[0] != signs[1]


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
        sides = [_excludes_zero(side[low], side[high]) for side in (old, new)]
        if None not in sides and sides[0] != sides[1]:
            crossed.append(line)
    return tuple(crossed)


def _excludes_zero(low: str, high: str) -> bool | None:
    ends = number(low), number(high)
    return None if any(map(math.isnan, ends)) else ends[0] > 0 or ends[1] < 0


def _causes(
    old: Mapping | None,
    new: Mapping | None,
    cells: Sequence[CellChange],
    options: Sequence[Cause],
) -> tuple[set[CellChange], list[Cause]]:
    """Return the changed cells behind one stratum's move, and all causes of it."""
    before, after = (side["effects"] if side else {} for side in (old, new))
    moved = {i for i in before.keys() | after.keys() if before.get(i) != after.get(i)}
    studies = {(after.get(i) or before[i])[0] for i in moved}
    exchanged = _exchanged(before, after, moved)
    groups = (new or old)["groups"].keys()
    turning = _turning(cells, after) if old and new and turned(old, new) else set()
    found = {c for c in cells if _is_cause(c, before, after, moved, exchanged, groups)} | turning
    causes = [*(cell.cause for cell in cells if cell in found), *exchanged]
    known = {study for cell in found for study in cell.studies}
    is_explained = bool(moved or turning) and studies <= known
    were_pooled = all(side and side["status"] == "pooled" for side in (old, new))
    # Of options and cells that changed together, each may have moved what was pooled both times.
    concerned = [o for o in options if _concerns(o.what, new or old)]
    named = [o for o in concerned if (were_pooled and o.what != "version") or not is_explained]
    causes += named
    if not is_explained and not named:
        causes.append(Cause(UNKNOWN_CAUSE))
    return found, causes


def _turning(cells: Sequence[CellChange], effects: Mapping) -> set[CellChange]:
    """Return the changed cells that say which way is good for some of these effects."""
    return {c for c in cells if c.cause.what == "higher_is_better" and c.effects & effects.keys()}


def _concerns(option: str, stratum: Mapping) -> bool:
    """Whether an option can have to do with a stratum: one of a domain only with that domain's."""
    kind, _, rest = option.partition(".")
    owner = rest.partition(".")[0]
    if kind == "strata":
        return owner == stratum["analysis"]
    return kind != "domains" or stratum["groups"].get("domain", owner) == owner


def _is_cause(
    cell: CellChange,
    before: Mapping,
    after: Mapping,
    moved: set[str],
    exchanged: Sequence[Cause],
    groups: Collection[str],
) -> bool:
    """Whether a changed cell made an effect of one stratum come, go or change its value."""
    gone = {cause.old for cause in exchanged if cause.what == "effect removed"}
    if cell.kind == "outcomes":
        # A value does not send an effect away that its row gives as before and nothing replaces.
        concerned = (cell.effects & moved) - (set() if cell.is_choice else gone & cell.kept)
        return bool(concerned) and (cell.is_choice or cell.is_value)
    if cell.is_value and any(after[i][0] in cell.studies for i in moved if i in after):
        return True
    lone = gone | {cause.new for cause in exchanged if cause.what == "effect added"}
    comes_or_goes = any((after.get(i) or before[i])[0] in cell.studies for i in lone)
    return comes_or_goes and _places(cell, groups)


def _places(cell: CellChange, groups: Collection[str]) -> bool:
    """Whether a study's cell decides if its effects are in a stratum with these groups."""
    column = cell.cause.what
    column = {"primary_platform": "platform", "platforms": "platform"}.get(column, column)
    return cell.is_row or column in {"eligible", "study_id", *groups}


def _exchanged(before: Mapping, after: Mapping, moved: set[str]) -> list[Cause]:
    """Return the effects that came, went, or took another's place (same trial, same domain)."""
    gone, come = ({} for _ in range(2))
    for effect in sorted(moved):
        if effect not in after:
            gone.setdefault(tuple(effect.split("|")[:2]), []).append(effect)
        elif effect not in before:
            come.setdefault(tuple(effect.split("|")[:2]), []).append(effect)
    causes = []
    for key in sorted(gone.keys() | come.keys()):
        lost, won = gone.get(key, []), come.get(key, [])
        if len(lost) == len(won) == 1:
            causes.append(Cause("effect replaced", lost[0], won[0]))
            continue
        causes += [Cause("effect removed", old=effect) for effect in lost]
        causes += [Cause("effect added", new=effect) for effect in won]
    return causes


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
