"""Rows against each other: wholes and strata, the same number twice, leave-one-out, codings."""

import numpy as np
import pytest
from strataforest.audit.audit import audit
from strataforest.pooling import pool
from strataforest.sensitivity import leave_one_out

GROUPING = ("domain", "platform")


def row(platform="", k="", estimate="", low="", high="", **others):
    named = {"platform": platform, "k": k, "estimate": estimate, "ci_low": low, "ci_high": high}
    return {"analysis": "a", "domain": "d"} | named | others


def open_findings(rows, **options):
    found = audit(rows, GROUPING, **options)
    return [f for f in found if f.severity in ("contradiction", "question")]


def checks(rows, **options):
    return [(f.severity, f.check) for f in open_findings(rows, **options)]


WHOLE = row(k="5", estimate="0.30", low="0.10", high="0.50")


def test_strata_of_a_domain_do_not_have_more_effects_than_it():
    strata = [row("A", k="3"), row("B", k="3")]
    assert checks([WHOLE, *strata]) == [("contradiction", "k_of_strata")]
    assert "3 + 3 = 6" in open_findings([WHOLE, *strata])[0].reasoning
    assert checks([WHOLE, row("A", k="3"), row("B", k="2")]) == []


def test_across_domains_no_sum_is_asked_of():
    whole = row("A", k="5", estimate="0.30", low="0.10", high="0.50") | {"domain": ""}
    parts = [row("A", k="5"), row("A", k="4") | {"domain": "e"}]
    assert checks([whole, *parts]) == []
    assert checks([whole, row("A", k="6")]) == [("contradiction", "k_of_strata")]


def test_rows_that_say_nothing_of_themselves_are_checked_alone():
    unnamed = {"analysis": "", "domain": ""}
    rows = [WHOLE | unnamed, row("", "8", "0.90", "0.70", "1.10") | unnamed, row("A", k="9")]
    omitted = {"loo_min": "0.95", "loo_max": "0.99"} | unnamed
    assert checks([*rows, omitted]) == []
    assert [f.about for f in audit(rows, GROUPING)][:2] == ["row 1", "row 2"]


def test_a_column_of_the_teams_own_tells_results_apart():
    pain, sleep = WHOLE | {"Outcome": "Pain"}, row(k="8", estimate="0.90", low="0.70", high="1.10")
    sleep |= {"Outcome": "Sleep"}
    assert checks([pain, sleep]) == []
    assert checks([pain, sleep | {"Outcome": "Pain"}]) == [("contradiction", "same_number")]
    # Nor is one outcome's stratum a part of another's domain.
    assert checks([pain, row("A", k="9") | {"Outcome": "Sleep"}]) == []
    assert checks([pain, row("A", k="9")]) == [("contradiction", "k_of_strata")]


def test_a_stratum_in_two_places_counts_once():
    again = row("A", k="3") | {"analysis": "b"}
    assert checks([WHOLE, row("A", k="3"), again, row("B", k="2")]) == []


def test_splits_by_different_columns_are_each_held_against_the_whole():
    by_design = [row(k="3", design="x"), row(k="3", design="y")]
    found = audit([WHOLE, row("A", k="5"), *by_design], (*GROUPING, "design"))
    assert [f.check for f in found if f.severity == "contradiction"] == ["k_of_strata"]


def test_ratios_are_no_strata_of_what_pools_differences():
    assert checks([WHOLE, row("A", k="9", measure="RR")]) == []
    ratios = [row(k="5", measure="RR"), row("A", k="9", measure="logRR")]
    assert checks(ratios) == [("contradiction", "k_of_strata")]


def test_a_sensitivity_analysis_is_no_whole_of_the_reviews_strata():
    sensitivity = WHOLE | {"analysis": "low_risk_only", "k": "2"}
    assert checks([sensitivity, row("A", k="4")], analyses=("a",)) == []
    assert checks([sensitivity, row("A", k="4")]) == [("contradiction", "k_of_strata")]


@pytest.mark.parametrize("name", ["n_studies", "n_participants"])
def test_a_whole_has_at_least_the_studies_of_each_stratum(name):
    rows = [row(estimate="0.3", **{name: "50"}), row("A", **{name: "51"})]
    assert checks(rows) == [("contradiction", f"{name}_of_strata")]
    # Trials of several arms may be in two strata.
    rows = [row(estimate="0.3", **{name: "50"}), row("A", **{name: "40"}), row("B", **{name: "40"})]
    assert checks(rows) == []


def test_q_of_a_whole_is_at_least_the_sum_of_its_strata():
    strata = [row("A", k="3", q="10.0"), row("B", k="2", q="5.0")]
    assert checks([row(k="5", q="14.8"), *strata]) == [("contradiction", "q_of_strata")]
    # 9.95 + 4.95 = 14.9 prints as 14.9 too.
    assert checks([row(k="5", q="14.9"), *strata]) == []


def test_a_domain_that_prints_as_one_stratum():
    part = row("A", k="3", estimate="0.30", low="0.10", high="0.50")
    equal = [("question", "stratum_equals_parent")]
    whole = row(estimate="0.30", low="0.10", high="0.50")
    assert checks([whole, part, row("B", k="1", estimate="NE")]) == equal
    assert checks([WHOLE, part]) == equal
    # A stratum that is all there is, or differs elsewhere.
    assert checks([whole, part]) == []
    assert checks([whole, part, row("B", k="0", estimate="NE")]) == []
    differs = [whole | {"i2": "50.0"}, part | {"i2": "40.0"}, row("B", k="1")]
    assert checks(differs) == []


