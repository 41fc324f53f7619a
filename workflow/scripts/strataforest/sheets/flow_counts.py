"""What must hold between the counts of the PRISMA flow."""

from collections.abc import Iterator, Sequence

from strataforest.errors import Problem, nearest
from strataforest.flow.arithmetic import mismatches
from strataforest.flow.stages import STAGES, flow_of, stage_named
from strataforest.sheets.addresses import problem_at
from strataforest.tabular import Row

RULE = "flow_arithmetic"


def flow_problems(rows: Sequence[Row], studies: Sequence[Row] = ()) -> Iterator[Problem]:
    """Yield errors for stages that are unknown or counted twice, else warnings where sums differ.

    `studies` are the rows of the studies sheet, if it could be read.
    """
    broken = [*_unknown(rows), *_repeated(rows)]
    yield from broken
    if broken or not all(row["n"] for row in rows):
        return
    eligible = sum(row["eligible"] != "no" for row in studies) if studies else None
    for found in mismatches(flow_of(rows), eligible):
        own = [row for row in rows if stage_named(row["stage"]) == found.stage]
        # A total stands in the row without a reason; a sum of sources in no row of its own.
        row = next((r for r in own if not r["reason"]), (own or [rows[0]])[0])
        words = (found.seen, found.expected, found.mend)
        yield problem_at(row, "n", *words, severity="warning", rule=RULE)


def _unknown(rows: Sequence[Row]) -> Iterator[Problem]:
    for row in rows:
        if row["stage"] and not stage_named(row["stage"]):
            seen, expected = f"unknown stage '{row['stage']}'", "a stage of the PRISMA 2020 flow"
            mend = nearest(row["stage"], list(STAGES)) or f"one of {', '.join(STAGES)}"
            yield problem_at(row, "stage", seen, expected, mend, rule="unknown_stage")


def _repeated(rows: Sequence[Row]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        name = stage_named(row["stage"])
        if not name:
            continue
        several = STAGES[name].several
        key = (name, row["reason"].casefold() if several else "")
        other = first.setdefault(key, row)
        if other is not row:
            of = f" for '{row['reason']}'" if several and row["reason"] else ""
            seen = f"{name}{of} is already counted in row {other['source_row']}"
            mend = "tell the rows apart by `reason`" if several else "remove one"
            yield problem_at(row, "stage", seen, "each count once", mend, rule="repeated_stage")
