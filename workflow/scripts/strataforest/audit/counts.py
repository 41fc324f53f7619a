"""Printed counts: percentages, judgements of bias, and how many trials there can be."""

from collections.abc import Iterator, Sequence

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, QUESTION, Finding
from strataforest.audit.flow import flow_of, stage_of
from strataforest.audit.printed import Interval
from strataforest.audit.verdict import span
from strataforest.risk_of_bias.tools import OVERALL, TOOLS

BIAS = "rob_"
ROB2 = TOOLS["rob2"]


def count_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield the findings on percentages, judgements and the number of trials."""
    counted = [e for e in entries if e.text("quantity")]
    flow, _ = flow_of(counted)
    included = flow.total("studies_included")
    for entry in counted:
        yield from _percent(entry, included)
    yield from _counted_twice(counted)
    yield from _judgements(counted, included)
    if included is not None:
        yield from _trials(entries, included)


def judgement_of(entry: Entry) -> tuple[str, str] | None:
    """Return the domain (d1 ... d7, overall) and the judgement of a row, else None."""
    text = entry.text("quantity").lower()
    if not text.startswith(BIAS):
        return None
    domain, _, judgement = text.removeprefix(BIAS).partition("_")
    return domain, judgement.replace("_", " ")


def _percent(entry: Entry, included: int | None) -> Iterator[Finding]:
    """Yield whether a percentage is 100 value / of; `of` is else the number of included trials."""
    value, of, percent = entry.whole("value"), entry.whole("of"), entry.number("percent")
    if value is None:
        return
    texts = entry.text("value") + (f"/{of}" if of is not None else "")
    texts += f" ({entry.text('percent')} %)" if percent else ""
    if of is not None and value > of:
        reason = f"{value} is more than the {of} that it is out of."
        question = f"Was it {value} of more than {of}?"
        yield entry.finding(CONTRADICTION, "percent", texts, f"at most {of}", reason, question)
        return
    of = included if of is None and judgement_of(entry) else of
    if not percent or not of:
        return
    share = 100 * value / of
    fits = span(Interval(share, share), entry.decimals("percent"))
    if percent.holds(share):
        reason = f"{value} of {of} are {fits} percent, as printed."
        yield entry.finding(CONSISTENT, "percent", texts, "", reason)
        return
    reason = f"{value} of {of} are {fits} percent, not {entry.text('percent')}."
    # The count that the percentage would come from, where there is one.
    nearest = round(min(max(percent.middle, 0.0), 100.0) * of / 100)
    counts = [nearest] if percent.holds(100 * nearest / of) else []
    others = f", or {counts[0]} of {of}" if counts else ""
    question = f"Was it {fits} percent{others}?"
    yield entry.finding(
        CONTRADICTION, "percent", texts, f"{fits} percent{others}", reason, question
    )


def _counted_twice(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield counts of one quantity (and reason) that are printed as two numbers."""
    seen: dict[tuple, Entry] = {}
    for entry in entries:
        if entry.whole("value") is None:
            continue
        name = stage_of(entry) or entry.text("quantity").lower()
        key = (name, entry.text("reason").casefold(), entry.groups, entry.analysis)
        first = seen.setdefault(key, entry)
        if first is entry:
            continue
        texts = f"{entry.about}: {first.text('value')}; {entry.text('value')}"
        if first.whole("value") == entry.whole("value"):
            reason = "The same count is printed twice alike."
            yield entry.finding(CONSISTENT, "same_number", texts, "", reason)
        else:
            yield entry.finding(
                CONTRADICTION,
                "same_number",
                texts,
                "one number",
                f"{entry.about} is {first.text('value')} in one place and {entry.text('value')} in "
                "another.",
                f"Which is right, {first.text('value')} or {entry.text('value')}?",
            )


def _judgements(entries: Sequence[Entry], included: int | None) -> Iterator[Finding]:
    tables: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        found = judgement_of(entry)
        if found and entry.whole("value") is not None:
            tables.setdefault(found[0], {}).setdefault(found[1], entry)
    for domain, judged in tables.items():
        yield from _total(domain, judged, included)
    yield from _overall(tables, included)


def _trials_judged(judged: dict[str, Entry], included: int | None) -> int | None:
    given = [n for e in judged.values() if (n := e.whole("of")) is not None]
    return max(given, default=included)


