"""One cell as it was read and as the sheet has it today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from strataforest.lineage.results import Results
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.tabular import Row


@dataclass(frozen=True)
class Cell:
    """One cell: where it stands (`address` in A1 form, empty for the config), our column's name,
    the symbol it has in the arithmetic (empty: it decides without being a number), its value as it
    was read, and `raw`, the sheet's own text where that differs today (else empty).
    """

    file: str
    tab: str
    address: str
    column: str
    symbol: str
    value: str
    raw: str = ""


def cell_of(results: Results, row: Row, column: str, symbol: str = "") -> Cell:
    """Return the cell of a harmonised row in one of our columns; no address for a constant."""
    address = cell_addresses(row).get(column, "")
    raw = results.raw(row, address) if address else None
    value = row.get(column, "")
    differs = raw is not None and not same_value(raw, value)
    shown = raw if differs else ""
    return Cell(*cell_place(row, address), column, symbol, value, shown or "")


def same_value(raw: str, value: str) -> bool:
    """Whether a sheet's own text says what was read: the same words, or the same number."""
    if raw == value:
        return True
    number_there = _number_or_none(raw)
    return number_there is not None and number_there == _number_or_none(value)


def _number_or_none(text: str) -> float | None:
    try:
        return float(text.replace("−", "-").replace(",", "."))
    except ValueError:
        return None


def corrected(cells: Sequence[Cell], every: bool = False) -> Iterator[str]:
    """Yield the numbers that the sheets no longer hold as they were read.

    Those of the arithmetic, which have a symbol, or `every` one.
    """
    for cell in (cell for cell in cells if cell.raw and (cell.symbol or every)):
        # `P = .03` for 0.03 is another way to write it; another number is another number.
        if _number_or_none(cell.raw) is None:
            continue
        where = f"{Path(cell.file).name} {cell.address} holds '{cell.raw}' today"
        yield f"results are older than the sheet: {where}, not {cell.value}"
