"""From the counts of a flow to the boxes of its diagram."""

from collections.abc import Sequence

from strataforest.figures.flow_diagram import FlowEntry, FlowRow
from strataforest.flow.arithmetic import AFTER_DUPLICATES, IDENTIFIED, REMOVED, SOURCES, count_of
from strataforest.flow.stages import STAGES, Flow

PHASES = ("Identification", "Screening", "Included")


def flow_rows(flow: Flow) -> list[FlowRow]:
    """Return the levels of the diagram; a level that nobody counted is empty."""
    identification, screening, included = PHASES
    screened = "records_screened"
    if flow.total(screened) is None:
        screened = AFTER_DUPLICATES
    return [
        FlowRow(identification, _identified(flow), _removed(flow)),
        FlowRow(screening, _entries(flow, screened), _entries(flow, "records_excluded")),
        FlowRow(
            screening, _entries(flow, "reports_sought"), _entries(flow, "reports_not_retrieved")
        ),
        FlowRow(screening, _entries(flow, "reports_assessed"), _entries(flow, "reports_excluded")),
        FlowRow(
            included, [*_entries(flow, "studies_included"), *_entries(flow, "reports_included")]
        ),
        FlowRow(included, _entries(flow, "studies_pooled")),
    ]


def _entries(flow: Flow, stage: str, depth: int = 0) -> list[FlowEntry]:
    """A stage with its number, and indented its sources or reasons with theirs."""
    total = flow.total(stage)
    if total is None:
        return []
    parts = [FlowEntry(part.reason, part.n, depth + 1) for part in flow.parts(stage)]
    return [FlowEntry(STAGES[stage].label, total, depth), *parts]


def _identified(flow: Flow) -> list[FlowEntry]:
    sources = [entry for name in SOURCES for entry in _entries(flow, name, 1)]
    if not sources:
        return _entries(flow, IDENTIFIED)
    total = flow.total(IDENTIFIED)
    heading = FlowEntry("Records identified from:") if total is None else None
    return [heading or FlowEntry(STAGES[IDENTIFIED].label, total), *sources]


def _removed(flow: Flow) -> list[FlowEntry]:
    removed = [entry for name in REMOVED for entry in _entries(flow, name, 1)]
    found, left = count_of(flow, IDENTIFIED), flow.total(AFTER_DUPLICATES)
    if not removed and found is not None and left is not None and found > left:
        removed = [FlowEntry(STAGES[REMOVED[0]].label, found - left, 1)]
    return _headed("Records removed before screening:", removed)


def _headed(heading: str, entries: Sequence[FlowEntry]) -> list[FlowEntry]:
    return [FlowEntry(heading), *entries] if entries else []
