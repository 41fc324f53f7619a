"""What an assumed correlation of baseline and final values does to the effects that rest on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from strataforest.effects.compute import compute_effects
from strataforest.effects.effect_rows import place
from strataforest.effects.multi_arm import MultiArm
from strataforest.models import Conversions, EffectSizeModel
from strataforest.tabular import Row

COLUMNS = ("effect_id", "r", "yi", "vi")


def under_correlations(
    records: Sequence[Row],
    effects: Sequence[Mapping],
    studies: Sequence[Row],
    domains: Mapping[str, Mapping],
    indicators: Mapping[str, Mapping],
    model: EffectSizeModel,
    conversions: Conversions,
    arms: MultiArm,
    correlations: Sequence[float],
) -> list[dict]:
    """Return effect_id, r, yi and vi of the effects that rest on an assumed correlation.

    `effects` are those that `compute_effects` made of the same arguments. Only their records are
    computed again, once per r; sorted by effect_id and r.
    """
    assumed = [effect for effect in effects if "change_correlation=" in effect["flags"]]
    # A row that is read several times, each time about something else, has several effects.
    ids = {(place(effect), effect["source_cells"]): effect["effect_id"] for effect in assumed}
    rows = {
        (effect["source_file"], effect["source_tab"], row)
        for effect in assumed
        for row in effect["source_row"].split(";")
    }
    kept = [record for record in records if place(record) in rows]
    found = []
    for r in sorted(correlations) if kept else ():
        under_r = replace(conversions, change_correlation=r)
        again, _ = compute_effects(kept, studies, domains, indicators, model, under_r, arms)
        for effect in again:
            key = place(effect), effect["source_cells"]
            if key in ids:
                numbers = {name: effect[name] for name in ("yi", "vi")}
                found.append({"effect_id": ids[key], "r": float(r)} | numbers)
    return sorted(found, key=lambda row: (row["effect_id"], row["r"]))


def strata_under_correlations(
    effects: Sequence[Mapping], alternatives: Sequence[Mapping]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (r, yi, vi) of one stratum under each correlation: shapes (B,), (B, k), (B, k).

    `effects` are the stratum's rows (effect_id, yi, vi), `alternatives` rows of
    change_correlation.csv; an effect that rests on no correlation stays as it is. B is 0 where
    none of the stratum's does. The rows are a batch for the pooling kernel.
    """
    own = {effect["effect_id"] for effect in effects}
    found = {
        (float(row["r"]), row["effect_id"]): (float(row["yi"]), float(row["vi"]))
        for row in alternatives
        if row["effect_id"] in own
    }
    correlations = sorted({r for r, _ in found})
    numbers = [
        [
            found.get((r, effect["effect_id"]), (float(effect["yi"]), float(effect["vi"])))
            for effect in effects
        ]
        for r in correlations
    ]
    batch = np.array(numbers, float).reshape(len(correlations), len(effects), 2)
    return np.array(correlations, float), batch[..., 0], batch[..., 1]
