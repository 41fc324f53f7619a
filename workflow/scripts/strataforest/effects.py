"""From records to effects: the best route of each row, aligned, or the reason there is none."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.effect_sizes import design_effect
from strataforest.exclusions import reason_for_exclusion
from strataforest.models import EffectSizeModel
from strataforest.routes import Route, md_routes, ratio_routes, smd_routes
from strataforest.sheets.identity import cell_addresses, effect_key
from strataforest.tabular import Row, number

Z_95 = 1.959963984540054

NUMERIC = (
    *(
        f"{name}_{arm}"
        for name in ("n", "mean", "sd", "se", "ci_low", "ci_high", "events")
        for arm in ("treat", "control")
    ),
    *("n_total", "md", "md_se", "md_ci_low", "md_ci_high", "t_stat", "f_stat", "smd", "smd_se"),
    *("log_ratio", "log_ratio_se", "ratio", "ratio_ci_low", "ratio_ci_high"),
)
# What gives a statistic printed without sign its direction, best first.
SIGN_CELLS = (("favours",), ("md",), ("mean_treat", "mean_control"))
BINARY = ("events_treat", "events_control", "log_ratio", "ratio")

EFFECT_COLUMNS = (
    *("effect_id", "study_id", "domain", "indicator", "instrument", "timepoint_weeks", "measure"),
    *("yi", "vi", "sei", "ci_low", "ci_high", "n_treat", "n_control", "n_total", "formula"),
    *("converted_from", "aligned", "source_file", "source_tab", "source_row", "source_cells"),
    *("type", "metric", "arm_treat", "arm_control", "events_treat", "events_control"),
    *("higher_is_better", "flags", "route", "correction"),
)
EXCLUSION_COLUMNS = (
    *("source_file", "source_tab", "source_row", "study_id", "domain", "reason_code", "reason"),
)


@dataclass(frozen=True)
class Conversions:
    """What may stand in for missing numbers; see the config's `conversions`."""

    assume_equal_arms: bool = False
    bounded_p: str = "exclude"
    default_icc: float | None = None


def compute_effects(
    records: Sequence[Row],
    studies: Sequence[Row],
    domains: Mapping[str, Mapping],
    indicators: Mapping[str, Mapping],
    model: EffectSizeModel,
    conversions: Conversions,
) -> tuple[list[dict], list[dict]]:
    """Return (effects, exclusions): each record becomes one row of exactly one of them.

    Effects are sorted by `effect_id`, exclusions by address.
    """
    columns = _columns(records)
    flags: list[list[str]] = [[] for _ in records]
    _fill_arm_sizes(columns, conversions, flags)
    _add_effective_sizes(columns, records, studies, conversions, flags)
    better = np.array([_direction(row, indicators) for row in records], float)
    chosen: dict[int, tuple[Route, float, str]] = {}
    unsigned: set[int] = set()
    for (kind, measure), rows in _groups(records, domains, model).items():
        routes = _routes(
            kind, measure, {k: v[rows] for k, v in columns.items()}, model, conversions
        )
        for position, i in enumerate(rows):
            found = _choose(routes, position, records[i], columns, i, better[i])
            if found is None:
                continue
            route, yi = found
            if np.isnan(yi):
                unsigned.add(i)
            else:
                aligned = yi if kind == "binary" else better[i] * yi
                chosen[i] = (route, float(aligned), f"{kind}:{measure}", float(route.vi[position]))
    effects = [
        _effect(records[i], i, columns, better[i], flags[i], *found) | _way(found[0], model)
        for i, found in chosen.items()
    ]
    exclusions = [
        _exclusion(row, i in unsigned, conversions)
        for i, row in enumerate(records)
        if i not in chosen
    ]
    return _identified(effects), exclusions


