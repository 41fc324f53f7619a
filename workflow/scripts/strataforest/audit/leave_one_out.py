"""The range of estimates with one trial left out, against the estimate and what the text says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from strataforest.audit.entry import LOO, Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, QUESTION, Finding
from strataforest.audit.printed import Interval
from strataforest.audit.verdict import span

SAYS = {"no": "no change of direction", "yes": "a change of direction"}


def loo_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield the findings on every row with a leave-one-out range.

    The estimate stands in the row itself or in another row of the same analysis and groups.
    """
    estimates: dict[tuple, Entry] = {}
    for entry in entries:
        if entry.text("estimate") and not entry.text("r2") and entry.identity:
            estimates.setdefault(entry.identity, entry)
    for entry in entries:
        if any(entry.text(name) for name in LOO):
            yield from _range(entry)
            yield from _reversal(entry)
            own = entry if entry.text("estimate") else estimates.get(entry.identity)
            if own is not None:
                for finding in _against_estimate(entry, own):
                    yield replace(finding, others=(own.order,))


def _texts(entry: Entry, own: Entry | None = None) -> str:
    low, high, change = (entry.text(name) for name in LOO)
    parts = [f"{own.measure} {own.text('estimate')}"] if own else []
    parts += [f"leave-one-out {entry.loo_measure} {low} to {high}"] if low or high else []
    return ", ".join([*parts, *([f"largest change {change}"] if change else [])])


def _range(entry: Entry) -> Iterator[Finding]:
    low, high = entry.effect("loo_min"), entry.effect("loo_max")
    if low and high and low.low > high.high:
        reason = "The smallest leave-one-out estimate is above the largest."
        question = "Were the ends of the leave-one-out range printed as they should be?"
        yield entry.finding(
            CONTRADICTION, "loo_order", _texts(entry), "the smaller first", reason, question
        )


def _reversal(entry: Entry) -> Iterator[Finding]:
    """Yield whether a text without (with) a change of direction has a range without (with) null.

    The range crosses the null for certain if the largest value it may start with is below it and
    the smallest it may end with above; it does not for certain if it lies on one side.
    """
    low, high, says = entry.effect("loo_min"), entry.effect("loo_max"), entry.text("loo_reversal")
    if not low or not high or says not in SAYS:
        return
    crosses, stays = low.high < 0 < high.low, low.low >= 0 or high.high <= 0
    wrong = crosses if says == "no" else stays
    verb = (
        "crosses the null" if crosses else "lies on one side of the null" if stays else "ends at it"
    )
    reason = f"The text says {SAYS[says]}, and the leave-one-out range {verb}."
    if not wrong:
        yield entry.finding(CONSISTENT, "loo_reversal", _texts(entry), "", reason)
        return
    question = "Does leaving one trial out change the direction of the effect?"
    expected = SAYS["yes" if says == "no" else "no"] + " in the text, or another range"
    yield entry.finding(CONTRADICTION, "loo_reversal", _texts(entry), expected, reason, question)


def _against_estimate(entry: Entry, own: Entry) -> Iterator[Finding]:
    """Yield whether the estimate lies in the range, and the largest change is the larger distance.

    With tau² held, sum((W - wi) estimate_i) = (k - 1) W estimate, W = sum wi: the estimate is a
    mean of those with one left out and lies in their range. With tau² estimated anew that is no
    theorem: by DerSimonian and Laird yi = -0.5, -3.6, -1.4, 3.1 with vi = 0.01, 73, 0.42, 4 give
    -0.58, and without one from -0.53 to 0.42 (by REML no such case was found). So outside is a
    question. The largest change = max(|min - estimate|, |max - estimate|) is exact.
    """
    estimate = _on_scale_of(entry, own)
    low, high = entry.effect("loo_min"), entry.effect("loo_max")
    if not estimate or not low or not high or low.low > high.high:
        return
    texts = _texts(entry, own)
    if estimate.high < low.low or estimate.low > high.high:
        reason = "The estimate lies outside the range of estimates with one trial left out."
        question = "Do the estimate and the leave-one-out range belong to the same analysis?"
        expected = "an estimate inside the range"
        yield entry.finding(QUESTION, "loo_range", texts, expected, reason, question)
    else:
        reason = "The estimate lies in its leave-one-out range."
        yield entry.finding(CONSISTENT, "loo_range", texts, "", reason)
    change = _change_on_log_scale(entry)
    if not change:
        return
    fits = largest_change(low, estimate, high)
    words = span(fits, entry.decimals("loo_max_change") + (not fits.meets(change)))
    if fits.meets(change):
        reason = (
            f"The larger distance of the range's ends from the estimate is {words}, as printed."
        )
        yield entry.finding(CONSISTENT, "loo_change", texts, "", reason)
    else:
        reason = f"The larger distance of the range's ends from the estimate is {words}."
        question = f"Was the largest change {words}?"
        yield entry.finding(
            CONTRADICTION, "loo_change", texts, f"a largest change of {words}", reason, question
        )


def _on_scale_of(entry: Entry, own: Entry) -> Interval | None:
    """Return the estimate on the analysis scale, None where the two measures are unlike."""
    logs = {"logRR": "RR", "logOR": "OR"}
    kinds = {logs.get(m, m) for m in (entry.loo_measure, own.measure)}
    unnamed = not entry.text("loo_measure") and not entry.text("measure")
    return own.effect("estimate") if len(kinds) == 1 or unnamed else None


def _change_on_log_scale(entry: Entry) -> Interval | None:
    """Return the change where it is a difference on the scale of analysis.

    Of a range that is printed as ratios a change may be a difference of ratios, of logs, or a
    ratio: it says nothing for certain.
    """
    is_ratio = entry.loo_measure in ("RR", "OR", "PETO")
    change = None if is_ratio else entry.number("loo_max_change")
    # Some print it with its sign.
    return Interval(-change.high, -change.low) if change and change.high < 0 else change


def largest_change(low: Interval, estimate: Interval, high: Interval) -> Interval:
    """Return the range of max(|min - estimate|, |max - estimate|), each in its interval. Exact.

    For a given estimate each distance is an interval; both grow or fall with the estimate one
    against the other, so the ends are at the ends of the estimate's interval or where the
    distances are alike.
    """
    alike = [
        min(max(x, estimate.low), estimate.high)
        for x in ((low.high + high.low) / 2, (low.low + high.high) / 2)
    ]
    points = (estimate.low, estimate.high, *alike, *_inside(estimate, low, high))
    least = min(max(_distance(e, low), _distance(e, high)) for e in points)
    most = max(
        max(abs(x - e) for x in (low.low, low.high, high.low, high.high)) for e in points[:2]
    )
    return Interval(least, most)


def _inside(estimate: Interval, *others: Interval) -> list[float]:
    return [x for each in others for x in (each.low, each.high) if estimate.holds(x)]


def _distance(value: float, other: Interval) -> float:
    """Return the least distance of a value from an interval."""
    return max(other.low - value, value - other.high, 0.0)
