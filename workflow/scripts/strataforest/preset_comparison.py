"""The same effects as each program prints them, and which choice makes the difference."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np

from strataforest.heterogeneity import prediction_interval, spread
from strataforest.models import PoolingModel
from strataforest.pooling import pool
from strataforest.presets import PRESETS, Preset

CONFIGURED = "configured"
POOLED = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "tau2")
SPREAD = ("i2", "q", "q_df", "q_p")
NUMBERS = (*POOLED, *SPREAD, "pi_low", "pi_high")
# What a reader compares, each by the numbers it is printed with.
COMPARED = {
    "estimate": ("estimate",),
    "CI": ("ci_low", "ci_high"),
    "tau2": ("tau2",),
    "I2": ("i2",),
    "prediction": ("pi_low", "pi_high"),
}
# The choices of an effect size that a measure depends on; programs agree on ratios.
MATTER = {"SMD": ("estimator", "correction", "se"), "MD": ("md_sds",)}
# Differences this small come from the last digits of the arithmetic.
NEGLIGIBLE = 1e-9

Effects = tuple[np.ndarray, np.ndarray]


def compare_presets(effects: Mapping[str, Effects], configured: Preset, measure: str) -> list[dict]:
    """Return the numbers of one stratum as configured, then under every preset.

    `effects` holds (yi, vi), arrays (k,), by preset name and under "configured"; a preset without
    an entry has no row. Each row has
    NUMBERS, `differs_in` (the choices that differ from the configured ones), `decisive` (for each
    of COMPARED that moves, the choice which alone, put into the configured model, moves it most)
    and `crossed` (sign, significance or prediction_interval, where the reading changes). A row
    whose preset gives no variance for some effect has no numbers and says so in `note`.
    Raises ValueError as `pool`.
    """
    base = _numbers(*effects[CONFIGURED], configured.pooling)
    rows, level = [_row(CONFIGURED, base)], configured.pooling.level
    # Which level an interval has is the review's choice, not a program's.
    own = [replace(p, pooling=replace(p.pooling, level=level)) for p in PRESETS.values()]
    for preset in (preset for preset in own if preset.name in effects):
        yi, vi = effects[preset.name]
        choices = _differing(configured, preset, measure)
        if not (np.isfinite(yi).all() and np.isfinite(vi).all() and (vi > 0).all()):
            rows.append(
                _row(preset.name, {}, choices, note="an effect has no variance under this preset")
            )
            continue
        numbers = _numbers(yi, vi, preset.pooling)
        alone = {
            name: _numbers(
                *effects[preset.name if name == "effect size" else CONFIGURED],
                replace(configured.pooling, **_pooling_choice(name, preset)),
            )
            for name in choices
        }
        row = _row(preset.name, numbers, choices)
        row["decisive"] = "; ".join(_decisive(base, numbers, alone))
        row["crossed"] = "; ".join(_crossed(base, numbers))
        rows.append(row)
    return rows


def _row(
    name: str, numbers: Mapping, choices: Mapping[str, str] | None = None, note: str = ""
) -> dict:
    differs = "; ".join((choices or {}).values())
    empty = dict.fromkeys(NUMBERS)
    words = {"differs_in": differs, "decisive": "", "crossed": "", "note": note}
    return {"preset": name, **empty, **numbers, **words}


def _numbers(yi: np.ndarray, vi: np.ndarray, model: PoolingModel) -> dict[str, float]:
    fitted = pool(yi, vi, tau2_method=model.tau2, ci=model.ci, level=model.level)
    found = spread(yi, vi, fitted.tau2, i2=model.i2)
    low, high = prediction_interval(
        fitted.estimate, fitted.se, fitted.tau2, fitted.k, model.prediction, model.level
    )
    numbers = {name: getattr(fitted, name)[0].item() for name in POOLED}
    numbers |= {name: getattr(found, name)[0].item() for name in SPREAD}
    return numbers | {"pi_low": low[0].item(), "pi_high": high[0].item()}


def _differing(configured: Preset, preset: Preset, measure: str) -> dict[str, str]:
    """Return the groups of choices that differ, each in words; the level is the review's own."""
    words = {}
    ours, theirs = asdict(configured.effect_size), asdict(preset.effect_size)
    matter = MATTER.get(measure, ())
    if ours["estimator"] == theirs["estimator"] == "d":
        matter = [name for name in matter if name != "correction"]
    changed = [f"{n} {ours[n]} -> {theirs[n]}" for n in matter if ours[n] != theirs[n]]
    if changed:
        words["effect size"] = "effect size: " + ", ".join(changed)
    for name in ("tau2", "ci", "i2", "prediction"):
        one, other = getattr(configured.pooling, name), getattr(preset.pooling, name)
        if one != other:
            words[name] = f"{name} {one} -> {other}"
    return words


def _pooling_choice(name: str, preset: Preset) -> dict[str, str]:
    return {} if name == "effect size" else {name: getattr(preset.pooling, name)}


def _decisive(base: Mapping, numbers: Mapping, alone: Mapping[str, Mapping]) -> list[str]:
    told = []
    for label, names in COMPARED.items():
        if _moved(base, numbers, names) == 0:
            continue
        moves = {choice: _moved(base, switched, names) for choice, switched in alone.items()}
        # No choice of ours moves it alone: what is left is how the effects were made.
        told.append(f"{label}: {max(moves, key=moves.get) if moves else 'effect size'}")
    return told


def _moved(one: Mapping, other: Mapping, names: tuple[str, ...]) -> float:
    """Return the largest difference of the named numbers; 0 where it is rounding."""
    pairs = [(one[name], other[name]) for name in names]
    largest = 0.0
    for a, b in pairs:
        if np.isnan(a) or np.isnan(b):
            continue
        if abs(a - b) > NEGLIGIBLE * max(abs(a), abs(b)):
            largest = max(largest, abs(a - b))
    return largest


def _crossed(base: Mapping, numbers: Mapping) -> list[str]:
    crossed = []
    if base["estimate"] * numbers["estimate"] < 0:
        crossed.append("sign")
    for word, low, high in (
        ("significance", "ci_low", "ci_high"),
        ("prediction_interval", "pi_low", "pi_high"),
    ):
        sides = [side[low] > 0 or side[high] < 0 for side in (base, numbers)]
        if sides[0] != sides[1]:
            crossed.append(word)
    return crossed
