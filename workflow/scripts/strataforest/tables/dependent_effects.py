"""Strata in which a trial has several effects: the naive fit beside those that allow for it."""

from collections.abc import Mapping

COLUMNS = (
    *("analysis", "stratum", "measure", "k", "n_studies", "model", "rho", "estimate", "se"),
    *("statistic", "df", "p_value", "ci_low", "ci_high", "tau2", "note"),
)
# Tipton 2015, Psychol Methods 20:375-393: below, p-values may be far too small.
FEWEST_DF = 4


def dependent_effects_rows(analysis: str, stratum: str, fit: Mapping) -> list[dict]:
    """Return a row per model of a stratum; none where no trial has several effects.

    The first correlated-effects row is the result, those after it vary rho.
    """
    entries = fit["dependence"] or []
    names = {"analysis": analysis, "stratum": stratum, "measure": fit["measure"]}
    models = [entry["model"] for entry in entries]
    return [
        # A normal statistic has infinite degrees of freedom: an empty cell, as in pooled.csv.
        names
        | {**entry, "df": None if entry["df"] == "Inf" else entry["df"]}
        | {"note": _note(entry, varies_rho=entry["model"] in models[:i])}
        for i, entry in enumerate(entries)
    ]


def _note(entry: Mapping, varies_rho: bool) -> str:
    if entry["model"] == "naive":
        return "takes all effects as independent"
    notes = ["to see whether rho matters"] if varies_rho else []
    if entry["n_studies"] == 1:
        notes.append("a single study gives no robust standard error")
    elif entry["df"] is None:
        notes.append("one study holds all the weight: no robust standard error")
    elif entry["df"] < FEWEST_DF:
        notes.append("df below 4: p-value and interval are unreliable (Tipton 2015)")
    return "; ".join(notes)