def _columns(records: Sequence[Row]) -> dict[str, np.ndarray]:
    columns = {name: np.array([number(row[name]) for row in records], float) for name in NUMERIC}
    p = [row["p_value"] for row in records]
    columns["p_exact"] = np.array([number(x) if x[:1] not in "<>" else np.nan for x in p], float)
    columns["p_bound"] = np.array([number(x[1:]) if x[:1] == "<" else np.nan for x in p], float)
    return columns


def _fill_arm_sizes(columns: dict, conversions: Conversions, flags: list[list[str]]) -> None:
    """Complete the arms' n from the total: by subtraction, or in halves if the config says so."""
    n1, n2, total = columns["n_treat"], columns["n_control"], columns["n_total"]
    columns["n_treat"] = np.where(np.isnan(n1), total - n2, n1)
    columns["n_control"] = np.where(np.isnan(n2), total - n1, n2)
    unknown = np.isnan(n1) & np.isnan(n2) & ~np.isnan(total)
    if conversions.assume_equal_arms:
        for name in ("n_treat", "n_control"):
            columns[name] = np.where(unknown, total / 2, columns[name])
        for i in np.flatnonzero(unknown):
            flags[i].append("equal_arms_assumed")
    columns["n_total"] = np.where(np.isnan(total), columns["n_treat"] + columns["n_control"], total)


def _add_effective_sizes(
    columns: dict,
    records: Sequence[Row],
    studies: Sequence[Row],
    conversions: Conversions,
    flags: list[list[str]],
) -> None:
    """Add the n of cluster trials divided by their design effect 1 + (m - 1) icc."""
    by_id = {row["study_id"]: row for row in studies}
    effect = np.ones(len(records))
    for i, record in enumerate(records):
        study = by_id.get(record["study_id"], {})
        if study.get("design") != "cluster":
            continue
        size, icc = number(study["cluster_size"]), number(study["icc"])
        if np.isnan(icc) and conversions.default_icc is not None:
            icc = conversions.default_icc
            flags[i].append("icc_from_config")
        if np.isnan(size) or np.isnan(icc):
            flags[i].append("cluster_not_adjusted")
        else:
            effect[i] = design_effect(size, icc)
            flags[i].append(f"design_effect={float(effect[i])!r}")
    for arm in ("treat", "control"):
        columns[f"n_{arm}_effective"] = columns[f"n_{arm}"] / effect


def _direction(row: Row, indicators: Mapping[str, Mapping]) -> int:
    """Return 1 where higher is better for this row, else -1; the sheet's cell comes first."""
    if row["higher_is_better"]:
        return 1 if row["higher_is_better"] == "yes" else -1
    return 1 if indicators.get(row["indicator"], {}).get("higher_is_better", True) else -1


def _groups(
    records: Sequence[Row], domains: Mapping[str, Mapping], model: EffectSizeModel
) -> dict[tuple[str, str], np.ndarray]:
    """Return the rows of each (type, measure): counts are binary whatever their domain's type."""
    groups = defaultdict(list)
    for i, row in enumerate(records):
        domain = domains[row["domain"]]
        kind = "binary" if any(row[name] for name in BINARY) else "continuous"
        default = "RR" if kind == "binary" else model.measure
        measure = domain.get("measure", default) if kind == domain["type"] else default
        groups[kind, measure].append(i)
    return {key: np.array(rows) for key, rows in groups.items()}


def _routes(
    kind: str, measure: str, columns: dict, model: EffectSizeModel, conversions: Conversions
):
    if kind == "binary":
        return ratio_routes(columns, measure)
    build = md_routes if measure == "MD" else smd_routes
    return build(columns, model, conversions.bounded_p)


def _choose(
    routes: list[Route], position: int, record: Row, columns: dict, i: int, better: float
) -> tuple[Route, float] | None:
    """Return the first route that gives this row an effect; NaN where only its sign is missing."""
    signless = None
    for route in routes:
        yi, vi = float(route.yi[position]), float(route.vi[position])
        if not (np.isfinite(yi) and np.isfinite(vi) and vi > 0):
            continue
        if not route.unsigned:
            return route, yi
        sign = _sign(record, columns, i, better)
        if sign:
            return route, sign * abs(yi)
        signless = signless or route
    return (signless, np.nan) if signless else None


