"""Names that the configuration and the sheets must share: domains, indicators, grouping columns."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from strataforest.errors import Problem, nearest
from strataforest.names import slug, slug_clashes
from strataforest.sheets.addresses import problem_at
from strataforest.sheets.harmonize import Sheet
from strataforest.tabular import Row

# Names of indicators are short: sbp is no misspelt dbp.
ALIKE = 0.8
MAX_ALONE = 200


def unknown_domain(row: Row, domains: Mapping) -> Iterator[Problem]:
    """Yield an error for a row's domain that the config does not name."""
    domain = row["domain"]
    if domain and domain not in domains:
        mend = nearest(domain, list(domains)) or "add the domain to the config, or mend the cell"
        expected = "one of " + ", ".join(domains)
        words = (f"unknown domain '{domain}'", expected, mend)
        yield problem_at(row, "domain", *words, rule="unknown_domain")


def grouping_problems(sheets: Mapping[str, Sheet], strata: Mapping) -> Iterator[Problem]:
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


def unused_names(outcomes: Sheet, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
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
