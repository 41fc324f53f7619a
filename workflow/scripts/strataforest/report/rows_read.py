"""How many rows of outcomes were read, and what became of them: several may share one effect."""

from collections.abc import Sequence
from dataclasses import dataclass

from strataforest.effects.flags import flags_in

COMBINED = "arms_combined"


@dataclass(frozen=True)
class RowsRead:
    """Counts of rows of records.csv, and of the effects and exclusions that they became.

    `with_effect` and `without` add up to `rows`; each counts rows, `effects` and `excluded` what
    stands in the files of those names. They differ where the arms of one trial were combined.
    """

    rows: int
    with_effect: int
    effects: int
    excluded: int

    @property
    def without(self) -> int:
        """The rows that gave no effect."""
        return self.rows - self.with_effect

    @property
    def together(self) -> str:
        """In words, how many effects the rows with one gave; empty where each gave its own."""
        if self.with_effect == self.effects:
            return ""
        effects = "1 effect" if self.effects == 1 else f"{self.effects} effects"
        return f"as {effects}: several arms of a trial combined"

    @property
    def excluded_together(self) -> str:
        """In words, how many exclusions the rows without an effect are; empty where one each."""
        if self.without == self.excluded:
            return ""
        return f"as {self.excluded}: several arms of a trial combined"


def rows_read(n_records: int, flags: Sequence[str], n_excluded: int) -> RowsRead:
    """Return the counts of a review: `flags` are those of its effects, as effects.csv has them.

    What was combined says of how many rows it was made (`arms_combined=x`).
    """
    of_each = [int(own[COMBINED]) for own in map(flags_in, flags) if COMBINED in own]
    more = sum(of_each) - len(of_each)
    return RowsRead(n_records, len(flags) + more, len(flags), n_excluded)