def _sign(record: Row, columns: dict, i: int, better: float) -> float:
    """Return the sign of intervention minus control for a statistic printed without one, or 0."""
    if record["favours"]:
        return better if record["favours"] == "treat" else -better
    for difference in (columns["md"][i], columns["mean_treat"][i] - columns["mean_control"][i]):
        if np.isfinite(difference):
            return float(np.sign(difference))
    return 0.0


def _effect(
    record: Row, i: int, columns: dict, better: float, flags: list, route: Route, yi, kind, vi
) -> dict:
    type_, measure = kind.split(":")
    sei = float(np.sqrt(vi))
    # From the right: a team's own heading may hold a `=` (or a `;`) itself.
    addresses = cell_addresses(record)
    cells = list(route.cells)
    if route.unsigned:
        cells += next(names for names in SIGN_CELLS if all(record[name] for name in names))
    if route.converted_from == "bounded_p":
        flags = [*flags, "bounded_p"]
    if route.name == "counts" and 0 in _table(columns, i):
        flags = [*flags, "zero_cells_corrected"]
    if "n_treat" not in addresses or "n_control" not in addresses:
        cells.append("n_total")
    copied = ("study_id", "domain", "indicator", "instrument", "timepoint_weeks", "metric")
    copied += ("arm_treat", "arm_control", "source_file", "source_tab", "source_row")
    return {name: record[name] for name in copied} | {
        "effect_id": effect_key(record),
        "type": type_,
        "measure": measure,
        "yi": yi,
        "vi": vi,
        "sei": sei,
        "ci_low": yi - Z_95 * sei,
        "ci_high": yi + Z_95 * sei,
        **{name: _people(columns[name][i]) for name in ("n_treat", "n_control", "n_total")},
        **{name: _people(columns[name][i]) for name in ("events_treat", "events_control")},
        "formula": route.formula,
        "converted_from": route.converted_from,
        # numpy's own booleans would be written as True and False, not as yes and no.
        "aligned": type_ == "continuous" and bool(better < 0),
        "higher_is_better": bool(better > 0),
        "source_cells": ";".join(addresses[name] for name in cells if name in addresses),
        "flags": ";".join(flags),
    }


def _way(route: Route, model: EffectSizeModel) -> dict:
    """Return which route was taken and, where Hedges' J enters, which form of J."""
    return {"route": route.name, "correction": model.correction if "J" in route.formula else ""}


def _table(columns: dict, i: int) -> tuple:
    events = columns["events_treat"][i], columns["events_control"][i]
    sizes = columns["n_treat"][i], columns["n_control"][i]
    return (*events, sizes[0] - events[0], sizes[1] - events[1])


def _people(value: float) -> int | float | None:
    if np.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def _exclusion(record: Row, is_unsigned: bool, conversions: Conversions) -> dict:
    code, reason = reason_for_exclusion(record, is_unsigned, conversions.bounded_p)
    copied = ("source_file", "source_tab", "source_row", "study_id", "domain")
    return {name: record[name] for name in copied} | {"reason_code": code, "reason": reason}


def _identified(effects: list[dict]) -> list[dict]:
    """Number effects that share a key, in the order of their values, and sort all by their id."""
    by_key = defaultdict(list)
    for effect in effects:
        by_key[effect["effect_id"]].append(effect)
    for key, same in by_key.items():
        same.sort(key=lambda effect: (effect["yi"], effect["vi"], effect["source_cells"]))
        for i, effect in enumerate(same[1:], 2):
            effect["effect_id"] = f"{key}#{i}"
    return sorted(effects, key=lambda effect: effect["effect_id"])
