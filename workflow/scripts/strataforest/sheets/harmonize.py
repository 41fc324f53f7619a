"""From a team's own sheets to rows in our vocabulary that keep their address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from strataforest.errors import Problem, ReviewError
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_at, problem_in
from strataforest.sheets.body import LISTED, read_body
from strataforest.sheets.columns import VOCABULARY, Column
from strataforest.sheets.distinct import distinct
from strataforest.sheets.grid import Grid
from strataforest.sheets.headings import Headings, declared_rows, full_row_above
from strataforest.sheets.long_form import long_vocabulary, paired, wide_only
from strataforest.sheets.mapping import map_headings, unused_column
from strataforest.sheets.reading import read_grids
from strataforest.sheets.tabs import chosen_tab, what_was_found
from strataforest.tabular import Row


@dataclass
class Sheet:
    """The rows of all sheets of one kind, in our columns, and what was found while reading them.

    `grids` are the tabs that were read, each once; `heading_rows` the spreadsheet's number of the
    last heading row of each, by (file, tab), and `left_out` the 0-based rows that each declaration
    of it does not take.
    """

    kind: str
    rows: list[Row] = field(default_factory=list)
    extra_columns: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    heading_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    left_out: dict[tuple[str, str], list[frozenset[int]]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The vocabulary's columns, then the team's own, then the address of each row."""
        known = [column.name for column in VOCABULARY[self.kind]]
        return [*known, *self.extra_columns, *SOURCE_COLUMNS]


def read_sheets_of_kind(
    kind: str, specs: list[Mapping], domains: Mapping[str, Mapping] | None = None
) -> Sheet:
    """Return the rows of every sheet of this kind (studies, outcomes, ...) with their problems.

    Each spec holds `path` and what else the sheet part of config/README.md lists. `domains` are the
    config's: a domain cell may hold a domain's label instead of its name.
    """
    sheet = Sheet(kind)
    for spec in specs:
        known = vocabulary(kind, spec)
        try:
            grids = read_grids(spec)
            grid, headings = chosen_tab(grids, spec, known, kind)
        except ReviewError as error:
            sheet.problems += error.problems
            continue
        _add_grid(sheet, grid, headings, spec, known, domains or {})
        sheet.problems += what_was_found(grids, grid, headings, spec)
    sheet.problems += _taken_by_none(sheet)
    for row in sheet.rows:
        for column in sheet.columns:
            row.setdefault(column, "")
    # A tab that is declared several times says the same of its columns each time.
    sheet.problems = list(dict.fromkeys(sheet.problems))
    return sheet


def vocabulary(kind: str, spec: Mapping) -> dict[str, Column]:
    """Return the columns that a declared sheet may have, by name."""
    columns = long_vocabulary() if spec.get("long") else VOCABULARY[kind]
    return {column.name: column for column in columns}


def _add_grid(
    sheet: Sheet,
    grid: Grid,
    headings: Headings,
    spec: Mapping,
    known: Mapping[str, Column],
    domains: Mapping[str, Mapping],
) -> None:
    place = (grid.file, grid.tab)
    if place not in sheet.heading_rows:
        sheet.grids.append(grid)
        sheet.heading_rows[place] = headings.last + 1
    unusable = _unusable(grid, headings, is_declared=bool(declared_rows(spec)))
    if unusable:
        sheet.problems.append(unusable)
        return
    reserved = wide_only() if spec.get("long") else frozenset()
    mapped = map_headings(grid, headings, spec, known, reserved)
    body = read_body(grid, headings, mapped, spec)
    sheet.problems += [*mapped.problems, *body.problems]
    sheet.left_out.setdefault(place, []).append(body.left_out)
    rows, extra = body.rows, mapped.extra_columns
    if sheet.kind in {"outcomes", "published"}:
        sheet.problems += _name_domains(rows, domains)
    if spec.get("long"):
        rows, problems = paired(rows, spec["long"]["control"], grid, headings)
        sheet.problems += problems
    if spec.get("distinct"):
        rows, extra, problems = distinct(rows, list(known), extra, grid)
        gone = {unused_column(name) for name in mapped.extra_columns if name not in extra}
        sheet.problems = [p for p in sheet.problems if p.problem not in gone]
        sheet.problems += problems
    sheet.rows += rows
    sheet.extra_columns += [name for name in extra if name not in sheet.extra_columns]


def _unusable(grid: Grid, headings: Headings, *, is_declared: bool) -> Problem | None:
    """Return the error of a tab whose headings cannot be read."""
    expected = f"headings in row {headings.last + 1}"
    if not headings.filled:
        message = "the sheet is empty" if not grid.rows else "the heading row is empty"
        return problem_in(grid, headings.cell(), message, expected, rule="unclear_headings")
    first = headings.texts[0]
    others = [sign for sign in (",", ";", "\t", "|") if first.count(sign) > 1]
    if len(headings.texts) == 1 and others and not grid.tab:
        words = (f"the row is one cell: '{first[:40]}'", "headings in cells of their own")
        shown = "tab" if others[0] == "\t" else others[0]
        mend = f"the delimiter of this sheet is probably {shown}: mend `delimiter:`"
        return problem_in(grid, headings.cell(), *words, mend, rule="wrong_delimiter")
    above = None if is_declared else full_row_above(grid, headings)
    if above is not None:
        seen = f"row {above + 1} stands above the headings (row {headings.last + 1})"
        seen += " and looks like a row of data"
        mend = f"move the headings to the top, or declare `header_row: {headings.last + 1}`"
        words = (seen, "titles or notes only", mend)
        return problem_in(grid, f"A{above + 1}", *words, rule="unclear_headings")
    return None


def _taken_by_none(sheet: Sheet) -> Iterator[Problem]:
    """Yield a note on the rows of a tab that none of its several declarations takes."""
    for (file, tab), left_out in sheet.left_out.items():
        missed = sorted(frozenset.intersection(*left_out)) if len(left_out) > 1 else []
        if missed:
            listed = ", ".join(str(row + 1) for row in missed[:LISTED])
            listed += ", ..." if len(missed) > LISTED else ""
            seen = f"{len(missed)} rows are taken by none of the {len(left_out)} declarations"
            yield Problem("note", file, tab, f"A{missed[0] + 1}", f"{seen} ({listed})")


def _name_domains(rows: list[Row], domains: Mapping[str, Mapping]) -> list[Problem]:
    """Replace a domain's label, in any case, by its name in all rows; return a note on each."""
    labels = {key.casefold(): key for key in domains}
    for key, domain in domains.items():
        labels.setdefault(str(domain.get("label", key)).strip().casefold(), key)
    notes: dict[str, Problem] = {}
    for row in rows:
        text = row.get("domain", "")
        name = labels.get(text.casefold(), text) if text not in domains else text
        if name != text:
            words = f"'{text}' is taken for the domain {name}"
            notes.setdefault(text, problem_at(row, "domain", words, severity="note"))
            row["domain"] = name
    return list(notes.values())
