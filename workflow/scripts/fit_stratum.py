"""Pool one stratum: all its numbers into one JSON file."""

from strataforest.warm_start import hand_over

hand_over()  # before the imports that take long


import json

from strataforest.errors import step
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.presets import as_record, resolve
from strataforest.provenance import sha256, version
from strataforest.strata.stratum_effects import by_preset, effects_of
from strataforest.tabular import read_rows, write_json


def main(effects, variants, names, preset, sensitivity, fit):
    """Write the fit of one stratum's file; `variants` holds its effects under every preset."""
    rows = effects_of(read_rows(effects, key="effect_id"))
    others = by_preset(rows.effect_id, read_rows(variants, key="effect_id"))
    numbers = fit_stratum(rows, preset, sensitivity, others)
    origin = {"effects": sha256(effects), "by_preset": sha256(variants)}
    made = names | {"made_by": version(), "inputs": origin, "preset": as_record(preset)}
    write_json(fit, made | numbers)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            effects=snakemake.input.effects,
            variants=snakemake.input.by_preset,
            names={n: snakemake.wildcards[n] for n in ("analysis", "stratum")},
            preset=resolve(
                snakemake.params.preset,
                json.loads(snakemake.params.effect_size),
                json.loads(snakemake.params.pooling),
            ),
            sensitivity=Sensitivity(
                magnitude_change=snakemake.params.magnitude_change,
                drop_most_influential=snakemake.params.drop_most_influential,
                min_effects=snakemake.params.min_effects,
                small_study_min_effects=snakemake.params.small_study_min_effects,
            ),
            fit=snakemake.output[0],
        )
