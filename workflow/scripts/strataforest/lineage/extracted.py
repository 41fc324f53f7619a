"""What a cell of the second extraction or of the decisions is, was compared with, and leads to."""

from collections.abc import Iterator
from pathlib import Path

from strataforest.extraction.compare import WHOLE_ROW
from strataforest.extraction.decisions import FIRST, SECOND
from strataforest.extraction.pairs import NAMED_ALIKE
from strataforest.lineage import roles, touches
from strataforest.lineage.results import SHEETS, Results
from strataforest.lineage.touches import Touch
from strataforest.sheets.addresses import row_numbers
from strataforest.sheets.identity import KEY_COLUMNS, cell_addresses
from strataforest.tabular import Row

FOUND = "extraction/discrepancies.csv"
BY_STRATUM = "extraction/discrepancies_by_stratum.csv"
AGREEMENT = "extraction/agreement.csv"
_ORDINAL = {FIRST: "first extractor's", SECOND: "second extractor's"}


def of_row(
    results: Results, kind: str, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    """Return what a cell of a row of data does, as `roles.of_row`, also of two extractors."""
    functions = {"second": _of_second, "decisions": _of_decision}
    if kind not in functions or not column:
        return roles.of_row(results, kind, row, column, value)
    about, found = functions[kind](results, row, column, value)
    return about, [*touches.of_row(results, SHEETS[kind], row, "extraction"), *found]


def _of_second(
    results: Results, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    about = [f"Row {row['source_row']} of the second extraction, {column} of {_about(row)}."]
    whole = _discrepancy(results, row, WHOLE_ROW)
    found = whole or _discrepancy(results, row, column)
    partner = _partner(results, row)
    if whole:
        about += ["The first extractor has no such row.", kept(whole)]
    elif column in NAMED_ALIKE:
        about.append(f"The row was compared with {_first_row(row)}, which is about the same.")
    elif found:
        first = f"the first extractor has {_or_nothing(found['first_value'])}"
        about.append(f"It was compared and differs: {first} ({_place(found, FIRST)}).")
        about.append(kept(found))
    elif not _is_compared(results, row["sheet"], column):
        about.append("It was not compared: remarks and prose never are, nor is a column that only")
        about[-1] += " one of the two extractors fills."
    elif value:
        cell = cell_addresses(partner).get(column, "").rpartition("!")[2] if partner else ""
        where = f"{Path(row['first_file']).name} {cell}" if cell else _first_row(row)
        about.append(f"It was compared and agrees with the first extractor's ({where}).")
        about.append("The first extractor's cell is the one that is read.")
    else:
        about.append("It is empty, as the first extractor's is.")
    return about, list(_shown(results, row, column, found))


def _of_decision(
    results: Results, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    cell = "the whole row" if row["column"] == WHOLE_ROW else row["column"]
    about = [f"Row {row['source_row']} of the decisions, on {cell} of {_about(row)}."]
    found = _decided_by(results, row)
    if column in {"first_value", "second_value"}:
        about.append(f"It is the {_ORDINAL[column.removesuffix('_value')]} value when decided.")
    elif column in {"sheet", "column", *KEY_COLUMNS}:
        about.append("It says which cell the decision is on.")
    elif column != "decision":
        about.append("It only describes; no number depends on it.")
    elif not value:
        about.append("It is empty: nothing is decided here.")
    elif found is None:
        about.append("This decision is not applied; the problems of the last reading say why.")
    else:
        about.append(kept(found))
        return about, [*_listed(results, found), *_below(results, found)]
    return about, []


def kept(found: Row) -> str:
    """Return which value is used of a discrepancy, and by which decision."""
    decision, is_row = found["decision"], found["column"] == WHOLE_ROW
    by = f"by the decision '{decision}' in {_place(found, 'decision')}"
    by += f" of {found['decided_by']}" if found["decided_by"] else ""
    by += f" ({found['note']})" if found["note"] else ""
    if is_row:
        # The first extractor's sheet stands as it is unless it was decided otherwise.
        is_read = bool(found["second_value"]) == (decision == SECOND)
        words = "The row is read" if is_read else "The row is left out"
        return f"{words}, {by}." if decision else f"{words}: nobody has decided."
    if not decision:
        return f"Nobody has decided: {_or_nothing(found['first_value'])} is kept, the first one's."
    value = _or_nothing(found["decided_value"])
    if decision in _ORDINAL:
        return f"The {_ORDINAL[decision]} is kept, {value} ({_place(found, decision)}), {by}."
    return f"Neither extractor's is kept but {value}, {by}."


def _about(row: Row) -> str:
    parts = [row[name] for name in KEY_COLUMNS if row.get(name)]
    return ", ".join(parts if row["sheet"] == "outcomes" else [*parts, row["sheet"]])


def _or_nothing(value: str) -> str:
    return value or "nothing"


def _place(found: Row, side: str) -> str:
    file, tab, cell = (found[f"{side}_{part}"] for part in ("file", "tab", "cell"))
    return " ".join(filter(None, (Path(file).name, tab and f"[{tab}]", cell)))


def _first_row(row: Row) -> str:
    tab = f" [{row['first_tab']}]" if row["first_tab"] else ""
    return f"row {row['first_row']} of {Path(row['first_file']).name}{tab}"


def _partner(results: Results, row: Row) -> Row | None:
    """Return the first extractor's row that a second one was compared with."""
    where = (row["first_file"], row["first_tab"], row["first_row"])
    same = [r for r in results.rows(SHEETS[row["sheet"]]) if _start(r) == where]
    alike = [r for r in same if all(r.get(n, "") == row[n] for n in NAMED_ALIKE)]
    return next(iter(alike or same), None)


def _start(row: Row) -> tuple[str, str, str]:
    return row["source_file"], row["source_tab"], row["source_row"].split(";")[0]


def _discrepancy(results: Results, row: Row, column: str) -> Row | None:
    """Return what the list says of a row of the second extraction in this column."""
    for found in results.rows(FOUND):
        where = found["second_file"], found["second_tab"]
        if where != (row["source_file"], row["source_tab"]) or found["column"] != column:
            continue
        own = found["sheet"] == row["sheet"] and _number(found["second_cell"]) in row_numbers(row)
        if own and all(found[name] == row[name] for name in NAMED_ALIKE):
            return found
    return None


def _decided_by(results: Results, row: Row) -> Row | None:
    """Return the discrepancy that a row of the decisions settles, if it is applied."""
    for found in results.rows(FOUND):
        where = found["decision_file"], found["decision_tab"]
        is_here = where == (row["source_file"], row["source_tab"])
        if is_here and _number(found["decision_cell"]) in row_numbers(row):
            return found
    return None


def _number(cell: str) -> int:
    return int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)


def _is_compared(results: Results, kind: str, column: str) -> bool:
    rows = (r for r in results.rows(AGREEMENT) if (r["sheet"], r["column"]) == (kind, column))
    return any(row["cells"] != "0" for row in rows)


def _shown(results: Results, row: Row, column: str, found: Row | None) -> Iterator[Touch]:
    if found:
        yield from _listed(results, found)
    for i, other in touches.numbered(results, AGREEMENT):
        if (other["sheet"], other["column"]) == (row["sheet"], column):
            yield Touch("extraction", AGREEMENT, i, f"{column}: {other['agreeing']} agree")


def _listed(results: Results, found: Row) -> Iterator[Touch]:
    """Yield the rows that say of a discrepancy what it moves."""
    same = ("sheet", *KEY_COLUMNS, "column", "first_value", "second_value")
    for path in (FOUND, BY_STRATUM):
        for i, row in touches.numbered(results, path):
            if all(row[name] == found[name] for name in same):
                what = f"{row['analysis']}/{row['stratum']}" if path == BY_STRATUM else ""
                yield Touch("extraction", path, i, what or f"it matters to: {found['matters']}")


def _below(results: Results, found: Row) -> Iterator[Touch]:
    """Yield what the value touches that a decision keeps, in the row that it is kept in."""
    kind, column = found["sheet"], found["column"]
    column = "study_id" if column == WHOLE_ROW else column
    sides = (FIRST, SECOND)
    starts = [(found[f"{s}_file"], found[f"{s}_tab"], _number(found[f"{s}_cell"])) for s in sides]
    for row in results.rows(SHEETS[kind]):
        file, tab, _ = _start(row)
        is_here = any((file, tab) == s[:2] and s[2] in row_numbers(row) for s in starts)
        if is_here and all(row.get(name, "") == found[name] for name in NAMED_ALIKE):
            yield from roles.of_row(results, kind, row, column, row.get(column, ""))[1]
