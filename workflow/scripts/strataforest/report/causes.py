"""Text that a terminal or Markdown shows and nothing else, and causes of a change in such text."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from strataforest.cell_changes import Cause

MOST_CAUSES, MOST_CHARACTERS = 6, 60


def plain(text: str, most: int | None = None) -> str:
    """Return text on one line, without what a terminal would act on, cut if it is long."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if most is None or len(text) <= most else text[: most - 1] + "…"


def markdown(text: str) -> str:
    """Return text as Markdown that shows it and nothing else, also in a cell of a table."""
    escaped = re.sub(r"(^[>+-]|[\\`*_\[\]|~#])", r"\\\1", plain(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def shortly(causes: Sequence[Cause], replaced: Sequence[Cause]) -> list[Cause]:
    """Return causes with one for each sheet whose rows were all replaced, in place of its rows.

    The effects that came and went with such rows are left out too.
    """
    rows = {"row added", "row removed"}
    sheets = {cause.sheet for cause in causes if cause.what in rows}
    whole = [cause for cause in replaced if cause.sheet in sheets]
    gone = {cause.sheet for cause in whole}
    with_them = {"effect added", "effect removed"} if whole else set()
    without = (cause for cause in causes if cause.what not in with_them)
    return [*whole, *(c for c in without if c.what not in rows or c.sheet not in gone)]


def shared_out(lengths: Sequence[int], most: int) -> list[int]:
    """Return how many of each list of causes are told, `most` in all."""
    told = []
    for length in lengths:
        told.append(min(length, MOST_CAUSES, most - sum(told)))
    return told


def listed(causes: Sequence[Cause], most: int = MOST_CAUSES) -> list[str]:
    """Return the first causes on a line each, and how many more there are."""
    told = [brief(cause) for cause in causes[:most]]
    more = len(causes) - most
    return told + ([f"... and {more} more"] if more > 0 else [])


def brief(cause: Cause) -> str:
    """Return a cause on one short line: the file's name alone, long cells cut."""
    sheet = "!".join(PurePosixPath(part).name for part in cause.sheet.split("!", 1))
    return _told(cause, plain(sheet), lambda text: plain(text, MOST_CHARACTERS))


def exact(cause: Cause) -> str:
    """Return a cause in full; `;` `%` and line breaks in it are percent-encoded: `;` joins them."""
    return _told(cause, _encoded(cause.sheet), _encoded)


def _encoded(text: str) -> str:
    return "".join(c if c.isprintable() and c not in ";%" else quote(c) for c in text)


def _told(cause: Cause, sheet: str, show: Callable[[str], str]) -> str:
    place = "!".join(filter(None, (sheet, cause.address))) + " " if sheet else ""
    place += f"(was {cause.was}) " if cause.was else ""
    sides = [show(side) or "empty" for side in (cause.old, cause.new) if side is not None]
    what = show(cause.what) + (":" if sides else "")
    return place + " ".join([what, *([" -> ".join(sides)] if sides else [])])
