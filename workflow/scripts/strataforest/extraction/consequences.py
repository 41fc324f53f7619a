"""What it would do to effects and pooled results to take the second extractor's value."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from strataforest.changes import crossed_lines
from strataforest.errors import ReviewError
from strataforest.extraction.compare import WHOLE_ROW, Discrepancy
from strataforest.extraction.what_if import POOLED, Key, Review, State
from strataforest.sheets.impossible import impossible_cells
from strataforest.strata.grouping import Stratum
from strataforest.tabular import Row

# What decides a conclusion; a prediction interval does not.
CONCLUSIONS = frozenset({"sign", "significance", "pooled", "not_estimable"})
FIRST, SECOND = "first", "second"


@dataclass(frozen=True)
class StratumChange:
    """One stratum with the first and with the second value: k and the pooled numbers as text.

    The sides hold status, k and (empty where not estimable) estimate, se, ci and pi.
    `change_in_se` is the change of the estimate over its standard error with the first value.
    """

    analysis: str
    stratum: str
    first: Mapping[str, str]
    second: Mapping[str, str]
    crossed: tuple[str, ...]

    @property
    def change(self) -> float:
        """The estimate with the second value minus that with the first; NaN if one is missing."""
        ends = [float(side.get("estimate") or "nan") for side in (self.first, self.second)]
        return ends[1] - ends[0]

    @property
    def change_in_se(self) -> float:
        """The change over the standard error with the first value; NaN if unknown."""
        return self.change / float(self.first.get("se") or "nan")


@dataclass(frozen=True)
class Consequence:
    """What hangs on one discrepancy: its effect with either value, and every stratum that moves.

    The effects are rows of effects.csv, empty where the row gives none; `remark` says why nothing
    could be computed.
    """

    discrepancy: Discrepancy
    first: Mapping[str, str] = field(default_factory=dict)
    second: Mapping[str, str] = field(default_factory=dict)
    strata: tuple[StratumChange, ...] = ()
    remark: str = ""

    @property
    def matters(self) -> str:
        """conclusion (a pooled result reads differently), pooled (it moves), effect, nothing.

        unknown where the value could not be tried: `remark` says why.
        """
        if self.remark:
            return "unknown"
        if any(CONCLUSIONS.intersection(stratum.crossed) for stratum in self.strata):
            return "conclusion"
        if self.strata:
            return "pooled"
        return "effect" if _numbers(self.first) != _numbers(self.second) else "nothing"

    @property
    def largest(self) -> StratumChange | None:
        """The stratum that moves most: one that crosses a line first, then by standard errors."""
        return max(self.strata, key=_size, default=None)


def _numbers(effect: Mapping[str, str]) -> tuple:
    return effect.get("yi"), effect.get("vi")


def _size(change: StratumChange) -> tuple[bool, float]:
    size = abs(change.change_in_se)
    # A stratum that appears or disappears has no change in standard errors: nothing is larger.
    is_known = not math.isnan(size)
    return bool(CONCLUSIONS.intersection(change.crossed)), size if is_known else math.inf


def consequences(review: Review, found: Iterable[Discrepancy]) -> list[Consequence]:
    """Return what hangs on each discrepancy, the gravest first.

    All other discrepancies are as they stand: decided, or the first extractor's value.
    """
    made = [_consequence(review, one) for one in found]
    return sorted(made, key=_gravity)


def _gravity(consequence: Consequence) -> tuple:
    # What could not be tried may matter.
    grades = ("unknown", "conclusion", "pooled", "effect", "nothing")
    largest, one = consequence.largest, consequence.discrepancy
    size = _size(largest)[1] if largest else 0.0
    return grades.index(consequence.matters), -size, one.identity, one.first, one.second


def _consequence(review: Review, one: Discrepancy) -> Consequence:
    if one.kind == "risk_of_bias":
        return Consequence(one)
    states = []
    for who in (FIRST, SECOND):
        records, studies = _with(review, one, who)
        impossible = [p for row in _changed(review.records, records) for p in impossible_cells(row)]
        if impossible:
            words = f"the {who} value beside the other cells cannot be: {impossible[0].problem}"
            return Consequence(one, remark=words)
        if (records, studies) == (review.records, review.studies):
            states.append(review.base)
            continue
        try:
            states.append(review.state(records, studies, one.pair.row["study_id"]))
        except ReviewError as error:
            return Consequence(one, remark=f"with the {who} value {error.problems[0].problem}")
    effects = _effects_of(one, states)
    return Consequence(one, *effects, tuple(_moved(review, *(state.strata for state in states))))


def _with(review: Review, one: Discrepancy, who: str) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return records and studies as they stand, but for this cell or row, which is as `who` has it.

    A trial without a row among the studies takes its outcomes with it.
    """
    rows = {"outcomes": review.records, "studies": review.studies}[one.kind]
    place = _place(one.pair.row)
    if one.column != WHOLE_ROW:
        value = one.first if who == FIRST else one.second
        changed = [
            row | {one.column: value} if _place(row) == place and row[one.column] != value else row
            for row in rows
        ]
    else:
        changed = [row for row in rows if _place(row) != place]
        wanted = one.pair.first if who == FIRST else one.pair.second
        if wanted is not None and len(changed) == len(rows):
            changed.append(dict.fromkeys(rows[0], "") | wanted if rows else wanted)
        elif wanted is not None:
            changed = list(rows)
    if one.kind == "outcomes":
        return changed, review.studies
    known = {row["study_id"] for row in changed}
    records = [row for row in review.records if row["study_id"] in known]
    return records, changed


