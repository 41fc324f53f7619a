"""From effects and studies to decisions and the files of each stratum."""

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from strataforest.errors import Problem, ReviewError
from strataforest.selection import Candidate, Decision, DomainRule, SelectionRule, Tie, select
from strataforest.strata import Analysis, LeftOut, Stratum, stratify
from strataforest.tabular import Row, number, write_rows

STRATUM_COLUMNS = (
    *("effect_id", "study_id", "measure", "yi", "vi", "n_treat", "n_control", "n_total"),
    "favourable",
)
COUNT_COLUMNS = ("events_treat", "events_control")
DECISION_COLUMNS = ("study_id", "domain", "effect_id", "decision", "rule", "reason")
# Folders of figures that belong to no stratum.
OTHER_FIGURES = frozenset({"overview", "prisma", "risk_of_bias"})
# What a study says of itself beyond the effect: read by meta-regression and some figures only.
NOT_COVARIATES = frozenset({"source_file", "source_tab", "source_row", "source_cells"})


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
                eligible=study["eligible"] != "no",
                eligibility_reason=study["eligibility_reason"],
            )
        )
    return found


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
        f"A{first['source_row']}",
        f"no rule tells {len(rows)} effects of {tie.study_id} in {tie.domain} apart ({where})",
        "one effect per trial and domain",
        mend,
    )


def selected_effects(
    effects: Sequence[Row], decisions: Sequence[Decision], studies: Mapping[str, Row]
) -> list[dict]:
    """Return the selected effects with numbers as numbers and their study's row under `study`."""
    chosen = {d.effect_id for d in decisions if d.decision == "selected"}
    return [
        effect | {"study": studies[effect["study_id"]], "favourable": _favourable(effect)}
        for effect in effects
        if effect["effect_id"] in chosen
    ]


def _favourable(effect: Row) -> str:
    """Return which sign of yi is good: continuous effects are aligned, ratios are untouched."""
    if effect["type"] == "continuous":
        return "positive"
    return "positive" if effect["higher_is_better"] == "yes" else "negative"


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


def write_index(path: str, strata: Sequence[Stratum], labels: Mapping[str, str]) -> None:
    """Write one row per stratum: its names, groups, counts, and whether it is pooled.

    `labels` are the domains' names; a stratum's label is what figures and the summary call it.
    """
    other = sorted({c for s in strata for c in s.groups} - {"domain", "primary_platform"})
    columns = ["analysis", "stratum", "domain", "platform", *other, "type", "measure", "k"]
    columns += ["n_studies", "n_participants", "status", "reason", "warning", "favourable", "label"]
    rows = [
        {column: stratum.groups.get(column, "") for column in other}
        | {
            "domain": stratum.groups.get("domain", ""),
            "platform": stratum.groups.get("primary_platform", ""),
            "k": len(stratum.effects),
            "label": _label(stratum, labels),
            "favourable": stratum.effects[0]["favourable"] if stratum.effects else "",
        }
        | {f.name: getattr(stratum, f.name) for f in fields(stratum) if f.name in columns}
        for stratum in strata
    ]
    write_rows(path, columns, rows)


def _label(stratum: Stratum, labels: Mapping[str, str]) -> str:
    names = stratum.groups.items()
    return ", ".join(labels.get(value, value) if key == "domain" else value for key, value in names)


def write_decisions(path: str, decisions: Sequence[Decision]) -> None:
    """Write one row per candidate effect: the decision, the rule and the reason."""
    write_rows(path, DECISION_COLUMNS, [asdict(decision) for decision in decisions])


def write_left_out(path: str, left_out: Sequence[LeftOut]) -> None:
    """Write the selected effects that have no place in an analysis, and why."""
    columns = ("analysis", "effect_id", "study_id", "reason")
    write_rows(path, columns, [asdict(entry) for entry in left_out])


def write_strata(folder: Path, analysis: str, strata: Sequence[Stratum]) -> None:
    """Write the file of each stratum of one analysis into an emptied folder."""
    _emptied(folder)
    for stratum in strata:
        if stratum.analysis == analysis and stratum.effects:
            counts = COUNT_COLUMNS if stratum.effects[0]["type"] == "binary" else ()
            write_rows(
                folder / f"{stratum.stratum}.csv", (*STRATUM_COLUMNS, *counts), stratum.effects
            )


def write_covariates(
    folder: Path, analysis: str, strata: Sequence[Stratum], overall_risk: Mapping[str, str]
) -> None:
    """Write what describes each stratum's trials but enters no pooled fit."""
    _emptied(folder)
    for stratum in strata:
        if stratum.analysis != analysis or not stratum.effects:
            continue
        own = [c for c in stratum.effects[0]["study"] if c not in NOT_COVARIATES | {"study_id"}]
        columns = ("effect_id", "study_id", "timepoint_weeks", "risk_of_bias", *own)
        rows = [
            {name: effect["study"][name] for name in own}
            | {name: effect[name] for name in ("effect_id", "study_id", "timepoint_weeks")}
            | {"risk_of_bias": overall_risk.get(effect["study_id"], "")}
            for effect in stratum.effects
        ]
        write_rows(folder / f"{stratum.stratum}.csv", columns, rows)


def remove_stale(results: Path, strata: Sequence[Stratum], analyses: Sequence[str]) -> None:
    """Remove what no stratum stands behind any more; a stale figure would be read as a result.

    That is the fits and figures of strata that are gone or no longer pooled, and everything of
    analyses that the config no longer names.
    """
    pooled = {(s.analysis, s.stratum) for s in strata if s.status == "pooled"}
    stale = [
        *(f for f in results.glob("fits/*/*.json") if (f.parent.name, f.stem) not in pooled),
        *(
            figures
            for figures in results.glob("figures/*/*")
            if figures.parent.name not in OTHER_FIGURES
            and (figures.parent.name, figures.name) not in pooled
        ),
        *(f for f in results.glob("strata/*/") if f.name not in analyses),
        *(f for f in results.glob("covariates/*/") if f.name not in analyses),
        *(f for f in results.glob("figures/overview/*") if f.stem not in analyses),
        *(
            table
            for table in results.glob("tables/table2_*")
            if table.stem.removeprefix("table2_") not in analyses
        ),
    ]
    for path in stale:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for folder in (*results.glob("fits/*/"), *results.glob("figures/*/")):
        if not any(folder.iterdir()):
            folder.rmdir()


def _emptied(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.csv"):
        file.unlink()
