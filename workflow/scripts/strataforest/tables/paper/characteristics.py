"""Table 1: what each included trial was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from strataforest.formatting import count
from strataforest.tables.paper.words import Review, given
from strataforest.tables.publication import Column, Group, Publication
from strataforest.tabular import Row, is_number, number

# Columns of the sheet of studies, in the order of the table; one that no trial fills is left out.
COLUMNS = {
    "study_id": Column("Trial"),
    "year": Column("Year"),
    "country": Column("Country"),
    "population": Column("Population"),
    "design": Column("Design"),
    "primary_platform": Column("Platform"),
    "intervention": Column("Intervention"),
    "comparator": Column("Comparator"),
    "follow_up_weeks": Column("Follow-up (weeks)", "right"),
    "n_randomised": Column("Randomised", "right"),
}
# What other sheets say of the trial, last: no heading of a sheet has these names.
DOMAINS, OVERALL = "/domains", "/overall"
FOUND = {DOMAINS: Column("Outcome domains"), OVERALL: Column("Risk of bias")}


def characteristics(review: Review) -> Publication:
    """Return a row per eligible trial, by name, from the tables `characteristics` and `judged`."""
    judged = {row["study_id"]: row["overall"] for row in review.tables["judged"]}
    trials = [_trial(row, judged, review) for row in review.tables["characteristics"]]
    headed = _columns(review.described, trials)
    kept = [name for name in headed if any(trial[name] for trial in trials)] or ["study_id"]
    rows = tuple(tuple(given(trial[name]) for name in kept) for trial in trials)
    notes = []
    if "n_randomised" in kept:
        notes.append("Randomised: participants of the arms that are compared.")
    if any(trial["design"] == "cluster" for trial in trials):
        notes.append("Cluster: groups of participants were randomised.")
    if DOMAINS in kept:
        notes.append("Outcome domains: those in which the trial has an effect that was selected.")
    if OVERALL in kept:
        notes.append("Risk of bias: the overall judgement.")
    title = f"Characteristics of the included trials (n = {len(trials)})"
    columns = tuple(headed[name] for name in kept)
    notes = (" ".join(notes), f"— = not stated. {review.version}.")
    return Publication(
        "table1_characteristics", "Table 1", title, columns, (Group("", rows),), "", notes
    )


def _columns(described: Mapping[str, str], trials: Sequence[Row]) -> dict[str, Column]:
    """Return the columns by name: the table's, the review's own, and what other sheets say."""
    named = {n: replace(c, heading=described.get(n, c.heading)) for n, c in COLUMNS.items()}
    for name in [name for name in described if name not in COLUMNS]:
        taken = {column.heading.casefold() for column in (*named.values(), *FOUND.values())}
        heading = described[name]
        heading += f" ({name})" if heading.casefold() in taken else ""
        named[name] = Column(heading, _align(name, trials))
    return named | FOUND


def _align(name: str, trials: Sequence[Row]) -> str:
    """Return where the cells of a review's own column stand: numbers to the right."""
    texts = [trial[name].strip() for trial in trials]
    return "right" if all(is_number(text) for text in texts if text) else "left"


def _trial(row: Row, judged: Mapping[str, str], review: Review) -> dict[str, str]:
    platforms = [part.strip() for part in row.get("platforms", "").split(";") if part.strip()]
    n = row.get("n_randomised", "")
    domains = [label for name, label in review.domains.items() if name in row["domains"].split(";")]
    return {name: row.get(name, "") for name in (*COLUMNS, *review.described)} | {
        "primary_platform": row.get("primary_platform", "") or "; ".join(platforms),
        "n_randomised": count(number(n)) if n else "",
        DOMAINS: "; ".join(domains),
        OVERALL: judged.get(row["study_id"], ""),
    }
