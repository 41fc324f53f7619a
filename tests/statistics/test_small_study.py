"""Regression tests, the funnel and the whole battery, against metafor, R's lm and Stata."""

import numpy as np
import pytest
from metafor_reference import assert_close
from small_study_reference import BY_NAME, FUNNELS, label, stored
from strataforest.estimation.distributions import critical_value
from strataforest.small_study.battery import SmallStudyRow, small_study
from strataforest.small_study.count_regression_tests import harbord_test, peters_test
from strataforest.small_study.funnel import funnel
from strataforest.small_study.regression_tests import pet_peese, regression_test
from strataforest.small_study.section import small_study_section
from strataforest.small_study.trim_and_fill import trim_and_fill
from strataforest.tables.small_study import COLUMNS, small_study_rows

MODELS = {"lm": "multiplicative", "rma": "mixed"}
COUNTS = stored("small_study_ratio")["data_sets"]
ARMS = stored("small_study_arms")["data_sets"]
# Identical effects: all slopes are 0, and metafor's figures are rounding noise over rounding noise.
REGTESTS = [
    (case, row)
    for case in FUNNELS
    for row in case.figures["regtest"]
    if "error" not in row and case.name != "ext_identical_yi"
]


def regress(case, row):
    options = {"predictor": row["predictor"], "model": MODELS[row["model"]], "n_total": case.ni}
    if row["model"] == "rma":
        options |= {"tau2_method": row["method"], "test": row["test"]}
    return regression_test(case.yi, case.vi, **options)


@pytest.mark.parametrize(("case", "row"), REGTESTS, ids=label)
def test_slope_and_limit_of_metafor(case, row):
    found = regress(case, row)
    assert found.k == len(case.yi)
    assert found.converged
    assert_close([found.slope, found.slope_se], [row["slope"], row["slope_se"]])
    assert_close([found.statistic, found.p_value], [row["stat"], row["pval"]])
    assert_close(found.df, float(row["df"]))
    assert_close(found.tau2, row.get("tau2", 0.0), floor=np.median(case.vi))
    limits = [found.limit_estimate, found.limit_ci_low, found.limit_ci_high]
    if row["limit_est"] is None:
        assert row["predictor"] == "ni"
        assert np.isnan(limits).all()
    else:
        reference = [row["limit_est"], row["limit_ci_lb"], row["limit_ci_ub"]]
        assert_close(limits, reference, floor=found.limit_se)


def test_all_predictors_and_models_are_compared():
    assert len(REGTESTS) > 600
    assert {row["predictor"] for _, row in REGTESTS} == {"sei", "vi", "ni", "ninv", "sqrtninv"}


def test_identical_effects_have_no_slope():
    case = BY_NAME["ext_identical_yi"]
    for model in ("mixed", "multiplicative"):
        found = regression_test(case.yi, case.vi, model=model)
        assert (found.slope, found.statistic, found.p_value) == (0, 0, 1)
        assert found.limit_estimate == case.yi[0]


def test_tiny_units_change_nothing():
    # metafor fails here: its test of full rank is absolute.
    case = BY_NAME["ext_tiny_scale"]
    small, large = (regression_test(case.yi * scale, case.vi * scale**2) for scale in (1.0, 1e7))
    assert_close(small.slope, large.slope)
    assert_close(small.limit_estimate * 1e7, large.limit_estimate)
    assert_close(small.p_value, large.p_value)


# The exercise data of STATISTICS.md.
STATA_YI = np.array([-2.53, -1.07, -2.10, -1.20, -0.82, -0.84, -1.16, -0.45, 0.25, -0.53])
STATA_SEI = np.array([0.40, 0.41, 0.40, 0.43, 0.57, 0.46, 0.28, 0.34, 0.51, 0.24])


