"""Numbers become text here, and nowhere else: tables, figures and the report all read the same."""

import math
from collections.abc import Iterable
from typing import Literal

MINUS = "\u2212"
MISSING = "\u2014"
NOT_ESTIMABLE = "NE"
INFINITY = "\u221e"

_GROUP = "\u202f"  # narrow no-break space: never a comma, which half of the readers take as decimal
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b⁰¹²³⁴⁵⁶⁷⁸⁹")
_SCIENTIFIC_FROM = 1e6
_MOST_DECIMALS = 6
_MOST_EXTRA = 4  # decimals that one end of an interval may get to keep off the line of no effect


def is_missing(x: float | None) -> bool:
    """Whether `x` is None or NaN."""
    return x is None or math.isnan(x)


def significant(x: float | None, digits: int = 2, missing: str = MISSING) -> str:
    """`x` to that many significant digits: "0.00042", "0.52", "1.2×10⁻⁹", "1.23×10⁶".

    Digits before the decimal sign are never rounded away below a million.
    Raises ValueError when `digits` is below 1.
    """
    if digits < 1:
        raise ValueError(f"significant digits must be at least 1, not {digits}")
    special = _special(x, missing)
    if special is not None:
        return special
    if x == 0:
        return "0"
    mantissa, exponent_text = f"{abs(x):.{digits - 1}e}".split("e")
    exponent = int(exponent_text)
    if -5 < exponent < 6:
        return _signed(x, f"{abs(x):.{max(digits - 1 - exponent, 0)}f}")
    return _signed(x, f"{mantissa}×10{str(exponent).translate(_SUPERSCRIPTS)}")


def fixed(
    x: float | None,
    digits: int = 2,
    missing: str = MISSING,
    tiny: Literal["zero", "significant"] = "zero",
) -> str:
    """`x` with that many decimals and a real minus sign; never a negative zero.

    Large values lose decimals rather than grow (12345.67 -> "12345.7"); from a million they are
    written with a power of ten. `tiny` says what becomes of a value that is not zero and would
    print as one: "zero" prints "0.00" (right for an estimate beside its interval), "significant"
    prints its first digit, "0.004" (right for a ratio or a variance, where zero would be a claim).
    Raises ValueError when `digits` is negative.
    """
    if digits < 0:
        raise ValueError(f"decimals must not be negative, not {digits}")
    special = _special(x, missing)
    if special is not None:
        return special
    size = abs(x)
    if size >= _SCIENTIFIC_FROM:
        return significant(x, 3)
    text = f"{size:.{digits}f}"
    if float(text) == 0:
        return significant(x, 1) if tiny == "significant" and size > 0 else text
    room = max(6, digits + 3) - len(text.split(".")[0])
    if room < digits:
        text = f"{size:.{max(room, 0)}f}"
    return _signed(x, text)


