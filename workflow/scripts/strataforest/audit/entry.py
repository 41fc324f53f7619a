"""A published row as the checks read it: its numbers as intervals, its place, its words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from strataforest.audit.finding import Finding
from strataforest.audit.matter import cells_of
from strataforest.audit.printed import Interval, decimals_of, printed
from strataforest.models import RATIO_MEASURES
from strataforest.sheets.addresses import SOURCE_COLUMNS
from strataforest.sheets.published_columns import PUBLISHED
from strataforest.tabular import Row

LOG_OF = {"logRR": "RR", "logOR": "OR"}
# Numbers on the scale of the effect: `decimals` speaks of these.
EFFECTS = frozenset({"estimate", "ci_low", "ci_high", "pi_low", "pi_high"})
OURS = frozenset({*(column.name for column in PUBLISHED), *SOURCE_COLUMNS})
LOO = ("loo_min", "loo_max", "loo_max_change")
BOUNDED = frozenset({"p_value", "q_p"})


@dataclass(frozen=True, eq=False)
class Entry:
    """One published row; `order` is its place among all rows, `measure` what its effect is.

    `labels` are what a reader calls the domains, by name.
    """

    row: Row
    order: int
    groups: tuple[tuple[str, str], ...]
    measure: str
    labels: Mapping[str, str]
    _numbers: dict = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a cell's text, '' where the row has no such column."""
        return (self.row.get(name) or "").strip()

    @property
    def analysis(self) -> str:
        """The analysis that the row belongs to."""
        return self.text("analysis")

    @property
    def about(self) -> str:
        """The stratum in words: its grouping values, else its analysis."""
        words = [
            self.labels.get(value, value) if name == "domain" else value
            for name, value in self.groups
            if value
        ]
        words += [] if words or self.analysis else [value for _, value in self.own]
        counted = self.text("quantity").replace("_", " ")
        return ", ".join(words) or counted or self.analysis or f"row {self.order + 1}"

    @property
    def own(self) -> tuple[tuple[str, str], ...]:
        """What stands in columns of the team's own: it may tell results of one stratum apart."""
        known = OURS | {name for name, _ in self.groups}
        return tuple((n, text) for n in self.row if n not in known and (text := self.text(n)))

    @property
    def identity(self) -> tuple | None:
        """What tells the row's result from others; None where nothing says of what it is one."""
        groups = tuple(" ".join(value.split()).casefold() for _, value in self.groups)
        if not self.analysis and not any(groups):
            return None
        return self.analysis.casefold(), groups, frozenset(self.own)

    @property
    def is_ratio(self) -> bool:
        """Whether the effect is printed as a ratio and so has its middle on the log scale."""
        return self.measure in RATIO_MEASURES

    @property
    def kind(self) -> str:
        """The measure without regard to whether it is printed as a log."""
        return LOG_OF.get(self.measure, self.measure)

    @property
    def level(self) -> float:
        """The confidence level of the row's intervals."""
        level = self.number("level")
        value = level.middle if level else 0.95
        # Some write 95 for it.
        value = value / 100 if value > 1 else value
        return round(value, 6) if 0 < value < 1 else 0.95

    def number(self, name: str) -> Interval | None:
        """Return what the unrounded number may be, on the scale it is printed on; None if empty."""
        if name not in self._numbers:
            decimals = self.text("decimals") if name in EFFECTS or name in LOO else ""
            text = self.text(name)
            # A bound says something of a p; of anything else it is no printed number.
            is_read = name in BOUNDED or not text.lstrip("pP ").startswith(("<", ">", "≤", "≥"))
            found = printed(text, int(decimals) if decimals else None) if is_read else None
            self._numbers[name] = found
        return self._numbers[name]

    def effect(self, name: str) -> Interval | None:
        """Return the same on the scale of analysis: the log of what is printed as a ratio."""
        measure = self.loo_measure if name in LOO else self.measure
        found = self.number(name)
        return found.log() if found and measure in RATIO_MEASURES else found

    @property
    def loo_measure(self) -> str:
        """The scale on which the leave-one-out range is printed."""
        return self.text("loo_measure") or self.measure

    def whole(self, name: str) -> int | None:
        """Return a count; None where the cell is empty or holds no whole number."""
        text = self.text(name).replace(",", "").replace("\u202f", "").replace(" ", "")
        return int(text) if text.isascii() and text.isdigit() else None

    def decimals(self, *names: str) -> int:
        """Return the most decimals with which any of these was printed."""
        found = [decimals_of(self.text(name)) for name in names if self.text(name)]
        return max([*found, int(self.text("decimals") or 0)])

    def finding(
        self,
        severity: str,
        check: str,
        shown: str = "",
        expected: str = "",
        reasoning: str = "",
        question: str = "",
        others: Iterable["Entry"] = (),
        columns: Sequence[str] = (),
    ) -> Finding:
        """Return a finding about this row, which rests on `others` too.

        `columns` are the numbers that are the matter, where `check` does not say so.
        """
        place = [self.text(name) for name in ("source", "source_file", "source_tab", "source_row")]
        words = (shown, expected, reasoning, question)
        return Finding(
            *(severity, check, self.analysis, self.about, self.groups, *words, *place, self.order),
            others=tuple(other.order for other in others),
            source_cells=cells_of(self.row, check, columns),
        )


def entries(
    rows: Iterable[Row],
    grouping: Sequence[str],
    measures: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
) -> list[Entry]:
    """Return an entry per row; a row without measure has its domain's (`measures`), else SMD.

    `labels` are what a reader calls the domains, by name.
    """
    return [
        Entry(
            row,
            order,
            tuple((name, (row.get(name) or "").strip()) for name in grouping),
            (row.get("measure") or "").strip() or measures.get(row.get("domain") or "", "SMD"),
            labels or {},
        )
        for order, row in enumerate(rows)
    ]
