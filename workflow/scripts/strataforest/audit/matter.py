"""Which printed numbers of a row a finding questions, so that a reader is led to their cells."""

from collections.abc import Mapping, Sequence

from strataforest.sheets.identity import cell_addresses

# By check; a check of one number among several (`range`, `ours`) names its own.
MATTER: Mapping[str, tuple[str, ...]] = {
    "ci_order": ("estimate", "ci_low", "ci_high"),
    "ci_centre": ("estimate", "ci_low", "ci_high"),
    "se_ci": ("se",),
    "statistic": ("statistic",),
    **dict.fromkeys(("p_ci", "p_se", "p_statistic"), ("p_value",)),
    **dict.fromkeys(("prediction", "prediction_centre"), ("pi_low", "pi_high")),
    "tau2_se": ("tau2", "tau"),
    **dict.fromkeys(("i2_q", "i2_tau2", "i2_of_strata"), ("i2",)),
    "h2_i2": ("h2",),
    "tau": ("tau",),
    "q_df": ("q_df",),
    "q_p": ("q_p",),
    "q_of_strata": ("q",),
    **dict.fromkeys(("k_of_strata", "k_of_studies"), ("k",)),
    "n_studies_of_strata": ("n_studies",),
    "n_participants_of_strata": ("n_participants",),
    "r2": ("r2",),
    "loo_range": ("loo_min", "loo_max"),
    "loo_change": ("loo_max_change",),
    "loo_reversal": ("loo_reversal",),
    "sign_coding": ("favourable",),
    "ours_coding": ("positive_favours",),
    "percent": ("percent",),
    **dict.fromkeys(("flow", "screening", "judgements", "overall"), ("value",)),
}


def cells_of(row: Mapping[str, str], check: str, columns: Sequence[str] = ()) -> str:
    """Return the cells of a harmonised row that a check's finding is about, joined by `;`.

    `columns` say which numbers those are where the check alone does not. A number that stands in
    no cell of its own, or is not printed, has none.
    """
    addresses = cell_addresses({"source_cells": row.get("source_cells") or ""})
    named = columns or MATTER.get(check, ())
    found = [addresses[name] for name in named if name in addresses and row.get(name)]
    return ";".join(dict.fromkeys(found))
