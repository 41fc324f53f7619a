"""Turn records into effect sizes, and say of every other record why it has none."""

import json

from strataforest.effects import change_correlation
from strataforest.effects.compute import compute_effects
from strataforest.effects.effect_rows import EFFECT_COLUMNS, EXCLUSION_COLUMNS
from strataforest.effects.multi_arm import MultiArm
from strataforest.errors import step
from strataforest.models import Conversions
from strataforest.presets import PRESETS, resolve
from strataforest.strata import stratification
from strataforest.strata.files import BY_PRESET_COLUMNS as BY_PRESET
from strataforest.tabular import as_read, read_rows, write_rows


def main(records, studies, settings, correlations, rule, output):
    """Write the effects and the exclusions, or raise where the rule would leave a tie.

    `settings` are the domains, indicators, model, conversions and rule for multi-arm trials.
    """
    records, studies = read_rows(records, key="study_id"), read_rows(studies, key="study_id")
    effects, exclusions = compute_effects(records, studies, *settings)
    # Selection is the next rule's work; a tie is told here, while nothing is overwritten yet.
    by_id = {row["study_id"]: row for row in studies}
    stratification.decide(as_read(EFFECT_COLUMNS, effects), by_id, rule)
    alternatives = change_correlation.under_correlations(
        records, effects, studies, *settings, correlations
    )
    write_rows(output.effects, EFFECT_COLUMNS, effects)
    write_rows(output.exclusions, EXCLUSION_COLUMNS, exclusions)
    write_rows(output.change_correlation, change_correlation.COLUMNS, alternatives)
    write_rows(output.by_preset, BY_PRESET, under_presets(records, studies, *settings))


def under_presets(records, studies, domains, indicators, model, *rules):
    """Yield the effects as each program's preset has them.

    What is measured and what is done about zero cells stay the review's: programs ask for both.
    """
    own = {key: getattr(model, key) for key in ("measure", "zero_cells", "double_zero")}
    for name in PRESETS:
        preset = resolve(name, own).effect_size
        effects, _ = compute_effects(records, studies, domains, indicators, preset, *rules)
        yield from ({"preset": name} | effect for effect in effects)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        conversions = json.loads(snakemake.params.conversions)
        correlations = conversions.pop("change_correlation_sensitivity")
        preset = resolve(snakemake.params.preset, json.loads(snakemake.params.effect_size))
        main(
            records=snakemake.input.records,
            studies=snakemake.input.studies,
            settings=(
                json.loads(snakemake.params.domains),
                json.loads(snakemake.params.indicators),
                preset.effect_size,
                Conversions(**conversions),
                MultiArm(**json.loads(snakemake.params.multi_arm)),
            ),
            correlations=correlations,
            rule=stratification.selection_rule(json.loads(snakemake.params.selection)),
            output=snakemake.output,
        )
