"""From the files of one stratum to its fit, which records what it was computed from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strataforest.fits import Sensitivity, fit_stratum
from strataforest.presets import Preset, as_record, resolve
from strataforest.provenance import sha256, version
from strataforest.strata.stratum_effects import by_preset, effects_of
from strataforest.tabular import read_rows


def fit_of(
    effects: str | Path,
    variants: str | Path,
    names: Mapping[str, str],
    preset: Preset,
    sensitivity: Sensitivity,
) -> dict:
    """Return the fit of one stratum's file, with its `names` and what it was computed from.

    `variants` is the file of its effects under every preset. Raises as `fit_stratum` does.
    """
    rows = effects_of(read_rows(effects, key="effect_id"))
    others = by_preset(rows.effect_id, read_rows(variants, key="effect_id"))
    origin = {"effects": sha256(effects), "by_preset": sha256(variants)}
    made = {**names, "made_by": version(), "inputs": origin, "preset": as_record(preset)}
    return made | fit_stratum(rows, preset, sensitivity, others)


def model_of(params: Any) -> dict[str, Preset | Sensitivity]:
    """Return the preset and the sensitivity that `fit_of` takes, from the params of a rule."""
    return {
        "preset": resolve(
            params.preset, json.loads(params.effect_size), json.loads(params.pooling)
        ),
        "sensitivity": Sensitivity(
            magnitude_change=params.magnitude_change,
            drop_most_influential=params.drop_most_influential,
            min_effects=params.min_effects,
            small_study_min_effects=params.small_study_min_effects,
        ),
    }
