"""One declared meta-regression as the workflow runs it: rows in, plain numbers out."""

import math

import numpy as np
import pytest
from metafor_reference import assert_close
from strataforest.errors import ReviewError
from strataforest.meta_regression.mixed_model import fit_meta_regression
from strataforest.meta_regression.moderation import (
    ModelSpec,
    Moderated,
    check_references,
    fit_moderation,
)
from strataforest.meta_regression.scopes import scopes_of
from strataforest.models import PoolingModel, RegressionModel
from strataforest.presets import PRESETS

# Stata 16's exercise: ten effects with their standard errors and length of treatment.
YI = [-2.53, -1.07, -2.10, -1.20, -0.82, -0.84, -1.16, -0.45, 0.25, -0.53]
SEI = [0.40, 0.41, 0.40, 0.43, 0.57, 0.46, 0.28, 0.34, 0.51, 0.24]
WEEKS = [4, 6, 10, 8, 8, 8, 9, 10, 12, 12]
ITT = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]


def effects(**columns):
    columns = {"weeks": WEEKS, "itt": ITT} | columns
    rows = [
        {"effect_id": f"T{i}|mood|x", "study_id": f"T{i}", "n_total": str(20 + i)}
        | {name: str(values[i]) for name, values in columns.items()}
        for i in range(10)
    ]
    return Moderated(rows, np.array(YI), np.array(SEI) ** 2)


def fitted(spec, data=None, pooling=None, regression=None, permutations=99):
    result = fit_moderation(
        effects() if data is None else data,
        spec,
        pooling or PoolingModel(),
        regression or RegressionModel(),
        permutations,
    )
    assert result["status"] == "fitted", result["reason"]
    return result


def test_example_stata16_duration():
    result = fitted(ModelSpec("m", ("weeks",)))
    slope, model = result["terms"][1], result["model"]
    assert slope["b"] == pytest.approx(0.2097633, abs=5.1e-8)
    assert slope["se"] == pytest.approx(0.079171, abs=5.1e-7)
    assert model["tau2"] == pytest.approx(0.2019, abs=5.1e-5)
    assert model["i2"] == pytest.approx(58.10, abs=5.1e-3)
    assert model["r2"] == pytest.approx(55.16, abs=5.1e-3)
    assert model["qe"] == pytest.approx(18.11, abs=5.1e-3)


def test_example_stata16_r2_below_zero():
    spec = ModelSpec("m", ("itt",))
    assert fitted(spec)["model"]["r2"] == 0
    raw = fitted(spec, regression=RegressionModel(truncate_r2=False))["model"]["r2"]
    assert raw == pytest.approx(-4.82, abs=5.1e-3)


def test_ln_n_total_is_the_logarithm_of_the_stratum_file():
    result = fitted(ModelSpec("m", ("ln_n_total",)))
    x = np.column_stack([np.ones(10), np.log(20 + np.arange(10))])
    fit = fit_meta_regression(np.array(YI), np.array(SEI) ** 2, x)
    assert_close([term["b"] for term in result["terms"]], fit.b[0])
    assert result["effects"]["x"][3][1] == math.log(23)


def test_a_missing_moderator_drops_the_effect_and_says_so():
    weeks = [*WEEKS]
    weeks[2] = ""
    result = fitted(ModelSpec("m", ("weeks", "ln_n_total")), effects(weeks=weeks))
    assert (result["k"], result["n_studies"]) == (9, 9)
    assert result["dropped"] == [{"effect_id": "T2|mood|x", "missing": ["weeks"]}]


def test_words_make_a_factor_with_a_mean_per_level():
    country = ["A", "A", "B", "B", "B", "A", "B", "C", "C", "C"]
    result = fitted(
        ModelSpec("m", ("country",), references={"country": "B"}), effects(country=country)
    )
    assert result["references"] == {"country": "B"}
    (levels,) = result["levels"]
    assert levels["levels"] == ["B", "A", "C"]
    assert levels["of_effect"] == country
    dummies = np.array([[float(c == level) for level in "BAC"] for c in country])
    means = fit_meta_regression(np.array(YI), np.array(SEI) ** 2, dummies)
    assert_close(levels["estimate"], means.b[0])
    assert_close(levels["ci_low"], means.ci_low[0])
    assert result["lines"] == []


def test_numbers_can_be_declared_a_factor():
    result = fitted(ModelSpec("m", ("itt",), factors=("itt",)))
    assert [term["term"] for term in result["terms"]] == ["intercept", "itt: 1"]


