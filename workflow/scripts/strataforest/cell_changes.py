"""Which cells of the sheets changed, by what their rows are about: a row may have moved."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from strataforest.sheets.identity import KEY_COLUMNS

Rows = list[Mapping]
Pairs = list[tuple[Mapping | None, Mapping | None]]

# Two rows of one trial are one row with a corrected key if this share of their cells agrees.
ALIKE = 0.75
# Cells of an outcome from which no effect is computed, but which decide what becomes of it.
CHOICE = frozenset({*KEY_COLUMNS, "higher_is_better"})
# Cells of a study from which effects are computed.
CLUSTERS = frozenset({"design", "cluster_size", "icc"})


@dataclass(frozen=True)
class Cause:
    """Something that changed: `what` it is, before and after (None: there is no such side).

    A cell has its `sheet` and `address`; `was` is the cell's earlier address if the row was moved.
    """

    what: str
    old: str | None = None
    new: str | None = None
    sheet: str = ""
    address: str = ""
    was: str = ""


@dataclass(frozen=True)
class CellChange:
    """A changed cell (or a whole row that came or went), and what it may have changed.

    `effects` are those of its row before or after, `kept` those that the row gives both times;
    `is_choice` tells a cell that decides where effects go, `is_value` one they are computed from.
    """

    cause: Cause
    kind: str
    studies: frozenset[str]
    effects: frozenset[str]
    kept: frozenset[str]
    is_choice: bool
    is_value: bool
    is_row: bool = False


def changed_cells(before: Mapping, after: Mapping) -> list[CellChange]:
    """Return the cells that differ, by what their rows are about, in the order of the sheets."""
    grouping = {*before["grouping"], *after["grouping"]}
    found = []
    for old, new in match_rows(before["rows"], after["rows"]):
        if old is None or new is None:
            found.append(_whole_row(old, new))
            continue
        for column in old["cells"].keys() | new["cells"].keys():
            cells = [row["cells"].get(column, ["", ""]) for row in (old, new)]
            if cells[0][1] != cells[1][1]:
                is_choice = column in CHOICE or column in grouping
                is_value = column in CLUSTERS or any(len(cell) > 2 for cell in cells)
                cause = _cell(old, new, column, *cells)
                whose = _concerned(old, new)
                found.append(CellChange(cause, new["kind"], *whose, is_choice, is_value))
    return sorted(_each_once(found), key=lambda cell: _sheet_order(cell.cause))


def replaced_sheets(
    cells: Sequence[CellChange], before: Sequence[Mapping], after: Sequence[Mapping]
) -> tuple[Cause, ...]:
    """Return a cause for each sheet of which no row was kept, with how many it had and has.

    `cells` are the changes between the rows of both states.
    """
    found = []
    changed = {(cell.cause.what, cell.cause.sheet, cell.cause.address) for cell in cells}
    for sheet in sorted({row["sheet"] for row in before} & {row["sheet"] for row in after}):
        old, new = (
            {_place(row)[1] for row in rows if row["sheet"] == sheet} for rows in (before, after)
        )
        gone = {("row removed", sheet, address) for address in old}
        come = {("row added", sheet, address) for address in new}
        if gone | come <= changed:
            found.append(Cause("all rows replaced", str(len(old)), str(len(new)), sheet))
    return tuple(found)


def _each_once(changes: Sequence[CellChange]) -> list[CellChange]:
    """Return each cell once, also where several rows are made of it: a control that arms share."""
    found: dict[tuple, CellChange] = {}
    for change in changes:
        key = (change.cause, change.kind, change.is_row)
        other = found.setdefault(key, change)
        if other is not change:
            found[key] = replace(
                other,
                studies=other.studies | change.studies,
                effects=other.effects | change.effects,
                kept=other.kept | change.kept,
                is_choice=other.is_choice or change.is_choice,
                is_value=other.is_value or change.is_value,
            )
    return list(found.values())


def _cell(old: Mapping, new: Mapping, column: str, before: Sequence, after: Sequence) -> Cause:
    was, address = before[0], after[0]
    # A value that was decided stands in another sheet, `file!A1`: its cell has not moved.
    elsewhere, mark, cell = (address or was).rpartition("!")
    is_moved = address and was and was != address and "!" not in was + address
    sheet = new["sheet"] if address else old["sheet"]
    sheet = elsewhere if mark else sheet
    return Cause(column, before[1], after[1], sheet, cell, was if is_moved else "")


def _whole_row(old: Mapping | None, new: Mapping | None) -> CellChange:
    row = new or old
    what = "row added" if new else "row removed"
    cause = Cause(what, old and old["key"], new and new["key"], *_place(row))
    studies, effects = frozenset({row["study"]}), frozenset(row["effects"])
    return CellChange(cause, row["kind"], studies, effects, frozenset(), True, True, is_row=True)


def _place(row: Mapping) -> tuple[str, str]:
    return row["sheet"], f"A{row['row'].split(';')[0]}"


def _concerned(old: Mapping, new: Mapping) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    before, after = frozenset(old["effects"]), frozenset(new["effects"])
    return frozenset({old["study"], new["study"]}), before | after, before & after


def _sheet_order(cause: Cause) -> tuple:
    letters = cause.address.rstrip("0123456789")
    digits = cause.address[len(letters) :]
    return (
        *(cause.sheet, int(digits or 0), len(letters), letters),
        *(cause.what, cause.old or "", cause.new or ""),
    )


def match_rows(before: Sequence[Mapping], after: Sequence[Mapping]) -> Pairs:
    """Return the rows of two states in pairs; None stands opposite a row that came or went.

    Rows are the same if they are about the same (their key), else if they are one trial's and
    nearly alike (a corrected time point), else if only the trial's name differs. Of rows that share
    a key the equal ones go together first, then the others in the order of their values.
    """
    pairs: Pairs = []
    old, new = list(before), list(after)
    for pair in (
        lambda o, n: _by(lambda row: (row["kind"], row["key"], _content(row)), o, n),
        lambda o, n: _by(lambda row: (row["kind"], row["key"]), o, n),
        _by_likeness,
        lambda o, n: _by(lambda row: (row["kind"], _content(row, "study_id")), o, n),
    ):
        found, old, new = pair(old, new)
        pairs += found
    return pairs + [(row, None) for row in old] + [(None, row) for row in new]


def _content(row: Mapping, without: str = "") -> str:
    cells = {name: cell[1] for name, cell in row["cells"].items() if name != without}
    return json.dumps(cells, sort_keys=True)


def _by(key: Callable, before: Rows, after: Rows) -> tuple[Pairs, Rows, Rows]:
    """Return the pairs that share a key, and what is left on both sides."""
    waiting = defaultdict(list)
    for row in sorted(after, key=_content, reverse=True):
        waiting[key(row)].append(row)
    pairs, left = [], []
    for row in sorted(before, key=_content):
        same = waiting[key(row)]
        if same:
            pairs.append((row, same.pop()))
        else:
            left.append(row)
    return pairs, left, [row for rows in waiting.values() for row in rows]


def _by_likeness(before: Rows, after: Rows) -> tuple[Pairs, Rows, Rows]:
    """Return the pairs of one trial's rows that agree in most cells, and what is left."""
    theirs = defaultdict(list)
    for j, row in enumerate(after):
        theirs[row["kind"], row["study"]].append(j)
    scored = [
        (-_likeness(row, after[j]), i, j)
        for i, row in enumerate(before)
        for j in theirs[row["kind"], row["study"]]
    ]
    pairs, used_old, used_new = [], set(), set()
    for score, i, j in sorted(scored):
        if -score >= ALIKE and i not in used_old and j not in used_new:
            pairs.append((before[i], after[j]))
            used_old.add(i)
            used_new.add(j)
    return pairs, _without(before, used_old), _without(after, used_new)


def _likeness(one: Mapping, other: Mapping) -> float:
    cells = [{(name, cell[1]) for name, cell in row["cells"].items()} for row in (one, other)]
    most = max(map(len, cells))
    return len(cells[0] & cells[1]) / most if most else 1.0


def _without(rows: Rows, used: Iterable[int]) -> Rows:
    return [row for i, row in enumerate(rows) if i not in used]
