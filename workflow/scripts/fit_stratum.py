"""Pool one stratum: all its numbers into one JSON file."""

from strataforest.warm_start import hand_over

hand_over()  # before the imports that take long


import json

from strataforest.errors import step
from strataforest.fit_of_file import fit_of
from strataforest.fits import Sensitivity
from strataforest.presets import resolve
from strataforest.tabular import write_json

if __name__ == "__main__":
    with step(snakemake.log[0]):
        params = snakemake.params
        fit = fit_of(
            snakemake.input.effects,
            snakemake.input.by_preset,
            names={n: snakemake.wildcards[n] for n in ("analysis", "stratum")},
            preset=resolve(
                params.preset, json.loads(params.effect_size), json.loads(params.pooling)
            ),
            sensitivity=Sensitivity(
                magnitude_change=params.magnitude_change,
                drop_most_influential=params.drop_most_influential,
                min_effects=params.min_effects,
                small_study_min_effects=params.small_study_min_effects,
            ),
        )
        write_json(snakemake.output[0], fit)
