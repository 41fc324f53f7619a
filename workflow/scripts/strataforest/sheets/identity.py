"""The content key of a comparison: what it is about, never where it stands."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

KEY_COLUMNS = (
    "study_id",
    "domain",
    "indicator",
    "instrument",
    "timepoint_weeks",
    "metric",
    "arm_treat",
    "arm_control",
)


# A heading of the team's own may hold `=` and `;` itself: an address is what follows the last `=`.
# A value that was decided stands in another sheet: its address is `file!A1` or `file!tab!A1`.
_ADDRESS = re.compile(r"(?:^|;)(.*?)=((?:[^;=]*!)?[A-Z]+\d+)(?=;|$)", re.DOTALL)
_MARKS = {sign: f"%{ord(sign):02X}" for sign in "%;=!"}


def cell_addresses(row: Mapping[str, str]) -> dict[str, str]:
    """Return the address of each filled cell of a harmonised row, by our column's name.

    An A1 address is of the row's own sheet, `file!A1` or `file!tab!A1` of another one.
    """
    return dict(_ADDRESS.findall(row["source_cells"]))


def cell_place(row: Mapping[str, str], address: str) -> tuple[str, str, str]:
    """Return file, tab and A1 address of a cell of a harmonised row, as `cell_addresses` has it."""
    *sheet, cell = address.split("!")
    if not sheet:
        return row["source_file"], row["source_tab"], cell
    file, tab = [*map(unquote, sheet), ""][:2]
    return file, tab, cell


def with_cell(row: Mapping[str, str], column: str, value: str, place: tuple) -> dict[str, str]:
    """Return a harmonised row whose `column` holds `value`, read at `place` (file, tab, A1)."""
    file, tab, address = place
    if (file, tab) != (row["source_file"], row["source_tab"]):
        names = [file, tab] if tab else [file]
        marked = ("".join(_MARKS.get(sign, sign) for sign in name) for name in names)
        address = "!".join([*marked, address])
    cells = cell_addresses(row) | {column: address}
    if not value:
        del cells[column]
    listed = ";".join(f"{name}={cell}" for name, cell in cells.items())
    return dict(row) | {column: value, "source_cells": listed}


def effect_key(row: Mapping[str, str]) -> str:
    """Return the key of a comparison: its study, domain, indicator, ... joined by `|`.

    Empty parts at the end are left out; a `|`, `%` or `#` inside a part is percent-encoded, so two
    different comparisons never share a key.
    """
    parts = [quote(row[name], safe=_PLAIN) for name in KEY_COLUMNS]
    return "|".join(parts).rstrip("|")


def plain_key(text: str) -> str:
    """Return text with the letters that `effect_key` encodes (umlauts, other scripts) in plain.

    A `|`, `%` or `#` stays encoded, so plain keys of two comparisons differ too.
    """
    return _ENCODED.sub(_decoded, text)


def _decoded(match: re.Match) -> str:
    try:
        return unquote(match.group(), errors="strict")
    except UnicodeDecodeError:  # not one of our keys: somebody's own percent signs
        return match.group()


# Runs of bytes beyond ASCII.
_ENCODED = re.compile(r"(?:%[89A-F][0-9A-F])+")
# Everything a reader may meet in a name stays readable; only the key's own marks are encoded.
_PLAIN = "".join(chr(i) for i in range(32, 127) if chr(i) not in "|%#")
