"""The main job: everything is there, the counts add up, a second run has nothing to do."""

import contextlib
import json
import time
from pathlib import Path

import pytest

STRATA = {
    ("domain", "glycemic"): 6,
    ("domain", "knowledge"): 3,
    ("platform_by_domain", "glycemic__chat"): 3,
    ("platform_by_domain", "glycemic__mail"): 2,
    ("platform_by_domain", "knowledge__chat"): 2,
    ("platform_by_domain", "knowledge__mail"): 1,
}


def test_strata_are_pooled_from_three_effects_on(built_review):
    rows = built_review.rows("tables/pooled.csv")
    assert {(r["analysis"], r["stratum"]): int(r["k"]) for r in rows} == STRATA
    for row in rows:
        assert row["status"] == ("pooled" if int(row["k"]) >= 3 else "not_estimable")
        assert bool(row["estimate"]) == (row["status"] == "pooled")
        assert bool(row["reason"]) == (row["status"] != "pooled")


def test_every_row_is_an_effect_or_an_exclusion(built_review):
    effects = built_review.rows("effects/effects.csv")
    exclusions = built_review.rows("effects/exclusions.csv")
    rows = sorted(int(row["source_row"]) for row in effects + exclusions)
    assert rows == list(range(2, 14))
    assert [row["reason_code"] for row in exclusions] == ["bounded_p"]


def test_every_effect_has_one_decision(built_review):
    effects = [row["effect_id"] for row in built_review.rows("effects/effects.csv")]
    decisions = [row["effect_id"] for row in built_review.rows("effects/decisions.csv")]
    assert sorted(effects) == sorted(decisions)


def test_the_files_that_others_rely_on_are_there(built_review):
    files = set(built_review.digests())
    pooled = [key for key, k in STRATA.items() if k >= 3]
    for analysis, stratum in pooled:
        assert f"fits/{analysis}/{stratum}.json" in files
        assert f"tables/leave_one_out/LOO_{analysis}_{stratum}.csv" in files
        for figure in ("forest", "leave_one_out"):
            assert f"figures/{analysis}/{stratum}/{figure}.svg" in files
    assert "figures/overview/domain.svg" in files
    assert "tables/table2_platform_by_domain.csv" in files
    assert "tables/leave_one_out_summary.csv" in files
    for table in ("table1_characteristics", "table2_platform_by_domain", "table_s1_leave_one_out"):
        assert {f"tables/{table}.{suffix}" for suffix in ("csv", "html", "docx", "tex")} <= files
    assert {"report/manuscript_tables.docx", "report/results_paragraphs.md"} <= files
    assert {f"report/methods_paragraphs.{kind}" for kind in ("md", "docx")} <= files
    assert len([f for f in files if f.startswith("fits/")]) == len(pooled)


EFFECTS = """
effect_id study_id domain indicator instrument timepoint_weeks measure yi vi sei ci_low ci_high
n_treat n_control n_total formula converted_from aligned source_file source_tab source_row
source_cells
"""
LEAVE_ONE_OUT = """
omitted_study_id omitted_effect_id estimate se ci_low ci_high p_value tau2 i2 q q_p change flags
"""
POOLED = """
analysis stratum domain platform type measure k n_studies n_participants status reason estimate se
statistic df p_value ci_low ci_high tau2 tau2_ci_low tau2_ci_high i2 i2_ci_low i2_ci_high h2 q q_df
q_p pi_low pi_high preset converged ratio ratio_ci_low ratio_ci_high ratio_pi_low ratio_pi_high
"""


def test_columns_are_the_contract(built_review):
    effects = list(built_review.rows("effects/effects.csv")[0])
    assert effects[: len(EFFECTS.split())] == EFFECTS.split()
    left_out = built_review.rows("tables/leave_one_out/LOO_domain_glycemic.csv")
    assert list(left_out[0]) == LEAVE_ONE_OUT.split()
    assert set(POOLED.split()) <= set(built_review.rows("tables/pooled.csv")[0])


def test_cells_lead_back_to_the_sheet(built_review):
    sheet = (built_review.folder / "outcomes.csv").read_text(encoding="utf-8").splitlines()
    grid = [line.split(",") for line in sheet]
    for effect in built_review.rows("effects/effects.csv"):
        cells = [grid[int(a[1:]) - 1][ord(a[0]) - 65] for a in effect["source_cells"].split(";")]
        n1, m1, s1, n2, m2, s2 = map(float, cells)
        sd = (((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)) ** 0.5
        j = 1 - 3 / (4 * (n1 + n2 - 2) - 1)
        sign = 1 if effect["domain"] == "knowledge" else -1
        assert float(effect["yi"]) == pytest.approx(sign * j * (m1 - m2) / sd, rel=1e-12)


def test_leave_one_out_says_what_the_summary_says(built_review):
    for row in built_review.rows("tables/leave_one_out_summary.csv"):
        name = f"tables/leave_one_out/LOO_{row['analysis']}_{row['stratum']}.csv"
        estimates = [float(r["estimate"]) for r in built_review.rows(name)]
        assert float(row["min"]) == min(estimates)
        assert float(row["max"]) == max(estimates)


def test_a_fit_names_what_it_was_made_from(built_review):
    path = built_review.folder / "results/fits/domain/glycemic.json"
    fit = json.loads(path.read_text(encoding="utf-8"))
    assert fit["preset"]["name"] == "stata16"
    assert fit["made_by"].startswith("strataforest ")
    assert len(fit["inputs"]["effects"]) == 64


def test_the_run_ends_with_a_summary(review):
    run = review.built()
    for line in (
        "Pooled 3 of 3 strata",
        "Strata pooled      3 (not estimable: 3)",
        "bounded_p 1",
        "Report    results/report/index.html",
        "results/tables/pooled.csv",
    ):
        assert line in run.output
    assert "jobid" not in run.output


def test_a_second_run_has_nothing_to_do(built_review):
    run = built_review.built()
    assert "Nothing to be done" in run.output
    assert run.jobs == []


def test_a_second_run_leaves_no_process_and_no_folder_behind(built_review, tmp_path, monkeypatch):
    # The process that has its imports done starts before it is known whether there are jobs.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    built_review.built()
    deadline = time.monotonic() + 20
    while left_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_of(tmp_path) == []


def left_of(folder):
    """Return what a run has left in its folder for temporary files, and processes that use it."""
    found = list(folder.iterdir())
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found += [line for line in [path.read_bytes()] if str(folder).encode() in line]
    return found


def test_same_bytes_from_one_core(built_review, review):
    review.built(cores=1)
    assert review.digests() == built_review.digests()


def test_a_single_stratum_can_be_asked_for(review):
    review.built("results/fits/domain/knowledge.json")
    assert [f for f in review.digests() if f.startswith("fits")] == ["fits/domain/knowledge.json"]


def test_snakemakes_own_report_has_captions_categories_and_the_workflow(built_review, tmp_path):
    page = tmp_path / "report.html"
    run = built_review.run("--report", str(page))
    assert run.status == 0, run.output
    text = page.read_text(encoding="utf-8")
    assert "A meta-analysis from raw extraction sheets" in text
    assert "diamond is the pooled effect with its interval" in text
    for category in ("Strata", "Overviews", "Tables", "Report"):
        assert f'"{category}"' in text
    # In words, not in the names of files.
    for label in ("Glycemic control", "Forest plot", "Influence diagnostics", "Platform by domain"):
        assert f'"{label}"' in text
    assert '"leave_one_out"' not in text
