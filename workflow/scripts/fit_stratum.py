"""Pool one stratum: all its numbers into one JSON file."""

import json

from strataforest.errors import step
from strataforest.fits import effects_of, fit_stratum
from strataforest.presets import as_record, resolve
from strataforest.provenance import sha256, version
from strataforest.tabular import read_rows, write_json


def main(effects, analysis, stratum, preset, magnitude_change, fit):
    """Write the fit of one stratum's file."""
    numbers = fit_stratum(
        effects_of(read_rows(effects, key="effect_id")), preset.pooling, magnitude_change
    )
    origin = {"effects": sha256(effects)}
    names = {"analysis": analysis, "stratum": stratum, "made_by": version(), "inputs": origin}
    write_json(fit, names | {"preset": as_record(preset)} | numbers)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            effects=snakemake.input[0],
            analysis=snakemake.wildcards.analysis,
            stratum=snakemake.wildcards.stratum,
            preset=resolve(
                snakemake.params.preset,
                json.loads(snakemake.params.effect_size),
                json.loads(snakemake.params.pooling),
            ),
            magnitude_change=snakemake.params.magnitude_change,
            fit=snakemake.output[0],
        )
