"""The files of the strata: what each holds, and what describes its trials."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from strataforest.risk_of_bias.tools import DOMAINS, OVERALL
from strataforest.selection import Decision
from strataforest.sheets.columns import REMARKS
from strataforest.strata.grouping import LeftOut, Stratum
from strataforest.tabular import Row, number, write_rows

STRATUM_COLUMNS = (
    *("effect_id", "study_id", "measure", "yi", "vi", "n_treat", "n_control", "n_total"),
    *("favourable", "design_effect"),
)
# n and counts are those of the sheets; a cluster trial's effect stands on them over design_effect.
COUNT_COLUMNS = ("events_treat", "events_control")
DECISION_COLUMNS = ("study_id", "domain", "effect_id", "decision", "rule", "reason")
# Where a study's row stands and what is remarked on it describes no trial.
NOT_COVARIATES = REMARKS | {"source_file", "source_tab", "source_row", "source_cells"}
BY_PRESET_COLUMNS = ("effect_id", "preset", "yi", "vi")
TRIAL_COLUMNS = ("study_id", "follow_up_weeks", "n")
JUDGED_COLUMNS = ("study_id", *DOMAINS, OVERALL)
FLOW_COLUMNS = ("stage", "n", "reason")


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
            "favourable": stratum.favourable,
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


def write_by_preset(
    folder: Path, analysis: str, strata: Sequence[Stratum], rows: Sequence[Row]
) -> None:
    """Write what each preset makes of the effects of each stratum of one analysis."""
    _emptied(folder)
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["effect_id"], []).append(row)
    for stratum in strata:
        if stratum.analysis == analysis and stratum.effects:
            own = [row for e in stratum.effects for row in found.get(e["effect_id"], ())]
            write_rows(folder / f"{stratum.stratum}.csv", BY_PRESET_COLUMNS, own)


def write_trials(path: str, studies: Mapping[str, Row], effects: Sequence[Row]) -> None:
    """Write the length and the size of every eligible trial, for the design regression.

    n is the number randomised; where the sheet has none, the largest n of the trial's effects.
    """
    largest: dict[str, float] = {}
    for effect in effects:
        n = number(effect["n_total"])
        if not math.isnan(n):
            largest[effect["study_id"]] = max(largest.get(effect["study_id"], 0.0), n)
    rows = [
        {
            "study_id": study_id,
            "follow_up_weeks": study["follow_up_weeks"],
            "n": study["n_randomised"] or largest.get(study_id),
        }
        for study_id, study in sorted(studies.items())
        if study["eligible"] != "no"
    ]
    write_rows(path, TRIAL_COLUMNS, rows)


def write_characteristics(
    path: str, studies: Mapping[str, Row], chosen: Sequence[Mapping[str, Any]]
) -> None:
    """Write what describes every eligible trial, and the domains of its `chosen` effects, by trial.

    No addresses and no remarks: what is printed from it does not change with the sheet's order.
    """
    domains: dict[str, set[str]] = {}
    for effect in chosen:
        domains.setdefault(effect["study_id"], set()).add(effect["domain"])
    own = [c for c in next(iter(studies.values()), {}) if c not in NOT_COVARIATES | {"study_id"}]
    rows = [
        {name: study[name] for name in own}
        | {"study_id": study_id, "domains": ";".join(sorted(domains.get(study_id, ())))}
        for study_id, study in sorted(
            studies.items(), key=lambda item: (item[0].casefold(), item[0])
        )
        if study["eligible"] != "no"
    ]
    write_rows(path, ("study_id", "domains", *own), rows)


def write_judgements(path: str, studies: Mapping[str, Row], judged: Sequence[Row]) -> bool:
    """Write how biased every eligible trial was judged, by trial; empty where it was not judged.

    Without a sheet of judgements there is no row. Here, and in the flow, are no addresses: what is
    drawn from it does not change with the order of the sheet. Return whether any trial is judged.
    """
    by_trial = {row["study_id"]: row for row in judged}
    unjudged = dict.fromkeys(JUDGED_COLUMNS, "")
    rows = [
        unjudged | by_trial.get(name, {}) | {"study_id": name}
        for name, study in sorted(studies.items(), key=lambda item: (item[0].casefold(), item[0]))
        if by_trial and study["eligible"] != "no"
    ]
    write_rows(path, JUDGED_COLUMNS, rows)
    return any(row[column] for row in rows for column in JUDGED_COLUMNS[1:])


def write_flow(path: str, counts: Sequence[Row]) -> None:
    """Write the counts of the PRISMA flow, sorted."""
    rows = sorted(counts, key=lambda row: tuple(row[column] for column in FLOW_COLUMNS))
    write_rows(path, FLOW_COLUMNS, rows)


def _emptied(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.csv"):
        file.unlink()
