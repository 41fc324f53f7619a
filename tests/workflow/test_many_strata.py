"""Many strata in one job: the same results, fewer processes."""

import re

import pytest
from conftest import CONFIG, Review, lasting

FITS = "fits/"


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    """Return the small review run with three strata a job."""
    review = Review(tmp_path_factory.mktemp("grouped") / "review", CONFIG | {"strata_per_job": 3})
    review.built()
    return review


def without_fits(review):
    """Return the digests of all results but the fits' files; the page links to those."""
    found = {name: sha for name, sha in review.digests().items() if not name.startswith(FITS)}
    page = lasting(review.folder / "results" / "report" / "index.html")
    found["report/index.html"] = re.sub(rb"fits/\w+/\w+\.jsonl?", b"", page)
    return found


def fit_files(review):
    return sorted(name for name in review.digests() if name.startswith(FITS))


def test_results_are_those_of_a_job_a_stratum(grouped, built_review):
    assert without_fits(grouped) == without_fits(built_review)
    assert fit_files(grouped) == [
        "fits/domain/part_0001.jsonl",
        "fits/platform_by_domain/part_0001.jsonl",
    ]
    assert grouped.built().jobs == []


def test_a_correction_pools_the_strata_of_its_job_again(grouped):
    sheet = (grouped.folder / "outcomes.csv").read_text("utf-8")
    grouped.replace(
        "outcomes.csv",
        "Elm2022,knowledge,quiz,12,post,33,13.5",
        "Elm2022,knowledge,quiz,12,post,33,13.6",
    )
    jobs = grouped.built().jobs
    assert [job for job in jobs if job.startswith("Pooling")] == [
        "Pooling the strata of domain, part_0001"
    ]
    grouped.write("outcomes.csv", sheet)
    grouped.built()


def test_another_number_of_strata_leaves_no_fit_behind(copied_review):
    before = fit_files(copied_review)
    # Other people's files, and what a killed run left, are no fits.
    for name in ("glycemic.json.partial", "part_x.jsonl.partial", "notes.txt"):
        (copied_review.folder / "results/fits/domain" / name).write_text("")
    others = set(fit_files(copied_review)) - set(before)
    copied_review.configure(CONFIG | {"strata_per_job": 2})
    copied_review.built()
    assert set(fit_files(copied_review)) - others == {
        "fits/domain/part_0001.jsonl",
        "fits/platform_by_domain/part_0001.jsonl",
    }
    copied_review.configure(CONFIG | {"strata_per_job": 1})
    copied_review.built()
    assert set(fit_files(copied_review)) - others == set(before)


def test_the_tables_alone_can_be_asked_for(review):
    review.configure(CONFIG | {"strata_per_job": 100})
    run = review.built("tables")
    assert "\nTables    results/tables/pooled.csv" in run.output
    assert "Report  " not in run.output
    assert "Figures  " not in run.output
    assert not [job for job in run.jobs if job.startswith(("Drawing", "Typesetting", "Building"))]
    assert "Strata pooled" in run.output
    assert [row["status"] for row in review.rows("tables/pooled.csv")].count("pooled") == 3
    assert review.rows("tables/leave_one_out/LOO_domain_glycemic.csv")


def test_the_tables_alone_say_what_is_older(copied_review):
    assert "Older" not in copied_review.built("tables").output
    # Weeks are a moderator: no pooled table has them, the regressions do.
    copied_review.replace(
        "studies.csv", "Cedar2021,2021,Chat,Chat,52", "Cedar2021,2021,Chat,Chat,40"
    )
    assert "\nOlder     report, figures, meta-regressions," in copied_review.built("tables").output
    copied_review.built()
    assert "Older" not in copied_review.built("tables").output


def test_a_number_of_strata_below_one_is_refused(review):
    review.configure(CONFIG | {"strata_per_job": 0})
    run = review.run()
    assert run.status
    assert "strata_per_job: 0 is less than the minimum of 1" in run.output
