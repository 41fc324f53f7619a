"""Which of our strata a printed row is about, by its analysis and groups."""

import re
from collections.abc import Sequence

from strataforest.audit.entry import Entry
from strataforest.tabular import Row


def matching_strata(given: Sequence[Entry], pooled: Sequence[Row]) -> dict[int, Row]:
    """Return our row of each entry's stratum by the entry's order; none where there is no such."""
    strata = _by_name(given, pooled)
    found = {}
    for entry in given:
        key = _key(entry)
        stratum = strata.get(key) or strata.get(("", *key[1:]))
        if stratum and not entry.text("quantity"):
            found[entry.order] = stratum
    return found


def _by_name(given: Sequence[Entry], pooled: Sequence[Row]) -> dict[tuple, Row]:
    """Return our strata by analysis and groups, also without analysis where groups are unique."""
    found: dict[tuple, Row] = {}
    twice = set()
    names = [name for name, _ in given[0].groups] if given else []
    for row in pooled:
        groups = tuple(_folded(row.get(name) or "") for name in names)
        found[(_folded(row["analysis"]), *groups)] = row
        if ("", *groups) in found:
            twice.add(("", *groups))
        found[("", *groups)] = row
    return {key: row for key, row in found.items() if key not in twice}


def _key(entry: Entry) -> tuple[str, ...]:
    return (_folded(entry.analysis), *(_folded(value) for _, value in entry.groups))


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
