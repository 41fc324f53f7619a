"""Whether the counts of a flow add up: who enters a stage did not leave before it."""

from collections.abc import Iterator
from dataclasses import dataclass

from strataforest.flow.stages import Flow

IDENTIFIED = "records_identified"
AFTER_DUPLICATES = "records_after_deduplication"
SOURCES = ("records_from_databases", "records_from_registers", "records_from_other_sources")
REMOVED = ("duplicates_removed", "records_marked_ineligible", "records_removed_other")
# The way down, each stage with what leaves it.
WAY = (
    (IDENTIFIED, REMOVED),
    (AFTER_DUPLICATES, ()),
    ("records_screened", ("records_excluded",)),
    ("reports_sought", ("reports_not_retrieved",)),
    ("reports_assessed", ("reports_excluded",)),
    ("reports_included", ()),
)
# The first may not be more than the second.
AT_MOST = (("studies_included", "reports_included"), ("studies_pooled", "studies_included"))


@dataclass(frozen=True)
class Mismatch:
    """Two counts that do not fit: at which stage to look, what was seen and expected, the mend."""

    stage: str
    seen: str
    expected: str
    mend: str


def count_of(flow: Flow, stage: str) -> int | None:
    """Return the count of a stage on the way down.

    Records identified are all sources together where no row gives their total.
    """
    if stage != IDENTIFIED or flow.total(stage) is not None:
        return flow.total(stage)
    sources = [n for name in SOURCES if (n := flow.total(name)) is not None]
    return sum(sources) if sources else None


def mismatches(flow: Flow, n_eligible: int | None = None) -> Iterator[Mismatch]:
    """Yield what does not add up; `n_eligible` is the number of eligible trials in the sheets."""
    yield from _totals(flow)
    for step in steps(flow):
        yield from _step(flow, *step)
    for smaller, larger in AT_MOST:
        low, high = flow.total(smaller), flow.total(larger)
        if low is not None and high is not None and low > high:
            seen = f"{smaller} is {low} and {larger} is {high}"
            yield Mismatch(smaller, seen, f"at most {high}", "check both counts")
    included = flow.total("studies_included")
    if included is not None and n_eligible is not None and included != n_eligible:
        seen = f"studies_included is {included}; the studies sheet has {n_eligible} eligible trials"
        mend = "check the count, and `eligible` in the studies sheet"
        yield Mismatch("studies_included", seen, str(n_eligible), mend)


def _totals(flow: Flow) -> Iterator[Mismatch]:
    """Yield the totals that are not the sum of their parts."""
    for stage in flow.counts:
        total, parts = flow.total(stage), flow.parts(stage)
        added = sum(count.n for count in parts)
        if parts and total != added:
            seen = f"{stage} is {total}, the rows with a reason add up to {added}"
            yield Mismatch(stage, seen, str(added), "check the total and its rows")
    total = flow.total(IDENTIFIED)
    sources = {name: n for name in SOURCES if (n := flow.total(name)) is not None}
    if total is not None and sources and total != sum(sources.values()):
        seen = f"{IDENTIFIED} is {total}, {' + '.join(sources)} is {sum(sources.values())}"
        mend = "check the total and its sources"
        yield Mismatch(IDENTIFIED, seen, str(sum(sources.values())), mend)


def steps(flow: Flow) -> Iterator[tuple[str, dict[str, int], str, list[str]]]:
    """Yield each counted stage of the way with the one before it, as (before, left, stage, exits).

    `exits` are the stages that records may leave by in between, `left` those of them that are
    counted.
    """
    before, left, exits_between = "", {}, []
    for stage, exits in WAY:
        # A review that counts no reports of its included studies has a report per study.
        counted = stage
        if stage == "reports_included" and flow.total(stage) is None:
            counted = "studies_included"
        if count_of(flow, counted) is not None:
            if before:
                yield before, left, counted, exits_between
            before, left, exits_between = counted, {}, []
        exits_between = [*exits_between, *exits]
        left = left | {name: m for name in exits if (m := flow.total(name)) is not None}


def _step(
    flow: Flow, before: str, left: dict[str, int], stage: str, exits: list[str]
) -> Iterator[Mismatch]:
    """Yield a stage that is not the stage before it less what left in between."""
    entered, n = count_of(flow, before), count_of(flow, stage)
    expected = entered - sum(left.values())
    # What is left after duplicates says by itself how many there were.
    says_itself = stage == AFTER_DUPLICATES and not left and n < entered
    if n == expected or says_itself:
        return
    words = f"{stage} is {n}, {before} is {entered}"
    words += "".join(f" less {name} {m}" for name, m in left.items())
    mend = "check these counts"
    if not left and exits and n < entered:
        mend = f"add a row of {' or '.join(exits)} with n = {entered - n}"
    elif stage == "studies_included" and n < expected:
        mend += f"; if {n} studies have {expected} reports, add reports_included {expected}"
    yield Mismatch(stage, words, str(max(expected, 0)), mend)
