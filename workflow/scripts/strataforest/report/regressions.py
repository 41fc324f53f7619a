"""The meta-regressions that moved, as lines of text, as rows of the table and as a page."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from strataforest.changes import NUMBERS, Changes
from strataforest.formatting import coefficient_texts, effect_texts, p_value, significant
from strataforest.regression_changes import RegressionMove, TermMove
from strataforest.report.causes import MOST_CHARACTERS, exact, markdown, plain
from strataforest.tabular import number

# Behind those of claims in the table; `scope` and `term` are written as claims write them.
COLUMNS = ("model", "scope", "term", "p_value_before", "p_value_after")
WORDS = {
    "appeared": "appeared",
    "disappeared": "disappeared",
    "became_fitted": "fitted now",
    "became_not_estimable": "not fitted any more",
}
LINES = {"sign": "the sign", "significance": "significance"}
MOST_TERMS, MOST_GONE = 6, 2
MOST_DIGITS = 7
LABEL = 9  # characters of the labels of strata's lines


def heading(move: RegressionMove) -> str:
    """Return which meta-regression moved, and how."""
    name = plain(f"Meta-regression {move.model}: {move.name}", 2 * MOST_CHARACTERS)
    parts = [WORDS.get(move.change, "")]
    if move.change == "became_not_estimable":
        parts[0] += f" ({plain(move.after['reason'], MOST_CHARACTERS)})"
    crossed = {
        line: [_short(term.term) for term in move.terms if line in term.crossed] for line in LINES
    }
    told = (f"{LINES[line]} ({', '.join(terms)})" for line, terms in crossed.items() if terms)
    parts += [f"crossed {text}" for text in told]
    return ", ".join([f"{name}  ({move.place})", *filter(None, parts)])


def details(move: RegressionMove) -> list[tuple[str, str]]:
    """Return a label and a text each: k, tau², and the terms that moved, came or went."""
    sides = (move.before, move.after)
    lines = [
        ("k", _pair(move, lambda side, digits: side["k"])),
        ("tau²", _pair(move, _tau2)),
    ]
    lines += _read_otherwise(move)
    kept = [term for term in move.terms if term.change != "disappeared"]
    gone = [term for term in move.terms if term.change == "disappeared"]
    # A coefficient that came or crossed a line before one that only moved.
    kept.sort(key=lambda term: term.change == "moved" and not term.crossed)
    if len(gone) <= MOST_GONE and len(kept) + len(gone) <= MOST_TERMS:
        kept, gone = kept + gone, []
    lines += [(_short(term.term), _told(term, all(sides))) for term in kept[:MOST_TERMS]]
    if kept[MOST_TERMS:]:
        more = len(kept) - MOST_TERMS
        lines.append(("...", f"and {more} more {'term' if more == 1 else 'terms'}"))
    if gone:
        names = plain(", ".join(term.term for term in gone), MOST_CHARACTERS)
        lines.append(("gone", f"{len(gone)} {'terms' if gone[1:] else 'term'}: {names}"))
    if all(sides) and not gone and not any(" -> " in text for _, text in lines):
        lines.append(("", "moved by less than these digits show"))
    return lines


def _read_otherwise(move: RegressionMove) -> Iterator[tuple[str, str]]:
    """Yield the moderators whose numbers became groups or the other way: one cell can do that."""
    if not (move.before.get("terms") and move.after.get("terms")):
        return
    was, now = move.before["references"], move.after["references"]
    for name in sorted(set(move.before["moderators"]) & set(move.after["moderators"])):
        if (name in was) != (name in now):
            sides = [
                f"groups (against {_short(side[name])})" if name in side else "a slope"
                for side in (was, now)
            ]
            yield "read as", f"{_short(name)}: {sides[0]} -> {sides[1]}"


def _tau2(side: Mapping, digits: int) -> str:
    return significant(number(side["tau2"]), digits) if side["tau2"] else "not fitted"


def _pair(move: RegressionMove, text: Callable[[Mapping, int], str]) -> str:
    """Return both sides with the digits that tell them apart; one where a side is not there."""
    if not (move.before and move.after):
        return text(move.after or move.before, 2)
    return _told_apart(text, move.before, move.after)


def _told_apart(text: Callable[[Mapping, int], str], old: Mapping, new: Mapping) -> str:
    pairs = [(text(old, digits), text(new, digits)) for digits in range(2, MOST_DIGITS + 1)]
    was, now = next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
    return was if was == now else f"{was} -> {now}"


def _told(term: TermMove, has_both: bool) -> str:
    """Return a coefficient with its interval and p, before and after."""
    if term.change == "moved":
        return _told_apart(_coefficient, term.before, term.after)
    told = _coefficient(term.after or term.before, 2)
    if not has_both:
        return told
    return f"none -> {told}" if term.change == "appeared" else f"{told} -> none"


def _coefficient(side: Mapping[str, str], digits: int) -> str:
    numbers = [number(side[name]) for name in ("b", "ci_low", "ci_high")]
    show = coefficient_texts if digits <= 3 else lambda *n: effect_texts(*n, digits)
    b, low, high = show(*numbers)
    return f"{b} [{low} to {high}], {p_value(number(side['p_value']))}"


def _short(term: str) -> str:
    return plain(term, MOST_CHARACTERS // 2)


def summary(changes: Changes) -> str:
    """Return how many coefficients crossed each line; nothing where none did."""
    terms = (term for move in changes.regressions for term in move.terms)
    crossed = Counter(line for term in terms for line in term.crossed)
    told = ", ".join(f"{LINES[line]} ({n})" for line, n in sorted(crossed.items()))
    return f"Crossed by coefficients: {told}." if told else ""


def lines_of(move: RegressionMove, because: Sequence[str]) -> list[str]:
    """Return one meta-regression that moved as lines of text."""
    told = [*details(move), *(("because", text) for text in because)]
    width = max(LABEL, *(len(label) for label, _ in told))
    return [heading(move), *(f"  {label:<{width}} {text}" for label, text in told)]


def page_of(move: RegressionMove, because: Sequence[str]) -> list[str]:
    """Return one meta-regression that moved as Markdown."""
    told = [*details(move), *(("because", text) for text in because)]
    items = (f"- {markdown(': '.join(filter(None, pair)))}" for pair in told)
    return [f"**{markdown(heading(move))}**", "", *items, ""]


def rows_of(changes: Changes, columns: Sequence[str]) -> Iterator[dict]:
    """Yield a row per meta-regression that moved, and one per term of it that moved."""
    for move in changes.regressions:
        names = {"model": move.model, "scope": move.scope}
        names["causes"] = ";".join(map(exact, move.causes))
        own = {"change": f"model_{move.change}", "crossed": ";".join(move.crossed)}
        yield dict.fromkeys(columns, "") | names | own | _numbers(move.before, move.after)
        for term in move.terms:
            own = {"term": term.term, "change": f"term_{term.change}"}
            own["crossed"] = ";".join(term.crossed)
            yield dict.fromkeys(columns, "") | names | own | _numbers(term.before, term.after)


def _numbers(before: Mapping, after: Mapping) -> dict[str, str]:
    """Return the numbers of both sides in the columns of strata: b as the estimate."""
    return {
        f"{name}_{when}": side.get("b" if name == "estimate" else name, "")
        for name in (*NUMBERS, "p_value")
        for when, side in (("before", before), ("after", after))
    }
