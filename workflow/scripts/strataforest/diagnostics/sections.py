"""What a stratum's results say of its studies' influence, as plain values by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from strataforest.diagnostics.cumulative import chronological, cumulative
from strataforest.diagnostics.gosh import Gosh, gosh
from strataforest.diagnostics.influence import influence
from strataforest.diagnostics.without_most_influential import without_most_influential
from strataforest.models import PoolingModel
from strataforest.tabular import number

QUANTILES = {
    "estimate_min": 0.0,
    "estimate_p2_5": 0.025,
    "estimate_p25": 0.25,
    "estimate_median": 0.5,
    "estimate_p75": 0.75,
    "estimate_p97_5": 0.975,
    "estimate_max": 1.0,
}


def influence_sections(
    yi: np.ndarray,
    vi: np.ndarray,
    effect_id: Sequence[str],
    model: PoolingModel,
    *,
    drop: int = 10,
    min_effects: int = 3,
) -> dict[str, dict]:
    """Return the sections `influence`, `baujat` and `without_most_influential` of one stratum.

    Under the stratum's own model. `influence` holds a column per diagnostic, an entry per effect;
    `baujat` its x and y and the tau2_method that says what x is; `without_most_influential` the
    fit without the `drop` effects of the largest Cook's distances (`dropped_effect_id`), or
    `reason` and NaN where fewer than `min_effects` would remain.

    Raises:
        ValueError: as `influence` and `without_most_influential`.
    """
    options = {"tau2_method": model.tau2, "ci": model.ci}
    found = vars(influence(yi, vi, **options))
    reduced = without_most_influential(
        yi, vi, drop, min_effects, **options, i2=model.i2, level=model.level, cook_d=found["cook_d"]
    )
    numbers = {name: value for name, value in vars(reduced).items() if name != "dropped"}
    dropped = [effect_id[i] for i in reduced.dropped]
    return {
        "influence": {n: v for n, v in found.items() if not n.startswith("baujat_")},
        "baujat": {"tau2_method": model.tau2, "x": found["baujat_x"], "y": found["baujat_y"]},
        "without_most_influential": {"drop": drop, "dropped_effect_id": dropped} | numbers,
    }


def cumulative_section(
    yi: np.ndarray,
    vi: np.ndarray,
    effect_id: Sequence[str],
    study_id: Sequence[str],
    years: Sequence[float | None],
    model: PoolingModel,
) -> dict[str, list]:
    """Return a cumulative meta-analysis by year as columns, an entry per effect added.

    `effect_id`, `study_id` and `year` are those of the effect that an entry adds; within a year
    effects stand by study_id, then effect_id; unknown years (None, NaN) come last, as None.

    Raises:
        ValueError: as `cumulative` and `chronological`.
    """
    order = chronological(years, list(zip(study_id, effect_id, strict=True)))
    options = {"tau2_method": model.tau2, "ci": model.ci, "i2": model.i2, "level": model.level}
    found = vars(cumulative(yi, vi, order, **options))
    known = [None if year is None or np.isnan(year) else int(year) for year in years]
    return {
        "effect_id": [effect_id[i] for i in order],
        "study_id": [study_id[i] for i in order],
        "year": [known[i] for i in order],
    } | {name: value.tolist() for name, value in found.items() if name != "order"}


def cumulative_of_fit(fit: Mapping, years: Mapping[str, str]) -> dict[str, list]:
    """Return the `cumulative_section` of a fit file; `years` by effect_id, as text."""
    studies = fit["studies"]
    return cumulative_section(
        *(np.array(studies[name]) for name in ("yi", "vi")),
        studies["effect_id"],
        studies["study_id"],
        [number(years[effect]) for effect in studies["effect_id"]],
        PoolingModel(**fit["preset"]["pooling"]),
    )


def gosh_of_fit(fit: Mapping) -> Gosh:
    """Return all subsets of the effects of a fit file, pooled as it was."""
    yi, vi = (np.array(fit["studies"][name]) for name in ("yi", "vi"))
    model = fit["preset"]["pooling"]
    return gosh(yi, vi, tau2_method=model["tau2"], ci=model["ci"], i2=model["i2"])


def gosh_summary(result: Gosh, estimate: float, level: float = 0.95) -> dict:
    """Return what the subsets of a stratum come to; `estimate` is that of all its effects.

    How many subsets, and whether all or a sample; quantiles of their estimates (linear between
    order statistics); same_sign and significant (two-sided p < 1 - level): shares from 0 to 1;
    the effect whose presence splits the estimates most: its index (0-based), and the median
    estimate of the subsets with and without it. That index and those medians are None where no
    effect is ever absent, or none makes a difference.
    """
    median_with, median_without = _split_medians(result)
    gap = np.abs(median_with - median_without)
    parts = not np.isnan(gap).all() and np.nanmax(gap) > 0
    split = int(np.nanargmax(gap)) if parts else None
    return {
        "subsets": len(result.k),
        "kind": "all" if result.exact else "sampled",
        **{name: float(np.quantile(result.estimate, q)) for name, q in QUANTILES.items()},
        "same_sign": float((np.sign(result.estimate) == np.sign(estimate)).mean()),
        "significant": float((result.p_value < 1 - level).mean()),
        "split_index": split,
        "median_with": None if split is None else float(median_with[split]),
        "median_without": None if split is None else float(median_without[split]),
        "converged": bool(result.converged.all()),
    }


def _split_medians(result: Gosh) -> tuple[np.ndarray, np.ndarray]:
    """Median estimate of the subsets with and without each effect; NaN where there are none."""
    medians = np.full((2, result.studies), np.nan)
    members = result.members()
    for i in range(result.studies):
        for row, chosen in enumerate((members[:, i], ~members[:, i])):
            if chosen.any():
                medians[row, i] = np.median(result.estimate[chosen])
    return medians[0], medians[1]
