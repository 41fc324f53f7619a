"""What the audit found: one row of audit.csv."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTRADICTION = "contradiction"
QUESTION = "question"
DIFFERENCE = "difference"
CONSISTENT = "consistent"
NOT_CHECKED = "not_checked"
# Worst first: the order of the list.
SEVERITIES = (CONTRADICTION, QUESTION, DIFFERENCE, CONSISTENT, NOT_CHECKED)
WORDS = ("severity", "check", "analysis", "about")
TEXTS = ("printed", "expected", "reasoning", "question", "source")
PLACE = ("source_file", "source_tab", "source_row", "source_cells")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    severity: contradiction (no unrounded numbers could have printed that), question (possible, but
    worth asking), difference (not what our data give), consistent, or not_checked (`reasoning` says
    why). `check` names the check, `about` the stratum in words, `groups` are the row's values of
    the grouping columns. `printed` gives the numbers as printed, `expected` those that would fit,
    `reasoning` is one sentence, `question` a question to the authors, empty where there is none.
    `source` is what the sheet says of the place in the publication; source_file, source_tab and
    source_row are the address of the (first) row, source_cells the cells of its numbers that are
    the matter, joined by `;`; `order` is its place among the sheets' rows and `others` those of
    the other rows that it rests on.
    """

    severity: str
    check: str
    analysis: str
    about: str
    groups: tuple[tuple[str, str], ...]
    printed: str
    expected: str
    reasoning: str
    question: str
    source: str
    source_file: str
    source_tab: str
    source_row: str
    order: int = 0
    others: tuple[int, ...] = ()
    source_cells: str = ""

    def row(self) -> dict[str, str]:
        """Return the finding as a row of `columns(grouping)`."""
        texts = {name: getattr(self, name) for name in (*WORDS, *TEXTS, *PLACE)}
        return dict(self.groups) | texts


def columns(grouping: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of audit.csv for the grouping columns of the review's strata."""
    return (*WORDS, *grouping, *TEXTS, *PLACE)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings worst first, those of one severity in the order of the sheets' rows."""
    return sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.order))


def counts(findings: Iterable[Finding]) -> Mapping[str, int]:
    """Return how many findings each severity has, worst first."""
    severities = [finding.severity for finding in findings]
    return {severity: severities.count(severity) for severity in SEVERITIES}
