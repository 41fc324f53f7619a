"""A row's numbers against each other, by figures of metafor, of Stata and by hand."""

import re

import pytest
from strataforest.audit.audit import audit

# BCG vaccine, 13 trials, log RR, REML: metafor 3.8-1.
BCG = {
    "k": "13",
    "estimate": "-0.7145",
    "se": "0.1798",
    "statistic": "-3.9744",
    "p_value": "<.0001",
    "ci_low": "-1.0669",
    "ci_high": "-0.3622",
    "tau2": "0.3132",
    "tau": "0.5597",
    "i2": "92.22%",
    "h2": "12.86",
    "q": "152.2330",
    "q_df": "12",
    "q_p": "< .0001",
    "measure": "logRR",
}


def failed(**numbers):
    found = audit([numbers], ("domain",))
    return [f.check for f in found if f.severity in ("contradiction", "question")]


def held(**numbers):
    return [f.check for f in audit([numbers], ("domain",)) if f.severity == "consistent"]


def said(check, **numbers):
    return next(f for f in audit([numbers], ("domain",)) if f.check == check)


@pytest.mark.parametrize("preset", ["metafor", ""])
def test_metafor_output_holds(preset):
    named = BCG | {"preset": preset}
    assert failed(**named) == []
    checks = {"ci_centre", "se_ci", "statistic", "p_ci", "q_df", "q_p", "tau", "h2_i2", "tau2_se"}
    assert checks <= set(held(**named))


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"estimate": "-0.7415"}, "ci_centre"),
        ({"se": "0.1978"}, "se_ci"),
        ({"statistic": "-3.7944"}, "statistic"),
        ({"p_value": "0.0010"}, "p_ci"),
        ({"tau": "0.5957"}, "tau"),
        ({"h2": "18.26"}, "h2_i2"),
        ({"q_df": "13"}, "q_df"),
        ({"q_p": "0.0100"}, "q_p"),
        ({"i2": "29.22"}, "i2_tau2"),
        ({"i2": "192.22"}, "range"),
        ({"tau2": "3.132"}, "tau2_se"),
        ({"p_value": "1.2"}, "range"),
        ({"n_studies": "14"}, "k_of_studies"),
    ],
)
def test_a_slip_in_metafor_output_is_found(change, check):
    assert check in failed(**(BCG | {"preset": "metafor"} | change))


def test_tau2_beside_a_common_effect_estimate_is_a_question():
    # metafor's rma(method="EE") of the same trials, as R's meta prints it beside tau2 of REML.
    row = {"k": "13", "measure": "logRR", "tau2": "0.3132", "estimate": "-0.4303"}
    row |= {"ci_low": "-0.5097", "ci_high": "-0.3509", "se": "0.0405"}
    (found,) = [f for f in audit([row], ("domain",)) if f.severity != "consistent"]
    assert (found.severity, found.check) == ("question", "tau2_se")
    assert "common-effect model" in found.question
    assert "tau2_se" in failed(**(row | {"preset": "metafor"}))


# The same trials: prediction intervals z, t(k-1) with Hartung-Knapp, t(k-2).
@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (("-1.867", "0.438"), "the normal quantile"),
        (("-2.008", "0.579"), "t(k-2)"),
    ],
)
def test_the_prediction_interval_names_its_quantile(limits, named):
    row = {n: BCG[n] for n in ("k", "estimate", "ci_low", "ci_high", "tau2", "measure")}
    row |= dict(zip(("pi_low", "pi_high"), limits, strict=True))
    finding = said("prediction", **row)
    assert (finding.severity, failed(**row)) == ("consistent", [])
    assert named in finding.reasoning.lower() or named in finding.reasoning
    preset = {"the normal quantile": "stata16", "t(k-2)": "metafor"}[named]
    assert failed(**row, preset=preset) == ["prediction"]


def test_hartung_knapp_intervals_are_by_t():
    # t(4) has 2.776: 0.5 -/+ 2.776 * 0.1.
    row = {"k": "5", "estimate": "0.500", "se": "0.100", "ci_low": "0.222", "ci_high": "0.778"}
    row |= {"tau2": "0.02"}
    assert failed(**row) == []
    assert failed(**row, preset="cochrane") == []
    assert failed(**row, preset="metafor") == ["se_ci"]
    # p of t(4) = 5 is 0.0075, of z < 0.0001: with a t interval the p by z does not go.
    assert failed(**row, p_value="0.007") == []
    assert failed(**row, p_value="<0.001", preset="cochrane") == ["p_ci"]
    assert len(failed(**row, p_value="<0.001")) == 1


def test_a_rounded_quantile_is_a_program_of_its_own():
    row = {"estimate": "100.00000", "se": "10.00000"}
    row |= {"ci_low": "80.40000", "ci_high": "119.60000"}
    assert failed(**row) == []
    assert failed(**row, preset="metafor") == ["se_ci"]


