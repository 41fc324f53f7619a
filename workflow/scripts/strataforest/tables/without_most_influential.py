"""Every stratum without its most influential effects: a row each, or the reason why not."""

from collections.abc import Mapping

NUMBERS = ("k", "estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2", "converged")
COLUMNS = (
    *("analysis", "stratum", "measure", "k_all", "estimate_all", "drop", "dropped_study_id"),
    *("dropped_effect_id", *NUMBERS, "reason"),
)


def without_most_influential_row(analysis: str, stratum: str, fit: Mapping) -> dict:
    """Return the refit beside the full fit; ids are joined by `;`, most influential first."""
    result = fit["without_most_influential"]
    study_of = dict(zip(fit["studies"]["effect_id"], fit["studies"]["study_id"], strict=True))
    return {
        "analysis": analysis,
        "stratum": stratum,
        "measure": fit["measure"],
        "k_all": fit["k"],
        "estimate_all": fit["pooled"]["estimate"],
        "drop": result["drop"],
        "dropped_study_id": ";".join(study_of[effect] for effect in result["dropped_effect_id"]),
        "dropped_effect_id": ";".join(result["dropped_effect_id"]),
        **{name: result[name] for name in NUMBERS},
        "reason": result["reason"],
    }
