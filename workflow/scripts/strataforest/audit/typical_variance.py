"""I² from τ² of a whole against that of its strata: typical variances of more effects are less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from strataforest.audit.entry import Entry
from strataforest.audit.families import Family
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, Finding
from strataforest.audit.one_row import Known
from strataforest.audit.printed import Interval
from strataforest.audit.verdict import said


@dataclass(frozen=True)
class Information:
    """What a row leaves for F = W - sum(wi^2) / W, wi = 1 / vi, and the least W = sum wi may be."""

    f: Interval
    least_w: float


def typical_variance_findings(family: Family, known: Mapping[int, Known]) -> Iterator[Finding]:
    """Yield whether I² and τ² of a whole and its strata can come from the same sampling variances.

    I² = tau2 / (tau2 + vt) gives the typical variance vt and F = (k-1) / vt = W - sum(wi^2) / W
    (Higgins & Thompson 2002). With W and F of exclusive strata s, F of all their effects is
    W - sum(Ws (Ws - Fs)) / W, W = sum Ws. That grows with each Fs and with each Ws: with
    B = W - Ws and C = sum over the other strata of Wr (Wr - Fr) it is
    2 B + Fs - (B^2 + B Fs + C) / W. So it is least where each is least; further effects of the
    whole only add to it. Ws is at least Fs ks / (ks - 1), for sum wi^2 >= W^2 / k, and where
    se^2 = 1 / sum(1 / (vi + tau2)) at least U k / (k - tau2 U) with U = 1 / se^2, by Jensen's
    inequality. Only where the whole fixes the domain and all rows name one preset, whose I² comes
    from τ².
    """
    whole = family.whole
    if not dict(whole.groups).get("domain"):
        return
    own = _information(whole, known)
    if own is None or own.f.high == inf:
        return
    for split in family.splits:
        parts = {}
        for part in split:
            found = _information(part, known)
            if found and part.text("preset") == whole.text("preset"):
                parts.setdefault(part.groups, (part, found))
        least = least_information([found for _, found in parts.values()])
        if least > 0:
            yield _finding(whole, [part for part, _ in parts.values()], own.f, least)


def least_information(parts: Sequence[Information]) -> float:
    """Return the least F of all effects of exclusive strata: W - sum(Ws (Ws - Fs)) / W."""
    total = sum(part.least_w for part in parts)
    if total <= 0:
        return 0.0
    return total - sum(p.least_w * (p.least_w - p.f.low) for p in parts) / total


def _finding(whole: Entry, parts: Sequence[Entry], own: Interval, least: float) -> Finding:
    rows = (whole, *parts)
    texts = "; ".join(f"{e.about}: {said(e, 'k', 'tau2', 'tau', 'i2')}" for e in rows)
    # Doubles of sums; what is printed has far more room.
    if own.high * (1 + 1e-9) >= least:
        reason = "The I² and τ² of the whole and of its strata fit the same trials."
        return whole.finding(CONSISTENT, "i2_of_strata", texts, "", reason)
    return whole.finding(
        CONTRADICTION,
        "i2_of_strata",
        texts,
        f"(k - 1) I² / (τ² (1 - I²)) of at least {least:.3g} for the whole",
        "(k - 1) over the typical sampling variance, which I² and τ² give, is at most "
        f"{own.high:.3g} for the whole, and its strata need at least {least:.3g}.",
        f"Which of I² and τ² was another number, among {'; '.join(e.about for e in rows)}?",
    )


def _information(entry: Entry, known: Mapping[int, Known]) -> Information | None:
    """Return what a row leaves for F and W, None where its numbers leave both open."""
    k, own = entry.whole("k"), known.get(entry.order)
    if not k or k < 2 or own is None or own.i2 != "tau2" or not entry.text("preset"):
        return None
    f, i2 = Interval(0.0, inf), entry.number("i2")
    if i2 and i2.low < 100 and own.tau2.high < inf:
        odds = [inf if x >= 100 else max(x, 0.0) / (100 - max(x, 0.0)) for x in (i2.low, i2.high)]
        low = (k - 1) * odds[0] / own.tau2.high if own.tau2.high > 0 else 0.0
        f = Interval(low, (k - 1) * odds[1] / own.tau2.low if own.tau2.low > 0 else inf)
    least_w = f.low * k / (k - 1)
    if own.se is not None and own.se.high > 0:
        inverse = 1 / own.se.high**2
        x = own.tau2.low * inverse
        least_w = max(least_w, inverse * k / (k - x)) if x < k else least_w
    return Information(f, least_w) if least_w > 0 or f.high < inf else None
