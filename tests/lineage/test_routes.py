"""The printed arithmetic of every route gives the effect that the route gave."""

import math

import pytest
from record_examples import STUDIES, address, as_written, computed, record
from strataforest.conversions import medians
from strataforest.effects import smd_routes
from strataforest.effects.compute import compute_effects
from strataforest.effects.multi_arm import MultiArm
from strataforest.lineage.expressions import evaluate, symbolic, with_numbers
from strataforest.lineage.formulas import SMD_VARIANCES, arithmetic
from strataforest.models import Conversions, EffectSizeModel
from strataforest.sheets.identity import cell_addresses

MODELS = {
    "d": EffectSizeModel(estimator="d"),
    "d holkinse": EffectSizeModel(estimator="d", se="holkinse"),
    "stata g": EffectSizeModel(correction="approximate", se="j_times_d", md_sds="pooled"),
    "metafor g": EffectSizeModel(),
    "g holkinse": EffectSizeModel(se="holkinse"),
    "g ub": EffectSizeModel(se="ub"),
}
# Estimators that need the arms' SDs.
OF_ARMS = {
    "glass": EffectSizeModel(estimator="glass"),
    "glass bare": EffectSizeModel(estimator="glass", se="holkinse", correction="none"),
    "glass ub": EffectSizeModel(estimator="glass", se="ub", correction="approximate"),
    "glass j": EffectSizeModel(estimator="glass", se="j_times_d"),
    "unequal": EffectSizeModel(estimator="unequal", se="bonett"),
    "unequal bare": EffectSizeModel(estimator="unequal", se="bonett", correction="none"),
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
BASELINE = {"mean_baseline_treat": "-5.5", "sd_baseline_treat": "9.5"}
BASELINE |= {"mean_baseline_control": "4.25", "sd_baseline_control": "10.5"}
FIVE1 = {"min_treat": "2", "q1_treat": "7", "median_treat": "9.5", "q3_treat": "14"}
FIVE1 |= {"max_treat": "31"}
FIVE2 = {name.replace("treat", "control"): repr(float(x) + 1.5) for name, x in FIVE1.items()}
ARM_ROUTES = {
    "means_sd": ROUTES["means_sd"],
    "means_se": ROUTES["means_se"],
    "means_ci": ROUTES["means_ci"],
    "means_mixed": {**N, **MEANS, "sd_treat": "11.1", **CI2},
    "means_change": {**ROUTES["means_sd"], **BASELINE, "metric": "change"},
    "means_change from se and ci": {
        **{**N, **MEANS, "se_treat": "1.1", **CI2},
        **BASELINE,
        "metric": "change",
    },
    "medians": {**N, **FIVE1, **FIVE2},
    "medians and means": {**N, **FIVE1, "mean_control": "7.5", "se_control": "1.25"},
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


def worked(cells, model=MODELS["d"], measure="SMD", type_="continuous", conversions=CONVERSIONS):
    """Return (effect, its arithmetic) of one row."""
    row = record(**cells)
    effects, _ = computed([row], model, conversions, measure=measure, type_=type_)
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


@pytest.mark.parametrize("study", ["T1", "C1"])
@pytest.mark.parametrize("model", [*MODELS, *OF_ARMS])
@pytest.mark.parametrize("route", ARM_ROUTES)
def test_every_estimator_of_every_source_of_means_and_sds(route, model, study):
    cells = ARM_ROUTES[route] | {"study_id": study}
    effect, working = worked(cells, (MODELS | OF_ARMS)[model])
    name = route.split()[0]
    # The SD of the control is all that Glass's delta asks for.
    name = "means_ci" if name == "means_mixed" and "glass" in model else name
    check(effect, working, name)


@pytest.mark.parametrize("study", ["T1", "C1"])
@pytest.mark.parametrize("sds", ["pooled", "unequal"])
@pytest.mark.parametrize("measure", ["MD", "ROM"])
@pytest.mark.parametrize("route", ARM_ROUTES)
def test_differences_and_ratios_of_means(route, measure, sds, study):
    cells = ARM_ROUTES[route] | {"study_id": study}
    if measure == "ROM":
        if "change" in route:
            return
        cells |= {"mean_treat": "7.25"} if "mean_treat" in cells else {}
        cells |= {"ci_low_treat": "5", "ci_high_treat": "9.5"} if "ci_low_treat" in cells else {}
    check(*worked(cells, EffectSizeModel(md_sds=sds), measure), route.split()[0])


@pytest.mark.parametrize("route", ["log_ratio", "ratio_ci"])
def test_printed_ratios_of_means(route):
    effect, working = worked(RATIOS[route], measure="ROM")
    check(effect, working, route)
    assert (effect["type"], effect["aligned"]) == ("continuous", True)


@pytest.mark.parametrize("cells", [{**MEANS, "sd_control": "12.25"}, {**MEANS, **CI2}])
def test_glass_s_delta_needs_the_sd_of_the_control_only(cells):
    model = OF_ARMS["glass bare"]
    effect, working = worked({**N, **cells}, model)
    check(effect, working, effect["route"])
    changed = {**N, **cells, **BASELINE, "metric": "change"}
    check(*worked(changed, model), "means_change")


def test_a_mean_difference_from_an_f_statistic():
    check(*worked({**N, "md": "-1.3", "f_stat": "5.2"}, measure="MD"), "f_stat")


@pytest.mark.parametrize("method", medians.METHODS)
@pytest.mark.parametrize("kept", ["min median max", "q1 median q3", "min q1 median q3 max"])
def test_every_way_from_medians(kept, method):
    chosen = {k: v for k, v in (FIVE1 | FIVE2).items() if k.partition("_")[0] in kept.split()}
    conversions = Conversions(medians=method)
    effect, working = worked({**N, **chosen}, conversions=conversions)
    check(effect, working, "medians")
    assert f"medians={method}" in effect["flags"]
    symbols = [step.symbol for step in working.steps]
    assert {"mean1", "sd1", "mean2", "sd2"} <= set(symbols)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "PETO"])
