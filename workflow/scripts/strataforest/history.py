"""The snapshots of a review's results that let a later run say what moved.

A snapshot holds the same as a results folder (see `results_state`), so any two of either kind can
be compared.
"""

import csv
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from strataforest import regression_state
from strataforest.errors import Problem, ReviewError
from strataforest.results_state import (
    CLAIM_PARTS,
    FORMAT,
    ROW_PARTS,
    STRATUM_PARTS,
    State,
    state_of,
)
from strataforest.tabular import replacing

NAME = re.compile(r"(\d{6})_([0-9a-f]{12})\.json")


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


def complete_snapshot(history: Path, name: str, before: State, after: State) -> None:
    """Add to a snapshot of an earlier version what it lacks, so that the next run can tell of it.

    `after` is the same state, with the meta-regressions.
    """
    lacking = {part: after[part] for part in regression_state.NAMES if part in after}
    if "models" in before or not lacking:
        return
    whole = before | lacking
    digest = hashlib.sha256(_as_bytes(whole)).hexdigest()[:12]
    add_snapshot(history, f"{NAME.fullmatch(name)[1]}_{digest}.json", whole)
    (history / name).unlink()


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
        and all(m.keys() >= regression_state.PARTS for m in state.get("models", []))
        and ("models" not in state or isinstance(state["moderators"], dict))
    )


def _as_bytes(state: Mapping) -> bytes:
    text = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def _unusable(path: Path, what: str) -> ReviewError:
    expected = "a snapshot (results/history/*.json) or a results folder of a completed run"
    words = (what, expected)
    return ReviewError([Problem("error", str(path), "", "", *words, rule="no_results")])
