"""One stratum under every estimator of tau2, every interval and, from counts, by MH and Peto."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from strataforest.counts.mantel_haenszel import PooledTables, mantel_haenszel, peto
from strataforest.estimation.tau2_estimators import TAU2_ESTIMATORS
from strataforest.heterogeneity import spread
from strataforest.models import PoolingModel
from strataforest.pooling import PooledEffects, pool, pool_at

INTERVALS = ("z", "hksj", "hksj_adhoc")
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "p_value")
# Per measure of a stratum, the methods that estimate the same thing from the counts.
COUNT_METHODS = {
    "RR": {"MH": partial(mantel_haenszel, measure="RR")},
    "OR": {"MH": partial(mantel_haenszel, measure="OR"), "Peto": peto},
    "PETO": {"MH": partial(mantel_haenszel, measure="OR"), "Peto": peto},
    "RD": {"MH": partial(mantel_haenszel, measure="RD")},
}


@dataclass(frozen=True)
class Counts:
    """People with the event and all people of both arms of k trials, (k,) each, NaN where unknown.

    Those of cluster trials are divided by their design effect, hence not whole.
    """

    events_treat: np.ndarray
    n_treat: np.ndarray
    events_control: np.ndarray
    n_control: np.ndarray


def compare_estimators(yi, vi, model: PoolingModel) -> list[dict]:
    """Return one entry per estimator of tau2 and interval, of k effects and variances (k,).

    Keys: tau2_method, ci, estimate, se, ci_low, ci_high, p_value, tau2, converged, i2; the level
    and the kind of I2 (from Q for EE) are the model's. Raises ValueError as `pool` does.
    """
    found = [pool(yi, vi, tau2_method=name, level=model.level) for name in TAU2_ESTIMATORS]
    tau2 = np.concatenate([fit.tau2 for fit in found])
    converged = np.concatenate([fit.converged for fit in found])
    rows = np.tile(yi, (len(tau2), 1)), np.tile(vi, (len(tau2), 1))
    # Without tau2 there is only Q to tell heterogeneity from, as metafor has it.
    from_q = np.array(list(TAU2_ESTIMATORS)) == "EE"
    i2 = np.where(from_q, spread(*rows, tau2, i2="q").i2, spread(*rows, tau2, i2=model.i2).i2)
    fits = {ci: pool_at(*rows, tau2, ci=ci, level=model.level) for ci in INTERVALS}
    return [
        {"tau2_method": name, "ci": ci}
        | _numbers(fits[ci], row)
        | {"tau2": tau2[row].item(), "converged": converged[row].item(), "i2": i2[row].item()}
        for row, name in enumerate(TAU2_ESTIMATORS)
        for ci in INTERVALS
    ]


def compare_count_methods(counts: Counts, measure: str, level: float) -> list[dict]:
    """Return the entries of the methods that pool counts: tau2_method "MH" and, for OR, "Peto".

    Keys as `compare_estimators`: tau2 is 0 by assumption, I2 from the method's own Q. An estimate
    that is not defined (no event in an arm, say) is NaN and not converged. The list is empty where
    the measure is neither RR, OR, PETO nor RD, or a trial's counts are unknown or no table: more
    events than people, as arms taken to be equal can have beside a printed ratio.
    """
    tables = counts.events_treat, counts.n_treat, counts.events_control, counts.n_control
    a, n1, c, n2 = tables
    # A comparison with NaN is false: unknown counts are none either.
    whole = (a >= 0) & (a <= n1) & (n1 > 0) & (c >= 0) & (c <= n2) & (n2 > 0) & (n1 + n2 > 1)
    if measure not in COUNT_METHODS or not whole.all():
        return []
    pooled = {name: by(*tables, level=level) for name, by in COUNT_METHODS[measure].items()}
    return [
        {"tau2_method": name, "ci": "z"}
        | _numbers(fit, 0)
        | {"tau2": 0.0, "converged": bool(np.isfinite(fit.se[0])), "i2": fit.i2[0].item()}
        for name, fit in pooled.items()
    ]


def _numbers(fit: PooledEffects | PooledTables, row: int) -> dict[str, float]:
    return {name: getattr(fit, name)[row].item() for name in NUMBERS}
