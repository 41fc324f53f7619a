"""Claims held to results made by hand: what holds, what fails and why, and what was found."""

import pytest
from claim_examples import (
    KNOWN,
    MODELS,
    POOLED,
    STRATA,
    SUBJECTS,
    TABLES,
    TERMS,
    outcome,
    problem,
    row,
    stratum,
)
from hypothesis import given
from hypothesis import strategies as st
from strataforest.claims.holding import broken_claims, said
from strataforest.claims.places import Known
from strataforest.claims.subjects import OF_STRATA, stratum_subjects, term_subjects
from strataforest.claims.testing import COLUMNS, outcome_of, understood
from strataforest.errors import Problem
from strataforest.tables.pooled import RESULT_COLUMNS

GLYCEMIC, KNOWLEDGE, EVENTS = "domain/glycemic", "domain/knowledge", "domain/events"


@pytest.mark.parametrize(
    ("where", "holds", "status"),
    [
        (GLYCEMIC, "positive and significant", "holds"),
        (GLYCEMIC, "negative", "fails"),
        (GLYCEMIC, "estimate = 0.70 and k = 12 and p_value < 0.001", "holds"),
        (GLYCEMIC, "i2 < 50", "fails"),
        (KNOWLEDGE, "not significant and negative", "holds"),
        (KNOWLEDGE, "significant", "fails"),
        # -0.2 to 0.15 around -0.02: leaving one out turns the sign.
        (KNOWLEDGE, "loo_reversal", "holds"),
        (GLYCEMIC, "no loo_reversal", "holds"),
        (KNOWLEDGE, "no loo_reversal", "fails"),
        (GLYCEMIC, "loo_min > 0.6 and loo_max < 0.8 and loo_max_abs_change <= 0.07", "holds"),
        (GLYCEMIC, "no loo_significance_change", "holds"),
        (KNOWLEDGE, "loo_significance_change and loo_significance_changes = 1", "holds"),
        # The preset's own Egger test, not the other form.
        (GLYCEMIC, "egger_p_value = 0.2 and begg_p_value = 0.3", "holds"),
        (EVENTS, "ratio = 0.50 and ratio < 1 and negative and significant", "holds"),
        (EVENTS, "loo_ratio_min = 0.400 and loo_ratio_max = 0.600", "holds"),
        (EVENTS, "no loo_reversal", "holds"),
        ("domain/attitude", "not pooled and k = 1", "holds"),
        ("domain/attitude", "k = 1", "holds"),
        (" Domain / Glycemic ", "pooled", "holds"),
        ("*", "k >= 3", "holds"),
        ("*", "positive", "fails"),
        ("domain/*", "k >= 4", "fails"),
        ("platform_by_domain/*", "positive and significant", "holds"),
        ("meta_regression/weeks/glycemic/follow_up_weeks", "positive and significant", "holds"),
        ("meta_regression/weeks/overall/follow_up_weeks", "not significant", "holds"),
        ("meta_regression/weeks/overall_smd/follow_up_weeks", "b = 0.01 and r2 = 12.5", "holds"),
        ("meta_regression/*/*/follow_up_weeks", "not significant", "fails"),
        ("meta_regression/weeks/overall/intercept", "b > 0.5 and not near_collinear", "holds"),
    ],
)
def test_a_claim_holds_or_fails(where, holds, status):
    assert outcome(where, holds)[0] == status


def test_what_was_found_is_said_in_numbers():
    assert outcome(GLYCEMIC, "i2 < 50 and positive") == ("fails", "i2 = 93.4")
    assert outcome(KNOWLEDGE, "significant")[1] == "ci_low = -0.440, ci_high = 0.400"
    assert outcome(EVENTS, "not significant")[1] == "ratio_ci_low = 0.301, ratio_ci_high = 0.819"
    assert outcome(EVENTS, "ci_high < -0.5")[1] == "ci_high = -0.200"
    # As many digits as it takes to see why.
    assert outcome(GLYCEMIC, "estimate <= 0.7002") == ("fails", "estimate = 0.7003")
    assert outcome(GLYCEMIC, "k = 12 and k > 3") == ("holds", "k = 12")


def test_a_claim_of_all_names_the_strata_that_break_it():
    status, found = outcome("*", "k >= 4 and significant")
    assert status == "fails"
    assert found == "it fails in 1 of 4: domain/knowledge (k = 3, ci_low = -0.440, ci_high = 0.400)"
    assert outcome("*", "k >= 3")[1] == "in all 4; k from 3 to 12"


