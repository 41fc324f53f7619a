"""Meta-regression: effects that depend on moderators, many models at once.

Mixed-effects model yi ~ N(x_i b, vi + tau2). Units: coefficients in units of yi per unit of the
moderator, tau2 in squared units of yi, I2 and R2 in percent.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from strataforest.estimation.batches import check_choice
from strataforest.estimation.distributions import (
    check_level,
    chi2_upper_p,
    critical_value,
    f_upper_p,
    two_sided_p,
)
from strataforest.meta_regression.least_squares import (
    Projection,
    Regressions,
    check_design,
    dot,
    inverse_triangle,
    regressions,
)
from strataforest.meta_regression.residual_tau2 import (
    RESIDUAL_TAU2,
    projection_at,
    residual_q,
    trace,
)
from strataforest.meta_regression.residual_tau2_se import residual_tau2_se

TESTS = ("z", "knha", "adhoc")


@dataclass(frozen=True)
class MetaRegression:
    """B meta-regressions: arrays (B,) unless said otherwise.

    Per coefficient, (B, p): b, se, statistic, p_value, ci_low, ci_high; `covariance` (B, p, p) =
    UU' with its upper triangular `covariance_root` U, which keeps digits that products lose.
    df of these tests (inf for a normal); k studies; tau2 with its standard error (NaN for EE) and
    whether its search converged; residual i2 and h2. qe: test for residual heterogeneity, with
    qe_df = k - p and qe_p. qm: test of all coefficients but the intercept, with qm_df of them:
    chi-squared under a normal, F on qm_df and df otherwise; qm_p.
    """

    k: np.ndarray
    b: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    covariance: np.ndarray
    covariance_root: np.ndarray
    tau2: np.ndarray
    se_tau2: np.ndarray
    converged: np.ndarray
    i2: np.ndarray
    h2: np.ndarray
    qe: np.ndarray
    qe_df: np.ndarray
    qe_p: np.ndarray
    qm: np.ndarray
    qm_df: np.ndarray
    qm_p: np.ndarray


def fit_meta_regression(
    yi, vi, x, *, tau2_method: str = "REML", test: str = "z", level: float = 0.95
) -> MetaRegression:
    """Fit b = (X'WX)^-1 X'W y with W = diag(1 / (vi + tau2)) for every row.

    Covariance of b: s (X'WX)^-1 with s = 1 and a normal for test "z"; for "knha" s = sum(w r^2) /
    (k-p) and t on k-p degrees of freedom (Knapp & Hartung 2003, Stat Med 22:2693-2710); "adhoc"
    never lets s fall below 1. tau2 as in the module `residual_tau2`; REML and ML are global maxima.
    I2 = 100 tau2 / (tau2 + vt) and H2 = 1 + tau2 / vt with vt = (k-p) / tr P at tau2 = 0; for EE
    from QE: I2 = 100 max(0, (QE - df) / QE), H2 = QE / df. se_tau2 is the large-sample formula of
    each estimator (Viechtbauer 2005, J Educ Behav Stat 30:261-293, and as metafor gives them).

    A column of ones in the first place is the intercept; QM then tests the others, or the
    intercept where it is alone. Where knha meets a perfect fit, se is 0 or what rounding left of
    it, and the statistic +-inf or enormous.

    Args:
        yi: effects, (k,) or padded (B, k), NaN where absent.
        vi: sampling variances, same shape, NaN where absent.
        x: design matrix with its intercept, (k, p), shared by all rows, or (B, k, p); whatever it
            holds where yi is absent is ignored.
        tau2_method: a key of RESIDUAL_TAU2.
        test: one of TESTS.
        level: confidence level, 0 to 1.

    Returns:
        MetaRegression with B = 1 for yi of shape (k,). In a batch, a row whose columns are
        collinear or which has k <= p is NaN (converged False) but for k.

    Raises:
        ValueError: unknown names; level outside 0 to 1; as `check_design`; every row collinear
            or k <= p.
    """
    check_choice("tau2_method", tau2_method, RESIDUAL_TAU2)
    check_choice("test", test, TESTS)
    check_level(level)
    yi, vi, x = check_design(yi, vi, x)
    parts = []
    for _, chunk in regressions(yi, vi, x):
        fitted = np.flatnonzero(chunk.full_rank)
        part = _fit(chunk.take(fitted), tau2_method, test, level) if len(fitted) else None
        parts.append(_spread(part, fitted, chunk))
    whole = {
        field.name: np.concatenate([part[field.name] for part in parts])
        for field in fields(MetaRegression)
    }
    check_fitted(whole["tau2"], yi, x)
    return MetaRegression(**whole)


def check_fitted(result: np.ndarray, yi: np.ndarray, x: np.ndarray) -> None:
    """Raise ValueError if no row of a result (B,) could be fitted, and say why."""
    if not np.isnan(result).all():
        return
    k, p = (~np.isnan(yi)).sum(axis=1).max(), x.shape[2]
    if k <= p:
        raise ValueError(f"{p} coefficients need more than {p} studies, got {k}")
    raise ValueError("x is singular: a moderator is constant or a combination of others")


def _spread(part: dict | None, fitted: np.ndarray, chunk: Regressions) -> dict[str, np.ndarray]:
    """Put the fitted rows back in their places, NaN between them."""
    rows, p = len(chunk.batch.k), chunk.p
    shapes = dict.fromkeys(("b", "se", "statistic", "p_value", "ci_low", "ci_high"), (rows, p))
    shapes |= dict.fromkeys(("covariance", "covariance_root"), (rows, p, p))
    whole = {}
    for field in fields(MetaRegression):
        values = np.full(shapes.get(field.name, (rows,)), np.nan)
        if field.name == "converged":
            values = np.zeros(rows, dtype=bool)
        if part:
            values[fitted] = part[field.name]
        whole[field.name] = values
    return whole | {"k": chunk.batch.k}


def _fit(chunk: Regressions, tau2_method: str, test: str, level: float) -> dict[str, np.ndarray]:
    """All fields of MetaRegression for regressions of full rank."""
    unit, k = chunk.batch.unit, chunk.batch.k
    tau2, converged = RESIDUAL_TAU2[tau2_method](chunk)
    fit = projection_at(chunk, tau2)
    scale = np.ones(len(k))
    if test != "z":
        scale = residual_q(fit) / chunk.df
    if test == "adhoc":
        scale = np.maximum(scale, 1.0)
    df = np.where(test == "z", np.inf, chunk.df)
    spread = inverse_triangle(chunk.triangle) @ inverse_triangle(fit.triangle)
    b = unit[:, None] * dot(spread, fit.coordinates[:, None, :])
    b[:, 0] += chunk.batch.centre
    root = (unit * np.sqrt(scale))[:, None, None] * spread
    se = np.sqrt(dot(root, root))
    statistic = _ratio(b, se)
    half_width = critical_value(df, level)[:, None] * se
    return {
        "k": k,
        "b": b,
        "se": se,
        "statistic": statistic,
        "df": df,
        "p_value": two_sided_p(statistic, df[:, None]),
        "ci_low": b - half_width,
        "ci_high": b + half_width,
        "covariance": root @ np.swapaxes(root, 1, 2),
        "covariance_root": root,
        "tau2": unit**2 * tau2,
        "se_tau2": unit**2 * residual_tau2_se(chunk, tau2, tau2_method),
        "converged": converged,
        **_residual_heterogeneity(chunk, tau2, tau2_method),
        **_omnibus(chunk, fit, scale, statistic, df),
    }


def _omnibus(chunk: Regressions, fit: Projection, scale, statistic, df) -> dict:
    """QM: with the intercept first, the squared coordinates of yi along the columns after it."""
    alone = chunk.intercept and chunk.p == 1
    tested = fit.coordinates[:, 1:] if chunk.intercept else fit.coordinates
    q = statistic[:, 0] ** 2 if alone else _ratio(dot(tested, tested), scale)
    count = 1 if alone else tested.shape[1]
    return {
        "qm": np.where(np.isinf(df), q, q / count),
        "qm_df": np.full(len(df), count),
        "qm_p": f_upper_p(q / count, count, df),
    }


def _residual_heterogeneity(chunk: Regressions, tau2: np.ndarray, tau2_method: str) -> dict:
    fixed = projection_at(chunk, np.zeros(len(tau2)))
    q, df = residual_q(fixed), chunk.df
    if tau2_method == "EE":
        excess = np.maximum(q - df, 0.0)
        i2, h2 = 100 * excess / np.where(excess > 0, q, 1.0), q / df
    else:
        typical = df / trace(fixed)
        i2, h2 = 100 * tau2 / (tau2 + typical), 1 + tau2 / typical
    return {"qe": q, "qe_df": df, "qe_p": chi2_upper_p(q, df), "i2": i2, "h2": h2}


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, with 0 / 0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((above == 0) & (below == 0), 0.0, above / below)
