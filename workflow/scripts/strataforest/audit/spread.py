"""Heterogeneity of a row: Q, its df and p, I², H², tau² and tau against each other and k."""

from math import ceil, floor, inf, isinf, sqrt

from scipy.special import chdtrc, chdtri

from strataforest.audit.entry import Entry
from strataforest.audit.printed import Interval
from strataforest.audit.readings import Reading
from strataforest.audit.verdict import Verdict, Words, p_span, said, span

RANGED = ("se", "p_value", "i2", "q", "q_p", "tau2", "tau", "h2")
MOST = {"i2": (100.0, "0 to 100 percent"), "p_value": (1.0, "0 to 1"), "q_p": (1.0, "0 to 1")}
MOST_DEGREES = 100_000
ANY = Interval(0.0, inf)


def fixed_verdicts(entry: Entry) -> list[Verdict]:
    """Return the verdicts that hold under every program's formulas.

    df = k - 1; p of Q = P(chi2_df > Q); tau² = tau^2; 0 <= I² <= 100; 0 <= p <= 1; SE, Q, tau², H²
    >= 0. Where k is 1, Q, I² and tau² are 0. Each exact.
    """
    verdicts = [_degrees(entry)] if entry.whole("k") and entry.text("q_df") else []
    verdicts += [verdict for name in RANGED for verdict in _range(entry, name)]
    q, p, df = entry.number("q"), entry.number("q_p"), degrees(entry)
    if q and p and df and p.low <= 1:
        verdicts.append(_p_of_q(entry, q, p, df))
    tau, tau2 = entry.number("tau"), entry.number("tau2")
    if tau and tau2 and tau.high >= 0 and tau2.high >= 0:
        verdicts.append(_tau(entry, tau, tau2))
    return verdicts


def degrees(entry: Entry) -> int | None:
    """Return the degrees of freedom of Q as printed, else k - 1; None where neither is."""
    k = entry.whole("k")
    df = entry.whole("q_df")
    return df if df is not None else k - 1 if k else None


def i2_verdicts(entry: Entry, reading: Reading) -> list[Verdict]:
    """Return the verdicts on I² and H² by a reading.

    From Q: I² = 100 max(0, (Q - df) / Q), H² = Q / df (also cut at 1). With the p of Q each of
    them is an interval of Q, and they fit only if all of them meet. Without k and df some whole
    number must do as df. From tau²: H² = 1 / (1 - I²/100). Exact.
    """
    i2, h2 = entry.number("i2"), entry.number("h2")
    if reading.i2 == "tau2":
        return [_h2_of_i2(entry, i2, h2)] if i2 and h2 and i2.high >= 0 else []
    if (not i2 and not h2) or (i2 and not i2.meets(Interval(0, 100))):
        return []
    df = degrees(entry)
    if df == 0 or (not entry.number("q") and not entry.number("q_p") and not (i2 and h2)):
        return []
    possible = [df] if df is not None else _possible_degrees(entry)
    ok = any(_meeting(_ranges_of_q(entry, each)) for each in possible)
    return [Verdict("i2_q", ok, lambda: _i2_words(entry, df, True), lambda: _i2_words(entry, df))]


def q_of_p(p: Interval, df: int) -> Interval:
    """Return the Q with df degrees of freedom whose p lies in `p`."""
    return Interval(*(_quantile(value, df) for value in (p.high, p.low)))


def _quantile(p: float, df: int) -> float:
    if p >= 1:
        return 0.0
    return inf if p <= 0 else float(chdtri(df, p))


def q_of_i2(i2: Interval, df: float) -> Interval:
    """Return the Q with df degrees of freedom whose I² (percent) lies in `i2`: df / (1 - I²)."""
    low = 0.0 if i2.low <= 0 else inf if i2.low >= 100 else df / (1 - i2.low / 100)
    return Interval(low, inf if i2.high >= 100 else df / (1 - i2.high / 100))


def i2_of_q(q: Interval, df: int) -> Interval:
    """Return the range of I² = 100 max(0, (Q - df) / Q)."""
    return Interval(
        *(0.0 if x <= df else 100.0 if isinf(x) else 100 * (x - df) / x for x in (q.low, q.high))
    )


def _ranges_of_q(entry: Entry, df: int) -> list[Interval]:
    found = [ANY]
    if q := entry.number("q"):
        found.append(q)
    if (p := entry.number("q_p")) and not (q and not q.meets(q_of_p(p, df))):
        # A p that clashes with Q already has its finding.
        found.append(q_of_p(p, df))
    if i2 := entry.number("i2"):
        found.append(q_of_i2(i2, df))
    if h2 := entry.number("h2"):
        found.append(Interval(0.0 if h2.low <= 1 else h2.low * df, h2.high * df))
    return found


def _meeting(intervals: list[Interval]) -> bool:
    return max(each.low for each in intervals) <= min(each.high for each in intervals)


