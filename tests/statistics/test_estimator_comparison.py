"""The other estimators of a stratum: every method and interval, and the counts behind ratios."""

import numpy as np
import pytest
from metafor_reference import BY_NAME
from strataforest.counts.mantel_haenszel import mantel_haenszel, peto
from strataforest.estimator_comparison import Counts, compare_count_methods, compare_estimators
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.heterogeneity import heterogeneity
from strataforest.models import PoolingModel
from strataforest.pooling import pool
from strataforest.presets import resolve
from strataforest.strata.files import write_strata
from strataforest.strata.grouping import Stratum
from strataforest.strata.stratification import selected_effects
from strataforest.strata.stratum_effects import effects_of
from strataforest.tables.estimators import COLUMNS, estimator_rows
from strataforest.tabular import read_rows

BCG = BY_NAME["bcg-RR"]
ORDER = ("REML", "DL", "EE", "ML", "PM", "EB", "SJ", "HS", "HE")
TABLES = np.array([[4, 40, 9, 42], [5, 50, 9, 48], [12, 61, 15, 60], [0, 33, 4, 30]], dtype=float)


def stratum_rows(measure="RR", tables=TABLES, design_effect=""):
    """Rows of a stratum file, as its text."""
    a, n1, c, n2 = tables.T
    vi = 1 / (a + 1) + 1 / (c + 1)
    return [
        {
            **{"effect_id": f"t{i}", "study_id": f"t{i}", "measure": measure},
            **{"favourable": "negative", "yi": str(-0.1 * i), "vi": str(vi[i])},
            **{"n_treat": str(n1[i]), "n_control": str(n2[i]), "n_total": str(n1[i] + n2[i])},
            **{"events_treat": str(a[i]), "events_control": str(c[i])},
            "design_effect": design_effect,
        }
        for i in range(len(tables))
    ]


def fitted(rows):
    return fit_stratum(effects_of(rows), resolve("metafor"), Sensitivity(), {})


def estimators(rows):
    return {(e["tau2_method"], e["ci"]): e for e in fitted(rows)["estimators"]}


@pytest.mark.parametrize("i2", ["tau2", "q"])
def test_every_entry_is_its_own_fit(i2):
    model = PoolingModel(i2=i2, level=0.9)
    entries = compare_estimators(BCG.yi, BCG.vi, model)
    intervals = ("z", "hksj", "hksj_adhoc")
    names = [(entry["tau2_method"], entry["ci"]) for entry in entries]
    assert names == [(method, ci) for method in ORDER for ci in intervals]
    for entry in entries:
        method, ci = entry["tau2_method"], entry["ci"]
        alone = pool(BCG.yi, BCG.vi, tau2_method=method, ci=ci, level=0.9)
        for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "converged"):
            assert entry[name] == getattr(alone, name)[0], name
        # Without tau2 only Q can tell heterogeneity.
        own = "q" if method == "EE" else i2
        assert entry["i2"] == heterogeneity(BCG.yi, BCG.vi, alone.tau2, i2=own).i2[0]


@pytest.mark.parametrize(
    ("measure", "methods"),
    [("RR", {"MH"}), ("OR", {"MH", "Peto"}), ("PETO", {"MH", "Peto"}), ("RD", {"MH"})],
)
def test_counts_add_the_methods_of_their_measure(measure, methods):
    entries = estimators(stratum_rows(measure))
    assert {method for method, _ in entries} == set(ORDER) | methods
    counts = TABLES.T
    fits = {"MH": mantel_haenszel(*counts, measure="OR" if measure == "PETO" else measure)}
    fits["Peto"] = peto(*counts)
    for method in methods:
        entry = entries[method, "z"]
        for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "i2"):
            assert entry[name] == getattr(fits[method], name)[0], name
        assert (entry["tau2"], entry["converged"]) == (0, True)


def test_a_cluster_trial_counts_at_its_effective_size():
    plain = estimators(stratum_rows("OR"))
    shrunk = estimators(stratum_rows("OR", design_effect="1.6"))
    for method in ("MH", "Peto"):
        one, other = plain[method, "z"], shrunk[method, "z"]
        if method == "MH":
            assert other["estimate"] == pytest.approx(one["estimate"], rel=1e-12)
            assert other["se"] == pytest.approx(one["se"] * 1.6**0.5, rel=1e-12)
        else:  # its variance has N - 1 in it, and N is smaller
            assert other["se"] == pytest.approx(one["se"] * 1.6**0.5, rel=0.02)
    given = [row | {"design_effect": ""} for row in stratum_rows("OR", TABLES / 1.6)]
    assert estimators(given)["Peto", "z"] == shrunk["Peto", "z"]


@pytest.mark.parametrize("column", ["events_treat", "events_control", "n_treat", "n_control"])
def test_a_trial_without_counts_leaves_no_row_of_them(column):
    rows = stratum_rows("OR")
    rows[2][column] = ""
    assert {method for method, _ in estimators(rows)} == set(ORDER)


@pytest.mark.parametrize(
    ("column", "value"), [("events_treat", "41.0"), ("n_control", "0.0"), ("events_control", "-1")]
)
def test_impossible_counts_leave_no_row_and_break_no_fit(column, value):
    rows = stratum_rows("RR")
    rows[0][column] = value
    assert {method for method, _ in estimators(rows)} == set(ORDER)


def test_continuous_strata_have_no_counts():
    rows = stratum_rows("SMD")
    for row in rows:
        for name in ("events_treat", "events_control", "design_effect"):
            del row[name]
    assert {method for method, _ in estimators(rows)} == set(ORDER)
    # Nor would counts say anything of another measure.
    counts = Counts(*TABLES.T)
    assert compare_count_methods(counts, "SMD", 0.95) == []


def test_an_arm_without_any_event_is_an_empty_row_and_not_converged():
    counts = Counts(*np.array([[0, 20, 3, 20], [0, 30, 1, 30.0]]).T)
    (entry,) = compare_count_methods(counts, "RR", 0.95)
    assert (entry["tau2_method"], entry["converged"]) == ("MH", False)
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "i2"):
        assert np.isnan(entry[name])


def test_the_table_has_a_row_per_entry():
    fit = fitted(stratum_rows("OR"))
    rows = estimator_rows("domain", "a", fit)
    assert len(rows) == 9 * 3 + 2
    assert all(set(row) == set(COLUMNS) for row in rows)


def test_the_design_effect_reaches_the_stratum_file(tmp_path):
    effect = dict.fromkeys(("n_treat", "n_control", "n_total", "yi", "vi"), "1")
    effect |= {"study_id": "a", "measure": "RR", "type": "binary", "higher_is_better": "no"}
    effect |= {"events_treat": "1", "events_control": "1"}
    flags = ["icc_from_config;design_effect=1.28", "cluster_not_adjusted", ""]
    effects = [effect | {"effect_id": str(i), "flags": flag} for i, flag in enumerate(flags)]
    decisions = [type("D", (), {"effect_id": str(i), "decision": "selected"}) for i in range(3)]
    chosen = selected_effects(effects, decisions, {"a": {}})
    stratum = Stratum(
        **{"analysis": "domain", "stratum": "s", "groups": {}, "type": "binary", "measure": "RR"},
        **{"n_studies": 1, "n_participants": 3, "status": "pooled", "reason": "", "warning": ""},
        effects=chosen,
    )
    write_strata(tmp_path, "domain", [stratum])
    rows = read_rows(tmp_path / "s.csv")
    assert [row["design_effect"] for row in rows] == ["1.28", "", ""]
    assert effects_of(rows).design_effect[0] == 1.28