@pytest.mark.parametrize("zero_cells", ["by_measure", "only_zero", "all", "treatment_arm", "none"])
@pytest.mark.parametrize("events", [{}, {"events_treat": "0"}, {"events_control": "53"}])
def test_counts(measure, events, study, zero_cells):
    cells = {**N, **EVENTS, **events, "study_id": study}
    model = EffectSizeModel(zero_cells=zero_cells)
    impossible = zero_cells == "none" and events and measure in {"RR", "OR"}
    # Without correction only an arm full of events has a risk, and a risk ratio.
    if impossible and (measure == "OR" or "events_treat" in events):
        return
    effect, working = worked(cells, model, measure=measure, type_="binary")
    check(effect, working, "counts")
    rule = zero_cells
    if rule == "by_measure":
        rule = "none" if measure == "PETO" else "only_zero"
    added = {"only_zero": bool(events), "all": True, "treatment_arm": False, "none": False}[rule]
    assert added == any("0.5 added" in step.why for step in working.steps)
    arms = rule == "treatment_arm" and bool(events)
    assert arms == any("share of all people" in step.why for step in working.steps)


ARMS = [
    {"arm_treat": "app", "arm_control": "usual care", "n_treat": "41", "n_control": "53"},
    {"arm_treat": "nurse", "arm_control": "usual care", "n_treat": "38", "n_control": "53"},
    {"arm_treat": "both", "arm_control": "usual care", "n_treat": "44", "n_control": "53"},
]
ARM_CELLS = {
    "sd": ({"mean_treat": "7", "sd_treat": "1.1"}, {"mean_control": "8", "sd_control": "1.25"}),
    "se": ({"mean_treat": "7.5", "se_treat": "0.2"}, {"mean_control": "8", "sd_control": "1.25"}),
    "change": (
        {"mean_treat": "7", "sd_treat": "1.1", "metric": "change"}
        | {
            "mean_baseline_treat": "8.5",
            "sd_baseline_treat": "1.5",
        },
        {"mean_control": "8", "sd_control": "1.25"}
        | {"mean_baseline_control": "8.25", "sd_baseline_control": "1.5"},
    ),
    "medians": (FIVE1, FIVE2),
    "counts": ({"events_treat": "5"}, {"events_control": "11"}),
    "no events": ({"events_treat": "0"}, {"events_control": "11"}),
}


