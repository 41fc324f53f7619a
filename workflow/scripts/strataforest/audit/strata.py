"""Rows against each other: the same numbers printed twice, and a whole against its strata."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, QUESTION, Finding
from strataforest.audit.printed import Interval
from strataforest.audit.verdict import name_of, said

COUNTED = ("k", "n_studies", "n_participants")
POOLED = ("estimate", "ci_low", "ci_high")
REPEATED = (
    *("k", "n_studies", "n_participants", "se", "statistic", "p_value", "tau2", "tau", "i2", "h2"),
    *("q", "q_df", "q_p", "loo_min", "loo_max", "loo_max_change"),
)
EFFECTS = (*POOLED, "pi_low", "pi_high")
LIMITS = (("ci_low", "ci_high"), ("pi_low", "pi_high"), ("loo_min", "loo_max"))
MIRRORED = {a: b for pair in LIMITS for a, b in (pair, pair[::-1])}


@dataclass(frozen=True)
class Family:
    """A row about a whole, and the rows about its parts.

    A part has the same values of the grouping columns where the whole has any, and further ones.
    """

    whole: Entry
    parts: Sequence[Entry]

    @property
    def splits(self) -> list[list[Entry]]:
        """The parts by the columns that tell them apart: one trial is in one part of a split."""
        by: dict[tuple[str, ...], list[Entry]] = {}
        for part in self.parts:
            own = {name for name, value in self.whole.groups if value}
            columns = tuple(n for n, value in part.groups if value and n not in own)
            by.setdefault(columns, []).append(part)
        return list(by.values())


def families(entries: Sequence[Entry]) -> list[Family]:
    """Return every pooled row that has parts among the rows, with them.

    A part has the whole's measure: ratios are no part of what pools SMDs. Rows of meta-regressions
    (with R²) may rest on fewer effects and are no whole.
    """
    about = [e for e in entries if e.text("k") or e.text("estimate")]
    # By the values of each set of columns, so that many rows do not meet each other one by one.
    index: dict[tuple, list[Entry]] = {}
    wholes = [e for e in about if not e.text("r2")]
    shapes = {tuple(name for name, value in e.groups if value) for e in wholes}
    for entry in about:
        values = _folded(entry)
        for shape in shapes:
            if all(values[name] for name in shape) and sum(map(bool, values.values())) > len(shape):
                key = (shape, entry.kind, *(values[name] for name in shape))
                index.setdefault(key, []).append(entry)
    found = []
    for whole in wholes:
        values = _folded(whole)
        shape = tuple(name for name, value in whole.groups if value)
        parts = index.get((shape, whole.kind, *(values[name] for name in shape)), [])
        if parts:
            found.append(Family(whole, parts))
    return found


def _folded(entry: Entry) -> dict[str, str]:
    return {name: " ".join(value.split()).casefold() for name, value in entry.groups}


def same_number_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield whether what is printed twice of the same analysis and groups can be one number.

    Two printed numbers can be one if their intervals meet.
    """
    seen: dict[tuple, list[Entry]] = {}
    for entry in entries:
        if entry.text("quantity") or entry.text("r2"):
            continue
        key = (entry.analysis.casefold(), tuple(_folded(entry).items()), entry.kind)
        earlier = seen.setdefault(key, [])
        for other in earlier:
            yield from _repeated(other, entry)
        earlier.append(entry)


def _repeated(first: Entry, second: Entry) -> Iterator[Finding]:
    turned = _is_turned(first, second)
    names = [n for n in (*EFFECTS, *REPEATED) if first.text(n) and second.text(_other(n, turned))]
    pairs = {n: (_value(first, n), _as_coded(second, n, turned)) for n in names}
    pairs = {n: (a, b) for n, (a, b) in pairs.items() if a and b}
    clashes = [n for n, (a, b) in pairs.items() if not a.meets(b)]
    if not pairs:
        return
    texts = f"{said(first, *pairs)}; {said(second, *pairs)}"
    if clashes:
        words = ", ".join(
            f"{name_of(n)} is {first.text(n)} in one place and "
            f"{second.text(_other(n, turned))} in another"
            for n in clashes
        )
        reason = f"The same result is printed twice, and {words}."
        others = [_other(n, turned) for n in clashes]
        question = f"Which is right, {said(first, *clashes)} or {said(second, *others)}?"
        yield second.finding(
            CONTRADICTION, "same_number", texts, said(first, *clashes), reason, question
        )
    else:
        reason = "The same result is printed twice and can be one."
        yield second.finding(CONSISTENT, "same_number", texts, "", reason)


def _is_turned(first: Entry, second: Entry) -> bool:
    """Return whether two rows state opposite codings: one then has the other's sign turned."""
    return {first.text("positive_favours"), second.text("positive_favours")} == {"treat", "control"}


def _other(name: str, turned: bool) -> str:
    """Return where a number stands in a row whose sign is turned: its limits change places."""
    return MIRRORED.get(name, name) if turned else name


def _as_coded(entry: Entry, name: str, turned: bool):
    """Return a number of a row by the coding of another."""
    found = _value(entry, _other(name, turned))
    is_signed = name in (*EFFECTS, "statistic", "loo_min", "loo_max")
    return Interval(-found.high, -found.low) if found and turned and is_signed else found


def _value(entry: Entry, name: str):
    is_effect = name in EFFECTS or name.startswith("loo_m")
    return entry.effect(name) if is_effect else entry.number(name)


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
        others = [e for e in split if _folded(e) != _folded(part) and (e.whole("k") or 0) > 0]
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
        ks = {tuple(_folded(e).items()): e.whole("k") for e in split if e.whole("k") is not None}
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
    domain, and rows say the same program or none.
    """
    whole = family.whole
    q = whole.number("q")
    if not q or not dict(whole.groups).get("domain"):
        return
    for split in family.splits:
        preset = whole.text("preset")
        parts = {
            tuple(_folded(e).items()): e
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
