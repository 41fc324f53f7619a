"""What must hold between the cells of a row, between rows, and between sheets and configuration."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from strataforest.errors import Problem, nearest
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_at
from strataforest.sheets.columns import REMARKS, VOCABULARY
from strataforest.sheets.configured_names import (
    described_problems,
    grouping_problems,
    moderator_problems,
    unknown_domain,
    unused_names,
)
from strataforest.sheets.directions import contradicted_direction, unknown_directions
from strataforest.sheets.flow_counts import flow_problems
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.identity import effect_key
from strataforest.sheets.impossible import impossible_cells
from strataforest.sheets.judgements import judgement_problems
from strataforest.sheets.levels_of_trials import level_problems, moderators_in
from strataforest.sheets.mapping import unused_column
from strataforest.sheets.plausibility import implausible
from strataforest.tabular import Row

# Unknown trials for which the nearest known name is looked up.
MOST_COMPARED = 25


def check_review(
    sheets: Mapping[str, Sheet],
    domains: Mapping,
    indicators: Mapping,
    strata: Mapping,
    models: Sequence[Mapping] = (),
    described: Collection[str] = (),
    tool: str = "rob2",
) -> list[Problem]:
    """Return every problem of all sheets together: unknown names, impossible and repeated rows.

    `domains`, `indicators` and `strata` are the config's, by name; `models` its meta-regressions
    (name, moderators, factors, references), `described` the columns that Table 1 shows besides its
    own, `tool` that of the risk-of-bias sheet.
    """
    studies, outcomes = sheets["studies"], sheets["outcomes"]
    grouping = {column for stratum in strata.values() for column in stratum["by"]}
    moderators = moderators_in(models)
    used = {*grouping, *moderators, *described}
    known_to_config = {unused_column(name) for name in used}
    problems = [
        problem
        for sheet in sheets.values()
        for problem in sheet.problems
        if problem.problem not in known_to_config
    ]
    problems += _repeated_studies(studies)
    known = [row["study_id"] for row in studies.rows if row["study_id"]]
    # With no readable studies sheet every trial would be "unknown": one message is enough.
    if known:
        for kind in ("outcomes", "risk_of_bias"):
            problems += _unknown_studies(sheets[kind], known) if kind in sheets else []
    for row in outcomes.rows:
        problems += _check_outcome(row, domains, indicators)
    problems += _repeated_rows(outcomes)
    problems += grouping_problems(sheets, strata)
    problems += moderator_problems(sheets, moderators)
    problems += described_problems(sheets, described)
    problems += level_problems(sheets, grouping, models)
    problems += unknown_directions(outcomes, domains, indicators)
    problems += unused_names(outcomes, domains, indicators)
    problems += implausible(outcomes.rows, studies.rows, indicators)
    if "risk_of_bias" in sheets:
        problems += _repeated_studies(sheets["risk_of_bias"])
        problems += judgement_problems(sheets["risk_of_bias"].rows, tool)
    if "flow" in sheets:
        problems += flow_problems(sheets["flow"].rows, studies.rows)
    # A workbook that is read as several kinds of sheet says the same of its columns each time.
    return list(dict.fromkeys(problems))


def check_second_extraction(
    second: Mapping[str, Sheet], studies: Sheet, domains: Mapping
) -> Iterator[Problem]:
    """Yield the errors in the rows of a second extraction, each row by itself.

    What is implausible there is no warning: it is a difference from the first, or a warning there.
    """
    known = [row["study_id"] for row in studies.rows if row["study_id"]]
    known += [row["study_id"] for row in second["studies"].rows] if "studies" in second else []
    for kind in ("outcomes", "risk_of_bias"):
        yield from _unknown_studies(second[kind], known) if kind in second and known else ()
    for row in second["outcomes"].rows if "outcomes" in second else ():
        yield from unknown_domain(row, domains)
        yield from impossible_cells(row)
    for kind in ("studies", "risk_of_bias"):
        yield from _repeated_studies(second[kind]) if kind in second else ()


def _repeated_studies(sheet: Sheet) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in sheet.rows:
        name = row["study_id"]
        if name in first:
            seen = f"{name} is already in row {first[name]['source_row']}"
            words = (seen, "one row per trial", "remove or rename one")
            yield problem_at(row, "study_id", *words, rule="repeated_study")
        elif name:
            first[name] = row


def _unknown_studies(sheet: Sheet, known: Sequence[str]) -> Iterator[Problem]:
    names, mends = set(known), {}
    for row in sheet.rows:
        name = row["study_id"]
        if name and name not in names:
            if name not in mends:
                # To compare a name with hundreds takes long: where all are wrong, some will do.
                near = nearest(name, known) if len(mends) < MOST_COMPARED else ""
                mends[name] = near or "add the trial to the studies sheet"
            words = (f"'{name}' is not in the studies sheet", "a known trial", mends[name])
            yield problem_at(row, "study_id", *words, rule="unknown_study")


def _check_outcome(row: Row, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    yield from unknown_domain(row, domains)
    yield from contradicted_direction(row, domains, indicators)
    yield from impossible_cells(row)


def _repeated_rows(outcomes: Sheet) -> Iterator[Problem]:
    """Yield an error for a row that says again, cell for cell, what another row says.

    A row about the same comparison with other numbers is only a warning: selection decides.
    """
    remarks = REMARKS | set(SOURCE_COLUMNS) | set(outcomes.extra_columns)
    columns = [c.name for c in VOCABULARY["outcomes"] if c.name not in remarks]
    first: dict[tuple, Row] = {}
    about: dict[str, Row] = {}
    for row in outcomes.rows:
        key = tuple(row[name] for name in columns)
        other = about.setdefault(effect_key(row), row)
        if other is not row and key not in first:
            seen = f"the row is about the same comparison as row {other['source_row']}"
            mend = "tell them apart by instrument, timepoint_weeks, metric or arm names"
            words = (seen, "one row each", mend)
            rule = "same_comparison"
            yield problem_at(row, "study_id", *words, severity="warning", rule=rule)
        if key in first:
            other = first[key]
            tab = f" [{other['source_tab']}]" if other["source_tab"] else ""
            seen = f"the row repeats row {other['source_row']} of {other['source_file']}{tab}"
            words = (seen, "each comparison once", "delete one of them")
            yield problem_at(row, "study_id", *words, rule="repeated_row")
        else:
            first[key] = row
