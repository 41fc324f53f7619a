"""Every preset side by side: what each program would print of a stratum, and why it differs."""

from collections.abc import Mapping

from strataforest.preset_comparison import NUMBERS

WORDS = ("differs_in", "decisive", "crossed", "note")
COLUMNS = ("analysis", "stratum", "measure", "k", "preset", *NUMBERS, *WORDS)


def preset_rows(analysis: str, stratum: str, fit: Mapping) -> list[dict]:
    """Return the configured numbers of a stratum and those under each preset, a row each."""
    names = {"analysis": analysis, "stratum": stratum, "measure": fit["measure"], "k": fit["k"]}
    # A normal statistic has infinite degrees of freedom; a spreadsheet reads an empty cell better.
    return [
        names | dict(row) | {"df": None if row["df"] == "Inf" else row["df"]}
        for row in fit["presets"]
    ]
