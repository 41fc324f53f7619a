"""From a cell of a sheet to every output that it touches."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from strataforest.errors import nearest
from strataforest.lineage import roles, touches
from strataforest.lineage.cell import same_value
from strataforest.lineage.results import SHEETS, Results, cell_text, mistake
from strataforest.lineage.touches import Touch
from strataforest.sheets.addresses import row_numbers
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.tabular import Row

# From results, kind of sheet, row, column and value to what a cell is, and the outputs it touches.
Role = Callable[[Results, str, Row, str, str], tuple[list[str], list[Touch]]]
_PLACE = re.compile(r"(.+)!\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})", re.DOTALL)
_TAB = re.compile(r"(.+?)\s*\[(.*)\]", re.DOTALL)


@dataclass(frozen=True)
class CellTrace:
    """A cell, what it is, and every output it touches.

    `column` is our name of its column (empty outside of all columns), `value` what was read there,
    `raw` the sheet's own text where that differs today; `about` are sentences that say what the
    cell does.
    """

    file: str
    tab: str
    address: str
    column: str
    value: str
    raw: str
    about: tuple[str, ...]
    touches: tuple[Touch, ...]


@dataclass(frozen=True)
class _Sheet:
    """A tab with the harmonised rows made of it, each with its kind; kinds may share a tab."""

    file: str
    tab: str
    rows: tuple[tuple[str, Row], ...]

    def columns(self) -> dict[str, list[str]]:
        """Return our names of each column that any row fills, by its letters."""
        found: dict[str, dict[str, None]] = {}
        for _, row in self.rows:
            for column, address in cell_addresses(row).items():
                found.setdefault(address.rstrip("0123456789"), {})[column] = None
        return {letters: list(names) for letters, names in found.items()}

    def holders(self, address: str, number: int) -> list[tuple[str, Row]]:
        """Return the rows that read a cell, or else those that its row belongs to."""
        reading = [held for held in self.rows if address in cell_addresses(held[1]).values()]
        return reading or [held for held in self.rows if number in row_numbers(held[1])]


def trace_cell(results: Results, name: str, of_row: Role = roles.of_row) -> CellTrace:
    """Return what the cell `name` (file!A1, file!tab!A1 or file [tab]!A1) is and touches.

    `of_row` says what a cell of a row of data does, by the kind of its sheet.
    Raises ReviewError for text that names no cell, or a sheet that the review does not read.
    """
    match = _PLACE.fullmatch(name.strip())
    if not match:
        expected = "a sheet and a cell, such as outcomes.csv!N17"
        raise mistake(name, "names no cell", expected=expected)
    letters, number = match.group(2).upper(), int(match.group(3))
    address = f"{letters}{number}"
    decided = _decided(results, match.group(1), address, of_row)
    if decided is not None:
        return decided
    sheet = _sheet(results, match.group(1))
    column = sheet.columns().get(letters, [""])[0]
    holders = sheet.holders(address, number)
    if holders:
        column, value, about, found = _of_rows(results, holders, address, column, of_row)
        raw = results.raw(holders[0][1], address)
    else:
        value = raw = _raw_text(results, sheet, address)
        about, found = _beside_rows(results, sheet, letters, number, raw, of_row)
    differs = raw is not None and not same_value(raw, value or "")
    found = [*_findings(results, sheet, address), *found]
    return CellTrace(
        sheet.file,
        sheet.tab,
        address,
        column,
        value or "",
        (raw or "") if differs else "",
        tuple(about),
        tuple(_grouped(found)),
    )


def _of_rows(
    results: Results,
    holders: Sequence[tuple[str, Row]],
    address: str,
    column: str,
    of_row: Role,
) -> tuple[str, str, list[str], list[Touch]]:
    """Return the column and the value of a cell, and what it does in each row that holds it."""
    names, values, about, found = [], [], [], []
    for kind, row in holders:
        own = [name for name, place in cell_addresses(row).items() if place == address]
        for name in own or [column]:
            value = row.get(name, "") if own else ""
            said, touched = of_row(results, kind, row, name, value)
            about += _decided_otherwise(row, name) or said
            found += touched
            names.append(name)
            values.append(value)
    return names[0], values[0], list(dict.fromkeys(about)), found


def _decided(results: Results, name: str, address: str, of_row: Role) -> CellTrace | None:
    """Return the trace of a cell that holds a row's decided value, in a sheet of its own."""
    for kind, path in SHEETS.items():
        for row in results.rows(path):
            for column, place in cell_addresses(row).items():
                file, tab, cell = cell_place(row, place)
                if "!" not in place or cell != address:
                    continue
                if any(_is_file(file, f) and t in {None, tab} for f, t in _readings(name)):
                    about, found = of_row(results, kind, row, column, row[column])
                    own = (file, tab, address, column, row[column], "")
                    return CellTrace(*own, tuple(about), tuple(_grouped(found)))
    return None


