"""The audit of printed numbers: every check of every row, and of rows against each other."""

from collections.abc import Mapping, Sequence

from strataforest.audit.entry import Entry, entries
from strataforest.audit.finding import Finding, in_order
from strataforest.audit.one_row import row_findings
from strataforest.tabular import Row

__all__ = ["Finding", "audit"]


def audit(
    rows: Sequence[Row], grouping: Sequence[str], measures: Mapping[str, str] | None = None
) -> list[Finding]:
    """Return what the printed numbers of `rows` say of each other, worst first.

    rows: the sheet `published`, a dict of text by column per row (any column may be missing), with
    source_file, source_tab and source_row. grouping: the grouping columns of all analyses (domain,
    platform, ...). measures: the measure of each domain by name, for rows that leave theirs empty;
    without one SMD. Numbers that cannot be read (NE, a dash) count as not printed.

    A finding is a contradiction only if no unrounded numbers could have printed the rows, under
    the preset that a row names or, where it names none, under any program's formulas. To compare
    with our own results too, join `against_ours` (module ours) and sort with `finding.in_order`.
    """
    given = entries(rows, grouping, measures or {})
    return in_order(each for entry in given for each in _alone(entry))


def _alone(entry: Entry) -> list[Finding]:
    return row_findings(entry)
