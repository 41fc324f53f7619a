"""The default review beside one R script: full build, one corrected cell, nothing to do.

usage: python benchmarks/workflow/workflow.py [--rounds 3] [--cores 4]
           [--r-script metafor_monolith.R --sheets FOLDER]

Rounds are interleaved, so that a busy machine slows all alike; read the ratios.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SHEET = "resources/diabetes_messaging/outcomes_continuous.csv"
# A value of one trial that stands in three strata: HbA1c of RakchimND in the intervention arm.
CELL = (",7.59,", ",7.95,")


def seconds(command: list[str], folder: Path, log: Path) -> float:
    """Return the wall seconds of a command; stop with its output where it fails."""
    began = time.perf_counter()
    with log.open("w") as file:
        done = subprocess.run(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    taken = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{log.read_text()[-3000:]}")
    return taken


def snakemake(folder: Path, cores: int) -> list[str]:
    """Return the command of a run in a folder of its own."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "-d", str(folder)]
    return [*command, "--configfile", str(folder / "config/config.yaml"), "--cores", str(cores)]


def one_round(work: Path, given: argparse.Namespace) -> dict[str, float]:
    """Return the seconds of each task, done once."""
    review, log = work / "review", work / "log.txt"
    shutil.rmtree(review, ignore_errors=True)
    for name in ("resources", "config"):
        shutil.copytree(ROOT / name, review / name)
    run = snakemake(review, given.cores)
    taken = {"full build": seconds(run, review, log)}
    taken["nothing to do"] = seconds(run, review, log)
    assert "Nothing to be done" in log.read_text()
    sheet = review / SHEET
    text = sheet.read_text(encoding="utf-8")
    assert text.count(CELL[0]) == 1, f"{CELL[0]} stands {text.count(CELL[0])} times"
    sheet.write_text(text.replace(*CELL), encoding="utf-8")
    taken["one cell"] = seconds(run, review, log)
    if given.r_script.is_file() and shutil.which("Rscript"):
        command = ["Rscript", str(given.r_script), str(given.sheets), str(work / "r")]
        taken["R script"] = seconds(command, work, log)
    return taken


def main() -> None:
    """Run what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=4)
    default = SHARED / "benchmark/metafor_monolith.R"
    parser.add_argument("--r-script", type=Path, default=default)
    parser.add_argument("--sheets", type=Path, default=SHARED / "extraction")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        rounds = [one_round(work, given) for _ in range(given.rounds)]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    medians = {task: statistics.median(r[task] for r in rounds) for task in rounds[0]}
    base = medians.get("R script")
    print(f"{'task':15} {'median s':>9} {'all rounds':24} {'to R':>6} {'to full':>8}")
    for task, median in medians.items():
        every = " ".join(f"{r[task]:.1f}" for r in rounds)
        to_r = f"{median / base:.2f}" if base else "-"
        print(f"{task:15} {median:9.1f} {every:24} {to_r:>6} {median / medians['full build']:8.2f}")


if __name__ == "__main__":
    main()
