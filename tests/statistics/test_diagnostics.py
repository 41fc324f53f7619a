"""The sections of a stratum's file on influence, and their tables: what stands where."""

import csv

import numpy as np
import pytest
from strataforest.diagnostics.cumulative import cumulative
from strataforest.diagnostics.gosh import gosh
from strataforest.diagnostics.influence import influence
from strataforest.diagnostics.sections import cumulative_section, gosh_summary, influence_sections
from strataforest.diagnostics.without_most_influential import without_most_influential
from strataforest.models import PoolingModel
from strataforest.pooling import pool
from strataforest.tables.cumulative import COLUMNS as CUMULATIVE
from strataforest.tables.cumulative import cumulative_rows
from strataforest.tables.gosh import COLUMNS as GOSH
from strataforest.tables.gosh import gosh_row
from strataforest.tables.influence import COLUMNS as INFLUENCE
from strataforest.tables.influence import influence_rows
from strataforest.tables.without_most_influential import COLUMNS as WITHOUT
from strataforest.tables.without_most_influential import without_most_influential_row
from strataforest.tabular import read_json, write_json, write_rows

YI = np.array([0.10, 0.35, 0.20, 2.40, 0.28, 0.15])
VI = np.array([0.02, 0.05, 0.03, 0.04, 0.10, 0.06])
STUDIES = ["a", "b", "b", "c", "d", "e"]
EFFECTS = ["a|1", "b|1", "b|2", "c|1", "d|1", "e|1"]
MODEL = PoolingModel(tau2="DL", ci="hksj", i2="q", level=0.9)
OPTIONS = {"tau2_method": "DL", "ci": "hksj"}


@pytest.fixture
def fit(tmp_path):
    """A stratum's file as far as the tables read it, gone through JSON."""
    content = {
        "measure": "SMD",
        "k": len(YI),
        "studies": {"study_id": STUDIES, "effect_id": EFFECTS},
        "pooled": {"estimate": pool(YI, VI, **OPTIONS).estimate[0]},
        **influence_sections(YI, VI, EFFECTS, MODEL, drop=2),
    }
    write_json(tmp_path / "fit.json", content)
    return read_json(tmp_path / "fit.json")


def written(path, columns, rows):
    """What a reader of the csv file finds."""
    write_rows(path, columns, rows)
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == tuple(columns)
    return found


def test_the_influence_table_has_a_row_per_effect(fit, tmp_path):
    rows = written(tmp_path / "influence.csv", INFLUENCE, influence_rows(fit))
    assert [row["study_id"] for row in rows] == STUDIES
    assert [row["effect_id"] for row in rows] == EFFECTS
    ours = influence(YI, VI, **OPTIONS)
    for column in INFLUENCE[2:-1]:
        assert [float(row[column]) for row in rows] == getattr(ours, column).tolist()
    assert [row["influential"] for row in rows] == ["no", "no", "no", "yes", "no", "no"]


def test_baujat_is_that_of_the_model(fit):
    ours = influence(YI, VI, **OPTIONS)
    assert fit["baujat"] == {
        "tau2_method": "DL",
        "x": ours.baujat_x.tolist(),
        "y": ours.baujat_y.tolist(),
    }
    assert "baujat_x" not in fit["influence"]


def test_the_refit_names_who_was_dropped(fit, tmp_path):
    rows = [without_most_influential_row("domain", "s", fit)]
    (row,) = written(tmp_path / "without.csv", WITHOUT, rows)
    ours = without_most_influential(YI, VI, 2, **OPTIONS, i2="q", level=0.9)
    assert row["dropped_effect_id"] == ";".join(EFFECTS[i] for i in ours.dropped)
    assert row["dropped_study_id"] == ";".join(STUDIES[i] for i in ours.dropped)
    assert row["dropped_study_id"].startswith("c")
    assert (row["drop"], row["k_all"], row["k"], row["reason"]) == ("2", "6", "4", "")
    assert float(row["estimate_all"]) == pool(YI, VI, **OPTIONS).estimate[0]
    for column in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2"):
        assert float(row[column]) == getattr(ours, column)
    assert row["converged"] == "yes"


