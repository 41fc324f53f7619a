"""What a review's methods are told from: its options, and what came of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from strataforest.effects.flags import flags_in
from strataforest.formatting import count
from strataforest.lineage.results import Results
from strataforest.presets import as_record, resolve
from strataforest.tabular import Row


@dataclass(frozen=True)
class Made:
    """A finished run and the config's options by key, defaults filled in.

    `registration` is where the protocol stands, `tool` the label of the risk-of-bias tool, either
    empty where there is none.
    """

    options: Mapping
    results: Results
    registration: str = ""
    tool: str = ""

    @cached_property
    def preset(self) -> dict:
        """The preset with the config's choices put over it, as plain values."""
        names = (self.options["effect_size"], self.options["pooling"])
        return as_record(resolve(self.options["preset"], *names))

    @cached_property
    def selected(self) -> list[Row]:
        """The effects that stand for their trials, as rows of effects.csv."""
        decisions = self.results.decisions
        chosen = {name for name, row in decisions.items() if row["decision"] == "selected"}
        return [row for name, row in self.results.effects.items() if name in chosen]

    @cached_property
    def measures(self) -> list[str]:
        """The measures of these effects, those of most effects first."""
        found = [row["measure"] for row in self.selected]
        return sorted(set(found), key=lambda name: (-found.count(name), name))

    def table(self, name: str) -> Sequence[Row]:
        """Return the rows of one of the results' tables; none where it was not made."""
        return self.results.rows(f"tables/{name}.csv")

    def flagged(self, flag: str) -> list[Row]:
        """Return the selected effects with a flag, whatever follows its `=`."""
        return self.those(lambda row: flag in flags_of(row))

    def those(self, wanted: Callable[[Row], bool]) -> list[Row]:
        """Return the selected effects that are as `wanted`."""
        return [row for row in self.selected if wanted(row)]


def flags_of(effect: Row) -> dict[str, str]:
    """Return the flags of an effect with what follows their `=`."""
    return flags_in(effect["flags"])


def effects_words(effects: Sequence[object]) -> str:
    """Return how many effects these are, in words: "1 effect", "12 effects"."""
    return f"{count(len(effects))} effect{'s' * (len(effects) != 1)}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as a sentence lists them: "a, b and c"."""
    names = list(names)
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
