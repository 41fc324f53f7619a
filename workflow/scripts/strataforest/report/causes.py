"""Text that a terminal or Markdown shows and nothing else, and causes of a change in such text."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from strataforest.cell_changes import Cause

MOST_CAUSES, MOST_CHARACTERS = 6, 60
ROWS = frozenset({"row added", "row removed"})


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
    sheets = {cause.sheet for cause in causes if cause.what in ROWS}
    whole = [cause for cause in replaced if cause.sheet in sheets]
    gone = {cause.sheet for cause in whole}
    with_them = {"effect added", "effect removed"} if whole else set()
    without = (cause for cause in causes if cause.what not in with_them)
    return [*whole, *(c for c in without if c.what not in ROWS or c.sheet not in gone)]


def shared_out(lengths: Sequence[int], most: int) -> list[int]:
    """Return how many of each list of causes are told: `most` in all, but one of each at least.

    They are dealt out in turn, so that no stratum's many causes leave none to those behind it.
    """
    told = [0] * len(lengths)
    for round_ in range(MOST_CAUSES):
        for i, length in enumerate(lengths):
            if told[i] < length and (not round_ or sum(told) < most):
                told[i] += 1
    return told


def listed(causes: Sequence[Cause], most: int = MOST_CAUSES) -> list[str]:
    """Return causes on a line each, summed up where they are many, and how many more there are."""
    lines = told_within(causes, most)
    more = sum(n for _, n in lines[most:])
    return [text for text, _ in lines[:most]] + ([f"... and {more} more"] if more > 0 else [])


def told_within(causes: Sequence[Cause], most: int) -> list[tuple[str, int]]:
    """Return lines on causes, each with the number of causes in it, in `most` lines if they can be.

    Summed up are, one after the other until there is room: an effect that its row brought or took,
    the cells of one row, the rows of one sheet.
    """
    lines = [(brief(cause), 1) for cause in causes]
    if len(causes) <= most:
        return lines
    kept = _without_effects_of_rows(causes)
    for is_summed in (
        lambda cause: False,
        _is_cell,
        lambda cause: _is_cell(cause) or cause.what in ROWS,
    ):
        lines = [(_summed(group), len(group)) for group in _grouped(kept, is_summed)]
        if len(lines) <= most:
            break
    return lines


def _without_effects_of_rows(causes: Sequence[Cause]) -> list[Cause]:
    """Return causes without the effects that came or went with a row that is among them."""
    rows = {(c.what.removeprefix("row "), c.old, c.new) for c in causes if c.what in ROWS}
    return [
        c
        for c in causes
        if not c.what.startswith("effect ")
        or (c.what.removeprefix("effect "), c.old, c.new) not in rows
    ]


def _is_cell(cause: Cause) -> bool:
    return bool(cause.sheet and cause.address) and cause.what not in ROWS


def _grouped(causes: Sequence[Cause], is_summed: Callable[[Cause], bool]) -> list[list[Cause]]:
    """Return causes in groups, those to be summed up by row (cells) or by sheet (rows)."""
    groups: dict[object, list[Cause]] = {}
    for i, cause in enumerate(causes):
        of = _row(cause.address) if _is_cell(cause) else cause.what
        key = (cause.sheet, of) if is_summed(cause) else i
        groups.setdefault(key, []).append(cause)
    return list(groups.values())


def _row(address: str) -> str:
    return address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _summed(group: Sequence[Cause]) -> str:
    """Return one line on causes of one row or, of whole rows, one sheet."""
    first = group[0]
    if len(group) == 1:
        return brief(first)
    sheet = _short_sheet(first)
    if first.what in ROWS:
        # A row's key begins with its trial.
        trials = dict.fromkeys((c.new or c.old or "").split("|")[0] for c in group)
        did = first.what.removeprefix("row ")
        return f"{len(group)} rows of {sheet} {did}: {plain(', '.join(trials), MOST_CHARACTERS)}"
    columns = plain(", ".join(cause.what for cause in group), MOST_CHARACTERS)
    return f"{len(group)} cells of {sheet} row {_row(first.address)}: {columns}"


def _short_sheet(cause: Cause) -> str:
    return plain("!".join(PurePosixPath(part).name for part in cause.sheet.split("!", 1)))


def brief(cause: Cause) -> str:
    """Return a cause on one short line: the file's name alone, long cells cut."""
    return _told(cause, _short_sheet(cause), lambda text: plain(text, MOST_CHARACTERS))


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
