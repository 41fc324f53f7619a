"""What must hold between the cells of a row, between rows, and between sheets and configuration."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from strataforest.errors import Problem, nearest
from strataforest.names import slug, slug_clashes
from strataforest.sheets.columns import REMARKS, VOCABULARY
from strataforest.sheets.harmonize import SOURCE_COLUMNS, Sheet, problem_at, unused_column
from strataforest.sheets.identity import effect_key
from strataforest.sheets.plausibility import implausible
from strataforest.tabular import Row

# (lower, higher): the first may not exceed the second.
ORDERED = (
    ("ci_low", "ci_high"),
    ("q1", "median"),
    ("median", "q3"),
    ("q1", "q3"),
    ("min", "max"),
    ("min", "mean"),
    ("mean", "max"),
)
COUNTS = ("events_treat", "events_control")
RATIOS = ("ratio", "log_ratio")
CONTINUOUS = (
    *(f"{name}_{arm}" for name in ("mean", "sd", "se", "median") for arm in ("treat", "control")),
    *("md", "t_stat", "f_stat", "smd"),
)


def check_review(
    sheets: Mapping[str, Sheet],
    domains: Mapping,
    indicators: Mapping,
    strata: Mapping,
    moderators: Collection[str] = (),
) -> list[Problem]:
    """Return every problem of all sheets together: unknown names, impossible and repeated rows.

    `domains`, `indicators` and `strata` are the config's, by name; `moderators` the columns of its
    meta-regressions.
    """
    studies, outcomes = sheets["studies"], sheets["outcomes"]
    used = {*moderators, *(column for stratum in strata.values() for column in stratum["by"])}
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
    problems += _grouping_columns(sheets, strata)
    problems += _unused_names(outcomes, domains, indicators)
    problems += implausible(outcomes.rows, studies.rows, indicators)
    if "risk_of_bias" in sheets:
        problems += _repeated_studies(sheets["risk_of_bias"])
    return problems


def _repeated_studies(sheet: Sheet) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in sheet.rows:
        name = row["study_id"]
        if name in first:
            seen = f"{name} is already in row {first[name]['source_row']}"
            yield problem_at(row, "study_id", seen, "one row per trial", "remove or rename one")
        elif name:
            first[name] = row


def _unknown_studies(sheet: Sheet, known: Sequence[str]) -> Iterator[Problem]:
    for row in sheet.rows:
        name = row["study_id"]
        if name and name not in known:
            mend = nearest(name, known) or "add the trial to the studies sheet"
            yield problem_at(
                row, "study_id", f"'{name}' is not in the studies sheet", "a known trial", mend
            )


def _check_outcome(row: Row, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    domain = row["domain"]
    if domain and domain not in domains:
        mend = nearest(domain, list(domains)) or "add the domain to the config, or mend the cell"
        expected = "one of " + ", ".join(domains)
        yield problem_at(row, "domain", f"unknown domain '{domain}'", expected, mend)
    yield from _check_direction(row, domains, indicators)
    yield from _check_counts(row)
    for suffix in ("_treat", "_control"):
        yield from _check_order(row, [(low + suffix, high + suffix) for low, high in ORDERED])
    between = [("md_ci_low", "md_ci_high"), ("ratio_ci_low", "ratio_ci_high")]
    yield from _check_order(row, between)
    if any(row[name] for name in CONTINUOUS) and any(row[name] for name in (*COUNTS, *RATIOS)):
        cell = next(name for name in (*COUNTS, *RATIOS) if row[name])
        seen = "the row holds means and counts at once"
        yield problem_at(row, cell, seen, "one outcome per row", "put each in a row of its own")


def _check_direction(row: Row, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    declared = indicators.get(row["indicator"], {}).get("higher_is_better")
    in_sheet = row["higher_is_better"]
    if declared is not None and in_sheet and declared != (in_sheet == "yes"):
        seen = f"higher_is_better is {in_sheet} for {row['indicator']}"
        expected = f"{'yes' if declared else 'no'}, as the config says"
        yield problem_at(row, "higher_is_better", seen, expected, "mend the cell or the config")
    is_continuous = domains.get(row["domain"], {}).get("type") == "continuous"
    if declared is None and not in_sheet and is_continuous and row["indicator"]:
        seen = f"the direction of {row['indicator']} is not known"
        mend = "fill higher_is_better here, or under `indicators:` in the config"
        yield problem_at(row, "indicator", seen, "yes or no", mend)


def _check_counts(row: Row) -> Iterator[Problem]:
    for arm in ("treat", "control"):
        events, n = row[f"events_{arm}"], row[f"n_{arm}"]
        if events and n and int(events) > int(n):
            seen = f"events_{arm} is {events} of n_{arm} = {n}"
            yield problem_at(row, f"events_{arm}", seen, f"at most {n} events", "check both cells")
    sizes = [row[name] for name in ("n_treat", "n_control", "n_total")]
    if all(sizes) and int(sizes[0]) + int(sizes[1]) != int(sizes[2]):
        seen = f"n_total is {sizes[2]}, the arms add up to {int(sizes[0]) + int(sizes[1])}"
        mend = "mend one, or leave n_total empty where the arms are known"
        yield problem_at(row, "n_total", seen, "the sum of both arms", mend)


def _check_order(row: Row, pairs: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    for low, high in pairs:
        if row[low] and row[high] and float(row[low]) > float(row[high]):
            seen = f"{low} is {row[low]} and {high} is {row[high]}"
            yield problem_at(row, low, seen, f"{low} not above {high}", "check both cells")


def _unused_names(outcomes: Sheet, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    """Yield a warning for each indicator the config names and no row has: probably misspelt."""
    known = sorted({row["indicator"] for row in outcomes.rows})
    named = [(f"domains.{d}.priority", i) for d in domains for i in domains[d].get("priority", ())]
    named += [("indicators", name) for name in indicators]
    for place, name in named:
        if known and name not in known:
            seen = f"{place} names '{name}', which no row of the sheets has"
            mend = nearest(name, known)
            yield Problem("warning", "config", "", "", seen, "", mend)


def _grouping_columns(sheets: Mapping[str, Sheet], strata: Mapping) -> Iterator[Problem]:
    """Yield an error for a grouping column that no sheet has, or whose values share a file name."""
    for analysis, column in {(a, c) for a, stratum in strata.items() for c in stratum["by"]}:
        holders = [s for s in (sheets["studies"], sheets["outcomes"]) if column in s.columns]
        if not holders:
            known = [c for s in (sheets["studies"], sheets["outcomes"]) for c in s.columns]
            seen = f"strata.{analysis}.by names the column '{column}', which no sheet has"
            yield Problem("error", "config", "", "", seen, "a column", nearest(column, known))
            continue
        first = {row[column]: row for row in reversed(holders[0].rows) if row[column]}
        if holders[0].rows and not first:
            seen = f"strata.{analysis}.by names the column '{column}', which is empty everywhere"
            yield Problem("error", "config", "", "", seen, "a column with values")
        for one, other in slug_clashes(list(first)):
            seen = f"'{one}' and '{other}' would share the file name '{slug(one)}'"
            yield problem_at(first[other], column, seen, "names that differ", "spell them alike")


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
            yield problem_at(row, "study_id", seen, "one row each", mend, severity="warning")
        if key in first:
            other = first[key]
            seen = f"the row repeats row {other['source_row']} of {other['source_file']}"
            yield problem_at(row, "study_id", seen, "each comparison once", "delete one of them")
        else:
            first[key] = row
