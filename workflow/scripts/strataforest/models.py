"""The choices behind every number, as values that presets fill and the statistics read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EffectSizeModel:
    """How a comparison becomes an effect: see the module effect_sizes."""

    measure: str = "SMD"
    estimator: str = "g"
    correction: str = "exact"
    se: str = "ls"
    md_sds: str = "unequal"


@dataclass(frozen=True)
class PoolingModel:
    """How effects are pooled: see the modules pooling and heterogeneity."""

    tau2: str = "REML"
    ci: str = "z"
    i2: str = "tau2"
    prediction: str = "z"
    level: float = 0.95
