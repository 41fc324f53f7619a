"""Whatever stops a run, the next one ends with the bytes of an undisturbed one."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import psutil
import pytest
from conftest import ROOT, Review


def started(review, output=subprocess.DEVNULL):
    """Start a run in a process group of its own."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile")]
    command += ["-d", str(review.folder), "--configfile", str(review.folder / "config.yaml")]
    return subprocess.Popen(
        [*command, "--cores", "2"],
        cwd=review.folder,
        start_new_session=True,
        stdout=output,
        stderr=output,
    )


def kill(run):
    """Kill a run and all its jobs; say whether it was still running."""
    was_running = run.poll() is None
    if was_running:
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    return was_running


def killed_after(review, seconds):
    """Start a run and kill it after so many seconds; say whether it was still running."""
    run = started(review)
    time.sleep(seconds)
    return kill(run)


def interrupted_at(review, place):
    """Press Ctrl-C as soon as a file or folder is there; return what the run printed."""
    with tempfile.TemporaryFile("w+") as output:
        run = started(review, output)
        deadline = time.monotonic() + 60
        while not place.exists() and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        assert run.poll() is None, f"{place} was not made"
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(timeout=60) != 0
        output.seek(0)
        printed = output.read()
    assert left_of(run.pid) == []
    assert not list(review.folder.glob(".snakemake/locks/*"))
    return printed


def left_of(session):
    """Return the processes of a session that have not ended soon after."""
    deadline = time.monotonic() + 5
    while (left := list(running_in(session))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def running_in(session):
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.Error):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield " ".join(process.cmdline())


def test_ctrl_c_leaves_a_clean_state(built_review, copied_review):
    """While the sheets are read, then while a stratum is drawn from what they have changed."""
    results, logs = copied_review.folder / "results", copied_review.folder / "logs"
    shutil.rmtree(logs)
    copied_review.replace("outcomes.csv", "33,7.0,1.0", "33,7.3,1.0")
    printed = interrupted_at(copied_review, logs / "read_sheets.log")
    # What is said of the sheets is a log, which goes before they are read.
    said = {"harmonized/problems.csv"}
    assert built_review.digests().items() - copied_review.digests().items() == {
        (name, digest) for name, digest in built_review.digests().items() if name in said
    }
    printed += interrupted_at(copied_review, results / "figures/domain/glycemic.partial")
    # The last good figures are back, and known to be old.
    assert (results / "figures/domain/glycemic/forest.svg").is_file()
    assert not (results / ".kept").exists()
    assert "Drawing domain/glycemic" in copied_review.built("--dry-run").jobs
    assert printed.count("Stopped on request. ") == 2
    assert not re.search("Traceback|Interrupt|Error|rule ", printed)
    copied_review.replace("outcomes.csv", "33,7.3,1.0", "33,7.0,1.0")
    copied_review.built()
    assert copied_review.digests() == built_review.digests()


def test_kill_at_ten_random_moments(built_review, tmp_path):
    """Every second time from results that a correction has made old, else from nothing."""
    moments = random.Random(20261122)
    hits = 0
    for turn in range(10):
        review = Review(tmp_path / f"review{turn}")
        if turn % 2:
            review.replace("outcomes.csv", "33,7.0,1.0", "33,7.3,1.0")
            review.built()
            review.replace("outcomes.csv", "33,7.3,1.0", "33,7.0,1.0")
        hits += killed_after(review, moments.uniform(0.8, 3.5))
        review.built("--unlock")
        review.built()
        assert review.digests() == built_review.digests(), f"turn {turn}"
    assert hits >= 5


def test_kill_while_a_folder_of_figures_is_drawn(built_review, copied_review):
    """Behind a checkpoint Snakemake does not see that a folder is unfinished."""
    copied_review.replace("outcomes.csv", "33,7.0,1.0", "33,7.3,1.0")
    copied_review.built()
    copied_review.replace("outcomes.csv", "33,7.3,1.0", "33,7.0,1.0")
    run = started(copied_review)
    drawn = copied_review.folder / "results/figures/domain/glycemic.partial"
    deadline = time.monotonic() + 60
    while not drawn.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    assert kill(run)
    copied_review.built("--unlock")
    assert "Drawing domain/glycemic" in copied_review.built().jobs
    assert copied_review.digests() == built_review.digests()


@pytest.mark.parametrize(
    "written",
    [
        "harmonized/records.csv",
        "effects/effects.csv",
        "strata/index.csv",
        "fits/domain/glycemic.json",
        "tables/pooled.csv",
        "summary.txt",
    ],
)
def test_a_full_disk_names_the_file_and_leaves_the_last_results(copied_review, written):
    """/dev/full takes no byte, as a full disk does; our files are written beside their place.

    Not for files inside a folder that is one output: Snakemake copies such a folder before the job,
    and a copy of /dev/full has no end. tests/figures/test_save.py has that case.
    """
    before = copied_review.digests()
    copied_review.replace("outcomes.csv", "40,7.1,1.1", "40,7.2,1.1")
    place = copied_review.folder / "results" / (written + ".partial")
    place.symlink_to("/dev/full")
    run = copied_review.run(cores=1)
    assert run.status != 0
    assert f"ERROR  results/{written}: No space left on device" in run.output
    assert "Traceback" not in run.output
    after = copied_review.digests()
    assert after[written] == before[written]
    # Nor is any folder lost that the failed job was to make anew.
    assert before.keys() <= after.keys()
    place.unlink(missing_ok=True)
    copied_review.built()
    copied_review.replace("outcomes.csv", "40,7.2,1.1", "40,7.1,1.1")
    copied_review.built()
    assert copied_review.digests() == before


def test_a_failed_figure_leaves_the_last_ones(copied_review):
    before = copied_review.digests()
    copied_review.replace("outcomes.csv", "40,7.1,1.1", "40,7.2,1.1")
    copied_review.built("--until", "stratify")
    in_the_way = copied_review.folder / "results/figures/domain/glycemic.partial"
    in_the_way.write_text("no folder can be made here")
    run = copied_review.run(cores=1)
    assert run.status != 0
    assert "Traceback" not in run.output
    in_the_way.unlink()
    after = copied_review.digests()
    old = [name for name in before if name.startswith("figures/domain/glycemic/")]
    assert old
    assert all(after[name] == before[name] for name in old)
    assert not (copied_review.folder / "results/.kept").exists()
    copied_review.built()
    copied_review.replace("outcomes.csv", "40,7.2,1.1", "40,7.1,1.1")
    copied_review.built()
    assert copied_review.digests() == before


def test_a_failed_run_brings_no_stratum_back_that_is_gone(copied_review):
    copied_review.replace("studies.csv", "Cedar2021,2021,Chat,Chat", "Cedar2021,2021,Mail,Mail")
    place = copied_review.folder / "results/tables/pooled.csv.partial"
    place.symlink_to("/dev/full")
    assert copied_review.run(cores=1).status != 0
    place.unlink(missing_ok=True)
    figures = copied_review.folder / "results/figures/platform_by_domain"
    assert not (figures / "glycemic__chat").exists()
    assert (copied_review.folder / "results/tables/leave_one_out").is_dir()


def test_results_that_cannot_be_written_are_named(review):
    (review.folder / "results").write_text("a file where the folder should be")
    run = review.run()
    assert run.status == 1
    assert "results is a file; results need a folder there" in run.output
    assert "Traceback" not in run.output
