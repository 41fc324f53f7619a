"""Imported by another workflow, from disk and over http, and run from anywhere."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from conftest import CONFIG, ROOT, Run

IMPORTER = Path(__file__).parent / "importer" / "Snakefile"


@pytest.fixture
def address():
    """Serve the repository on a loopback port and return where."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def imported(review, snakefile, *targets):
    """Run the importing workflow in the review's folder."""
    review.write("importer.yaml", yaml.safe_dump({"snakefile": snakefile, "review": CONFIG}))
    command = [sys.executable, "-m", "snakemake", "-s", str(IMPORTER), "-d", str(review.folder)]
    # The profile does not travel with a module: the importer brings its own.
    command += ["--cores", "2", "--workflow-profile", str(ROOT / "profiles/default"), *targets]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    run = Run(done.returncode, done.stdout + done.stderr)
    assert run.status == 0, run.output
    return run


def test_as_a_module_from_disk_and_over_http(built_review, review, address):
    places = [str(ROOT / "Snakefile"), f"{address}/workflow/Snakefile"]
    for number, place in enumerate(places):
        run = imported(review, place)
        # The second time all is there already: where the code comes from is not what it says.
        assert bool(run.jobs) == (number == 0)
        assert "Nothing to be done" in imported(review, place).output
    ours = built_review.folder / "results"
    theirs = review.folder / "out/review"
    # Over http it is made by what was fetched; test_conventions.py makes everything so, from a tag.
    (theirs / "figures/overview/domain.svg").unlink()
    run = imported(review, places[1], "out/review/figures/overview/domain.svg")
    assert run.jobs == ["Drawing the overview of domain"]
    for name in ("tables/pooled.csv", "fits/domain/glycemic.json", "figures/overview/domain.svg"):
        assert (theirs / name).read_bytes() == (ours / name).read_bytes()
    assert not (review.folder / "results").exists()
    assert (review.folder / "out/count.txt").read_text().strip() == "7"


# From a review's own folder the profile is found beside either Snakefile.
def test_from_anywhere(built_review, review, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "workflow/Snakefile")]
    command += ["-d", "review", "--configfile", "review/config.yaml", "--cores", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert review.digests() == built_review.digests()
    assert "Nothing to be done" in review.built().output
