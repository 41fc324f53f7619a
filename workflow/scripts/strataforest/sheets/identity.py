"""The content key of a comparison: what it is about, never where it stands."""

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


def effect_key(row: Mapping[str, str]) -> str:
    """Return the key of a comparison: its study, domain, indicator, ... joined by `|`.

    Empty parts at the end are left out; a `|`, `%` or `#` inside a part is percent-encoded, so two
    different comparisons never share a key.
    """
    parts = [quote(row[name], safe=_PLAIN) for name in KEY_COLUMNS]
    return "|".join(parts).rstrip("|")


# Everything a reader may meet in a name stays readable; only the key's own marks are encoded.
_PLAIN = "".join(chr(i) for i in range(32, 127) if chr(i) not in "|%#")
