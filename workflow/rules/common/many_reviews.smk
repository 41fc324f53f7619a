# Which reviews there are, and what each is made of: the named functions of rules/many_reviews.smk.

import contextlib
import csv
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import ModuleType

from snakemake.utils import min_version

min_version("9.14")

STARTED = time.time()
KNOWN_KEYS = {"reviews", "target", "strata_per_job", "pathvars"}
REPOSITORY = Path(workflow.basedir).parent.parent
# What a run of a review makes in its folder.
MADE = {"results", "logs", ".snakemake"}
# What the workflow is written in, beside its Snakefiles.
TEXTS = {".py", ".smk", ".yaml", ".j2", ".js", ".css"}


def own_module(place):
    """Return a module of the workflow itself that stands beside its rules."""
    path = REPOSITORY / "workflow/rules" / place
    made = ModuleType(path.stem)
    exec(compile(path.read_bytes(), str(path), "exec"), vars(made))
    return made


def review_settings():
    """Return the configuration with its defaults; stop where it holds anything else."""
    unknown = sorted(set(config) - KNOWN_KEYS)
    if unknown:
        stop(f"unknown key '{unknown[0]}'; known: {', '.join(sorted(KNOWN_KEYS))}")
    found = {"reviews": "reviews", "target": "tables", "strata_per_job": 1000} | config
    if found["target"] not in ("tables", "all"):
        stop(f"target: '{found['target']}' is neither tables nor all")
    if not isinstance(found["strata_per_job"], int) or found["strata_per_job"] < 1:
        stop("strata_per_job: expected a whole number above 0")
    if not Path(found["reviews"]).is_dir():
        stop(
            f"there is no folder {found['reviews']}; put each review into a folder of its own there, "
            "with its config.yaml and its sheets"
        )
    return found


def review_names():
    """Return the folders that hold a review, sorted; stop where a name could leave its folder."""
    places = Path(SETTINGS["reviews"]).glob("*/config.yaml")
    names = sorted(path.parent.name for path in places)
    odd = [n for n in names if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", n)]
    if odd:
        stop(
            f"{SETTINGS['reviews']}/{odd[0]}: a review's folder is named with letters, digits, "
            "_ . and - only"
        )
    if not names:
        stop(f"{SETTINGS['reviews']}: no folder in it holds a config.yaml")
    return names


def review_files(wildcards):
    """Return the configuration and the sheets of a review: all in its folder but what a run makes."""
    folder = Path(SETTINGS["reviews"]) / wildcards.review
    found = []
    for place, folders, names in os.walk(folder):
        if Path(place) == folder:
            folders[:] = set(folders) - MADE
        found += [str(Path(place, name)) for name in names if not name.startswith(".")]
    return sorted(found)


def every_review(name):
    """Return a file of every review's outcome."""
    return [f"<results>/reviews/{review}/{name}" for review in REVIEWS]


def whole_workflow():
    """Return a digest of the workflow that runs a review: another version runs all of them again."""
    digest = hashlib.sha256((REPOSITORY / "Snakefile").read_bytes())
    for path in sorted((REPOSITORY / "workflow").rglob("*")):
        if path.name == "Snakefile" or path.suffix in TEXTS:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def begin():
    """Prepare what a run needs beside its jobs."""
    if terminal():
        terminal().begin()
    jobs_ignore_interrupts()
    start_warm_process(REPOSITORY / "workflow/scripts")


def end_well():
    """Say what the reviews came to."""
    stop_warm_process()
    show_reviews()
    if terminal():
        terminal().end(is_told=False)


def end_badly():
    """End what still runs; a run that was interrupted says how to go on."""
    is_stopped = was_interrupted()
    stop_warm_process()
    if is_stopped:
        show_stop()
    if terminal():
        terminal().end(is_told=is_stopped)


def show_reviews():
    """Say how many reviews were run, and which failed."""
    place = Path(str(workflow.pathvars.apply("<results>/reviews.csv")))
    with open(place, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    failed = [row for row in rows if row["status"] == "failed"]
    pooled = sum(int(row["strata_pooled"] or 0) for row in rows)
    text = f"\n{len(rows)} reviews, {len(failed)} failed; {pooled} strata pooled: {shown(place)}\n"
    text += "".join(f"  {row['review']}: {row['message']}\n" for row in failed[:20])
    print(text, file=sys.stderr)
