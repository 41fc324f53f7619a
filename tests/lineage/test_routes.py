"""The printed arithmetic of every route gives the effect that the route gave."""

import math

import pytest
from strataforest import routes
from strataforest.effects import Conversions, compute_effects
from strataforest.lineage.expressions import evaluate, symbolic, with_numbers
from strataforest.lineage.formulas import SMD_VARIANCES, arithmetic
from strataforest.models import EffectSizeModel
from strataforest.sheets.columns import OUTCOMES
from strataforest.sheets.identity import cell_addresses

STUDIES = {
    "T1": {"study_id": "T1", "design": "parallel", "cluster_size": "", "icc": ""},
    "C1": {"study_id": "C1", "design": "cluster", "cluster_size": "21", "icc": "0.05"},
    "C2": {"study_id": "C2", "design": "cluster", "cluster_size": "21", "icc": ""},
    "C3": {"study_id": "C3", "design": "cluster", "cluster_size": "1", "icc": ""},
}
MODELS = {
    "d": EffectSizeModel(estimator="d"),
    "d holkinse": EffectSizeModel(estimator="d", se="holkinse"),
    "stata g": EffectSizeModel(correction="approximate", se="j_times_d", md_sds="pooled"),
    "metafor g": EffectSizeModel(),
    "g holkinse": EffectSizeModel(se="holkinse"),
    "g ub": EffectSizeModel(se="ub"),
}
CONVERSIONS = Conversions(assume_equal_arms=True, bounded_p="at_bound", default_icc=0.013)
N = {"n_treat": "41", "n_control": "53"}
MEANS = {"mean_treat": "-7.25", "mean_control": "7.5"}
CI1 = {"ci_low_treat": "-9.5", "ci_high_treat": "-5"}
CI2 = {"ci_low_control": "5.1", "ci_high_control": "9.9"}
EVENTS = {"events_treat": "5", "events_control": "11"}
ROUTES = {
    "means_sd": {**N, **MEANS, "sd_treat": "11.1", "sd_control": "12.25"},
    "means_se": {**N, **MEANS, "se_treat": "1.1", "se_control": "1.25"},
    "means_ci": {**N, **MEANS, **CI1, **CI2},
    "md_se": {**N, "md": "-1.3", "md_se": "0.45"},
    "md_ci": {**N, **MEANS, "md_ci_low": "-18", "md_ci_high": "-11.5"},
    "t_stat": {**N, "md": "-1.3", "t_stat": "-2.4"},
    "p_value": {**N, **MEANS, "p_value": "0.003"},
    "bounded_p": {**N, "md": "0.4", "p_value": "<0.05"},
}
SMD_ONLY = {
    "means_mixed": {**N, **MEANS, "sd_treat": "11.1", **CI2},
    "smd_se": {"smd": "-0.4", "smd_se": "0.21"},
    "smd": {**N, "smd": "-0.4"},
    "f_stat": {**N, "f_stat": "5.2", "favours": "control"},
    "t_stat": {**N, "t_stat": "2.4", "favours": "treat"},
    "p_value": {**N, "p_value": "0.003", "favours": "treat"},
}
RATIOS = {
    "counts": {**N, **EVENTS},
    "log_ratio": {"log_ratio": "-0.3", "log_ratio_se": "0.12"},
    "ratio_ci": {"ratio": "0.7", "ratio_ci_low": "0.5", "ratio_ci_high": "0.98"},
}


def address(name):
    """Return a made-up address that tells which column it is."""
    return name.upper().replace("_", "") + "2"


def record(**cells):
    row = {column.name: "" for column in OUTCOMES}
    row |= {"study_id": "T1", "domain": "glycemic", "indicator": "hba1c", "higher_is_better": "no"}
    row |= {"source_file": "o.csv", "source_tab": "", "source_row": "2", **cells}
    filled = [name for name, value in row.items() if value and not name.startswith("source")]
    return row | {"source_cells": ";".join(f"{name}={address(name)}" for name in filled)}


def as_written(effect):
    """Return an effect as effects.csv gives it back: text, yes and no."""
    words = {True: "yes", False: "no", None: ""}
    return {k: words[v] if v is None or isinstance(v, bool) else str(v) for k, v in effect.items()}


def worked(cells, model=MODELS["d"], measure="SMD", type_="continuous", conversions=CONVERSIONS):
    """Return (effect, its arithmetic) of one row."""
    row = record(**cells)
    domains = {"glycemic": {"type": type_, "measure": measure}}
    effects, _ = compute_effects([row], list(STUDIES.values()), domains, {}, model, conversions)
    (effect,) = effects
    return effect, arithmetic(as_written(effect), row, STUDIES[row["study_id"]])


