"""What the team decided where its two extractors differ, and the rows that this gives."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from strataforest.errors import Problem, nearest
from strataforest.extraction.compare import WHOLE_ROW, Comparison, Discrepancy, Place
from strataforest.extraction.pairs import KEYS, Pair
from strataforest.sheets.columns import VOCABULARY, Column, parse
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.identity import cell_addresses, cell_place, with_cell
from strataforest.tabular import Row, restored

RULE = "double_extraction"
FIRST, SECOND = "first", "second"


@dataclass
class Verdicts:
    """The discrepancies with what was decided on them, and what was found wrong meanwhile."""

    discrepancies: list[Discrepancy]
    problems: list[Problem] = field(default_factory=list)


def decide(
    found: Sequence[Discrepancy],
    comparisons: Iterable[Comparison],
    decisions: Iterable[Row],
    decimal: str = ".",
) -> Verdicts:
    """Return the discrepancies with their decisions.

    A decision counts only for the two values it was made on, as its row in the file names them. One
    on other values, on a cell that no longer differs or on none is a warning; one that the column
    cannot hold, or a second one on a cell, is an error.
    """
    verdicts = Verdicts(list(found))
    waiting: dict[tuple, list[int]] = defaultdict(list)
    for i, discrepancy in enumerate(found):
        waiting[discrepancy.identity].append(i)
    pairs = _by_identity(comparisons)
    decided = set()
    for row in decisions:
        if not row["decision"].strip():
            continue
        if row["sheet"] not in KEYS:
            seen, expected = f"'{row['sheet']}' is no sheet with two extractors", ", ".join(KEYS)
            mend = nearest(row["sheet"], list(KEYS))
            verdicts.problems.append(_problem("error", row, "sheet", seen, expected, mend))
            continue
        identity = _identity(row, decimal)
        open_ones = waiting[identity]
        column = _column(row["sheet"], row["column"])
        values = tuple(_canonical(column, row[f"{who}_value"], decimal) for who in (FIRST, SECOND))
        i = next((i for i in open_ones if _values(found[i]) == values), None)
        if i is not None:
            open_ones.remove(i)
            decided.add(identity)
            _settle(verdicts, i, row, column, decimal)
        elif open_ones:
            verdicts.problems.append(_outdated(row, found[open_ones[0]]))
            i = open_ones[0]
            remark = f"an earlier decision ('{row['decision']}') was made on other values"
            verdicts.discrepancies[i] = replace(found[i], remark=remark)
        elif identity in decided:
            words = ("a second decision on the same cell", "one", "delete one of them")
            verdicts.problems.append(_problem("error", row, "decision", *words))
        else:
            verdicts.problems.append(_needless(row, column, pairs.get(identity[:-1]), decimal))
    return verdicts


def decided_rows(sheet: Sheet, discrepancies: Iterable[Discrepancy]) -> Sheet:
    """Return the first extractor's sheet with the decided values, each at its own cell."""
    rows = {id(row): row for row in sheet.rows}
    for one in discrepancies:
        if one.kind != sheet.kind or one.decision in {"", FIRST}:
            continue
        own = id(one.pair.row)
        if one.column != WHOLE_ROW:
            rows[own] = with_cell(rows[own], one.column, one.value, one.decided_at)
        elif one.pair.first is None:
            rows[own] = dict.fromkeys(sheet.columns, "") | one.pair.second
        else:
            del rows[own]
    return replace(sheet, rows=list(rows.values()))


