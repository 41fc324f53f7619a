"""Gather the fits of all strata into tables."""

import json
import shutil
from pathlib import Path

from strataforest.errors import step
from strataforest.tables import estimators, leave_one_out, platform_by_domain, pooled
from strataforest.tabular import read_json, read_rows, write_rows


def main(index, fits, labels, flipped, cross, level, output):
    """Write every table of the review."""
    index = read_rows(index, key="stratum")
    fits = {(fit["analysis"], fit["stratum"]): fit for fit in map(read_json, fits)}
    fits = {k: fits[k] for r in index if (k := (r["analysis"], r["stratum"])) in fits}
    rows = pooled.pooled_rows(index, fits, flipped)
    write_rows(output.pooled, [*index[0], *pooled.RESULT_COLUMNS], rows)
    compared = [row for key, fit in fits.items() for row in estimators.estimator_rows(*key, fit)]
    write_rows(output.estimators, estimators.COLUMNS, compared)
    write_leave_one_out(fits, output)
    for path in output.cross:
        analysis = Path(path).stem.removeprefix("table2_")
        group = cross[analysis]
        write_rows(path, *platform_by_domain.table2(rows, analysis, group, labels, level))


def write_leave_one_out(fits, output):
    """Write a leave-one-out table per stratum into emptied folders, and their summary."""
    for folder in (output.leave_one_out, output.leave_one_out_by_trial):
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True)
    for (analysis, stratum), fit in fits.items():
        name = f"LOO_{analysis}_{stratum}.csv"
        rows = leave_one_out.leave_one_out_rows(fit)
        write_rows(Path(output.leave_one_out, name), leave_one_out.COLUMNS, rows)
        if fit["leave_one_out_by_trial"]:
            rows = leave_one_out.by_trial_rows(fit)
            write_rows(Path(output.leave_one_out_by_trial, name), leave_one_out.COLUMNS, rows)
    summary = [leave_one_out.summary_row(*key, fit) for key, fit in fits.items()]
    write_rows(output.leave_one_out_summary, leave_one_out.SUMMARY_COLUMNS, summary)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            index=snakemake.input.index,
            fits=snakemake.input.fits,
            labels=json.loads(snakemake.params.labels),
            flipped=set(snakemake.params.flipped),
            cross=json.loads(snakemake.params.cross),
            level=snakemake.params.level,
            output=snakemake.output,
        )
