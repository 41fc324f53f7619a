"""The table of pooled results: one row per stratum, also for those that could not be estimated."""

import math
from collections.abc import Mapping, Sequence

from strataforest.directions import AS_MEASURED, NEGATIVE, UNKNOWN

POOLED = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "tau2")
SPREAD = ("tau2_ci_low", "tau2_ci_high", "i2", "i2_ci_low", "i2_ci_high", "h2", "q", "q_df", "q_p")
PREDICTION = ("pi_low", "pi_high")
RATIO = ("ratio", "ratio_ci_low", "ratio_ci_high", "ratio_pi_low", "ratio_pi_high")
DISPLAYED = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
DISPLAY = (*(f"display_{name}" for name in DISPLAYED), "display_favourable")
RESULT_COLUMNS = (*POOLED, *SPREAD, *PREDICTION, "preset", "converged", *RATIO, *DISPLAY)


def pooled_rows(
    index: Sequence[Mapping[str, str]], fits: Mapping[tuple[str, str], Mapping], flipped: set[str]
) -> list[dict]:
    """Return one row per stratum of the index, with the numbers of its fit where it has one.

    `fits` by (analysis, stratum); `flipped` names the domains that paper-style tables show as
    measured although lower is better, so that their display columns change sign. Ratios are
    displayed as ratios.
    """
    return [_row(row, fits.get((row["analysis"], row["stratum"])), flipped) for row in index]


def _row(row: Mapping[str, str], fit: Mapping | None, flipped: set[str]) -> dict:
    if fit is None:
        return {**row, **dict.fromkeys(RESULT_COLUMNS)}
    pooled, spread = fit["pooled"], fit["heterogeneity"]
    result = {name: pooled[name] for name in (*POOLED, *PREDICTION, "converged")}
    # A normal statistic has infinite degrees of freedom; a spreadsheet reads an empty cell better.
    result["df"] = None if pooled["df"] == "Inf" else pooled["df"]
    result |= {name: spread[name] for name in SPREAD}
    result |= {name: pooled.get(name) for name in RATIO}
    # What is no mean difference was never turned.
    is_flipped = row["domain"] in flipped and fit["measure"] not in AS_MEASURED
    result |= _display(pooled, is_flipped)
    result["display_favourable"] = _good_side(row["favourable"], is_flipped, "ratio" in pooled)
    return {**row, **result, "preset": fit["preset"]["name"]}


def _good_side(favourable: str, is_flipped: bool, is_ratio: bool) -> str:
    """Return the side of the null that is good as displayed: "below 1"; empty where unknown."""
    if favourable == UNKNOWN:
        return ""
    is_below = (favourable == NEGATIVE) != is_flipped
    return f"{'below' if is_below else 'above'} {'1' if is_ratio else '0'}"


def _display(pooled: Mapping, is_flipped: bool) -> dict:
    values = {name: pooled[name] for name in DISPLAYED}
    if "ratio" in pooled:
        values = {name: None if v is None else math.exp(v) for name, v in values.items()}
    elif is_flipped:
        low_high = {
            "ci_low": "ci_high",
            "ci_high": "ci_low",
            "pi_low": "pi_high",
            "pi_high": "pi_low",
        }
        values = {
            name: None if (v := values[low_high.get(name, name)]) is None else 0.0 - v
            for name in DISPLAYED
        }
    return {f"display_{name}": value for name, value in values.items()}
