"""The rerun contract: after each kind of correction, exactly these jobs and no other."""

import shutil
import subprocess
import sys

import pytest
import yaml
from conftest import CONFIG, ROOT, Review, jobs_of

FRONT = {
    "Reading and checking the extraction sheets",
    "Computing effect sizes",
    "Choosing one effect per trial and domain, and grouping them into strata",
}
AFTER = {
    "Writing the tables",
    "Typesetting the tables of the paper",
    "Building the report",
    "Summing up",
    "Recording what moved",
    "Drawing the overview of domain",
    "Cumulating by year",
    "Regressing trial size on follow-up",
}
ASH = "Ash2019,glycemic,hba1c,12,post,40,7.1,1.1"


def strata(*names):
    return {f"{verb} {name}" for name in names for verb in ("Pooling", "Drawing")}


GLYCEMIC, KNOWLEDGE = "domain/glycemic", "domain/knowledge"
SUBGROUPS = {"Drawing the subgroups of platform_by_domain/glycemic"}
CHAT, MAIL = "platform_by_domain/glycemic__chat", "platform_by_domain/glycemic__mail"
# kind of cell: (sheet, old, new, the jobs of strata)
CELLS = {
    "a mean": ("outcomes.csv", ASH, ASH.replace("7.1", "7.2"), strata(GLYCEMIC, CHAT) | SUBGROUPS),
    "an n": (
        "outcomes.csv",
        ASH,
        ASH.replace(",40,", ",42,"),
        strata(GLYCEMIC, CHAT) | SUBGROUPS,
    ),
    # Three trials stay in Chat with Gum2024 there; in the domain nothing changes.
    "a platform": ("studies.csv", "Chat;Mail,,", "Chat;Mail,Chat,", strata(CHAT) | SUBGROUPS),
    "an eligibility": (
        "studies.csv",
        "26,yes,\nCedar",
        "26,no,not randomised\nCedar",
        strata(GLYCEMIC),
    ),
    "a study's weeks": ("studies.csv", "Chat,Chat,52", "Chat,Chat,48", set()),
    # The cumulative plot of the domains shows it; Mail has two trials and no plot.
    "a year": (
        "studies.csv",
        "Elm2022,2022",
        "Elm2022,2021",
        {f"Drawing {GLYCEMIC}", f"Drawing {KNOWLEDGE}"},
    ),
    "a note": ("outcomes.csv", "second choice", "another note", set()),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_corrected_cell_runs_exactly_these_jobs(copied_review, kind):
    sheet, old, new, expected = CELLS[kind]
    before = copied_review.digests()
    copied_review.replace(sheet, old, new)
    jobs = set(copied_review.built().jobs)
    of_strata = {job for job in jobs if job.startswith(("Pooling", "Drawing"))} - AFTER
    assert of_strata == expected
    assert jobs >= FRONT
    assert jobs - of_strata <= FRONT | AFTER
    after = copied_review.digests()
    refitted = {job.removeprefix("Pooling ") for job in expected if job.startswith("Pooling")}
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {n for n in changed if n.startswith("fits/") and n in after} == {
        f"fits/{name}.json" for name in refitted
    }
    assert copied_review.built().jobs == []


def test_a_judgement_of_bias_draws_what_shows_it_and_refits_nothing(copied_review):
    sheets = {**CONFIG["sheets"], "risk_of_bias": {"path": "bias.csv", "tool": "rob2"}}
    copied_review.write("bias.csv", "study_id,D1,overall\nAsh2019,low,low\nElm2022,low,low\n")
    copied_review.configure(CONFIG | {"sheets": sheets})
    copied_review.built()
    copied_review.write("bias.csv", "study_id,D1,overall\nElm2022,low,low\nAsh2019,low,low\n")
    moved = set(copied_review.built().jobs) - AFTER
    assert not {job for job in moved if job.startswith(("Pooling", "Drawing"))}
    copied_review.replace("bias.csv", "Ash2019,low,low", "Ash2019,low,some concerns")
    jobs = set(copied_review.built().jobs)
    assert jobs >= FRONT
    shown = {f"Drawing {name}" for name in (GLYCEMIC, KNOWLEDGE, CHAT, "the risk of bias")}
    drawn = {job for job in jobs - AFTER if job.startswith(("Pooling", "Drawing"))}
    assert drawn == shown | SUBGROUPS
    covariates = copied_review.rows("covariates/domain/glycemic.csv")
    assert covariates[0]["risk_of_bias"] == "some concerns"


def test_an_ineligible_trial_takes_what_falls_below_three_with_it(copied_review):
    copied_review.replace("studies.csv", "26,yes,\nCedar", "26,no,not randomised\nCedar")
    copied_review.built()
    gone = ("fits/", "figures/", "tables/leave_one_out/")
    left = [name for name in copied_review.digests() if name.startswith(gone)]
    assert not any("knowledge" in name or "glycemic__chat" in name for name in left)


def test_the_preview_says_what_will_run_and_runs_none_of_it(copied_review):
    copied_review.replace("outcomes.csv", ASH, ASH.replace("7.1", "7.2"))
    before = copied_review.digests()
    first = copied_review.built("--until", "stratify")
    assert "the tables and figures not yet" in first.output
    preview = copied_review.built("--dry-run")
    announced = set(preview.jobs)
    fits = {name: sha for name, sha in before.items() if name.startswith(("fits/", "tables/"))}
    assert {n: s for n, s in copied_review.digests().items() if n in fits} == fits
    assert announced >= strata(GLYCEMIC, CHAT)
    assert announced.isdisjoint(strata(KNOWLEDGE))
    assert set(copied_review.built().jobs) == announced


def test_an_analysis_that_is_dropped_takes_its_outputs_with_it(copied_review):
    copied_review.configure(CONFIG | {"strata": {"domain": {"by": ["domain"]}}})
    copied_review.built()
    assert not [name for name in copied_review.digests() if "platform_by_domain" in name]


def test_a_format_that_is_dropped_leaves_no_figure_behind(copied_review):
    copied_review.configure(CONFIG | {"figures": {"formats": ["png"]}})
    copied_review.built()
    figures = [name for name in copied_review.digests() if name.startswith("figures/")]
    assert figures
    assert {name.rsplit(".", 1)[1] for name in figures} == {"png"}


@pytest.fixture(scope="module")
def own_clone(tmp_path_factory):
    """Return a copy of the workflow whose code a test may edit, with a review built by it."""
    place = tmp_path_factory.mktemp("clone")
    for name in ("workflow", "profiles"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "environment.yml", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, place / name)
    for name in ("LICENSE", "README.md"):
        shutil.copy(ROOT / name, place / name)
    review = Review(place / "review")
    assert run_clone(place)
    return place, review


def run_clone(place, *options):
    """Run the copied workflow and return the jobs it did."""
    command = [sys.executable, "-m", "snakemake", "-s", str(place / "Snakefile"), "--cores", "2"]
    command += ["-d", str(place / "review"), "--configfile", str(place / "review/config.yaml")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return set(jobs_of(output))


# module: what re-runs when its text changes (first words of the messages)
AFTER_FITS = {"Pooling", "Drawing", "Writing", "Typesetting", "Summing", "Recording", "Cumulating"}
EDITS = {
    "figures/overview": {"Drawing the overview"},
    "figures/leave_one_out": {"Drawing domain", "Drawing platform"},
    # What hangs on fits runs again; meta-regressions and reading do not.
    "sensitivity": AFTER_FITS,
    "small_study/battery": AFTER_FITS,
    "tables/estimators": {"Writing", "Typesetting", "Summing", "Recording", "Drawing the overview"},
    "report/summary": {"Summing"},
}


@pytest.mark.parametrize("module", EDITS)
def test_edited_code_runs_the_rules_that_use_it(own_clone, module):
    place, _ = own_clone
    assert run_clone(place) == set()
    path = place / "workflow/scripts/strataforest" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n# an edit\n", encoding="utf-8")
    jobs = run_clone(place)
    assert jobs
    # The report shows everything, so it is built again after all of them.
    assert all(job.startswith((*EDITS[module], "Building the report")) for job in jobs), jobs
    path.write_text(text, encoding="utf-8")
    run_clone(place)


def test_a_checkout_of_the_same_bytes_runs_nothing(own_clone):
    place, _ = own_clone
    run_clone(place)
    for path in place.glob("workflow/**/*"):
        if path.is_file():
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
    assert run_clone(place) == set()


def test_files_above_one_megabyte_still_spare_their_fit(tmp_path):
    """Snakemake compares larger files by time alone unless told otherwise."""
    header = "study_id,domain,indicator,smd,smd_se,note\n"
    rows = [f"T{i},a,x,{i % 7 / 10},0.2," for i in range(3)]
    long = "long" * 120
    rows += [f"{long}{i},b,x,{i % 7 / 10},0.2," for i in range(1200)]
    studies = ["T0", "T1", "T2"] + [f"{long}{i}" for i in range(1200)]
    config = {
        "sheets": CONFIG["sheets"],
        "domains": {d: {"label": d, "type": "continuous"} for d in "ab"},
        "indicators": {"x": {"higher_is_better": True}},
    }
    sheets = [("studies", "study_id\n" + "\n".join(studies) + "\n")]
    review = Review(tmp_path / "review", config, [*sheets, ("outcomes", header + "\n".join(rows))])
    targets = [f"results/fits/domain/{d}.json" for d in "ab"]
    review.built(*targets)
    assert (review.folder / "results/strata/domain/b.csv").stat().st_size > 1_000_000
    review.replace("outcomes.csv", "T1,a,x,0.1", "T1,a,x,0.3")
    assert {job for job in review.built(*targets).jobs if job.startswith("Pooling")} == {
        "Pooling domain/a"
    }


def test_the_profile_is_the_one_these_tests_describe():
    profile = yaml.safe_load((ROOT / "profiles/default/profile.yaml").read_text("utf-8"))
    assert profile["rerun-triggers"] == ["mtime", "params", "input"]
    assert profile["rerun-incomplete"] is True
