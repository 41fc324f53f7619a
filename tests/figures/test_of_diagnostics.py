"""From a fit file, written and read again, to the content of the diagnostic figures."""

import math

import numpy as np
import pytest
from figure_geometry import assert_readable
from strataforest.diagnostics.gosh import gosh
from strataforest.diagnostics.sections import cumulative_section, gosh_summary
from strataforest.figures import of_diagnostics
from strataforest.figures.baujat import baujat_plot
from strataforest.figures.cumulative import cumulative_plot
from strataforest.figures.funnel import funnel_plot
from strataforest.figures.gosh import gosh_plot
from strataforest.figures.influence import influence_plot
from strataforest.figures.of_small_study import from_json, small_study_sentences
from strataforest.figures.presets import presets_plot
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.models import PoolingModel
from strataforest.presets import as_record, resolve
from strataforest.strata.stratum_effects import StratumEffects
from strataforest.tabular import read_json, write_json

TITLE = "Glycemic control"
LABELS = {"glycemic": "Glycemic control", "knowledge": "Knowledge"}
# Small studies with large effects, so that trim and fill has something to add.
YI = [0.1, 0.15, 0.05, 0.2, 0.3, 0.45, 0.5, 0.7, 0.9, 1.1, 1.3]
VI = [0.01, 0.012, 0.015, 0.02, 0.04, 0.06, 0.09, 0.12, 0.16, 0.2, 0.25]


def made(folder, yi=YI, vi=VI, measure="SMD", studies=None, **changes):
    """A fit file of these effects, as Python reads it."""
    k = len(yi)
    names = studies or [f"Study{i}" for i in range(k)]
    domains = ["glycemic" if names.index(n) == i else "knowledge" for i, n in enumerate(names)]
    effects = StratumEffects(
        effect_id=[f"{n}|{d}|x||12|post" for n, d in zip(names, domains, strict=True)],
        study_id=names,
        measure=measure,
        favourable="positive" if measure == "SMD" else "negative",
        yi=np.array(yi),
        vi=np.array(vi),
        n_treat=[50.0] * k,
        n_control=[50.0] * k,
        n_total=[100.0] * k,
    )
    preset = resolve("stata16")
    halved = {"metafor": (np.array(yi) - 0.4, np.array(vi))}
    numbers = fit_stratum(effects, preset, Sensitivity(**changes), halved)
    write_json(folder / "fit.json", {"preset": as_record(preset)} | numbers)
    return read_json(folder / "fit.json")


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    return made(tmp_path_factory.mktemp("fit"))


def test_influence_has_a_row_per_study(fit):
    data = of_diagnostics.influence_data(fit, TITLE, LABELS)
    assert [row.label for row in data.rows] == fit["studies"]["study_id"]
    assert [row.cook_d for row in data.rows] == fit["influence"]["cook_d"]
    assert [row.influential for row in data.rows] == fit["influence"]["influential"]
    assert (data.tau2, data.q) == (fit["pooled"]["tau2"], fit["heterogeneity"]["q"])
    assert_readable(influence_plot(data))


def test_infinite_diagnostics_are_numbers_again(fit):
    changed = fit | {"influence": fit["influence"] | {"dffits": ["Inf", "-Inf", None, *[0.0] * 8]}}
    values = [row.dffits for row in of_diagnostics.influence_data(changed, TITLE, LABELS).rows]
    assert values == [math.inf, -math.inf, None, *[0.0] * 8]
    assert from_json(0.5) == 0.5


def test_baujat_says_what_it_shows(fit):
    data = of_diagnostics.baujat_data(fit, TITLE, LABELS)
    assert [(p.x, p.y) for p in data.points] == list(
        zip(fit["baujat"]["x"], fit["baujat"]["y"], strict=True)
    )
    assert data.x_label == "Squared Pearson residual"
    common = fit | {"baujat": fit["baujat"] | {"tau2_method": "EE"}}
    assert of_diagnostics.baujat_data(common, TITLE, LABELS).x_label.endswith("Cochran's Q")
    assert_readable(baujat_plot(data))


def test_funnel_holds_observed_and_imputed_studies(fit):
    data = of_diagnostics.funnel_data(fit, TITLE, LABELS)
    filled = fit["small_study"]["filled"]
    assert filled["k0"] > 0
    observed = [p for p in data.points if not p.imputed]
    assert [p.effect for p in observed] == YI
    assert [p.sei for p in observed] == pytest.approx(np.sqrt(VI))
    assert [p.effect for p in data.points if p.imputed] == filled["yi"]
    assert (data.estimate, data.adjusted) == (fit["pooled"]["estimate"], filled["estimate"])
    assert data.tests[0].startswith("Egger's test: random effects on the standard error, z = ")
    assert "classical, t(9) = " in data.tests[0]
    assert f"k0 = {filled['k0']}" in data.tests[1]
    assert_readable(funnel_plot(data))


def test_below_the_gate_a_funnel_says_why_there_is_no_test(tmp_path):
    fit = made(tmp_path, YI[:4], VI[:4])
    data = of_diagnostics.funnel_data(fit, TITLE, LABELS)
    assert data.tests == [
        "No test of asymmetry: k = 4 is below the 10 studies that these tests need."
    ]
    assert data.adjusted is None and not any(p.imputed for p in data.points)


