"""The same strata under other estimators: does the choice of tau2 or of the interval matter?"""

from collections.abc import Mapping

COLUMNS = (
    *("analysis", "stratum", "measure", "k", "tau2_method", "ci", "estimate", "se", "ci_low"),
    *("ci_high", "p_value", "tau2", "i2", "converged"),
)


def estimator_rows(analysis: str, stratum: str, fit: Mapping) -> list[dict]:
    """Return one row per tau2 estimator and interval, and per method of pooling counts.

    tau2_method is a key of TAU2_ESTIMATORS, MH (Mantel-Haenszel) or Peto.
    """
    names = {"analysis": analysis, "stratum": stratum, "measure": fit["measure"], "k": fit["k"]}
    return [names | {c: entry[c] for c in COLUMNS if c in entry} for entry in fit["estimators"]]
