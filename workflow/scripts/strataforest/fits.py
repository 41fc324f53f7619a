"""All numbers of one stratum: pooled, heterogeneity, leave-one-out, and other estimators."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from strataforest.heterogeneity import heterogeneity, prediction_interval
from strataforest.models import PoolingModel
from strataforest.pooling import pool
from strataforest.sensitivity import leave_one_out
from strataforest.tabular import number

RATIOS = frozenset({"RR", "OR"})
# The choices that reviewers most often compare: (tau2 estimator, interval).
ESTIMATORS = (("REML", "z"), ("REML", "hksj"), ("DL", "z"), ("DL", "hksj"))


@dataclass(frozen=True)
class StratumEffects:
    """The effects of one stratum: ids as lists, yi and vi as arrays of length k."""

    effect_id: list[str]
    study_id: list[str]
    measure: str
    favourable: str
    yi: np.ndarray
    vi: np.ndarray
    n_treat: list[float | None]
    n_control: list[float | None]
    n_total: list[float | None]


def effects_of(rows: Sequence[Mapping[str, str]]) -> StratumEffects:
    """Return a stratum file's rows as arrays."""
    people = {
        name: [None if not row[name] else number(row[name]) for row in rows]
        for name in ("n_treat", "n_control", "n_total")
    }
    return StratumEffects(
        effect_id=[row["effect_id"] for row in rows],
        study_id=[row["study_id"] for row in rows],
        measure=rows[0]["measure"],
        favourable=rows[0]["favourable"],
        yi=np.array([number(row["yi"]) for row in rows]),
        vi=np.array([number(row["vi"]) for row in rows]),
        **people,
    )


def fit_stratum(effects: StratumEffects, model: PoolingModel, magnitude_change: float) -> dict:
    """Return every number of a stratum as plain values under named sections.

    Sections: `studies` (one entry per effect), `pooled`, `heterogeneity`, `leave_one_out`,
    `leave_one_out_by_trial` (null unless some of several trials has several effects) and
    `estimators`. A ratio is pooled on the log scale, and `pooled` then also holds ratio,
    ratio_ci_* and ratio_pi_*.
    Raises ValueError as `pool` does.
    """
    yi, vi = effects.yi, effects.vi
    options = {"tau2_method": model.tau2, "ci": model.ci, "level": model.level}
    loo_options = options | {"i2": model.i2, "magnitude_change": magnitude_change}
    fitted = pool(yi, vi, **options)
    spread = heterogeneity(yi, vi, fitted.tau2, i2=model.i2, level=model.level)
    pi_low, pi_high = prediction_interval(
        fitted.estimate, fitted.se, fitted.tau2, fitted.k, model.prediction, model.level
    )
    pooled = _scalars(fitted, leave=("weights",)) | {
        "pi_low": float(pi_low[0]),
        "pi_high": float(pi_high[0]),
    }
    if effects.measure in RATIOS:
        pooled |= _as_ratio(pooled)
    several = 1 < len(set(effects.study_id)) < len(effects.study_id)
    by_trial = leave_one_out(yi, vi, groups=effects.study_id, **loo_options) if several else None
    return {
        "k": len(yi),
        "measure": effects.measure,
        "favourable": effects.favourable,
        "studies": _studies(effects, fitted.weights[0], model.level),
        "pooled": pooled,
        "heterogeneity": _scalars(spread),
        "leave_one_out": _leave_one_out(leave_one_out(yi, vi, **loo_options)),
        "leave_one_out_by_trial": _leave_one_out(by_trial) if by_trial else None,
        "estimators": [_estimator(yi, vi, model, *choice) for choice in ESTIMATORS],
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
    record = asdict(effects)
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


def _estimator(yi, vi, model: PoolingModel, tau2_method: str, ci: str) -> dict:
    fitted = pool(yi, vi, tau2_method=tau2_method, ci=ci, level=model.level)
    spread = heterogeneity(yi, vi, fitted.tau2, i2=model.i2, level=model.level)
    kept = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "converged")
    values = {name: getattr(fitted, name)[0].item() for name in kept}
    return {"tau2_method": tau2_method, "ci": ci, **values, "i2": spread.i2[0].item()}
