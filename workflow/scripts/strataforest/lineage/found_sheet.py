"""The sheet that a user names, with what was read of it and what was decided in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from strataforest.errors import ReviewError, nearest
from strataforest.lineage.results import SHEETS, Results, mistake
from strataforest.sheets.addresses import row_numbers
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.tabular import Row

_TAB = re.compile(r"(.+?)\s*\[(.*)\]", re.DOTALL)
Known = Mapping[tuple[str, str], "FoundSheet"]


@dataclass(frozen=True)
class FoundSheet:
    """A tab with the harmonised rows made of it, each with its kind; kinds may share a tab.

    `decided` are (address, kind, row, column) of values that stand here and were decided to be
    those of rows of other sheets.
    """

    file: str
    tab: str
    rows: list[tuple[str, Row]] = field(default_factory=list)
    decided: list[tuple[str, str, Row, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a user may name it."""
        return f"{self.file}!{self.tab}" if self.tab else self.file

    def columns(self) -> dict[str, list[str]]:
        """Return our names of each column that any row fills, by its letters."""
        found: dict[str, dict[str, None]] = {}
        for _, row in self.rows:
            for column, address in own_addresses(row).items():
                found.setdefault(address.rstrip("0123456789"), {})[column] = None
        return {letters: list(names) for letters, names in found.items()}

    def holders(self, address: str, number: int) -> list[tuple[str, Row]]:
        """Return the rows that read a cell, or else those that its row belongs to."""
        reading = [held for held in self.rows if address in cell_addresses(held[1]).values()]
        return reading or [held for held in self.rows if number in row_numbers(held[1])]


def own_addresses(row: Row) -> dict[str, str]:
    """Return the cells of a row that stand in its own sheet, by our column's name."""
    return {name: cell for name, cell in cell_addresses(row).items() if "!" not in cell}


def find_sheet(results: Results, name: str) -> FoundSheet:
    """Return the sheet of this path, path's end or file name, with an optional tab, or of this tab.

    Raises ReviewError where there is none, or several.
    """
    known = _known(results)
    for file, tab in _readings(name):
        found = [known[key] for key in known if _is_file(key[0], file) and tab in {None, key[1]}]
        if found:
            return _only(name, found, "is the name of several sheets")
    bare = name.strip("'")
    found = [sheet for (_, tab), sheet in known.items() if tab and tab == bare]
    if found:
        return _only(name, found, "is a tab of several files")
    raise _unknown(known, name)


def _known(results: Results) -> Known:
    """Return the sheets that these results were made from, by file and tab."""
    known: dict[tuple[str, str], FoundSheet] = {}
    for kind, path in SHEETS.items():
        for row in results.rows(path):
            key = row["source_file"], row["source_tab"]
            known.setdefault(key, FoundSheet(*key)).rows.append((kind, row))
            for column, place in cell_addresses(row).items() if "!" in row["source_cells"] else ():
                *key, cell = cell_place(row, place)
                if "!" in place:
                    sheet = known.setdefault(tuple(key), FoundSheet(*key))
                    sheet.decided.append((cell, kind, row, column))
    return known


def _only(name: str, found: list[FoundSheet], words: str) -> FoundSheet:
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"'{sheet.name}'" for sheet in found)
    raise mistake(name, words, f"name one of {listed}, as in '{found[0].name}!A1'")


def _unknown(known: Known, name: str) -> ReviewError:
    files = list(dict.fromkeys(Path(file).name for file, _ in known))
    tabs = {tab: f"{Path(file).name}!{tab}" for file, tab in known if tab}
    near = nearest(Path(name).name, [*files, *tabs, *tabs.values()])
    mend = near or f"the review reads {', '.join(files)}"
    if tabs:
        mend += (
            f"; a cell of a tab is named file!tab!cell, such as '{next(iter(tabs.values()))}!A1'"
        )
    return mistake(name, "is no sheet that these results were made from", mend)


def _readings(name: str) -> Iterator[tuple[str, str | None]]:
    """Yield the ways to read a name as file and tab; a tab of None may be any."""
    yield name, None
    match = _TAB.fullmatch(name)
    if match:
        yield match.group(1), match.group(2)
    file, mark, tab = name.rpartition("!")
    if mark:
        yield file, tab


def _is_file(path: str, name: str) -> bool:
    name = name.replace("\\", "/").removeprefix("./")
    return path == name or path.endswith(f"/{name}") or name.endswith(f"/{path}")
