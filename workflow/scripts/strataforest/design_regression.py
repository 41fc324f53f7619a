"""Is the size of a trial tied to its length? Ordinary least squares with robust errors.

A question about the design of the trials, not about effects: one row per study, no weights. The
numbers are those of statsmodels' OLS, which takes a second to load and is left to the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.distributions import check_level, critical_value, two_sided_p
from strataforest.meta_regression.least_squares import collinear_column


@dataclass(frozen=True)
class DesignRegression:
    """Coefficients as arrays (p,), column order of x; n studies; df = n - p; R2 in percent."""

    n: int
    b: np.ndarray
    se: np.ndarray
    statistic: np.ndarray
    df: int
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    r2: float


def design_regression(y, x, *, level: float = 0.95) -> DesignRegression:
    """Ordinary least squares with the HC1 covariance and t on n-p degrees of freedom.

    HC1: n / (n-p) (X'X)^-1 X' diag(e^2) X (X'X)^-1 (MacKinnon & White 1985, J Econometrics
    29:305-325), what Stata prints with `regress, vce(robust)`. With X = QR, (X'X)^-1 X' = R^-1 Q'.
    R2 is about the mean of y: x holds an intercept.

    Args:
        y: outcome, (n,), for instance ln of the number randomised.
        x: design matrix with its intercept, (n, p), for instance ones and weeks.
        level: confidence level, 0 to 1.

    Raises:
        ValueError: shapes do not fit; an entry not finite; n <= p; collinear columns (a constant
            moderator); level outside 0 to 1.
    """
    check_level(level)
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    if y.ndim != 1 or x.ndim != 2 or len(x) != len(y):
        raise ValueError(f"y must be (n,) and x (n, p), got {y.shape} and {x.shape}")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("y and x must be finite: drop studies without a value")
    n, p = x.shape
    if n <= p:
        raise ValueError(f"{p} coefficients need more than {p} studies, got {n}")
    if collinear_column(x) is not None:
        raise ValueError("x is singular: a column is constant or a combination of others")
    # Columns of one length: weeks and years then share their digits.
    length = np.linalg.norm(x, axis=0)
    basis, triangle = np.linalg.qr(x / length)
    b = np.linalg.solve(triangle, basis.T @ y) / length
    residual = y - x @ b
    root = np.linalg.solve(triangle, basis.T * residual) / length[:, None]
    se = np.sqrt(n / (n - p) * (root**2).sum(axis=1))
    half = critical_value(np.array(n - p), level) * se
    statistic = b / se
    return DesignRegression(
        n=n,
        b=b,
        se=se,
        statistic=statistic,
        df=n - p,
        p_value=two_sided_p(statistic, n - p),
        ci_low=b - half,
        ci_high=b + half,
        r2=100 * float(1 - residual @ residual / np.sum((y - y.mean()) ** 2)),
    )
