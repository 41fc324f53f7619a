"""From a cell of a sheet to every output that it touches."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from strataforest.errors import nearest
from strataforest.lineage import touches
from strataforest.lineage.results import SHEETS, Results, cell_text, mistake
from strataforest.lineage.roles import of_row
from strataforest.lineage.touches import Touch
from strataforest.lineage.tree import same_value
from strataforest.sheets.identity import cell_addresses
from strataforest.tabular import Row

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
    kind: str
    file: str
    tab: str
    rows: tuple[Row, ...]

    def columns(self) -> dict[str, str]:
        """Return our name of each column that any row fills, by its letters."""
        found: dict[str, str] = {}
        for row in self.rows:
            for column, address in cell_addresses(row).items():
                found[address.rstrip("0123456789")] = column
        return found


def trace_cell(results: Results, name: str) -> CellTrace:
    """Return what the cell `name` (file!A1, file!tab!A1 or file [tab]!A1) is and touches.

    Raises ReviewError for text that names no cell, or a sheet that the review does not read.
    """
    match = _PLACE.fullmatch(name.strip())
    if not match:
        expected = "a sheet and a cell, such as outcomes.csv!N17"
        raise mistake(name, "names no cell", expected=expected)
    sheet = _sheet(results, match.group(1))
    letters, number = match.group(2).upper(), int(match.group(3))
    address = f"{letters}{number}"
    column = sheet.columns().get(letters, "")
    row = next((r for r in sheet.rows if int(r["source_row"]) == number), None)
    if row is not None:
        by_address = {a: c for c, a in cell_addresses(row).items()}
        column = by_address.get(address, column)
        value = row.get(column, "") if address in by_address else ""
        about, found = of_row(results, sheet.kind, row, column, value)
        raw = results.raw(row, address)
    else:
        value = raw = _raw_text(results, sheet, address)
        about, found = _beside_rows(results, sheet, letters, number, raw)
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


def _grouped(found: Iterable[Touch]) -> list[Touch]:
    """Return touches once each, those of one file together, files in the order they came."""
    unique = list(dict.fromkeys(found))
    order = {key: i for i, key in enumerate(dict.fromkeys((t.kind, t.path) for t in unique))}
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(t.kind for t in unique))}
    return sorted(unique, key=lambda t: (kinds[t.kind], order[t.kind, t.path], t.row or 0))


def _sheet(results: Results, name: str) -> _Sheet:
    """Return the sheet of this path, path's end or file name, with an optional tab."""
    known: dict[tuple[str, str], tuple[str, list[Row]]] = {}
    for kind, path in SHEETS.items():
        for row in results.rows(path):
            key = row["source_file"], row["source_tab"]
            known.setdefault(key, (kind, []))[1].append(row)
    for file, tab in _readings(name):
        found = [key for key in known if _is_file(key[0], file) and tab in {None, key[1]}]
        if len(found) == 1:
            kind, rows = known[found[0]]
            return _Sheet(kind, *found[0], tuple(rows))
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
    grid = None if sheet.tab else results.grid(sheet.file)
    return cell_text(grid, address) if grid else None


def _findings(results: Results, sheet: _Sheet, address: str) -> Iterator[Touch]:
    """Yield what the last reading remarked about this very cell."""
    path = "harmonized/problems.csv"
    for i, row in touches.numbered(results, path):
        if (row["file"], row["tab"], row["cell"]) == (sheet.file, sheet.tab, address):
            yield Touch("finding", path, i, f"{row['severity']}: {row['problem']}")


def _beside_rows(
    results: Results, sheet: _Sheet, letters: str, number: int, raw: str | None
) -> tuple[list[str], list[Touch]]:
    """Return what a cell is that stands in no row of data: a heading, a blank row, or outside."""
    numbers = [int(row["source_row"]) for row in sheet.rows]
    columns = sheet.columns()
    if number < min(numbers):
        column = columns.get(letters)
        if column is None:
            return ["It stands above the data, in a column that holds nothing."], []
        if not _is_heading_row(results, sheet, number):
            return ["It stands above the headings; nothing is read there."], []
        filled = [row for row in sheet.rows if letters in _letters(row, column)]
        about = [f"The heading of {column}, which {len(filled)} rows fill."]
        found = [
            touch
            for row in filled
            for touch in of_row(results, sheet.kind, row, column, row[column])[1]
        ]
        return about, found
    if number > max(numbers):
        return [f"It stands outside of the data, which ends in row {max(numbers)}."], []
    return ["It stands in a blank row." if not raw else "It stands in a row that was not read."], []


def _letters(row: Row, column: str) -> set[str]:
    address = cell_addresses(row).get(column)
    return {address.rstrip("0123456789")} if address else set()


def _is_heading_row(results: Results, sheet: _Sheet, number: int) -> bool:
    """Whether this row is the last filled one above the data."""
    first = min(int(row["source_row"]) for row in sheet.rows)
    grid = None if sheet.tab else results.grid(sheet.file)
    if grid is None:
        return number == first - 1
    above = [i for i, cells in enumerate(grid.rows[: first - 1], 1) if any(map(str.strip, cells))]
    return bool(above) and number == above[-1]
