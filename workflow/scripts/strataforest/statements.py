"""What others say of the results: claims of a manuscript, and numbers that somebody printed."""

from collections.abc import Iterator, Sequence

from strataforest.audit.entry import entries
from strataforest.audit.own_strata import matching_strata
from strataforest.claims.language import NotUnderstood
from strataforest.claims.places import TERMS, Known, Place, place
from strataforest.lineage import extracted, touches
from strataforest.lineage.names import path_and_row, resolve, row_of
from strataforest.lineage.results import Results, mistake
from strataforest.lineage.results import place as address
from strataforest.lineage.target import Target
from strataforest.lineage.touches import Touch
from strataforest.sheets.identity import cell_addresses
from strataforest.tabular import Row

FINDINGS = "audit/audit.csv"
TABLES = ("audit/claims.csv", "harmonized/published.csv", FINDINGS)
KINDS = ("claims", "published")
Key = tuple[str, str]


def targets(results: Results, name: str) -> list[Target]:
    """Return what a name means, as `names.resolve`: of a row of TABLES the strata it is held to.

    Raises ReviewError, as that does, and where such a row is held to no stratum.
    """
    path, number = path_and_row(results, name)
    if number is None or path not in TABLES:
        return resolve(results, name)
    row = row_of(results, name, path, number)
    keys, words = strata_of(results, row), said(row)
    if not keys:
        raise mistake(name, f"is held to {not_strata(row)}. {words}")
    # What is said once is said above the first of them.
    return [Target(*key, note="" if i else words) for i, key in enumerate(keys)]


def of_row(
    results: Results, kind: str, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    """Return what a cell of a row is and touches, as `extracted.of_row`, also of statements."""
    about, found = extracted.of_row(results, kind, row, column, value)
    if kind not in KINDS or not column:
        return about, found
    said_of, shown = _of_statement(results, kind, row, column, value)
    return said_of, [*found, *shown]


def _of_statement(
    results: Results, kind: str, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    """Return what a cell of a claim or of a printed row is, and what shows it."""
    about = [f"No number of ours depends on it. {said(row)}"]
    names = [f"{analysis}/{stratum}" for analysis, stratum in strata_of(results, row)]
    behind = f"{_listed(names)}; trace that for the cells behind it" if names else not_strata(row)
    about.append(f"It is held to {behind}.")
    if not value:
        return [*about, "It is empty."], []
    if kind == "claims":
        return about, list(touches.files(results, "claims", "audit", "claims_hold.txt"))
    found = list(_findings(results, row, column))
    return about, [*found, *touches.files(results, "audit", "audit", "audit.html")]


def said(row: Row) -> str:
    """Return what a row of claims, of printed numbers or of the audit's findings says, in short."""
    if "holds" in row:
        status = row["status"].replace("_", " ")
        claim = f"The claim '{row['claim']}' ({row['holds']} in {row['where']})"
        return f"{claim} {status}: {row['found']}."
    if "severity" in row:
        severity = row["severity"].replace("_", " ")
        return (
            f"The audit's check '{row['check']}' of {row['about']}: {severity}. {row['reasoning']}"
        )
    names = ("estimate", "ci_low", "ci_high", "p_value", "k", "quantity", "value")
    words = ", ".join(f"{name} {row[name]}" for name in names if row.get(name))
    return f"Printed: {words or 'other numbers'}."


def not_strata(row: Row) -> str:
    """Return what a row is held to that is about no stratum of ours."""
    if row.get("where", "").casefold().startswith(f"{TERMS}/"):
        return "a coefficient, in tables/meta_regression_terms.csv"
    return "no stratum of ours"


def strata_of(results: Results, row: Row) -> list[Key]:
    """Return our strata that a claim, a printed row or a finding is about."""
    if "holds" in row:
        return _of_claim(results, row)
    if not results.strata:
        return []
    columns = list(next(iter(results.strata.values())))
    grouping = columns[columns.index("stratum") + 1 : columns.index("type")]
    given = entries([row], [name for name in grouping if name in row], {})
    found = matching_strata(given, list(results.strata.values()))
    return [(s["analysis"], s["stratum"]) for s in found.values()]


def _of_claim(results: Results, row: Row) -> list[Key]:
    where = _place(results, row["where"])
    if where is None or where.is_of_terms:
        return []
    keys = [key for key in results.strata if where.matches("/".join(key))]
    pooled = [key for key in keys if results.strata[key]["status"] == "pooled"]
    return pooled if where.is_pattern else keys


def _place(results: Results, text: str) -> Place | None:
    """Return where a claim was made, by the analyses that there are; None for what is no place."""
    try:
        return place(text, Known({analysis: () for analysis, _ in results.strata}))
    except NotUnderstood:
        return None


def _findings(results: Results, row: Row, column: str) -> Iterator[Touch]:
    """Yield the audit's findings about a printed row that question this cell, or no cell of it."""
    cell = cell_addresses(row).get(column)
    for i, finding in touches.numbered(results, FINDINGS):
        cells = finding.get("source_cells", "")
        if address(finding) == address(row) and (not cells or cell in cells.split(";")):
            yield Touch("finding", FINDINGS, i, f"{finding['severity']}: {finding['reasoning']}")


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
