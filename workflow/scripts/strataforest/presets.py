"""Which program's formulas: every choice that makes two programs print different numbers, named."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from strataforest.errors import nearest
from strataforest.models import EffectSizeModel, PoolingModel, RegressionModel


@dataclass(frozen=True)
class Preset:
    """One program's defaults."""

    name: str
    effect_size: EffectSizeModel
    pooling: PoolingModel
    regression: RegressionModel = field(default_factory=RegressionModel)


# Forms of the standard error that Cohen's d does not have.
G_ONLY = {"j_times_d", "ub"}
CLASSICAL = RegressionModel(egger="classical")
_PRESETS = (
    # Stata 16's own commands: meta esize, meta summarize, meta regress, meta bias.
    Preset(
        "stata16",
        EffectSizeModel(correction="approximate", se="j_times_d", md_sds="pooled"),
        PoolingModel(prediction="t_k_minus_2"),
    ),
    # The user-written Stata commands metan, metareg and metabias.
    Preset(
        "stata16-metan",
        EffectSizeModel(estimator="d", se="holkinse"),
        PoolingModel(i2="q", prediction="t_k_minus_2"),
        RegressionModel(test="adhoc", truncate_r2=False, egger="classical"),
    ),
    # metafor 3.8: escalc, rma, predict, regtest.
    Preset("metafor", EffectSizeModel(), PoolingModel()),
    # RevMan since January 2025. The Cochrane methods pages say REML, HKSJ, Q-profile and I2 from
    # tau2; z under tau2 = 0 and t(k-1) for prediction are read from the Handbook, not run.
    Preset(
        "cochrane",
        EffectSizeModel(correction="approximate", se="holkinse"),
        PoolingModel(ci="hksj_conditional", prediction="t_k_minus_1"),
        CLASSICAL,
    ),
    # R's meta 8: metacont with exact.smd, I2 from Q, method.predict "V". Read, not run.
    Preset(
        "meta8",
        EffectSizeModel(se="ub"),
        PoolingModel(i2="q", prediction="t_k_minus_1"),
        CLASSICAL,
    ),
)
PRESETS = {preset.name: preset for preset in _PRESETS}


def resolve(
    name: str, effect_size: Mapping | None = None, pooling: Mapping | None = None
) -> Preset:
    """Return the preset `name` with the config's overrides put over it.

    A change of `estimator` to d takes se `ls` unless `se` is given too, for d has no J; the common
    effect model (EE) takes I2 from Q, for its tau2 is 0 by definition; under `metafor`,
    HKSJ changes the prediction interval to t(k-1), as metafor does.
    Raises ValueError for an unknown preset.
    """
    if name not in PRESETS:
        known = ", ".join(PRESETS)
        raise ValueError(f"preset '{name}': expected one of {known} {nearest(name, list(PRESETS))}")
    preset = PRESETS[name]
    effect_size, pooling = dict(effect_size or {}), dict(pooling or {})
    if effect_size.get("estimator") == "d" and preset.effect_size.se in G_ONLY:
        effect_size.setdefault("se", "ls")
    if effect_size.get("estimator") == "unequal":
        effect_size.setdefault("se", "bonett")
    if effect_size.get("estimator") == "glass" and preset.effect_size.se == "j_times_d":
        # Stata gives Glass's delta without J.
        effect_size = {"se": "holkinse", "correction": "none"} | effect_size
    if pooling.get("tau2") == "EE":
        pooling.setdefault("i2", "q")
    if name == "metafor" and pooling.get("ci", "z") != "z":
        pooling.setdefault("prediction", "t_k_minus_1")
    return replace(
        preset,
        effect_size=replace(preset.effect_size, **effect_size),
        pooling=replace(preset.pooling, **pooling),
    )


def regression_test(ci: str, own: str) -> str:
    """Return how coefficients of a meta-regression are tested: z, knha or adhoc.

    By the preset's `own` test, unless the pooled interval is HKSJ throughout: then both are Knapp
    and Hartung's, as with metafor's `test`. On Cochrane's conditions (`hksj_conditional`) they are
    not: their program has no meta-regression, and where tau2 is 0 the method narrows intervals.
    """
    return {"hksj": "knha", "hksj_adhoc": "adhoc"}.get(ci, own)


def as_record(preset: Preset) -> dict:
    """Return the preset and its choices as plain values, for a JSON file."""
    return asdict(preset)
