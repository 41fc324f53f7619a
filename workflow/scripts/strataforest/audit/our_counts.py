"""Printed counts of the flow and of judgements, against those of our own sheets."""

from collections.abc import Iterator, Sequence

from strataforest.audit.counts import judgement_of
from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, DIFFERENCE, Finding
from strataforest.audit.flow import stage_of
from strataforest.flow.stages import Flow, flow_of
from strataforest.tabular import Row


def our_count_findings(
    given: Sequence[Entry], flow: Sequence[Row], judgements: Sequence[Row]
) -> Iterator[Finding]:
    """Yield a finding per printed count that our sheets have too: a stage, or trials judged so.

    Without a count of ours in the flow, the included studies are the trials that are judged.
    """
    own = flow_of(flow)
    for entry in given:
        ours = _ours(entry, own, judgements)
        value = entry.whole("value")
        if ours is None or value is None:
            continue
        about = entry.about + (f" ({entry.text('reason')})" if entry.text("reason") else "")
        if ours == value:
            reason = f"Ours is {ours}, as printed."
            yield entry.finding(CONSISTENT, "ours", f"{about} {value}", "", reason)
        else:
            reason = f"Ours is {ours}, and {value} is printed."
            words = (f"{about} {value}", f"ours: {ours}", reason)
            yield entry.finding(DIFFERENCE, "ours", *words, columns=("value",))


def _ours(entry: Entry, flow: Flow, judgements: Sequence[Row]) -> int | None:
    if found := judgement_of(entry):
        domain, judgement = found
        column = domain if domain == "overall" else domain.upper()
        judged = [row[column] for row in judgements if row.get(column)]
        return sum(each == judgement for each in judged) if judged else None
    stage = stage_of(entry)
    if not stage:
        return None
    reason = " ".join(entry.text("reason").casefold().split())
    if reason:
        parts = {" ".join(c.reason.casefold().split()): c.n for c in flow.parts(stage)}
        return parts.get(reason)
    if stage == "studies_included" and flow.total(stage) is None:
        return len(judgements) or None
    return flow.total(stage)