def test_too_small_a_stratum_says_why_it_was_not_refitted(tmp_path, fit):
    sections = influence_sections(YI, VI, EFFECTS, MODEL, drop=10, min_effects=3)
    write_json(tmp_path / "few.json", sections)
    few = fit | read_json(tmp_path / "few.json")
    (row,) = written(
        tmp_path / "few.csv", WITHOUT, [without_most_influential_row("domain", "s", few)]
    )
    assert row["reason"] == "k = 6: without 10 studies fewer than 3 remain"
    empty = ("dropped_study_id", "dropped_effect_id", "k", "estimate", "p_value", "converged")
    assert [row[column] for column in empty] == [""] * len(empty)


def test_the_cumulative_table_adds_effects_by_year(tmp_path):
    years = [2012, None, 2009, 2012, 2009, 2001]
    section = cumulative_section(YI, VI, EFFECTS, STUDIES, years, MODEL)
    rows = cumulative_rows("domain", "s", section)
    found = written(tmp_path / "cumulative.csv", CUMULATIVE, rows)
    order = [5, 2, 4, 0, 3, 1]
    assert [row["effect_id"] for row in found] == [EFFECTS[i] for i in order]
    assert [row["study_id"] for row in found] == [STUDIES[i] for i in order]
    assert [row["year"] for row in found] == ["2001", "2009", "2009", "2012", "2012", ""]
    assert [row["order"] for row in found] == [row["k"] for row in found] == list("123456")
    ours = cumulative(YI, VI, order, **OPTIONS, i2="q", level=0.9)
    for column in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2"):
        assert [float(row[column]) for row in found] == getattr(ours, column).tolist()


def test_effects_of_a_trial_stand_by_effect_id_whatever_their_order():
    years = [2009] * 6
    back = slice(None, None, -1)
    there = cumulative_section(YI, VI, EFFECTS, STUDIES, years, MODEL)
    other = cumulative_section(YI[back], VI[back], EFFECTS[back], STUDIES[back], years, MODEL)
    assert there["effect_id"] == other["effect_id"] == EFFECTS
    np.testing.assert_allclose(there["estimate"], other["estimate"], rtol=1e-14)


def test_the_gosh_table_sums_up_all_subsets(fit, tmp_path):
    result = gosh(YI, VI, **OPTIONS, i2="q")
    summary = gosh_summary(result, fit["pooled"]["estimate"], level=0.9)
    (row,) = written(tmp_path / "gosh.csv", GOSH, [gosh_row("domain", "s", fit, summary)])
    assert (row["subsets"], row["kind"], row["k"]) == ("57", "all", "6")
    ordered = np.sort(result.estimate)
    assert float(row["estimate_min"]) == ordered[0]
    assert float(row["estimate_median"]) == ordered[28]
    assert float(row["estimate_p25"]) == ordered[14]
    assert float(row["estimate_max"]) == ordered[56]
    assert float(row["same_sign"]) == 1  # all effects are positive
    assert float(row["significant"]) == (result.p_value < 0.1).sum() / 57
    # The outlier is in 31 of the 57 subsets.
    inside = result.members()[:, 3]
    assert (row["split_study_id"], row["split_effect_id"]) == ("c", "c|1")
    assert inside.sum() == 31
    assert float(row["median_with"]) == np.sort(result.estimate[inside])[15]
    assert float(row["median_without"]) == pytest.approx(
        np.sort(result.estimate[~inside])[12:14].mean(), rel=1e-15
    )
    assert row["converged"] == "yes"


def test_signs_are_counted_against_the_full_estimate():
    # Subsets of two and three: means 0, 1 and 0.5, and 0.5.
    result = gosh([-1.0, 1.0, 1.0], [1.0, 1.0, 1.0], tau2_method="EE")
    assert gosh_summary(result, 0.5)["same_sign"] == 0.5
    assert gosh_summary(result, -0.5)["same_sign"] == 0


def test_a_sample_says_so():
    result = gosh(YI, VI, tau2_method="EE", subsets=10)
    summary = gosh_summary(result, 0.2)
    assert (summary["subsets"], summary["kind"]) == (10, "sampled")


def test_two_effects_are_never_apart(fit):
    summary = gosh_summary(gosh(YI[:2], VI[:2]), 0.2)
    assert summary["subsets"] == 1
    assert summary["split_index"] is summary["median_with"] is summary["median_without"] is None
    assert gosh_row("domain", "s", fit, summary)["split_study_id"] is None
