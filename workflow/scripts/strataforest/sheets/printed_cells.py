"""Numbers as they were printed: their digits stay, for the last one says how they were rounded."""

import re
from decimal import Decimal

from strataforest.sheets.column import Unreadable

PRINTED = frozenset({"printed", "printed_p"})
# What tables print where nothing could be estimated.
NOT_ESTIMABLE = frozenset({"ne", "not estimable"})
LARGEST, SMALLEST = Decimal("1e12"), Decimal("1e-30")
# What typesetters and word processors make of a minus sign.
MINUS = str.maketrans(dict.fromkeys("−–‐‑﹣－", "-"))
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_P_VALUE = re.compile(r"[pP]?\s*([<>≤≥=]?)\s*(.+)", re.DOTALL)


def printed_number(text: str, decimal: str = ".", *, is_share: bool = False) -> str:
    """Return a printed number with all its digits, a point and a plain minus sign.

    A percent sign is left out (85.2% is 85.2); `is_share` marks a spreadsheet's percent cell, which
    holds 0.852. Raises Unreadable.
    """
    plain = text.translate(MINUS).strip()
    if plain.endswith("%"):
        plain, is_share = plain[:-1].rstrip(), False
    if decimal == ",":
        if "." in plain:
            raise Unreadable("a number with a decimal comma and no points")
        plain = plain.replace(",", ".")
    elif re.fullmatch(r"[-+]?\d*,\d+", plain):
        raise Unreadable("a number with a decimal point (or `decimal: ','` for this sheet)")
    if not _NUMBER.fullmatch(plain):
        raise Unreadable("one number as printed", _several(plain))
    value = Decimal(plain)
    if abs(value) > LARGEST or (value and abs(value) < SMALLEST) or value.as_tuple().exponent < -60:
        raise Unreadable("a number of ordinary size")
    return f"{value.scaleb(2) if is_share else value:f}"


def printed_p(text: str, decimal: str = ".") -> str:
    """Return a printed p with all its digits: `0.030`, `<0.001` or `>0.05`. Raises Unreadable."""
    sign, digits = _P_VALUE.fullmatch(text.strip()).groups()
    if digits.endswith("%"):
        raise Unreadable("a p value from 0 to 1, without a percent sign")
    value = printed_number(digits, decimal)
    if value.startswith("-") or Decimal(value) > 1 or (sign in ("<", "≤") and not Decimal(value)):
        raise Unreadable("a p value from 0 to 1, or a bound such as <0.001")
    return {"≤": "<", "≥": ">", "=": ""}.get(sign, sign) + value


def _several(text: str) -> str:
    """Return how to mend a cell that holds more than one number."""
    found = re.findall(r"\d+(?:\.\d+)?", text)
    return "put each limit of an interval into its own column" if len(found) > 1 else ""