def test_example_stata16_egger():
    # meta bias, egger: beta1 = 0.48, SE 2.804, z = 0.17, Prob > |z| = 0.8641.
    found = regression_test(STATA_YI, STATA_SEI**2)
    assert f"{found.slope:.2f} {found.slope_se:.3f} {found.statistic:.2f}" == "0.48 2.804 0.17"
    assert f"{found.p_value:.4f}" == "0.8641"


def test_example_stata16_classical_egger():
    # t = -0.447, p = .667: the intercept of yi / sei on 1 / sei, which is the slope on sei here.
    found = regression_test(STATA_YI, STATA_SEI**2, model="multiplicative")
    assert f"{found.statistic:.3f} {found.p_value:.3f} {found.df:g}" == "-0.447 0.667 8"
    design = np.stack([np.ones(10), 1 / STATA_SEI], axis=1)
    (intercept, slope), rest, *_ = np.linalg.lstsq(design, STATA_YI / STATA_SEI)
    assert found.slope == pytest.approx(intercept, rel=1e-12)
    assert found.limit_estimate == pytest.approx(slope, rel=1e-12)
    spread = np.sqrt(rest[0] / 8 * np.linalg.inv(design.T @ design)[0, 0])
    assert found.slope_se == pytest.approx(spread, rel=1e-12)


@pytest.mark.parametrize("name", ARMS)
@pytest.mark.parametrize("model", ["mixed", "multiplicative"])
def test_sample_sizes_as_predictor_for_smds(name, model):
    data = ARMS[name]
    row = data[model]
    found = regression_test(
        data["yi"],
        data["vi"],
        predictor="arms",
        model=model,
        n_treat=data["n1i"],
        n_control=data["n2i"],
    )
    assert_close([found.slope, found.slope_se], [row["slope"], row["slope_se"]])
    assert_close([found.statistic, found.p_value], [row["stat"], row["pval"]])
    assert_close(found.limit_estimate, row["limit_est"])
    if model == "mixed":
        assert_close(
            [found.limit_ci_low, found.limit_ci_high], [row["limit_ci_lb"], row["limit_ci_ub"]]
        )


def counts_of(data):
    return data["ai"], data["n1i"], data["ci"], data["n2i"]


@pytest.mark.parametrize("measure", ["OR", "RR"])
@pytest.mark.parametrize("name", COUNTS)
def test_peters_and_harbord_of_r(name, measure):
    data, figures = COUNTS[name], COUNTS[name][measure]
    yi = [0.0 if value in (None, "NA") else value for value in figures["yi"]]
    found = {
        "peters": peters_test(yi, *counts_of(data)),
        "harbord": harbord_test(*counts_of(data), measure=measure),
    }
    for test, ours in found.items():
        row = figures[test]
        assert (ours.k, ours.df) == (figures["k"], figures["df"])
        assert_close([ours.slope, ours.slope_se], [row["slope"], row["slope_se"]])
        assert_close([ours.statistic, ours.p_value], [row["stat"], row["pval"]])
        assert_close([ours.limit_estimate, ours.limit_se], [row["limit_est"], row["limit_se"]])


def test_studies_without_information_are_left_out():
    data = COUNTS["made_with_empty"]
    events = np.add(data["ai"], data["ci"])
    people = np.add(data["n1i"], data["n2i"])
    assert ((events == 0) | (events == people)).sum() >= 1
    assert harbord_test(*counts_of(data)).k == ((events > 0) & (events < people)).sum()


def test_harbord_is_mirrored_by_swapping_the_arms():
    a, n1, c, n2 = counts_of(COUNTS["bcg"])
    for measure in ("OR", "RR"):
        found = harbord_test(a, n1, c, n2, measure=measure)
        swapped = harbord_test(c, n2, a, n1, measure=measure)
        assert_close(-swapped.slope, found.slope, relative=1e-10)
        assert_close(swapped.p_value, found.p_value, relative=1e-10)


