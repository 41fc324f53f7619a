"""From records to effects: the best route of each row, aligned, or the reason there is none."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from strataforest.directions import direction_of
from strataforest.effects.arm_sizes import add_effective_sizes
from strataforest.effects.comparisons import Comparisons, arranged, read_comparisons
from strataforest.effects.count_routes import correction, count_routes
from strataforest.effects.effect_rows import Found, effect_row, exclusion_row, identified, place
from strataforest.effects.exclusions import reason_for_exclusion
from strataforest.effects.mean_routes import md_routes, rom_routes
from strataforest.effects.multi_arm import MultiArm
from strataforest.effects.routes import Route
from strataforest.effects.smd_routes import smd_routes
from strataforest.models import Conversions, EffectSizeModel
from strataforest.tabular import Row

PRINTED_RATIOS = ("log_ratio", "ratio")
COMBINE = MultiArm()
CONTINUOUS = {"SMD": smd_routes, "MD": md_routes, "ROM": rom_routes}


def compute_effects(
    records: Sequence[Row],
    studies: Sequence[Row],
    domains: Mapping[str, Mapping],
    indicators: Mapping[str, Mapping],
    model: EffectSizeModel,
    conversions: Conversions,
    arms: MultiArm = COMBINE,
) -> tuple[list[dict], list[dict]]:
    """Return (effects, exclusions): each record becomes one row of exactly one of them.

    Rows of a multi-arm trial may become one row together (see multi_arm). Effects are sorted by
    `effect_id`, exclusions by address.
    """
    rows = read_comparisons(records, conversions)
    rows, excluded = arranged(rows, conversions, arms)
    by_id = {row["study_id"]: row for row in studies}
    add_effective_sizes(rows.columns, rows.records, by_id, conversions, rows.flags)
    better = np.array([direction_of(row, indicators) for row in rows.records], float)
    effects, groups = [], _groups(rows.records, domains, model)
    for (kind, measure), members in groups.items():
        group, direction = rows.only(members), better[members]
        routes = _routes(kind, measure, group, model, conversions)
        for i, row in enumerate(group.records):
            found = _found(routes, i, group, direction[i], kind, measure, model)
            if isinstance(found, Found):
                numbers = {name: float(values[i]) for name, values in group.columns.items()}
                flags = group.flags[i]
                effects.append(effect_row(row, numbers, flags, direction[i], found, model))
            else:
                reason = reason_for_exclusion(row, found, conversions, model, measure)
                excluded.append(exclusion_row(row, *reason))
    order = {place(row): i for i, row in enumerate(records)}
    return identified(effects), sorted(excluded, key=lambda row: order[place(row)])


def _found(
    routes: Sequence[Route],
    i: int,
    rows: Comparisons,
    better: float,
    kind: str,
    measure: str,
    model: EffectSizeModel,
) -> Found | bool:
    """Return what a row's best route gives it, or whether only the direction is missing.

    An effect whose direction nobody gives (`better` is 0) stays as it was measured.
    """
    better = better or 1.0
    chosen = _choose(routes, i, rows.records[i], rows.columns, better)
    if chosen is None or np.isnan(chosen[1]):
        return chosen is not None
    route, yi = chosen
    is_binary = kind == "binary"
    yi, vi = float(yi if is_binary else better * yi), float(route.vi[i])
    zero_cells = correction(measure, model) if is_binary else ""
    return Found(route, i, yi, vi, kind, measure, zero_cells)


def _groups(
    records: Sequence[Row], domains: Mapping[str, Mapping], model: EffectSizeModel
) -> dict[tuple[str, str], np.ndarray]:
    """Return the rows of each (type, measure): counts are binary whatever their domain's type.

    So is a printed ratio, but where the domain's measure is itself a ratio of means.
    """
    groups = defaultdict(list)
    for i, row in enumerate(records):
        domain = domains[row["domain"]]
        own = domain.get("measure", model.measure) if domain["type"] == "continuous" else ""
        has_ratio = own != "ROM" and any(row[name] for name in PRINTED_RATIOS)
        kind = (
            "binary" if has_ratio or row["events_treat"] or row["events_control"] else "continuous"
        )
        default = "RR" if kind == "binary" else model.measure
        measure = domain.get("measure", default) if kind == domain["type"] else default
        groups[kind, measure].append(i)
    return {key: np.array(rows) for key, rows in groups.items()}


def _routes(
    kind: str, measure: str, rows: Comparisons, model: EffectSizeModel, conversions: Conversions
) -> list[Route]:
    columns = rows.columns
    if kind == "binary":
        return count_routes(columns, measure, model)
    if measure == "ROM":
        # A change has no ratio: its mean may be 0 or below.
        is_change = np.array([row["metric"] == "change" for row in rows.records])
        means = {n: np.where(is_change, np.nan, columns[n]) for n in ("mean_treat", "median_treat")}
        columns = columns | means
    return CONTINUOUS[measure](columns, model, conversions)


def _choose(
    routes: list[Route], position: int, record: Row, columns: Mapping, better: float
) -> tuple[Route, float] | None:
    """Return the first route that gives this row an effect; NaN where only its sign is missing."""
    signless = None
    for route in routes:
        yi, vi = float(route.yi[position]), float(route.vi[position])
        if not (np.isfinite(yi) and np.isfinite(vi) and vi > 0):
            continue
        if not route.unsigned:
            return route, yi
        sign = _sign(record, columns, position, better)
        if sign:
            return route, sign * abs(yi)
        signless = signless or route
    return (signless, np.nan) if signless else None


def _sign(record: Row, columns: Mapping, i: int, better: float) -> float:
    """Return the sign of intervention minus control for a statistic printed without one, or 0."""
    if record["favours"]:
        return better if record["favours"] == "treat" else -better
    for difference in (columns["md"][i], columns["mean_treat"][i] - columns["mean_control"][i]):
        if np.isfinite(difference):
            return float(np.sign(difference))
    return 0.0
