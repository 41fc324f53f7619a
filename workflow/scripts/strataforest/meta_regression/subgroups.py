"""Do groups of studies differ? Each group on its own tau2, or all on a common one.

Units: estimates on the analysis scale, tau2 in its square, I2 in percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import as_rows, check_choice
from strataforest.heterogeneity import cochran_q, spread
from strataforest.meta_regression.mixed_model import fit_meta_regression
from strataforest.pooling import CI_METHODS, pool

# Tests of a pooled effect as a meta-regression calls them.
REGRESSION_TESTS = {"z": "z", "hksj": "knha", "hksj_adhoc": "adhoc"}


@dataclass(frozen=True)
class SubgroupTest:
    """A row per level in sorted order: arrays (G,); and the test of their difference.

    q, q_p: heterogeneity within the level. q_between with q_between_df and q_between_p: an F
    (q_between_df2 finite) where a common tau2 is tested under hksj, else chi-squared
    (q_between_df2 = inf). `left_out`: levels with fewer than min_effects effects, with their k.
    """

    levels: list[str]
    k: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    p_value: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray
    q: np.ndarray
    q_p: np.ndarray
    q_between: float
    q_between_df: int
    q_between_df2: float
    q_between_p: float
    left_out: dict[str, int]


def separate_subgroups(
    yi,
    vi,
    groups: Sequence[str],
    *,
    tau2_method: str = "REML",
    ci: str = "z",
    i2: str = "tau2",
    level: float = 0.95,
    min_effects: int = 2,
) -> SubgroupTest:
    """Pool each level with its own tau2; Q_between = sum((m_g - m)^2 / se_g^2), chi2 on G-1 df.

    m is the inverse-variance mean of the levels' estimates m_g (Borenstein & Higgins 2013, Prev
    Sci 14:134-143; the test that Cochrane reviews print). Levels with fewer than `min_effects`
    are left out and listed; with 1, single studies take part with tau2 = 0, as in RevMan.
    Q_between is NaN where a level has se 0 (hksj and equal effects), which would decide alone.

    Args:
        yi: effects, (k,), none absent.
        vi: their sampling variances, (k,).
        groups: the level of each effect, length k.
        tau2_method: as `pool`.
        ci: as `pool`.
        i2: as `heterogeneity`.
        level: confidence level, 0 to 1.
        min_effects: >= 1.

    Raises:
        ValueError: as `pool`; not one complete meta-analysis; lengths differ; a label is None,
            NaN or empty; fewer than two levels with enough effects.
    """
    yi, vi, groups, left_out = _levels(yi, vi, groups, min_effects)
    levels = [str(name) for name in np.unique(groups)]
    absent = np.array(levels)[:, None] != groups
    rows_yi, rows_vi = np.where(absent, np.nan, yi), np.where(absent, np.nan, vi)
    fit = pool(rows_yi, rows_vi, tau2_method=tau2_method, ci=ci, level=level)
    found = spread(rows_yi, rows_vi, fit.tau2, i2=i2)
    between = between_p = np.array([np.nan])
    if (fit.se > 0).all():
        between, _, between_p = cochran_q(fit.estimate, fit.se**2)
    return SubgroupTest(
        levels=levels,
        k=fit.k,
        estimate=fit.estimate,
        se=fit.se,
        ci_low=fit.ci_low,
        ci_high=fit.ci_high,
        p_value=fit.p_value,
        tau2=fit.tau2,
        i2=found.i2,
        q=found.q,
        q_p=found.q_p,
        q_between=float(between[0]),
        q_between_df=len(levels) - 1,
        q_between_df2=np.inf,
        q_between_p=float(between_p[0]),
        left_out=left_out,
    )


def common_subgroups(
    yi,
    vi,
    groups: Sequence[str],
    *,
    tau2_method: str = "REML",
    ci: str = "z",
    level: float = 0.95,
    min_effects: int = 2,
) -> SubgroupTest:
    """Test the levels as a factor moderator with one tau2: Q_between is the regression's QM.

    Under hksj it is an F on G-1 and k-G degrees of freedom ("hksj_conditional": where tau2 > 0).
    Level estimates are the regression's means; tau2 and i2 are the common, residual ones.
    Arguments and errors: as `separate_subgroups`; also k <= G.
    """
    check_choice("ci", ci, CI_METHODS)
    yi, vi, groups, left_out = _levels(yi, vi, groups, min_effects)
    levels = [str(name) for name in np.unique(groups)]
    member = (np.array(levels)[:, None] == groups).astype(float)
    x = np.column_stack([np.ones(len(yi)), *member[1:]])
    options = {"tau2_method": tau2_method, "test": REGRESSION_TESTS.get(ci, "knha"), "level": level}
    fit = fit_meta_regression(yi, vi, x, **options)
    if ci == "hksj_conditional" and fit.tau2[0] == 0:
        options["test"] = "z"
        fit = fit_meta_regression(yi, vi, x, **options)
    # The same model with a mean per level instead of differences.
    means = fit_meta_regression(yi, vi, member.T, **options)
    absent = member == 0
    q, _, q_p = cochran_q(np.where(absent, np.nan, yi), np.where(absent, np.nan, vi))
    return SubgroupTest(
        levels=levels,
        k=member.sum(axis=1).astype(int),
        estimate=means.b[0],
        se=means.se[0],
        ci_low=means.ci_low[0],
        ci_high=means.ci_high[0],
        p_value=means.p_value[0],
        tau2=np.full(len(levels), fit.tau2[0]),
        i2=np.full(len(levels), fit.i2[0]),
        q=q,
        q_p=q_p,
        q_between=float(fit.qm[0]),
        q_between_df=len(levels) - 1,
        q_between_df2=float(fit.df[0]),
        q_between_p=float(fit.qm_p[0]),
        left_out=left_out,
    )


def _levels(yi, vi, groups: Sequence[str], min_effects: int):
    """The effects of levels with enough of them, as arrays, and the levels left out."""
    if np.ndim(yi) != 1:
        raise ValueError("subgroups are tested in one meta-analysis, yi and vi of shape (k,)")
    yi, vi = (rows[0] for rows in as_rows(yi, vi))
    if np.isnan(yi).any() or len(groups) != len(yi) or min_effects < 1:
        raise ValueError("need a group for each effect, no effect absent, and min_effects >= 1")
    if any(group is None or group != group or group == "" for group in groups):
        raise ValueError("groups must not hold missing labels")
    groups = np.array([str(group) for group in groups])
    counts = dict(zip(*np.unique(groups, return_counts=True), strict=True))
    left_out = {str(name): int(k) for name, k in counts.items() if k < min_effects}
    if len(counts) - len(left_out) < 2:
        raise ValueError(f"need two levels with {min_effects} effects or more, got {counts}")
    kept = np.array([group not in left_out for group in groups])
    return yi[kept], vi[kept], groups[kept], left_out
