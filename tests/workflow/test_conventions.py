"""What somebody who knows Snakemake expects: the catalog, snakedeploy, the report, unit tests."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import CONFIG, ROOT, Review, Run

WORKFLOW = ROOT / "workflow"
RULES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [WORKFLOW / "Snakefile", *sorted((WORKFLOW / "rules").glob("*.smk"))]
)
# As snakedeploy 0.17.1 writes it.
DEPLOYED = """\
from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


# declare https://github.com/someone/strataforest as a module
module strataforest:
    snakefile: 
        github("someone/strataforest", path="workflow/Snakefile", tag="v0.1.0")
    config:
        config


# use all rules from https://github.com/someone/strataforest
use rule * from strataforest
"""  # noqa: W291


def usage():
    text = (ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["usage"]


def test_the_catalog_finds_what_it_asks_for():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme and "workflow" in readme
    assert (WORKFLOW / "Snakefile").is_file() and (ROOT / "config/README.md").is_file()
    assert {path.suffix for path in (WORKFLOW / "rules").iterdir() if path.is_file()} == {".smk"}
    assert set(usage()) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage()["mandatory-flags"] == {"desc": None, "flags": None}


def test_what_the_catalog_says_of_deployment_holds():
    _, *bodies = re.split(r"^(?:rule|checkpoint) \w+:\n", RULES, flags=re.MULTILINE)
    running = [body for body in bodies if "    script:\n" in body]
    assert len(running) > 25
    assert all('    conda:\n        "../../environment.yml"\n' in body for body in running)
    assert not re.search(r"^ *(shell|run|container|containerized):", RULES, re.MULTILINE)
    assert usage()["software-stack-deployment"] == {
        "conda": True,
        "apptainer": False,
        "apptainer+conda": False,
    }
    assert usage()["report"] is bool(re.search(r"^report: ", RULES, re.MULTILINE))


def test_both_snakefiles_have_a_profile_beside_them_and_it_is_one():
    settings = [
        yaml.safe_load((folder / "profiles/default/profile.yaml").read_text(encoding="utf-8"))
        for folder in (ROOT, WORKFLOW)
    ]
    assert settings[0] == settings[1] and len(settings[0]) > 4


@pytest.fixture
def hosted(tmp_path):
    """Return variables with which git takes every address on the web for a folder of the test.

    At github's place there lies this workflow, at a tag.
    """
    host = tmp_path / "hosts"
    place = host / "github.com/someone/strataforest"
    for name in yaml.safe_load((WORKFLOW / "files.yaml").read_text(encoding="utf-8")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place / name)
    git = ["git", "-C", str(place), "-c", "user.name=test", "-c", "user.email=test"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "."], ["tag", "v0.1.0"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return os.environ | {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.{host.as_uri()}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


def test_what_snakedeploy_writes_runs_to_results(built_review, hosted, tmp_path):
    review = Review(tmp_path / "review")
    for name in ("config", "workflow"):
        (review.folder / name).mkdir()
    (review.folder / "config.yaml").rename(review.folder / "config/config.yaml")
    review.write("workflow/Snakefile", DEPLOYED)
    shutil.copytree(ROOT / "profiles", review.folder / "profiles")

    def run(*options):
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *options]
        done = subprocess.run(
            command,
            cwd=review.folder,
            env=hosted,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return Run(done.returncode, done.stdout + done.stderr)

    pooled = "results/tables/pooled.csv"
    assert "Writing the tables" in run(pooled).jobs
    same = built_review.folder / pooled
    assert (review.folder / pooled).read_bytes() == same.read_bytes()
    # Where nothing is asked for the whole review is made, and no more of it than is missing.
    rest = run("--dry-run").output
    assert "Building the report" in rest and "rule all:" in rest
    assert "Writing the tables" not in rest
    # Nor is anything made anew where the same workflow is on disk.
    local = ("-s", str(ROOT / "Snakefile"), "--configfile", "config/config.yaml")
    assert "Nothing to be done" in run(pooled, *local).output


def test_a_part_of_the_page_without_its_last_line_end_is_the_same_part(tmp_path):
    from strataforest.report.page.render import ASSETS, asset

    for name in ("style.css", "page.js", "page.html.j2"):
        (tmp_path / name).write_text((ASSETS / name).read_text("utf-8").rstrip("\n"), "utf-8")
        assert asset(name, tmp_path) == asset(name) == (ASSETS / name).read_text("utf-8")


def in_report(page):
    """Return what Snakemake's report lists: the labels and the place of each result."""
    text = page.read_text(encoding="utf-8")
    for part in text.split("var results = ")[1:]:
        if part.startswith('{"results/'):
            found, _ = json.JSONDecoder().raw_decode(part)
            return [(tuple(sorted(v["labels"].items())), place) for place, v in found.items()]
    raise AssertionError("the page lists no results")


def test_the_report_shows_a_figure_of_many_formats_once(copied_review, tmp_path):
    copied_review.configure(CONFIG | {"figures": {"formats": ["pdf", "svg"]}})
    wanted = [f"results/figures/overview/domain.{name}" for name in ("pdf", "svg")]
    copied_review.built(*wanted)
    assert all((copied_review.folder / name).is_file() for name in wanted)
    copied_review.built(*wanted, "--report", str(tmp_path / "report.html"))
    listed = [place for _, place in in_report(tmp_path / "report.html") if "overview" in place]
    # The one that a browser draws.
    assert listed == ["results/figures/overview/domain.svg"]


def test_everything_in_the_default_reviews_report_can_be_told_apart(default_review, tmp_path):
    default_review.built("--report", str(tmp_path / "report.html"))
    listed = in_report(tmp_path / "report.html")
    assert len(listed) > 100
    assert len({labels for labels, _ in listed}) == len(listed)


def test_unit_tests_are_generated_and_those_before_the_checkpoint_pass(default_review, tmp_path):
    folder = tmp_path / "clone"
    shutil.copytree(default_review.folder, folder, symlinks=True)
    # Snakemake generates tests only of a Snakefile in the folder that it runs in, as in a clone.
    for name in ("Snakefile", "environment.yml", "profiles", "workflow"):
        (folder / name).symlink_to(ROOT / name)

    def python(*command):
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=os.environ | {"PATH": programs},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    python("snakemake", "--configfile", "config.yaml", "--generate-unit-tests", ".tests/unit")
    made = {path.stem.removeprefix("test_") for path in folder.glob(".tests/unit/test_*.py")}
    assert made >= {"read_sheets", "compute_effects", "stratify", "fit_stratum", "build_report"}
    options = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".tests/unit")
    assert "1 passed" in python("pytest", *options, ".tests/unit/test_compute_effects.py")