ROW = {
    "test": "egger_classical",
    "preset_default": False,
    "status": "computed",
    "reason": "",
    "df": 9,
    "statistic": 2.345,
    "p_value": 0.0437,
}
FILLED = {"estimator": "L0", "side": "left", "k0": 1, "estimate": -0.5, "ci_low": -1.0}
FILLED |= {"ci_high": 0.0}


def test_sentences_on_small_studies():
    rows = [ROW, ROW | {"test": "egger_re", "preset_default": True, "df": "Inf", "p_value": 1e-9}]
    section = {"rows": [*rows, ROW | {"test": "begg"}], "filled": FILLED}
    assert small_study_sentences(section, ratio=False, level=0.95) == [
        "Egger's test: random effects on the standard error, z = 2.35, p < 0.001; "
        "classical, t(9) = 2.35, p = 0.044.",
        "Trim and fill (L0): 1 study imputed on the left (k0 = 1); estimate with it "
        "−0.50 [−1.00, 0.00] (95% CI).",
    ]
    ratio = small_study_sentences(section | {"filled": FILLED | {"k0": 2}}, ratio=True, level=0.9)
    assert ratio[1].endswith("estimate with them 0.61 [0.37, 1.00] (90% CI).")
    none = {"rows": [ROW | {"p_value": None, "reason": "all standard errors are equal"}]}
    assert small_study_sentences(none | {"filled": FILLED | {"k0": 0}}, False, 0.95) == [
        "No test of asymmetry: all standard errors are equal.",
        "Trim and fill (L0): no study imputed (k0 = 0).",
    ]


def test_ratios_and_their_sides(tmp_path):
    fit = made(tmp_path, measure="RR")
    data = of_diagnostics.funnel_data(fit, TITLE, LABELS)
    assert data.ratio
    assert (data.left_label, data.right_label) == ("Favours intervention", "Favours control")


def test_several_effects_of_a_trial_are_told_apart(tmp_path):
    fit = made(tmp_path, studies=["Twice", "Twice", *(f"Study{i}" for i in range(9))])
    labels = [row.label for row in of_diagnostics.influence_data(fit, TITLE, LABELS).rows]
    assert labels[:3] == ["Twice (Glycemic control)", "Twice (Knowledge)", "Study0"]


def parting(subsets):
    return gosh_summary(subsets, estimate=0.5)["split_index"]


def test_gosh_shows_the_study_that_parts_the_subsets_most():
    yi, vi = np.array([0.1, 0.12, 0.08, 0.11, 2.0]), np.full(5, 0.01)
    names = [f"Study{i}" for i in range(4)] + ["Odd"]
    fit = {"studies": {"study_id": names}, "measure": "SMD", "pooled": {"estimate": 0.5}}
    subsets = gosh(yi, vi)
    data = of_diagnostics.gosh_data(fit, subsets, TITLE, LABELS, parting(subsets))
    assert data.study == "Odd"
    assert list(data.inside) == list(subsets.members()[:, 4])
    assert of_diagnostics.gosh_data(fit, subsets, TITLE, LABELS, study=0).study == "Study0"
    assert_readable(gosh_plot(data))
    pair = gosh(yi[:2], vi[:2])
    only = of_diagnostics.gosh_data(fit, pair, TITLE, LABELS, parting(pair))
    assert only.inside is None  # one subset, from which nobody is ever absent
    assert_readable(gosh_plot(only))


def test_cumulative_rows_stand_in_the_order_of_the_section(fit):
    years = [2020, 2015, None, *range(2001, 2009)]
    studies = fit["studies"]
    section = cumulative_section(
        np.array(YI), np.array(VI), studies["effect_id"], studies["study_id"], years, PoolingModel()
    )
    data = of_diagnostics.cumulative_data(fit, section, TITLE, LABELS)
    assert [row.year for row in data.rows] == [*range(2001, 2009), 2015, 2020, None]
    assert data.rows[-1].label == "Study2"
    assert data.rows[-1].estimate == pytest.approx(fit["pooled"]["estimate"], rel=1e-8)
    assert_readable(cumulative_plot(data))


def test_presets_name_the_configured_one_and_what_crosses(fit):
    data = of_diagnostics.presets_data(fit, fit["presets"], TITLE)
    assert [row.label for row in data.rows] == ["As configured (Stata 16)", "metafor in R"]
    assert [row.current for row in data.rows] == [True, False]
    assert data.rows[0].estimate == pytest.approx(fit["pooled"]["estimate"])
    assert data.note.startswith("The reading changes under metafor in R (")
    assert "significance" in data.note
    assert_readable(presets_plot(data))


def test_a_preset_without_numbers_gives_its_reason(fit):
    rows = [dict(row) for row in fit["presets"]]
    rows[1] |= dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high")) | {
        "note": "an effect has no variance under this preset",
        "crossed": "",
    }
    data = of_diagnostics.presets_data(fit, rows, TITLE)
    assert data.rows[1].reason == "an effect has no variance under this preset"
    assert data.note == ""
