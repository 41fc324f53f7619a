"""Printed numbers against our tables, made of a fit of known figures."""

import pytest
from strataforest.audit.audit import audit
from strataforest.audit.ours import Ours, against_ours

GROUPING = ("domain", "platform")
POOLED = {
    "analysis": "by_platform",
    "stratum": "glycemic__wechat",
    "domain": "glycemic",
    "platform": "WeChat",
    "measure": "SMD",
    "status": "pooled",
    "reason": "",
    "k": "11",
    "n_studies": "11",
    "estimate": "0.734",
    "se": "0.1258",
    "statistic": "5.8347",
    "p_value": "5.4e-09",
    "ci_low": "0.4874",
    "ci_high": "0.9806",
    "tau2": "0.1412",
    "i2": "85.21",
    "q": "67.6",
    "q_df": "10",
    "display_estimate": "-0.734",
    "display_ci_low": "-0.9806",
    "display_ci_high": "-0.4874",
}
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "i2", "tau2", "q")


def preset(name, **numbers):
    row = {n: POOLED[n] for n in ("analysis", "stratum", "measure", "k", *NUMBERS)}
    return row | {"preset": name} | numbers


PRESETS = [
    preset("configured"),
    preset("metafor", i2="85.30", estimate="0.730"),
    preset("cochrane", ci_low="0.4500", ci_high="1.0180"),
    preset("meta8", note="an effect has no variance", **dict.fromkeys(NUMBERS, "")),
]
OURS = Ours(pooled=[POOLED], presets=PRESETS)
PRINTED = {
    "analysis": "By platform",
    "domain": "Glycemic",
    "platform": " wechat",
    "k": "11",
    "estimate": "−0.734",
    "ci_low": "−0.981",
    "ci_high": "−0.487",
    "i2": "85.2",
}


def ours(row, given=OURS):
    return against_ours([row], GROUPING, given)


def test_alike():
    (found,) = ours(PRINTED)
    assert (found.severity, found.check) == ("consistent", "ours")
    (found,) = ours(PRINTED | {"analysis": ""})
    assert found.severity == "consistent"
    assert ours(PRINTED | {"domain": "knowledge"}) == []


def test_a_difference_names_the_numbers_and_the_closest_preset():
    (found,) = ours(PRINTED | {"ci_low": "−1.018", "ci_high": "−0.450", "k": "12"})
    assert found.severity == "difference"
    assert "k, lower limit, upper limit" in found.reasoning
    assert "-0.981" in found.expected
    counted = "4 of the 5 printed numbers that tables/presets.csv has too agree"
    assert f"closest is cochrane: {counted}" in found.reasoning
    # 2 of 5 agree under metafor and as configured too; the gap decides between equals.
    (found,) = ours(PRINTED | {"estimate": "-0.730", "i2": "85.9", "k": "12"})
    assert "metafor" in found.reasoning


def test_signs_and_scales():
    turned = PRINTED | {"estimate": "0.734", "ci_low": "0.487", "ci_high": "0.981"}
    assert [f.severity for f in ours(turned)] == ["difference"]
    ratio = POOLED | {"measure": "RR", "estimate": "-0.4005", "ci_low": "-0.7985"}
    ratio |= {"ci_high": "0.0", "display_estimate": "0.67", "i2": "", "se": "0.2"}
    printed = {n: PRINTED[n] for n in ("analysis", "domain", "platform")}
    of_ratio = {"measure": "RR", "estimate": "0.67", "ci_low": "0.45", "ci_high": "1.00"}
    given = Ours(pooled=[ratio], presets=[])
    assert [f.severity for f in ours(printed | of_ratio, given)] == ["consistent"]
    of_log = {"measure": "logRR", "estimate": "-0.40", "ci_low": "-0.80", "ci_high": "0.00"}
    assert [f.severity for f in ours(printed | of_log, given)] == ["consistent"]
    (found,) = ours(printed | {"measure": "SMD", "estimate": "0.67"}, given)
    assert "not comparable" in found.reasoning


def of_events(**more):
    names = {n: PRINTED[n] for n in ("analysis", "domain", "platform")}
    return names | {"measure": "RR", "estimate": "0.67", "k": "11"} | more