def test_a_claim_of_all_is_about_those_with_the_number():
    assert outcome("*", "ratio < 1") == (
        "holds",
        "in all 1; ratio = 0.500; 3 without such a number",
    )
    status, found = outcome("*", "i2 < 30")
    assert (status, found.count("domain/events")) == ("fails", 0)
    assert found.endswith("; 1 without such a number")


@pytest.mark.parametrize(
    ("good", "intervention", "control"),
    [("negative", "holds", "fails"), ("positive", "fails", "holds")],
)
def test_which_arm_a_result_favours(good, intervention, control):
    # Half the events in the intervention.
    events = [row | {"favourable": good} for row in POOLED if row["ratio"]]
    subjects = {False: stratum_subjects(TABLES | {"pooled": events})}
    assert outcome(EVENTS, "favours_intervention", subjects)[0] == intervention
    assert outcome(EVENTS, "favours control and significant", subjects)[0] == control
    assert f"favourable = {good}" in outcome(EVENTS, "favours_control", subjects)[1]


def test_what_events_favour_cannot_be_tested_where_nobody_gives_their_direction():
    events = [row | {"favourable": ""} for row in POOLED if row["ratio"]]
    subjects = {False: stratum_subjects(TABLES | {"pooled": events})}
    reason = "the result has no known direction: nobody gave higher_is_better of its events"
    for word in ("favours_intervention", "not favours_control"):
        assert outcome(EVENTS, word, subjects) == ("cannot_be_tested", reason)
    assert outcome("*", "favours_control", subjects) == ("cannot_be_tested", reason)


def test_many_that_break_a_claim_are_counted():
    subjects = stratum_subjects(
        TABLES | {"pooled": [stratum(f"domain/s{i}", k=3) for i in range(50)]}
    )
    _, found = outcome("*", "k > 3", {False: subjects})
    assert found.startswith("it fails in 50 of 50: domain/s0 (k = 3), ")
    assert found.endswith(", and 30 more")


def test_a_stratum_that_is_not_pooled_any_more_fails_with_the_reason():
    reason = "it is not pooled (k = 1 is below the minimum of 3)"
    assert outcome("domain/attitude", "positive") == ("fails", reason)
    assert outcome("domain/attitude", "not significant") == ("fails", reason)
    assert outcome("domain/attitude", "k >= 3") == ("fails", f"k = 1; {reason}")
    assert outcome("domain/attitude", "pooled")[1] == f"status = not_estimable; {reason}"
    where = "meta_regression/weeks/attitude/follow_up_weeks"
    assert outcome(where, "not significant") == ("fails", "it is not fitted (k = 1: too few)")


def test_a_stratum_of_a_platform_that_is_gone_fails_and_names_the_nearest():
    status, found = outcome("platform_by_domain/glycemic__chatt", "positive")
    assert status == "fails"
    assert "is not among the results (any more)" in found
    assert "did you mean 'platform_by_domain/glycemic__chat'?" in found


def test_a_number_that_there_is_not_cannot_be_tested():
    assert outcome(KNOWLEDGE, "egger_p_value > 0.05") == (
        "cannot_be_tested",
        "the result has no egger_p_value",
    )
    assert outcome(GLYCEMIC, "ratio < 1")[0] == "cannot_be_tested"
    # What is false already needs no more numbers.
    assert outcome(GLYCEMIC, "ratio < 1 and negative") == ("fails", "estimate = 0.700")
    bare = stratum_subjects({"pooled": POOLED, "leave_one_out_summary": [], "small_study": []})
    assert outcome(GLYCEMIC, "no loo_reversal", {False: bare})[0] == "cannot_be_tested"
    assert outcome("*", "no loo_reversal", {False: bare})[0] == "cannot_be_tested"
    assert outcome("*", "k > 0", {False: []}) == ("cannot_be_tested", "no result is reported there")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("domain/glycemc", ["there is no stratum 'glycemc'", "did you mean 'domain/glycemic'?"]),
        ("domian/glycemic", ["there is no analysis 'domian'", "did you mean 'domain'?"]),
        ("domain/glycemic__chat", ["there is no stratum"]),
        ("platform_by_domain/glycemc__chat", ["did you mean 'platform_by_domain/glycemic__chat'?"]),
        ("glycemic", ["is no place of a result", "analysis/stratum"]),
        ("domain/", ["is no place of a result"]),
        ("../../etc/passwd", ["is no place of a result"]),
        ("{x}/*", ["there is no analysis '{x}'"]),
        ("meta_regression/weeks", ["is no term"]),
        ("meta_regression/wekes/overall/intercept", ["did you mean 'weeks'?"]),
        ("meta_regression/weeks/glycemc/intercept", ["no scope 'glycemc'", "'glycemic'"]),
        ("meta_regression/weeks/overall/follow_up_week", ["'follow_up_weeks'"]),
        ("x" * 10_000, ["10,000 characters"]),
    ],
)
def test_a_place_that_cannot_be_is_named_at_its_cell(where, words):
    found = problem(where, "k = 3")
    assert (found.file, found.cell) == ("claims.csv", "B2")
    for word in words:
        assert word in str(found)


