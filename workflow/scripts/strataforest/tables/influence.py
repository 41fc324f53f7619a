"""Influence tables: one row per effect of a stratum, its deletion diagnostics as columns."""

from collections.abc import Mapping

NUMBERS = (
    *("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "qe_del", "hat", "weight", "dfbetas"),
)
COLUMNS = ("study_id", "effect_id", *NUMBERS, "influential")


def influence_rows(fit: Mapping) -> list[dict]:
    """Return a row per effect, in the order of the stratum's file."""
    studies, result = fit["studies"], fit["influence"]
    return [
        {"study_id": study, "effect_id": effect, "influential": result["influential"][i]}
        | {name: result[name][i] for name in NUMBERS}
        for i, (study, effect) in enumerate(
            zip(studies["study_id"], studies["effect_id"], strict=True)
        )
    ]
