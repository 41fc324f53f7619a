"""From a team's own headings and values to rows in our vocabulary that keep their address."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from strataforest.errors import Problem, ReviewError, nearest
from strataforest.sheets.columns import MISSING, VOCABULARY, Column, parse
from strataforest.sheets.identity import cell_addresses
from strataforest.sheets.reading import Grid, column_letter, read_text_grid
from strataforest.tabular import Row

SOURCE_COLUMNS = ("source_file", "source_tab", "source_row", "source_cells")


@dataclass
class Sheet:
    """The rows of all sheets of one kind, in our columns, and what was found while reading them."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    extra_columns: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The vocabulary's columns, then the team's own, then the address of each row."""
        known = [column.name for column in VOCABULARY[self.kind]]
        return [*known, *self.extra_columns, *SOURCE_COLUMNS]


def read_sheets_of_kind(kind: str, specs: list[Mapping]) -> Sheet:
    """Return the rows of every sheet of this kind (studies, outcomes, ...) with their problems.

    Each spec holds `path` and, where needed, `delimiter`, `decimal`, `encoding`, `header_row`,
    `columns` (ours: theirs), `values` (our column: {theirs: ours}) and `constants` (ours: value).
    """
    sheet = Sheet(kind)
    for spec in specs:
        try:
            grid = read_text_grid(
                spec["path"], delimiter=spec.get("delimiter"), encoding=spec.get("encoding")
            )
        except ReviewError as error:
            sheet.problems += error.problems
            continue
        _read_grid(sheet, grid, spec)
    for row in sheet.rows:
        for column in sheet.columns:
            row.setdefault(column, "")
    return sheet


def cell_address(row: Mapping[str, str], column: str) -> str:
    """Return the A1 address of a row's cell in `column`, or of its first cell if it has none."""
    return cell_addresses(row).get(column, f"A{row['source_row']}")


def problem_at(
    row: Mapping[str, str], column: str, *words: str, severity: str = "error"
) -> Problem:
    """Return a problem at a row's cell; `words` are what was seen, what was expected, the mend."""
    return Problem(
        severity, row["source_file"], row["source_tab"], cell_address(row, column), *words
    )


def _read_grid(sheet: Sheet, grid: Grid, spec: Mapping) -> None:
    header_row = int(spec.get("header_row", 1))
    place = (grid.file, grid.tab)
    if len(grid.rows) < header_row or not any(cell.strip() for cell in grid.rows[header_row - 1]):
        message = "the sheet is empty" if not grid.rows else "the heading row is empty"
        expected = f"headings in row {header_row}"
        sheet.problems.append(Problem("error", *place, f"A{header_row}", message, expected))
        return
    header = [cell.strip() for cell in grid.rows[header_row - 1]]
    others = [sign for sign in (",", ";", "\t") if header[0].count(sign) > 1]
    if len(header) == 1 and others:
        words = (f"the row is one cell: '{header[0][:40]}'", "headings in cells of their own")
        shown = "tab" if others[0] == "\t" else others[0]
        mend = f"the delimiter of this sheet is probably {shown}: mend `delimiter:`"
        sheet.problems.append(Problem("error", *place, f"A{header_row}", *words, mend))
        return
    known = {column.name: column for column in VOCABULARY[sheet.kind]}
    names = _our_names(sheet, header, spec, known, (*place, header_row))
    missing = [c.name for c in known.values() if c.required]
    missing = [n for n in missing if n not in names and n not in spec.get("constants", {})]
    for name in missing:
        mend = (
            nearest(name, [h for h in header if h])
            or f"add it, or map yours: columns: {{{name}: ...}}"
        )
        words = (f"the column '{name}' is missing", "it in the heading row", mend)
        sheet.problems.append(Problem("error", *place, f"A{header_row}", *words))
    body = grid.rows[header_row:]
    filled = [
        (i, cells) for i, cells in enumerate(body, header_row + 1) if any(c.strip() for c in cells)
    ]
    if not filled:
        words = ("the sheet has headings but no rows", "at least one row")
        sheet.problems.append(Problem("error", *place, f"A{header_row + 1}", *words))
    if missing:
        return
    for number, cells in filled:
        sheet.rows.append(_read_row(sheet, cells, names, known, spec, (*place, number)))


