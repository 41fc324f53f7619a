"""Several effects per trial: does the pooled result hold once they are not taken as independent?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.dependence.cluster_robust import ClusterRobust, cluster_robust
from strataforest.dependence.correlated_effects import RHO, RHO_GRID, correlated_effects
from strataforest.dependence.working_model import as_clusters
from strataforest.pooling import PooledEffects, pool

TESTED = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high")


@dataclass(frozen=True)
class DependenceRow:
    """The pooled effect of one model: naive, robust_cr2 or correlated_effects (there with a rho).

    df is inf for a normal. With a single study, the last two models are NaN but for k, n_studies
    and the tau2 that robust_cr2 shares with naive.
    """

    model: str
    rho: float | None
    k: int
    n_studies: int
    estimate: float
    se: float
    statistic: float
    df: float
    p_value: float
    ci_low: float
    ci_high: float
    tau2: float


def dependent_effects(
    yi,
    vi,
    study_ids: Sequence[Hashable],
    tau2_method: str = "REML",
    level: float = 0.95,
    rho: float = RHO,
    *,
    ci: str = "z",
) -> list[DependenceRow]:
    """Pool one stratum three ways: naively, with CR2 standard errors, by correlated effects.

    naive: `pool` with tau2_method and ci, every effect a study of its own. robust_cr2: the same
    estimate and tau2, its test by `cluster_robust` (CR2, Satterthwaite df). correlated_effects:
    the model of that name with correlation rho, and after it, to show whether rho matters, with
    every other rho of RHO_GRID. With a single study, there is nothing to estimate a robust standard
    error from: those two are NaN, and rho is not varied.

    Args:
        yi: effects of one stratum, (k,).
        vi: their sampling variances, (k,).
        study_ids: the trial of each effect.
        tau2_method: as `pool`.
        level: confidence level, 0 to 1.
        rho: correlation of effects within a trial, 0 to 1.
        ci: as `pool`, of the naive model.

    Raises:
        ValueError: as `pool`, `cluster_robust` and `correlated_effects`, but for a single study.
    """
    naive = pool(yi, vi, tau2_method=tau2_method, ci=ci, level=level)
    tau2, k = naive.tau2.item(), naive.k[0].item()
    n_studies = len(as_clusters(study_ids, k).sizes)
    sizes = {"k": k, "n_studies": n_studies}
    rows = [DependenceRow("naive", None, **sizes, **_tests(naive, 0), tau2=tau2)]
    if n_studies == 1:
        unknown = dict.fromkeys(TESTED, np.nan)
        rows.append(DependenceRow("robust_cr2", None, **sizes, **unknown, tau2=tau2))
        correlated = DependenceRow("correlated_effects", rho, **sizes, **unknown, tau2=np.nan)
        return [*rows, correlated]
    rhos = (rho, *(other for other in RHO_GRID if other != rho))
    robust = cluster_robust(yi, vi, None, tau2, study_ids, level=level)
    rows.append(DependenceRow("robust_cr2", None, **sizes, **_tests(robust, 0), tau2=tau2))
    correlated = correlated_effects(yi, vi, None, study_ids, rho=rhos, level=level)
    return rows + [
        DependenceRow(
            "correlated_effects",
            r,
            **sizes,
            **_tests(correlated, i),
            tau2=correlated.tau2[i].item(),
        )
        for i, r in enumerate(rhos)
    ]


def _tests(result: PooledEffects | ClusterRobust, row: int) -> dict[str, float]:
    return {name: getattr(result, name)[row].item() for name in TESTED}
