"""The language of claims: `estimate > 0.5 and no loo_reversal`, read by hand and never executed."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from strataforest.errors import nearest

LONGEST = 1000  # characters of a condition
MOST_DIGITS = 20
MAX_NUMBER = Decimal(10) ** 12
MIN_NUMBER = Decimal(10) ** -300
SIGNS = ("<", "<=", "=", "!=", ">=", ">")
# How people write a sign, as NFKC leaves it.
_SPELLINGS = {"≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "==": "="}
_COMPARISON = re.compile(r"([^<>=!≤≥≠⩽⩾]*)([<>=!≤≥≠⩽⩾]+)([^<>=!≤≥≠⩽⩾]*)")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_AND = re.compile(r"\band\b", re.IGNORECASE)


class NotUnderstood(ValueError):
    """A condition outside the language: what was seen, what is `expected`, and how to `mend` it."""

    def __init__(self, seen: str, expected: str, mend: str = "") -> None:
        self.expected, self.mend = expected, mend
        super().__init__(seen)


@dataclass(frozen=True)
class Comparison:
    """A quantity held against a number, as `i2 <= 50`; `number` has the digits it was written with.

    `=` holds where the quantity, rounded to the digits of the number, is that number: a manuscript
    prints 0.70 for 0.70027. `!=` is its contrary; all other signs compare exactly.
    """

    quantity: str
    sign: str
    number: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The quantities that decide it."""
        return (self.quantity,)

    def holds(self, numbers: Mapping[str, str]) -> bool | None:
        """Return whether it holds; None where there is no such number."""
        value = numbers.get(self.quantity, "")
        return _compare(Decimal(value), self.sign, Decimal(self.number)) if value else None

    def __str__(self) -> str:
        """Return it as it would be typed."""
        return f"{self.quantity} {self.sign} {self.number}"


@dataclass(frozen=True)
class Word:
    """A word that holds of a result or does not, as `no loo_reversal`; `needs` decide it."""

    name: str
    is_denied: bool
    needs: tuple[str, ...]

    def __str__(self) -> str:
        """Return it as it would be typed."""
        return f"{'not ' if self.is_denied else ''}{self.name}"


Term = Comparison | Word


def parse(
    text: str, quantities: Collection[str], words: Mapping[str, tuple[str, ...]]
) -> tuple[Term, ...]:
    """Return the terms of a condition, all of which must hold.

    condition = term {"and" term}; term = quantity sign number | ["not" | "no"] word. `quantities`
    are the names of numbers, `words` the words with the quantities that decide each. Case, blanks
    for underscores, and i² for i2 make no difference. Raises NotUnderstood for anything else.
    """
    if len(text) > LONGEST:
        seen = f"the condition has {len(text):,} characters"
        raise NotUnderstood(seen, f"at most {LONGEST:,}", "make several claims of it")
    parts = _AND.split(unicodedata.normalize("NFKC", text))
    return tuple(_term(part.strip(), quantities, words) for part in parts)


def _term(text: str, quantities: Collection[str], words: Mapping[str, tuple[str, ...]]) -> Term:
    example = "terms such as 'estimate > 0.5' or 'significant', joined by 'and'"
    if not text:
        raise NotUnderstood("a term is empty", example)
    if not any(sign in text for sign in "<>=!≤≥≠⩽⩾"):
        return _word(text, quantities, words)
    match = _COMPARISON.fullmatch(text)
    if not match:
        mend = "make two terms of it, as 'estimate > 0.2 and estimate < 0.8'"
        raise NotUnderstood(f"'{_cut(text)}' compares several times", "one sign per term", mend)
    name, sign, number = (part.strip() for part in match.groups())
    sign = _SPELLINGS.get(sign, sign)
    if sign not in SIGNS:
        raise NotUnderstood(f"the sign '{_cut(sign)}' is unknown", f"one of {' '.join(SIGNS)}")
    if _NUMBER.fullmatch(_plain(name)):
        mend = "turn it round, as 'k >= 3' for '3 <= k'"
        raise NotUnderstood(f"'{_cut(text)}' begins with a number", "the quantity first", mend)
    if name.lower().startswith(("not ", "no ")):
        mend = "turn the sign round, as 'k >= 3' for 'not k < 3'"
        raise NotUnderstood(f"'{_cut(text)}' denies a comparison", "a sign alone", mend)
    quantity = _folded(name)
    if quantity not in quantities:
        raise _unknown(name, quantity, quantities, words)
    return Comparison(quantity, sign, _number(number))


def _word(text: str, quantities: Collection[str], words: Mapping[str, tuple[str, ...]]) -> Word:
    first, *rest = text.split()
    is_denied = first.lower() in ("not", "no") and bool(rest)
    name = " ".join(rest) if is_denied else text
    folded = _folded(name)
    if folded not in words:
        if folded in quantities:
            mend = f"add what it is held against, as '{folded} > 0'"
            raise NotUnderstood(f"'{_cut(name)}' is a number", "a sign and a number", mend)
        raise _unknown(name, folded, quantities, words)
    return Word(folded, is_denied, words[folded])


def _unknown(
    name: str, folded: str, quantities: Collection[str], words: Collection[str]
) -> NotUnderstood:
    known = (*quantities, *words)
    mend = nearest(folded, known) or f"known are {', '.join(known)}"
    return NotUnderstood(
        f"'{_cut(name)}' is unknown", "what a claim can ask for, joined by 'and'", mend
    )


def _number(text: str) -> str:
    plain = _plain(text)
    if _NUMBER.fullmatch(plain) and len(plain) <= MOST_DIGITS:
        value = abs(Decimal(plain))
        if not value or MIN_NUMBER <= value <= MAX_NUMBER:
            return plain
        raise NotUnderstood(f"'{_cut(text)}' is out of range", "a number of ordinary size")
    mend = ""
    if re.fullmatch(r"[-+]?\d+(,\d+)+", plain, re.ASCII):
        mend = f"write {plain.replace(',', '.', 1)}"
        if re.fullmatch(r"[-+]?[1-9]\d{0,2}(,\d{3})+", plain, re.ASCII):
            mend = f"write {plain.replace(',', '')}, or a point where the comma is a decimal one"
    elif plain.endswith("%") and _NUMBER.fullmatch(plain[:-1].rstrip()):
        mend = "leave out the %: i2 and r2 are percentages as they are, p_value is not"
    raise NotUnderstood(f"'{_cut(text)}' is no number", "a number with a decimal point", mend)


def _compare(value: Decimal, sign: str, number: Decimal) -> bool:
    if sign in ("=", "!="):
        # Half a unit of the last digit that was written, on either side.
        half = Decimal(5).scaleb(min(number.as_tuple().exponent, 0) - 1)
        return (abs(value - number) <= half) == (sign == "=")
    if sign in ("<", "<="):
        return value < number or (value == number and sign == "<=")
    return value > number or (value == number and sign == ">=")


def _folded(name: str) -> str:
    return "_".join(name.lower().replace("τ", "tau").split())


def _plain(text: str) -> str:
    return text.replace("−", "-")


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