def _decided_otherwise(row: Row, column: str) -> list[str]:
    """Return what to say of a cell instead of which a decided value is read elsewhere."""
    place = cell_addresses(row).get(column, "")
    if "!" not in place:
        return []
    file, tab, cell = cell_place(row, place)
    where = f"{file} [{tab}] {cell}" if tab else f"{file} {cell}"
    about = f"Row {row['source_row']}: {row['study_id']}."
    return [about, f"Of the extractors' values another one was chosen: {where}, {row[column]}."]


def _grouped(found: Iterable[Touch]) -> list[Touch]:
    """Return touches once each, those of one file together, files in the order they came."""
    unique = list(dict.fromkeys(found))
    order = {key: i for i, key in enumerate(dict.fromkeys((t.kind, t.path) for t in unique))}
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(t.kind for t in unique))}
    return sorted(unique, key=lambda t: (kinds[t.kind], order[t.kind, t.path], t.row or 0))


def _sheet(results: Results, name: str) -> _Sheet:
    """Return the sheet of this path, path's end or file name, with an optional tab."""
    known: dict[tuple[str, str], list[tuple[str, Row]]] = {}
    for kind, path in SHEETS.items():
        for row in results.rows(path):
            key = row["source_file"], row["source_tab"]
            known.setdefault(key, []).append((kind, row))
    for file, tab in _readings(name):
        found = [key for key in known if _is_file(key[0], file) and tab in {None, key[1]}]
        if len(found) == 1:
            return _Sheet(*found[0], tuple(known[found[0]]))
        if found:
            listed = ", ".join(f"'{f}" + (f"!{t}'" if t else "'") for f, t in found)
            raise mistake(name, "is the name of several sheets", f"name one of {listed}")
    files = list(dict.fromkeys(Path(file).name for file, _ in known))
    mend = nearest(Path(name).name, files) or f"the review reads {', '.join(files)}"
    raise mistake(name, "is no sheet that these results were made from", mend)


def _readings(name: str) -> Iterator[tuple[str, str | None]]:
    """Yield the ways to read a name as file and tab; a tab of None may be any."""
    yield name, None
    match = _TAB.fullmatch(name)
    if match:
        yield match.group(1), match.group(2)
    file, mark, tab = name.rpartition("!")
    if mark:
        yield file, tab


def _is_file(path: str, name: str) -> bool:
    name = name.replace("\\", "/").removeprefix("./")
    return path == name or path.endswith(f"/{name}") or name.endswith(f"/{path}")


def _raw_text(results: Results, sheet: _Sheet, address: str) -> str | None:
    grid = results.grid(sheet.file, sheet.tab)
    return cell_text(grid, address) if grid else None


def _findings(results: Results, sheet: _Sheet, address: str) -> Iterator[Touch]:
    """Yield what the last reading remarked about this very cell."""
    path = "harmonized/problems.csv"
    for i, row in touches.numbered(results, path):
        if (row["file"], row["tab"], row["cell"]) == (sheet.file, sheet.tab, address):
            yield Touch("finding", path, i, f"{row['severity']}: {row['problem']}")


def _beside_rows(
    results: Results,
    sheet: _Sheet,
    letters: str,
    number: int,
    raw: str | None,
    of_row: Role,
) -> tuple[list[str], list[Touch]]:
    """Return what a cell is that stands in no row of data: a heading, a blank row, or outside."""
    numbers = [number for _, row in sheet.rows for number in row_numbers(row)]
    if number < min(numbers):
        names = sheet.columns().get(letters)
        if names is None:
            return ["It stands above the data, in a column that holds nothing."], []
        if not _is_heading_row(results, sheet, number):
            return ["It stands above the headings; nothing is read there."], []
        about, found = [], []
        for name in names:
            filled = [(kind, row) for kind, row in sheet.rows if letters in _letters(row, name)]
            about.append(f"The heading of {name}, which {len(filled)} rows fill.")
            for kind, row in filled:
                found += of_row(results, kind, row, name, row[name])[1]
        return about, found
    if number > max(numbers):
        return [f"It stands outside of the data, which ends in row {max(numbers)}."], []
    return ["It stands in a blank row." if not raw else "It stands in a row that was not read."], []


def _letters(row: Row, column: str) -> set[str]:
    address = cell_addresses(row).get(column)
    return {address.rstrip("0123456789")} if address else set()


def _is_heading_row(results: Results, sheet: _Sheet, number: int) -> bool:
    """Whether this row is the last filled one above the data."""
    first = min(number for _, row in sheet.rows for number in row_numbers(row))
    grid = results.grid(sheet.file, sheet.tab)
    if grid is None:
        return number == first - 1
    above = [i for i, cells in enumerate(grid.rows[: first - 1], 1) if any(map(str.strip, cells))]
    return bool(above) and number == above[-1]
