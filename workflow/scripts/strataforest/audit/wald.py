"""Estimate, standard error, confidence interval, statistic and p of a row against each other."""

from math import inf, isinf

import numpy as np
from scipy.special import ndtri, stdtrit

from strataforest.audit import plane
from strataforest.audit.centre import middle_of
from strataforest.audit.entry import Entry
from strataforest.audit.plane import Polygon
from strataforest.audit.printed import Interval
from strataforest.audit.readings import Reading
from strataforest.audit.verdict import Verdict, Words, p_span, said, span
from strataforest.estimation.distributions import two_sided_p

POSITIVE = Interval(0.0, inf)


def wald(entry: Entry, reading: Reading) -> tuple[list[Verdict], list[Polygon]]:
    """Return the verdicts on se, statistic and p, and the pairs (estimate, se) that are left.

    lower, upper = estimate -/+ crit se; statistic = estimate / se; p = 2 P(T > |statistic|), each
    number in its interval. What was found wrong is left out of what follows it. A statistic that is
    printed without sign counts for either sign. All exact: see `plane`.
    """
    left = _start(entry, reading)
    verdicts = []
    se = entry.number("se")
    if left and se and middle_of(entry):
        left = _next(verdicts, left, [plane.between(0, 1, se)], _se(entry, reading, left))
    statistic = entry.number("statistic")
    if left and statistic:
        sides = [plane.ratio(each) for each in _signs(statistic)]
        left = _next(verdicts, left, sides, _statistic(entry, reading, left))
    p = entry.number("p_value")
    # A p above 1 has its finding already.
    p = p if p and p.low <= 1 else None
    if left and p:
        quantiles = sizes_of(p, reading.df)
        sides = [plane.ratio(quantiles), plane.ratio(Interval(-quantiles.high, -quantiles.low))]
        left = _next(verdicts, left, sides, _p(entry, reading, left))
    elif statistic and p:
        verdicts.append(_p_of_statistic(entry, reading, statistic, p))
    return verdicts, left


def sizes_of(p: Interval, df: float) -> Interval:
    """Return the range of |statistic| whose two-sided p is in `p`: t with df, inf for z."""
    return Interval(*(_size(value, df) for value in (p.high, p.low)))


def _size(p: float, df: float) -> float:
    if p >= 1:
        return 0.0
    if p <= 0:
        return inf
    return float(-ndtri(p / 2)) if isinf(df) else float(-stdtrit(df, p / 2))


def p_of(sizes: Interval, df: float) -> Interval:
    """Return the range of p of a range of statistics of either sign."""
    small = 0.0 if sizes.holds(0.0) else min(abs(sizes.low), abs(sizes.high))
    large = max(abs(sizes.low), abs(sizes.high))
    ends = two_sided_p(np.array([large, small]), df)
    return Interval(float(ends[0]), float(ends[1]))


def _signs(values: Interval) -> list[Interval]:
    turned = Interval(-values.high, -values.low)
    return [values, turned] if values.low >= 0 else [values]


def _start(entry: Entry, reading: Reading) -> list[Polygon]:
    """Return the pairs that the estimate with its CI or, without a CI, its se leaves."""
    estimate, se = entry.effect("estimate"), entry.number("se")
    low, high, crit = entry.effect("ci_low"), entry.effect("ci_high"), reading.crit
    middle = middle_of(entry)
    if middle is None:
        # Only one limit, a CI off its centre, or none.
        whole = estimate and se and se.cut(POSITIVE)
        return [plane.box(estimate, se.cut(POSITIVE))] if whole else []
    most = (high.high - low.low) / 2 if not isinf(low.low) else high.high - middle.low
    width = Interval(max((high.low - low.high) / 2, 0.0), most)
    if width.low > width.high:
        return []
    start = plane.box(middle, Interval(width.low / crit, width.high / crit))
    sides = (*plane.between(1, -crit, low), *plane.between(1, crit, high))
    polygon = plane.clip(start, sides)
    return [polygon] if polygon else []


