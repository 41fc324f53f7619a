"""What a printed number may have been before it was rounded, and what follows from such ranges."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

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
    exponents = [Decimal(text).as_tuple().exponent for text in texts if text]
    return SLACK * 0.5 * 10.0 ** min(0, *exponents)


def as_printed(row: Mapping[str, str], name: str, *fellows: str) -> Range | None:
    """Return the range of a row's number, or None for an empty cell.

    value -/+ half a unit of its last decimal; `fellows` are columns printed with as many decimals.
    """
    if not row[name]:
        return None
    half = half_unit(row[name], *(row[fellow] for fellow in fellows))
    return Range(float(row[name]) - half, float(row[name]) + half)
