"""What a meta-regression predicts: the mean effect at given moderators, and its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.distributions import critical_value
from strataforest.heterogeneity import prediction_interval
from strataforest.meta_regression.mixed_model import MetaRegression


@dataclass(frozen=True)
class Predictions:
    """Mean effects at n points: confidence limits of the mean, prediction limits of a new study.

    Arrays (B, n), on the scale of yi.
    """

    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    pi_low: np.ndarray
    pi_high: np.ndarray


def predict(
    fit: MetaRegression, x_new, *, prediction: str = "t_k_minus_2", level: float = 0.95
) -> Predictions:
    """Return x b at every row of x_new, se = sqrt(x V x'), V the covariance of b.

    The confidence limits use the test of the fit (normal, or t with k-p df). Prediction limits are
    estimate -/+ c sqrt(se^2 + tau2); with p coefficients the names of `prediction_interval` mean
    t with k-p ("t_k_minus_1") and k-p-1 ("t_k_minus_2", at least 1) degrees of freedom.

    Args:
        fit: from `fit_meta_regression`.
        x_new: (n, p), columns as in the fit.
        prediction: one of PREDICTION_METHODS.
        level: confidence level, 0 to 1.

    Raises:
        ValueError: x_new has another number of columns or is not finite; unknown prediction;
            level outside 0 to 1.
    """
    x_new, p = np.asarray(x_new, dtype=float), fit.b.shape[1]
    if x_new.ndim != 2 or x_new.shape[1] != p or not np.isfinite(x_new).all():
        raise ValueError(f"x_new must hold finite rows of {p} columns, got shape {x_new.shape}")
    estimate = fit.b @ x_new.T
    scaled = x_new @ fit.covariance_root
    se = np.sqrt(np.einsum("bnp,bnp->bn", scaled, scaled))
    half_width = critical_value(fit.df, level)[:, None] * se
    tau2 = np.broadcast_to(fit.tau2[:, None], estimate.shape)
    # prediction_interval counts from one coefficient, the mean.
    k = np.broadcast_to((fit.k - p + 1)[:, None], estimate.shape)
    pi_low, pi_high = prediction_interval(estimate, se, tau2, k, prediction, level)
    return Predictions(estimate, se, estimate - half_width, estimate + half_width, pi_low, pi_high)


def moderator_grid(x, column: int, points: int = 101) -> tuple[np.ndarray, np.ndarray]:
    """Points along one moderator: its values (points,) and rows for `predict` (points, p).

    From the smallest to the largest value of the column in x (k, p); the other columns stay at
    their means over the studies, as in metafor's bubble plots.

    Raises:
        ValueError: no such column; fewer than 2 points; x not (k, p).
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or not 0 <= column < x.shape[1] or points < 2:
        raise ValueError(f"need x (k, p), a column of it and 2 points, got {x.shape}, {column}")
    values = np.linspace(x[:, column].min(), x[:, column].max(), points)
    rows = np.tile(x.mean(axis=0), (points, 1))
    rows[:, column] = values
    return values, rows
