"""Cumulative meta-analyses by year: one row per effect added, the pooled result so far."""

from collections.abc import Mapping

ADDED = ("year", "study_id", "effect_id")
NUMBERS = ("k", "estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2", "converged")
COLUMNS = ("analysis", "stratum", "order", *ADDED, *NUMBERS)


def cumulative_rows(analysis: str, stratum: str, section: Mapping) -> list[dict]:
    """Return the rows of a stratum's `cumulative_section`; `order` counts from 1."""
    return [
        {"analysis": analysis, "stratum": stratum, "order": i + 1}
        | {name: section[name][i] for name in (*ADDED, *NUMBERS)}
        for i in range(len(section["k"]))
    ]
