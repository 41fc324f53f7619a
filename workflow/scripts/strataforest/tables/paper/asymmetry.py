"""Table S4: tests of funnel asymmetry and effects corrected for it."""

from collections.abc import Mapping

from strataforest.figures.labels import in_words
from strataforest.formatting import MISSING, NOT_ESTIMABLE, bare_p, statistic
from strataforest.tables.paper.words import (
    Review,
    abbreviations,
    effect_of,
    filled,
    values_of,
)
from strataforest.tables.publication import Column, Group, Publication
from strataforest.tabular import Row

BELOW = "all"  # the one row of a stratum below the gate


def small_study_effects(review: Review) -> Publication:
    """Return a row per test, strata as groups; those too small to be tested stand in a note."""
    pooled = {(row["analysis"], row["stratum"]): row for row in review.tables["pooled"]}
    tests = [row for row in review.tables["small_study"] if row["test"] != BELOW]
    keys = dict.fromkeys((row["analysis"], row["stratum"]) for row in tests)
    groups = tuple(
        Group(
            f"{review.label(pooled[key])} ({pooled[key]['measure']}, k = {pooled[key]['k']})",
            tuple(_row(row) for row in tests if (row["analysis"], row["stratum"]) == key),
        )
        for key in keys
    )
    columns = (
        *(Column("Test"), Column("Estimate", "right"), Column("SE", "right")),
        *(
            Column("Statistic", "right"),
            Column("P", "right"),
            Column("Effect", "right", "Corrected"),
        ),
        *(Column(review.ci, "centre", "Corrected"), Column("Note")),
    )
    notes = (
        "Estimate: the slope (Egger, PET, PEESE, Peters, Harbord), Kendall's tau (Begg), or the "
        "relative chance of a non-significant study (selection model). Corrected: the effect where "
        "the predictor is 0, with the studies filled in, or by the model.",
        _untested(review),
        abbreviations("SE k", review.ci, *(row["measure"] for row in tests)),
        review.made_by(),
    )
    return Publication(
        *("table_s4_small_study", "Table S4", "Small-study effects", columns, groups, "Stratum"),
        filled(notes),
    )


def _row(row: Row) -> tuple[str, ...]:
    name = in_words("tests", row["test"])
    if row["status"] != "computed":
        return (name, NOT_ESTIMABLE, *[MISSING] * 5, row["reason"])
    *values, p = values_of(row, "estimate", "se", "statistic", "p_value")
    corrected = values_of(row, "limit_estimate", "limit_ci_low", "limit_ci_high")
    effect, low, high = effect_of(corrected, row["measure"])
    interval = MISSING if corrected[1] is None else f"{low} to {high}"
    numbers = [statistic(x) for x in values]
    return (name, *numbers, bare_p(p), effect, interval, _note(row))


def _note(row: Mapping[str, str]) -> str:
    if row["k0"]:
        return f"{row['k0']} filled in"
    return "the preset's own" if row["preset_default"] == "yes" else ""


def _untested(review: Review) -> str:
    gone = {
        (row["analysis"], row["stratum"]): row["reason"]
        for row in review.tables["small_study"]
        if row["test"] == BELOW
    }
    rows = [r for r in review.tables["pooled"] if (r["analysis"], r["stratum"]) in gone]
    names = [f"{review.label(row)} (k = {row['k']})" for row in rows]
    return f"Not tested, too few effects: {'; '.join(names)}." if names else ""
