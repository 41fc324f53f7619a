"""What must hold within the rows of published numbers, so that they can be audited."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from strataforest.errors import Problem, nearest
from strataforest.flow.stages import STAGES, stage_named
from strataforest.risk_of_bias.tools import DOMAINS, JUDGEMENTS, OVERALL
from strataforest.sheets.addresses import problem_at
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.mapping import unused_column
from strataforest.tabular import Row

# What a row says of itself; everything else is printed and can be checked.
ABOUT = frozenset(
    {
        *("analysis", "domain", "platform", "measure", "level", "preset", "positive_favours"),
        *("loo_measure", "quantity", "reason", "decimals", "source", "locator", "note"),
    }
)
MOST_DECIMALS = 15
# Counts of judgements, from rob_d1_low to rob_overall_no_information.
JUDGED = tuple(
    f"rob_{domain.lower()}_{judgement.replace(' ', '_')}"
    for domain in (*DOMAINS, OVERALL)
    for judgement in JUDGEMENTS
)


def named_quantities(rows: list[Row]) -> None:
    """Replace what a row counts by our name for it, where there is one."""
    for row in rows:
        row["quantity"] = _quantity(row["quantity"]) or row["quantity"]


def published_problems(
    sheet: Sheet, domains: Mapping[str, Mapping], grouping: Mapping[str, Collection[str]]
) -> list[Problem]:
    """Return every problem of the sheets of published numbers, those of reading first.

    `domains` are the config's by name, `grouping` the columns of each of its analyses.
    """
    columns = {unused_column(name) for names in grouping.values() for name in names}
    problems = [_loud(problem) for problem in sheet.problems if problem.problem not in columns]
    # Cells that could not be read would be said to be missing a second time.
    unread = {(p.file, p.tab, p.cell) for p in problems if p.severity == "error"}
    for row in sheet.rows:
        problems += _row(row, unread)
        problems += _names(row, "domain", domains)
        problems += _names(row, "analysis", grouping)
    return list(dict.fromkeys(problems))


def _loud(problem: Problem) -> Problem:
    """Return a note as a warning where a heading looks misspelt: its numbers would go unchecked."""
    if problem.severity != "note" or not problem.mend.startswith("did you mean"):
        return problem
    return replace(problem, severity="warning", rule="misspelt_heading")


def _row(row: Row, unread: Collection[tuple[str, str, str]]) -> Iterator[Problem]:
    is_whole = not any(
        (file, tab) == (row["source_file"], row["source_tab"])
        and cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == row["source_row"]
        for file, tab, cell in unread
    )
    names = [c.name for c in VOCABULARY["published"] if c.name not in ABOUT]
    if is_whole and not row["quantity"] and not any(row[name] for name in names):
        words = ("the row prints nothing that could be checked", "k, an estimate, a count, ...")
        mend = "fill in what is printed, or delete the row"
        yield problem_at(row, "source", *words, mend, rule="nothing_to_check")
    yield from _counted(row, is_whole=is_whole)
    if row["decimals"] and int(row["decimals"]) > MOST_DECIMALS:
        seen = f"decimals is {row['decimals']}"
        words = (seen, f"at most {MOST_DECIMALS}", "check the cell")
        yield problem_at(row, "decimals", *words, rule="unreadable_cell")
    if row["level"] and not 0.5 < float(row["level"]) < 1:
        words = (f"level is {row['level']}", "above 0.5 and below 1", "0.95?")
        yield problem_at(row, "level", *words, rule="unreadable_cell")


def _counted(row: Row, *, is_whole: bool) -> Iterator[Problem]:
    """Yield the problems of a count: a flow stage, a judgement of bias, or a share of anything."""
    counted = [name for name in ("value", "of", "percent") if row[name]]
    if counted and not row["quantity"]:
        seen = f"{counted[0]} is {row[counted[0]]}, and quantity is empty"
        mend = "name a stage of the flow, or a judgement such as rob_d1_low"
        words = (seen, "what was counted", mend)
        yield problem_at(row, counted[0], *words, rule="unnamed_count")
    if not row["quantity"]:
        return
    if not _quantity(row["quantity"]):
        seen = f"quantity is '{row['quantity']}'"
        mend = nearest(row["quantity"], [*STAGES, *JUDGED])
        expected = "a stage of the PRISMA 2020 flow, or rob_<domain>_<judgement>"
        if row["of"] and row["percent"]:
            # Women, dropouts: of what nobody else counts, the percentage can still be checked.
            kind = {"severity": "warning" if mend else "note", "rule": "unknown_quantity"}
            seen += ": its percentage is checked, and nothing else"
            yield problem_at(row, "quantity", seen, expected if mend else "", mend, **kind)
            return
        mend = mend or f"one of {', '.join(STAGES)}, rob_d1_low, ...; or give of and percent too"
        yield problem_at(row, "quantity", seen, expected, mend, rule="unknown_quantity")
    elif is_whole and not row["value"] and not row["percent"]:
        seen = f"{row['quantity']} has no value"
        words = (seen, "how many, in the column value", "fill it in")
        yield problem_at(row, "quantity", *words, rule="unnamed_count")


def _names(row: Row, column: str, known: Mapping) -> Iterator[Problem]:
    """Yield a warning for a domain or analysis that the config does not know."""
    name = row[column]
    if known and name and name not in known:
        words = (f"{column} is '{name}', which the config does not declare", "a name of its own")
        mend = nearest(name, list(known)) or "it is compared with rows of the same name only"
        kind = {"severity": "warning", "rule": f"unknown_{column}"}
        yield problem_at(row, column, *words, mend, **kind)


def _quantity(text: str) -> str:
    """Return our name of what is counted, or an empty string."""
    folded = "_".join(text.lower().replace("-", " ").replace("_", " ").split())
    return folded if folded in JUDGED else stage_named(text)
