"""Tables S1 and S2: what leaving trials out does, and which of them pull hardest."""

from collections.abc import Mapping

from strataforest.figures.labels import study_labels
from strataforest.formatting import MISSING, bare_p, fixed, statistic, variance
from strataforest.tables.influence import influence_rows
from strataforest.tables.leave_one_out import leave_one_out_rows
from strataforest.tables.paper.words import (
    Review,
    abbreviations,
    bare_percent,
    direction_note,
    effect_of,
    effect_words,
    filled,
)
from strataforest.tables.publication import Column, Group, Publication

NUMBERS = (
    "rstudent",
    "dffits",
    "cook_d",
    "cov_r",
    "tau2_del",
    "qe_del",
    "hat",
    "weight",
    "dfbetas",
)
HEADINGS = {
    "rstudent": "Studentised residual",
    "dffits": "DFFITS",
    "cook_d": "Cook's distance",
    "cov_r": "Covariance ratio",
    "tau2_del": "τ²",
    "qe_del": "Q",
    "hat": "Hat value",
    "weight": "Weight (%)",
    "dfbetas": "DFBETAS",
}


def leave_one_out(review: Review) -> Publication:
    """Return a row per effect left out, strata as groups; ratios are printed as ratios."""
    columns = (
        *(Column("Left out"), Column("Estimate", "right"), Column(review.ci, "centre")),
        *(Column("P", "right"), Column("τ²", "right"), Column("I² (%)", "right")),
        *(Column("Change", "right"), Column("Crosses")),
    )
    groups = tuple(
        Group(_heading(review, row), tuple(_left_out(review, fit))) for row, fit in _pooled(review)
    )
    notes = (
        direction_note(review.tables["pooled"]),
        "Change: estimate without the trial less the estimate with it, of ratios on the log scale. "
        "Crosses: what leaving it out turns (direction, significance) or moves much (magnitude, "
        "heterogeneity).",
        _abbreviated(review, columns),
        review.made_by(),
    )
    title = "Leave-one-out analyses"
    return Publication(
        *("table_s1_leave_one_out", "Table S1", title, columns, groups, "Stratum"), filled(notes)
    )


def influence(review: Review) -> Publication:
    """Return a row per effect with its deletion diagnostics, strata as groups."""
    columns = (
        Column("Trial"),
        *(Column(text, "right", _spanner(name)) for name, text in HEADINGS.items()),
        Column("Influential"),
    )
    groups = tuple(
        Group(_heading(review, row), tuple(_influential(review, fit)))
        for row, fit in _pooled(review)
    )
    notes = (
        "Influential: by the rules of metafor's influence().",
        _abbreviated(review, columns),
        review.made_by(),
    )
    title = "Influence of each trial on the pooled effects"
    return Publication(
        *("table_s2_influence", "Table S2", title, columns, groups, "Stratum"), filled(notes)
    )


def _spanner(name: str) -> str:
    return "Without the trial" if name in ("tau2_del", "qe_del") else ""


def _pooled(review: Review):
    """Yield each pooled row with its fit, in the order of the strata."""
    for row in review.tables["pooled"]:
        key = (row["analysis"], row["stratum"])
        if key in review.fits:
            yield row, review.fits[key]


def _heading(review: Review, row: Mapping[str, str]) -> str:
    pooled = review.fits[row["analysis"], row["stratum"]]["pooled"]
    values = [pooled[name] for name in ("estimate", "ci_low", "ci_high")]
    words = effect_words(values, row["measure"], review.ci)
    return f"{review.label(row)} (k = {row['k']}; {words})"


def _left_out(review: Review, fit: Mapping):
    labels = study_labels(fit["studies"], review.domains)
    for label, row in zip(labels, leave_one_out_rows(fit), strict=True):
        values = [row[name] for name in ("estimate", "ci_low", "ci_high")]
        estimate, low, high = effect_of(values, fit["measure"])
        yield (
            *(label, estimate, f"{low} to {high}", bare_p(row["p_value"])),
            *(variance(row["tau2"]), bare_percent(row["i2"])),
            *(statistic(row["change"]), row["flags"].replace(";", ", ") or MISSING),
        )


def _influential(review: Review, fit: Mapping):
    labels = study_labels(fit["studies"], review.domains)
    for label, row in zip(labels, influence_rows(fit), strict=True):
        shown = {"weight": bare_percent, "tau2_del": variance}
        cells = [shown.get(name, fixed)(_number(row[name])) for name in NUMBERS]
        yield (label, *cells, "yes" if row["influential"] else "no")


def _number(value: float | str | None) -> float | None:
    """Return a number of a fit file, which writes infinities as text."""
    return None if value is None else float(value)


def _abbreviated(review: Review, columns: tuple[Column, ...]) -> str:
    measures = {fit["measure"] for _, fit in _pooled(review)}
    return abbreviations("k", *(column.heading for column in columns), *sorted(measures))
