"""Meta-regression tables: a row per model and scope, and a row per term."""

from collections.abc import Iterator, Mapping

NAMES = ("model", "moderators", "scope", "domain", "measure", "k", "n_studies", "n_dropped")
MODEL = (
    *("tau2", "se_tau2", "tau2_ci_low", "tau2_ci_high", "tau2_0", "r2", "r2_raw"),
    *("tau2_at_boundary", "i2", "i2_ci_low", "i2_ci_high", "h2", "qe", "qe_df", "qe_p", "qm"),
    *("qm_df", "qm_p", "qm_permutation_p", "permutations", "permutations_exact", "test"),
    "converged",
)
MODEL_COLUMNS = (*NAMES, *MODEL, "preset", "status", "reason", "note")
TERM = (
    *("term", "b", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "permutation_p"),
    *("vif", "gvif", "near_collinear", "robust_se", "robust_df", "robust_p_value"),
)
TERM_COLUMNS = ("model", "scope", "domain", "measure", "k", "reference", *TERM)


def model_rows(model: Mapping) -> Iterator[dict]:
    """Yield one row per scope of a model, also where it could not be fitted."""
    for fit in model["scopes"]:
        fitted = fit.get("model", {})
        yield {
            **dict.fromkeys(MODEL_COLUMNS),
            **{name: fit[name] for name in ("scope", "domain", "measure", "k", "n_studies")},
            **{name: _finite(fitted.get(name)) for name in MODEL},
            **{name: fit[name] for name in ("status", "reason", "note")},
            "model": model["name"],
            "moderators": ";".join(model["moderators"]),
            "n_dropped": len(fit["dropped"]),
            "preset": model["preset"]["name"],
        }


def term_rows(model: Mapping) -> Iterator[dict]:
    """Yield one row per coefficient of every fitted scope; factors name their reference level."""
    for fit in model["scopes"]:
        names = {name: fit[name] for name in ("scope", "domain", "measure", "k")}
        for term in fit.get("terms", ()):
            moderator = term["term"].split(": ", 1)[0]
            yield {
                "model": model["name"],
                **names,
                "reference": fit["references"].get(moderator, ""),
                **{name: _finite(term[name]) for name in TERM},
            }


def _finite(value: object) -> object:
    """Return an infinite number of degrees of freedom as an empty cell."""
    return None if value == "Inf" else value
