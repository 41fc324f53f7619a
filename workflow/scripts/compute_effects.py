"""Turn records into effect sizes, and say of every other record why it has none."""

import json

from strataforest.effects import (
    EFFECT_COLUMNS,
    EXCLUSION_COLUMNS,
    Conversions,
    compute_effects,
)
from strataforest.errors import step
from strataforest.presets import resolve
from strataforest.tabular import read_rows, write_rows


def main(records, studies, domains, indicators, preset, conversions, effects_path, exclusions_path):
    """Write the effects and the exclusions."""
    effects, exclusions = compute_effects(
        read_rows(records),
        read_rows(studies),
        domains,
        indicators,
        preset.effect_size,
        Conversions(**conversions),
    )
    write_rows(effects_path, EFFECT_COLUMNS, effects)
    write_rows(exclusions_path, EXCLUSION_COLUMNS, exclusions)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            records=snakemake.input.records,
            studies=snakemake.input.studies,
            domains=json.loads(snakemake.params.domains),
            indicators=json.loads(snakemake.params.indicators),
            preset=resolve(snakemake.params.preset, json.loads(snakemake.params.effect_size)),
            conversions=json.loads(snakemake.params.conversions),
            effects_path=snakemake.output.effects,
            exclusions_path=snakemake.output.exclusions,
        )
