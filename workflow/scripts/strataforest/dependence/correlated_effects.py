"""The correlated-effects working model: several effects per study, of unknown correlation.

Hedges, Tipton & Johnson 2010, Res Synth Methods 1:39-65; small samples: Tipton 2015, Psychol
Methods 20:375-393. The effects of study j are taken to have the same sampling variance, their mean
vbar_j, a common correlation rho, and one true effect with variance tau2 between studies.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.dependence.cluster_robust import ClusterRobust, robust_tests
from strataforest.dependence.working_model import (
    WorkingFit,
    checked_input,
    residual_makers,
    working_fit,
)

RHO = 0.8
RHO_GRID = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class CorrelatedEffects(ClusterRobust):
    """The cluster-robust tests (B, p) of B values of rho, with rho, tau2 and i2 (percent), (B,)."""

    rho: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray


def correlated_effects(
    yi, vi, x, study_ids: Sequence[Hashable], *, rho=RHO, level: float = 0.95
) -> CorrelatedEffects:
    """Fit the correlated-effects model: weights w_ij = 1 / (k_j (vbar_j + tau2)), CR2 tests.

    tau2 by the method of moments: with weights 1 / (k_j vbar_j), the hat matrix H of the fit,
    one-study vectors 1_j, and Q the weighted sum of squared residuals,

        tau2 = max(0, (Q - d) / sum_j [1 / vbar_j - w_j 1_j'H_jj 1_j]),   w_j = 1 / (k_j vbar_j)
        d = n - sum_j [tr(H_jj) + rho (1_j'H_jj 1_j - tr(H_jj))] / k_j,   n studies,

    i2 = 100 max(0, (Q - d) / Q). Standard errors are CR2 with the working variances as target, t on
    Satterthwaite's df (see `cluster_robust`, also for NaN); p-values with df < 4 are unreliable.
    Same as robu(modelweights = "CORR", small = TRUE) of R's robumeta.

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        x: design (k, p), the intercept a column of it; None for the intercept alone.
        study_ids: the study of each effect.
        rho: correlation of effects within a study, 0 to 1; a number or (B,) numbers.
        level: confidence level, 0 to 1.

    Returns:
        CorrelatedEffects with B = 1 for a single rho.

    Raises:
        ValueError: rho outside 0 to 1; no more studies than coefficients; and as `cluster_robust`.
    """
    rho = np.atleast_1d(np.asarray(rho, dtype=float))
    if rho.ndim != 1 or not rho.size or not ((rho >= 0) & (rho <= 1)).all():
        raise ValueError("rho must be a number or (B,) numbers between 0 and 1")
    yi, vi, x, studies = checked_input(yi, vi, x, study_ids)
    # As given, not in the order of studies: working_fit sorts.
    study_of = np.empty(len(yi), dtype=int)
    study_of[studies.order] = studies.cluster_of
    size = studies.sizes[study_of]
    mean_vi = (np.bincount(study_of, weights=vi) / studies.sizes)[study_of]
    tau2, i2 = _moments(working_fit(yi, x, (size * mean_vi)[None], studies), rho)
    fit = working_fit(yi, x, size * (mean_vi + tau2[:, None]), studies)
    return CorrelatedEffects(**vars(robust_tests(fit, "CR2", level)), rho=rho, tau2=tau2, i2=i2)


def _moments(fit: WorkingFit, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """tau2 and i2, (B,), from the fit with weights 1 / (k_j vbar_j), for each rho (B,)."""
    clusters = fit.clusters
    sizes = clusters.sizes
    q = (fit.residuals**2).sum()
    traces = clusters.sums((fit.basis**2).sum(axis=2))[0]
    totals = (clusters.sums(fit.basis)[0] ** 2).sum(axis=1)
    expected = len(sizes) - ((traces + rho[:, None] * (totals - traces)) / sizes).sum(axis=1)
    # 1 / vbar_j - w_j 1_j'H_jj 1_j = w_j 1_j'(I - H_jj) 1_j, by a square root: no digits are lost.
    ones = np.ones_like(fit.residuals)[..., None]
    # A study with nearly all the weight keeps what little it leaves: its weight makes up for it.
    rest = residual_makers(clusters, fit.basis, singular=0.0).root(ones)[..., 0] ** 2
    spread = (rest / fit.root_phi**2).sum()
    excess = np.maximum(0.0, q - expected)
    return excess / spread, 100 * excess / (q if q > 0 else 1.0)
