"""Which program's formulas: every choice that makes two programs print different numbers, named."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from strataforest.errors import nearest
from strataforest.models import EffectSizeModel, PoolingModel


@dataclass(frozen=True)
class Preset:
    """One program's defaults."""

    name: str
    effect_size: EffectSizeModel
    pooling: PoolingModel


# Stata 16 `meta esize`/`meta summarize`; metafor 3.8 `escalc`/`rma`/`predict`.
PRESETS = {
    "stata16": Preset(
        "stata16",
        EffectSizeModel(correction="approximate", se="j_times_d", md_sds="pooled"),
        PoolingModel(prediction="t_k_minus_2"),
    ),
    "metafor": Preset("metafor", EffectSizeModel(), PoolingModel()),
}


def resolve(
    name: str, effect_size: Mapping | None = None, pooling: Mapping | None = None
) -> Preset:
    """Return the preset `name` with the config's overrides put over it.

    A change of `estimator` to d takes se `ls` unless `se` is given too, for d has no J; under
    `metafor`, HKSJ changes the prediction interval to t(k-1), as metafor does.
    Raises ValueError for an unknown preset.
    """
    if name not in PRESETS:
        known = ", ".join(PRESETS)
        raise ValueError(f"preset '{name}': expected one of {known} {nearest(name, list(PRESETS))}")
    preset = PRESETS[name]
    effect_size, pooling = dict(effect_size or {}), dict(pooling or {})
    if effect_size.get("estimator") == "d" and preset.effect_size.se == "j_times_d":
        effect_size.setdefault("se", "ls")
    if name == "metafor" and pooling.get("ci", "z") != "z":
        pooling.setdefault("prediction", "t_k_minus_1")
    return replace(
        preset,
        effect_size=replace(preset.effect_size, **effect_size),
        pooling=replace(preset.pooling, **pooling),
    )


def as_record(preset: Preset) -> dict:
    """Return the preset and its choices as plain values, for a JSON file."""
    return asdict(preset)
