"""The coding that a publication states, against the direction of our own effects."""

from collections.abc import Iterator

from strataforest.audit.entry import Entry
from strataforest.audit.finding import DIFFERENCE, NOT_CHECKED, Finding
from strataforest.directions import AS_MEASURED, NEGATIVE, POSITIVE
from strataforest.models import RATIO_MEASURES
from strataforest.tabular import Row

CHECK = "ours_coding"
ARMS = {"treat": "the intervention", "control": "the control"}
_OURS = {POSITIVE: "treat", NEGATIVE: "control"}


def our_coding_findings(entry: Entry, stratum: Row) -> Iterator[Finding]:
    """Yield a finding where a row states another direction of events than our stratum has.

    Mean differences are left out: a coding says how they were turned, and nothing of what is good.
    Where nobody gave our direction the coding is not checked.
    """
    stated, measure = entry.text("positive_favours"), stratum.get("measure") or entry.kind
    if stated not in ARMS or measure not in AS_MEASURED:
        return
    side = "above 1" if measure in RATIO_MEASURES else "above 0"
    said = f"{entry.measure} {side} favours {ARMS[stated]}"
    ours = _OURS.get(stratum.get("favourable", ""))
    if ours is None:
        reason = "Nobody gave our data a direction (higher_is_better), so the coding says no more."
        yield entry.finding(NOT_CHECKED, CHECK, said, "", reason)
    elif ours != stated:
        reason = (
            "The stated coding is not ours: of the same number one says that it favours "
            f"{ARMS[stated]}, the other that it favours {ARMS[ours]}."
        )
        question = f"Is more of {entry.about} wanted? Our higher_is_better and the coding differ."
        expected = f"ours: {measure} {side} favours {ARMS[ours]}"
        yield entry.finding(DIFFERENCE, CHECK, said, expected, reason, question)
