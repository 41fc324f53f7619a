"""Names that the configuration and the sheets must share: domains, indicators, columns."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from strataforest.errors import Problem, nearest
from strataforest.names import slug, slug_clashes
from strataforest.sheets.addresses import SOURCE_COLUMNS, problem_at
from strataforest.sheets.columns import REMARKS
from strataforest.sheets.harmonize import Sheet
from strataforest.tabular import Row

# Names of indicators are short: sbp is no misspelt dbp.
ALIKE = 0.8
MAX_ALONE = 200
# Moderators that come with an effect, whatever columns the sheet of studies has.
OF_EFFECTS = ("timepoint_weeks", "risk_of_bias", "n_total", "ln_n_total", "n_treat", "n_control")
OF_EFFECTS += ("vi", "design_effect", "events_treat", "events_control")


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


def moderator_problems(
    sheets: Mapping[str, Sheet], moderators: Collection[str]
) -> Iterator[Problem]:
    """Yield an error for a moderator that no effect comes with and the sheet of studies lacks."""
    expected = "a column of it, or one that comes with effects"
    for name, mend in _lacked_by_studies(sheets, moderators, OF_EFFECTS):
        seen = f"meta_regression names the moderator '{name}', which the sheet of studies lacks"
        yield Problem("error", "config", "", "", seen, expected, mend, rule="unknown_column")


def described_problems(
    sheets: Mapping[str, Sheet], described: Collection[str]
) -> Iterator[Problem]:
    """Yield an error for a column of Table 1 that the sheet of studies lacks."""
    for name, mend in _lacked_by_studies(sheets, described):
        seen = f"tables.characteristics names '{name}', which the sheet of studies lacks"
        words = (seen, "a column of it", mend)
        yield Problem("error", "config", "", "", *words, rule="unknown_column")


def _lacked_by_studies(
    sheets: Mapping[str, Sheet], names: Collection[str], others: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the names that describe no trial and are none of the others, and how to mend each."""
    studies = sheets["studies"]
    known = [c for c in studies.columns if c not in REMARKS and c not in SOURCE_COLUMNS]
    known += others
    # Of a sheet that could not be read nothing is known.
    for name in sorted(set(names) - set(known)) if studies.rows else ():
        mend = nearest(name, known) or "add it to the sheet of studies"
        if name in studies.columns:
            mend = "a column of remarks is none: move it to one of your own"
        elif name in sheets["outcomes"].columns:
            mend = "it is a column of outcomes: trials are described in the sheet of studies"
        yield name, mend


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
