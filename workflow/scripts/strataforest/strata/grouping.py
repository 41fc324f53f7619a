"""Which selected effects are pooled together, under which name, and whether there are enough."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from strataforest.directions import are_opposed, common_sign
from strataforest.names import stratum_name


@dataclass(frozen=True)
class Analysis:
    """One way to stratify: the grouping columns, the effects' type, whether domains are mixed."""

    name: str
    by: tuple[str, ...]
    type: str = ""
    across_domains: bool = False
    label: str = ""


@dataclass(frozen=True)
class Stratum:
    """The effects of one stratum and whether they may be pooled.

    `groups` holds the value of each grouping column; `status` is pooled or not_estimable, with the
    reason; `warning` is what a reader of the pooled effect should know; `effects` are sorted by
    effect_id.
    """

    analysis: str
    stratum: str
    groups: Mapping[str, str]
    type: str
    measure: str
    effects: tuple[Mapping, ...]
    n_studies: int
    n_participants: int
    status: str
    reason: str
    warning: str = ""

    @property
    def favourable(self) -> str:
        """The sign that is good for all of its effects, empty where there is or is known none."""
        return common_sign(effect["favourable"] for effect in self.effects)


@dataclass(frozen=True)
class LeftOut:
    """A selected effect that has no place in an analysis, and why."""

    analysis: str
    effect_id: str
    study_id: str
    reason: str


def stratify(
    effects: Sequence[Mapping], analysis: Analysis, domains: Mapping[str, str], min_effects: int
) -> tuple[list[Stratum], list[LeftOut]]:
    """Return every stratum of one analysis, also the empty ones, and the effects left out.

    `effects` are the selected ones, each with its study's columns under `study` and the sign that
    is good under `favourable` (ratios are not aligned); `domains` gives each domain's type in the
    order of the config. Strata are the cross product of the grouping columns' values: domains in
    the config's order, other columns by name.
    """
    kept, left_out = [], []
    for effect in sorted(effects, key=lambda effect: effect["effect_id"]):
        reason = _no_place(effect, analysis)
        if reason:
            left_out.append(LeftOut(analysis.name, effect["effect_id"], effect["study_id"], reason))
        else:
            kept.append(effect)
    members = defaultdict(list)
    for effect in kept:
        members[tuple(_value(effect, column) for column in analysis.by)].append(effect)
    strata = [
        _stratum(analysis, values, members.get(values, []), domains, min_effects)
        for values in product(*(_levels(kept, column, analysis, domains) for column in analysis.by))
    ]
    return strata, left_out


def _value(effect: Mapping, column: str) -> str:
    return effect.get(column) or effect["study"].get(column, "")


def _no_place(effect: Mapping, analysis: Analysis) -> str:
    if analysis.type and effect["type"] != analysis.type:
        return f"a {effect['type']} effect; this analysis takes {analysis.type} ones"
    for column in analysis.by:
        if _value(effect, column):
            continue
        if column == "primary_platform":
            several = len([p for p in effect["study"].get("platforms", "").split(";") if p.strip()])
            if several > 1:
                return "several platforms and none declared primary"
            return "no primary platform declared"
        return f"{column} is empty"
    return ""


def _levels(
    effects: Sequence[Mapping], column: str, analysis: Analysis, domains: Mapping[str, str]
) -> list[str]:
    if column == "domain":
        return [d for d, type_ in domains.items() if not analysis.type or type_ == analysis.type]
    return sorted({_value(effect, column) for effect in effects}, key=lambda v: (v.lower(), v))


def _stratum(
    analysis: Analysis,
    values: tuple[str, ...],
    effects: list[Mapping],
    domains: Mapping[str, str],
    min_effects: int,
) -> Stratum:
    groups = dict(zip(analysis.by, values, strict=True))
    measures = sorted({effect["measure"] for effect in effects})
    k = len(effects)
    people = people_of(effects)
    reason = ""
    if k < min_effects:
        reason = f"k = {k} is below the minimum of {min_effects}"
    elif len(measures) > 1:
        reason = f"effects on different scales ({', '.join(measures)}) cannot be pooled"
    elif are_opposed(effect["favourable"] for effect in effects):
        reason = "ratios of wanted and of unwanted events cannot be pooled"
    return Stratum(
        analysis=analysis.name,
        stratum=stratum_name(values),
        groups=groups,
        type=analysis.type or domains.get(groups.get("domain", ""), ""),
        measure=", ".join(measures),
        effects=tuple(effects),
        n_studies=len(people),
        n_participants=round(sum(people.values())),
        status="not_estimable" if reason else "pooled",
        reason=reason,
        warning="; ".join(_warnings(effects, len(people))),
    )


def people_of(effects: Sequence[Mapping]) -> dict[str, float]:
    """Return the people behind these effects, by study.

    A trial with effects in several domains is the same people: its largest n counts once. The
    comparisons that split a control arm are different people; of comparisons with whole arms each
    arm counts once.
    """
    by_domain: dict[tuple[str, str], float] = defaultdict(float)
    arms: dict[tuple[str, str], dict[tuple[str, str], float]] = defaultdict(dict)
    for effect in effects:
        key, known = (effect["study_id"], effect["domain"]), float(effect["n_total"] or 0)
        flags = effect.get("flags", "")
        if "whole_arms" in flags and known:
            for side in ("treat", "control"):
                arms[key][side, effect[f"arm_{side}"]] = float(effect[f"n_{side}"])
            known = sum(arms[key].values())
        is_part = "shared_control" in flags
        by_domain[key] = by_domain[key] + known if is_part else max(by_domain[key], known)
    people: dict[str, float] = defaultdict(float)
    for (study_id, _), known in by_domain.items():
        people[study_id] = max(people[study_id], known)
    return people


def _warnings(effects: Sequence[Mapping], n_studies: int) -> Iterator[str]:
    metrics = {e["metric"] or "post" for e in effects if e["measure"] == "SMD"}
    # The SD of a change is not the SD of a value, so the two give SMDs on different yardsticks
    # (Cochrane Handbook 6.5, section 10.5.2).
    if len(metrics) > 1:
        yield "mixes SMDs of post values and of changes"
    if n_studies < len(effects):
        trials = f"{n_studies} trial{'s' * (n_studies > 1)}"
        yield f"{len(effects)} effects come from {trials} and are pooled as if independent"