def unused_column(name: str) -> str:
    """Return the note on a column that is not of our vocabulary."""
    return f"'{name}' is not a column we use; it is kept as it is"


def _our_names(
    sheet: Sheet, header: list[str], spec: Mapping, known: Mapping[str, Column], place: tuple
) -> list[str]:
    """Return our name of each column of the sheet; '' for a column without heading."""
    file, tab, header_row = place
    theirs: dict[str, str] = {}
    for ours, heading in spec.get("columns", {}).items():
        other = theirs.setdefault(str(heading).strip(), ours)
        if other != ours:
            words = (f"'{heading}' is mapped to {other} and to {ours}", "one of our columns")
            sheet.problems.append(Problem("error", file, tab, f"A{header_row}", *words))
    for heading, ours in theirs.items():
        if heading not in header:
            words = (
                f"no column is headed '{heading}' (mapped to {ours})",
                "a heading of this sheet",
            )
            mend = nearest(heading, [h for h in header if h])
            sheet.problems.append(Problem("error", file, tab, f"A{header_row}", *words, mend))
    names: list[str] = []
    for index, heading in enumerate(header):
        name = theirs.get(heading, heading)
        cell = f"{column_letter(index)}{header_row}"
        if name in SOURCE_COLUMNS:
            name = f"their_{name}"
        if name and name in names:
            shown = f"'{heading}'" if heading == name else f"'{heading}' ({name})"
            words = (
                f"a second column is headed {shown}",
                "each heading once",
                "rename one of them",
            )
            sheet.problems.append(Problem("error", file, tab, cell, *words))
            name = ""
        if name and name not in known and name not in sheet.extra_columns:
            sheet.extra_columns.append(name)
            words = (unused_column(name), "")
            mend = nearest(name, [k for k in known if k not in header])
            sheet.problems.append(Problem("note", file, tab, cell, *words, mend))
        names.append(name)
    return names


def _read_row(
    sheet: Sheet,
    cells: list[str],
    names: list[str],
    known: Mapping[str, Column],
    spec: Mapping,
    place: tuple,
) -> Row:
    file, tab, number = place
    row: Row = {}
    addresses: list[str] = []
    if len(cells) > len(names) and any(c.strip() for c in cells[len(names) :]):
        cell = f"{column_letter(len(names))}{number}"
        words = ("the row has more cells than there are headings", f"{len(names)} cells")
        mend = "a comma inside a text cell needs quotes around the cell"
        sheet.problems.append(Problem("error", file, tab, cell, *words, mend))
    for index, (name, text) in enumerate(zip(names, cells, strict=False)):
        if not name:
            continue
        cell = f"{column_letter(index)}{number}"
        text = _mapped(spec.get("values", {}).get(name, {}), text)
        row[name] = _parsed(sheet, known.get(name), text, spec, (file, tab, cell))
        if row[name]:
            addresses.append(f"{name}={cell}")
    for name, value in spec.get("constants", {}).items():
        if not row.get(name):
            row[name] = _parsed(sheet, known.get(name), _mapped({}, value), spec, (file, tab, ""))
    for name, column in known.items():
        if column.required and not row.get(name):
            index = names.index(name) if name in names else 0
            cell = f"{column_letter(index)}{number}"
            words = (f"'{name}' is empty", column.meaning)
            sheet.problems.append(Problem("error", file, tab, cell, *words))
    source = (file, tab, str(number), ";".join(addresses))
    return row | dict(zip(SOURCE_COLUMNS, source, strict=True))


def _mapped(values: Mapping, text: object) -> str:
    """Return the team's value in our words; YAML's own true and false are yes and no here."""
    value = {str(theirs): ours for theirs, ours in values.items()}.get(str(text).strip(), text)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _parsed(sheet: Sheet, column: Column | None, text: str, spec: Mapping, place: tuple) -> str:
    if column is None:
        return "" if text.strip().lower() in MISSING else text.strip()
    try:
        return parse(column, text, spec.get("decimal", "."))
    except ValueError as error:
        shown = text.strip() if len(text.strip()) <= 40 else text.strip()[:39] + "…"
        words = (f"{column.name} is '{shown}'", str(error))
        sheet.problems.append(Problem("error", *place, *words))
        return ""
