"""Leave-one-out tables: one row per effect (or trial) left out, and their summary per stratum."""

from collections.abc import Mapping

COLUMNS = (
    *("omitted_study_id", "omitted_effect_id", "estimate", "se", "ci_low", "ci_high", "p_value"),
    *("tau2", "i2", "q", "q_p", "change", "flags"),
)
SUMMARY_COLUMNS = (
    *("analysis", "stratum", "measure", "k", "estimate", "min", "max", "max_abs_change"),
    *("omitted_study_id", "flagged"),
)
NUMBERS = COLUMNS[2:-1]


def leave_one_out_rows(fit: Mapping) -> list[dict]:
    """Return a row per effect left out, in the order of the stratum's file."""
    return _rows(fit["leave_one_out"], fit["studies"]["study_id"], fit["studies"]["effect_id"])


def by_trial_rows(fit: Mapping) -> list[dict]:
    """Return a row per trial left out with all its effects; their ids are joined by `;`."""
    effects: dict[str, list[str]] = {}
    for study, effect in zip(fit["studies"]["study_id"], fit["studies"]["effect_id"], strict=True):
        effects.setdefault(study, []).append(effect)
    joined = [";".join(ids) for ids in effects.values()]
    return _rows(fit["leave_one_out_by_trial"], list(effects), joined)


def summary_row(analysis: str, stratum: str, fit: Mapping) -> dict:
    """Return the range of the refitted estimates and the effect whose absence moves them most."""
    result = fit["leave_one_out"]
    most = max(range(len(result["change"])), key=lambda i: abs(result["change"][i]))
    return {
        "analysis": analysis,
        "stratum": stratum,
        "measure": fit["measure"],
        "k": fit["k"],
        "estimate": fit["pooled"]["estimate"],
        "min": min(result["estimate"]),
        "max": max(result["estimate"]),
        "max_abs_change": abs(result["change"][most]),
        "omitted_study_id": fit["studies"]["study_id"][most],
        "flagged": sum(bool(flags) for flags in result["flags"]),
    }


def _rows(result: Mapping, studies: list[str], effects: list[str]) -> list[dict]:
    return [
        {
            "omitted_study_id": study,
            "omitted_effect_id": effect,
            "flags": ";".join(result["flags"][i]),
            **{name: result[name][i] for name in NUMBERS},
        }
        for i, (study, effect) in enumerate(zip(studies, effects, strict=True))
    ]
