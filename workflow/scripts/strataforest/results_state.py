"""The state of a review's results as plain data, so that any two can be compared.

It holds the numbers of every stratum, the effects in it, the pooling options, the cells of the
sheets (but for remarks) with their addresses, the claims as they were tested, and the
meta-regressions.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from errno import ENOENT
from pathlib import Path
from typing import Any

from strataforest import regression_state
from strataforest.directions import FAVOURABLE
from strataforest.fit_files import fit_in, fit_place
from strataforest.sheets.columns import REMARKS
from strataforest.sheets.identity import cell_addresses, cell_place, effect_key
from strataforest.tabular import Row, read_json, read_rows

State = dict[str, Any]

FORMAT = 1
# Read as they stand in pooled.csv, so that what is said later equals what was published.
KEPT = (
    *("status", "k", "estimate", "ci_low", "ci_high", "tau2", "i2", "pi_low", "pi_high"),
    *("ratio", "ratio_ci_low", "ratio_ci_high", "ratio_pi_low", "ratio_pi_high", "label"),
)
STRATUM_PARTS = {"analysis", "stratum", "groups", "effects", *KEPT}
CLAIM_PARTS = {"claim", "where", "holds", "status", "found", "cell"}
ROW_PARTS = {"kind", "sheet", "row", "key", "study", "effects", "cells"}
# These describe a trial to a reader and enter no number; their correction is no news of results.
NOT_KEPT = REMARKS | {"citation", "doi", "eligibility_reason"}


def state_of(results: str | Path) -> State:
    """Return the state of a results folder. Raises OSError, KeyError for what is not there."""
    results = Path(results)
    pooled = read_rows(results / "tables" / "pooled.csv")
    effects = read_rows(results / "effects" / "effects.csv")
    columns = list(pooled[0]) if pooled else []
    grouping = columns[columns.index("stratum") + 1 : columns.index("type")] if columns else []
    return {
        "format": FORMAT,
        "options": _options(results, pooled),
        "grouping": grouping,
        "strata": [_stratum(results, row, grouping) for row in pooled],
        "rows": [
            *_sheet_rows("studies", read_rows(results / "harmonized" / "studies.csv"), []),
            *_sheet_rows("outcomes", read_rows(results / "harmonized" / "records.csv"), effects),
        ],
        **_claims(results / "audit" / "claims.csv"),
        **regression_state.regressions_in(results, pooled, grouping),
    }


def _claims(path: Path) -> dict[str, list]:
    """Return the tested claims; a review without any has no such part, as no older snapshot has."""
    if not path.is_file():
        return {}
    kept = ("claim", "where", "holds", "status", "found")
    return {
        "claims": [
            {name: row[name] for name in kept} | {"cell": _cell_of(row)} for row in read_rows(path)
        ]
    }


def _cell_of(row: Row) -> str:
    """Return where a row's claim stands, as `claims.csv!A2`."""
    place = cell_place(row, cell_addresses(row).get("claim", f"A{row['source_row']}"))
    return "!".join(filter(None, place))


def _options(results: Path, pooled: Sequence[Row]) -> dict[str, str]:
    """Return the preset's choices and version, as any fit has them, and the config's.

    `changes/options.json` holds the other options; results of a version before it have none.
    """
    declared = results / "changes" / "options.json"
    options = dict(read_json(declared)) if declared.is_file() else {}
    for row in pooled:
        if row["status"] == "pooled":
            names = (row["analysis"], row["stratum"])
            place = fit_place(results, *names)
            if place is None:
                raise FileNotFoundError(ENOENT, "there is no fit", "/".join(names))
            fit = fit_in(place, *names)
            for part in ("effect_size", "pooling"):
                chosen = fit["preset"][part].items()
                options |= {f"{part}.{name}": str(value) for name, value in chosen}
            return options | {"preset": fit["preset"]["name"], "version": fit["made_by"]}
    return options


def _stratum(results: Path, row: Row, grouping: Sequence[str]) -> dict[str, Any]:
    effects = []
    if row["k"] != "0":
        effects = read_rows(results / "strata" / row["analysis"] / f"{row['stratum']}.csv")
    return {name: row[name] for name in ("analysis", "stratum", *KEPT, FAVOURABLE)} | {
        "groups": {column: row[column] for column in grouping if row[column]},
        "effects": {e["effect_id"]: [e["study_id"], e["yi"], e["vi"]] for e in effects},
    }


def _sheet_rows(kind: str, rows: Sequence[Row], effects: Sequence[Row]) -> Iterator[dict]:
    """Yield the rows of the sheets: what each is about, its effects, and its cells.

    A cell is [A1 address, value], and a third element where an effect was computed from it.
    """
    by_place: dict[tuple, list[Row]] = {}
    for effect in effects:
        for number in effect["source_row"].split(";"):
            place = (effect["source_file"], effect["source_tab"], number)
            by_place.setdefault(place, []).append(effect)
    for row in rows:
        # The first number is the row's own; a row may be read several times, about several things.
        place = (row["source_file"], row["source_tab"], row["source_row"].split(";")[0])
        about = row.get("indicator")
        made = [e for e in by_place.get(place, []) if e["indicator"] == about]
        used = {address for effect in made for address in effect["source_cells"].split(";")}
        addresses = cell_addresses(row)
        yield {
            "kind": kind,
            "sheet": "!".join(filter(None, (row["source_file"], row["source_tab"]))),
            "row": row["source_row"],
            "key": row["study_id"] if kind == "studies" else effect_key(row),
            "study": row["study_id"],
            "effects": [effect["effect_id"] for effect in made],
            "cells": {
                name: [address, row[name], *([1] if address in used else [])]
                for name, address in addresses.items()
                if name not in NOT_KEPT
            },
        }


def is_same(one: State, other: State) -> bool:
    """Whether two states hold the same results and cells, wherever the cells stand."""
    # A snapshot of an earlier version does not say which way is good.
    is_told = all(FAVOURABLE in s for s in (*one["strata"], *other["strata"]))
    without = () if is_told else (FAVOURABLE,)
    if all("models" in state for state in (one, other)):
        essences = map(regression_state.essence, (one, other))
        if next(essences) != next(essences):
            return False
    return _essence(one, without) == _essence(other, without)


def _essence(state: State, without: Collection[str]) -> dict:
    """Return what makes a state another one; `without` names parts that are not compared."""
    rows = [
        [row["kind"], row["key"], {name: cell[1] for name, cell in row["cells"].items()}]
        for row in state["rows"]
    ]
    return {
        "options": {k: v for k, v in state["options"].items() if k != "version"},
        "strata": {
            (s["analysis"], s["stratum"]): {k: v for k, v in s.items() if k not in without}
            for s in state["strata"]
        },
        "rows": sorted(json.dumps(row, sort_keys=True) for row in rows),
        "claims": sorted(
            # The numbers are those of the strata; where the claim stands is no news.
            json.dumps([claim[name] for name in ("claim", "where", "holds", "status")])
            for claim in state.get("claims", [])
        ),
    }