@pytest.mark.parametrize("name", ["bcg", "curtis1998", "dorn2007", "raudenbush1985", "egger2001"])
def test_pet_and_peese_are_the_weighted_regressions(name):
    case = BY_NAME[name]
    rows = {r["predictor"]: r for r in case.figures["regtest"] if r["model"] == "lm"}
    found = pet_peese(case.yi, case.vi)
    for ours, row in ((found.pet, rows["sei"]), (found.peese, rows["vi"])):
        assert_close(ours.limit_estimate, row["limit_est"])
        assert_close(
            [ours.limit_ci_low, ours.limit_ci_high], [row["limit_ci_lb"], row["limit_ci_ub"]]
        )
    # PEESE is taken where the 90 % interval of PET's limit leaves 0 on the selected side.
    reach = critical_value(len(case.yi) - 2, 0.9) * found.pet.limit_se
    sign = 1 if found.alternative == "greater" else -1
    leaves = sign * found.pet.limit_estimate > reach
    assert found.chosen == ("PEESE" if leaves else "PET")
    assert (found.pet_p < 0.05) == leaves
    assert found.result is (found.peese if leaves else found.pet)


def test_pet_peese_takes_either():
    assert {pet_peese(case.yi, case.vi).chosen for case in FUNNELS} == {"PET", "PEESE"}


def test_pet_peese_on_the_other_side_takes_pet():
    case = BY_NAME["curtis1998"]
    assert pet_peese(case.yi, case.vi).chosen == "PEESE"
    other = pet_peese(case.yi, case.vi, alternative="less")
    assert other.chosen == "PET"
    assert other.pet_p == pytest.approx(1 - pet_peese(case.yi, case.vi).pet_p, abs=1e-12)


def test_funnel_lines():
    yi, vi = np.array([0.0, 0.392, -1.0]), np.array([0.01, 0.04, 0.25])
    drawn = funnel(yi, vi, 0.2, margin=0.0)
    assert drawn.se_ends.tolist() == [0.0, 0.5]
    np.testing.assert_allclose(drawn.region_low, [0.2, 0.2 - 1.959963984540054 * 0.5], rtol=1e-13)
    np.testing.assert_allclose(drawn.region_high, [0.2, 0.2 + 1.959963984540054 * 0.5], rtol=1e-13)
    expected = 0.5 * np.array([1.6448536269514722, 1.959963984540054, 2.5758293035489004])
    np.testing.assert_allclose(drawn.contour_high[:, 1], expected, rtol=1e-13)
    np.testing.assert_array_equal(drawn.contour_low, -drawn.contour_high)
    np.testing.assert_allclose(drawn.sei, [0.1, 0.2, 0.5])
    assert drawn.p_value[0] == 1
    assert drawn.p_value[1] == pytest.approx(0.05, rel=1e-3)  # z = 1.96
    wide = funnel(yi, vi, 0.2, level=0.99, contours=(0.05,))
    assert wide.se_ends[1] == pytest.approx(0.525)
    assert wide.region_high[1] == pytest.approx(0.2 + 2.5758293035489004 * 0.525)


def names(rows):
    return [row.test for row in rows]


EVERYWHERE = ["egger_re", "egger_classical", "begg", "trim_and_fill_l0", "trim_and_fill_r0"]
EVERYWHERE += ["pet", "peese", "pet_peese", "selection_model"]


def test_below_the_gate_one_row_says_so():
    rows = small_study(STATA_YI[:9], STATA_SEI[:9] ** 2, measure="MD")
    (row,) = rows
    assert (row.test, row.status, row.k) == ("all", "not_applicable", 9)
    assert row.reason == "k = 9 is below the 10 studies that these tests need"
    section = small_study_section(STATA_YI[:9], STATA_SEI[:9] ** 2, -1.0, measure="MD")
    assert section["funnel"] is section["filled"] is None
    assert len(small_study(STATA_YI, STATA_SEI**2, measure="MD")) > 1
    assert len(small_study(STATA_YI[:3], STATA_SEI[:3] ** 2, measure="MD", min_effects=3)) > 1


