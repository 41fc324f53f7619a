"""I² from τ² of a whole against that of its strata: typical variances of more effects are less."""

from collections.abc import Iterator, Mapping
from math import inf

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, Finding
from strataforest.audit.one_row import Known
from strataforest.audit.printed import Interval
from strataforest.audit.strata import Family
from strataforest.audit.verdict import said


def typical_variance_findings(family: Family, known: Mapping[int, Known]) -> Iterator[Finding]:
    """Yield whether I² and τ² of a whole and its strata can come from the same sampling variances.

    I² = tau2 / (tau2 + vt) gives the typical variance vt and F = (k-1) / vt = W - sum(wi^2) / W,
    wi = 1 / vi, W = sum wi (Higgins & Thompson 2002). F of a whole is at least the sum of F of
    exclusive parts: with ps = Ws / W it is sum Ws (1 - ps) + sum ps Fs, Ws is at least Fs, and
    further effects can only add to it. Only where the whole fixes the domain and all rows name one
    preset, whose I² comes from τ².
    """
    whole = family.whole
    if not dict(whole.groups).get("domain"):
        return
    own = _information(whole, known)
    if own is None:
        return
    for split in family.splits:
        parts = {}
        for part in split:
            found = _information(part, known)
            if found and part.text("preset") == whole.text("preset"):
                parts.setdefault(part.groups, (part, found))
        least = sum(found.low for _, found in parts.values())
        if not least:
            continue
        rows = [part for part, _ in parts.values()]
        texts = "; ".join(f"{e.about}: {said(e, 'k', 'tau2', 'tau', 'i2')}" for e in (whole, *rows))
        if own.high >= least:
            reason = "The I² and τ² of the whole and of its strata fit the same trials."
            yield whole.finding(CONSISTENT, "i2_of_strata", texts, "", reason)
            continue
        named = "; ".join(e.about for e in (whole, *rows))
        yield whole.finding(
            CONTRADICTION,
            "i2_of_strata",
            texts,
            f"(k - 1) I² / (τ² (1 - I²)) of at least {least:.3g} for the whole",
            "(k - 1) over the typical sampling variance, which I² and τ² give, is at most "
            f"{own.high:.3g} for the whole and at least {least:.3g} for its strata together.",
            f"Which of I² and τ² was another number, among {named}?",
        )


def _information(entry: Entry, known: Mapping[int, Known]) -> Interval | None:
    """Return the range of F of a row, None where its numbers leave it open."""
    i2, k, own = entry.number("i2"), entry.whole("k"), known.get(entry.order)
    if not i2 or not k or k < 2 or own is None or not entry.text("preset"):
        return None
    if own.i2 != "tau2" or own.tau2.high == inf or i2.low >= 100:
        return None
    shares = [min(max(x, 0.0), 100.0) / 100 for x in (i2.low, i2.high)]
    odds = [inf if s >= 1 else s / (1 - s) for s in shares]
    tau2 = own.tau2
    low = (k - 1) * odds[0] / tau2.high if tau2.high > 0 else 0.0
    return Interval(low, (k - 1) * odds[1] / tau2.low if tau2.low > 0 else inf)
