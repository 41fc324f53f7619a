"""Every test for small-study effects that a meta-analysis allows, one row each, or why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from strataforest.estimation.batches import check_choice
from strataforest.estimation.distributions import check_level
from strataforest.pooling import TAU2_ESTIMATORS
from strataforest.small_study.count_regression_tests import (
    HARBORD_MEASURES,
    harbord_test,
    peters_test,
)
from strataforest.small_study.funnel import ALTERNATIVES, one_analysis
from strataforest.small_study.rank_test import rank_test
from strataforest.small_study.regression_tests import RegressionTest, pet_peese, regression_test
from strataforest.small_study.selection_model import selection_model
from strataforest.small_study.trim_and_fill import trim_and_fill

# A preset's own form of Egger's test, by the name of its row here.
EGGER = {"re": "egger_re", "classical": "egger_classical"}
MIN_EFFECTS = 10
SIZES = ("n_treat", "n_control", "events_treat", "events_control")


@dataclass(frozen=True)
class SmallStudyRow:
    """One test; NaN for what it has not. k counts the studies that it uses.

    estimate with se: the slope on the predictor; Kendall's tau; delta of the selection model.
    statistic: t or z (df inf) of a slope, z of a rank test with ties, the likelihood ratio of the
    selection model. limit_*: the effect free of small-study effects by this method. p_value is
    that of no small-study effect, two-sided; for trim and fill, of k0 = 0 (R0 only).
    preset_default marks the preset's own form of Egger's test. status is computed or
    not_applicable; reason says why not, or what to know.
    """

    measure: str
    k: int
    test: str
    predictor: str = ""
    estimate: float = np.nan
    se: float = np.nan
    statistic: float = np.nan
    df: float = np.nan
    p_value: float = np.nan
    limit_estimate: float = np.nan
    limit_ci_low: float = np.nan
    limit_ci_high: float = np.nan
    k0: int | None = None
    preset_default: bool = False
    status: str = "computed"
    reason: str = ""


def small_study(
    yi,
    vi,
    *,
    measure: str,
    n_treat=None,
    n_control=None,
    events_treat=None,
    events_control=None,
    min_effects: int = MIN_EFFECTS,
    tau2_method: str = "REML",
    egger: str = "re",
    alternative: str = "auto",
    level: float = 0.95,
) -> list[SmallStudyRow]:
    """Run every test on k >= min_effects studies; below that one row says so (Sterne et al. 2011).

    Rows: egger_re and egger_classical; egger_sample_size where `measure` is SMD; begg; peters and
    harbord where it is OR or RR; trim_and_fill_l0 and _r0; pet, peese and pet_peese; and
    selection_model. A test that the data do not allow is a row with its reason.

    Args:
        yi, vi: effects and sampling variances, (k,).
        measure: of the effects, such as SMD or OR.
        n_treat, n_control, events_treat, events_control: (k,) each or None; an entry that is None
            or NaN is unknown, and the tests that need it do not apply.
        min_effects: the gate.
        tau2_method: as `fit_meta_regression` and `pool`.
        egger: a key of EGGER.
        alternative: which effects selection favours, as `selection_model`.
        level: confidence level, 0 to 1.

    Raises:
        ValueError: yi not one-dimensional, an entry absent, unknown names; and as `pool`.
    """
    yi, vi = one_analysis(yi, vi, "small_study", at_least=1)
    check_choice("egger", egger, EGGER)
    check_choice("tau2_method", tau2_method, TAU2_ESTIMATORS)
    check_choice("alternative", alternative, ALTERNATIVES)
    check_level(level)
    k = len(yi)
    if k < min_effects:
        reason = f"k = {k} is below the {min_effects} studies that these tests need"
        return [SmallStudyRow(measure, k, "all", status="not_applicable", reason=reason)]
    sizes = dict(zip(SIZES, (n_treat, n_control, events_treat, events_control), strict=True))
    counts = {name: _known(values, k) for name, values in sizes.items()}
    options = {"tau2_method": tau2_method, "level": level}
    tests = {
        **_eggers(yi, vi, measure, counts, options),
        "begg": partial(_begg, yi, vi),
        **_ratio_tests(yi, measure, counts, level),
        "trim_and_fill_l0": partial(_filled, yi, vi, "L0", options),
        "trim_and_fill_r0": partial(_filled, yi, vi, "R0", options),
        **_pet_peeses(yi, vi, alternative, level),
        "selection_model": partial(_selected, yi, vi, alternative, level),
    }
    rows = [_row(SmallStudyRow(measure, k, name), fit) for name, fit in tests.items()]
    return [replace(row, preset_default=row.test == EGGER[egger]) for row in rows]


def _known(values, k: int) -> np.ndarray | None:
    """Values as floats (k,), or None where one is unknown; raises ValueError for another shape."""
    if values is None:
        return None
    numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
    if numbers.shape != (k,):
        raise ValueError(f"sizes and events must have {k} entries, got shape {numbers.shape}")
    return None if np.isnan(numbers).any() else numbers


def _row(row: SmallStudyRow, fit: Callable[[], dict]) -> SmallStudyRow:
    try:
        return replace(row, **fit())
    except ValueError as error:
        return replace(row, status="not_applicable", reason=str(error))


def _slope(fit: RegressionTest) -> dict:
    return {
        "k": fit.k,
        "predictor": fit.predictor,
        "estimate": fit.slope,
        "se": fit.slope_se,
        "statistic": fit.statistic,
        "df": fit.df,
        "p_value": fit.p_value,
        "limit_estimate": fit.limit_estimate,
        "limit_ci_low": fit.limit_ci_low,
        "limit_ci_high": fit.limit_ci_high,
        "reason": "" if fit.converged else "the search for tau2 did not converge",
    }


def _eggers(yi, vi, measure: str, counts: dict, options: dict) -> dict[str, Callable[[], dict]]:
    level = {"level": options["level"]}
    tests = {
        "egger_re": lambda: _slope(regression_test(yi, vi, **options)),
        "egger_classical": lambda: _slope(regression_test(yi, vi, model="multiplicative", **level)),
    }
    if measure == "SMD":
        arms = {name: counts[name] for name in ("n_treat", "n_control")}
        tests["egger_sample_size"] = lambda: _slope(
            regression_test(yi, vi, predictor="arms", **_all_known(arms), **options)
        )
    return tests


def _ratio_tests(yi, measure: str, counts: dict, level: float) -> dict[str, Callable[[], dict]]:
    if measure not in HARBORD_MEASURES:
        return {}
    return {
        "peters": lambda: _slope(peters_test(yi, **_all_known(counts), level=level)),
        "harbord": lambda: _slope(harbord_test(**_all_known(counts), measure=measure, level=level)),
    }


def _all_known(counts: dict) -> dict:
    unknown = [name for name, values in counts.items() if values is None]
    if unknown:
        raise ValueError(f"{', '.join(unknown)} not known for every study")
    return counts


def _begg(yi, vi) -> dict:
    found = rank_test(yi, vi)
    if np.isnan(found.tau):
        raise ValueError("Kendall's tau is undefined: all variances or all effects are equal")
    exact = {"reason": "exact p-value"} if found.exact else {"statistic": found.z, "df": np.inf}
    return {"predictor": "vi", "estimate": found.tau, "p_value": found.p_value, **exact}


def _filled(yi, vi, estimator: str, options: dict) -> dict:
    fit = trim_and_fill(yi, vi, estimator=estimator, **options)
    return _limit(fit) | {"k0": fit.k0, "p_value": fit.p_k0, "reason": f"side {fit.side}"}


def _pet_peeses(yi, vi, alternative: str, level: float) -> dict[str, Callable[[], dict]]:
    def chosen() -> dict:
        both = pet_peese(yi, vi, alternative=alternative, level=level)
        rule = f"{both.chosen} is taken: the one-sided p of PET is {both.pet_p:.3g}"
        fit = _slope(both.result)
        kept = ("predictor", "limit_estimate", "limit_ci_low", "limit_ci_high")
        return {name: fit[name] for name in kept} | {"reason": rule}

    regress = partial(regression_test, yi, vi, model="multiplicative", level=level)
    return {
        "pet": lambda: _slope(regress(predictor="sei")),
        "peese": lambda: _slope(regress(predictor="vi")),
        "pet_peese": chosen,
    }


def _selected(yi, vi, alternative: str, level: float) -> dict:
    fit = selection_model(yi, vi, alternative=alternative, level=level)
    return _limit(fit) | {
        "estimate": fit.delta,
        "se": fit.se_delta,
        "statistic": fit.lrt,
        "df": 1.0,
        "p_value": fit.lrt_p,
        "reason": "; ".join(_remarks(fit)),
    }


def _remarks(fit) -> Iterator[str]:
    yield f"selected side {fit.alternative}"
    if fit.at_bound:
        yield "delta at its bound"
    if not fit.converged:
        yield "did not converge"


def _limit(fit) -> dict:
    return {
        "limit_estimate": fit.estimate,
        "limit_ci_low": fit.ci_low,
        "limit_ci_high": fit.ci_high,
    }
