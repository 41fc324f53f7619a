"""All checks of a row alone, read by the formulas that fit it best."""

from strataforest.audit.centre import centre_verdicts
from strataforest.audit.entry import Entry
from strataforest.audit.finding import Finding
from strataforest.audit.readings import Reading, readings
from strataforest.audit.verdict import Verdict
from strataforest.audit.wald import wald


def row_findings(entry: Entry) -> list[Finding]:
    """Return the findings of a row alone, by the reading under which fewest checks fail."""
    verdicts = [*centre_verdicts(entry), *_best(entry)]
    return [verdict.finding(entry) for verdict in verdicts]


def _best(entry: Entry) -> list[Verdict]:
    best: list[Verdict] = []
    fewest = None
    for reading in readings(entry):
        verdicts = _under(entry, reading)
        failed = sum(not verdict.ok for verdict in verdicts)
        if fewest is None or failed < fewest:
            best, fewest = verdicts, failed
        if not failed:
            break
    return best


def _under(entry: Entry, reading: Reading) -> list[Verdict]:
    verdicts, _ = wald(entry, reading)
    return verdicts
