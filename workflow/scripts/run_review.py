"""Run one review in its own folder, and write what it came to; one that fails stops no other."""

import subprocess
import sys
from pathlib import Path

from strataforest.errors import step
from strataforest.report.outcome import STATUS_COLUMNS, outcome
from strataforest.tabular import write_rows


def main(review, params, threads, log, output):
    """Write the review's status, and its pooled results where it has run well."""
    folder = Path(params.folder)
    command = [sys.executable, "-m", "snakemake", "-s", params.snakefile, "-d", str(folder)]
    command += ["--configfile", str(folder / "config.yaml"), "--cores", str(threads)]
    command += ["--config", f"strata_per_job={params.strata_per_job}", "--", params.target]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    Path(log).write_text(done.stdout, encoding="utf-8")
    status, columns, rows = outcome(review, folder / "results", done.returncode, done.stdout)
    write_rows(output.status, STATUS_COLUMNS, [status])
    write_rows(output.pooled, columns, rows)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            review=snakemake.wildcards.review,
            params=snakemake.params,
            threads=snakemake.threads,
            log=snakemake.log[0],
            output=snakemake.output,
        )
