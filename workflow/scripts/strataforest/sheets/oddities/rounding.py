"""What a printed number may have been before it was rounded, and what follows from such ranges."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

# Rounding is of decimals, our arithmetic of doubles: 0.65 - 0.05 must still reach 0.6.
SLACK = 1 + 1e-9


@dataclass(frozen=True)
class Range:
    """All values from `low` to `high`."""

    low: float
    high: float

    def meets(self, other: "Range") -> bool:
        """Return whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high

    def magnitude(self) -> "Range":
        """Return the range of |x|."""
        smallest = max(self.low, -self.high, 0.0)
        return Range(smallest, max(abs(self.low), abs(self.high)))

    def times(self, factor: float) -> "Range":
        """Return the range of factor x, for a factor >= 0."""
        return Range(factor * self.low, factor * self.high)

    def minus(self, other: "Range") -> "Range":
        """Return the range of x - y, each in its own range."""
        return Range(self.low - other.high, self.high - other.low)

    def __str__(self) -> str:
        """Return `0.26`, or `0.25 to 0.28` where both ends differ in two digits."""
        low, high = f"{self.low:.3g}", f"{self.high:.3g}"
        return low if low == high else f"{low} to {high}"


def half_unit(*texts: str) -> float:
    """Return half a unit of the last decimal of the most precisely printed of these numbers.

    A cell has lost the zeros at its end (7.0 is kept as 7), so numbers that a report prints with
    the same decimals are given together. Where all of them end in zeros the result is too large,
    which makes a check milder, never stricter.
    """
    return SLACK * 0.5 * 10.0 ** min(0, *(_exponent(text) for text in texts if text))


@lru_cache(maxsize=100_000)
def _exponent(text: str) -> int:
    return Decimal(text).as_tuple().exponent


def as_printed(row: Mapping[str, str], name: str, *fellows: str) -> Range | None:
    """Return the range of a row's number, or None for an empty cell.

    value -/+ half a unit of its last decimal; `fellows` are columns printed with as many decimals.
    """
    if not row[name]:
        return None
    half = half_unit(row[name], *(row[fellow] for fellow in fellows))
    return Range(float(row[name]) - half, float(row[name]) + half)


# The slips of the keyboard, likeliest first.
SLIPS = ("sign", "decimal point", "order of digits", "digit")


def slip(text: str, wanted: Range) -> tuple[int, float] | None:
    """Return the one slip that leads from a number in `wanted` to `text`, as its place in SLIPS.

    With it, how far that number lies from the middle of `wanted`; None where no single slip does.
    """
    value, middle = float(text), (wanted.low + wanted.high) / 2
    for kind, meant in enumerate(
        ([-value], [value * 10.0**k for k in (-2, -1, 1, 2)], _swapped(text), _changed(text))
    ):
        gaps = [abs(each - middle) for each in meant if wanted.low <= each <= wanted.high]
        if gaps:
            return kind, min(gaps)
    return None


def _swapped(text: str) -> Iterator[float]:
    """Yield the numbers with two neighbouring digits in the other order."""
    places = [i for i, sign in enumerate(text) if sign.isdigit()]
    for i, j in pairwise(places):
        yield float(text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :])


def _changed(text: str) -> Iterator[float]:
    """Yield the numbers with one digit changed."""
    for i, sign in enumerate(text):
        if sign.isdigit():
            yield from (float(text[:i] + digit + text[i + 1 :]) for digit in "0123456789")
