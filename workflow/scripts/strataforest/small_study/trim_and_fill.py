"""Trim and fill: the pooled effect with the studies put back that asymmetry suggests are missing.

Duval & Tweedie 2000, JASA 95:89-98 and Biometrics 56:455-463. A sensitivity analysis, not an
estimate: heterogeneity alone can make a funnel lopsided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import check_choice
from strataforest.heterogeneity import heterogeneity
from strataforest.pooling import TAU2_ESTIMATORS, pool
from strataforest.small_study.funnel import one_analysis
from strataforest.small_study.regression_tests import regression_test

ESTIMATORS = ("L0", "R0", "Q0")
SIDES = ("auto", "left", "right")
# A slope within this many of its standard errors of 0 is 0 but for rounding.
NO_SLOPE = 1e-9


@dataclass(frozen=True)
class TrimAndFill:
    """k0 studies are missing on `side` of the funnel, with se_k0 (NaN where its variance is < 0).

    p_k0 tests k0 = 0 (R0 only, else NaN). filled_yi and filled_vi (k0,) mirror the most extreme
    studies, the nearest to the centre first. All else is the refit of the k = observed + k0
    effects, normal test whatever the analysis uses; i2 in percent.
    """

    estimator: str
    side: str
    k0: int
    se_k0: float
    p_k0: float
    filled_yi: np.ndarray
    filled_vi: np.ndarray
    k: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    ci_low: float
    ci_high: float
    tau2: float
    i2: float
    q: float
    q_p: float
    converged: bool


def trim_and_fill(
    yi,
    vi,
    *,
    estimator: str = "L0",
    side: str = "auto",
    tau2_method: str = "REML",
    i2: str = "tau2",
    level: float = 0.95,
) -> TrimAndFill:
    """Trim the k0 largest effects, pool, rank all |yi - mu| and estimate k0 again, until it stays.

    With S the sum of the ranks of the positive yi - mu, and the effects turned so that the missing
    ones are on the left: L0 = (4 S - k(k+1)) / (2k - 1); Q0 = k - 1/2 - sqrt(2k^2 - 4 S + 1/4);
    R0 = (number of ranks beyond the largest of a yi - mu that is not positive) - 1; each rounded
    and cut at 0. The k0 trimmed effects are then mirrored at the last mu, and all are pooled. Ties
    of |yi - mu| rank in the order of yi, then of vi, so that row order is irrelevant (metafor
    breaks ties of yi by row).

    Args:
        yi: effects, (k,).
        vi: their sampling variances, (k,).
        estimator: one of ESTIMATORS.
        side: where studies are missing; "auto": right where effects fall with their standard
            error (slope of the meta-regression on it < 0), else left; a slope that is 0 but for
            rounding is 0. At k = 2, or where all standard errors are equal, there is no slope and
            the side must be given.
        tau2_method: as `pool`, in every round.
        i2: as `heterogeneity`.
        level: confidence level, 0 to 1.

    Raises:
        ValueError: yi not one-dimensional, an entry absent, k < 2; unknown names; no slope for
            "auto"; Q0 undefined (S too large for its root); k0 goes round in circles; and as
            `pool`.
    """
    check_choice("estimator", estimator, ESTIMATORS)
    check_choice("side", side, SIDES)
    check_choice("tau2_method", tau2_method, TAU2_ESTIMATORS)
    yi, vi = one_analysis(yi, vi, "trim_and_fill", at_least=2)
    if side == "auto":
        side = _side(yi, vi, tau2_method)
    turn = -1.0 if side == "right" else 1.0
    order = np.lexsort((vi, turn * yi))
    turned, sorted_vi = turn * yi[order], vi[order]
    k0, spread, centre = _settle(turned, sorted_vi, estimator, tau2_method)
    trimmed = slice(len(yi) - k0, len(yi))
    filled_yi, filled_vi = turn * (2 * centre - turned[trimmed]), sorted_vi[trimmed]
    together = np.concatenate([yi, filled_yi]), np.concatenate([vi, filled_vi])
    return TrimAndFill(
        estimator=estimator,
        side=side,
        k0=k0,
        se_k0=spread,
        # Under k0 = 0 each of the k0 + 1 largest |yi - mu| is positive with probability 1/2.
        p_k0=0.5 ** (k0 + 1) if estimator == "R0" else np.nan,
        filled_yi=filled_yi,
        filled_vi=filled_vi,
        k=len(together[0]),
        **_refit(*together, tau2_method, i2, level),
    )


def _refit(yi: np.ndarray, vi: np.ndarray, tau2_method: str, i2: str, level: float) -> dict:
    fitted = pool(yi, vi, tau2_method=tau2_method, level=level)
    found = heterogeneity(yi, vi, fitted.tau2, i2=i2, level=level)
    names = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "tau2", "converged")
    refit = {name: getattr(fitted, name)[0].item() for name in names}
    return refit | {name: getattr(found, name)[0].item() for name in ("i2", "q", "q_p")}


def _side(yi: np.ndarray, vi: np.ndarray, tau2_method: str) -> str:
    try:
        slope_z = regression_test(yi, vi, tau2_method=tau2_method).statistic
    except ValueError as error:
        raise ValueError(f"side auto has no slope on the standard error: {error}") from error
    # The sign of rounding would follow row order.
    return "right" if slope_z < -NO_SLOPE else "left"


def _settle(
    yi: np.ndarray, vi: np.ndarray, estimator: str, tau2_method: str
) -> tuple[int, float, float]:
    """Return k0, its standard error and the centre, for sorted effects missing on the left."""
    k, k0, seen = len(yi), 0, []
    while k0 not in seen[-1:]:
        if k0 in seen:
            circle = ", ".join(map(str, seen[seen.index(k0) :]))
            raise ValueError(f"trim and fill with {estimator} does not settle: k0 = {circle}, ...")
        seen.append(k0)
        kept = slice(0, k - k0)
        centre = pool(yi[kept], vi[kept], tau2_method=tau2_method).estimate[0].item()
        raw = _missing(yi - centre, estimator)
        k0 = max(0, round(raw))
    return k0, _standard_error(raw, k, estimator), centre


def _missing(residuals: np.ndarray, estimator: str) -> float:
    """The estimate of k0, not rounded, from sorted residuals."""
    k = len(residuals)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(residuals), kind="stable")] = np.arange(1, k + 1)
    positive = residuals > 0
    if estimator == "R0":
        return k - ranks[~positive].max(initial=0) - 1
    rank_sum = ranks[positive].sum()
    if estimator == "L0":
        return (4 * rank_sum - k * (k + 1)) / (2 * k - 1)
    root = 2 * k * k - 4 * rank_sum + 0.25
    if root < 0:
        raise ValueError("Q0 is undefined: too many large effects on one side; use L0 or R0")
    return k - 0.5 - float(np.sqrt(root))


def _standard_error(k0: float, k: int, estimator: str) -> float:
    """Of the estimate before rounding; NaN where the variance formula falls below 0."""
    if estimator == "R0":
        return float(np.sqrt(2 * max(0.0, k0) + 2))
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * k0**3
        + 27 * k0**2
        + 17 * k0
        - 18 * k * k0**2
        - 18 * k * k0
        + 6 * k**2 * k0
    ) / 24
    if variance < 0:
        return np.nan
    if estimator == "L0":
        return float(4 * np.sqrt(variance) / (2 * k - 1))
    return float(2 * np.sqrt(variance) / np.sqrt((k - 0.5) ** 2 - k0 * (2 * k - k0 - 1)))
