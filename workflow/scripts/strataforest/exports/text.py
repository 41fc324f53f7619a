"""Text of a stranger's as it may stand in a script: nothing in it can become a command."""

import math

# Quotes, macros, SMCL braces, escapes, comments: what means something to Stata inside a string.
_STATA_OTHERS = " .,;:()[]+-_&%#@!?=<>|"
STATA_NAME = 32  # characters of a variable's name
STATA_TEXT = 80  # characters of a label that a forest plot has room for


def number(value: float | str | None, missing: str, infinite: str) -> str:
    """Return a number of a fit as R and Stata read it back unchanged; JSON has Inf as text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return missing
    value = float(value)
    if math.isinf(value):
        return infinite if value > 0 else f"-{infinite}"
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def r_number(value: float | str | None) -> str:
    """Return a number for R."""
    return number(value, "NA", "Inf")


def stata_number(value: float | str | None) -> str:
    """Return a number for Stata, `.` where there is none."""
    return number(value, ".", ".")


def one_line(text: str) -> str:
    """Return text for a comment: whatever could end the line is a blank."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def stata_text(text: str, longest: int = STATA_TEXT) -> str:
    """Return text for a string of Stata's: letters, digits and harmless signs, `_` for the rest.

    Stata expands macros (` and $) inside strings, and a quote cannot be escaped in data.
    """
    kept = (c if c.isalnum() or c in _STATA_OTHERS else "_" for c in one_line(text))
    return "".join(kept)[:longest].strip()


def stata_names(names: list[str]) -> dict[str, str]:
    """Return a variable's name for each heading: ASCII, unlike each other and any word of Stata."""
    found: dict[str, str] = {}
    for name in names:
        plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        plain = f"m_{plain}"[: STATA_NAME - 4]
        same = sum(other.lower().startswith(plain.lower()) for other in found.values())
        found[name] = f"{plain}_{same + 1}" if same else plain
    return found
