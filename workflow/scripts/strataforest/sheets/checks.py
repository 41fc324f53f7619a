"""What must hold between the cells of a row, between rows, and between sheets and configuration."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from strataforest.errors import Problem, nearest
from strataforest.names import slug, slug_clashes
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_at
from strataforest.sheets.columns import REMARKS, VOCABULARY
from strataforest.sheets.flow_counts import flow_problems
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.identity import effect_key
from strataforest.sheets.judgements import judgement_problems
from strataforest.sheets.mapping import unused_column
from strataforest.sheets.plausibility import implausible
from strataforest.tabular import Row

# Names of indicators are short: sbp is no misspelt dbp.
ALIKE = 0.8
MAX_ALONE = 200
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
# Unknown trials for which the nearest known name is looked up.
MOST_COMPARED = 25
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
    tool: str = "rob2",
) -> list[Problem]:
    """Return every problem of all sheets together: unknown names, impossible and repeated rows.

    `domains`, `indicators` and `strata` are the config's, by name; `moderators` the columns of its
    meta-regressions, `tool` that of the risk-of-bias sheet.
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
    problems += _unknown_directions(outcomes, domains, indicators)
    problems += _unused_names(outcomes, domains, indicators)
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
        yield from _unknown_domain(row, domains)
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
    yield from _unknown_domain(row, domains)
    yield from _check_direction(row, domains, indicators)
    yield from impossible_cells(row)


def _unknown_domain(row: Row, domains: Mapping) -> Iterator[Problem]:
    domain = row["domain"]
    if domain and domain not in domains:
        mend = nearest(domain, list(domains)) or "add the domain to the config, or mend the cell"
        expected = "one of " + ", ".join(domains)
        words = (f"unknown domain '{domain}'", expected, mend)
        yield problem_at(row, "domain", *words, rule="unknown_domain")


def impossible_cells(row: Row) -> Iterator[Problem]:
    """Yield an error for each set of cells of an outcome that cannot all be right."""
    yield from _check_counts(row)
    for suffix in ("_treat", "_control"):
        yield from _check_order(row, [(low + suffix, high + suffix) for low, high in ORDERED])
    between = [("md_ci_low", "md_ci_high"), ("ratio_ci_low", "ratio_ci_high")]
    yield from _check_order(row, between)
    if any(row[name] for name in CONTINUOUS) and any(row[name] for name in (*COUNTS, *RATIOS)):
        cell = next(name for name in (*COUNTS, *RATIOS) if row[name])
        seen = "the row holds means and counts at once"
        words = (seen, "one outcome per row", "put each in a row of its own")
        yield problem_at(row, cell, *words, rule="mixed_outcome")


