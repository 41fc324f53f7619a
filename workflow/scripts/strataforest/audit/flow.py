"""The printed flow of records: each sum, and what leaves between two stages."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, QUESTION, Finding
from strataforest.flow.arithmetic import (
    AFTER_DUPLICATES,
    AT_MOST,
    IDENTIFIED,
    SOURCES,
    count_of,
    steps,
)
from strataforest.flow.stages import Count, Flow, stage_named

# So many records without a single one excluded on title and abstract are worth a question.
MANY = 100


def stage_of(entry: Entry) -> str:
    """Return the stage of the flow that a row counts, or ''."""
    return stage_named(entry.text("quantity")) if entry.whole("value") is not None else ""


def flow_of(entries: Sequence[Entry]) -> tuple[Flow, dict[str, Entry]]:
    """Return the printed flow, each count once, and the row of each stage (its total's if any)."""
    counts: dict[str, dict[str, int]] = {}
    rows: dict[str, Entry] = {}
    for entry in entries:
        if stage := stage_of(entry):
            reason = entry.text("reason")
            counts.setdefault(stage, {}).setdefault(reason, entry.whole("value"))
            if stage not in rows or (not reason and rows[stage].text("reason")):
                rows[stage] = entry
    found = {s: [Count(n, reason) for reason, n in own.items()] for s, own in counts.items()}
    return Flow(found), rows


def flow_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield the findings on the printed flow: parts and totals, steps, what cannot be larger.

    What is not printed may be anything from 0: a step is a contradiction only if more records reach
    a stage than can, or fewer with every exit printed. Fewer studies than reports is no more than a
    question, for a study may have several reports.
    """
    flow, rows = flow_of(entries)
    for finding in _all(flow, rows):
        about = [e for e in entries if stage_of(e)]
        stage = stage_of(next(e for e in about if e.order == finding.order))
        # A finding about a stage rests on every row of it; one about a step on the stage before.
        before = next((b for b, _, after, _ in steps(flow) if after == stage), "")
        own = (
            stage,
            before,
            *next((left for _, left, after, _ in steps(flow) if after == stage), ()),
        )
        yield replace(finding, others=tuple(e.order for e in about if stage_of(e) in own))


def _all(flow: Flow, rows: dict[str, Entry]) -> Iterator[Finding]:
    yield from _totals(flow, rows)
    for step in steps(flow):
        yield from _step(flow, rows, *step)
    for smaller, larger in AT_MOST:
        low, high = flow.total(smaller), flow.total(larger)
        if low is not None and high is not None:
            texts = f"{_words(smaller)} {low}, {_words(larger)} {high}"
            reason = f"{_named(smaller)} cannot be more than {_words(larger)}"
            if low <= high:
                yield rows[smaller].finding(
                    CONSISTENT, "flow", texts, "", f"{reason}, and are not."
                )
            else:
                question = f"Which of the two counts is right, {low} or {high}?"
                yield rows[smaller].finding(
                    CONTRADICTION, "flow", texts, f"at most {high}", f"{reason}.", question
                )
    yield from _nothing_screened_out(flow, rows)


def _words(stage: str) -> str:
    return stage.replace("_", " ")


def _named(stage: str) -> str:
    return _words(stage).capitalize()


def _totals(flow: Flow, rows: dict[str, Entry]) -> Iterator[Finding]:
    for stage, counts in flow.counts.items():
        parts = [count.n for count in counts if count.reason]
        if parts and len(parts) < len(counts):
            yield _sum(rows[stage], stage, flow.total(stage), parts, exhaustive=True)
    sources = [n for name in SOURCES if (n := flow.total(name)) is not None]
    if sources and flow.total(IDENTIFIED) is not None:
        yield _sum(rows[IDENTIFIED], IDENTIFIED, flow.total(IDENTIFIED), sources, exhaustive=False)


def _sum(entry: Entry, stage: str, total: int, parts: list[int], *, exhaustive: bool) -> Finding:
    added = sum(parts)
    sums = f"{' + '.join(map(str, parts))} = {added}"
    texts = f"{_words(stage)}: {total}, parts {', '.join(map(str, parts))}"
    if added == total:
        return entry.finding(
            CONSISTENT, "flow", texts, "", f"The parts of {_words(stage)} add up: {sums}."
        )
    if added < total and not exhaustive:
        reason = f"The printed sources are {sums} of {total}; others may not be printed."
        return entry.finding(CONSISTENT, "flow", texts, "", reason)
    severity = CONTRADICTION if added > total else QUESTION
    reason = f"The parts of {_words(stage)} add up to {sums}, and {total} is printed."
    question = f"Was the total {added}, or is a part missing or another number?"
    return entry.finding(severity, "flow", texts, f"{added}", reason, question)


def _step(
    flow: Flow, rows: dict[str, Entry], before: str, left: dict, stage: str, exits: Sequence[str]
) -> Iterator[Finding]:
    entered, n = count_of(flow, before), count_of(flow, stage)
    expected = entered - sum(left.values())
    if not exits and stage != AFTER_DUPLICATES and n == entered:
        return
    texts = f"{_words(before)} {entered}"
    texts += "".join(f", {_words(name)} {m}" for name, m in left.items()) + f", {_words(stage)} {n}"
    sums = " - ".join(map(str, (entered, *left.values())))
    row = rows.get(stage) or rows[before]
    if n == expected and left:
        reason = f"What leaves between {_words(before)} and {_words(stage)} adds up: {sums} = {n}."
        yield row.finding(CONSISTENT, "flow", texts, "", reason)
    elif n > expected:
        reason = f"More reach {_words(stage)} than can: {sums} = {expected}, and {n} are printed."
        question = f"Was {_words(stage)} {expected}, or is a count before it another?"
        yield row.finding(CONTRADICTION, "flow", texts, f"at most {expected}", reason, question)
    elif n < expected and left and set(left) >= set(exits):
        severity = QUESTION if stage == "studies_included" else CONTRADICTION
        reason = f"{sums} = {expected}, and {n} {_words(stage)} are printed."
        question = f"Where did {expected - n} between {_words(before)} and {_words(stage)} go?"
        yield row.finding(severity, "flow", texts, str(expected), reason, question)
    elif n < expected:
        reason = f"{n} of {expected} are left at {_words(stage)}; the others are not printed."
        yield row.finding(CONSISTENT, "flow", texts, "", reason)


def _nothing_screened_out(flow: Flow, rows: dict[str, Entry]) -> Iterator[Finding]:
    screened = "records_screened"
    if flow.total(screened) is None:
        screened = AFTER_DUPLICATES
    n, assessed = flow.total(screened), flow.total("reports_assessed")
    if n is None or assessed != n or n < MANY:
        return
    yield rows["reports_assessed"].finding(
        QUESTION,
        "screening",
        f"{_words(screened)} {n}, reports assessed {assessed}",
        "fewer full texts than records screened",
        f"All {n} records went on to full text, so none was excluded on title and abstract.",
        "How many records were excluded on title and abstract?",
    )