def _total(domain: str, judged: dict[str, Entry], included: int | None) -> Iterator[Finding]:
    """Yield whether the judgements of a domain add up to the number of trials.

    More is a contradiction; fewer a question, and only where every judgement of RoB 2 is printed.
    """
    first, n = next(iter(judged.values())), _trials_judged(judged, included)
    # A count above its own `of` has its finding.
    is_above = [
        e.whole("of") is not None and e.whole("value") > e.whole("of") for e in judged.values()
    ]
    if n is None or any(is_above):
        return
    values = [e.whole("value") for e in judged.values()]
    added, sums = sum(values), f"{' + '.join(map(str, values))} = {sum(values)}"
    texts = ", ".join(f"{domain} {name} {e.text('value')}" for name, e in judged.items())
    if added == n:
        reason = f"The judgements of {domain} add up to the trials: {sums}."
        yield first.finding(CONSISTENT, "judgements", texts, "", reason, "", judged.values())
    elif added > n or set(judged) >= set(ROB2.levels):
        severity = CONTRADICTION if added > n else QUESTION
        reason = f"The judgements of {domain} add up to {sums}, and there are {n} trials."
        question = f"How many trials were judged in {domain}, {added} or {n}?"
        words = (texts, f"{n} in all", reason, question)
        yield first.finding(severity, "judgements", *words, judged.values())


def _overall(tables: dict[str, dict[str, Entry]], included: int | None) -> Iterator[Finding]:
    """Yield whether overall judgements are no better than the domains allow (RoB 2).

    A trial is low overall only if every domain is low, and high overall if any domain is high: low
    overall <= the least number of low, high overall >= the largest number of high. A judgement that
    is not printed counts only where the printed ones already add up to all trials.
    """
    overall = tables.get(OVERALL, {})
    domains = {d: t for d, t in tables.items() if d in {name.lower() for name in ROB2.domains}}
    if not overall or not domains:
        return
    first = next(iter(overall.values()))
    others = [e for judged in tables.values() for e in judged.values()]
    for judgement, is_better in (("low", True), ("high", False)):
        n = _number(overall, judgement, included)
        limits = {
            d: m for d, t in domains.items() if (m := _number(t, judgement, included)) is not None
        }
        if n is None or not limits:
            continue
        domain = (min if is_better else max)(limits, key=limits.get)
        limit = limits[domain]
        texts = f"overall {judgement} {n}, {domain} {judgement} {limit}"
        words = ("at most", "more") if is_better else ("at least", "fewer")
        if (n > limit) if is_better else (n < limit):
            reason = f"{n} trials are {judgement} overall, {words[1]} than {limit} in {domain}."
            question = f"How many trials were judged {judgement} overall?"
            expected = f"{words[0]} {limit}"
            yield first.finding(CONTRADICTION, "overall", texts, expected, reason, question, others)
        else:
            reason = f"{n} trials are {judgement} overall, {words[0]} the {limit} of {domain}."
            yield first.finding(CONSISTENT, "overall", texts, "", reason, "", others)


def _number(judged: dict[str, Entry], judgement: str, included: int | None) -> int | None:
    if judgement in judged:
        return judged[judgement].whole("value")
    total = _trials_judged(judged, included)
    is_whole = total is not None and sum(e.whole("value") for e in judged.values()) == total
    return 0 if is_whole else None


def _trials(entries: Sequence[Entry], included: int) -> Iterator[Finding]:
    """Yield strata with more studies than are included, and domains with more effects."""
    for entry in entries:
        n, k = entry.whole("n_studies"), entry.whole("k")
        if n is not None and n > included:
            reason = f"{n} studies are more than the {included} included ones."
            question = f"Were {n} studies pooled, of {included} included?"
            yield entry.finding(
                CONTRADICTION,
                "trials",
                f"n_studies {n}, included {included}",
                f"at most {included}",
                reason,
                question,
            )
        elif n is None and k is not None and k > included and dict(entry.groups).get("domain"):
            reason = f"A domain has {k} effects and the review {included} trials."
            question = "Did trials give several effects in this domain?"
            yield entry.finding(
                QUESTION,
                "trials",
                f"k {k}, included {included}",
                f"at most {included}",
                reason,
                question,
            )
