"""What made a set of effects, and with it its results, move: cells, effects that came or went."""

from collections.abc import Collection, Mapping, Sequence

from strataforest.cell_changes import Cause, CellChange
from strataforest.directions import FAVOURABLE

UNKNOWN_CAUSE = "configuration or code"


def turned(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether another sign is good of a result that is pooled both times, or it became known."""
    signs = [side.get(FAVOURABLE) for side in (old, new) if side.get("status") == "pooled"]
    return len(signs) == 2 and None not in signs and signs[0] != signs[1]


def stratum_causes(
    old: Mapping | None,
    new: Mapping | None,
    cells: Sequence[CellChange],
    options: Sequence[Cause],
) -> tuple[set[CellChange], list[Cause]]:
    """Return the changed cells behind one stratum's move, and all causes of it."""
    before, after = (side["effects"] if side else {} for side in (old, new))
    groups = (new or old)["groups"].keys()
    moved, exchanged, found = cells_behind(before, after, cells, groups)
    studies = {(after.get(i) or before[i])[0] for i in moved}
    turning = _turning(cells, after) if old and new and turned(old, new) else set()
    found |= turning
    causes = [*(cell.cause for cell in cells if cell in found), *exchanged]
    known = {study for cell in found for study in cell.studies}
    is_explained = bool(moved or turning) and studies <= known
    were_pooled = all(side and side["status"] == "pooled" for side in (old, new))
    # Of options and cells that changed together, each may have moved what was pooled both times.
    concerned = [o for o in options if concerns(o.what, new or old)]
    named = [o for o in concerned if (were_pooled and o.what != "version") or not is_explained]
    causes += named
    if not is_explained and not named:
        causes.append(Cause(UNKNOWN_CAUSE))
    return found, causes


def cells_behind(
    before: Mapping, after: Mapping, cells: Sequence[CellChange], groups: Collection[str]
) -> tuple[set[str], list[Cause], set[CellChange]]:
    """Return which effects of a set differ, which came or went, and the changed cells behind both.

    `groups` are the columns that decide which effects are in the set.
    """
    moved = {i for i in before.keys() | after.keys() if before.get(i) != after.get(i)}
    exchanged = exchanged_effects(before, after, moved)
    found = {c for c in cells if _is_cause(c, before, after, moved, exchanged, groups)}
    return moved, exchanged, found


def _turning(cells: Sequence[CellChange], effects: Mapping) -> set[CellChange]:
    """Return the changed cells that say which way is good for some of these effects."""
    return {c for c in cells if c.cause.what == "higher_is_better" and c.effects & effects.keys()}


def concerns(option: str, stratum: Mapping) -> bool:
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


def exchanged_effects(before: Mapping, after: Mapping, moved: set[str]) -> list[Cause]:
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
