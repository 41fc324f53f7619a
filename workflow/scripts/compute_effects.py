"""Turn records into effect sizes, and say of every other record why it has none."""

import json

from strataforest import stratification
from strataforest.effects import (
    EFFECT_COLUMNS,
    EXCLUSION_COLUMNS,
    Conversions,
    compute_effects,
)
from strataforest.errors import step
from strataforest.presets import resolve
from strataforest.tabular import as_read, read_rows, write_rows


def main(records, studies, domains, indicators, preset, conversions, rule, output):
    """Write the effects and the exclusions, or raise where the rule would leave a tie."""
    studies = read_rows(studies, key="study_id")
    effects, exclusions = compute_effects(
        read_rows(records, key="study_id"),
        studies,
        domains,
        indicators,
        preset.effect_size,
        Conversions(**conversions),
    )
    # Selection is the next rule's work; a tie is told here, while nothing is overwritten yet.
    by_id = {row["study_id"]: row for row in studies}
    stratification.decide(as_read(EFFECT_COLUMNS, effects), by_id, rule)
    write_rows(output.effects, EFFECT_COLUMNS, effects)
    write_rows(output.exclusions, EXCLUSION_COLUMNS, exclusions)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            records=snakemake.input.records,
            studies=snakemake.input.studies,
            domains=json.loads(snakemake.params.domains),
            indicators=json.loads(snakemake.params.indicators),
            preset=resolve(snakemake.params.preset, json.loads(snakemake.params.effect_size)),
            conversions=json.loads(snakemake.params.conversions),
            rule=stratification.selection_rule(json.loads(snakemake.params.selection)),
            output=snakemake.output,
        )
