"""Warnings that the review's team lets stand, with the reason: said in a sheet or in the config."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from strataforest.errors import Problem, nearest
from strataforest.sheets.addresses import problem_at
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.tabular import Row

COLUMN = "acknowledged"
STALE = "stale_acknowledgement"

Place = tuple[str, str, str]  # file, tab, row as the spreadsheet numbers it


def acknowledge(
    problems: Sequence[Problem], records: Iterable[Row], declared: Sequence[Mapping] = ()
) -> list[Problem]:
    """Return the problems, each acknowledged warning with its reason, and a note per stale reason.

    `records` are the rows of all sheets; their column `acknowledged` covers the warnings at the
    cells of its row. `declared` is the config's list: of `rule`, `study_id`, `indicator`, `file`
    and `cell` those that are given must all be the warning's. Errors and notes stay as they are.
    """
    rows = {place: row for row in records for place in _places(row)}
    reasons = {place: row[COLUMN] for place, row in rows.items() if row.get(COLUMN)}
    used_rows, used_entries = set(), set()
    told = []
    for problem in problems:
        place = (problem.file, problem.tab, _row_number(problem.cell))
        fitting = [i for i, entry in enumerate(declared) if _fits(entry, problem, rows.get(place))]
        if problem.severity == "warning" and (place in reasons or fitting):
            used_rows.add(place)
            used_entries.update(fitting)
            said = [reasons[place]] if place in reasons else []
            said += [declared[i]["reason"] for i in fitting]
            problem = replace(problem, acknowledged="; ".join(dict.fromkeys(said)))
        told.append(problem)
    told += _stale_rows(rows, reasons, used_rows)
    told += _stale_entries(problems, declared, used_entries)
    return told


def _places(row: Row) -> set[Place]:
    """Return where a record stands: its rows, and those of other sheets that it has cells of."""
    own = {(row["source_file"], row["source_tab"], n) for n in row["source_row"].split(";")}
    cells = (cell_place(row, address) for address in cell_addresses(row).values())
    return own | {(file, tab, _row_number(cell)) for file, tab, cell in cells}


def _row_number(cell: str) -> str:
    return cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _fits(entry: Mapping, problem: Problem, row: Row | None) -> bool:
    if problem.severity != "warning":
        return False
    file = entry.get("file", problem.file)
    return (
        entry.get("rule", problem.rule) == problem.rule
        and (problem.file == file or problem.file.endswith(f"/{file}"))
        and entry.get("cell", problem.cell) == problem.cell
        and all(
            row is not None and row.get(name, "") == entry[name]
            for name in ("study_id", "indicator")
            if name in entry
        )
    )


def _stale_rows(
    rows: Mapping[Place, Row], reasons: Mapping[Place, str], used: set[Place]
) -> Iterator[Problem]:
    """Yield a note for each reason in a sheet whose row has no warning (any more)."""
    # A record of several rows has its reason once: told where none of its rows has a warning.
    kept = {id(rows[place]) for place in used if place in rows}
    for row in {id(rows[place]): rows[place] for place in reasons}.values():
        if id(row) not in kept:
            seen = f"acknowledges a warning that there is not: '{_short(row[COLUMN])}'"
            words = (seen, "a row with a warning", "empty the cell")
            yield problem_at(row, COLUMN, *words, severity="note", rule=STALE)


def _stale_entries(
    problems: Sequence[Problem], declared: Sequence[Mapping], used: set[int]
) -> Iterator[Problem]:
    """Yield a note for each acknowledgement of the config that fits no warning (any more)."""
    known = sorted({p.rule for p in problems if p.severity == "warning" and p.rule})
    for index, entry in enumerate(declared):
        if index not in used:
            what = ", ".join(f"{name} {entry[name]}" for name in entry if name != "reason")
            seen = f"acknowledged[{index}] fits no warning ({what})"
            rule = entry.get("rule", "")
            meant = nearest(rule, known) if rule and rule not in known else ""
            mend = meant or "delete the entry, or see problems.csv for the warnings there are"
            yield Problem("note", "config", "", "", seen, "a warning it fits", mend, rule=STALE)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