def _possible_degrees(entry: Entry) -> range:
    """Return the whole numbers that Q and I² leave for df = Q (1 - I²), all where I² may be 0."""
    q, i2 = entry.number("q"), entry.number("i2")
    if not q or not i2 or i2.low <= 0:
        return range(1, 2000)
    low, high = (
        min(max(x, 0.0), MOST_DEGREES) * (1 - min(y, 100.0) / 100)
        for x, y in ((q.low, i2.high), (q.high, i2.low))
    )
    return range(max(1, ceil(low)), floor(high) + 1)


def _degrees(entry: Entry) -> Verdict:
    k, df = entry.whole("k"), entry.whole("q_df")

    def words() -> Words:
        reason = f"Q of {k} effects has k - 1 = {k - 1} degrees of freedom"
        reason += "." if df == k - 1 else f", and {df} are printed."
        question = (
            f"Was k {df + 1}, or were the degrees of freedom {k - 1}?" if df is not None else ""
        )
        expected = f"df {k - 1}, or k {df + 1}" if df is not None else f"df {k - 1}"
        return Words(said(entry, "k", "q", "q_df"), expected, reason, question)

    return Verdict("q_df", df is None or df == k - 1, words, words)


def _range(entry: Entry, name: str):
    number = entry.number(name)
    if not number:
        return
    most, expected = MOST.get(name, (inf, "0 or more"))
    if not number.meets(Interval(0.0, most)):
        reason = f"{said(entry, name)} is outside the values it can have, {expected}."
        words = Words(said(entry, name), expected, reason, f"Was {said(entry, name)} as intended?")
        yield Verdict("range", False, lambda: words, lambda: words, columns=(name,))
    elif entry.whole("k") == 1 and name in ("i2", "q", "tau2", "tau"):
        words = Words(
            said(entry, "k", name),
            f"{said(entry, name).split()[0]} 0, or k above 1",
            f"One effect alone does not differ from others: {said(entry, name)} with k = 1.",
            "Was k above 1?",
        )
        yield Verdict("k_one", number.low <= 0, lambda: words, lambda: words, columns=(name,))


def _p_of_q(entry: Entry, q: Interval, p: Interval, df: int) -> Verdict:
    def words(verb: str) -> Words:
        ends = [float(chdtrc(df, max(x, 0.0))) if df else 1.0 for x in (q.high, q.low)]
        fits = p_span(Interval(*ends))
        return Words(
            said(entry, "k", "q", "q_df", "q_p"),
            f"a p of {fits}",
            f"Q on {df} degrees of freedom has p {fits}, which {verb} the one printed.",
            f"Was the p of Q {fits}, or was Q or its degrees of freedom another?",
        )

    ok = q.meets(q_of_p(p, df)) if df else p.high >= 1
    return Verdict("q_p", ok, lambda: words("is"), lambda: words("is not"))


def _tau(entry: Entry, tau: Interval, tau2: Interval) -> Verdict:
    root = Interval(sqrt(max(tau2.low, 0.0)), sqrt(tau2.high))

    def words(verb: str) -> Words:
        fits = span(root, entry.decimals("tau"))
        reason = f"The root of τ² is {fits}, which {verb} the τ printed."
        return Words(said(entry, "tau2", "tau"), f"τ {fits}", reason, f"Was τ {fits}?")

    return Verdict("tau", tau.meets(root), lambda: words("is"), lambda: words("is not"))


def _h2_of_i2(entry: Entry, i2: Interval, h2: Interval) -> Verdict:
    low, high = (inf if x >= 100 else 1 / (1 - max(x, 0.0) / 100) for x in (i2.low, i2.high))

    def words(verb: str) -> Words:
        fits = span(Interval(low, high), entry.decimals("h2"))
        reason = f"H² is 1 / (1 - I²) = {fits}, which {verb} the one printed."
        return Words(said(entry, "i2", "h2"), f"H² {fits}", reason, f"Was H² {fits}?")

    ok = h2.meets(Interval(low, high))
    return Verdict("h2_i2", ok, lambda: words("is"), lambda: words("is not"))


def _i2_words(entry: Entry, df: int | None, ok: bool = False) -> Words:
    texts = said(entry, "k", "q", "q_df", "q_p", "i2", "h2")
    if df is None:
        reason = "I² = (Q - df) / Q " + ("for" if ok else "fits no whole number of") + " some df."
        return Words(texts, "", reason, "" if ok else "Were I² and Q of the same analysis?")
    q = entry.number("q") or (q_of_p(entry.number("q_p"), df) if entry.number("q_p") else None)
    source = "Q" if entry.number("q") else "the Q of its p"
    if q is None:
        reason = f"I² and H² {'both follow from one' if ok else 'follow from no common'} Q."
        return Words(texts, "", reason, "" if ok else "Were I² and H² of the same analysis?")
    name, fits = "I²", span(i2_of_q(q, df), max(1, entry.decimals("i2")))
    if not entry.number("i2"):
        name, fits = "H²", span(Interval(q.low / df, q.high / df), entry.decimals("h2"))
    reason = f"{source[0].upper() + source[1:]} on {df} degrees of freedom gives {name} {fits}"
    reason += ", as printed." if ok else ", not what is printed."
    question = "" if ok else f"Was {name} {fits}, or were Q or k others?"
    return Words(texts, f"{name} {fits}", reason, question)
