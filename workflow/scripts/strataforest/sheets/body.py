"""From the rows below the headings to harmonised rows: which are taken, and what each holds."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strataforest.errors import Problem, nearest
from strataforest.sheets.addresses import SOURCE_COLUMNS, a1, problem_in
from strataforest.sheets.cells import Cells, is_same, own_words, plain_text, unreadable_cell
from strataforest.sheets.columns import MISSING, Unreadable
from strataforest.sheets.grid import Grid
from strataforest.sheets.headings import Headings
from strataforest.sheets.mapping import Field, Mapped, heading_column
from strataforest.tabular import Row

LISTED = 12
# A suggestion is looked for among so many values of a column.
COMPARED = 1_000


@dataclass(frozen=True)
class Body:
    """What a tab holds below its headings: its rows in our columns, and what was found.

    `left_out` are the 0-based filled rows that `rows` of the declaration does not keep.
    """

    rows: list[Row]
    problems: list[Problem]
    left_out: frozenset[int] = frozenset()


def read_body(grid: Grid, headings: Headings, mapped: Mapped, spec: Mapping) -> Body:
    """Return the rows of a tab in our columns, each with its address, and every problem of a cell.

    Blank rows are passed over; hidden ones are taken unless `hidden_rows: skip`; `rows` keeps those
    whose cell under a heading holds one of the listed values. Rows that are left out are counted in
    a note.
    """
    cells = Cells(grid, headings.last + 1, spec.get("decimal") or grid.decimal)
    problems: list[Problem] = []
    filled = [i for i in range(headings.last + 1, len(grid.rows)) if not cells.is_blank(i)]
    if not filled:
        words = ("the sheet has headings but no rows", "at least one row")
        problems.append(problem_in(grid, a1(headings.last + 1, 0), *words, rule="no_rows"))
    taken, notes = _visible(grid, filled, spec)
    problems += notes
    kept, notes = _kept(grid, headings, cells, taken, spec)
    left_out, taken = frozenset(taken) - frozenset(kept), kept
    problems += notes
    problems += _without_heading(grid, headings, taken)
    rows, entries = [], _entries(mapped, spec)
    for number in taken if mapped.is_usable else ():
        row, found = _read_row(grid, headings, cells, entries, number)
        rows.append(row)
        problems += found
    problems += cells.notes({name: f.column for name, f in mapped.fields.items()})
    return Body(rows, list(dict.fromkeys(problems)), left_out)


def _visible(grid: Grid, rows: list[int], spec: Mapping) -> tuple[list[int], list[Problem]]:
    hidden = [i for i in rows if i in grid.hidden_rows]
    if not hidden:
        return rows, []
    skip = spec.get("hidden_rows") == "skip"
    listed = ", ".join(str(i + 1) for i in hidden[:LISTED])
    listed += ", ..." if len(hidden) > LISTED else ""
    what = "left out, as declared" if skip else "read like all others"
    counted = "1 hidden row is" if len(hidden) == 1 else f"{len(hidden)} hidden rows are"
    seen = f"{counted} {what} ({listed})"
    mend = "" if skip else "`hidden_rows: skip` leaves them out"
    note = problem_in(grid, a1(hidden[0], 0), seen, "", mend, severity="note")
    return [i for i in rows if not (skip and i in grid.hidden_rows)], [note]


def _kept(
    grid: Grid, headings: Headings, cells: Cells, rows: list[int], spec: Mapping
) -> tuple[list[int], list[Problem]]:
    """Return the rows that `rows` of the declaration keeps, and what to say of it."""
    problems: list[Problem] = []
    for heading, values in spec.get("rows", {}).items():
        column, found = heading_column(grid, headings, heading, "rows")
        problems += found
        if column is None:
            continue
        texts = {i: cells.text(i, column)[0] for i in rows}
        wanted = [plain_text(value) for value in values]
        # Each text is looked at once: a column that tells rows apart has few.
        takes = {
            text: [value for value in wanted if is_same(text, value)] for text in {*texts.values()}
        }
        kept = [i for i in rows if takes[texts[i]]]
        problems += _absent(grid, headings, column, wanted, takes)
        if len(kept) < len(rows):
            listed = ", ".join(wanted[:LISTED]) + (", ..." if len(wanted) > LISTED else "")
            seen = f"{len(rows) - len(kept)} rows are left out: {heading} is not {listed}"
            problems.append(problem_in(grid, headings.cell(column), seen, severity="note"))
        if rows and not kept:
            words = (f"no row has one of the values that rows keeps under '{heading}'", "rows")
            problems.append(problem_in(grid, headings.cell(column), *words, rule="no_rows"))
        rows = kept
    return rows, problems


def _absent(
    grid: Grid, headings: Headings, column: int, wanted: list[str], takes: Mapping[str, list[str]]
) -> Iterator[Problem]:
    known, taken = (
        sorted(filter(None, takes))[:COMPARED],
        {v for found in takes.values() for v in found},
    )
    for value in wanted:
        if known and value not in taken:
            seen = f"rows keeps '{value}' under '{headings.texts[column]}', which no row has"
            words = (seen, "a value of this column", nearest(value, known))
            kind = {"severity": "warning", "rule": "absent_value"}
            yield problem_in(grid, headings.cell(column), *words, **kind)


def _without_heading(grid: Grid, headings: Headings, rows: list[int]) -> Iterator[Problem]:
    """Yield a note for each column that holds values under no heading."""
    width = len(headings.texts)
    if grid.tab:
        width = max([width, *(len(grid.rows[i]) for i in rows)])
    for column in range(width):
        if column < len(headings.texts) and headings.texts[column]:
            continue
        held = [i for i in rows if column < len(grid.rows[i]) and grid.rows[i][column].strip()]
        if held:
            seen = f"{len(held)} cells of this column stand under no heading and are not read"
            mend = "give the column a heading in the row of the others"
            yield problem_in(grid, a1(held[0], column), seen, "", mend, severity="note")


@dataclass(frozen=True)
class _Entry:
    """How a column is filled: from where, by which of the team's values, or else by a constant."""

    field: Field
    values: Mapping[str, str]
    constant: str | None