def test_a_typo_in_the_condition_is_named_at_its_cell():
    found = problem(GLYCEMIC, "estimat > 0")
    assert (found.file, found.cell) == ("claims.csv", "C2")
    assert "'estimat' is unknown" in found.problem
    assert found.mend == "did you mean 'estimate'?"


def test_a_review_without_meta_regression_says_so():
    found = problem("meta_regression/weeks/overall/x", "b > 0", Known({"domain": ["domain"]}))
    assert "has no meta-regression" in found.problem


def test_every_numeric_column_of_the_pooled_table_is_a_quantity():
    text = {"preset", "converged", "display_favourable"}
    assert set(RESULT_COLUMNS) - text <= set(OF_STRATA.numbers)
    for name in OF_STRATA.numbers:
        assert understood([row("*", f"{name} > 0")], KNOWN, STRATA)[1] == []


def test_messages_name_the_claims_cell_and_counts_are_in_words():
    wanted = [(GLYCEMIC, "negative"), (KNOWLEDGE, "egger_p_value > 0.05"), (GLYCEMIC, "positive")]
    claims, _ = understood([row(*pair) for pair in wanted], KNOWN, STRATA)
    rows = [outcome_of(claim, SUBJECTS[False]).as_row() for claim in claims]
    assert [tuple(found) for found in rows] == [COLUMNS] * 3
    first, second = broken_claims(rows)
    assert isinstance(first, Problem)
    assert str(first) == (
        "ERROR  claims.csv A2: the claim 'It is so' does not hold: estimate = 0.700; expected "
        "negative in domain/glycemic; correct the manuscript (p. 7) and this row, or the data"
    )
    assert "cannot be tested: the result has no egger_p_value" in str(second)
    assert said(rows) == "1 of 3 fails, 1 of 3 cannot be tested"
    assert said(rows[2:]) == "1 holds"
    assert said(rows[2:] * 5) == "5 hold"


TERMS_OF_STRATA = (
    *("significant", "positive", "not pooled", "no loo_reversal", "k >= 4", "i2 < 30"),
    *("ratio < 1", "egger_p_value > 0.05", "loo_significance_change", "converged"),
)
CONDITIONS = st.lists(st.sampled_from(TERMS_OF_STRATA), min_size=1, max_size=4)


@given(st.sampled_from([*STRATA, "*", "domain/*"]), CONDITIONS)
def test_and_is_what_each_term_says(where, terms):
    """Independently: a claim fails if one of its terms does, and holds if all of them do."""
    alone = [outcome(where, term)[0] for term in terms]
    together = outcome(where, " and ".join(terms))[0]
    if "fails" in alone and where not in ("*", "domain/*"):
        assert together == "fails"
    if set(alone) == {"holds"}:
        assert together == "holds"
    if together == "holds":
        assert "fails" not in alone or where in ("*", "domain/*")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_row_is_a_result_or_a_problem(where, holds):
    claims, problems = understood([row(where, holds)], KNOWN, STRATA)
    assert len(claims) + len(problems) <= 1
    for claim in claims:
        assert outcome_of(claim, SUBJECTS[claim.place.is_of_terms]).status
    assert claims or problems or not (where and holds)


def test_subjects_of_models_come_from_their_own_scope():
    subjects = list(term_subjects(MODELS, TERMS))
    assert [subject.name for subject in subjects] == [
        "meta_regression/weeks/overall_smd/intercept",
        "meta_regression/weeks/overall_smd/follow_up_weeks",
        "meta_regression/weeks/glycemic/intercept",
        "meta_regression/weeks/glycemic/follow_up_weeks",
        "meta_regression/weeks/attitude/",
    ]