def _settle(verdicts: Verdicts, i: int, row: Row, column: Column, decimal: str) -> None:
    one, text = verdicts.discrepancies[i], restored(row["decision"].strip())
    typed_at = _place(row, "decision")
    word = text.lower()
    if word in {FIRST, SECOND}:
        value, place = (one.first, one.first_at) if word == FIRST else (one.second, one.second_at)
    elif one.column == WHOLE_ROW:
        words = (f"decision is '{text}' on a row that only one extractor has", "first or second")
        mend = "first keeps the first extractor's sheet as it is, second takes the other's"
        verdicts.problems.append(_problem("error", row, "decision", *words, mend))
        return
    else:
        try:
            value, word, place = parse(column, text, decimal), text, typed_at
        except ValueError as error:
            words = (f"decision is '{text}'", f"first, second, or for {column.name} {error}")
            verdicts.problems.append(_problem("error", row, "decision", *words))
            return
    settled = {"decision": word, "value": value, "decided_at": place, "typed_at": typed_at}
    settled |= {name: row[name] for name in ("decided_by", "note")}
    verdicts.discrepancies[i] = replace(one, **settled)


def _outdated(row: Row, now: Discrepancy) -> Problem:
    was = " and ".join(f"'{row[f'{who}_value']}'" for who in (FIRST, SECOND))
    seen = f"the decision on {row['column']} was made on {was}"
    expected = f"the values of today, '{now.first}' and '{now.second}'"
    mend = "decide again in a fresh copy of discrepancies.xlsx; the decision is not applied"
    return _problem("warning", row, "decision", seen, expected, mend)


def _needless(row: Row, column: Column, pair: Pair | None, decimal: str) -> Problem:
    """Return what to say of a decision on a cell that no longer differs, or is not there."""
    mend = "remove the row from the decisions; it is not applied"
    if pair is None:
        about = ", ".join(row[name] for name in KEYS[row["sheet"]] if row[name])
        seen = f"the decision is about a row that no sheet has ({about})"
        return _problem("warning", row, "decision", seen, "a row of discrepancies.xlsx", mend)
    if row["column"] == WHOLE_ROW:
        seen = "the decision is about a row that both extractors have now"
        return _problem("warning", row, "decision", seen, "a row that only one has", mend)
    if row["column"] not in (pair.first or {}):
        seen = f"the decision is about a column '{row['column']}' that is not compared"
        return _problem("warning", row, "column", seen, "a column of discrepancies.xlsx", mend)
    value = pair.first[row["column"]]
    meant = {FIRST: row["first_value"], SECOND: row["second_value"]}
    text = meant.get(row["decision"].strip().lower(), row["decision"])
    severity = "note" if _canonical(column, text, decimal) == value else "warning"
    seen = f"the extractors agree on {row['column']} now: '{value}'"
    return _problem(severity, row, "decision", seen, "a cell that differs", mend)


def _by_identity(comparisons: Iterable[Comparison]) -> dict[tuple, Pair]:
    return {
        (c.kind, *(pair.row[name] for name in KEYS[c.kind])): pair
        for c in comparisons
        for pair in c.pairs
    }


def _identity(row: Row, decimal: str) -> tuple[str, ...]:
    kind = row["sheet"]
    key = (_canonical(_column(kind, name), row[name], decimal) for name in KEYS[kind])
    return (kind, *key, row["column"])


def _values(one: Discrepancy) -> tuple[str, str]:
    column = _column(one.kind, one.column)
    return tuple(_canonical(column, value, ".") for value in (one.first, one.second))


def _column(kind: str, name: str) -> Column:
    return next((c for c in VOCABULARY[kind] if c.name == name), Column(name, "text", ""))


def _canonical(column: Column, text: str, decimal: str) -> str:
    """Return a value as the records have it: a spreadsheet may have written 7.0 or 7,00 for 7."""
    text = restored(text.strip())
    for sign in (decimal, "."):
        try:
            return parse(column, text, sign)
        except ValueError:
            continue
    return text


def _place(row: Mapping[str, str], column: str) -> Place:
    address = cell_addresses(row).get(column, f"A{row['source_row']}")
    return cell_place(row, address)


def _problem(severity: str, row: Row, column: str, *words: str) -> Problem:
    return Problem(severity, *_place(row, column), *words, rule=RULE)