@pytest.mark.parametrize(
    ("favourable", "coding", "expected"),
    [
        ("negative", "control", []),
        ("positive", "treat", []),
        ("negative", "", []),
        ("negative", "treat", [("difference", "ours: RR above 1 favours the control")]),
        ("positive", "control", [("difference", "ours: RR above 1 favours the intervention")]),
        ("", "treat", [("not_checked", "")]),
    ],
)
def test_a_stated_coding_of_events_is_held_against_our_direction(favourable, coding, expected):
    events = {"measure": "RR", "estimate": "-0.4005", "display_estimate": "0.67"}
    given = Ours(pooled=[POOLED | events | {"favourable": favourable}])
    found = ours(of_events(positive_favours=coding), given)
    coded = [(f.severity, f.expected) for f in found if f.check == "ours_coding"]
    assert coded == expected
    assert [f.severity for f in found if f.check == "ours"] == ["consistent"]


def test_a_risk_difference_is_never_turned():
    events = {"measure": "RD", "estimate": "-0.12", "display_estimate": "-0.12"}
    given = Ours(pooled=[POOLED | events | {"favourable": "negative"}])
    row = of_events(measure="RD", estimate="-0.12", positive_favours="control")
    assert [f.severity for f in ours(row, given)] == ["consistent"]


def test_a_coding_that_is_all_that_differs_is_named():
    (found,) = ours(PRINTED | {"positive_favours": "treat"})
    assert found.severity == "difference"
    assert "with the sign turned all agree, so the stated coding (treat)" in found.reasoning


def test_what_we_could_not_estimate():
    none = POOLED | dict.fromkeys(NUMBERS, "") | {"status": "not_estimable", "reason": "k = 2"}
    (found,) = ours(PRINTED, Ours(pooled=[none]))
    assert (found.severity, found.expected) == ("difference", "NE")
    assert "k = 2" in found.reasoning


def test_leave_one_out():
    summary = {"analysis": "by_platform", "stratum": "glycemic__wechat"}
    summary |= {"min": "0.65", "max": "0.80", "max_abs_change": "0.084"}
    given = Ours(pooled=[POOLED], leave_one_out=[summary])
    row = {n: PRINTED[n] for n in ("analysis", "domain", "platform")}
    row |= {"loo_min": "-0.80", "loo_max": "-0.65", "loo_max_change": "0.08"}
    assert [f.severity for f in ours(row, given)] == ["consistent"]
    assert [f.severity for f in ours(row | {"loo_max": "-0.60"}, given)] == ["difference"]


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        ({"quantity": "full_text_assessed", "value": "43"}, "consistent"),
        ({"quantity": "full_text_assessed", "value": "44"}, "difference"),
        ({"quantity": "reports_excluded", "reason": "No  trial", "value": "4"}, "consistent"),
        ({"quantity": "studies_included", "value": "2"}, "consistent"),
        ({"quantity": "rob_d1_some_concerns", "value": "1"}, "consistent"),
        ({"quantity": "rob_overall_low", "value": "1"}, "difference"),
        ({"quantity": "rob_d2_low", "value": "1"}, None),
    ],
)
def test_counts(row, severity):
    given = Ours(
        flow=[
            {"stage": "reports_assessed", "n": "43", "reason": ""},
            {"stage": "reports_excluded", "n": "4", "reason": "no trial"},
        ],
        judgements=[
            {"study_id": "a", "D1": "some concerns", "overall": "high"},
            {"study_id": "b", "D1": "low", "overall": "high"},
        ],
    )
    found = [f.severity for f in ours(row, given)]
    assert found == ([severity] if severity else [])


def test_the_audit_takes_ours_along():
    found = audit([PRINTED], GROUPING, ours=OURS)
    assert [f.check for f in found if f.severity == "consistent"] == ["ci_centre", "ours"]
    only_k = {n: PRINTED[n] for n in ("analysis", "domain", "platform", "k")}
    assert [f.severity for f in audit([only_k], GROUPING)] == ["not_checked"]
    assert [f.severity for f in audit([only_k], GROUPING, ours=OURS)] == ["consistent"]
