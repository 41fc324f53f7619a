"""Table 1: what each included trial was."""

from collections.abc import Mapping

from strataforest.formatting import count
from strataforest.tables.paper.words import Review, given
from strataforest.tables.publication import Column, Group, Publication
from strataforest.tabular import Row, number

# Columns of the sheet of studies, in the order of the table; one that no trial fills is left out.
COLUMNS = {
    "study_id": Column("Trial"),
    "year": Column("Year"),
    "country": Column("Country"),
    "population": Column("Population"),
    "design": Column("Design"),
    "platform": Column("Platform"),
    "intervention": Column("Intervention"),
    "comparator": Column("Comparator"),
    "follow_up_weeks": Column("Follow-up (weeks)", "right"),
    "n": Column("Randomised", "right"),
    "domains": Column("Outcome domains"),
    "overall": Column("Risk of bias"),
}


def characteristics(review: Review) -> Publication:
    """Return a row per eligible trial, by name, from the tables `characteristics` and `judged`."""
    judged = {row["study_id"]: row["overall"] for row in review.tables["judged"]}
    trials = [_trial(row, judged, review.domains) for row in review.tables["characteristics"]]
    kept = [name for name in COLUMNS if any(trial[name] for trial in trials)] or ["study_id"]
    rows = tuple(tuple(given(trial[name]) for name in kept) for trial in trials)
    notes = []
    if "n" in kept:
        notes.append("Randomised: participants of the arms that are compared.")
    if any(trial["design"] == "cluster" for trial in trials):
        notes.append("Cluster: groups of participants were randomised.")
    if "domains" in kept:
        notes.append("Outcome domains: those in which the trial has an effect that was selected.")
    if "overall" in kept:
        notes.append("Risk of bias: the overall judgement.")
    title = f"Characteristics of the included trials (n = {len(trials)})"
    columns = tuple(COLUMNS[name] for name in kept)
    notes = (" ".join(notes), f"— = not stated. {review.version}.")
    return Publication(
        "table1_characteristics", "Table 1", title, columns, (Group("", rows),), "", notes
    )


def _trial(row: Row, judged: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    platforms = [part.strip() for part in row.get("platforms", "").split(";") if part.strip()]
    n = row.get("n_randomised", "")
    domains = [label for name, label in labels.items() if name in row["domains"].split(";")]
    return {name: row.get(name, "") for name in COLUMNS} | {
        "platform": row.get("primary_platform", "") or "; ".join(platforms),
        "n": count(number(n)) if n else "",
        "domains": "; ".join(domains),
        "overall": judged.get(row["study_id"], ""),
    }
