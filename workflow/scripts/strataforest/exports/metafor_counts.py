"""The part of an R script that pools the counts themselves: Mantel-Haenszel and Peto."""

from collections.abc import Mapping
from typing import Any

from strataforest.exports.comparison import comparison_lines

# metafor's measure for each of ours; MH and Peto estimate an odds ratio for PETO.
MEASURES = {"RR": "RR", "OR": "OR", "PETO": "OR", "RD": "RD"}
COUNT_METHODS = ("MH", "Peto")


def count_methods(fit: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the fit's Mantel-Haenszel and Peto entries that are defined; none without counts."""
    entries = (e for e in fit["estimators"] if e["tau2_method"] in COUNT_METHODS)
    return [entry for entry in entries if entry["converged"]]


def count_lines(fit: Mapping[str, Any], entry: Mapping[str, Any]) -> list[str]:
    """Return the lines that pool a stratum's counts by one method and compare the numbers."""
    name = entry["tau2_method"].lower()
    divided = any(value is not None for value in fit["studies"].get("design_effect") or ())
    by = ["divisor <- ifelse(is.na(dat$design_effect), 1, dat$design_effect)"] if divided else []
    of = " / divisor" if divided else ""
    call = f'rma.mh(measure = "{MEASURES[fit["measure"]]}", ' if name == "mh" else "rma.peto("
    words = "Mantel-Haenszel" if name == "mh" else "Peto"
    rows = {
        column: (entry[column], f"{name}${theirs}", f"{name}$se")
        for column, theirs in (
            *(("estimate", "beta[[1]]"), ("se", "se"), ("ci_low", "ci.lb"), ("ci_high", "ci.ub")),
        )
    }
    return [
        f"# {words} from the counts; nothing is added to a table with a 0.",
        *(["# A cluster trial counts at its effective size."] if divided else []),
        *by,
        f"{name} <- {call}ai = events_treat{of}, n1i = n_treat{of},",
        f"  ci = events_control{of}, n2i = n_control{of}, data = dat, level = 100 * level)",
        *comparison_lines(f"{name}_comparison", rows),
    ]
