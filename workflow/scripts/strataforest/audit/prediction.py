"""The prediction interval of a row against its estimate, standard error and tau²."""

from collections.abc import Sequence
from math import inf, isinf, sqrt

from strataforest.audit import plane
from strataforest.audit.entry import Entry
from strataforest.audit.plane import Polygon
from strataforest.audit.printed import Interval
from strataforest.audit.readings import Reading
from strataforest.audit.verdict import Verdict, Words, said, span

QUANTILES = {"z": "the normal quantile", "t_k_minus_1": "t(k-1)", "t_k_minus_2": "t(k-2)"}


def prediction_verdicts(
    entry: Entry, reading: Reading, left: Sequence[Polygon]
) -> tuple[list[Verdict], Interval]:
    """Return the verdicts on the prediction interval, and what all leaves for tau².

    limits = estimate -/+ c s with s^2 = tau2 + se^2, c by the reading's convention; the (estimate,
    se) are those that `wald` left. Where tau² is not printed it is anything from 0: the interval
    is at least as wide as c se. The middle is exact; s and se are bounded each for itself, which
    may miss a contradiction and never makes one.
    """
    tau2 = tau2_of(entry)
    low, high = entry.effect("pi_low"), entry.effect("pi_high")
    if not low or not high or isinf(high.high):
        return [], tau2
    estimate = plane.extent(left, 0) if left else entry.effect("estimate")
    middle = Interval((low.low + high.low) / 2, (low.high + high.high) / 2)
    verdicts = []
    if estimate:
        verdicts.append(_centre(entry, estimate, middle))
    if not verdicts or not verdicts[0].ok or not reading.prediction or not left:
        return verdicts, tau2
    s = _half_width(low, estimate, high, reading.pi_crit)
    if s is None:
        return verdicts, tau2
    se = plane.extent(left, 1)
    implied = Interval(s.low**2 - se.high**2, s.high**2 - se.low**2)
    verdicts.append(_width(entry, reading, tau2, se, implied.meets(tau2)))
    return verdicts, tau2.cut(implied) or tau2


def tau2_of(entry: Entry) -> Interval:
    """Return the tau² that are printed as tau² and tau; anything from 0 where neither is."""
    found = Interval(0.0, inf)
    if tau2 := entry.number("tau2"):
        found = found.cut(tau2) or found
    if (tau := entry.number("tau")) and tau.high >= 0:
        found = found.cut(Interval(max(tau.low, 0.0) ** 2, tau.high**2)) or found
    return found


def _half_width(low: Interval, estimate: Interval, high: Interval, crit: float) -> Interval | None:
    """Return the range of s in limits = estimate -/+ crit s; None where rounding leaves it open."""
    if isinf(low.low) or isinf(high.high):
        return Interval(max((high.low - estimate.high) / crit, 0.0), inf)
    widest, narrowest = (high.high - low.low) / 2, max((high.low - low.high) / 2, 0.0)
    middle = Interval((low.low + high.low) / 2, (low.high + high.high) / 2).cut(estimate)
    if middle is None or widest < narrowest:
        return None
    start = plane.box(middle, Interval(narrowest / crit, widest / crit))
    polygon = plane.clip(start, (*plane.between(1, -crit, low), *plane.between(1, crit, high)))
    return plane.extent([polygon], 1) if polygon else None


def _centre(entry: Entry, estimate: Interval, middle: Interval) -> Verdict:
    scaled = middle.exp() if entry.is_ratio and not isinf(middle.low) else middle

    def words(verb: str) -> Words:
        scale = " on the log scale" if entry.is_ratio else ""
        fits = span(scaled, entry.decimals("estimate", "pi_low", "pi_high"))
        return Words(
            said(entry, "estimate", "ci_low", "ci_high", "pi_low", "pi_high"),
            f"a middle of the prediction interval at {entry.text('estimate') or 'the estimate'}",
            f"The middle of the prediction interval{scale} is {fits}, which {verb} the estimate.",
            "Were both limits of the prediction interval printed as they should be?",
        )

    return Verdict(
        "prediction_centre", middle.meets(estimate), lambda: words("is"), lambda: words("is not")
    )


def _width(entry: Entry, reading: Reading, tau2: Interval, se: Interval, ok: bool) -> Verdict:
    named = QUANTILES[reading.prediction]
    shows_tau2 = bool(entry.text("tau2") or entry.text("tau"))

    def words() -> Words:
        low, high = (
            reading.pi_crit * sqrt(max(t, 0.0) + s**2)
            for t, s in ((tau2.low, se.low), (tau2.high, se.high))
        )
        decimals = entry.decimals("estimate", "pi_low", "pi_high")
        fits = (
            f"at least {low:.{decimals}f}" if isinf(high) else span(Interval(low, high), decimals)
        )
        of = (
            "the root of τ² + SE²" if shows_tau2 else "the standard error, the least with τ² from 0"
        )
        scale = " on the log scale" if entry.is_ratio else ""
        verb = "is" if ok else "is not"
        return Words(
            said(entry, "k", "estimate", "ci_low", "ci_high", "tau2", "tau", "pi_low", "pi_high"),
            f"half a width of {fits}{scale} by {named}",
            f"{named[0].upper() + named[1:]} times {of} gives half a width of {fits}{scale}, which "
            f"{verb} that of the prediction interval.",
            f"Was half the width of the prediction interval {fits}, or was τ² another?",
        )

    return Verdict("prediction", ok, words, words)
