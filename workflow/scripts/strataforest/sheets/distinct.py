"""One row per trial from a sheet that repeats what it says of a trial in each of its rows."""

from collections import defaultdict
from collections.abc import Sequence

from strataforest.errors import Problem
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_at, problem_in, row_numbers
from strataforest.sheets.grid import Grid
from strataforest.sheets.identity import cell_addresses
from strataforest.tabular import Row


def distinct(
    rows: Sequence[Row], known: Sequence[str], extra: Sequence[str], grid: Grid
) -> tuple[list[Row], list[str], list[Problem]]:
    """Return one row per study_id, the team's own columns that are kept, and the problems.

    A cell is that of the trial's first row that fills it; `source_row` names the trial's first row
    and those that other cells come from. A column of ours that differs within a trial is an error;
    one of the team's own describes something else than trials and is left out with a note.
    """
    trials: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        trials[row.get("study_id", "")].append(row)
    trials.pop("", None)
    problems: list[Problem] = []
    pairs = {
        name: next(filter(None, (_differing(same, name) for same in trials.values())), None)
        for name in extra
    }
    kept = [name for name in extra if pairs[name] is None]
    told = [
        f"'{name}' ({' and '.join(cell_addresses(row).get(name, '') for row in pair)})"
        for name, pair in pairs.items()
        if pair
    ]
    if told:
        seen = f"columns that differ within a trial are left out here: {', '.join(told)}"
        problems.append(problem_in(grid, "", seen, severity="note"))
    for same in trials.values():
        for name in known:
            pair = _differing(same, name)
            if pair:
                first, other = pair
                seen = f"{name} is '{other[name]}' here and '{first[name]}' in "
                seen += f"{cell_addresses(first).get(name, 'another row')}"
                expected = f"one value for all rows of {first['study_id']}"
                mend = "mend one of them, or leave the column out of `columns:`"
                words = (seen, expected, mend)
                problems.append(problem_at(other, name, *words, rule="differing_rows"))
    if len(trials) < len(rows):
        seen = f"{len(rows)} rows are read as {len(trials)} trials, one row each"
        problems.append(problem_in(grid, "", seen, severity="note"))
    return [_joined(same, [*known, *kept]) for same in trials.values()], kept, problems


def _differing(rows: Sequence[Row], name: str) -> tuple[Row, Row] | None:
    filled = [row for row in rows if row.get(name)]
    return next(((filled[0], row) for row in filled if row[name] != filled[0][name]), None)


def _joined(rows: Sequence[Row], names: Sequence[str]) -> Row:
    joined: Row = {name: rows[0][name] for name in SOURCE_COLUMNS}
    numbers = [row_numbers(rows[0])[0]]
    addresses = []
    for name in names:
        row = next((row for row in rows if row.get(name)), None)
        if row is None:
            continue
        joined[name] = row[name]
        address = cell_addresses(row).get(name)
        if address:
            numbers.append(row_numbers(row)[0])
            addresses.append(f"{name}={address}")
    listed = ";".join(str(number) for number in dict.fromkeys(numbers))
    return joined | {"source_row": listed, "source_cells": ";".join(addresses)}
