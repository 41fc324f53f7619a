"""Run one review in its own folder, and write what it came to; one that fails stops no other."""

import os
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
    status = run(command, Path(log))
    said = Path(log).read_text(encoding="utf-8", errors="replace")
    status, columns, rows = outcome(review, folder / "results", status, said)
    write_rows(output.status, STATUS_COLUMNS, [status])
    write_rows(output.pooled, columns, rows)


def run(command, log):
    """Run a command, all that it says in a log; return its exit status.

    Ctrl-C reaches it too: it is waited for, so that it ends in order and leaves no lock.
    """
    environment = os.environ | {"STRATAFOREST_TERMINAL": "full"}
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        try:
            return process.wait()
        except SystemExit:
            process.wait()
            raise


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            review=snakemake.wildcards.review,
            params=snakemake.params,
            threads=snakemake.threads,
            log=snakemake.log[0],
            output=snakemake.output,
        )
