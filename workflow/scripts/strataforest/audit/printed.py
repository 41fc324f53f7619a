"""A number as printed: every unrounded number that prints so, as an interval."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

# Programs round decimals, we compute in doubles: 0.65 - 0.05 must still reach 0.6.
SLACK = 1 + 1e-7
MOST_EXPONENT = 99
INFINITY = math.inf
_BOUND = re.compile(r"\s*(?:[pP]\s*)?([<>≤≥=]?)\s*(.*?)\s*%?\s*", re.DOTALL)
_MINUS = str.maketrans("−–‐‑﹣－", "------")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?\d+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, both ends included."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The middle; the finite end where the other is infinite."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.low) else self.low
        return (self.low + self.high) / 2

    def meets(self, other: "Interval") -> bool:
        """Return whether some number lies in both."""
        return self.low <= other.high and other.low <= self.high

    def holds(self, value: float) -> bool:
        """Return whether the interval holds `value`."""
        return self.low <= value <= self.high

    def cut(self, other: "Interval") -> "Interval | None":
        """Return what both have in common, or None."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else None

    def hull(self, other: "Interval") -> "Interval":
        """Return the least interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def log(self) -> "Interval":
        """Return the range of ln x: -inf from 0 down."""
        return Interval(*(math.log(x) if x > 0 else -INFINITY for x in (self.low, self.high)))

    def exp(self) -> "Interval":
        """Return the range of exp x."""
        return Interval(*(math.exp(min(x, 700.0)) for x in (self.low, self.high)))


@lru_cache(maxsize=100_000)
def printed(text: str, decimals: int | None = None) -> Interval | None:
    """Return all numbers that print as `text`: half a unit of the last digit on both sides.

    `decimals` is how many decimals were printed, where a spreadsheet has dropped zeros at the end;
    digits that `text` has beyond them count. `<0.001` is 0 to 0.001 and `>0.99` from 0.99 up. None
    for an empty cell and for text that is no number (NE, a dash).
    """
    sign, digits = _BOUND.fullmatch(text.translate(_MINUS)).groups()
    if "," in digits and "." not in digits:
        digits = digits.replace(",", ".")
    found = _NUMBER.fullmatch(digits)
    if not found or abs(int(found[3] or 0)) > MOST_EXPONENT:
        return None
    value = float(digits)
    if sign in ("<", "≤"):
        return Interval(min(0.0, value), value)
    if sign in (">", "≥"):
        return Interval(value, INFINITY)
    places = len(found[1] or found[2] or "") - int(found[3] or 0)
    half = SLACK * 0.5 * 10.0 ** -max(places, decimals if decimals is not None else places)
    return Interval(value - half, value + half)


def decimals_of(text: str) -> int:
    """Return how many decimals a number was printed with; 0 for a whole number."""
    found = _NUMBER.fullmatch(_BOUND.fullmatch(text.translate(_MINUS))[2].replace(",", "."))
    return max(0, len(found[1] or found[2] or "") - int(found[3] or 0)) if found else 0


def shown(value: float, decimals: int) -> str:
    """Return `value` as print has it: so many decimals, a plain minus sign, no minus zero."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
