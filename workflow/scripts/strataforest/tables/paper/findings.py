"""Table 3, the summary of findings: what each stratum comes to, without judging certainty."""

from collections import Counter
from collections.abc import Mapping, Sequence

from strataforest.directions import compared, favoured
from strataforest.formatting import MISSING, NOT_ESTIMABLE, count, fixed, variance
from strataforest.models import RATIO_MEASURES
from strataforest.tables.paper.words import (
    Review,
    abbreviations,
    bare_percent,
    direction_note,
    effect_of,
    filled,
    interval_of,
    unlike_effects,
    values_of,
)
from strataforest.tables.publication import Column, Group, Publication
from strataforest.tabular import Row, number

# Cohen 1988, Statistical power analysis for the behavioral sciences, 2nd ed.
SIZES = ((0.2, "less than small"), (0.5, "small"), (0.8, "moderate"))
LARGE = "large"
PER = {"RR": "risk", "OR": "odds", "PETO": "odds"}


def summary_of_findings(review: Review, analysis: str) -> Publication:
    """Return a row per stratum of one analysis, also for those that were not pooled."""
    own = [row for row in review.tables["pooled"] if row["analysis"] == analysis]
    judged = {row["study_id"]: row["overall"] for row in review.tables["judged"]}
    rows = tuple(_row(review, row, judged) for row in own)
    columns = (
        *(Column("Outcome"), Column("k", "right"), Column("Participants", "right")),
        *(Column("Measure"), Column(f"Effect ({review.ci})", "centre")),
        Column(f"{review.level * 100:g}% prediction interval", "centre"),
        *(Column("I² (%)", "right"), Column("τ²", "right")),
        *([Column("Risk of bias of the trials")] if judged else []),
        Column("What it says"),
    )
    if not judged:
        rows = tuple((*row[:-2], row[-1]) for row in rows)
    title = f"Summary of findings: {review.analyses[analysis].lower()}"
    sizes = "Sizes of an SMD by Cohen: small from 0.2, moderate from 0.5, large from 0.8."
    is_smd = any(row["measure"] == "SMD" for row in own)
    texts = [*(column.heading for column in columns), *(row["measure"] for row in own)]
    notes = (
        direction_note(own),
        sizes if is_smd else "",
        "The certainty of the evidence (GRADE) is for the authors to judge.",
        review.not_estimable(own),
        abbreviations(*texts),
        review.made_by(),
    )
    return Publication(
        *("table3_summary_of_findings", "Table 3", title, columns, (Group("", rows),), ""),
        filled(notes),
    )


def _row(review: Review, row: Row, judged: Mapping[str, str]) -> tuple[str, ...]:
    k = unlike_effects(row["k"], row["n_studies"])
    people = count(number(row["n_participants"])) if row["n_participants"] else MISSING
    names = (row["label"], k, people, row["measure"] or MISSING)
    if row["status"] != "pooled":
        return (*names, NOT_ESTIMABLE, *[MISSING] * 4, row["reason"])
    values = values_of(row, "estimate", "ci_low", "ci_high")
    estimate, low, high = effect_of(values, row["measure"])
    prediction = interval_of(*values_of(row, "pi_low", "pi_high"), row["measure"])
    tau2, i2 = values_of(row, "tau2", "i2")
    fit = review.fits[row["analysis"], row["stratum"]]
    bias = _bias([judged.get(name, "") for name in dict.fromkeys(fit["studies"]["study_id"])])
    effect = f"{estimate} ({low} to {high})"
    return (*names, effect, prediction, bare_percent(i2), variance(tau2), bias, meaning(row))


def _bias(judgements: Sequence[str]) -> str:
    """Return how many trials have each judgement, worst last: "2 low, 14 some concerns"."""
    found = Counter(judgement or "not judged" for judgement in judgements)
    order = ("low", "moderate", "some concerns", "high", "serious", "critical")
    places = {name: i for i, name in enumerate(order)}
    return ", ".join(f"{found[n]} {n}" for n in sorted(found, key=lambda n: places.get(n, 9)))


def meaning(row: Mapping[str, str]) -> str:
    """Return a pooled row of pooled.csv in words: size, direction, certainty of the direction."""
    estimate, low, high, pi_low, pi_high = values_of(
        row, "estimate", "ci_low", "ci_high", "pi_low", "pi_high"
    )
    if low <= 0 <= high:
        words = "The interval includes no difference"
    elif row["measure"] in RATIO_MEASURES:
        words = _change(row["measure"], float(row["ratio"]), estimate, row["favourable"])
    else:
        words = _difference(row["measure"], estimate, row["favourable"])
    if pi_low is not None and pi_low <= 0 <= pi_high and not low <= 0 <= high:
        words += "; a new trial may find none, or the opposite"
    return words


def _difference(measure: str, estimate: float, favourable: str) -> str:
    arm, size = favoured(estimate, favourable), _size(measure, estimate)
    return f"{size} in favour of the {arm}" if arm else f"{size}: {compared(estimate)}"


def _size(measure: str, estimate: float) -> str:
    if measure != "SMD":
        return "Difference"
    size = next((word for bound, word in SIZES if abs(estimate) < bound), LARGE)
    return f"{size.capitalize()} difference"


def _change(measure: str, ratio: float, estimate: float, favourable: str) -> str:
    share = abs(1 - ratio)
    more = "higher" if ratio > 1 else "lower"
    size = f"{100 * share:.0f}%" if share < 1 else f"{fixed(ratio, 1)} times the"
    what = f"{size} {more} {PER[measure]}" if share < 1 else f"{size} {PER[measure]}"
    arm = favoured(estimate, favourable)
    return f"{what}, in favour of the {arm}" if arm else f"{what} in the intervention"
