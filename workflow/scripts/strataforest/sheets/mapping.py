"""From the headings of a tab to our columns: those mapped, those we know, and the team's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from strataforest.errors import Problem, nearest
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_in
from strataforest.sheets.columns import Column
from strataforest.sheets.grid import Grid
from strataforest.sheets.headings import Headings, fold
from strataforest.sheets.misspelt import counterpart, meant


@dataclass(frozen=True)
class Field:
    """A column of ours (`column` is None for the team's own) and where it is read, left to right.

    Texts of several columns are joined by a space.
    """

    name: str
    indexes: tuple[int, ...]
    column: Column | None


@dataclass
class Mapped:
    """What the headings of a tab come to; `is_usable` is False where a needed column is missing."""

    fields: dict[str, Field] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_usable: bool = True

    @property
    def extra_columns(self) -> list[str]:
        """The team's own columns, in their order."""
        return [name for name, found in self.fields.items() if found.column is None]


def mapped_headings(spec: Mapping) -> dict[str, list[str]]:
    """Return the headings that a sheet's declaration maps to each of our columns."""
    found = {
        ours: [" ".join(str(heading).split()) for heading in _listed(theirs)]
        for ours, theirs in spec.get("columns", {}).items()
    }
    if spec.get("long"):
        found["arm"] = [" ".join(str(spec["long"]["arm"]).split())]
    return found


def wanted_names(spec: Mapping, known: Mapping[str, Column]) -> set[str]:
    """Return the headings a sheet may have that we know: ours and the mapped ones."""
    return {*known, *(heading for theirs in mapped_headings(spec).values() for heading in theirs)}


def map_headings(
    grid: Grid,
    headings: Headings,
    spec: Mapping,
    known: Mapping[str, Column],
    reserved: frozenset[str] = frozenset(),
) -> Mapped:
    """Return where each column is read, and every problem of the headings.

    `known` is the vocabulary of the sheet by name. A column of the team's own that has a name of
    SOURCE_COLUMNS or `reserved` gets the prefix `their_`, and so has one whose name is mapped to
    another heading.
    """
    mapped = Mapped()
    used = _take_mapped(mapped, grid, headings, spec, known)
    for index, heading in enumerate(headings.texts):
        if heading and index not in used:
            _take_own(mapped, grid, headings, index, known, reserved)
    mapped.problems = [_loud(mapped, problem, known) for problem in mapped.problems]
    for name in spec.get("constants", {}):
        mapped.fields.setdefault(name, Field(name, (), known.get(name)))
    mapped.problems += _unknown_values(mapped, grid, headings, spec, known)
    missing = [c.name for c in known.values() if c.required and c.name not in mapped.fields]
    for name in missing:
        mapped.is_usable = False
        if name not in mapped_headings(spec):
            mend = nearest(name, headings.filled)
            mend = mend or f"add it, or map yours: columns: {{{name}: ...}}"
            words = (f"the column '{name}' is missing", "it in the heading row", mend)
            problem = problem_in(grid, headings.cell(), *words, rule="missing_column")
            mapped.problems.append(problem)
    return mapped


def unused_column(name: str) -> str:
    """Return the note on a column that is not of our vocabulary."""
    return f"'{name}' is not a column we use; it is kept as it is"


def heading_column(
    grid: Grid, headings: Headings, heading: str, purpose: str
) -> tuple[int | None, list[Problem]]:
    """Return the column under a heading that the config names for a purpose, and what to say.

    A heading that differs in case, blanks or underscores only is taken where it is the only one.
    """
    found = headings.find(heading)
    if not found:
        words = (f"no column is headed '{heading}' ({purpose})", "a heading of this sheet")
        mend = nearest(heading, headings.filled)
        return None, [problem_in(grid, headings.cell(), *words, mend, rule="unknown_heading")]
    text = headings.texts[found[0]]
    if len(found) > 1:
        words = (f"a second column is headed '{headings.texts[found[1]]}'", "each heading once")
        cell = headings.cell(found[1])
        mend = "rename one of them"
        return None, [problem_in(grid, cell, *words, mend, rule="repeated_heading")]
    if text == heading:
        return found[0], []
    words = f"'{text}' is taken for '{heading}' ({purpose})"
    return found[0], [problem_in(grid, headings.cell(found[0]), words, severity="note")]


def _take_mapped(
    mapped: Mapped, grid: Grid, headings: Headings, spec: Mapping, known: Mapping
) -> set[int]:
    """Take the columns that the declaration maps; return which of the sheet's these are."""
    used: set[int] = set()
    for ours, theirs in mapped_headings(spec).items():
        column, indexes = known.get(ours), []
        for heading in theirs:
            index, problems = heading_column(grid, headings, heading, f"mapped to {ours}")
            mapped.problems += problems
            indexes += [] if index is None else [index]
        if len(theirs) > 1 and column and column.kind != "text":
            words = (f"{len(theirs)} headings are mapped to {ours}", "one heading for a number")
            problem = problem_in(grid, headings.cell(), *words, rule="several_headings")
            mapped.problems.append(problem)
        elif len(indexes) == len(theirs):
            mapped.fields[ours] = Field(ours, tuple(indexes), column)
        used |= set(indexes)
        if column is None and indexes:
            mapped.problems.append(_unused(grid, headings, indexes[0], ours, known))
    return used


def _take_own(
    mapped: Mapped,
    grid: Grid,
    headings: Headings,
    index: int,
    known: Mapping,
    reserved: frozenset[str],
) -> None:
    """Take a column by its own heading: one we know, or one of the team's."""
    heading, cell = headings.texts[index], headings.cell(index)
    alike = [name for name in known if fold(name) == fold(heading)]
    name = heading if heading in known else alike[0] if len(alike) == 1 else heading
    taken = mapped.fields.get(name)
    if name in SOURCE_COLUMNS or name in reserved:
        name = f"their_{name}"
    elif taken and name in known and not _is_headed(headings, taken, name):
        # Another heading is mapped to this name: what stands here is something else.
        name = f"their_{heading}"
    if name in mapped.fields:
        shown = f"'{heading}'" if heading == name else f"'{heading}' ({name})"
        words = (f"a second column is headed {shown}", "each heading once", "rename one of them")
        mapped.problems.append(problem_in(grid, cell, *words, rule="repeated_heading"))
        return
    mapped.fields[name] = Field(name, (index,), known.get(name))
    if name not in known:
        mapped.problems.append(_unused(grid, headings, index, name, known))
    elif name != heading:
        words = f"'{heading}' is taken for '{name}'"
        mapped.problems.append(problem_in(grid, cell, words, severity="note"))


def _loud(mapped: Mapped, problem: Problem, known: Mapping) -> Problem:
    """Return the note on an unused column as a warning where it is one of ours, misspelt.

    Where the other arm's column is there it is an error: half of a pair gives no or another effect.
    """
    name = next((n for n in mapped.extra_columns if unused_column(n) == problem.problem), "")
    ours = meant(name, [k for k in known if k not in mapped.fields]) if name else ""
    if not ours:
        return problem
    words = {"mend": f"did you mean '{ours}'?", "rule": "misspelt_heading"}
    other = counterpart(ours)
    severity = "error" if other in mapped.fields else "warning"
    expected = f"'{ours}', for '{other}' is there" if severity == "error" else ""
    return replace(problem, severity=severity, expected=expected, **words)


def _is_headed(headings: Headings, taken: Field, name: str) -> bool:
    return len(taken.indexes) == 1 and fold(headings.texts[taken.indexes[0]]) == fold(name)


def _unused(grid: Grid, headings: Headings, index: int, name: str, known: Mapping) -> Problem:
    mend = nearest(name, [k for k in known if k not in headings.texts])
    words = (unused_column(name), "", mend)
    return problem_in(grid, headings.cell(index), *words, severity="note")


def _unknown_values(
    mapped: Mapped, grid: Grid, headings: Headings, spec: Mapping, known: Mapping
) -> Iterator[Problem]:
    """Yield an error for each values map of a column that is neither ours nor the sheet's."""
    for name in spec.get("values", {}):
        if name not in mapped.fields and name not in known:
            mend = nearest(name, [*known, *mapped.fields])
            seen = f"values names the column '{name}', which this sheet does not have"
            words = (seen, "one of our columns", mend)
            yield problem_in(grid, headings.cell(), *words, rule="unknown_heading")


def _listed(theirs: object) -> list:
    return list(theirs) if isinstance(theirs, list | tuple) else [theirs]
