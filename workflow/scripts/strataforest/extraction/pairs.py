"""Which row of the second extraction is about what a row of the first is about."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from strataforest.sheets.columns import REMARKS, VOCABULARY
from strataforest.sheets.identity import KEY_COLUMNS
from strataforest.tabular import Row

# The sheets that two people extract, and what their rows are about.
KEYS = {"studies": ("study_id",), "outcomes": KEY_COLUMNS, "risk_of_bias": ("study_id",)}
# What two people name alike. Instruments and arms are words of their own: rows pair without them
# where their numbers are alike, and the words are compared as cells.
NAMED_ALIKE = ("study_id", "domain", "indicator", "timepoint_weeks")
# At least so many of the cells that either row fills must agree.
ALIKE = 0.5
# A partner of another trial's name must be more alike.
VERY_ALIKE = 0.75


@dataclass(frozen=True)
class Pair:
    """One row as both have it; None where only one of them has it, with its probable `partner`."""

    first: Row | None
    second: Row | None
    partner: str = ""

    @property
    def row(self) -> Row:
        """The row that says what the pair is about: the first extractor's, if there is one."""
        return self.first or self.second


def pair_rows(kind: str, first: Sequence[Row], second: Sequence[Row]) -> list[Pair]:
    """Return the rows of both in pairs, then those of the first only, then of the second only.

    Rows pair if they agree in all of `KEYS`; outcomes then also if they agree in study, domain,
    indicator and weeks and in at least half of the cells that either fills. Of rows that share a
    key the most alike go together.
    """
    key = KEYS[kind]
    cells = _content(kind)
    pairs, left, right = _most_alike(first, second, key, cells, 0.0)
    if kind == "outcomes":
        more, left, right = _most_alike(left, right, NAMED_ALIKE, cells, ALIKE)
        pairs += more
    place = {id(row): i for i, row in enumerate(first)}
    pairs.sort(key=lambda pair: place[id(pair.first)])
    pairs += [Pair(row, None, _partner(kind, row, right, cells)) for row in left]
    return pairs + [Pair(None, row, _partner(kind, row, left, cells)) for row in right]


def _most_alike(
    first: Sequence[Row],
    second: Sequence[Row],
    key: Sequence[str],
    cells: Sequence[str],
    at_least: float,
) -> tuple[list[Pair], list[Row], list[Row]]:
    """Return pairs that share a key, the most alike first, and what is left on both sides."""
    about: Callable = lambda row: tuple(row[name] for name in key)  # noqa: E731
    waiting = defaultdict(list)
    for j, row in enumerate(second):
        waiting[about(row)].append(j)
    scored = [
        (-_likeness(row, second[j], cells), i, j)
        for i, row in enumerate(first)
        for j in waiting[about(row)]
    ]
    pairs, used_first, used_second = [], set(), set()
    for score, i, j in sorted(scored):
        if -score >= at_least and i not in used_first and j not in used_second:
            pairs.append(Pair(first[i], second[j]))
            used_first.add(i)
            used_second.add(j)
    left = [row for i, row in enumerate(first) if i not in used_first]
    return pairs, left, [row for j, row in enumerate(second) if j not in used_second]


def _content(kind: str) -> list[str]:
    """Return the columns whose cells tell rows apart beside what they are about."""
    names = (column.name for column in VOCABULARY[kind])
    return [name for name in names if name not in KEYS[kind] and name not in REMARKS]


def _likeness(one: Row, other: Row, cells: Sequence[str]) -> float:
    """Return the share of cells that agree among those that either row fills."""
    filled = [name for name in cells if one[name] or other[name]]
    return sum(one[name] == other[name] for name in filled) / len(filled) if filled else 0.0


def _partner(kind: str, row: Row, others: Sequence[Row], cells: Sequence[str]) -> str:
    """Return in words which row of the other extractor is probably meant, or an empty string."""
    best, alike = None, 0.0
    for other in others:
        needed = ALIKE if other["study_id"] == row["study_id"] else VERY_ALIKE
        score = _likeness(row, other, cells)
        if score >= needed and score > alike:
            best, alike = other, score
    if best is None:
        return ""
    differs = [name for name in KEYS[kind] if row[name] != best[name]]
    where = f"row {best['source_row']} of {Path(best['source_file']).name}"
    words = ", ".join(f"{name} '{best[name]}' there, '{row[name]}' here" for name in differs)
    return f"probably {where}: {words}"