def test_each_row_holds_its_test():
    case = BY_NAME["bcg"]
    a, n1, c, n2 = counts_of(COUNTS["bcg"])
    rows = small_study(
        case.yi,
        case.vi,
        measure="RR",
        n_treat=n1,
        n_control=n2,
        events_treat=a,
        events_control=c,
        egger="classical",
    )
    assert sorted(names(rows)) == sorted([*EVERYWHERE, "peters", "harbord"])
    found = {row.test: row for row in rows}
    assert {row.status for row in rows} == {"computed"}
    assert [row.test for row in rows if row.preset_default] == ["egger_classical"]
    figures = case.figures
    classical, mixed = figures["regtest"][0], figures["regtest"][1]
    for test, row in (("egger_classical", classical), ("egger_re", mixed), ("pet", classical)):
        assert_close([found[test].estimate, found[test].p_value], [row["slope"], row["pval"]])
        assert_close(found[test].limit_estimate, row["limit_est"])
    assert_close(found["begg"].p_value, figures["ranktest"]["pval"])
    for test in ("peters", "harbord"):
        assert_close(found[test].p_value, COUNTS["bcg"]["RR"][test]["pval"])
    filled = trim_and_fill(case.yi, case.vi)
    assert (found["trim_and_fill_l0"].k0, filled.k0) == (1, 1)
    assert found["trim_and_fill_l0"].limit_estimate == filled.estimate
    assert found["trim_and_fill_l0"].reason == "side right"
    assert found["trim_and_fill_r0"].p_value == 0.5
    assert_close(found["selection_model"].estimate, 0.6355, relative=1e-4)
    assert found["pet_peese"].limit_estimate == found["pet"].limit_estimate
    assert found["pet_peese"].reason.startswith("PET is taken: the one-sided p of PET is 0.202")


def test_smds_are_also_tested_by_sample_size():
    data = ARMS["gibson2002"]
    rows = small_study(
        data["yi"], data["vi"], measure="SMD", n_treat=data["n1i"], n_control=data["n2i"]
    )
    assert sorted(names(rows)) == sorted([*EVERYWHERE, "egger_sample_size"])
    found = next(row for row in rows if row.test == "egger_sample_size")
    assert_close(found.p_value, data["mixed"]["pval"])
    assert found.predictor == "arms"
    assert [row.test for row in rows if row.preset_default] == ["egger_re"]


def test_unknown_sizes_are_a_reason_not_an_error():
    case = BY_NAME["bcg"]
    n1 = [None, *COUNTS["bcg"]["n1i"][1:]]
    rows = small_study(case.yi, case.vi, measure="OR", n_treat=n1, n_control=[9.0] * 13)
    found = {row.test: row for row in rows}
    for test in ("peters", "harbord"):
        assert found[test].status == "not_applicable"
        assert found[test].reason == (
            "n_treat, events_treat, events_control not known for every study"
        )
        assert np.isnan(found[test].p_value)


def test_equal_standard_errors_leave_reasons():
    rows = small_study(np.linspace(-1, 1, 12), np.full(12, 0.3), measure="MD")
    status = {row.test: (row.status, row.reason) for row in rows}
    for test in ("egger_re", "egger_classical", "pet", "peese", "pet_peese"):
        assert status[test][0] == "not_applicable"
        assert "is the same in all studies" in status[test][1]
    assert status["begg"] == (
        "not_applicable",
        "Kendall's tau is undefined: all variances or all effects are equal",
    )
    assert "no slope" in status["trim_and_fill_l0"][1]


def test_section_and_table():
    case = BY_NAME["bcg"]
    section = small_study_section(case.yi, case.vi, -0.7, measure="MD")
    assert section["filled"]["yi"].tolist() == trim_and_fill(case.yi, case.vi).filled_yi.tolist()
    assert section["filled"]["side"] == "right"
    assert section["funnel"]["region_low"][0] == -0.7
    # As a fit file gives it back: infinity is text.
    for row in section["rows"]:
        row["df"] = "Inf" if np.isinf(row["df"]) else row["df"]
    rows = small_study_rows("main", "all", {"small_study": section})
    assert [row["test"] for row in rows] == EVERYWHERE
    assert all(set(row) == set(COLUMNS) for row in rows)
    assert rows[0]["df"] is None
    assert rows[1]["df"] == 11
    assert (rows[0]["analysis"], rows[0]["stratum"]) == ("main", "all")
    assert small_study_rows("main", "all", {}) == []


