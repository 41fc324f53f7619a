"""How far moderators say the same thing: variance inflation factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.meta_regression.least_squares import inverse_triangle
from strataforest.meta_regression.mixed_model import MetaRegression

LIMIT = 10.0


@dataclass(frozen=True)
class VarianceInflation:
    """Per moderator (a factor is one): `gvif`, its number of columns, gvif^(1/m), and a flag.

    With one column gvif is the plain VIF. gvif^(1/m) is comparable between moderators with
    different numbers of columns m; `near_collinear` says that it exceeds the limit.
    """

    moderator: list[str]
    columns: np.ndarray
    gvif: np.ndarray
    per_column: np.ndarray
    near_collinear: np.ndarray


def variance_inflation(
    fit: MetaRegression, moderators: Mapping[str, Sequence[int]], *, limit: float = LIMIT
) -> VarianceInflation:
    """Generalised VIF det R_in det R_out / det R (Fox & Monette 1992, JASA 87:178-183).

    R is the correlation matrix of the coefficients but the intercept (so the weights count, as in
    metafor's vif()), R_in of the moderator's own columns, R_out of the others. A lone moderator
    has 1. Computed from the triangular root of the covariance: no digits are lost near
    collinearity, where it matters.

    Args:
        fit: one meta-regression with an intercept in column 0, from `fit_meta_regression`.
        moderators: names with their columns of x, 0 (the intercept) in none of them.
        limit: largest acceptable gvif^(1/m).

    Raises:
        ValueError: more than one fit; the columns are not 1 to p-1, each once.
    """
    p = fit.b.shape[1]
    named = [column for columns in moderators.values() for column in columns]
    if len(fit.b) != 1 or sorted(named) != list(range(1, p)):
        raise ValueError(f"need one fit and its columns 1 to {p - 1}, each once, got {named}")
    # V = UU' without the intercept is that of the other rows of U; V^-1 = T'T with T = U^-1.
    root = fit.covariance_root[:, 1:, 1:]
    inverse = inverse_triangle(root)
    gvif = []
    for columns in moderators.values():
        own = np.array(columns) - 1
        # det V_in det V_out / det V = det V_in det (V^-1)_in.
        gvif.append(_gram(root[0, own]) * _gram(inverse[0][:, own].T))
    columns = np.array([len(columns) for columns in moderators.values()])
    per_column = np.array(gvif) ** (1 / columns)
    return VarianceInflation(
        list(moderators), columns, np.array(gvif), per_column, per_column > limit
    )


def _gram(rows: np.ndarray) -> float:
    """Determinant of rows rows'."""
    triangle = np.linalg.qr(rows.T, mode="r")
    return float(np.prod(np.diagonal(triangle)) ** 2)
