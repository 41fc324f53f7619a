"""From a cell of a sheet to every output that it touches."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from strataforest.lineage import extracted, touches
from strataforest.lineage.cell import same_value
from strataforest.lineage.found_sheet import FoundSheet, find_sheet
from strataforest.lineage.results import Results, cell_text, mistake
from strataforest.lineage.touches import Touch
from strataforest.sheets.addresses import row_numbers
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.tabular import Row

# From results, kind of sheet, row, column and value to what a cell is, and the outputs it touches.
Role = Callable[[Results, str, Row, str, str], tuple[list[str], list[Touch]]]
_PLACE = re.compile(r"(.+)!\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})", re.DOTALL)


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


def trace_cell(results: Results, name: str, of_row: Role = extracted.of_row) -> CellTrace:
    """Return what the cell `name` (file!A1, file!tab!A1, file [tab]!A1, tab!A1) is and touches.

    `of_row` says what a cell of a row of data does, by the kind of its sheet.
    Raises ReviewError for text that names no cell, or a sheet that the review does not read.
    """
    match = _PLACE.fullmatch(name.strip())
    if not match:
        expected = "a sheet and a cell, such as outcomes.csv!N17"
        raise mistake(name, "names no cell", expected=expected)
    letters, number = match.group(2).upper(), int(match.group(3))
    address = f"{letters}{number}"
    sheet = find_sheet(results, match.group(1))
    column = sheet.columns().get(letters, [""])[0]
    holders = sheet.holders(address, number)
    names, said, below = _of_decided(results, sheet, address, of_row)
    if holders:
        column, value, about, found = _of_rows(results, holders, address, column, of_row)
        raw = results.raw(holders[0][1], address)
    else:
        value = raw = _raw_text(results, sheet, address)
        about, found = _beside_rows(results, sheet, letters, number, raw, of_row)
    if names:
        column, value = names[0]
    found, about = [*found, *below], [*about, *said]
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


def _of_decided(
    results: Results, sheet: FoundSheet, address: str, of_row: Role
) -> tuple[list[tuple[str, str]], list[str], list[Touch]]:
    """Return (column, value) of rows elsewhere whose decided value stands in this cell, and what
    it does there.
    """
    names, about, found = [], [], []
    for cell, kind, row, column in sheet.decided:
        if cell != address:
            continue
        said, touched = of_row(results, kind, row, column, row[column])
        own = f"Row {row['source_row']}: "
        # The row that is named is not one of this sheet.
        where = f"row {row['source_row']} of {Path(row['source_file']).name}"
        about.append(f"It is the value of {column} in {where}.")
        about += [line for line in said if not line.startswith(own)]
        found += touched
        names.append((column, row[column]))
    return names, about, found


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


def _raw_text(results: Results, sheet: FoundSheet, address: str) -> str | None:
    grid = results.grid(sheet.file, sheet.tab)
    return cell_text(grid, address) if grid else None


def _findings(results: Results, sheet: FoundSheet, address: str) -> Iterator[Touch]:
    """Yield what the last reading remarked about this very cell."""
    path = "harmonized/problems.csv"
    for i, row in touches.numbered(results, path):
        if (row["file"], row["tab"], row["cell"]) == (sheet.file, sheet.tab, address):
            yield Touch("finding", path, i, f"{row['severity']}: {row['problem']}")


def _beside_rows(
    results: Results,
    sheet: FoundSheet,
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


def _is_heading_row(results: Results, sheet: FoundSheet, number: int) -> bool:
    """Whether this row is the last filled one above the data."""
    first = min(number for _, row in sheet.rows for number in row_numbers(row))
    grid = results.grid(sheet.file, sheet.tab)
    if grid is None:
        return number == first - 1
    above = [i for i, cells in enumerate(grid.rows[: first - 1], 1) if any(map(str.strip, cells))]
    return bool(above) and number == above[-1]
