"""What was found of a claim, in numbers: as many digits as show why it holds or fails."""

from collections.abc import Mapping, Sequence

from strataforest.claims.language import Comparison, Term
from strataforest.tabular import number

# What decides a word on ratios is shown as ratios; a comparison names what it is about itself.
_AS_RATIO = {
    "estimate": "ratio",
    "ci_low": "ratio_ci_low",
    "ci_high": "ratio_ci_high",
    "loo_min": "loo_ratio_min",
    "loo_max": "loo_ratio_max",
}


def numbers_of(terms: Sequence[Term], columns: Mapping[str, str]) -> str:
    """Return the numbers that decide some terms, each with the digits that show why."""
    shown: dict[str, str] = {}
    for term in terms:
        for name in term.needs:
            if not isinstance(term, Comparison) and columns.get("ratio"):
                name = _AS_RATIO.get(name, name)
            shown[name] = max(shown.get(name, ""), _shown(term, columns[name]), key=len)
    return ", ".join(f"{name} = {text}" for name, text in shown.items())


def ranges(terms: Sequence[Term], columns: Sequence[Mapping[str, str]]) -> str:
    """Return from where to where the numbers of some terms reach in several results."""
    told = []
    for term in terms:
        if isinstance(term, Comparison):
            values = sorted((row[term.quantity] for row in columns), key=number)
            low, high = (_shown(term, value) for value in (values[0], values[-1]))
            told.append(
                f"{term.quantity} from {low} to {high}"
                if low != high
                else f"{term.quantity} = {low}"
            )
    return "".join(f"; {text}" for text in dict.fromkeys(told))


def _shown(term: Term, text: str) -> str:
    """Return a number with three digits, or as many as it takes to compare as the number does."""
    try:
        value = float(text)
    except ValueError:
        return text
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    for digits in range(3, 17):
        short = f"{value:#.{digits}g}".rstrip(".")
        if "e+" in short:
            continue
        if not isinstance(term, Comparison):
            return short
        if term.holds({term.quantity: short}) == term.holds({term.quantity: text}):
            return short
    return text
