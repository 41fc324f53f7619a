"""File-safe names for strata: no platform or domain name can leave its folder."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence

MAX_SLUG = 60


def slug(name: str) -> str:
    """Return a file-safe form of `name`: only a-z, 0-9 and single `_`.

    Accents are dropped; a name with letters of another script gets a digest of the whole name, so
    that two such names differ; a long name is cut and gets a digest too.
    """
    plain = unicodedata.normalize("NFKD", name)
    foreign = any(c.isalnum() and not c.isascii() for c in plain)
    text = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower()).strip("_")
    if foreign or not text or len(text) > MAX_SLUG:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        text = "_".join(part for part in (text[: MAX_SLUG - 9].rstrip("_"), digest) if part)
    return text


def stratum_name(values: Sequence[str]) -> str:
    """Return the name of a stratum with these grouping values: their slugs joined by `__`."""
    return "__".join(slug(value) for value in values)


def slug_clashes(values: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of different values that share a slug."""
    seen: dict[str, str] = {}
    clashes = []
    for value in sorted(set(values)):
        other = seen.setdefault(slug(value), value)
        if other != value:
            clashes.append((other, value))
    return clashes


def scope_name(scope: Mapping[str, str]) -> str:
    """Return what a regression's scope is called: its domain, or overall_smd of a measure."""
    return scope["domain"] or f"overall_{scope['measure'].lower()}"
