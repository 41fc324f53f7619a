"""The cells in which two extractors differ."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strataforest.extraction.pairs import KEYS, Pair, pair_rows
from strataforest.sheets.columns import REMARKS, VOCABULARY, Column
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.tabular import Row

NUMBERS = frozenset({"number", "non_negative", "positive", "count", "arm_size", "fraction", "year"})
# Prose that no two people write alike and no number comes from.
PROSE = REMARKS | {"citation", "doi", "eligibility_reason", "population", "comparator", "basis"}
# What an empty cell means where it means something.
MEANT_BY_EMPTY = {"eligible": "yes"}
# The `column` of a row that only one of the two has.
WHOLE_ROW = "row"
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Discrepancy:
    """One cell (or, with the column `row`, one whole row) that the two extractors have unlike.

    `first` and `second` are the values in canonical form, `first_at` and `second_at` their places
    (file, tab, A1). `decision` is what the team typed, `value` the value that it comes to, and
    `decided_at` where that value stands, `typed_at` the cell of the decision itself; `remark` is
    what a reader should know.
    """

    kind: str
    pair: Pair
    column: str
    first: str
    second: str
    first_at: Place
    second_at: Place
    remark: str = ""
    decision: str = ""
    value: str = ""
    decided_at: Place | None = None
    decided_by: str = ""
    note: str = ""
    typed_at: Place | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """What the cell is: the kind of sheet, the key of its row, its column."""
        return (self.kind, *(self.pair.row[name] for name in KEYS[self.kind]), self.column)


@dataclass(frozen=True)
class Comparison:
    """The rows of one kind in pairs, and the columns that both extractors fill.

    `one_sided` names columns that only one of them fills anywhere: they are not compared.
    """

    kind: str
    pairs: tuple[Pair, ...]
    columns: tuple[Column, ...]
    one_sided: tuple[str, ...]


def compare_sheets(first: Sheet, second: Sheet, named: Collection[str]) -> Comparison:
    """Return the pairs and the columns of two sheets of one kind.

    `named` are columns that the config groups or regresses by: they count also where they are prose
    or the team's own.
    """
    known = [column for column in VOCABULARY[first.kind] if _counts(first.kind, column, named)]
    own = [name for name in first.extra_columns if name in second.extra_columns and name in named]
    known += [Column(name, "text", "") for name in own]
    filled = [{c.name for c in known if any(r[c.name] for r in s.rows)} for s in (first, second)]
    both = filled[0] & filled[1]
    return Comparison(
        first.kind,
        tuple(pair_rows(first.kind, first.rows, second.rows)),
        tuple(column for column in known if column.name in both),
        tuple(column.name for column in known if column.name in filled[0] ^ filled[1]),
    )


def _counts(kind: str, column: Column, named: Collection[str]) -> bool:
    name = column.name
    if name in {"study_id", "domain", "indicator", "timepoint_weeks"}:
        return False
    return name in named or not (name in PROSE or name.startswith("support_"))


def discrepancies(
    comparison: Comparison, first: Sheet, second: Sheet, tolerance: float
) -> Iterator[Discrepancy]:
    """Yield the cells that differ: texts but for case and blanks, numbers beyond the tolerance.

    Numbers a and b are the same if |a - b| <= tolerance * max(|a|, |b|).
    """
    letters = [_letters(first.rows), _letters(second.rows)]
    for pair in comparison.pairs:
        if pair.first is None or pair.second is None:
            yield _whole_row(comparison.kind, pair)
            continue
        for column in comparison.columns:
            values = pair.first[column.name], pair.second[column.name]
            if not agree(column, *values, tolerance):
                places = (
                    _place(row, column.name, own)
                    for row, own in zip((pair.first, pair.second), letters, strict=True)
                )
                yield Discrepancy(comparison.kind, pair, column.name, *values, *places)


def agree(column: Column, one: str, other: str, tolerance: float) -> bool:
    """Whether two cells of a column say the same."""
    meant = MEANT_BY_EMPTY.get(column.name, "")
    one, other = one or meant, other or meant
    if one == other:
        return True
    if not (one and other):
        return False
    is_number = column.kind in NUMBERS or (column.kind == "p_value" and "<" not in one + other)
    if is_number and ">" not in one + other:
        a, b = float(one), float(other)
        return abs(a - b) <= tolerance * max(abs(a), abs(b))
    if column.name == "platforms":
        return _words(one) == _words(other)
    return _folded(one) == _folded(other)


def _words(text: str) -> set[str]:
    return {_folded(part) for part in text.split(";") if part.strip()}


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _whole_row(kind: str, pair: Pair) -> Discrepancy:
    shown = ["", ""]
    shown[pair.first is None] = row_in_words(kind, pair.row)
    place = (pair.row["source_file"], pair.row["source_tab"], f"A{_number(pair.row)}")
    nowhere = ("", "", "")
    places = (place, nowhere) if pair.first else (nowhere, place)
    return Discrepancy(kind, pair, WHOLE_ROW, *shown, *places, remark=pair.partner)


def row_in_words(kind: str, row: Row) -> str:
    """Return what a row holds beside what it is about: `n_treat 40, mean_treat 7.1, ...`."""
    names = (c.name for c in VOCABULARY[kind] if c.name not in PROSE and c.name not in KEYS[kind])
    cells = [f"{name} {row[name]}" for name in names if row[name] and "support_" not in name]
    return ", ".join(cells) or "nothing else"


def _letters(rows: Sequence[Row]) -> dict[tuple[str, str, str], str]:
    """Return each column's letters by file, tab and our name: empty cells have a place too."""
    found = {}
    for row in rows:
        for name, address in cell_addresses(row).items():
            found[row["source_file"], row["source_tab"], name] = address.rstrip("0123456789")
    return found


def _place(row: Row, column: str, letters: Mapping[tuple[str, str, str], str]) -> Place:
    address = cell_addresses(row).get(column)
    if address:
        return cell_place(row, address)
    file, tab = row["source_file"], row["source_tab"]
    return file, tab, f"{letters.get((file, tab, column), 'A')}{_number(row)}"


def _number(row: Row) -> str:
    return row["source_row"].split(";")[0]
