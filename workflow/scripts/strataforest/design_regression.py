"""Is the size of a trial tied to its length? Ordinary least squares with robust errors.

A question about the design of the trials, not about effects: one row per study, no weights.
statsmodels takes a second to load, so no other module of the package imports it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm

from strataforest.estimation.distributions import check_level
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
    29:305-325), what Stata prints with `regress, vce(robust)`.

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
    fit = sm.OLS(y, x).fit(cov_type="HC1", use_t=True)
    low, high = fit.conf_int(alpha=1 - level).T
    return DesignRegression(
        n=n,
        b=fit.params,
        se=fit.bse,
        statistic=fit.tvalues,
        df=n - p,
        p_value=fit.pvalues,
        ci_low=low,
        ci_high=high,
        r2=100 * float(fit.rsquared),
    )
