"""A whole against its strata: the same numbers in both, and what a whole has at least."""

from collections.abc import Iterator

from strataforest.audit.entry import Entry
from strataforest.audit.families import Family, folded
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, QUESTION, Finding
from strataforest.audit.repeated import POOLED, REPEATED
from strataforest.audit.verdict import name_of, said

COUNTED = ("k", "n_studies", "n_participants")


def equal_part_findings(family: Family) -> Iterator[Finding]:
    """Yield a question where a whole prints as one of its parts though other parts have effects.

    Then either the others were left out of the whole, or one number stands in the wrong place.
    Everything that both rows print of the pooled result must agree, k and other counts aside.
    """
    whole = family.whole
    for part in family.parts:
        if not all(whole.text(n) and whole.text(n) == part.text(n) for n in POOLED):
            continue
        names = [n for n in REPEATED if n not in COUNTED and n != "q_df"]
        both = [n for n in names if whole.text(n) and part.text(n)]
        if any(whole.text(n) != part.text(n) for n in both):
            continue
        split = next(s for s in family.splits if part in s)
        others = [e for e in split if folded(e) != folded(part) and (e.whole("k") or 0) > 0]
        k, own = whole.whole("k"), part.whole("k")
        is_larger = k is not None and own is not None and k > own
        if not others and not is_larger:
            continue
        named = "; ".join(f"{e.about} (k = {e.whole('k')})" for e in others)
        why = f"although {named} should be part of it" if others else f"although its k is {k}"
        yield whole.finding(
            QUESTION,
            "stratum_equals_parent",
            f"{whole.about}: {said(whole, *POOLED)}; {part.about}: {said(part, 'k', *POOLED)}",
            "different numbers, or a whole of this stratum alone",
            f"The result of {whole.about} is that of {part.about}, {why}.",
            f"Does {whole.about} pool all its effects, or only those of {part.about}?",
        )


def count_findings(family: Family, fixing: str = "domain") -> Iterator[Finding]:
    """Yield whether a whole has at least the k, studies and participants of each of its parts.

    That holds in any reading, also across domains. The k of parts that tell trials apart add up to
    at most the whole's where the whole fixes the column `fixing`; across domains one effect per
    trial may have been taken.
    """
    whole = family.whole
    for name in COUNTED:
        n = whole.whole(name)
        parts = [e for e in family.parts if e.whole(name) is not None]
        if n is None or not parts:
            continue
        larger = [e for e in parts if e.whole(name) > n]
        if larger:
            yield _larger(whole, name, n, larger)
        elif name == "k" and dict(whole.groups).get(fixing):
            yield from _sums(family, n)
        else:
            label = "k" if name == "k" else name_of(name)
            reason = f"A whole has at least as many as each of its strata, as {label} here."
            yield whole.finding(CONSISTENT, f"{name}_of_strata", said(whole, name), "", reason)


def _larger(whole: Entry, name: str, n: int, larger: list[Entry]) -> Finding:
    most = max(e.whole(name) for e in larger)
    named = "; ".join(f"{e.whole(name)} in {e.about}" for e in larger)
    label = "k" if name == "k" else name_of(name)
    return whole.finding(
        CONTRADICTION,
        f"{name}_of_strata",
        f"{whole.about}: {label} {n}; {named}",
        f"{label} of at least {most}",
        f"A whole has at least as many as each of its strata, and {label} is {n} for "
        f"{whole.about}, yet {named}.",
        f"What does {label} count for {whole.about}, and was it at least {most}?",
    )


def _sums(family: Family, n: int) -> Iterator[Finding]:
    whole = family.whole
    for split in family.splits:
        # The same stratum in two places counts once.
        ks = {tuple(folded(e).items()): e.whole("k") for e in split if e.whole("k") is not None}
        total = sum(ks.values())
        added = f"{' + '.join(map(str, ks.values()))} = {total}"
        texts = f"{whole.about}: k {n}; strata: {added}"
        if total > n:
            reason = f"The strata of {whole.about} have {added} effects, more than its k of {n}."
            question = f"Was k of {whole.about} {total}, or were effects counted in two strata?"
            expected = f"k of at least {total}"
            yield whole.finding(CONTRADICTION, "k_of_strata", texts, expected, reason, question)
        else:
            words = "as many as" if total == n else "no more than"
            reason = f"The strata of {whole.about} have {added} effects, {words} its k of {n}."
            yield whole.finding(CONSISTENT, "k_of_strata", texts, "", reason)


def q_findings(family: Family) -> Iterator[Finding]:
    """Yield whether Q of a whole is at least the sum of its parts' Q.

    Q = min over mu of sum((yi - mu)^2 / vi), so a sum over all effects is at least the sum of the
    minima of exclusive parts of them, whatever else the whole holds. Only where the whole fixes the
    domain, and rows say the same program or none; of ratios a program, for Q about a
    Mantel-Haenszel estimate is no minimum.
    """
    whole = family.whole
    q = whole.number("q")
    if not q or not dict(whole.groups).get("domain"):
        return
    if whole.is_ratio and not whole.text("preset"):
        return
    for split in family.splits:
        preset = whole.text("preset")
        parts = {
            tuple(folded(e).items()): e
            for e in split
            if e.number("q") and e.text("preset") == preset
        }
        if not parts:
            continue
        least = sum(max(e.number("q").low, 0.0) for e in parts.values())
        added = " + ".join(e.text("q") for e in parts.values())
        texts = f"{whole.about}: Q {whole.text('q')}; strata: {added}"
        if q.high < least:
            total = sum(float(e.number("q").middle) for e in parts.values())
            yield whole.finding(
                CONTRADICTION,
                "q_of_strata",
                texts,
                f"Q of at least {total:.2f}",
                f"Q of a whole is at least the sum of Q of its strata, {total:.2f}.",
                f"Was Q of {whole.about} at least {total:.2f}?",
            )
        else:
            reason = "Q of the whole is at least the sum of Q of its strata."
            yield whole.finding(CONSISTENT, "q_of_strata", texts, "", reason)


def family_findings(family: Family) -> Iterator[Finding]:
    """Yield the findings on the numbers of a whole and of its parts."""
    yield from equal_part_findings(family)
    yield from count_findings(family)
    yield from q_findings(family)
