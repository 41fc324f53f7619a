"""Gather the fits of all strata into tables."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.fit_files import fits_in
from strataforest.tables import platform_by_domain, pooled, subgroup_tests
from strataforest.tables.folders import emptied
from strataforest.tables.gathered import COLUMNS, gather
from strataforest.tabular import read_rows, write_rows


def main(index, fits, correlations, flipped, paper, grouping, output):
    """Write every table of the review; one fit at a time, for there may be thousands."""
    index = read_rows(index, key="stratum")
    folders = (output.leave_one_out, output.leave_one_out_by_trial, output.influence)
    folders = emptied(*map(Path, folders))
    rows, kept = gather(fits_in(fits), correlations, folders)
    for name, found in rows.items():
        write_rows(output[name], COLUMNS[name], found)
    table = pooled.pooled_rows(index, kept, flipped)
    write_rows(output.pooled, [*index[0], *pooled.RESULT_COLUMNS], table)
    tests = subgroup_tests.subgroup_rows(index, kept, grouping)
    write_rows(output.subgroup_tests, subgroup_tests.COLUMNS, tests)
    for path in output.cross:
        analysis = Path(path).stem.removeprefix("table2_")
        crossed = platform_by_domain.table2(
            table, analysis, paper["cross"][analysis], paper["labels"], paper["level"]
        )
        write_rows(path, *crossed)


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