def _check_direction(row: Row, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    declared = indicators.get(row["indicator"], {}).get("higher_is_better")
    in_sheet = row["higher_is_better"]
    if declared is not None and in_sheet and declared != (in_sheet == "yes"):
        seen = f"higher_is_better is {in_sheet} for {row['indicator']}"
        expected = f"{'yes' if declared else 'no'}, as the config says"
        words = (seen, expected, "mend the cell or the config")
        yield problem_at(row, "higher_is_better", *words, rule="contradicted_direction")
    is_continuous = domains.get(row["domain"], {}).get("type") == "continuous"
    if declared is None and not in_sheet and is_continuous and row["indicator"]:
        seen = f"the direction of {row['indicator']} is not known"
        mend = "fill higher_is_better here, or under `indicators:` in the config"
        yield problem_at(row, "indicator", seen, "yes or no", mend, rule="unknown_direction")


def _unknown_directions(
    outcomes: Sheet, domains: Mapping, indicators: Mapping
) -> Iterator[Problem]:
    """Yield a warning for each indicator of events whose direction nobody gives, at its first row.

    Ratios are pooled as they are, but the words about them take an event for a good thing then.
    """
    told = set()
    for row in outcomes.rows:
        name = row["indicator"]
        is_binary = domains.get(row["domain"], {}).get("type") == "binary"
        declared = indicators.get(name, {}).get("higher_is_better")
        if not is_binary or not name or name in told:
            continue
        if declared is None and not row["higher_is_better"]:
            told.add(name)
            seen = f"the direction of {name} is not known: its events are taken for a good thing"
            mend = "fill higher_is_better here, or under `indicators:` in the config"
            rule = "unknown_direction"
            words = (seen, "yes or no", mend)
            yield problem_at(row, "indicator", *words, severity="warning", rule=rule)


def _check_counts(row: Row) -> Iterator[Problem]:
    for arm in ("treat", "control"):
        events, n = row[f"events_{arm}"], row[f"n_{arm}"]
        if events and n and int(events) > int(n):
            seen = f"events_{arm} is {events} of n_{arm} = {n}"
            words = (seen, f"at most {n} events", "check both cells")
            yield problem_at(row, f"events_{arm}", *words, rule="impossible_counts")
    sizes = [row[name] for name in ("n_treat", "n_control", "n_total")]
    if all(sizes) and int(sizes[0]) + int(sizes[1]) != int(sizes[2]):
        seen = f"n_total is {sizes[2]}, the arms add up to {int(sizes[0]) + int(sizes[1])}"
        mend = "mend one, or leave n_total empty where the arms are known"
        words = (seen, "the sum of both arms", mend)
        yield problem_at(row, "n_total", *words, rule="impossible_counts")


def _check_order(row: Row, pairs: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    for low, high in pairs:
        if row[low] and row[high] and float(row[low]) > float(row[high]):
            seen = f"{low} is {row[low]} and {high} is {row[high]}"
            words = (seen, f"{low} not above {high}", "check both cells")
            yield problem_at(row, low, *words, rule="impossible_order")


def _unused_names(outcomes: Sheet, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    """Yield a warning for each indicator the config names and no row has: probably misspelt."""
    known = sorted({row["indicator"] for row in outcomes.rows})
    named = [(f"domains.{d}.priority", i) for d in domains for i in domains[d].get("priority", ())]
    named += [("indicators", name) for name in indicators]
    for place, name in named:
        if known and name not in known:
            seen = f"{place} names '{name}', which no row of the sheets has"
            mend = nearest(name, known)
            yield Problem("warning", "config", "", "", seen, "", mend, rule="unused_name")
    yield from _misspelt_indicators(outcomes, [name for _, name in named])


def _misspelt_indicators(outcomes: Sheet, named: Sequence[str]) -> Iterator[Problem]:
    """Yield a warning for an indicator of one row alone that is nearly one the config names."""
    count = Counter(row["indicator"] for row in outcomes.rows)
    alone = [name for name, n in count.items() if n == 1 and name not in named]
    # Where most names stand alone, that says nothing of any.
    near = {name: nearest(name, named, ALIKE) for name in alone[:MAX_ALONE]}
    for row in outcomes.rows:
        name = row["indicator"]
        mend = near.get(name, "")
        if mend:
            seen = f"'{name}' is an indicator of this row alone"
            words = (seen, "one that the config names", mend)
            rule = "misspelt_indicator"
            yield problem_at(row, "indicator", *words, severity="warning", rule=rule)


def _grouping_columns(sheets: Mapping[str, Sheet], strata: Mapping) -> Iterator[Problem]:
    """Yield an error for a grouping column that no sheet has, or whose values share a file name."""
    for analysis, column in {(a, c) for a, stratum in strata.items() for c in stratum["by"]}:
        holders = [s for s in (sheets["studies"], sheets["outcomes"]) if column in s.columns]
        if not holders:
            known = [c for s in (sheets["studies"], sheets["outcomes"]) for c in s.columns]
            seen = f"strata.{analysis}.by names the column '{column}', which no sheet has"
            words = (seen, "a column", nearest(column, known))
            yield Problem("error", "config", "", "", *words, rule="unknown_column")
            continue
        first = {row[column]: row for row in reversed(holders[0].rows) if row[column]}
        if holders[0].rows and not first:
            seen = f"strata.{analysis}.by names the column '{column}', which is empty everywhere"
            words = (seen, "a column with values")
            yield Problem("error", "config", "", "", *words, rule="empty_column")
        for one, other in slug_clashes(list(first)):
            seen = f"'{one}' and '{other}' would share the file name '{slug(one)}'"
            words = (seen, "names that differ", "spell them alike")
            yield problem_at(first[other], column, *words, rule="shared_file_name")


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
