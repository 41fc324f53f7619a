"""Every row of the paper's tables, and every meta-regression, leads to what it is made of."""

import json
import re
import shutil

import numpy as np
import pytest
from strataforest.cli import main
from strataforest.errors import ReviewError
from strataforest.lineage.names import resolve
from strataforest.lineage.regressions import regression_tree
from strataforest.lineage.results import open_results


@pytest.fixture(scope="module")
def results(default_review):
    return open_results(default_review.folder / "results")


def followed(review, results, table):
    """Return the rows of a table with what each of them leads to, and the strata's index."""
    path = f"tables/{table}.csv"
    rows = review.rows(path)
    assert rows
    return [(row, *resolve(results, f"results/{path}:{i}")) for i, row in enumerate(rows, 2)]


def printed(text):
    return float(text.replace("−", "-"))


def index_of(review, target):
    (row,) = [
        r
        for r in review.rows("tables/pooled.csv")
        if (r["analysis"], r["stratum"]) == (target.analysis, target.stratum)
    ]
    return row


def test_rows_of_the_summary_of_findings(default_review, results):
    for row, target in followed(default_review, results, "table3_summary_of_findings"):
        index = index_of(default_review, target)
        assert (index["analysis"], index["label"], index["k"]) == (
            "domain",
            row["Outcome"],
            row["k"],
        )


def test_rows_of_the_characteristics(default_review, results):
    rows = followed(default_review, results, "table1_characteristics")
    assert [row["Trial"] for row, _ in rows] == [target.study_id for _, target in rows]


def test_rows_of_the_leave_one_out_analyses(default_review, results):
    rows = followed(default_review, results, "table_s1_leave_one_out")
    assert len(rows) == sum(
        len(default_review.rows(f"tables/leave_one_out/LOO_{r['analysis']}_{r['stratum']}.csv"))
        for r in default_review.rows("tables/pooled.csv")
        if r["status"] == "pooled"
    )
    for row, target in rows:
        (effect_id,) = target.omitted
        index = index_of(default_review, target)
        assert f"{index['label']} (k = {index['k']};" in row["Stratum"]
        assert row["Left out"].startswith(results.effects[effect_id]["study_id"])
        assert printed(row["tau2"]) == pytest.approx(float(target.row["tau2"]), abs=6e-4)
        assert printed(row["Change"]) == pytest.approx(float(target.row["change"]), abs=6e-3)


def test_rows_of_the_influence_table(default_review, results):
    for row, target in followed(default_review, results, "table_s2_influence"):
        index = index_of(default_review, target)
        assert f"{index['label']} (k = {index['k']};" in row["Stratum"]
        assert f"the influence of {row['Trial'].split(' (')[0]}|" in target.note


def test_rows_of_the_small_study_table(default_review, results):
    for row, target in followed(default_review, results, "table_s4_small_study"):
        index = index_of(default_review, target)
        heading = f"{index['label']} ({index['measure']}, k = {index['k']})"
        assert row["Stratum"].endswith(heading)
        assert target.note


def test_rows_of_the_meta_regression_table(default_review, results):
    for row, target in followed(default_review, results, "table_s3_meta_regression"):
        node = regression_tree(results, target.model, target.scope)
        assert f"k = {node.k};" in row["Model"] or f"k = {node.k})" in row["Model"]
        if row["Term"].startswith("NE: "):
            assert (node.status, node.terms, target.note) == ("not_estimable", (), "")
            continue
        name = re.search(r"coefficient of (.+) in:", target.note).group(1)
        (b,) = [term.b for term in node.terms if term.term == name]
        assert printed(row["Coefficient"]) == pytest.approx(b, rel=0.06, abs=6e-4)


@pytest.mark.parametrize("table", ["meta_regression_models", "meta_regression_terms"])
def test_rows_of_models_and_terms(default_review, results, table):
    for row, target in followed(default_review, results, table):
        assert (target.model, *target.scope) == tuple(
            row[name] for name in ("model", "scope", "domain", "measure")
        )


def test_rows_of_subgroup_tests_name_the_strata_that_they_compare(default_review, results):
    path = "tables/subgroup_tests.csv"
    for i, row in enumerate(default_review.rows(path), 2):
        found = resolve(results, f"{path}:{i}")
        labels = [results.strata[t.analysis, t.stratum]["platform"] for t in found]
        named = [part.rpartition(" (")[0] for part in row["groups"].split("; ") if part]
        assert sorted(labels) == sorted(named) or not named
        assert found[0].note


