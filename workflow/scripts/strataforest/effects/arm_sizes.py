"""How many people stand behind each arm, as printed and as they count for the variance."""

from collections.abc import Mapping, Sequence

import numpy as np

from strataforest.effect_sizes import design_effect
from strataforest.models import Conversions
from strataforest.tabular import Row, number

ARMS = ("treat", "control")


def fill_arm_sizes(columns: dict, model: Conversions, flags: Sequence[list[str]]) -> None:
    """Complete the arms' n from the total: by subtraction, or in halves if the config says so."""
    n1, n2, total = columns["n_treat"], columns["n_control"], columns["n_total"]
    columns["n_treat"] = np.where(np.isnan(n1), total - n2, n1)
    columns["n_control"] = np.where(np.isnan(n2), total - n1, n2)
    unknown = np.isnan(n1) & np.isnan(n2) & ~np.isnan(total)
    if model.assume_equal_arms:
        for name in ("n_treat", "n_control"):
            columns[name] = np.where(unknown, total / 2, columns[name])
        for i in np.flatnonzero(unknown):
            flags[i].append("equal_arms_assumed")
    columns["n_total"] = np.where(np.isnan(total), columns["n_treat"] + columns["n_control"], total)


def add_effective_sizes(
    columns: dict,
    records: Sequence[Row],
    studies: Mapping[str, Row],
    model: Conversions,
    flags: Sequence[list[str]],
) -> None:
    """Add the n that count: those of cluster trials are divided by 1 + (m - 1) icc.

    A control arm that several comparisons share (`comparisons` of them) is divided among them.
    """
    effect = np.ones(len(records))
    for i, record in enumerate(records):
        study = studies.get(record["study_id"], {})
        if study.get("design") != "cluster":
            continue
        size, icc = number(study["cluster_size"]), number(study["icc"])
        if np.isnan(icc) and model.default_icc is not None:
            icc = model.default_icc
            flags[i].append("icc_from_config")
        if np.isnan(size) or np.isnan(icc):
            flags[i].append("cluster_not_adjusted")
        else:
            effect[i] = design_effect(size, icc)
            flags[i].append(f"design_effect={round(float(effect[i]), 12)!r}")
    columns["n_treat_effective"] = columns["n_treat"] / effect
    columns["n_control_effective"] = columns["n_control"] / columns["comparisons"] / effect
