"""From effects and studies to decisions and the files of each stratum."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from strataforest.directions import good_sign
from strataforest.effects.flags import flags_in
from strataforest.errors import Problem, ReviewError
from strataforest.selection import Candidate, Decision, DomainRule, SelectionRule, Tie, select
from strataforest.strata.grouping import Analysis, LeftOut, Stratum, stratify
from strataforest.tabular import Row, number


def selection_rule(settings: Mapping[str, Any]) -> SelectionRule:
    """Return the config's `domains`, `selection`, `timepoint`, `unlisted_indicators` as a rule."""
    low, high = settings["timepoint"]["min_weeks"], settings["timepoint"]["max_weeks"]
    return SelectionRule(
        domains={
            name: DomainRule(d["type"], tuple(d["priority"]), tuple(d["instruments"]))
            for name, d in settings["domains"].items()
        },
        order=tuple(settings["selection"]["order"]),
        prefer_metric=settings["selection"]["prefer_metric"],
        unlisted_indicators=settings["unlisted_indicators"],
        min_weeks=-math.inf if low is None else low,
        max_weeks=math.inf if high is None else high,
    )


def candidates(effects: Sequence[Row], studies: Mapping[str, Row]) -> list[Candidate]:
    """Return the effects as candidates for selection, with their trial's eligibility."""
    found = []
    for effect in effects:
        study = studies[effect["study_id"]]
        found.append(
            Candidate(
                **{name: effect[name] for name in ("effect_id", "study_id", "domain", "type")},
                **{name: effect[name] for name in ("indicator", "instrument", "metric")},
                timepoint_weeks=number(effect["timepoint_weeks"]),
                converted=bool(effect["converted_from"]),
                n_treat=number(effect["n_treat"]),
                n_control=number(effect["n_control"]),
                shared=_shared_control(effect),
                eligible=study["eligible"] != "no",
                eligibility_reason=study["eligibility_reason"],
            )
        )
    return found


def _shared_control(effect: Row) -> str:
    """Return what a trial's comparisons that are selected together share; empty for all others."""
    names = ("indicator", "instrument", "timepoint_weeks", "metric")
    if "shared_control" in effect["flags"]:
        names = (*names, "arm_control")
    elif "whole_arms" not in effect["flags"]:
        return ""
    return "|".join(effect[name] for name in names)


def decide(
    effects: Sequence[Row], studies: Mapping[str, Row], rule: SelectionRule
) -> list[Decision]:
    """Return the decision on every effect. Raises ReviewError, naming the rows of a tie."""
    decisions, ties = select(candidates(effects, studies), rule)
    if ties:
        raise ReviewError([_tie_problem(tie, effects) for tie in ties])
    return decisions


def _tie_problem(tie: Tie, effects: Sequence[Row]) -> Problem:
    rows = [effect for effect in effects if effect["effect_id"] in tie.effect_ids]
    where = ", ".join(f"{Path(r['source_file']).name} row {r['source_row']}" for r in rows)
    first = rows[0]
    names = sorted({row["indicator"] for row in rows})
    instruments = sorted({row["instrument"] for row in rows})
    key = "priority" if len(names) > 1 else "instruments"
    listed = names if len(names) > 1 else instruments
    mend = f"rank them under domains.{tie.domain}.{key} in the config: {', '.join(listed)}"
    if len(names) == 1 and len(instruments) == 1:
        mend = "give them different time points, instruments or arms, or delete one"
    return Problem(
        "error",
        first["source_file"],
        first["source_tab"],
        f"A{first['source_row'].split(';')[0]}",
        f"no rule tells {len(rows)} effects of {tie.study_id} in {tie.domain} apart ({where})",
        "one effect per trial and domain",
        mend,
        rule="tie",
    )


def selected_effects(
    effects: Sequence[Row], decisions: Sequence[Decision], studies: Mapping[str, Row]
) -> list[dict]:
    """Return the selected effects with numbers as numbers and their study's row under `study`."""
    chosen = {d.effect_id for d in decisions if d.decision == "selected"}
    return [
        effect
        | {"study": studies[effect["study_id"]], "favourable": good_sign(effect)}
        | {"design_effect": _design_effect(effect)}
        for effect in effects
        if effect["effect_id"] in chosen
    ]


def _design_effect(effect: Row) -> str:
    """Return what a cluster trial's people were divided by, as its flag says; "" for others."""
    return flags_in(effect["flags"]).get("design_effect", "")


def build_strata(
    effects: Sequence[Mapping],
    analyses: Sequence[Analysis],
    domains: Mapping[str, str],
    min_effects: int,
) -> tuple[list[Stratum], list[LeftOut]]:
    """Return the strata of all analyses in the config's order, and what was left out of each."""
    strata: list[Stratum] = []
    left_out: list[LeftOut] = []
    for analysis in analyses:
        found, out = stratify(effects, analysis, domains, min_effects)
        strata += found
        left_out += out
    return strata, left_out