def decimals_for(
    intervals: Iterable[tuple[float | None, float | None]], least: int = 2, most: int = 12
) -> int:
    """The decimals with which a column of intervals still shows their typical width.

    Two for the usual standardised effects; more when every interval is narrower than 0.03.
    Intervals with a missing or infinite end are passed over; without any left it is `least`.
    """
    widths = sorted(
        high - low
        for low, high in intervals
        if not is_missing(low) and not is_missing(high) and 0 < high - low < math.inf
    )
    if not widths:
        return least
    wanted = math.ceil(0.5 - math.log10(widths[(len(widths) - 1) // 2]))
    return min(max(least, wanted), most)


def effect_texts(
    estimate: float | None,
    low: float | None,
    high: float | None,
    digits: int = 2,
    ratio: bool = False,
    missing: str = MISSING,
) -> tuple[str, str, str]:
    """An estimate and both ends of its interval as text; `ratio` for those whose null is 1.

    All three have at least `digits` decimals, and more when the interval is narrow (see
    `decimals_for`). An end that would round onto the null, as which it would be read, gets up to
    four more of its own: "0.17", "-0.001", "0.35"; nearer than that it prints as the null.
    """
    digits = decimals_for([(low, high)], digits, _MOST_DECIMALS if ratio else 12)
    centre = _cell(estimate, digits, missing, ratio)
    low_text, high_text = (_end(v, digits, missing, ratio) for v in (low, high))
    if low_text == high_text and not is_missing(low) and low != high:
        return _told_apart(estimate, low, high, missing)
    return centre, low_text, high_text


def interval(
    low: float | None,
    high: float | None,
    digits: int = 2,
    form: Literal["text", "column"] = "text",
    missing: str = MISSING,
    ratio: bool = False,
) -> str:
    """An interval for running text, "0.12 to 0.45", or for a column, "[0.12, 0.45]".

    Its ends are those of `effect_texts`. Missing altogether (both ends) it is `missing` alone.
    """
    if is_missing(low) and is_missing(high):
        return missing
    _, low_text, high_text = effect_texts(None, low, high, digits, ratio, missing)
    return f"[{low_text}, {high_text}]" if form == "column" else f"{low_text} to {high_text}"


def estimate_cells(
    estimate: float | None,
    low: float | None,
    high: float | None,
    digits: int = 2,
    ratio: bool = False,
    missing: str = NOT_ESTIMABLE,
) -> tuple[str, str, str]:
    """An estimate with its interval in three pieces that line up: ("0.52", "[0.31,", "0.73]").

    With `ratio` the values are logarithms and are printed as ratios, which never print as zero.
    An end that would round onto the null gets more decimals, as in `effect_texts`, and so do all
    three where the estimate would read as one of its ends; the column's `digits` hold for the rest.
    Without an interval the pieces for it are empty.
    """
    if ratio:
        low, estimate, high = (exponential(v) for v in (low, estimate, high))
    centre = _cell(estimate, digits, missing, ratio)
    if is_missing(low) and is_missing(high):
        return centre, "", ""
    low_text, high_text = (_end(v, digits, MISSING, ratio) for v in (low, high))
    if centre in (low_text, high_text):
        centre, low_text, high_text = effect_texts(estimate, low, high, digits, ratio, MISSING)
    return centre, f"[{low_text},", f"{high_text}]"


def exponential(x: float | None) -> float | None:
    """exp(x), with None kept and overflow as infinity."""
    if x is None:
        return None
    return math.inf if x > 709 else math.exp(x)


def p_value(p: float | None, missing: str = MISSING) -> str:
    """A p value as journals print it: "p = 0.034", "p < 0.001", "p > 0.999".

    Raises ValueError outside 0 to 1.
    """
    if is_missing(p):
        return missing
    if not 0 <= p <= 1:
        raise ValueError(f"a p value lies between 0 and 1, not at {p}")
    if p < 0.001:
        return "p < 0.001"
    return "p > 0.999" if p > 0.999 else f"p = {p:.3f}"


def bare_p(p: float | None, missing: str = MISSING) -> str:
    """A p value for a column headed P: "0.034", "< 0.001"."""
    return p_value(p, missing).removeprefix("p ").removeprefix("= ")


def variance(x: float | None, missing: str = MISSING) -> str:
    """A variance between trials (tau²): three decimals, and zero only where it is zero."""
    return fixed(x, 3, missing, tiny="significant")


def statistic(x: float | None, missing: str = MISSING) -> str:
    """A test statistic, its standard error or a change: two decimals, zero only where it is."""
    return fixed(x, 2, missing, tiny="significant")


def coefficient_texts(
    b: float | None, low: float | None, high: float | None, missing: str = MISSING
) -> tuple[str, str, str]:
    """A regression's coefficient and both ends of its interval: three decimals or, narrow, more."""
    return effect_texts(b, low, high, 3, missing=missing)


def percent(x: float | None, digits: int = 0, missing: str = MISSING) -> str:
    """A value already in percent (0 to 100): "78%", "12.3%"."""
    text = fixed(x, digits, missing)
    return text if text == missing else f"{text}%"


def count(n: float | None, missing: str = MISSING) -> str:
    """A number of people or studies: "450", "4500", "12 345" (narrow space from five digits).

    A count that is not whole (an effective sample size) is rounded.
    """
    special = _special(n, missing)
    if special is not None:
        return special
    whole = round(n)
    text = f"{abs(whole):,}".replace(",", _GROUP) if abs(whole) >= 10_000 else str(abs(whole))
    return _signed(whole, text)


def tick(x: float, digits: int) -> str:
    """An axis tick: fixed decimals, or a bare power of ten where those would be long."""
    size = abs(x)
    if not size and digits > 4:
        return "0"
    if size and (digits > 4 or not 1e-4 <= size < 1e5):
        exponent = math.floor(math.log10(size) + 1e-9)
        mantissa = f"{size / 10.0**exponent:.6g}"
        power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
        return _signed(x, power if mantissa == "1" else f"{mantissa}×{power}")
    return _signed(x, f"{size:.{digits}f}")


def _cell(x: float | None, digits: int, missing: str, ratio: bool) -> str:
    if digits > _MOST_DECIMALS:
        return significant(x, 3, missing)
    return fixed(x, digits, missing, tiny="significant" if ratio else "zero")


def _end(x: float | None, digits: int, missing: str, ratio: bool) -> str:
    """One end of an interval: as `_cell`, but as the null only what is the null."""
    text, null = _cell(x, digits, missing, ratio), 1.0 if ratio else 0.0
    if is_missing(x) or x == null or text != fixed(null, digits):
        return text
    longer = ((fixed(x, n), fixed(null, n)) for n in range(digits + 1, digits + _MOST_EXTRA + 1))
    return next((one for one, other in longer if one != other), text)


def _told_apart(
    estimate: float | None, low: float, high: float, missing: str
) -> tuple[str, str, str]:
    """All three with as many significant digits as tell the two unequal ends apart."""
    texts = ([significant(x, n, missing) for x in (estimate, low, high)] for n in range(3, 18))
    return next((centre, one, two) for centre, one, two in texts if one != two)


def _special(x: float | None, missing: str) -> str | None:
    if is_missing(x):
        return missing
    if math.isinf(x):
        return INFINITY if x > 0 else MINUS + INFINITY
    return None


def _signed(x: float, text: str) -> str:
    return MINUS + text if x < 0 and any(c in "123456789" for c in text) else text
