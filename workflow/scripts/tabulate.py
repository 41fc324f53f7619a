"""Gather the fits of all strata into tables."""

from strataforest.warm_start import hand_over

hand_over()  # before the imports that take long


import json
from pathlib import Path

from strataforest.errors import step
from strataforest.tables import (
    change_correlation,
    dependent_effects,
    estimators,
    leave_one_out,
    platform_by_domain,
    pooled,
    presets,
    small_study,
    subgroup_tests,
    without_most_influential,
)
from strataforest.tables.folders import write_per_stratum
from strataforest.tabular import read_json, read_rows, write_rows


def main(index, fits, correlations, flipped, paper, grouping, output):
    """Write every table of the review."""
    index = read_rows(index, key="stratum")
    fits = {(fit["analysis"], fit["stratum"]): fit for fit in map(read_json, fits)}
    fits = {k: fits[k] for r in index if (k := (r["analysis"], r["stratum"])) in fits}
    rows = pooled.pooled_rows(index, fits, flipped)
    write_rows(output.pooled, [*index[0], *pooled.RESULT_COLUMNS], rows)
    for path, table, rows_of in (
        (output.estimators, estimators, estimators.estimator_rows),
        (output.small_study, small_study, small_study.small_study_rows),
        (output.dependent_effects, dependent_effects, dependent_effects.dependent_effects_rows),
        (output.presets, presets, presets.preset_rows),
    ):
        write_rows(
            path, table.COLUMNS, [r for key, fit in fits.items() for r in rows_of(*key, fit)]
        )
    under = [
        row
        for key, fit in fits.items()
        for row in change_correlation.change_correlation_rows(*key, fit, correlations)
    ]
    write_rows(output.change_correlation, change_correlation.COLUMNS, under)
    reduced = without_most_influential.without_most_influential_row
    left = [reduced(*key, fit) for key, fit in fits.items()]
    write_rows(output.without_most_influential, without_most_influential.COLUMNS, left)
    tests = subgroup_tests.subgroup_rows(index, fits, grouping)
    write_rows(output.subgroup_tests, subgroup_tests.COLUMNS, tests)
    summary = [leave_one_out.summary_row(*key, fit) for key, fit in fits.items()]
    write_rows(output.leave_one_out_summary, leave_one_out.SUMMARY_COLUMNS, summary)
    folders = (output.leave_one_out, output.leave_one_out_by_trial, output.influence)
    write_per_stratum(fits, *map(Path, folders))
    for path in output.cross:
        analysis = Path(path).stem.removeprefix("table2_")
        table = platform_by_domain.table2(
            rows, analysis, paper["cross"][analysis], paper["labels"], paper["level"]
        )
        write_rows(path, *table)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            index=snakemake.input.index,
            fits=snakemake.input.fits,
            correlations=read_rows(snakemake.input.correlations, key="effect_id"),
            flipped=set(snakemake.params.flipped),
            paper={
                "labels": json.loads(snakemake.params.labels),
                "cross": json.loads(snakemake.params.cross),
                "level": snakemake.params.level,
            },
            grouping=json.loads(snakemake.params.grouping),
            output=snakemake.output,
        )