def _next(verdicts: list[Verdict], left: list[Polygon], sides: list, words) -> list[Polygon]:
    """Append the verdict on half-planes (either set of them may hold); return what is left."""
    after = [cut for polygon in left for each in sides if (cut := plane.clip(polygon, each))]
    verdicts.append(Verdict(words[0], bool(after), *words[1:]))
    return after or left


def _by(reading: Reading) -> str:
    return "z" if reading.ci == "z" else f"t with {reading.df:.0f} df"


def _se(entry: Entry, reading: Reading, left: list[Polygon]) -> tuple:
    def words(verb: str) -> Words:
        fits = span(plane.extent(left, 1), entry.decimals("se") + (verb == "is not"))
        scale = " on the log scale" if entry.is_ratio else ""
        return Words(
            said(entry, "estimate", "ci_low", "ci_high", "se"),
            f"a standard error of {fits}",
            f"Half the width of the interval{scale} over the critical value "
            f"{reading.crit:.4g} ({_by(reading)}) gives a standard error of {fits}, "
            f"which {verb} the one printed.",
            f"Was the standard error {fits}, or were the limits of the interval others?",
        )

    return "se_ci", lambda: words("is"), lambda: words("is not")


def _statistic(entry: Entry, reading: Reading, left: list[Polygon]) -> tuple:
    def words(verb: str) -> Words:
        fits = span(plane.ratios(left), entry.decimals("statistic"))
        return Words(
            said(entry, "estimate", "ci_low", "ci_high", "se", "statistic"),
            f"a statistic of {fits}",
            f"The estimate over its standard error is {fits} ({_by(reading)}), "
            f"which {verb} the statistic printed.",
            f"Was the statistic {fits}?",
        )

    return "statistic", lambda: words("is"), lambda: words("is not")


def _p(entry: Entry, reading: Reading, left: list[Polygon]) -> tuple:
    by_interval = middle_of(entry) is not None

    def words(reasoning: str, question: str = "") -> Words:
        columns = ("estimate", "ci_low", "ci_high", "se", "p_value")
        return Words(said(entry, *columns), f"a p of {fits()}", reasoning, question)

    def fits() -> str:
        return p_span(p_of(plane.ratios(left), reading.df))

    def held() -> Words:
        return words(
            f"The estimate over its standard error is {span(plane.ratios(left), 2)}, whose "
            f"two-sided p by {_by(reading)} is {fits()}, which agrees with the p printed."
        )

    def failed() -> Words:
        scale = " on the log scale" if entry.is_ratio else ""
        source = f"half the width of the interval{scale} over {reading.crit:.4g}"
        found = span(plane.extent(left, 1), entry.decimals("estimate", "ci_low", "ci_high") + 1)
        implied = f"The interval implies a standard error of {found} ({source})"
        start = implied if by_interval else f"The standard error is printed as {entry.text('se')}"
        other = "a limit of the interval" if by_interval else "the standard error"
        whose = "the interval" if by_interval else "the standard error"
        return words(
            f"{start}. The estimate{scale} over it is {span(plane.ratios(left), 2)}, whose "
            f"two-sided p by {_by(reading)} is {fits()}; the p printed is {entry.text('p_value')}.",
            f"Was p {fits()}, was {other} another, or is p of another test than {whose}? The test "
            "and its statistic would settle it.",
        )

    return "p_ci" if by_interval else "p_se", held, failed


def _p_of_statistic(entry: Entry, reading: Reading, statistic: Interval, p: Interval) -> Verdict:
    def words(verb: str) -> Words:
        fits = p_span(p_of(statistic, reading.df))
        return Words(
            said(entry, "statistic", "p_value"),
            f"a p of {fits}",
            f"The two-sided p of the statistic by {_by(reading)} is {fits}, which {verb} the one "
            "printed.",
            f"Was p {fits}, or was the statistic another?",
        )

    sizes = sizes_of(p, reading.df)
    ok = any(each.meets(sizes) for each in (statistic, Interval(-statistic.high, -statistic.low)))
    return Verdict("p_statistic", ok, lambda: words("is"), lambda: words("is not"))
