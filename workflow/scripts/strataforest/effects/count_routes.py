"""The ways to a ratio or a difference of risks: from counts, or as printed."""

import numpy as np

from strataforest import effect_sizes, zero_cells
from strataforest.effects.arm_values import Columns
from strataforest.effects.mean_routes import printed_ratios
from strataforest.effects.routes import Route
from strataforest.models import EffectSizeModel

MEASURES = {
    "RR": (
        effect_sizes.log_risk_ratio,
        "ln RR = ln(a/n1) - ln(c/n2); vi = 1/a - 1/n1 + 1/c - 1/n2",
    ),
    "OR": (effect_sizes.log_odds_ratio, "ln OR = ln(ad/(bc)); vi = 1/a + 1/b + 1/c + 1/d"),
    "RD": (effect_sizes.risk_difference, "RD = a/n1 - c/n2; vi = ab/n1^3 + cd/n2^3"),
    "PETO": (
        effect_sizes.peto_log_odds_ratio,
        "ln OR (Peto) = (a - E)/V, E = n1 (a+c)/N, V = n1 n2 (a+c)(b+d)/(N^2 (N-1)); vi = 1/V",
    ),
}


def count_routes(c: Columns, measure: str, model: EffectSizeModel) -> list[Route]:
    """Return the routes to a log ratio or risk difference, counts first.

    A risk difference is made of counts only; a printed odds ratio stands for Peto's too.
    """
    table, silent = effective_table(c), no_contrast(c)
    table = zero_cells.corrected_counts(*table, to=correction(measure, model))
    function, form = MEASURES[measure]
    yi, vi = function(*table)
    if model.double_zero == "drop" or (model.double_zero == "drop_from_ratios" and measure != "RD"):
        yi = np.where(silent, np.nan, yi)
    cells = ("events_treat", "n_treat", "events_control", "n_control")
    counts = Route("counts", yi, vi, cells, form)
    if measure == "RD":
        return [counts]
    return [counts, *printed_ratios(c, "OR" if measure == "PETO" else measure)]


def correction(measure: str, model: EffectSizeModel) -> str:
    """Return which tables of a measure get a continuity correction: see zero_cells."""
    if model.zero_cells == "by_measure":
        return "none" if measure == "PETO" else "only_zero"
    return model.zero_cells


def effective_table(c: Columns):
    """Return (events1, n1, events2, n2), each divided as the arms' n are to be effective."""
    table = []
    for arm in ("treat", "control"):
        # Both by one product, so that everybody stays everybody to the last digit.
        shrink = c[f"n_{arm}_effective"] / c[f"n_{arm}"]
        table += [c[f"events_{arm}"] * shrink, c[f"n_{arm}"] * shrink]
    return tuple(table)


def no_contrast(c: Columns):
    """Return where nobody or everybody had the event; dividing the arms changes nothing there."""
    return zero_cells.no_contrast(
        c["events_treat"], c["n_treat"], c["events_control"], c["n_control"]
    )
