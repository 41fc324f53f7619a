"""By which models and formulas effects were pooled."""

from collections.abc import Iterator, Mapping

from strataforest.figures.labels import in_words
from strataforest.presets import PRESETS, as_record
from strataforest.report.methods.made import Made, effects_words, listed

TAU2 = {
    "REML": "restricted maximum likelihood (REML)",
    "ML": "maximum likelihood (ML)",
    "DL": "DerSimonian and Laird's estimator (DL)",
    "PM": "Paule and Mandel's estimator (PM)",
    "EB": "the empirical Bayes estimator (EB)",
    "SJ": "Sidik and Jonkman's estimator (SJ)",
    "HS": "Hunter and Schmidt's estimator (HS)",
    "HE": "Hedges' estimator (HE)",
}
HKSJ = "the method of Hartung, Knapp, Sidik and Jonkman (HKSJ)"
INTERVALS = {
    "z": "the normal distribution (Wald)",
    "hksj": HKSJ,
    "hksj_adhoc": f"{HKSJ} with a factor of at least 1",
    "hksj_conditional": f"{HKSJ}, or by the normal distribution where k < 3 or τ² = 0",
}
CHOICES = {
    "measure": "the measure",
    "estimator": "the SMD",
    "correction": "its small-sample factor",
    "se": "its variance",
    "md_sds": "the SDs of mean differences",
    "zero_cells": "the continuity correction",
    "double_zero": "tables without contrast",
    "tau2": "the estimator of τ²",
    "ci": "the confidence interval",
    "i2": "I²",
    "prediction": "the prediction interval",
    "level": "the confidence level",
}
I2 = {"tau2": "from τ² and the typical sampling variance", "q": "from Cochran's Q"}
PREDICTION = {
    "z": "the normal distribution",
    "t_k_minus_1": "t on k − 1 degrees of freedom",
    "t_k_minus_2": "t on k − 2 degrees of freedom (at least 1)",
}


def pooling(made: Made) -> str:
    """Return the models that effects were pooled by, and whose formulas these are."""
    model = made.preset["pooling"]
    level = f"{100 * model['level']:g}%"
    common = model["tau2"] == "EE"
    by = "common-effect models" if common else f"random-effects models, τ² by {TAU2[model['tau2']]}"
    predicted = f", and by {level} prediction intervals by {PREDICTION[model['prediction']]}"
    parts = [
        f"Effects of a group were pooled by {by}, with {level} confidence intervals by "
        f"{INTERVALS[model['ci']]}. Heterogeneity is described by Cochran's Q"
        f"{'' if common else ', τ²'} and I² ({I2[model['i2']]}), with {level} intervals by the "
        f"Q-profile method{'' if common else predicted}.",
        *_mixed(made),
        _formulas(made),
        *_beside(made),
    ]
    return " ".join(parts)


def _mixed(made: Made) -> Iterator[str]:
    """Yield that changes from baseline stand beside final values in a group, and how many do."""
    changes: dict[str, set[str]] = {}
    for row in made.table("pooled"):
        if row["status"] == "pooled" and row["measure"] in ("SMD", "MD"):
            listing = made.results.rows(f"covariates/{row['analysis']}/{row['stratum']}.csv")
            metrics = {
                each["effect_id"]: made.results.effects[each["effect_id"]]["metric"] or "post"
                for each in listing
            }
            if len(set(metrics.values())) > 1:
                own = changes.setdefault(row["measure"], set())
                own |= {name for name, metric in metrics.items() if metric == "change"}
    for measure, names in changes.items():
        found = effects_words(sorted(names))
        if measure == "SMD":
            yield (
                f"Changes from baseline ({found}) were pooled with final values of the same group "
                "as SMDs, although the SDs of changes and of final values are not the same."
            )
        else:
            yield (
                f"Changes from baseline ({found}) were pooled with final values of the same group "
                "as mean differences."
            )


def _formulas(made: Made) -> str:
    preset = made.preset
    changed = list(_changed(as_record(PRESETS[preset["name"]]), preset))
    program = in_words("presets", preset["name"])
    text = f"Formulas and defaults follow {program} (preset {preset['name']})"
    return f"{text}, but for {listed(changed)}." if changed else f"{text}."


def _changed(before: Mapping, after: Mapping) -> Iterator[str]:
    """Yield each choice that is not the preset's own."""
    for part in ("effect_size", "pooling"):
        for name, value in after[part].items():
            if before[part][name] != value:
                yield f"{CHOICES[name]} ({value} instead of {before[part][name]})"


def _beside(made: Made) -> Iterator[str]:
    own = made.options["preset"]
    others = [in_words("presets", name) for name in PRESETS if name != own]
    pooled = [row for row in made.table("pooled") if row["status"] == "pooled"]
    if not pooled:
        return
    yield (
        f"To show what depends on that choice, each group was also pooled by the formulas of "
        f"{listed(others)}, and by every other estimator of τ²."
    )
    methods = {row["tau2_method"] for row in made.table("estimators")}
    counts = [name for key, name in (("MH", "Mantel-Haenszel"), ("Peto", "Peto")) if key in methods]
    if counts:
        yield f"Groups with counts of events were also pooled by the {listed(counts)} method."
