"""How cost grows with strata and with studies: corpora of many sizes through the workflow.

usage: python benchmarks/scale/scale.py [--strata 10 100 1000] [--studies 10 100 1000] [--cores 2]
       python benchmarks/scale/scale.py --corpus      (5,000 strata of 20 trials, once)
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
from corpus import write_corpus

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from strataforest.heterogeneity import heterogeneity, prediction_interval  # noqa: E402
from strataforest.pooling import pool  # noqa: E402
from strataforest.sensitivity import leave_one_out  # noqa: E402
from strataforest.tabular import read_rows  # noqa: E402

HEAD = "  strata studies   effects |  wall s  per stratum ms  peak MiB |  DAG s | kernel s"


def measured(folder: Path, cores: int, *targets: str) -> tuple[float, float]:
    """Return wall seconds and the peak resident memory of all processes (MiB) of one run."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "-d", str(folder)]
    command += ["--configfile", str(folder / "config.yaml"), "--cores", str(cores), *targets]
    began = time.perf_counter()
    with (folder / "log.txt").open("w") as log:
        run = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        peak = [0.0]
        watch = threading.Thread(target=_watch, args=(run, peak))
        watch.start()
        status = run.wait()
        watch.join()
    if status:
        sys.exit((folder / "log.txt").read_text()[-3000:])
    return time.perf_counter() - began, peak[0]


def _watch(run: subprocess.Popen, peak: list[float]) -> None:
    """Keep the highest sum of what the processes of a run hold; shared pages count once (PSS)."""
    while run.poll() is None:
        try:
            processes = [root := psutil.Process(run.pid), *root.children(recursive=True)]
            held = 0
            for process in processes:
                try:
                    held += process.memory_full_info().pss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], held / 2**20)
        except psutil.Error:
            return
        time.sleep(0.25)


def kernel_seconds(folder: Path) -> float:
    """Return the seconds that the arithmetic alone takes, all strata as one batch.

    Pooled effects, heterogeneity and prediction intervals, then the leave-one-out of every stratum.
    """
    files = sorted((folder / "results/strata/topic").glob("*.csv"))
    tables = [read_rows(file) for file in files]
    longest = max(map(len, tables))
    yi, vi = (
        np.array([[float(r[c]) for r in t] + [np.nan] * (longest - len(t)) for t in tables])
        for c in ("yi", "vi")
    )
    began = time.perf_counter()
    fit = pool(yi, vi)
    heterogeneity(yi, vi, fit.tau2)
    prediction_interval(fit.estimate, fit.se, fit.tau2, fit.k, "z", 0.95)
    for own_yi, own_vi in zip(yi, vi, strict=True):
        leave_one_out(own_yi[~np.isnan(own_yi)], own_vi[~np.isnan(own_vi)])
    return time.perf_counter() - began


def one(strata: int, studies: int, cores: int, per_job: int) -> dict:
    """Run a corpus of one size from nothing to its tables; print and return what it took."""
    folder = Path(tempfile.mkdtemp(prefix="corpus-"))
    try:
        write_corpus(folder, strata, studies, strata_per_job=per_job)
        head, first = measured(folder, cores, "--until", "stratify")
        began = time.perf_counter()
        measured(folder, cores, "tables", "--dry-run")
        dag = time.perf_counter() - began
        rest, second = measured(folder, cores, "tables")
        made = len(list((folder / "results/tables/leave_one_out").glob("*.csv")))
        assert made == strata, f"{made} leave-one-out tables"
        kernel = kernel_seconds(folder)
    finally:
        shutil.rmtree(folder)
    wall = head + rest
    print(
        f"{strata:8} {studies:7} {strata * studies:9} | {wall:7.1f} {1000 * wall / strata:15.1f} "
        f"{max(first, second):9.0f} | {dag:6.1f} | {kernel:8.2f}",
        flush=True,
    )
    return {"strata": strata, "studies": studies, "wall": wall}


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope of log seconds on log size: 1 is linear growth."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> None:
    """Run what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strata", type=int, nargs="+", default=[10, 100, 500, 1000, 5000])
    parser.add_argument("--studies", type=int, nargs="+", default=[10, 50, 200, 500, 2000])
    parser.add_argument("--per-job", type=int, default=100, help="strata_per_job")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--corpus", action="store_true", help="5,000 strata of 20 trials, once")
    given = parser.parse_args()
    print(HEAD)
    if given.corpus:
        one(5000, 20, given.cores, given.per_job)
        return
    nothing = one(3, 3, given.cores, given.per_job)["wall"]
    by_strata = [one(n, 20, given.cores, given.per_job) for n in given.strata]
    by_studies = [one(10, n, given.cores, given.per_job) for n in given.studies]
    for name, rows in (("strata", by_strata), ("studies", by_studies)):
        # What a run costs at any size is no growth; sizes that add next to nothing tell none.
        more = {row[name]: row["wall"] - nothing for row in rows}
        more = {size: seconds for size, seconds in more.items() if seconds > nothing / 4}
        if len(more) > 1:
            slope = exponent(list(more), list(more.values()))
            print(
                f"from {min(more)} to {max(more)} {name}, seconds beyond a smallest run's "
                f"{nothing:.1f} grow as {name} to the {slope:.2f}"
            )


if __name__ == "__main__":
    main()
