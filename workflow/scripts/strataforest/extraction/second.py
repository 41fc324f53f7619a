"""Rows of second_extraction.csv: what the second extractor typed, and which row it pairs with."""

from collections.abc import Collection, Iterator, Mapping

from strataforest.extraction.compare import Comparison
from strataforest.sheets.addresses import SOURCE_COLUMNS, row_numbers
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.identity import KEY_COLUMNS
from strataforest.tabular import Row

PAIRED = ("first_file", "first_tab", "first_row")
OURS = ("sheet", *KEY_COLUMNS, *SOURCE_COLUMNS, *PAIRED)


def second_columns(second: Mapping[str, Sheet]) -> tuple[str, ...]:
    """Return the columns: what the row is about, those that any row fills, the address, the pair.

    A column of the team's own that has the name of one of these is left out.
    """
    filled: dict[str, None] = {}
    for sheet in second.values():
        names = [name for name in sheet.columns if name not in OURS]
        filled |= dict.fromkeys(n for n in names if any(row[n] for row in sheet.rows))
    return ("sheet", *KEY_COLUMNS, *filled, *SOURCE_COLUMNS, *PAIRED)


def second_rows(
    second: Mapping[str, Sheet], comparisons: Collection[Comparison]
) -> Iterator[dict[str, str]]:
    """Yield a row per row of the second extraction, in its order; no pair without comparisons."""
    columns = second_columns(second)
    firsts = {id(pair.second): pair.first for c in comparisons for pair in c.pairs if pair.second}
    for kind, sheet in second.items():
        for row in sheet.rows:
            found = dict.fromkeys(columns, "") | {n: row[n] for n in columns if n in row}
            yield found | {"sheet": kind} | _paired(firsts.get(id(row)))


def _paired(first: Row | None) -> dict[str, str]:
    if first is None:
        return dict.fromkeys(PAIRED, "")
    values = (first["source_file"], first["source_tab"], str(row_numbers(first)[0]))
    return dict(zip(PAIRED, values, strict=True))
