"""Pool many strata in one job: all their numbers into one file, a line each."""

from strataforest.warm_start import hand_over

hand_over()  # before the imports that take long


import json

from strataforest.errors import step
from strataforest.fit_files import write_fits
from strataforest.fit_of_file import fit_of
from strataforest.fits import Sensitivity
from strataforest.presets import resolve

if __name__ == "__main__":
    with step(snakemake.log[0]):
        params = snakemake.params
        model = {
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
        analysis = snakemake.wildcards.analysis
        files = zip(params.members, snakemake.input.effects, snakemake.input.by_preset, strict=True)
        fits = (
            fit_of(effects, variants, {"analysis": analysis, "stratum": stratum}, **model)
            for stratum, effects, variants in files
        )
        write_fits(snakemake.output[0], fits)
