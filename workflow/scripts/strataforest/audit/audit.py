"""The audit of printed numbers: every check of every row, and of rows against each other."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from strataforest.audit.coding import coding_findings
from strataforest.audit.counts import count_findings
from strataforest.audit.entry import Entry, entries
from strataforest.audit.families import Family, families
from strataforest.audit.finding import NOT_CHECKED, Finding, in_order
from strataforest.audit.flow import flow_findings
from strataforest.audit.leave_one_out import loo_findings
from strataforest.audit.one_row import Known, row_findings
from strataforest.audit.ours import Ours, our_findings
from strataforest.audit.repeated import same_number_findings
from strataforest.audit.strata import family_findings
from strataforest.audit.typical_variance import typical_variance_findings
from strataforest.tabular import Row

__all__ = ["Finding", "audit"]


def audit(
    rows: Sequence[Row],
    grouping: Sequence[str],
    measures: Mapping[str, str] | None = None,
    ours: Ours | None = None,
    analyses: Collection[str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return what the printed numbers of `rows` say of each other, worst first.

    rows: the sheet `published`, a dict of text by column per row (any column may be missing), with
    source_file, source_tab and source_row. grouping: the grouping columns of all analyses (domain,
    platform, ...). measures: the measure of each domain by name, for rows that leave theirs empty;
    without one SMD. analyses: the names of the review's own analyses; where they are given, a row
    of another one (a sensitivity analysis) is held against rows of its own only. labels: what a
    reader calls the domains, by name. Numbers that cannot be read (NE, a dash) count as not
    printed.

    A finding is a contradiction only if no unrounded numbers could have printed the rows, under
    the preset that a row names or, where it names none, under any program's formulas. With `ours`
    the rows are compared with our own results too: see `against_ours`.
    """
    given = entries(rows, grouping, measures or {}, labels)
    alone = {entry.order: row_findings(entry) for entry in given}
    known = {order: what for order, (_, what) in alone.items() if what}
    found = [finding for findings, _ in alone.values() for finding in findings]
    found += [
        *same_number_findings(given),
        *_of_families(families(given, analyses), known),
        *loo_findings(given),
        *coding_findings(given),
        *flow_findings(given),
        *count_findings(given),
        *(our_findings(given, ours) if ours else ()),
    ]
    return in_order([*found, *_not_checked(given, found)])


def _of_families(found: Sequence[Family], known: Mapping[int, Known]) -> Iterator[Finding]:
    for family in found:
        others = tuple(part.order for part in family.parts)
        findings = [*family_findings(family), *typical_variance_findings(family, known)]
        yield from (replace(finding, others=others) for finding in findings)


def _not_checked(given: Sequence[Entry], found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield a finding for each row that no finding is about, saying why."""
    checked = {order for finding in found for order in (finding.order, *finding.others)}
    for entry in given:
        if entry.order not in checked:
            yield entry.finding(NOT_CHECKED, "row", _printed(entry), "", _reason(entry))


def _printed(entry: Entry) -> str:
    names = ("k", "estimate", "ci_low", "ci_high", "quantity", "value")
    return ", ".join(f"{name} {entry.text(name)}" for name in names if entry.text(name))


def _reason(entry: Entry) -> str:
    if entry.text("quantity"):
        return "No other count is printed that this one would have to fit."
    if not entry.text("estimate"):
        return "The row prints no estimate, and nothing else is printed that its numbers must fit."
    if not entry.text("ci_low") and not entry.text("se"):
        return (
            "The row prints neither an interval nor a standard error to hold the estimate against."
        )
    return "Nothing is printed that these numbers would have to fit."
