"""The sign of results called favourable, against the coding that the paper states."""

from collections.abc import Iterator, Sequence

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, Finding
from strataforest.audit.verdict import said


def coding_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield one finding per stated coding that results called favourable (or not) contradict.

    A result called favourable contradicts the coding if its estimate is surely on the other side of
    the null (of a ratio: 1); one called not favourable only if its whole interval is on the
    favourable side, since without significance `no improvement` is a way of speaking.
    """
    for arm in ("treat", "control"):
        coded = [e for e in entries if e.text("positive_favours") == arm and _side(e) is not None]
        wrong = [e for e in coded if _contradicts(e, arm)]
        for entry in coded:
            if entry not in wrong:
                yield entry.finding(
                    CONSISTENT,
                    "sign_coding",
                    said(entry, "estimate", "ci_low", "ci_high"),
                    "",
                    f"The sign and the wording agree with the coding that positive favours {arm}.",
                )
        if wrong:
            yield _finding(arm, wrong)


def _side(entry: Entry) -> str | None:
    return (
        entry.text("favourable") if entry.effect("estimate") and entry.text("favourable") else None
    )


def _contradicts(entry: Entry, arm: str) -> bool:
    sign = 1 if arm == "treat" else -1
    estimate, low, high = (entry.effect(name) for name in ("estimate", "ci_low", "ci_high"))
    if entry.text("favourable") == "yes":
        return estimate.high < 0 if sign > 0 else estimate.low > 0
    if not low or not high:
        return False
    return low.low > 0 if sign > 0 else high.high < 0


def _finding(arm: str, wrong: Sequence[Entry]) -> Finding:
    rows = "; ".join(
        f"{e.about} {said(e, 'estimate', 'ci_low', 'ci_high')} called "
        f"{'favourable' if e.text('favourable') == 'yes' else 'not favourable'}"
        for e in wrong
    )
    control = {"treat": "the intervention", "control": "the control"}[arm]
    names = "; ".join(e.about for e in wrong)
    return wrong[0].finding(
        CONTRADICTION,
        "sign_coding",
        rows,
        f"signs that fit the coding, or a coding stated for these outcomes (rows "
        f"{', '.join(e.text('source_row') or str(e.order + 1) for e in wrong)})",
        f"Positive values favour {control} by the stated coding, by which the signs of {names} say "
        "the opposite of the text.",
        f"Which direction is favourable for {names}?",
        wrong,
    )
