"""Which tab of a workbook holds a sheet, and what was found of a sheet rather than declared."""

from collections.abc import Iterator, Mapping, Sequence

from strataforest.errors import Problem, ReviewError
from strataforest.sheets.addresses import problem_in
from strataforest.sheets.columns import Column
from strataforest.sheets.grid import Grid, cell_name
from strataforest.sheets.headings import Headings, declared_rows, find_headings, fold, headings_at
from strataforest.sheets.mapping import wanted_names

# What every program writes goes without saying.
PLAIN = (("encoding", "utf-8"), ("delimiter", ","), ("decimal", "."))
NAMES = {"decimal": "decimal sign", "\t": "tab"}


def chosen_tab(
    grids: Sequence[Grid], spec: Mapping, known: Mapping[str, Column], kind: str
) -> tuple[Grid, Headings]:
    """Return the tab that a declaration means, with its headings: the one that has most of them.

    Raises ReviewError where two tabs fit alike, or none of several does.
    """
    wanted = wanted_names(spec, known)
    scored = [(*_headings(grid, spec, wanted), grid) for grid in grids]
    if len(scored) == 1:
        headings, _, grid = scored[0]
        return grid, headings
    most = max((score for _, score, _ in scored), default=0)
    best = [(grid, headings) for headings, score, grid in scored if score == most]
    if most and len(best) == 1:
        return best[0]
    tabs = ", ".join(f"'{grid.tab}'" for grid in grids) or "none"
    seen = f"no tab has headings of the {kind} sheet"
    if most:
        fitting = ", ".join(f"'{grid.tab}'" for grid, _ in best)
        seen = f"the tabs {fitting} fit the {kind} sheet alike"
    mend = f"name one with `tab:` (there are {tabs})"
    words = (seen, "one tab", mend)
    raise ReviewError([Problem("error", spec["path"], "", "", *words, rule="unclear_tab")])


def what_was_found(
    grids: Sequence[Grid], grid: Grid, headings: Headings, spec: Mapping
) -> Iterator[Problem]:
    """Yield one note on what was found of a sheet: tab, heading row, encoding, delimiter, ...

    An encoding that is no UTF is a guess, which can change names: it is a warning of its own.
    """
    encoding = grid.detected.get("encoding", "")
    if encoding and not encoding.startswith("utf"):
        yield _guess(grid, encoding)
    found = []
    if len(grids) > 1 and not spec.get("tab"):
        found.append(f"tab '{grid.tab}'")
    if not declared_rows(spec) and headings.last:
        found.append(f"headings in row {headings.last + 1}")
    for name, value in grid.detected.items():
        if (name, str(value).lower()) not in PLAIN:
            found.append(f"{NAMES.get(name, name)} {NAMES.get(value, value)}")
    if found:
        yield problem_in(grid, "", f"found: {', '.join(found)}", severity="note")


def _guess(grid: Grid, encoding: str) -> Problem:
    cells = ((i, j, text) for i, row in enumerate(grid.rows) for j, text in enumerate(row))
    row, column, text = next(cell for cell in cells if not cell[2].isascii())
    words = (
        f"the encoding is guessed: read as {encoding}, this cell is '{text.strip()}'",
        "UTF-8, or `encoding:` in the config",
        "if the text is wrong, declare the encoding or save the sheet as UTF-8",
    )
    cell = cell_name(row, column)
    return problem_in(grid, cell, *words, severity="warning", rule="guessed_encoding")


def _headings(grid: Grid, spec: Mapping, wanted: set[str]) -> tuple[Headings, int]:
    rows = declared_rows(spec)
    if not rows:
        return find_headings(grid, wanted)
    headings = headings_at(grid, rows)
    names = {fold(name) for name in wanted}
    return headings, len(names & {fold(text) for text in headings.filled})
