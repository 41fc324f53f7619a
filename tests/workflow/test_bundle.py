"""The packed review runs again elsewhere, to the same bytes."""

import hashlib
import shutil
import subprocess
import sys
import zipfile

from conftest import CONFIG


def unpacked(review, folder):
    with zipfile.ZipFile(review.folder / "results/bundle/review.zip") as archive:
        archive.extractall(folder)


def differing(folder):
    """Return the files of SHA256SUMS that are missing or have another digest."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = [line.split("  ", 1) for line in lines]
    assert len(sums) > 30
    places = [(folder / name, sha) for sha, name in sums]
    return [
        str(path)
        for path, sha in places
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha
    ]


def test_the_archive_runs_again_to_the_same_bytes(copied_review, tmp_path):
    run = copied_review.built("bundle")
    assert "\nBundle    results/bundle/review.zip\n" in run.output
    unpacked(copied_review, tmp_path / "elsewhere")
    folder = tmp_path / "elsewhere"
    assert differing(folder / "review") == []
    shutil.rmtree(folder / "review/results")
    assert differing(folder / "review")
    command = [sys.executable, "-m", "snakemake", "-s", "strataforest/Snakefile", "-d", "review"]
    command += ["--configfile", "review/config.yaml", "--cores", "2"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert differing(folder / "review") == []


def test_the_same_review_packs_to_the_same_archive(copied_review):
    copied_review.built("bundle")
    archive = copied_review.folder / "results/bundle/review.zip"
    before = archive.read_bytes()
    copied_review.built("bundle", "--forcerun", "bundle")
    assert archive.read_bytes() == before


def test_the_archive_holds_sheets_pins_workflow_and_how_to_use_them(copied_review):
    copied_review.built("bundle")
    with zipfile.ZipFile(copied_review.folder / "results/bundle/review.zip") as archive:
        names = set(archive.namelist())
        config = archive.read("review/config.yaml").decode("utf-8")
    assert {f"review/{spec['path']}" for spec in CONFIG["sheets"].values()} <= names
    assert {"strataforest/constraints.txt", "strataforest/Snakefile", "README.md"} <= names
    assert "min_effects: 3" in config
    assert not any("/history/" in name or "/changes/" in name for name in names)
