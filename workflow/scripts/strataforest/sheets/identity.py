"""The content key of a comparison: what it is about, never where it stands."""

import re
from collections.abc import Mapping
from urllib.parse import quote

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
_ADDRESS = re.compile(r"(?:^|;)(.*?)=([A-Z]+\d+)(?=;|$)", re.DOTALL)


def cell_addresses(row: Mapping[str, str]) -> dict[str, str]:
    """Return the A1 address of each filled cell of a harmonised row, by our column's name."""
    return dict(_ADDRESS.findall(row["source_cells"]))


def effect_key(row: Mapping[str, str]) -> str:
    """Return the key of a comparison: its study, domain, indicator, ... joined by `|`.

    Empty parts at the end are left out; a `|`, `%` or `#` inside a part is percent-encoded, so two
    different comparisons never share a key.
    """
    parts = [quote(row[name], safe=_PLAIN) for name in KEY_COLUMNS]
    return "|".join(parts).rstrip("|")


# Everything a reader may meet in a name stays readable; only the key's own marks are encoded.
_PLAIN = "".join(chr(i) for i in range(32, 127) if chr(i) not in "|%#")
