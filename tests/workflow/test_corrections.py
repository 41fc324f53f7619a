"""A correction re-runs what depends on it and nothing else."""

import os

from conftest import CONFIG, OUTCOMES

READING = {"Reading and checking the extraction sheets"}
EFFECTS = {"Computing effect sizes"}
CHOICE = {"Choosing one effect per trial and domain, and grouping them into strata"}
TABLES = {"Writing the tables", "Cumulating by year", "Summing up", "Recording what moved"}
TABLES |= {"Typesetting the tables of the paper", "Building the report"}
FRONT = READING | EFFECTS | CHOICE
OVERVIEW = {"Drawing the overview of domain"}
SUBGROUPS = {"Drawing the subgroups of platform_by_domain/glycemic"}


def stratum(name):
    return {f"Pooling {name}", f"Drawing {name}"}


def changed(before, after):
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_one_corrected_value_refits_the_strata_that_hold_it(copied_review):
    before = copied_review.digests()
    copied_review.replace(
        "outcomes.csv",
        "Ash2019,glycemic,hba1c,12,post,40,7.1",
        "Ash2019,glycemic,hba1c,12,post,40,7.2",
    )
    run = copied_review.built()
    affected = stratum("domain/glycemic") | stratum("platform_by_domain/glycemic__chat")
    assert set(run.jobs) == FRONT | affected | SUBGROUPS | TABLES | OVERVIEW
    differs = changed(before, copied_review.digests())
    assert not any("knowledge" in path for path in differs)
    assert {path for path in differs if path.startswith("fits/")} == {
        "fits/domain/glycemic.json",
        "fits/platform_by_domain/glycemic__chat.json",
    }


def test_a_sheet_put_back_with_its_old_time_is_read_again(copied_review):
    before = copied_review.digests()
    sheet = copied_review.folder / "outcomes.csv"
    stamp = sheet.stat()
    copied_review.replace("outcomes.csv", "40,7.1,1.1", "40,7.4,1.1")
    copied_review.built()
    assert changed(before, copied_review.digests())
    copied_review.replace("outcomes.csv", "40,7.4,1.1", "40,7.1,1.1")
    os.utime(sheet, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert set(copied_review.built().jobs) >= READING
    assert not {path for path in changed(before, copied_review.digests()) if "fits/" in path}
    assert "Nothing to be done" in copied_review.built().output


def test_a_value_that_was_not_chosen_refits_nothing(copied_review):
    copied_review.replace("outcomes.csv", "40,7.9,1.5", "40,7.8,1.5")
    run = copied_review.built()
    assert not any(job.startswith(("Pooling", "Drawing domain")) for job in run.jobs)


def test_moving_rows_and_notes_refits_nothing(copied_review):
    before = copied_review.digests()
    header, *rows = OUTCOMES.splitlines()
    moved = [header, *reversed(rows), "", ""]
    text = "\n".join(moved).replace("second choice", "another note")
    copied_review.write("outcomes.csv", text + "\n")
    run = copied_review.built()
    # What tells of the sheets' rows; no fit, no figure, no table.
    told = {"Recording what moved", "Summing up", "Building the report"}
    assert set(run.jobs) == FRONT | told
    differs = changed(before, copied_review.digests())
    assert not any(path.startswith(("fits/", "strata/", "tables/", "figures/")) for path in differs)


def test_touching_sheets_and_code_runs_nothing(copied_review):
    import os
    import time

    from conftest import ROOT

    later = time.time() + 5
    for path in (*copied_review.folder.glob("*.csv"), *ROOT.glob("workflow/scripts/**/*.py")):
        os.utime(path, (later, later))
    assert "Nothing to be done" in copied_review.built().output


def test_a_stratum_that_disappears_takes_its_outputs_with_it(copied_review):
    copied_review.replace("studies.csv", "Cedar2021,2021,Chat,Chat", "Cedar2021,2021,Mail,Mail")
    run = copied_review.built()
    affected = stratum("platform_by_domain/glycemic__mail")
    assert {job for job in run.jobs if job.startswith(("Pooling", "Drawing p"))} == affected
    assert not any(
        "glycemic__chat" in path
        for path in copied_review.digests()
        if not path.startswith(("strata/", "covariates/", "by_preset/"))
    )
    rows = copied_review.rows("tables/pooled.csv")
    statuses = {row["stratum"]: row["status"] for row in rows}
    assert statuses["glycemic__chat"] == "not_estimable"
    assert statuses["glycemic__mail"] == "pooled"


def test_a_pooling_option_refits_and_does_not_read(copied_review):
    copied_review.configure(copied_review.config | {"pooling": {"ci": "hksj"}})
    jobs = set(copied_review.built().jobs)
    assert not jobs & FRONT
    assert len([job for job in jobs if job.startswith("Pooling")]) == 3


def test_a_preset_changes_effects_and_does_not_read(copied_review):
    copied_review.configure(copied_review.config | {"preset": "metafor"})
    jobs = set(copied_review.built().jobs)
    assert not jobs & READING
    assert jobs >= EFFECTS


def test_a_figure_option_draws_and_does_not_fit(copied_review):
    before = copied_review.digests()
    for formats, is_drawn in ((["svg", "png"], True), (["svg"], False)):
        copied_review.configure(copied_review.config | {"figures": {"formats": formats}})
        jobs = copied_review.built().jobs
        assert jobs
        assert all(job.startswith(("Drawing", "Building the report")) for job in jobs)
        found = {path.split("/")[1] for path in copied_review.digests() if path.endswith(".png")}
        assert found >= ({"domain", "overview", "subgroups"} if is_drawn else set())
    # A format that is no longer asked for is gone: it would stay as it was, whatever is corrected.
    assert copied_review.digests() == before


def test_correcting_back_gives_the_first_bytes_again(copied_review):
    before = copied_review.digests()
    copied_review.replace("outcomes.csv", "33,7.0,1.0", "33,7.3,1.0")
    copied_review.built()
    assert copied_review.digests() != before
    copied_review.replace("outcomes.csv", "33,7.3,1.0", "33,7.0,1.0")
    copied_review.built()
    assert copied_review.digests() == before


def test_what_failed_fails_again_until_it_is_mended(review):
    """Snakemake itself takes outputs that a failed job got back for up to date."""
    twice = "Ash2019,glycemic,hba1c,12,change,40,-0.5,1.5,41,-0.3,1.4,,"
    old = "Ash2019,glycemic,fbg,12,post,40,7.9,1.5,41,8.3,1.4,,second choice"
    review.replace("outcomes.csv", old, twice)
    review.built()
    before = review.digests()
    review.configure(CONFIG | {"selection": {"order": ["indicator", "timepoint"]}})
    for _ in range(3):
        run = review.run()
        assert run.status
        assert run.jobs == ["Computing effect sizes"]
        assert "no rule tells 2 effects of Ash2019 in glycemic apart" in run.output
    assert review.digests() == before
    review.configure(CONFIG)
    review.built()
    assert review.digests() == before
    assert review.built().jobs == []
