"""Rows about a whole, and rows about its parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from strataforest.audit.entry import Entry

# What only a row about a result prints.
OF_RESULTS = ("k", "n_studies", "n_participants", "estimate", "q")


@dataclass(frozen=True)
class Family:
    """A row about a whole, and the rows about its parts.

    A part has the same values of the grouping columns where the whole has any, and further ones.
    """

    whole: Entry
    parts: Sequence[Entry]

    @property
    def splits(self) -> list[list[Entry]]:
        """The parts by the columns that tell them apart: one trial is in one part of a split."""
        by: dict[tuple[str, ...], list[Entry]] = {}
        for part in self.parts:
            own = {name for name, value in self.whole.groups if value}
            columns = tuple(n for n, value in part.groups if value and n not in own)
            by.setdefault(columns, []).append(part)
        return list(by.values())


def families(entries: Sequence[Entry], analyses: Collection[str] | None = None) -> list[Family]:
    """Return every pooled row that has parts among the rows, with them.

    A part has the whole's measure: ratios are no part of what pools SMDs. Rows of meta-regressions
    (with R²) may rest on fewer effects and are no whole. Where `analyses` names the review's own,
    rows of any other (one without the trials at high risk of bias, say) have parts in themselves
    only.
    """
    about = [e for e in entries if any(e.text(name) for name in OF_RESULTS)]
    # By the values of each set of columns, so that many rows do not meet each other one by one.
    index: dict[tuple, list[Entry]] = {}
    wholes = [e for e in about if not e.text("r2") and e.identity]
    shapes = {tuple(name for name, value in e.groups if value) for e in wholes}
    for entry in about:
        values = folded(entry)
        for shape in shapes:
            if all(values[name] for name in shape) and sum(map(bool, values.values())) > len(shape):
                key = (shape, entry.kind, *(values[name] for name in shape))
                index.setdefault(key, []).append(entry)
    own = None if analyses is None else {name.casefold() for name in analyses}
    found = []
    for whole in wholes:
        values = folded(whole)
        shape = tuple(name for name, value in whole.groups if value)
        parts = index.get((shape, whole.kind, *(values[name] for name in shape)), [])
        parts = [part for part in parts if _are_comparable(whole, part, own)]
        if parts:
            found.append(Family(whole, parts))
    return found


def _are_comparable(whole: Entry, part: Entry, own: Collection[str] | None) -> bool:
    names = {whole.analysis.casefold(), part.analysis.casefold()}
    told = dict(part.own)
    if any(told.get(name, text) != text for name, text in whole.own):
        return False
    return own is None or len(names) == 1 or names <= own


def folded(entry: Entry) -> dict[str, str]:
    return {name: " ".join(value.split()).casefold() for name, value in entry.groups}