def check(effect, working, route):
    assert effect["route"] == route
    assert working.problem == ""
    assert working.agrees
    assert working.yi == pytest.approx(effect["yi"], rel=1e-10, abs=1e-12)
    assert working.vi == pytest.approx(effect["vi"], rel=1e-10, abs=1e-12)
    final = {step.symbol: step.value for step in working.steps}
    assert (final["yi"], final["vi"]) == (working.yi, working.vi)
    by_column = {entry.column for entry in working.inputs if entry.sheet == "outcomes"}
    assert set(effect["source_cells"].split(";")) >= {
        address(c) for c in by_column if c not in {"higher_is_better"}
    }


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("better", ["yes", "no"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("route", [*ROUTES, *(f"{name} alone" for name in SMD_ONLY)])
def test_standardised_mean_differences(route, model, better, study):
    cells = ROUTES[route] if route in ROUTES else SMD_ONLY[route.removesuffix(" alone")]
    cells = cells | {"study_id": study, "higher_is_better": better}
    check(*worked(cells, MODELS[model]), route.removesuffix(" alone"))


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("model", ["stata g", "metafor g"])
@pytest.mark.parametrize("route", ROUTES)
def test_mean_differences(route, model, study):
    check(*worked(ROUTES[route] | {"study_id": study}, MODELS[model], "MD"), route)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@pytest.mark.parametrize("events", [{}, {"events_treat": "0"}, {"events_control": "53"}])
def test_counts(measure, events, study):
    cells = {**N, **EVENTS, **events, "study_id": study}
    effect, working = worked(cells, measure=measure, type_="binary")
    check(effect, working, "counts")
    assert bool(events) == any("0.5 added" in step.why for step in working.steps)


@pytest.mark.parametrize("measure", ["RR", "OR"])
@pytest.mark.parametrize("route", ["log_ratio", "ratio_ci"])
def test_printed_ratios(route, measure):
    check(*worked(RATIOS[route], measure=measure, type_="binary"), route)


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ({"n_total": "94"}, "equal arms assumed"),
        ({"n_total": "95"}, "equal arms assumed"),
        ({"n_treat": "41", "n_total": "94"}, "the total leaves"),
        ({"n_control": "41", "n_total": "94"}, "the total leaves"),
    ],
)
@pytest.mark.parametrize("measure", ["SMD", "MD"])
def test_sizes_from_the_total(sizes, why, measure):
    cells = {k: v for k, v in ROUTES["means_sd"].items() if k not in N} | sizes
    effect, working = worked(cells, measure=measure)
    check(effect, working, "means_sd")
    assert any(why in step.why for step in working.steps)
    assert "n_total" in {entry.column for entry in working.inputs}


def test_where_the_icc_comes_from():
    (_, own), (_, config) = (worked(ROUTES["means_sd"] | {"study_id": s}) for s in ("C1", "C2"))
    found = [{(i.symbol, i.sheet): i.text for i in working.inputs} for working in (own, config)]
    assert found[0]["icc", "studies"] == "0.05"
    assert float(found[1]["icc", "config"]) == pytest.approx(0.013)


def test_every_intermediate_is_named():
    cells = {**N, **MEANS, "se_treat": "1.1", **CI2, "study_id": "C1"}
    _, working = worked(cells, MODELS["stata g"])
    symbols = [step.symbol for step in working.steps]
    for symbol in ("sd1", "t_crit2", "sd2", "sd_pooled", "d", "design_effect", "N", "m", "J", "g"):
        assert symbol in symbols, symbol


def test_every_variance_that_the_config_allows_has_a_formula():
    known = {text for (_, se), text in routes.SE_FORMULAS.items() if se != "av"}
    assert known == set(SMD_VARIANCES)


def test_cells_that_give_other_numbers_are_said_to():
    row = record(**ROUTES["means_sd"])
    effect, _ = worked(ROUTES["means_sd"])
    for change in ({"mean_treat": "-7.26"}, {"n_control": "54"}):
        working = arithmetic(as_written(effect), row | change, STUDIES["T1"])
        assert not working.agrees
        assert "other numbers" in working.problem
    working = arithmetic(as_written(effect), row | {"sd_treat": ""}, STUDIES["T1"])
    assert working.problem == "not recomputed: sd_treat is empty"
    zero = row | {"sd_treat": "0", "sd_control": "0"}
    assert "no value" in arithmetic(as_written(effect), zero, STUDIES["T1"]).problem
    unknown = as_written(effect) | {"formula": "d = x; vi = mean(d)"}
    assert "no formula" in arithmetic(unknown, row, STUDIES["T1"]).problem


def test_the_formula_with_its_numbers():
    texts = {"n1": "450", "n2": "450", "d": "−0.606", "N": "900"}
    expression = "1/n1 + 1/n2 + d**2/(2*N)"
    assert symbolic(expression) == "1/n1 + 1/n2 + d²/(2·N)"
    assert with_numbers(expression, texts) == "1/450 + 1/450 + (−0.606)²/(2·900)"
    assert with_numbers("exp(d)", texts) == "exp(−0.606)"
    assert with_numbers("-d", texts) == "−(−0.606)"


def test_the_printed_numbers_give_the_printed_result():
    """Evaluating the line as it is printed gives the result to the digits that are printed."""
    _, working = worked(ROUTES["means_se"] | {"study_id": "C1"}, MODELS["stata g"])
    for step in working.steps:
        plain = step.numbers.replace("−", "-").replace("·", "*").replace("²", "**2")
        assert evaluate(plain, {}) == pytest.approx(step.value, rel=1e-3), step


def test_expressions_know_only_their_own_functions():
    with pytest.raises(KeyError):
        evaluate("open(n)", {"n": 1.0})
    with pytest.raises(ValueError, match="no formula"):
        evaluate("n.real", {"n": 1.0})
    assert evaluate("sqrt(n)", {"n": 2.0}) == math.sqrt(2)


def test_a_team_s_own_heading_may_hold_our_separators():
    row = record(**ROUTES["means_sd"])
    row["source_cells"] += ";p=0.05;adj=Z2"
    domains = {"glycemic": {"type": "continuous"}}
    (effect,), _ = compute_effects([row], [], domains, {}, MODELS["d"], CONVERSIONS)
    assert "MEANTREAT2" in effect["source_cells"].split(";")
    cells = {"source_cells": "md=B2;p=0.05;adj=Z2;note=AA2"}
    assert cell_addresses(cells) == {"md": "B2", "p=0.05;adj": "Z2", "note": "AA2"}
    assert arithmetic(as_written(effect), row, {}).agrees
