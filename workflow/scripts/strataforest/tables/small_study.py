"""Tests for small-study effects, one row each, with the reason where one does not apply."""

from collections.abc import Mapping

COLUMNS = (
    *("analysis", "stratum", "measure", "k", "test", "predictor", "estimate", "se", "statistic"),
    *("df", "p_value", "limit_estimate", "limit_ci_low", "limit_ci_high", "k0", "preset_default"),
    *("status", "reason"),
)


def small_study_rows(analysis: str, stratum: str, fit: Mapping) -> list[dict]:
    """Return the rows of a stratum's section `small_study`; none where the fit has no section."""
    names = {"analysis": analysis, "stratum": stratum}
    section = fit.get("small_study") or {"rows": []}
    # A normal statistic has infinite degrees of freedom; a spreadsheet reads an empty cell better.
    return [
        names | dict(row) | {"df": None if row["df"] == "Inf" else row["df"]}
        for row in section["rows"]
    ]