def _entries(mapped: Mapped, spec: Mapping) -> list[_Entry]:
    """Return the columns in the order of the sheet, constants last."""
    found = []
    for name, read_from in mapped.fields.items():
        own = spec.get("values", {}).get(name, {})
        values = {plain_text(theirs): plain_text(ours) for theirs, ours in own.items()}
        constant = spec.get("constants", {}).get(name)
        found.append(_Entry(read_from, values, None if constant is None else plain_text(constant)))
    return sorted(found, key=lambda entry: entry.field.indexes[:1] or (math.inf,))


def _read_row(
    grid: Grid, headings: Headings, cells: Cells, entries: list[_Entry], number: int
) -> tuple[Row, list[Problem]]:
    row: Row = {}
    addresses: list[str] = []
    problems = list(_too_many(grid, headings, number))
    for entry in entries:
        name, column = entry.field.name, entry.field.column
        value, place, problem = _value(grid, cells, entry, number)
        row[name] = value
        if problem:
            problems.append(problem)
        elif value and place:
            addresses.append(f"{name}={a1(*place)}")
        elif column and column.required and not value:
            words = (f"'{name}' is empty", column.meaning)
            cell = a1(number, (*entry.field.indexes, 0)[0])
            problems.append(problem_in(grid, cell, *words, rule="empty_cell"))
    source = (grid.file, grid.tab, str(number + 1), ";".join(addresses))
    return row | dict(zip(SOURCE_COLUMNS, source, strict=True)), problems


def _value(
    grid: Grid, cells: Cells, entry: _Entry, number: int
) -> tuple[str, tuple[int, int] | None, Problem | None]:
    """Return a row's value in a column, where it stands (None for a constant), and a problem."""
    name, column = entry.field.name, entry.field.column
    text, kind, place = _text(cells, entry.field.indexes, number)
    try:
        value = cells.parsed(name, column, own_words(entry.values, text), kind, place)
    except Unreadable as error:
        return "", None, unreadable_cell(grid, a1(*place), name, text, error)
    if value or entry.constant is None:
        return value, place, None
    try:
        return cells.parsed(name, column, entry.constant), None, None
    except Unreadable as error:
        words = (f"the constant {name}", entry.constant, error)
        return "", None, unreadable_cell(grid, "", *words)


def _text(
    cells: Cells, indexes: tuple[int, ...], number: int
) -> tuple[str, str, tuple[int, int] | None]:
    """Return the text of a row's cells in these columns, joined, the kind, and the first place."""
    if not indexes:
        return "", "", None
    found = [cells.text(number, index) for index in indexes]
    if len(found) == 1:
        return found[0]
    filled = [part for part in found if part[0].lower() not in MISSING]
    return " ".join(part[0] for part in filled), "", (filled or found)[0][2]


def _too_many(grid: Grid, headings: Headings, number: int) -> Iterator[Problem]:
    """Yield an error for a row of a text file that is wider than its headings."""
    width = len(headings.texts)
    if not grid.tab and any(map(str.strip, grid.rows[number][width:])):
        words = ("the row has more cells than there are headings", f"{width} cells")
        mend = "a comma inside a text cell needs quotes around the cell"
        yield problem_in(grid, a1(number, width), *words, mend, rule="too_many_cells")
