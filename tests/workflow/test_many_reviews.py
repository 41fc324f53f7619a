"""A folder of reviews: all of them run, one that fails stops no other, a correction runs one."""

import csv
import io
import re
import subprocess
import sys

import pytest
from conftest import CONFIG, ROOT, Review, Run

SNAKEFILE = ROOT / "workflow" / "many_reviews" / "Snakefile"
PLATFORM = {"strata": {"platform": {"by": ["domain", "primary_platform"]}}}


def run_all(folder, *options):
    command = [sys.executable, "-m", "snakemake", "-s", str(SNAKEFILE), "-d", str(folder)]
    done = subprocess.run(
        [*command, "--cores", "2", *options], capture_output=True, text=True, check=False
    )
    return Run(done.returncode, done.stdout + done.stderr)


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return a folder of reviews that has been run: two sound ones, one with a wrong cell."""
    folder = tmp_path_factory.mktemp("library")
    Review(folder / "reviews" / "alpha")
    Review(folder / "reviews" / "beta-2", CONFIG | PLATFORM)
    broken = Review(folder / "reviews" / "broken")
    broken.replace("outcomes.csv", "41,7.6,1.2", "41,seven,1.2")
    run = run_all(folder)
    assert run.status == 0, run.output
    return folder, run


def test_every_review_is_a_row_and_says_why_it_failed(library):
    folder, run = library
    found = {row["review"]: row for row in rows(folder / "results" / "reviews.csv")}
    assert {name: row["status"] for name, row in found.items()} == {
        "alpha": "done",
        "beta-2": "done",
        "broken": "failed",
    }
    assert found["broken"]["message"].startswith("outcomes.csv J2: mean_control is 'seven'")
    assert "3 reviews, 1 failed" in run.output
    assert "broken: outcomes.csv J2" in run.output
    assert int(found["alpha"]["strata_pooled"]) == 3


def test_the_table_of_all_holds_the_numbers_of_each(library, built_review):
    folder, _ = library
    found = rows(folder / "results" / "pooled.csv")
    assert {row["review"] for row in found} == {"alpha", "beta-2"}
    own = [
        {k: v for k, v in row.items() if k != "review"} for row in found if row["review"] == "alpha"
    ]
    assert own == built_review.rows("tables/pooled.csv")


def test_only_what_changed_runs_again(library):
    folder, _ = library
    assert run_all(folder).jobs == []
    sheet = folder / "reviews" / "broken" / "outcomes.csv"
    sheet.write_text(sheet.read_text("utf-8").replace("seven", "7.6"), encoding="utf-8")
    run = run_all(folder)
    assert [job for job in run.jobs if "review " in job] == ["Running the review broken"]
    assert {row["status"] for row in rows(folder / "results" / "reviews.csv")} == {"done"}
    log = (folder / "logs" / "run_review" / "broken.log").read_text("utf-8")
    assert re.search(r"^Job \d+: Writing the tables$", log, flags=re.MULTILINE)
    assert run_all(folder).jobs == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--config", "reviews=nowhere"], "there is no folder nowhere"),
        (["--config", "target=figures"], "target: 'figures' is neither tables nor all"),
        (["--config", "strata_per_job=0"], "strata_per_job: expected a whole number above 0"),
        (["--config", "strata=3"], "unknown key 'strata'"),
    ],
)
def test_a_mistake_is_told_in_words(library, options, said):
    run = run_all(library[0], *options)
    assert run.status
    # Alone: no name of an exception, no place in our code.
    assert f"\n{said}" in run.output
    assert not [word for word in ("Traceback", "WorkflowError", ".smk") if word in run.output]


def test_a_folder_without_reviews_and_an_odd_name_are_told(tmp_path):
    (tmp_path / "reviews").mkdir()
    assert "no folder in it holds a config.yaml" in run_all(tmp_path).output
    Review(tmp_path / "reviews" / "two words")
    assert "reviews/two words: a review's folder is named with" in run_all(tmp_path).output


def test_snakemake_finds_nothing_to_say_of_its_rules(library):
    assert "your workflow is in a good condition" in run_all(library[0], "--lint").output
