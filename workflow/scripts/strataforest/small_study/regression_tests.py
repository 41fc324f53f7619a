"""Regression tests for small-study effects: does the effect depend on the size of the study?

Egger's test in both its forms and by other predictors, and PET-PEESE. All are meta-regressions of
yi on one predictor; what differs is the predictor and the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from strataforest.estimation.batches import check_choice
from strataforest.meta_regression.mixed_model import fit_meta_regression
from strataforest.small_study.funnel import one_analysis, selected_side

MODELS = ("mixed", "multiplicative")
PET_PEESE_P = 0.05  # one-sided


@dataclass(frozen=True)
class RegressionTest:
    """The slope on one predictor with its test (df inf for a normal), k studies.

    limit_estimate with its interval is the effect where the predictor is 0, an infinitely large
    study; NaN for the predictor ni, which is infinite there. tau2 is 0 under "multiplicative".
    """

    model: str
    predictor: str
    k: int
    slope: float
    slope_se: float
    statistic: float
    df: float
    p_value: float
    limit_estimate: float
    limit_se: float
    limit_ci_low: float
    limit_ci_high: float
    tau2: float
    converged: bool


@dataclass(frozen=True)
class PetPeese:
    """Both regressions, the one-sided p of PET's limit estimate, and which of them is used."""

    pet: RegressionTest
    peese: RegressionTest
    alternative: str
    pet_p: float
    chosen: str

    @property
    def result(self) -> RegressionTest:
        """The regression whose limit estimate the rule takes."""
        return self.pet if self.chosen == "PET" else self.peese


# From vi, total sample size, and 1/n_treat + 1/n_control: what the effect is regressed on.
PREDICTORS = {
    "sei": lambda vi, n_total, inverse: np.sqrt(vi),
    "vi": lambda vi, n_total, inverse: vi,
    "ni": lambda vi, n_total, inverse: n_total,
    "ninv": lambda vi, n_total, inverse: 1 / n_total,
    "sqrtninv": lambda vi, n_total, inverse: 1 / np.sqrt(n_total),
    "arms": lambda vi, n_total, inverse: np.sqrt(inverse),
}


def regression_test(
    yi,
    vi,
    *,
    predictor: str = "sei",
    model: str = "mixed",
    n_total=None,
    n_treat=None,
    n_control=None,
    tau2_method: str = "REML",
    test: str = "z",
    level: float = 0.95,
) -> RegressionTest:
    """Regress yi on sei, vi, ni, 1/ni ("ninv"), 1/sqrt(ni) ("sqrtninv") or sqrt(1/n1 + 1/n2).

    model "mixed": the mixed-effects meta-regression (method 3b of Thompson & Sharp 1999, Stat Med
    18:2693-2708), tested as `fit_meta_regression` does. "multiplicative": weights 1/vi and a
    dispersion estimated from the residuals, t on k-2 df: with sei the classical test of Egger et
    al. 1997 (BMJ 315:629-634; its intercept on the precision is the slope here), tau2_method and
    test having no part in it. The last predictor ("arms") is that of Pustejovsky & Rodgers 2019
    (Res Synth Methods 10:57-71) for standardised mean differences, whose sei holds the effect
    itself and so correlates with it without any bias; the weights remain those of vi.

    Args:
        yi: effects, (k,).
        vi: their sampling variances, (k,).
        predictor: a key of PREDICTORS.
        model: one of MODELS.
        n_total: sample sizes (k,), for the predictors made of ni.
        n_treat, n_control: arm sizes (k,), for "arms".
        tau2_method, test, level: as `fit_meta_regression`.

    Raises:
        ValueError: yi not one-dimensional, an entry absent, k < 3; unknown names; sample sizes
            missing, not positive or not (k,); a predictor that does not vary; and as
            `fit_meta_regression`.
    """
    check_choice("predictor", predictor, PREDICTORS)
    check_choice("model", model, MODELS)
    yi, vi = one_analysis(yi, vi, "regression_test", at_least=3)
    total = inverse = None
    if predictor in ("ni", "ninv", "sqrtninv"):
        total = _sizes("n_total", n_total, len(yi))
    if predictor == "arms":
        arms = _sizes("n_treat", n_treat, len(yi)), _sizes("n_control", n_control, len(yi))
        inverse = 1 / arms[0] + 1 / arms[1]
    values = PREDICTORS[predictor](vi, total, inverse)
    if model == "multiplicative":
        return weighted_regression(yi, vi, values, predictor, level=level)
    return _fit(yi, vi, values, ("mixed", predictor), tau2_method, test, level)


def weighted_regression(yi, vi, values, predictor: str, *, level: float = 0.95) -> RegressionTest:
    """Regress yi on `values` (k,) with weights 1/vi and a dispersion from the residuals.

    `predictor` names the values in the result. Raises ValueError as `regression_test` does.
    """
    return _fit(yi, vi, values, ("multiplicative", predictor), "EE", "knha", level)


def pet_peese(yi, vi, *, alternative: str = "auto", level: float = 0.95) -> PetPeese:
    """PET (on sei) and PEESE (on vi), both with weights 1/vi and a dispersion from the residuals.

    Stanley & Doucouliagos 2014 (Res Synth Methods 5:60-78): PEESE's limit estimate where PET's
    rejects no effect on the side of `alternative` at a one-sided p < 0.05, t on k-2 df, else PET's.

    yi, vi: (k,). alternative: "greater", "less", or "auto" by the sign of the common-effect
    estimate. Raises ValueError as `regression_test`, and for an unknown alternative.
    """
    yi, vi = one_analysis(yi, vi, "pet_peese", at_least=3)
    alternative = selected_side(yi, vi, alternative)
    pet = weighted_regression(yi, vi, np.sqrt(vi), "sei", level=level)
    peese = weighted_regression(yi, vi, vi, "vi", level=level)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.float64(pet.limit_estimate) / pet.limit_se
    sign = 1.0 if alternative == "less" else -1.0
    # 0 / 0: equal effects of 0 speak against nothing.
    p = 0.5 if np.isnan(statistic) else float(stdtr(pet.df, sign * statistic))
    return PetPeese(pet, peese, alternative, p, "PEESE" if p < PET_PEESE_P else "PET")


def _fit(yi, vi, values, names, tau2_method, test, level) -> RegressionTest:
    """The regression on (1, values); `names` are those of the model and the predictor."""
    model, predictor = names
    if np.ptp(values) == 0:
        raise ValueError(f"the predictor {predictor} is the same in all studies: no slope")
    design = np.stack([np.ones(len(values)), values], axis=1)
    fit = fit_meta_regression(yi, vi, design, tau2_method=tau2_method, test=test, level=level)
    limit = (fit.b[0, 0], fit.se[0, 0], fit.ci_low[0, 0], fit.ci_high[0, 0])
    if predictor == "ni":
        limit = (np.nan,) * 4
    return RegressionTest(
        model,
        predictor,
        int(fit.k[0]),
        *(float(part[0, 1]) for part in (fit.b, fit.se, fit.statistic)),
        float(fit.df[0]),
        float(fit.p_value[0, 1]),
        *(float(part) for part in limit),
        tau2=float(fit.tau2[0]),
        converged=bool(fit.converged[0]),
    )


def _sizes(name: str, values, k: int) -> np.ndarray:
    if values is None:
        raise ValueError(f"this predictor needs {name}")
    sizes = np.asarray(values, dtype=float)
    if sizes.shape != (k,) or not ((sizes > 0) & (sizes < np.inf)).all():
        raise ValueError(f"{name} must be {k} positive numbers, one per study")
    return sizes