def _changed(before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    known = {id(row) for row in before}
    return [row for row in after if id(row) not in known]


def _effects_of(one: Discrepancy, states: Sequence[State]) -> tuple[Row, Row]:
    """Return the effect of the row with either value; of a study's cell the one that moves most."""
    study = one.pair.row["study_id"]
    sides = [[e for e in state.effects if e["study_id"] == study] for state in states]
    if one.kind == "outcomes":
        found = [next((e for e in side if _is_made_of(e, one.pair.row)), {}) for side in sides]
        return tuple(found)
    by_id = [{e["effect_id"]: e for e in side} for side in sides]
    moved = [
        (first, by_id[1].get(effect_id, {}))
        for effect_id, first in by_id[0].items()
        if _numbers(first) != _numbers(by_id[1].get(effect_id, {}))
    ]
    return max(moved, key=lambda pair: _apart(*pair), default=({}, {}))


def _is_made_of(effect: Row, row: Row) -> bool:
    file, tab, numbers = _place(row)
    if (effect["source_file"], effect["source_tab"]) != (file, tab):
        return False
    return set(numbers.split(";")) <= set(effect["source_row"].split(";"))


def _apart(first: Mapping[str, str], second: Mapping[str, str]) -> float:
    ends = [float(side.get("yi") or "nan") for side in (first, second)]
    return math.inf if math.isnan(ends[0] - ends[1]) else abs(ends[0] - ends[1])


def _place(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["source_file"], row["source_tab"], row["source_row"]


def _moved(
    review: Review, first: Mapping[Key, Stratum], second: Mapping[Key, Stratum]
) -> Iterator[StratumChange]:
    """Yield the strata whose pooled numbers, or whether there are any, differ."""
    for key in dict.fromkeys((*first, *second)):
        one, other = first.get(key), second.get(key)
        if one is other or (one and other and _content(one) == _content(other)):
            continue
        sides = [review.pooled(stratum) for stratum in (one, other)]
        if any(sides[0][name] != sides[1][name] for name in (*POOLED, "status")):
            yield StratumChange(*key, *sides, crossed_lines(*sides))


def _content(stratum: Stratum) -> tuple:
    return stratum.status, [(e["effect_id"], e["yi"], e["vi"]) for e in stratum.effects]
