"""All numbers of one stratum: pooled, and everything that asks how far to trust it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from strataforest.dependence.comparison import dependent_effects
from strataforest.diagnostics.sections import influence_sections
from strataforest.estimator_comparison import (
    Counts,
    compare_count_methods,
    compare_estimators,
)
from strataforest.heterogeneity import heterogeneity, prediction_interval
from strataforest.models import RATIO_MEASURES, PoolingModel
from strataforest.pooling import pool
from strataforest.preset_comparison import CONFIGURED, Effects, compare_presets
from strataforest.presets import Preset
from strataforest.sensitivity import leave_one_out
from strataforest.small_study.section import small_study_section
from strataforest.strata.stratum_effects import StratumEffects


@dataclass(frozen=True)
class Sensitivity:
    """What the analyses around a pooled result are told; see the config's `sensitivity`."""

    magnitude_change: float = 0.2
    drop_most_influential: int = 10
    min_effects: int = 3
    small_study_min_effects: int = 10


def fit_stratum(
    effects: StratumEffects,
    preset: Preset,
    sensitivity: Sensitivity,
    by_preset: Mapping[str, Effects],
) -> dict:
    """Return every number of a stratum as plain values under named sections.

    Sections: `studies` (one entry per effect), `pooled`, `heterogeneity`, `leave_one_out`,
    `leave_one_out_by_trial` (null unless some of several trials has several effects), `influence`,
    `baujat`, `without_most_influential`, `small_study`, `dependence` (null unless some trial has
    several effects), `estimators` and `presets` (`by_preset` holds yi and vi under each). A ratio
    is pooled on the log scale, and `pooled` then also holds ratio, ratio_ci_* and ratio_pi_*.
    Raises ValueError as `pool` does.
    """
    yi, vi, model = effects.yi, effects.vi, preset.pooling
    fitted = pool(yi, vi, tau2_method=model.tau2, ci=model.ci, level=model.level)
    spread = heterogeneity(yi, vi, fitted.tau2, i2=model.i2, level=model.level)
    several = len(set(effects.study_id)) < len(effects.study_id)
    return {
        "k": len(yi),
        "measure": effects.measure,
        "favourable": effects.favourable,
        "studies": _studies(effects, fitted.weights[0], model.level),
        "pooled": _pooled(effects, fitted, model),
        "heterogeneity": _scalars(spread),
        **_leave_one_out_sections(effects, model, sensitivity.magnitude_change),
        **influence_sections(
            *(yi, vi, effects.effect_id, model),
            drop=sensitivity.drop_most_influential,
            min_effects=sensitivity.min_effects,
        ),
        "small_study": _small_study(effects, fitted.estimate[0].item(), preset, sensitivity),
        "dependence": _dependence(effects, model) if several else None,
        "estimators": compare_estimators(yi, vi, model) + _count_methods(effects, model.level),
        "presets": compare_presets({CONFIGURED: (yi, vi), **by_preset}, preset, effects.measure),
    }


def _pooled(effects: StratumEffects, fitted, model: PoolingModel) -> dict[str, float]:
    low, high = prediction_interval(
        fitted.estimate, fitted.se, fitted.tau2, fitted.k, model.prediction, model.level
    )
    pooled = _scalars(fitted, leave=("weights",))
    pooled |= {"pi_low": float(low[0]), "pi_high": float(high[0])}
    return pooled | (_as_ratio(pooled) if effects.measure in RATIO_MEASURES else {})


def _leave_one_out_sections(effects: StratumEffects, model: PoolingModel, change: float) -> dict:
    options = {"tau2_method": model.tau2, "ci": model.ci, "i2": model.i2, "level": model.level}
    options["magnitude_change"] = change
    yi, vi, trials = effects.yi, effects.vi, effects.study_id
    several = 1 < len(set(trials)) < len(trials)
    by_trial = leave_one_out(yi, vi, groups=trials, **options) if several else None
    return {
        "leave_one_out": _leave_one_out(leave_one_out(yi, vi, **options)),
        "leave_one_out_by_trial": _leave_one_out(by_trial) if by_trial else None,
    }


def _small_study(
    effects: StratumEffects, estimate: float, preset: Preset, sensitivity: Sensitivity
) -> dict:
    return small_study_section(
        *(effects.yi, effects.vi, estimate),
        measure=effects.measure,
        **_effective_people(effects),
        min_effects=sensitivity.small_study_min_effects,
        tau2_method=preset.pooling.tau2,
        egger=preset.regression.egger,
        level=preset.pooling.level,
    )


def _effective_people(effects: StratumEffects) -> dict[str, np.ndarray | None]:
    """Return the arms' people and events as they stand behind vi: over the design effect."""
    names = ("n_treat", "n_control", "events_treat", "events_control")
    divisor = np.array(effects.design_effect or [None] * len(effects.yi), dtype=float)
    divisor = np.where(np.isnan(divisor), 1.0, divisor)
    return {
        name: None if values is None else np.array(values, dtype=float) / divisor
        for name, values in ((name, getattr(effects, name)) for name in names)
    }


def _scalars(result: object, leave: tuple[str, ...] = ()) -> dict:
    return {key: value[0].item() for key, value in vars(result).items() if key not in leave}


def _as_ratio(pooled: Mapping[str, float]) -> dict[str, float]:
    names = {"estimate": "ratio", "ci_low": "ratio_ci_low", "ci_high": "ratio_ci_high"}
    names |= {"pi_low": "ratio_pi_low", "pi_high": "ratio_pi_high"}
    return {ratio: float(np.exp(pooled[log])) for log, ratio in names.items()}


def _studies(effects: StratumEffects, weights: np.ndarray, level: float) -> dict:
    # One study alone, pooled with itself, gives its own z interval.
    own = pool(effects.yi[:, None], effects.vi[:, None], tau2_method="EE", level=level)
    record = {name: value for name, value in asdict(effects).items() if value is not None}
    del record["measure"], record["favourable"]
    return record | {"ci_low": own.ci_low, "ci_high": own.ci_high, "weight": weights}


def _leave_one_out(result: object) -> dict:
    """Return the columns of a leave-one-out; the boolean flags become one list of words per row."""
    values = vars(result)
    flags = [name for name in values if name.startswith("flag_")]
    words = [
        [name.removeprefix("flag_") for name in flags if values[name][i]]
        for i in range(len(values["estimate"]))
    ]
    return {k: v for k, v in values.items() if k not in flags and v is not None} | {"flags": words}


def _dependence(effects: StratumEffects, model: PoolingModel) -> list[dict]:
    """Return the models for several effects per trial."""
    rows = dependent_effects(
        *(effects.yi, effects.vi, effects.study_id, model.tau2, model.level), ci=model.ci
    )
    return [asdict(row) for row in rows]


def _count_methods(effects: StratumEffects, level: float) -> list[dict]:
    """Return the Mantel-Haenszel and Peto entries, cluster trials at their effective size."""
    if effects.events_treat is None or effects.events_control is None:
        return []
    return compare_count_methods(Counts(**_effective_people(effects)), effects.measure, level)