def test_a_ratio_has_its_middle_on_the_log_scale():
    row = {"measure": "RR", "estimate": "0.67", "ci_low": "0.45", "ci_high": "1.00"}
    assert "log scale" in said("ci_centre", **row).reasoning
    assert failed(**(row | {"measure": "SMD"})) == ["ci_centre"]
    assert failed(**(row | {"ci_low": "-0.45"})) == ["ci_order"]
    # (0, 0.005] reaches any depth on the log scale.
    assert failed(**(row | {"ci_low": "0.00", "ci_high": "950.00"})) == []
    assert failed(**(row | {"ci_low": "0.00"})) == ["ci_centre"]


def test_p_against_whether_the_interval_holds_the_null():
    row = {"estimate": "0.20", "ci_low": "-0.02", "ci_high": "0.42"}
    assert failed(**row, p_value="0.04") == ["p_ci"]
    assert failed(**row, p_value="0.07") == []


def test_a_p_that_does_not_go_with_its_interval_says_what_was_compared():
    row = {"estimate": "0.20", "ci_low": "-0.02", "ci_high": "0.42", "preset": "metafor"}
    finding = said("p_ci", **row, p_value="0.04")
    # 0.44 / 2 / 1.96 = 0.112, 0.20 / 0.112 = 1.78, whose p is 0.075.
    assert "half the width of the interval over 1.96" in finding.reasoning
    assert "two-sided p by z is" in finding.reasoning
    assert "the p printed is 0.04" in finding.reasoning
    assert "is p of another test than the interval" in finding.question
    low, high = re.search(r"standard error of (\S+) to (\S+) \(", finding.reasoning).groups()
    assert float(low) < 0.22 / 1.96 < float(high)
    row = {"estimate": "0.50", "se": "0.20", "preset": "metafor"}
    finding = said("p_se", **row, p_value="0.12")
    assert finding.reasoning.startswith("The standard error is printed as 0.20.")


def test_p_where_no_interval_is_printed():
    assert failed(estimate="0.50", se="0.20", p_value="0.012") == []
    assert failed(estimate="0.50", se="0.20", p_value="0.12", preset="metafor") == ["p_se"]
    assert failed(statistic="2.50", p_value="0.012") == []
    assert failed(statistic="2.50", p_value="0.12", preset="metafor") == ["p_statistic"]
    # A printed |z|.
    assert failed(estimate="-0.50", se="0.20", statistic="2.50", preset="metafor") == []


def test_other_levels():
    row = {"estimate": "0.500", "se": "0.100", "ci_low": "0.336", "ci_high": "0.664"}
    assert failed(**row, level="0.90", preset="metafor") == []
    assert failed(**row, level="90", preset="metafor") == []
    assert failed(**row, preset="metafor") == ["se_ci"]


@pytest.mark.parametrize(
    ("i2", "preset", "is_wrong"),
    [
        # Q 24.1 on 9: (24.1 - 9) / 24.1 = 62.66 %
        ("62.7", "meta8", False),
        ("26.7", "meta8", True),
        ("26.7", "stata16", False),
        ("26.7", "", False),
        ("62", "meta8", True),
        ("63", "meta8", False),
    ],
)
def test_i2_of_q(i2, preset, is_wrong):
    assert failed(k="10", q="24.10", i2=i2, preset=preset) == (["i2_q"] if is_wrong else [])


def test_i2_of_q_where_k_is_not_printed():
    assert failed(q="24.10", i2="62.7", preset="meta8") == []
    # Q (1 - I2) = 9.4 is no whole number.
    assert failed(q="24.10", i2="61.0", preset="meta8") == ["i2_q"]


def test_heterogeneity_of_one_effect():
    assert failed(k="1", i2="40.0") == ["k_one"]
    assert failed(k="1", i2="0.0", tau2="0.00") == []


@pytest.mark.parametrize(
    ("r2", "preset", "is_wrong"),
    [
        ("1.3", "", False),
        ("100.0", "", False),
        ("101.3", "", True),
        ("-4.8", "stata16-metan", False),
        ("-4.8", "stata16", True),
        ("-4.8", "", False),
    ],
)
def test_r2(r2, preset, is_wrong):
    assert failed(r2=r2, preset=preset) == (["r2"] if is_wrong else [])


def test_dropped_zeros_are_milder_unless_decimals_say_so():
    row = {"estimate": "0.464", "ci_low": "0.25", "ci_high": "0.654"}
    assert failed(**row) == ["ci_centre"]
    coarse = {"estimate": "0.46", "ci_low": "0.3", "ci_high": "0.6"}
    assert failed(**coarse) == []
    assert failed(**coarse, decimals="3") == ["ci_centre"]


def test_hostile_cells_are_no_numbers():
    assert failed(estimate="1e999999", ci_low="=cmd()", ci_high="nan", se="-inf", k="x") == []
    assert failed(level="abc", estimate="0.5", ci_low="0.1", ci_high="0.9") == []
