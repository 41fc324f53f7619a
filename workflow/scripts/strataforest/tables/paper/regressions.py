"""Table S3: meta-regressions, a row per coefficient, or the reason why there is none."""

from collections.abc import Iterable, Mapping

from strataforest.figures.labels import REGRESSION_TESTS, regression_words, term_words
from strataforest.formatting import (
    MISSING,
    NOT_ESTIMABLE,
    bare_p,
    coefficient_texts,
    significant,
    variance,
)
from strataforest.tables.paper.words import (
    Review,
    abbreviations,
    bare_percent,
    filled,
    values_of,
)
from strataforest.tables.publication import Column, Group, Publication
from strataforest.tabular import Row

KEY = ("model", "scope", "domain", "measure")


def meta_regressions(review: Review) -> Publication:
    """Return the coefficients of every declared model, grouped by model and scope."""
    columns = (
        *(Column("Term"), Column("Coefficient", "right"), Column("SE", "right")),
        *(Column(review.ci, "centre"), Column("P", "right"), Column("Permutation P", "right")),
        Column("Robust P", "right"),
    )
    models = review.tables["models"]
    groups = tuple(Group(_heading(review, row), tuple(_rows(review, row))) for row in models)
    notes = (
        "Coefficients are per unit of the moderator; those of ratio measures are logarithms. "
        "Differences are aligned: a positive coefficient means a larger effect in favour of the "
        "intervention.",
        "R²: share of the variance between trials that the moderators explain. Robust: CR2 "
        "standard errors, clustered by trial.",
        _tests(models),
        abbreviations("k SE I² τ²", review.ci, *(row["measure"] for row in models)),
        review.made_by(),
    )
    return Publication(
        *("table_s3_meta_regression", "Table S3", "Meta-regressions", columns, groups, "Model"),
        filled(notes),
    )


def _heading(review: Review, row: Row) -> str:
    words = [f"{row['measure']}, k = {row['k']}"]
    if row["status"] == "fitted":
        tau2, i2, r2, p = values_of(row, "tau2", "i2", "r2", "qm_p")
        words.append(f"τ² = {variance(tau2)}, residual I² = {bare_percent(i2)}%")
        words += [] if r2 is None else [f"R² = {bare_percent(r2)}%"]
        words.append(f"test of moderators P {_equal(bare_p(p))}")
    return f"{regression_words(row, review.domains)} ({'; '.join(words)})"


def _tests(models: Iterable[Row]) -> str:
    """Return how coefficients are tested, which the preset may do otherwise than pooled effects."""
    found = sorted({REGRESSION_TESTS[row["test"]] for row in models if row["test"]})
    return f"P and confidence intervals of coefficients are by {' or '.join(found)}." * bool(found)


def _equal(text: str) -> str:
    return text if text.startswith(("<", ">")) else f"= {text}"


def _rows(review: Review, row: Row):
    terms = [t for t in review.tables["terms"] if all(t[name] == row[name] for name in KEY)]
    for term in terms:
        yield _term(term)
    if not terms:
        yield (f"{NOT_ESTIMABLE}: {row['reason']}", *[MISSING] * 6)


def _term(row: Mapping[str, str]) -> tuple[str, ...]:
    b, se, low, high = values_of(row, "b", "se", "ci_low", "ci_high")
    p, permuted, robust = values_of(row, "p_value", "permutation_p", "robust_p_value")
    coefficient, *ends = coefficient_texts(b, low, high)
    interval = " to ".join(ends)
    return (
        term_words(row),
        coefficient,
        significant(se, 3),
        interval,
        *(bare_p(x) for x in (p, permuted, robust)),
    )
