"""What stands beside the numbers of a stratum, in figures and in the report alike."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from strataforest.formatting import (
    count,
    fixed,
    is_missing,
    p_value,
    percent,
    significant,
    variance,
)
from strataforest.names import scope_name, slug

EVENTS = ("events_treat", "events_control")
INTERVALS = {
    "z": "z",
    "hksj": "HKSJ",
    "hksj_adhoc": "HKSJ (factor at least 1)",
    "hksj_conditional": "HKSJ (z where k < 3 or tau² = 0)",
}
# How coefficients of meta-regressions are tested.
REGRESSION_TESTS = {
    "z": "the normal distribution",
    "knha": "Knapp and Hartung's method",
    "adhoc": "Knapp and Hartung's method with a factor of at least 1",
}
# What a reader calls the figures, tests, moderators and presets that files and tables name in
# short. A file of its own, for the workflow reads it too: it labels snakemake's report.
WORDS = json.loads((Path(__file__).parent / "labels.json").read_text(encoding="utf-8"))
ALL_DOMAINS = "all domains"


def study_labels(studies: Mapping[str, Sequence], labels: Mapping[str, str]) -> list[str]:
    """Return a label per effect: the trial, and the domain where a trial has several effects."""
    names = studies["study_id"]
    if len(set(names)) == len(names):
        return list(names)
    parts = [effect.split("#")[0].split("|") for effect in studies["effect_id"]]
    return [
        f"{name} ({labels.get(part[1], part[1])})" if names.count(name) > 1 else name
        for name, part in zip(names, parts, strict=True)
    ]


def dependence_note(studies: Mapping[str, Sequence]) -> str:
    """Return how many effects come from how few trials, or nothing where each has one."""
    k, n_trials = len(studies["study_id"]), len(set(studies["study_id"]))
    trials = f"{n_trials} trial{'s' * (n_trials > 1)}"
    return f"{k} effects of {trials}, pooled as if independent." if n_trials < k else ""


def heterogeneity_words(
    tau2: float | None, i2: float | None, q: float | None, q_df: float | None, q_p: float | None
) -> str:
    """Return "τ² = 0.355, I² = 93.4%, Q = 173.89 (df 15), p < 0.001" of what is known of these."""
    parts = []
    if not is_missing(tau2):
        parts.append(f"τ² = {variance(tau2)}")
    if not is_missing(i2):
        parts.append(f"I² = {percent(i2, 1)}")
    if not is_missing(q):
        df = "" if is_missing(q_df) else f" (df {count(q_df)})"
        parts.append(f"Q = {fixed(q, 2)}{df}")
    if not is_missing(q_p):
        parts.append(p_value(q_p))
    return ", ".join(parts)


def cluster_note(studies: Mapping[str, Sequence]) -> str:
    """Return which trials' people or counts stand divided behind their effects, or nothing.

    A printed ratio, which has no counts, is used as it is, also that of a cluster trial.
    """
    effects = studies.get("design_effect") or []
    is_binary = all(name in studies for name in EVENTS)
    found = {}
    for i, (name, divisor) in enumerate(zip(studies["study_id"], effects, strict=False)):
        is_printed = is_binary and any(is_missing(studies[column][i]) for column in EVENTS)
        if divisor is not None and divisor > 1 and not is_printed:
            found[name] = significant(divisor, 3)
    if not found:
        return ""
    what = "Counts" if is_binary else "For the variance, participants"
    if len(found) == 1:
        ((name, divisor),) = found.items()
        return f"{what} of {name} are divided by its design effect, {divisor}."
    *first, last = (f"{name} ({divisor})" for name, divisor in found.items())
    return f"{what} of {', '.join(first)} and {last} are divided by their design effects."


def model_words(preset: Mapping) -> str:
    """Return the model of a fit in words; `preset` is the fit's own account of it."""
    model = preset["pooling"]
    kind = "Common effect" if model["tau2"] == "EE" else "Random effects"
    return f"{kind} ({model['tau2']}), {INTERVALS[model['ci']]} interval; {preset['name']} formulas"


def in_words(kind: str, name: str) -> str:
    """Return what a reader calls a thing of a kind of WORDS, or its name with blanks."""
    words = name.replace("_", " ")
    return WORDS[kind].get(name, words[:1].upper() + words[1:])


def measure_words(measure: str) -> str:
    """Return what a measure is called above its numbers: of a ratio of means, they are logs."""
    return in_words("measures", measure)


def label_of(moderator: str) -> str:
    """Return what a moderator is called in figures and tables."""
    return in_words("moderators", moderator)


def term_words(row: Mapping[str, str]) -> str:
    """Return what a row of tables/meta_regression_terms.csv is a coefficient of."""
    moderator, colon, level = row["term"].partition(": ")
    reference = f" (against {row['reference']})" if colon and row["reference"] else ""
    return f"{label_of(moderator)}{colon}{level}{reference}"


def regression_words(row: Mapping[str, str], domains: Mapping[str, str]) -> str:
    """Return a meta-regression in words: its moderators and its scope.

    `row` is that of tables/meta_regression_models.csv, `domains` their labels.
    """
    names = ", ".join(label_of(name) for name in row["moderators"].split(";"))
    return f"{names}; {domains.get(row['domain'], ALL_DOMAINS)}"


def moderator_figure(scope: Mapping, moderator: str) -> tuple[str, str]:
    """Return the stem of the file of a scope's plot along a moderator, and what it shows."""
    stem = f"{scope_name(scope)}_{slug(moderator)}"
    measure = measure_words(scope["measure"])
    return stem, f"{scope['label']} ({measure}): {label_of(moderator)}"
