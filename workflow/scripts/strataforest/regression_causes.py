"""What made a meta-regression move: moderators, effects, how it is declared, and other options."""

from collections.abc import Collection, Mapping, Sequence

from strataforest.cell_changes import Cause, CellChange
from strataforest.move_causes import UNKNOWN_CAUSE, cells_behind, concerns

# Moderators that are read from cells under other headings too.
READ_FROM = {"primary_platform": ("platforms",)}
SIZES = frozenset({"ln_n_total", "n_total"})
# The least number of effects to pool is no matter of a regression.
NOT_CONCERNED = "min_effects"
# Effects whose moderators differ, each with the moderators and both values.
Shifted = Mapping[str, Mapping[str, tuple[str, str]]]


def regression_causes(
    old: Mapping | None,
    new: Mapping | None,
    states: tuple[Mapping, Mapping],
    cells: Sequence[CellChange],
    options: Sequence[Cause],
) -> tuple[set[CellChange], list[Cause]]:
    """Return the changed cells behind one meta-regression's move, and all causes of it."""
    known = new or old
    places = {tuple(place) for side in (old, new) if side for place in side["strata"]}
    before, after = (_effects(state, places) for state in states)
    if before and after and not (old and new):
        # Its effects were there and are there: it was declared, or is declared no longer.
        return set(), [_declared_or_not(old, new, states)]
    moved, exchanged, found = cells_behind(before, after, cells, {"domain"})
    shifted = _shifted(old, new, states, before.keys() & after.keys())
    theirs = {c for c in cells if _is_of_moderator(c, shifted, after)}
    found |= theirs
    causes = [cell.cause for cell in cells if cell in found] + exchanged
    causes += _without_a_cell(shifted, after, theirs)
    declared = _declared(old, new, is_same_data=not moved and not shifted)
    studies = {(after.get(i) or before[i])[0] for i in moved}
    named = {study for cell in found for study in cell.studies}
    is_explained = bool(declared or moved or shifted) and studies <= named
    were_fitted = all(side and side["status"] == "fitted" for side in (old, new))
    concerned = [o for o in options if o.what != NOT_CONCERNED and concerns(o.what, _place(known))]
    told = [o for o in concerned if (were_fitted and o.what != "version") or not is_explained]
    causes += [*declared, *told]
    if not is_explained and not (declared or told):
        causes.append(Cause(UNKNOWN_CAUSE))
    return found, causes


def _effects(state: Mapping, places: Collection[tuple]) -> dict[str, list]:
    """Return the effects of the strata that a scope is made of."""
    found = {}
    for stratum in state["strata"]:
        if (stratum["analysis"], stratum["stratum"]) in places:
            found |= stratum["effects"]
    return found


def _place(model: Mapping) -> dict:
    """Return what `concerns` asks of a stratum: the analysis, and the domain of a scope of one."""
    strata = model["strata"]
    groups = {"domain": model["domain"]} if model["domain"] else {}
    return {"analysis": strata[0][0] if strata else "", "groups": groups}


def _shifted(
    old: Mapping | None, new: Mapping | None, states: tuple, effects: Collection[str]
) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the effects with other values of a moderator than before, where both are known."""
    names = {name for side in (old, new) if side for name in side["moderators"]}
    found = {}
    for effect in sorted(effects):
        was, now = (state["moderators"].get(effect, {}) for state in states)
        differ = {
            name: (was[name], now[name])
            for name in sorted(names & was.keys() & now.keys())
            if was[name] != now[name]
        }
        if differ:
            found[effect] = differ
    return found


def _is_of_moderator(cell: CellChange, shifted: Shifted, effects: Mapping) -> bool:
    """Whether a changed cell gave an effect another value of a moderator."""
    return any(
        _gives(cell, name)
        for effect, names in shifted.items()
        if effect in cell.effects or (cell.kind == "studies" and effects[effect][0] in cell.studies)
        for name in names
    )


def _gives(cell: CellChange, moderator: str) -> bool:
    column = cell.cause.what
    if moderator in SIZES:
        return cell.is_row or column.startswith("n_")
    return cell.is_row or column in (moderator, *READ_FROM.get(moderator, ()))


def _without_a_cell(
    shifted: Shifted, effects: Mapping, cells: Collection[CellChange]
) -> list[Cause]:
    """Return the new values of moderators behind which no kept cell is: a judgement of bias."""
    causes = {}
    for effect, names in shifted.items():
        study = effects[effect][0]
        for name, (was, now) in names.items():
            if not any(study in cell.studies and _gives(cell, name) for cell in cells):
                causes[Cause(f"{name} of {study}", was, now)] = None
    return list(causes)


def _declared_or_not(old: Mapping | None, new: Mapping | None, states: tuple) -> Cause:
    """Return the option by which a model, or a scope of it, came or went."""
    model = (new or old)["model"]
    other = states[0] if new else states[1]
    if any(m["model"] == model for m in other["models"]):
        key, value = f"meta_regression.{model}.scope", (new or old)["scope"]
    else:
        key, value = f"meta_regression.{model}", "declared"
    return Cause(key, "", value) if new else Cause(key, value, "")


def _declared(old: Mapping | None, new: Mapping | None, is_same_data: bool) -> list[Cause]:
    """Return how a model is declared otherwise than before.

    Reference levels and factors are only known from the fit, where data may have changed them too.
    """
    if not (old and new):
        return []
    key = f"meta_regression.{new['model']}"
    causes = []
    if old["moderators"] != new["moderators"]:
        sides = (", ".join(side["moderators"]) for side in (old, new))
        causes.append(Cause(f"{key}.moderators", *sides))
    both = old["status"] == new["status"] == "fitted"
    if not (is_same_data and both):
        return causes
    was, now = old["references"], new["references"]
    for name in sorted(set(old["moderators"]) & set(new["moderators"])):
        if name in was and name in now and was[name] != now[name]:
            causes.append(Cause(f"{key}.references.{name}", was[name], now[name]))
        elif (name in was) != (name in now):
            sides = (name if name in side else "" for side in (was, now))
            causes.append(Cause(f"{key}.factors", *sides))
    return causes
