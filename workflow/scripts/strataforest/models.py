"""The choices behind every number, as values that presets fill and the statistics read."""

from dataclasses import dataclass

# Measures that are pooled as logarithms and read as ratios.
RATIO_MEASURES = frozenset({"RR", "OR", "PETO"})


@dataclass(frozen=True)
class EffectSizeModel:
    """How a comparison becomes an effect: see the modules effect_sizes and zero_cells.

    `zero_cells` by_measure corrects tables with a 0 but for PETO, which needs no correction;
    `double_zero` drop_from_ratios keeps tables without contrast for RD only.
    """

    measure: str = "SMD"
    estimator: str = "g"
    correction: str = "exact"
    se: str = "ls"
    md_sds: str = "unequal"
    zero_cells: str = "by_measure"
    double_zero: str = "drop_from_ratios"


@dataclass(frozen=True)
class Conversions:
    """What may stand in for missing numbers, the config's `conversions`: see arm_values."""

    assume_equal_arms: bool = False
    bounded_p: str = "exclude"
    default_icc: float | None = None
    change_correlation: float = 0.5
    change_from_baseline: str = "change_rows"
    medians: str = "shi"
    borrow_sd: str | bool = False


@dataclass(frozen=True)
class PoolingModel:
    """How effects are pooled: see the modules pooling and heterogeneity."""

    tau2: str = "REML"
    ci: str = "z"
    i2: str = "tau2"
    prediction: str = "z"
    level: float = 0.95


@dataclass(frozen=True)
class RegressionModel:
    """How regressions are tested: see the modules meta_regression and small_study.

    `test` is z, knha or adhoc; `truncate_r2` prints an R2 below 0 as 0; `egger` is the program's
    own form of Egger's test, re (random effects on the SE) or classical (1997).
    """

    test: str = "z"
    truncate_r2: bool = True
    egger: str = "re"