def test_the_same_result_printed_twice():
    text, table = row(estimate="0.3", low="0.1", high="0.5"), row(estimate="0.34", k="5")
    assert checks([text, table]) == []
    assert checks([text, table | {"estimate": "0.36"}]) == [("contradiction", "same_number")]
    # Another program, another level.
    programs = [text | {"preset": "metafor"}, table | {"preset": "meta8", "estimate": "0.36"}]
    assert checks(programs) == []
    assert checks([text, row(low="0.15", high="0.45", level="0.90")]) == []
    logs = [row(estimate="0.67", measure="RR"), row(estimate="-0.40", measure="logRR")]
    assert checks(logs) == []
    logs[1]["estimate"] = "-0.43"
    assert checks(logs) == [("contradiction", "same_number")]


def loo(low, high, change="", **others):
    return row(loo_min=low, loo_max=high, loo_max_change=change, **others)


@pytest.mark.parametrize(
    ("low", "high", "change", "says", "expected"),
    [
        ("0.20", "0.40", "0.10", "no", []),
        ("0.40", "0.20", "", "no", [("contradiction", "loo_order")]),
        ("0.35", "0.40", "", "no", [("question", "loo_range")]),
        ("0.20", "0.40", "0.20", "no", [("contradiction", "loo_change")]),
        ("0.20", "0.40", "-0.10", "no", []),
        ("-0.20", "0.40", "", "no", [("contradiction", "loo_reversal")]),
        ("-0.20", "0.40", "", "yes", []),
        ("0.20", "0.40", "", "yes", [("contradiction", "loo_reversal")]),
        # May be just above or just below 0.
        ("0.00", "0.40", "", "no", []),
        ("0.00", "0.40", "", "yes", []),
    ],
)
def test_leave_one_out(low, high, change, says, expected):
    assert checks([WHOLE, loo(low, high, change, loo_reversal=says)]) == expected
    own = WHOLE | {n: t for n, t in loo(low, high, change, loo_reversal=says).items() if t}
    assert checks([own]) == expected


def test_leave_one_out_on_the_log_scale_of_a_ratio():
    ratio = row(k="5", estimate="0.67", low="0.45", high="1.00", measure="RR")
    logs = {"loo_measure": "logRR"}
    assert checks([ratio, loo("-0.44", "-0.30", "0.10", **logs)]) == []
    assert checks([ratio, loo("-0.30", "-0.20", "", **logs)]) == [("question", "loo_range")]
    ratios = loo("0.60", "1.20", "", loo_measure="RR", loo_reversal="no")
    assert checks([ratio, ratios]) == [("contradiction", "loo_reversal")]


def test_an_estimate_may_lie_outside_its_leave_one_out_range():
    """Why that is a question: tau2 by DerSimonian and Laird, estimated anew each time."""
    yi, vi = np.array([-0.5, -3.6, -1.4, 3.1]), np.array([0.01, 73, 0.42, 4])
    estimate = pool(yi, vi, tau2_method="DL").estimate[0]
    without = leave_one_out(yi, vi, tau2_method="DL").estimate
    assert estimate < without.min() - 0.04
    held = [
        pool(np.delete(yi, i), np.delete(vi, i), tau2_method="EE").estimate[0] for i in range(4)
    ]
    assert min(held) < pool(yi, vi, tau2_method="EE").estimate[0] < max(held)


@pytest.mark.parametrize(
    ("estimate", "favours", "called", "is_wrong"),
    [
        (("-0.5", "-0.7", "-0.3"), "treat", "yes", True),
        (("-0.5", "-0.7", "-0.3"), "control", "yes", False),
        (("0.5", "0.3", "0.7"), "treat", "yes", False),
        (("0.5", "0.3", "0.7"), "control", "yes", True),
        # `No improvement` of what is not significant.
        (("0.1", "-0.1", "0.3"), "treat", "no", False),
        (("0.5", "0.3", "0.7"), "treat", "no", True),
        (("-0.5", "-0.7", "-0.3"), "treat", "no", False),
        (("0.0", "-0.2", "0.2"), "treat", "yes", False),
    ],
)
def test_sign_against_coding(estimate, favours, called, is_wrong):
    coded = {"positive_favours": favours, "favourable": called}
    expected = [("contradiction", "sign_coding")] if is_wrong else []
    assert checks([row("A", "5", *estimate, **coded)]) == expected


def test_rows_of_one_coding_make_one_finding():
    coded = {"positive_favours": "treat", "favourable": "yes"}
    rows = [row(name, "5", "-0.5", "-0.7", "-0.3", **coded) for name in "ABC"]
    (found,) = open_findings(rows)
    assert found.printed.count("called favourable") == 3
    assert found.groups == (("domain", "d"), ("platform", "A"))


def test_a_ratio_is_held_against_one():
    coded = {"positive_favours": "control", "favourable": "yes", "measure": "RR"}
    assert checks([row("A", "5", "0.67", "0.45", "0.99", **coded)]) == []
    coded["positive_favours"] = "treat"
    assert checks([row("A", "5", "0.67", "0.45", "0.99", **coded)]) == [
        ("contradiction", "sign_coding")
    ]


def test_what_nothing_can_be_held_against_says_so():
    found = audit([row("A", k="3")], GROUPING)
    assert [(f.severity, f.check) for f in found] == [("not_checked", "row")]
    assert found[0].reasoning
    assert audit([], GROUPING) == []
