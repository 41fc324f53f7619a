"""The state of a review's results, and the snapshots of it that let a later run say what moved.

A state is plain data: the numbers of every stratum, the effects in it, the pooling options, and the
cells of the sheets (but for remarks) with their addresses, and the claims as they were tested. It
is read from a results folder, and a snapshot holds the same, so any two of either kind can be
compared.
"""

import csv
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from errno import ENOENT
from pathlib import Path
from typing import Any

from strataforest.directions import FAVOURABLE
from strataforest.errors import Problem, ReviewError
from strataforest.fit_files import fit_in, fit_place
from strataforest.sheets.columns import REMARKS
from strataforest.sheets.identity import cell_addresses, cell_place, effect_key
from strataforest.tabular import Row, read_json, read_rows, replacing

State = dict[str, Any]

FORMAT = 1
NAME = re.compile(r"(\d{6})_([0-9a-f]{12})\.json")
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


def snapshot_name(history: Path, state: State) -> str:
    """Return the name of the next snapshot: one more than the newest, and a digest of the state."""
    numbers = [int(NAME.fullmatch(path.name)[1]) for path in snapshots(history)]
    digest = hashlib.sha256(_as_bytes(state)).hexdigest()[:12]
    return f"{max(numbers, default=0) + 1:06d}_{digest}.json"


def snapshots(history: Path) -> list[Path]:
    """Return the snapshots of a history, oldest first; half-written ones have another name."""
    return sorted(path for path in history.glob("*.json") if NAME.fullmatch(path.name))


def add_snapshot(history: Path, name: str, state: State) -> None:
    """Write a snapshot in one step: it is there in full, or not at all."""
    with replacing(history / name) as partial:
        partial.write_bytes(_as_bytes(state))


def prune(history: Path, keep: int) -> None:
    """Remove all but the newest `keep` snapshots, and what a killed run left half-written."""
    for path in [*snapshots(history)[:-keep], *history.glob("*.json.partial")]:
        path.unlink(missing_ok=True)


def newest_readable(paths: Sequence[Path]) -> tuple[str, State | None, list[str]]:
    """Return name and state of the last of `paths` that can be read, and a note on each other.

    A damaged snapshot must not stop a review whose sheets are in order.
    """
    notes = []
    for path in reversed(paths):
        try:
            return path.name, load(path), notes
        except ReviewError as error:
            notes += [f"{problem.file} {problem.problem}" for problem in error.problems]
    return "", None, notes


def load(path: str | Path) -> State:
    """Return the state in a snapshot or in a results folder.

    Raises ReviewError where it is neither, not complete, or of another format.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return state_of(path)
        state = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(state, dict) or "format" not in state:
            raise _unusable(path, "is no snapshot")
        if state["format"] != FORMAT:
            raise _unusable(path, f"has the format {state['format']}; this version reads {FORMAT}")
        if not _is_whole(path.name, state):
            raise _unusable(path, "was changed after it was written, or is not complete")
    except OSError as error:
        found = f"cannot be read ({error.strerror or error})"
        raise _unusable(Path(error.filename or path), found) from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, csv.Error) as error:
        what = f"column {error} is missing" if isinstance(error, KeyError) else "damaged"
        raise _unusable(path, f"cannot be read ({what})") from None
    return state


def _is_whole(name: str, state: State) -> bool:
    """Whether a snapshot has all its parts and, under its own name, the content it is named for."""
    named = NAME.fullmatch(name)
    if named and hashlib.sha256(_as_bytes(state)).hexdigest()[:12] != named[2]:
        return False
    return (
        isinstance(state["options"], dict)
        and isinstance(state["grouping"], list)
        and all(stratum.keys() >= STRATUM_PARTS for stratum in state["strata"])
        and all(row.keys() >= ROW_PARTS for row in state["rows"])
        and all(claim.keys() >= CLAIM_PARTS for claim in state.get("claims", []))
    )


def _as_bytes(state: Mapping) -> bytes:
    text = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def _unusable(path: Path, what: str) -> ReviewError:
    expected = "a snapshot (results/history/*.json) or a results folder of a completed run"
    words = (what, expected)
    return ReviewError([Problem("error", str(path), "", "", *words, rule="no_results")])
