"""Harmonised outcome records made up of a few cells, and effects as effects.csv gives them back."""

from strataforest.effects.compute import compute_effects
from strataforest.effects.multi_arm import MultiArm
from strataforest.models import Conversions, EffectSizeModel
from strataforest.sheets.columns import OUTCOMES

STUDIES = {
    "T1": {"study_id": "T1", "design": "parallel", "cluster_size": "", "icc": ""},
    "C1": {"study_id": "C1", "design": "cluster", "cluster_size": "21", "icc": "0.05"},
    "C2": {"study_id": "C2", "design": "cluster", "cluster_size": "21", "icc": ""},
    "C3": {"study_id": "C3", "design": "cluster", "cluster_size": "1", "icc": ""},
}
COMBINE = MultiArm()
# An address has its digits at the end only.
DIGITS = str.maketrans({"1": "ONE", "3": "THREE"})


def address(name, row="2"):
    """Return a made-up address that tells which column it is."""
    return name.upper().replace("_", "").translate(DIGITS) + row


def record(row="2", **cells):
    """Return a record of trial T1 with these cells filled, in row `row` of its sheet."""
    found = {column.name: "" for column in OUTCOMES}
    found |= {"study_id": "T1", "domain": "glycemic", "indicator": "hba1c"}
    found |= {"higher_is_better": "no", "source_file": "o.csv", "source_tab": ""}
    found |= {"source_row": row, **cells}
    filled = [name for name, value in found.items() if value and not name.startswith("source")]
    addresses = (f"{name}={address(name, row)}" for name in filled)
    return found | {"source_cells": ";".join(addresses)}


def computed(
    rows,
    model=EffectSizeModel(estimator="d"),  # noqa: B008 - frozen
    conversions=Conversions(),  # noqa: B008 - frozen
    arms=COMBINE,
    measure="SMD",
    type_="continuous",
):
    """Return (effects, exclusions) of records of one domain."""
    domains = {"glycemic": {"type": type_, "measure": measure}}
    return compute_effects(rows, list(STUDIES.values()), domains, {}, model, conversions, arms)


def as_written(effect):
    """Return an effect as effects.csv gives it back: text, yes and no."""
    words = {True: "yes", False: "no", None: ""}
    return {k: words[v] if v is None or isinstance(v, bool) else str(v) for k, v in effect.items()}
