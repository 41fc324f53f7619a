"""The arithmetic of one effect: every formula with its numbers, recomputed from the cells."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.effects.flags import flags_in
from strataforest.formatting import MINUS
from strataforest.lineage.expressions import evaluate, shown, symbolic, with_numbers

# How closely a recomputed number must meet the one in effects.csv, relative where it is above 1.
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Input:
    """A number that enters a formula: its symbol, its column and sheet, and what stands there.

    `sheet` is outcomes, studies or config (then `column` is the config's key); `row` is the row
    of the outcomes sheet.
    """

    symbol: str
    column: str
    text: str
    sheet: str
    row: str = ""


@dataclass(frozen=True)
class Step:
    """One line of arithmetic: symbol = formula = formula with numbers = value, and why."""

    symbol: str
    formula: str
    numbers: str
    value: float
    why: str = ""


@dataclass(frozen=True)
class Arithmetic:
    """How an effect comes from its inputs.

    `yi` and `vi` are recomputed from the inputs; `agrees` says whether they are those of
    effects.csv to TOLERANCE, and `problem` what kept them from it.
    """

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    yi: float
    vi: float
    agrees: bool
    problem: str = ""


class NotRecomputed(Exception):
    """The cells at hand do not give the number; the message says what is missing."""


class Working:
    """The inputs and steps of one effect as they are collected.

    `records` and `study` are the harmonised rows behind the row `effect` of effects.csv, of which
    `record` is the one that is read.
    """

    def __init__(
        self,
        effect: Mapping[str, str],
        records: Sequence[Mapping[str, str]],
        study: Mapping[str, str],
    ) -> None:
        self.effect, self.records, self.study = effect, tuple(records), study
        self.record = self.records[0]
        self.flags = flags_in(effect["flags"])
        self.values: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.inputs: list[Input] = []
        self.steps: list[Step] = []

    def has(self, *columns: str) -> bool:
        """Whether the record has a value in each of these columns."""
        return all(self.record.get(column) for column in columns)

    def read(self, symbol: str, column: str, sheet: str = "outcomes") -> None:
        """Take a number from a cell. Raises NotRecomputed where the cell is empty."""
        row = self.record if sheet == "outcomes" else self.study
        if not row.get(column):
            raise NotRecomputed(f"{column} is empty")
        text = row[column]
        self.take(symbol, column, text.lstrip("<>"), sheet, text)

    def take(self, symbol: str, column: str, text: str, sheet: str, cell_text: str = "") -> None:
        """Take a number that is given as text; `cell_text` is the cell's where that says more."""
        self.values[symbol] = float(text)
        self.texts[symbol] = text.replace("-", MINUS)
        self.mention(symbol, column, cell_text or text, sheet)

    def mention(self, symbol: str, column: str, text: str, sheet: str = "outcomes") -> None:
        """Name a cell that decides something without being a number."""
        row = self.record.get("source_row", "") if sheet == "outcomes" else ""
        self.inputs.append(Input(symbol, column, text, sheet, row))

    def step(self, symbol: str, expression: str, why: str = "", form: str = "") -> None:
        """Compute `symbol` by a formula; `form` is how a reader writes it, where that differs."""
        value = evaluate(expression, self.values)
        numbers = with_numbers(form or expression, self.texts)
        self.steps.append(Step(symbol, symbolic(form or expression), numbers, value, why))
        self.values[symbol], self.texts[symbol] = value, shown(value)


def agree(one: float, other: float) -> bool:
    """Whether two numbers are the same to TOLERANCE; a missing one agrees with nothing."""
    return abs(one - other) <= TOLERANCE * max(1.0, abs(other))


def finished(work: Working, problem: str = "") -> Arithmetic:
    """Return the arithmetic that `work` holds, compared with the effect's own yi and vi."""
    yi, vi = (work.values.get(name, math.nan) for name in ("yi", "vi"))
    known = float(work.effect["yi"]), float(work.effect["vi"])
    agrees = not problem and agree(yi, known[0]) and agree(vi, known[1])
    if not agrees and not problem:
        problem = "the cells give other numbers than effects.csv holds"
    return Arithmetic(tuple(work.inputs), tuple(work.steps), yi, vi, agrees, problem)