def test_a_reference_that_a_domain_lacks_leaves_the_first_level():
    country = ["A", "A", "B", "B", "B", "A", "B", "A", "A", "B"]
    spec = ModelSpec("m", ("country",), references={"country": "Z"})
    result = fitted(spec, effects(country=country))
    assert result["references"] == {"country": "A"}
    assert "no effect here has country 'Z': 'A' is the reference" in result["note"]


def test_a_reference_that_no_trial_has_is_a_mistake():
    spec = ModelSpec("m", ("country",), references={"country": "Grmany"})
    data = effects(country=["Germany", "France"] * 5)
    with pytest.raises(ReviewError, match=r"no trial has country 'Grmany'.*'Germany'"):
        check_references([data], spec)
    check_references([data], ModelSpec("m", ("country",), references={"country": "France"}))


def test_hksj_pooling_tests_by_knapp_and_hartung():
    result = fitted(ModelSpec("m", ("weeks",)), pooling=PoolingModel(ci="hksj"))
    assert result["model"]["test"] == "knha"
    assert result["terms"][1]["df"] == 8


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_tests_by_its_own_test(name):
    preset = PRESETS[name]
    found = fitted(ModelSpec("m", ("weeks",)), pooling=preset.pooling, regression=preset.regression)
    assert found["model"]["test"] == {"stata16-metan": "adhoc"}.get(name, "z")


def test_trials_with_several_effects_get_robust_tests():
    data = effects()
    for i, row in enumerate(data.rows):
        row["study_id"] = f"T{i // 2}"
    terms = fitted(ModelSpec("m", ("weeks",)), data)["terms"]
    assert all(term["robust_se"] > 0 and term["robust_df"] > 0 for term in terms)
    assert fitted(ModelSpec("m", ("weeks",)))["terms"][0]["robust_se"] is None


@pytest.mark.parametrize(
    ("columns", "names", "words"),
    [
        ({"weeks": [12] * 10}, ("weeks",), "weeks"),
        ({"same": [2 * w for w in WEEKS]}, ("weeks", "same"), "same"),
        ({"weeks": [""] * 10}, ("weeks",), "weeks"),
    ],
)
def test_a_model_that_cannot_be_fitted_says_why(columns, names, words):
    spec = ModelSpec("m", names)
    result = fit_moderation(effects(**columns), spec, PoolingModel(), RegressionModel(), 99)
    assert result["status"] == "not_estimable"
    assert words in result["reason"]
    assert "terms" not in result


def test_an_unknown_moderator_names_the_nearest_column():
    spec = ModelSpec("m", ("week",))
    with pytest.raises(ReviewError, match=r"no sheet has a column 'week'.*did you mean 'weeks'"):
        fit_moderation(effects(), spec, PoolingModel(), RegressionModel(), 99)


def test_few_effects_are_marked():
    assert "fewer than 20 effects" in fitted(ModelSpec("m", ("weeks", "ln_n_total")))["note"]
    assert fitted(ModelSpec("m", ("weeks",)))["note"] == ""


def test_scopes_keep_measures_apart_and_ratios_out():
    def files(domain, measure, favourable="positive", k=3):
        rows = [
            {"effect_id": f"{domain}{i}", "measure": measure, "favourable": favourable}
            | {"yi": str(i), "vi": "0.1"}
            for i in range(k)
        ]
        return rows, [{"effect_id": row["effect_id"], "weeks": "4"} for row in rows]

    domains = {
        name: {"type": "binary" if name == "harm" else "continuous", "label": name.title()}
        for name in ("mood", "weight", "sleep", "harm")
    }
    stored = {
        "harm": files("harm", "RR", "negative"),
        "mood": files("mood", "SMD"),
        "sleep": files("sleep", "SMD", k=2),
        "weight": files("weight", "MD"),
    }
    found = list(scopes_of(stored, ("overall", "domain"), domains))
    told = [(names["scope"], names["domain"], names["measure"], len(e.yi)) for names, e in found]
    assert told == [
        ("overall", "", "SMD", 5),
        ("overall", "", "MD", 3),
        ("domain", "mood", "SMD", 3),
        ("domain", "weight", "MD", 3),
        ("domain", "sleep", "SMD", 2),
        ("domain", "harm", "RR", 3),
    ]


def test_ratios_of_two_directions_are_not_regressed():
    data = effects(favourable=["positive"] * 9 + ["negative"])
    result = fit_moderation(data, ModelSpec("m", ("weeks",)), PoolingModel(), RegressionModel(), 99)
    assert "common direction" in result["reason"]
