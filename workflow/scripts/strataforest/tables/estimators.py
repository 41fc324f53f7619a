"""The same strata under other estimators: does the choice of tau2 or of the interval matter?"""

from collections.abc import Mapping

COLUMNS = (
    *("analysis", "stratum", "measure", "k", "tau2_method", "ci", "estimate", "se", "ci_low"),
    *("ci_high", "p_value", "tau2", "i2", "converged"),
)


def estimator_rows(analysis: str, stratum: str, fit: Mapping) -> list[dict]:
    """Return one row per combination of tau2 estimator and interval of a stratum."""
    names = {"analysis": analysis, "stratum": stratum, "measure": fit["measure"], "k": fit["k"]}
    return [names | {c: entry[c] for c in COLUMNS if c in entry} for entry in fit["estimators"]]