def test_columns_are_the_fields_of_a_row():
    assert set(COLUMNS) == {"analysis", "stratum", *SmallStudyRow.__dataclass_fields__}


GOOD = ([0.1, 0.5, 0.3, 0.8], [0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"predictor": "n"}, "predictor must be one of"),
        ({"model": "fixed"}, "model must be one of"),
        ({"predictor": "ninv"}, "this predictor needs n_total"),
        ({"predictor": "ninv", "n_total": [1, 2, 3]}, "n_total must be 4 positive numbers"),
        ({"predictor": "ni", "n_total": [1, 2, 3, 0]}, "n_total must be 4 positive numbers"),
        ({"predictor": "ni", "n_total": [5, 5, 5, 5]}, "ni is the same in all studies"),
        ({"predictor": "arms", "n_treat": [5, 5, 5, 6]}, "this predictor needs n_control"),
        ({"tau2_method": "no"}, "tau2_method must be one of"),
        ({"test": "no"}, "test must be one of"),
        ({"level": 2}, "level must lie between"),
    ],
)
def test_bad_options_of_a_regression_test_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        regression_test(*GOOD, **options)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (regression_test, ([0.1, 0.2], [0.1, 0.2]), "at least 3 studies, got k = 2"),
        (regression_test, ([[0.1, 0.2]], [[0.1, 0.2]]), "one meta-analysis"),
        (pet_peese, ([0.1, 0.2], [0.1, 0.2]), "at least 3 studies, got k = 2"),
        (funnel, ([], [], 0.1), "k = 0"),
        (funnel, (*GOOD, np.nan), "estimate must be finite"),
        (harbord_test, ([1, 2, 3], [9, 9, 9], [1, 2], [9, 9]), "four arrays of one shape"),
        (harbord_test, ([1, 2, 10], [9, 9, 9], [1, 2, 1], [9, 9, 9]), "0 <= events <= people"),
        (harbord_test, ([1, 2, 0], [9, 9, 9], [1, 2, 0], [9, 9, 9]), "at least 3 studies with"),
        (peters_test, (GOOD[0], [1, 2, 3], [9, 9, 9], [1, 2, 1], [9, 9, 9]), "one entry per study"),
        (peters_test, ([1, 2, 3], [1, 2, 3], [9, 9, 9], [1, 2, 1], [9, 9, 9]), "ninv is the same"),
    ],
)
def test_bad_input_is_refused(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_other_bad_options_are_refused():
    with pytest.raises(ValueError, match="measure must be one of OR, RR"):
        harbord_test([1, 2, 3], [9, 8, 7], [1, 2, 1], [9, 9, 9], measure="RD")
    with pytest.raises(ValueError, match="alternative must be one of"):
        pet_peese(*GOOD, alternative="two")
    with pytest.raises(ValueError, match="margin must be"):
        funnel(*GOOD, 0.1, margin=-1)
    with pytest.raises(ValueError, match="level must lie"):
        funnel(*GOOD, 0.1, contours=(0.0,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"egger": "both"}, "egger must be one of re, classical"),
        ({"tau2_method": "no"}, "tau2_method must be one of"),
        ({"alternative": "no"}, "alternative must be one of"),
        ({"level": 0}, "level must lie between"),
        ({"n_treat": [1.0]}, "must have 10 entries"),
    ],
)
def test_bad_options_of_the_battery_are_errors_not_rows(options, message):
    with pytest.raises(ValueError, match=message):
        small_study(STATA_YI, STATA_SEI**2, measure="SMD", **options)
