"""Which meta-regressions moved between two states, term by term, and what made them move.

A meta-regression is here a declared model in one scope (a domain, or all of one measure).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.cell_changes import Cause, CellChange
from strataforest.regression_causes import regression_causes
from strataforest.tabular import number

NUMBERS = ("k", "tau2")
TERM_NUMBERS = ("b", "ci_low", "ci_high", "p_value")


@dataclass(frozen=True)
class TermMove:
    """One coefficient that moved, appeared or disappeared, and the lines that it crossed."""

    term: str
    change: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    crossed: tuple[str, ...]


@dataclass(frozen=True)
class RegressionMove:
    """One model that moved in one scope: both sides as text, and the terms that moved with it."""

    model: str
    scope: str
    name: str
    change: str
    before: Mapping
    after: Mapping
    terms: tuple[TermMove, ...]
    causes: tuple[Cause, ...]

    @property
    def place(self) -> str:
        """What claims call it."""
        return f"meta_regression/{self.model}/{self.scope}"

    @property
    def crossed(self) -> tuple[str, ...]:
        """The lines that it, or any of its terms, crossed."""
        if self.change.startswith("became_"):
            return (self.change.removeprefix("became_"),)
        return tuple(dict.fromkeys(line for term in self.terms for line in term.crossed))


def changed_regressions(
    before: Mapping, after: Mapping, cells: Sequence[CellChange], options: Sequence[Cause]
) -> tuple[list[RegressionMove], int, set[CellChange]]:
    """Return the meta-regressions that moved, how many there are, and the changed cells behind it.

    Nothing is said where a state is a snapshot of a version that kept none.
    """
    if not all("models" in state for state in (before, after)):
        return [], 0, set()
    old, new = ({_key(m): m for m in state["models"]} for state in (before, after))
    moves, at_work = [], set()
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        terms = _changed_terms(was, now)
        change = _kind_of_change(was, now, terms)
        if change:
            found, causes = regression_causes(was, now, (before, after), cells, options)
            at_work |= found
            name = (now or was)["label"]
            sides = (was or {}, now or {})
            moves.append(RegressionMove(*key, name, change, *sides, terms, tuple(causes)))
    return moves, len(old.keys() | new.keys()), at_work


def _key(model: Mapping) -> tuple[str, str]:
    return model["model"], model["scope"]


def _kind_of_change(old: Mapping | None, new: Mapping | None, terms: Sequence[TermMove]) -> str:
    if old is None:
        return "appeared"
    if new is None:
        return "disappeared"
    if old["status"] != new["status"]:
        return "became_fitted" if new["status"] == "fitted" else "became_not_estimable"
    return "moved" if terms or any(old[name] != new[name] for name in NUMBERS) else ""


def _changed_terms(old: Mapping | None, new: Mapping | None) -> tuple[TermMove, ...]:
    """Return the terms that differ: those there are in their order, then those that are gone."""
    was, now = ({t["term"]: t for t in side["terms"]} if side else {} for side in (old, new))
    moves = []
    for name in [*now, *(name for name in was if name not in now)]:
        sides = was.get(name, {}), now.get(name, {})
        if not all(sides):
            moves.append(TermMove(name, "appeared" if sides[1] else "disappeared", *sides, ()))
        elif any(sides[0][n] != sides[1][n] for n in TERM_NUMBERS):
            moves.append(TermMove(name, "moved", *sides, _crossed_lines(*sides)))
    return tuple(moves)


def _crossed_lines(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    """Return which lines a coefficient crossed.

    Its interval excludes zero where its p is below the configured level: both are of one test.
    """
    crossed = ["sign"] if number(old["b"]) * number(new["b"]) < 0 else []
    sides = [excludes_zero(side["ci_low"], side["ci_high"]) for side in (old, new)]
    if None not in sides and sides[0] != sides[1]:
        crossed.append("significance")
    return tuple(crossed)


def excludes_zero(low: str, high: str) -> bool | None:
    """Whether an interval excludes zero; None where there is none."""
    ends = number(low), number(high)
    return None if any(map(math.isnan, ends)) else ends[0] > 0 or ends[1] < 0
