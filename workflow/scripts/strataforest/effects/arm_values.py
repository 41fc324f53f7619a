"""Both arms' means and SDs from whatever a row prints of them, all rows at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.conversions import five_numbers, medians
from strataforest.conversions import spread as conversions
from strataforest.models import Conversions

Columns = Mapping[str, np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]

ARMS = ("treat", "control")
DIRECT = ("sd", "se", "ci_low", "ci_high")
FIVE = ("min", "q1", "median", "q3", "max")
BASELINE = ("mean_baseline", "sd_baseline")


@dataclass(frozen=True)
class ArmValues:
    """Means and SDs of both arms (intervention, control) as one source gives them, NaN elsewhere.

    `cells` are the columns read, `converted_from` what stood in for printed SDs (empty: nothing),
    `flags` what to say of every effect made of them, `skewed` where medians look skewed.
    """

    name: str
    mean: Pair
    sd: Pair
    cells: tuple[str, ...]
    converted_from: str = ""
    flags: tuple[str, ...] = ()
    skewed: np.ndarray | None = None


def direct_values(c: Columns, source: str) -> ArmValues:
    """Return the printed means with SDs from `source`: sd, se, ci, or mixed (the first of them)."""
    sds = {
        "sd": tuple(c[f"sd_{arm}"] for arm in ARMS),
        "se": tuple(conversions.sd_from_se(c[f"se_{arm}"], c[f"n_{arm}"]) for arm in ARMS),
        "ci": tuple(
            conversions.sd_from_ci(c[f"ci_low_{arm}"], c[f"ci_high_{arm}"], c[f"n_{arm}"])
            for arm in ARMS
        ),
    }
    if source == "mixed":
        names, converted_from = DIRECT, "sd, se or ci, by arm"
        sd = tuple(first(sds["sd"][i], sds["se"][i], sds["ci"][i]) for i in (0, 1))
    else:
        names = ("ci_low", "ci_high") if source == "ci" else (source,)
        sd, converted_from = sds[source], "" if source == "sd" else source
    mean = tuple(c[f"mean_{arm}"] for arm in ARMS)
    return ArmValues(f"means_{source}", mean, sd, _cells("n", "mean", *names), converted_from)


def changes(c: Columns, model: Conversions) -> ArmValues:
    """Return changes from baseline where `split_changes` found baseline and final values."""
    final = direct_values({**c, **{name: c[f"final_{name}"] for name in _final()}}, "mixed")
    pairs = list(zip(ARMS, final.mean, final.sd, strict=True))
    return ArmValues(
        "means_change",
        tuple(mean - c[f"mean_baseline_{arm}"] for arm, mean, _ in pairs),
        tuple(
            conversions.sd_of_change(c[f"sd_baseline_{arm}"], sd, model.change_correlation)
            for arm, _, sd in pairs
        ),
        _cells("n", "mean", *DIRECT, *BASELINE),
        "baseline and final values",
        (f"change_correlation={float(model.change_correlation)!r}",),
    )


def from_medians(c: Columns, model: Conversions) -> ArmValues:
    """Return means and SDs of which at least one arm's come from a median and its quantiles."""
    direct = direct_values(c, "mixed")
    mean, sd, skewed, estimated = [], [], False, False
    for i, arm in enumerate(ARMS):
        summary = (*(c[f"{name}_{arm}"] for name in FIVE), c[f"n_{arm}"])
        has_direct = np.isfinite(direct.mean[i] + direct.sd[i])
        # Only rows that need an estimate: some methods fit every row by itself.
        needed = np.where(has_direct, np.nan, summary[2])
        found = medians.mean_sd(model.medians, *summary[:2], needed, *summary[3:])
        mean.append(np.where(has_direct, direct.mean[i], found.mean))
        sd.append(np.where(has_direct, direct.sd[i], found.sd))
        skewed = skewed | (five_numbers.is_skewed(*summary) & ~has_direct)
        estimated = estimated | ~has_direct
    mean[0] = np.where(estimated, mean[0], np.nan)
    cells = _cells("n", "mean", *DIRECT, *FIVE)
    words = (f"medians ({model.medians})", (f"medians={model.medians}",))
    return ArmValues("medians", tuple(mean), tuple(sd), cells, *words, np.asarray(skewed))


def borrowed(c: Columns) -> ArmValues:
    """Return the printed means with the SD that other trials lend, for both arms."""
    mean = tuple(c[f"mean_{arm}"] for arm in ARMS)
    sd = (c["sd_borrowed"], c["sd_borrowed"])
    return ArmValues("borrowed_sd", mean, sd, _cells("n", "mean"), "sd of other trials")


def split_changes(c: Columns, metrics: Sequence[str], model: Conversions) -> Columns:
    """Return `c` with the means of some rows set apart as final values, under `final_*`.

    These are the rows that give mean and SD at baseline and a mean for both arms, if
    `change_from_baseline` is all_rows, or change_rows and their metric is change. Their means are
    no changes, so nothing else may read them.
    """
    needed = [c[f"{name}_{arm}"] for name in ("mean", *BASELINE) for arm in ARMS]
    asked = {
        "all_rows": np.ones(len(metrics), bool),
        "change_rows": np.asarray(metrics) == "change",
        "never": np.zeros(len(metrics), bool),
    }[model.change_from_baseline]
    is_final = np.isfinite(np.sum(needed, axis=0)) & asked
    parts = {name: np.where(is_final, np.nan, c[name]) for name in _final()}
    return {**c, **parts, **{f"final_{n}": np.where(is_final, c[n], np.nan) for n in _final()}}


def look_like_changes(c: Columns) -> np.ndarray:
    """Return where final values are nearer to 0 than to the baseline in both arms."""
    with np.errstate(invalid="ignore"):
        near = [
            np.abs(c[f"final_mean_{arm}"])
            < np.abs(c[f"final_mean_{arm}"] - c[f"mean_baseline_{arm}"])
            for arm in ARMS
        ]
    return near[0] & near[1]


def first(*arrays: np.ndarray) -> np.ndarray:
    """Return, element by element, the first value that is not NaN."""
    result = arrays[0]
    for array in arrays[1:]:
        result = np.where(np.isnan(result), array, result)
    return result


def _final() -> tuple[str, ...]:
    return _cells("mean", *DIRECT)


def _cells(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{arm}" for arm in ARMS for name in names)