def trees(capsys, review, name, *options):
    assert main(["trace", name, "--json", *options, "--results", str(review / "results")]) == 0
    return json.loads(capsys.readouterr().out)["trees"]


def test_the_coefficients_follow_from_the_cells(default_review, capsys):
    found = trees(capsys, default_review.folder, "meta_regression/both")
    (tree,) = found
    ones, y, v = [], [], []
    for each in tree["effects"]:
        weeks, ln_n = each["moderators"]
        assert weeks["file"].endswith("studies.csv") and weeks["address"]
        ones.append([1.0, float(weeks["value"]), float(ln_n["value"])])
        y.append(each["effect"]["yi"])
        v.append(each["effect"]["vi"])
        assert each["effect"]["cells"]
    x, w = np.array(ones), 1 / (np.array(v) + tree["tau2"])
    b = np.linalg.solve(x.T @ (w[:, None] * x), x.T @ (w * np.array(y)))
    assert [term["b"] for term in tree["terms"]] == pytest.approx(list(b), rel=1e-8)
    assert len(tree["effects"]) == tree["k"]


def test_a_model_a_fit_and_a_figure_name_its_scopes(default_review, capsys):
    folder = default_review.folder
    scopes = default_review.rows("tables/meta_regression_models.csv")
    expected = [r["domain"] for r in scopes if r["model"] == "follow_up"]
    for name in ("meta_regression/follow_up", "results/meta_regression/follow_up.json"):
        found = trees(capsys, folder, name, "--depth", "pooled")
        assert [tree["domain"] for tree in found] == expected
    figure = "results/figures/meta_regression/follow_up/glycemic_follow_up_weeks.svg"
    (tree,) = trees(capsys, folder, figure)
    assert (tree["model"], tree["domain"]) == ("follow_up", "glycemic")


def test_the_text_of_a_meta_regression_and_of_a_trial(default_review, capsys):
    options = ("--results", str(default_review.folder / "results"))
    assert main(["trace", "meta_regression/both", *options]) == 0
    out = capsys.readouterr().out
    assert out.startswith("meta_regression/both: overall, SMD on follow_up_weeks and ln_n_total;")
    assert "moderator studies.csv J36: follow_up_weeks = 52" in out
    assert "without Ganzhou2021|glycemic|hba1c|||post: no follow_up_weeks" in out
    assert main(["trace", "results/tables/table1_characteristics.csv:3", *options]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Alghafri2018: 3 effects, 1 selected")
    assert "├─ cells of resources/diabetes_messaging/studies.csv row 36" in out
    assert "J36: follow_up_weeks = 52" in out


@pytest.mark.parametrize("depth", ["pooled", "effects", "cells"])
@pytest.mark.parametrize("name", ["meta_regression/both", "Alghafri2018"])
def test_a_moderator_corrected_since_the_run_is_told(default_review, capsys, tmp_path, name, depth):
    folder = tmp_path / "review"
    shutil.copytree(default_review.folder, folder, ignore=shutil.ignore_patterns("figures", ".*"))
    (tree,) = trees(capsys, folder, name, "--depth", depth)
    assert tree["warnings"] == []
    sheet = folder / "resources/diabetes_messaging/studies.csv"
    lines = sheet.read_text(encoding="utf-8").split("\n")
    (i,) = [i for i, line in enumerate(lines) if line.startswith("Alghafri2018,")]
    assert lines[i].count(",52,") == 1
    lines[i] = lines[i].replace(",52,", ",53,")
    sheet.write_text("\n".join(lines), encoding="utf-8")
    (tree,) = trees(capsys, folder, name, "--depth", depth)
    words = "results are older than the sheet: studies.csv J36 holds '53' today, not 52"
    assert tree["warnings"] == [words]


def test_a_table_of_another_run_is_not_followed(copied_review):
    table = copied_review.folder / "results/tables/table_s1_leave_one_out.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    for changed in (lines[:-1], [lines[0], lines[2], lines[1], *lines[3:]]):
        table.write_text("\n".join(changed) + "\n", encoding="utf-8")
        with pytest.raises(ReviewError, match="made in another run"):
            resolve(open_results(copied_review.folder / "results"), f"{table}:2")
