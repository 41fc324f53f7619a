"""One effect, or one row without effect, as a row of effects.csv and exclusions.csv."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from strataforest.effects.routes import Route
from strataforest.models import EffectSizeModel
from strataforest.sheets.identity import cell_addresses, effect_key
from strataforest.tabular import Row

Z_95 = 1.959963984540054
# What gives a statistic printed without sign its direction, best first.
SIGN_CELLS = (("favours",), ("md",), ("mean_treat", "mean_control"))
BORROWED = "borrowed_sd"
# Routes whose standard error is printed: a shared control cannot be divided in it.
WITH_OWN_SE = frozenset({"smd_se", "log_ratio", "ratio_ci"})

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
class Found:
    """The route that a row took: its position in the route's arrays, and what it gave, aligned.

    `zero_cells` is the continuity correction of its measure, empty for a continuous effect.
    """

    route: Route
    position: int
    yi: float
    vi: float
    kind: str
    measure: str
    zero_cells: str = ""


def effect_row(
    record: Row,
    numbers: Mapping[str, float],
    flags: list[str],
    better: float,
    found: Found,
    model: EffectSizeModel,
) -> dict:
    """Return the row of effects.csv for a record with its numbers by column and its flags.

    `better` is 1 where higher is better, -1 where lower is, 0 where nobody says.
    """
    route, sei = found.route, float(np.sqrt(found.vi))
    copied = ("study_id", "domain", "indicator", "instrument", "timepoint_weeks", "metric")
    copied += ("arm_treat", "arm_control", "source_file", "source_tab", "source_row")
    own = _flags(flags, found, _table(numbers))
    return {name: record[name] for name in copied} | {
        "source_row": ";".join([record["source_row"], *_lending(record, route)]),
        "effect_id": effect_key(record),
        "type": found.kind,
        "measure": found.measure,
        "yi": found.yi,
        "vi": found.vi,
        "sei": sei,
        "ci_low": found.yi - Z_95 * sei,
        "ci_high": found.yi + Z_95 * sei,
        **_people(numbers),
        "formula": route.formula,
        "converted_from": _origin(record, own, route),
        # numpy's own booleans would be written as True and False, not as yes and no.
        "aligned": found.kind == "continuous" and bool(better < 0),
        "higher_is_better": bool(better > 0) if better else "",
        "source_cells": ";".join(_addresses(record, route)),
        "flags": ";".join(own),
        "route": route.name,
        # Which form of J, where it enters.
        "correction": model.correction if "J" in route.formula else "",
    }


def _flags(flags: list[str], found: Found, table: tuple) -> list[str]:
    route = found.route
    own = [*flags, *route.flags]
    if route.skewed is not None and route.skewed[found.position]:
        own.append("skewed")
    if route.converted_from == "bounded_p":
        own.append("bounded_p")
    if route.name == BORROWED:
        own.append("borrowed_sd")
    # A reading that this route does not stand on needs no remark.
    if route.name != "means_change" and not any(f.startswith("change_correlation") for f in own):
        own = [flag for flag in own if flag != "final_values_near_zero"]
    if route.name == "counts" and (0 in table or found.zero_cells == "all"):
        names = {"only_zero": "zero_cells_corrected", "none": ""}
        name = names.get(found.zero_cells, f"zero_cells_corrected={found.zero_cells}")
        own += [name] if name else []
    if route.name in WITH_OWN_SE and any(flag.startswith("shared_control") for flag in own):
        own.append("control_not_split")
    return own


def _origin(record: Row, flags: list[str], route: Route) -> str:
    """Return what stood in for direct numbers, with a warning where medians look skewed."""
    origin = record.get("converted_from") or route.converted_from
    if route.name == BORROWED:
        names = dict.fromkeys(row["study_id"] for row in record["lenders"])
        origin = f"sd of {', '.join(names)}"
    return f"{origin}, skewed" if "skewed" in flags else origin


def _lending(record: Row, route: Route) -> list[str]:
    """Return the rows of other trials whose SDs an effect stands on."""
    lenders = record["lenders"] if route.name == BORROWED else []
    return [row["source_row"] for row in lenders]


def _addresses(record: Row, route: Route) -> list[str]:
    """Return the cells that an effect was made of; several rows give theirs one after the other."""
    found: list[str] = []
    parts = record.get("parts") or [(record, route.cells)]
    if route.name == BORROWED:
        names = tuple(f"{name}_{arm}" for arm in ("treat", "control") for name in ("n", "sd"))
        parts = [*parts, *((row, names) for row in record["lenders"])]
    for row, names in parts:
        cells = list(names)
        # From the right: a team's own heading may hold a `=` (or a `;`) itself.
        addresses = cell_addresses(row)
        if route.unsigned:
            cells += next(names for names in SIGN_CELLS if all(row[name] for name in names))
        if "n_treat" not in addresses or "n_control" not in addresses:
            cells.append("n_total")
        found += [addresses[name] for name in cells if name in addresses]
    return list(dict.fromkeys(found))


def _table(numbers: Mapping[str, float]) -> tuple:
    events = numbers["events_treat"], numbers["events_control"]
    sizes = numbers["n_treat"], numbers["n_control"]
    return (*events, sizes[0] - events[0], sizes[1] - events[1])


def _people(numbers: Mapping[str, float]) -> dict[str, int | float | None]:
    """Return n and events of both arms; of a control that is split, the share."""
    names = ("n_treat", "n_control", "n_total", "events_treat", "events_control")
    people = {name: numbers[name] for name in names}
    shares = numbers["comparisons"]
    if shares > 1:
        people["n_control"] /= shares
        people["n_total"] = people["n_treat"] + people["n_control"]
        people["events_control"] /= shares
    return {name: _count(value) for name, value in people.items()}


def _count(value: float) -> int | float | None:
    if np.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def exclusion_row(record: Row, code: str, reason: str) -> dict:
    """Return the row of exclusions.csv for a record without effect."""
    copied = ("source_file", "source_tab", "source_row", "study_id", "domain")
    return {name: record[name] for name in copied} | {"reason_code": code, "reason": reason}


def place(row: Mapping[str, str]) -> tuple[str, str, str]:
    """Return where a row stands: file, tab and (of several rows the first) row number."""
    return row["source_file"], row["source_tab"], row["source_row"].split(";")[0]


def identified(effects: list[dict]) -> list[dict]:
    """Number effects that share a key, in the order of their values, and sort all by their id."""
    by_key = defaultdict(list)
    for effect in effects:
        by_key[effect["effect_id"]].append(effect)
    for key, same in by_key.items():
        same.sort(key=lambda effect: (effect["yi"], effect["vi"], effect["source_cells"]))
        for i, effect in enumerate(same[1:], 2):
            effect["effect_id"] = f"{key}#{i}"
    return sorted(effects, key=lambda effect: effect["effect_id"])
