"""`snakemake exports`: the shipped review in R, a correction, and the data rows."""

import csv
import math
import shutil
import sys
from pathlib import Path

import pytest
from conftest import Review

sys.path.append(str(Path(__file__).parent.parent / "exports"))
from in_r import COLLECT, needs_metafor, run_r
from strataforest.cochrane.review import import_review

CORRECTED = ("Elm2022,glycemic,hba1c,12,post,33,7.0", "Elm2022,glycemic,hba1c,12,post,33,7.1")


@pytest.fixture(scope="module")
def exported(default_review, tmp_path_factory):
    """A copy of the shipped review with its exports."""
    folder = tmp_path_factory.mktemp("exports") / "review"
    shutil.copytree(default_review.folder, folder, symlinks=True)
    copy = Review.__new__(Review)
    copy.folder, copy.config = folder, default_review.config
    run = copy.built("exports")
    copy.exported, copy.said = run.jobs, run.output
    return copy


def folder_of(review):
    return review.folder / "results" / "exports"


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@needs_metafor
def test_r_reproduces_every_pooled_number_of_the_shipped_review(exported):
    metafor = folder_of(exported) / "metafor"
    pooled = [row for row in exported.rows("tables/pooled.csv") if row["status"] == "pooled"]
    done = run_r(metafor, "all.R")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the same") == len(pooled)
    (metafor / "collect").write_text(COLLECT, encoding="utf-8")
    assert run_r(metafor, "collect").returncode == 0
    with (metafor / "numbers.csv").open(encoding="utf-8") as file:
        found = {row["script"]: row for row in csv.DictReader(file)}
    assert set(found) == {f"{row['analysis']}/{row['stratum']}.R" for row in pooled}
    for row in pooled:
        theirs = found[f"{row['analysis']}/{row['stratum']}.R"]
        for column in ("estimate", "ci_low", "ci_high", "tau2", "i2", "q", "pi_low", "pi_high"):
            ours = float(row[column])
            assert math.isclose(float(theirs[column]), ours, rel_tol=1e-6, abs_tol=1e-6), column


def test_exports_run_nothing_else(exported):
    assert [job for job in exported.exported if not job.startswith("Writing")] == []
    assert "Nothing to be done" in exported.built("exports").output


def test_a_target_says_where_it_is_and_nothing_of_what_it_did_not_make(exported):
    assert "\nExports   results/exports/\n" in exported.said
    for line in ("Rows read", "Strata pooled", "Report  ", "Figures  ", "Claims  "):
        assert line not in exported.said


def test_data_rows_hold_what_was_pooled(exported):
    rows = list(csv.DictReader((folder_of(exported) / "revman/data_rows.csv").open()))
    pooled = [row for row in exported.rows("tables/pooled.csv") if row["status"] == "pooled"]
    assert len(rows) == sum(int(row["k"]) for row in pooled)
    by_stratum = {}
    for row in rows:
        by_stratum.setdefault((row["Analysis group"], row["Analysis number"]), []).append(row)
    assert [len(own) for own in by_stratum.values()] == [int(row["k"]) for row in pooled]
    kinds = set()
    for stratum, own in zip(pooled, by_stratum.values(), strict=True):
        assert math.isclose(sum(float(row["Weight"]) for row in own), 100)
        # One kind of data per analysis: RevMan takes no other.
        kind = {kind_of(row) for row in own}
        assert len(kind) == 1
        kinds |= kind
        for row in own:
            assert math.isclose(float(row["Mean"]), effect_of(row, stratum["measure"]))
    assert kinds == {"means", "counts", "giv"}


def kind_of(row):
    kinds = {"Experimental mean": "means", "Experimental cases": "counts", "GIV Mean": "giv"}
    return ",".join(kind for column, kind in kinds.items() if row[column])


def effect_of(row, measure):
    """Return the effect that a reader of the row computes from its numbers: Cohen's d, or RR."""
    if row["GIV Mean"]:
        value = float(row["GIV Mean"])
        return math.exp(value) if measure == "RR" else value
    n1, n2 = float(row["Experimental N"]), float(row["Control N"])
    if row["Experimental cases"]:
        return float(row["Experimental cases"]) / n1 / (float(row["Control cases"]) / n2)
    sd1, sd2 = float(row["Experimental SD"]), float(row["Control SD"])
    sd = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))
    return (float(row["Experimental mean"]) - float(row["Control mean"])) / sd


def test_a_do_file_per_analysis_and_model(exported):
    names = {name for name in files(folder_of(exported)) if name.startswith("stata/")}
    models = ("follow_up", "sample_size", "both")
    analyses = ("domain", "platform", "platform_by_domain")
    assert names == {f"stata/{name}.do" for name in analyses} | {
        f"stata/meta_regression/{name}.do" for name in models
    }


def test_only_what_a_change_touches_is_written_anew(copied_review):
    copied_review.built("exports")
    before = files(folder_of(copied_review))
    # Addresses and remarks are in no script.
    copied_review.replace("outcomes.csv", "second choice", "the second choice")
    noted = copied_review.built("exports")
    assert "Writing scripts for R and Stata" not in noted.jobs
    assert files(folder_of(copied_review)) == before
    copied_review.replace("outcomes.csv", *CORRECTED)
    copied_review.built("exports")
    after = files(folder_of(copied_review))
    assert set(before) == set(after)
    changed = {name for name in before if before[name] != after[name]}
    # The trial's platform has too few trials: one pooled stratum holds it.
    assert changed == {
        *("metafor/domain/glycemic.csv", "metafor/domain/glycemic.R", "stata/domain.do"),
        "revman/data_rows.csv",
    }


def test_exports_of_a_stratum_that_is_gone_go_with_it_before_anybody_asks(copied_review):
    copied_review.built("export_scripts", "export_data_rows")
    before = files(folder_of(copied_review))
    # Without it knowledge has two trials.
    gone = "Elm2022,knowledge,quiz,12,post,33,13.5,2.9,35,12.9,3.3,,\n"
    copied_review.replace("outcomes.csv", gone, "")
    copied_review.built("--until", "stratify")
    speak_of_it = {"metafor/domain/knowledge.csv", "metafor/domain/knowledge.R", "metafor/all.R"}
    speak_of_it |= {"stata/domain.do", "revman/data_rows.csv"}
    assert set(before) - set(files(folder_of(copied_review))) == speak_of_it
    copied_review.built("exports")
    after = files(folder_of(copied_review))
    assert set(before) - set(after) == {n for n in speak_of_it if "knowledge" in n}
    assert b"knowledge" not in after["metafor/all.R"] + after["revman/data_rows.csv"]


def test_the_data_rows_come_back_as_they_went(exported, tmp_path):
    source = folder_of(exported) / "revman/data_rows.csv"
    import_review(str(source), tmp_path / "again")
    with (tmp_path / "again" / "import_check.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_kind = {}
    for row in rows:
        by_kind.setdefault(row["measure"], set()).add(row["effect"])
    # The review has Cohen's d where RevMan would compute Hedges' g from the same arms.
    assert by_kind == {"difference": {"yes"}, "RR": {"yes"}, "SMD": {"no"}}
