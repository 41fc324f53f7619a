"""Trials with several arms: combine them, split their control, keep all comparisons, or take one.

Rows belong together when they are of one comparison but for `arm_treat`, of which each names
another one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from strataforest.conversions.spread import combined_arms
from strataforest.effects.arm_values import ARMS, ArmValues
from strataforest.sheets.addresses import row_numbers
from strataforest.sheets.identity import KEY_COLUMNS
from strataforest.tabular import Row

RULES = ("combine", "split_control", "separate", "named")
WITH_COUNTS = ("events_treat", "events_control")
SHARED = tuple(name for name in KEY_COLUMNS if name != "arm_treat")


@dataclass(frozen=True)
class MultiArm:
    """The config's `multi_arm`, and `multi_arm_named`: which arm to take of which trial."""

    rule: str = "combine"
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Combined:
    """One row made of several: its record, its numbers by column, its flags.

    The record's `parts` are (row, columns used) and its `converted_from` what stood in for SDs.
    """

    record: dict
    numbers: dict[str, float]
    flags: list[str]


def shared_controls(records: Sequence[Row]) -> list[list[int]]:
    """Return the groups of two or more rows whose arms share a control, sorted by arm_treat."""
    groups = defaultdict(list)
    for i, row in enumerate(records):
        if row["arm_treat"]:
            groups[tuple(row[name] for name in SHARED)].append(i)
    found = [sorted(rows, key=lambda i: records[i]["arm_treat"]) for rows in groups.values()]
    # A repeated arm is a repeated row, which is another matter.
    return [
        rows
        for rows in found
        if len(rows) > 1 and len({records[i]["arm_treat"] for i in rows}) == len(rows)
    ]


def same_but_for_arms(records: Sequence[Row]) -> list[list[int]]:
    """Return the groups of two or more rows of one trial and outcome, each about other arms."""
    groups = defaultdict(list)
    for i, row in enumerate(records):
        groups[tuple(row[name] for name in SHARED if name != "arm_control")].append(i)
    found = []
    for rows in groups.values():
        arms = {(records[i]["arm_treat"], records[i]["arm_control"]) for i in rows}
        if 1 < len(rows) == len(arms):
            found.append(rows)
    return found


def not_named(records: Sequence[Row], named: Mapping[str, str]) -> dict[int, str]:
    """Return the rows of multi-arm trials that the config does not name, each with the reason."""
    found = {}
    for rows in shared_controls(records):
        wanted = named.get(records[rows[0]]["study_id"])
        arms = [records[i]["arm_treat"] for i in rows]
        for i, arm in zip(rows, arms, strict=True):
            if wanted is None:
                found[i] = f"the trial has several arms ({', '.join(arms)}): name one of them"
            elif arm != wanted:
                found[i] = f"the arm '{arm}' is not the one that is named ('{wanted}')"
    return found


def combine(
    records: Sequence[Row],
    columns: Mapping[str, np.ndarray],
    flags: Sequence[Sequence[str]],
    sources: Sequence[ArmValues],
    rows: Sequence[int],
) -> Combined | None:
    """Return the rows of one group as one: n and events are summed, means and SDs combined.

    `sources` are the arms' means and SDs, best first. None where a row has neither counts nor means
    and SDs, where the rows stand in different sheets, or where their controls differ.
    """
    if len({(records[i]["source_file"], records[i]["source_tab"]) for i in rows}) > 1:
        return None
    n = {arm: columns[f"n_{arm}"][list(rows)] for arm in ARMS}
    if not np.isfinite([*n["treat"], *n["control"]]).all() or np.ptp(n["control"]):
        return None
    if any(records[i][name] for i in rows for name in WITH_COUNTS):
        numbers, used = _summed(columns, rows), [None] * len(rows)
    else:
        numbers, used = _averaged(n, sources, rows)
    if not numbers:
        return None
    numbers |= {"n_treat": float(n["treat"].sum()), "n_control": float(n["control"][0])}
    numbers["n_total"] = numbers["n_treat"] + numbers["n_control"]
    return Combined(_record([records[i] for i in rows], used), numbers, _flags(rows, flags, used))


def _summed(columns: Mapping[str, np.ndarray], rows: Sequence[int]) -> dict[str, float]:
    events = {name: columns[name][list(rows)] for name in WITH_COUNTS}
    if not np.isfinite([*events.values()]).all() or np.ptp(events["events_control"]):
        return {}
    treat, control = events["events_treat"].sum(), events["events_control"][0]
    return {"events_treat": float(treat), "events_control": float(control)}


def _averaged(
    n: Mapping[str, np.ndarray], sources: Sequence[ArmValues], rows: Sequence[int]
) -> tuple[dict[str, float], list[ArmValues]]:
    used = [next((s for s in sources if _gives(s, i)), None) for i in rows]
    if None in used:
        return {}, []
    pairs = list(zip(used, rows, strict=True))
    controls = {(float(s.mean[1][i]), float(s.sd[1][i])) for s, i in pairs}
    if len(controls) > 1:
        return {}, []
    means, sds = ([s.mean[0][i] for s, i in pairs], [s.sd[0][i] for s, i in pairs])
    _, mean, sd = combined_arms(n["treat"], means, sds)
    ((mean_control, sd_control),) = controls
    numbers = {"mean_treat": float(mean), "sd_treat": float(sd)}
    return numbers | {"mean_control": mean_control, "sd_control": sd_control}, used


def _gives(source: ArmValues, i: int) -> bool:
    return bool(np.isfinite([values[i] for values in (*source.mean, *source.sd)]).all())


def _record(rows: Sequence[Row], used: Sequence[ArmValues | None]) -> dict:
    """Return the record of the whole: its control is that of the first row, of which they are."""
    numbers = [number for row in sorted(rows, key=row_numbers) for number in row_numbers(row)]
    counts = ("n_treat", "n_control", "n_total", *WITH_COUNTS)
    parts = [
        (row, (*source.cells, "n_total") if source else counts)
        for row, source in zip(rows, used, strict=True)
    ]
    origins = dict.fromkeys(s.converted_from for s in used if s and s.converted_from)
    return dict(rows[0]) | {
        "arm_treat": " + ".join(row["arm_treat"] for row in rows),
        "source_row": ";".join(str(number) for number in dict.fromkeys(numbers)),
        "parts": parts,
        "converted_from": "; ".join(origins),
    }


def _flags(rows, flags, used) -> list[str]:
    own = [flag for i in rows for flag in flags[i]]
    own += [flag for source in used if source for flag in source.flags]
    skewed = any(
        s and s.skewed is not None and s.skewed[i] for s, i in zip(used, rows, strict=True)
    )
    return [*dict.fromkeys([*own, *(["skewed"] if skewed else [])]), f"arms_combined={len(rows)}"]
