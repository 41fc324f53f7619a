"""Numbers that are printed twice, of the same analysis and groups."""

from collections.abc import Iterator, Sequence

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, Finding
from strataforest.audit.printed import Interval
from strataforest.audit.verdict import name_of, said

POOLED = ("estimate", "ci_low", "ci_high")
REPEATED = (
    *("k", "n_studies", "n_participants", "se", "statistic", "p_value", "tau2", "tau", "i2", "h2"),
    *("q", "q_df", "q_p", "loo_min", "loo_max", "loo_max_change"),
)
EFFECTS = (*POOLED, "pi_low", "pi_high")
LIMITS = (("ci_low", "ci_high"), ("pi_low", "pi_high"), ("loo_min", "loo_max"))
MIRRORED = {a: b for pair in LIMITS for a, b in (pair, pair[::-1])}


# A result in more places than that is compared with the first ones.
MOST_REPEATED = 20


def same_number_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield whether what is printed twice of the same analysis and groups can be one number.

    Two printed numbers can be one if their intervals meet. Rows that say nothing of what they are
    about, or that differ in a column of the team's own (an outcome, a model), may be of several
    results.
    """
    seen: dict[tuple, list[Entry]] = {}
    for entry in entries:
        if entry.text("quantity") or entry.text("r2") or entry.identity is None:
            continue
        earlier = seen.setdefault((entry.identity, entry.kind), [])
        for other in earlier[:MOST_REPEATED]:
            yield from _repeated(other, entry)
        earlier.append(entry)


def _repeated(first: Entry, second: Entry) -> Iterator[Finding]:
    presets = {first.text("preset"), second.text("preset")} - {""}
    if len(presets) > 1:
        # Two programs need not print the same.
        return
    turned = _is_turned(first, second)
    names = [n for n in (*EFFECTS, *REPEATED) if first.text(n) and second.text(_other(n, turned))]
    pairs = {n: (_value(first, n), _as_coded(second, n, turned)) for n in names}
    of_level = () if first.level == second.level else (*LIMITS[0], *LIMITS[1])
    pairs = {n: (a, b) for n, (a, b) in pairs.items() if a and b and n not in of_level}
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
        words = (texts, said(first, *clashes), reason, question)
        yield second.finding(CONTRADICTION, "same_number", *words, columns=others)
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