def several(kinds, study):
    rows = []
    for i, (kind, arms) in enumerate(zip(kinds, ARMS, strict=False), 2):
        treat, control = ARM_CELLS[kind]
        rows.append(record(str(i), **arms, **treat, **control, study_id=study))
    return rows


@pytest.mark.parametrize("study", ["T1", "C1"])
@pytest.mark.parametrize(
    ("kinds", "measure"),
    [
        (("sd", "sd"), "SMD"),
        (("sd", "se", "sd"), "SMD"),
        (("sd", "se", "sd"), "MD"),
        (("sd", "sd", "se"), "ROM"),
        (("change", "change"), "SMD"),
        (("medians", "medians", "medians"), "SMD"),
        (("counts", "counts", "no events"), "RR"),
        (("no events", "no events"), "OR"),
        (("counts", "counts"), "PETO"),
    ],
)
def test_combined_arms(kinds, measure, study):
    rows = several(kinds, study)
    type_ = "binary" if "events_treat" in ARM_CELLS[kinds[0]][0] else "continuous"
    model = EffectSizeModel(correction="approximate", se="j_times_d")
    (effect,), exclusions = computed(rows, model, CONVERSIONS, measure=measure, type_=type_)
    assert exclusions == []
    assert f"arms_combined={len(rows)}" in effect["flags"]
    ordered = sorted(rows, key=lambda row: row["arm_treat"])
    working = arithmetic(as_written(effect), ordered, STUDIES[study])
    assert (working.problem, working.agrees) == ("", True)
    cells = effect["source_cells"].split(";")
    read = {address(i.column, i.row) for i in working.inputs if i.sheet == "outcomes"}
    assert set(cells) >= read - {address("higher_is_better", row["source_row"]) for row in rows}
    for row in rows:
        assert address("n_treat", row["source_row"]) in cells


@pytest.mark.parametrize("study", ["T1", "C1"])
@pytest.mark.parametrize(
    ("cells", "measure", "route"),
    [
        (ROUTES["means_sd"], "SMD", "means_sd"),
        (ROUTES["means_sd"], "MD", "means_sd"),
        ({**ROUTES["means_sd"], "mean_treat": "8"}, "ROM", "means_sd"),
        (ROUTES["md_ci"], "MD", "md_ci"),
        (ROUTES["t_stat"], "SMD", "t_stat"),
        (ROUTES["t_stat"], "MD", "t_stat"),
        (SMD_ONLY["smd_se"], "SMD", "smd_se"),
        (RATIOS["counts"], "OR", "counts"),
        ({**RATIOS["counts"], "events_treat": "0"}, "RD", "counts"),
    ],
)
@pytest.mark.parametrize("sds", ["pooled", "unequal"])
def test_a_shared_control_arm_is_split(cells, measure, route, study, sds):
    rows = [record(a, **cells, study_id=study, arm_treat=a) for a in ("2", "3")]
    model, arms = EffectSizeModel(md_sds=sds), MultiArm("split_control")
    type_ = "binary" if route == "counts" else "continuous"
    effects, _ = computed(rows, model, CONVERSIONS, arms, measure, type_)
    assert len(effects) == 2
    for effect, row in zip(effects, rows, strict=True):
        working = arithmetic(as_written(effect), row, STUDIES[study])
        assert (working.problem, working.agrees) == ("", True)
        alone, _ = computed([row], model, CONVERSIONS, arms, measure, type_)
        assert (effect["vi"] > alone[0]["vi"]) == (route != "smd_se")
        assert ("control_not_split" in effect["flags"]) == (route == "smd_se")


@pytest.mark.parametrize("measure", ["RR", "OR", "PETO"])
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
    known = {text for (_, se), text in smd_routes.SE_FORMULAS.items() if se != "av"}
    bonett = smd_routes.SE_FORMULAS["unequal", "bonett"]
    known.add(bonett.removeprefix("J^2 (").removesuffix(")"))
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
