"""One effect per trial and domain: each criterion decides where it should, and says so."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest.selection import Candidate, DomainRule, SelectionRule, select

RULE = SelectionRule(
    domains={
        "glycemic": DomainRule("continuous", ("hba1c", "fbg"), ("lab", "meter")),
        "complication": DomainRule("binary"),
    }
)
BASE = Candidate(
    effect_id="a",
    study_id="T1",
    domain="glycemic",
    type="continuous",
    indicator="hba1c",
    instrument="",
    timepoint_weeks=12.0,
    metric="post",
    converted=False,
    n_treat=50,
    n_control=50,
)


def outcome(candidates, rule=RULE):
    decisions, ties = select(candidates, rule)
    assert not ties
    assert sorted(d.effect_id for d in decisions) == sorted(c.effect_id for c in candidates)
    return {d.effect_id: (d.decision, d.rule) for d in decisions}


@pytest.mark.parametrize(
    ("loser", "criterion"),
    [
        ({"indicator": "fbg"}, "indicator"),
        ({"indicator": "something else"}, "indicator"),
        ({"timepoint_weeks": 4.0}, "timepoint"),
        ({"timepoint_weeks": math.nan}, "timepoint"),
        ({"metric": "change"}, "metric"),
        ({"metric": ""}, "metric"),
        ({"converted": True}, "directness"),
        ({"n_treat": 49}, "information"),
        ({"n_treat": math.nan}, "information"),
    ],
)
def test_each_criterion_decides(loser, criterion):
    other = replace(BASE, effect_id="b", **loser)
    found = outcome([other, BASE])
    assert found == {"a": ("selected", criterion), "b": ("not_selected", criterion)}


def test_instruments_are_ranked_as_the_domain_says():
    lab, meter = replace(BASE, instrument="lab"), replace(BASE, effect_id="b", instrument="meter")
    assert outcome([meter, lab])["a"] == ("selected", "instrument")


def test_a_better_indicator_beats_a_later_time_point():
    later = replace(BASE, effect_id="b", indicator="fbg", timepoint_weeks=52.0)
    assert outcome([BASE, later])["a"] == ("selected", "indicator")


def test_the_order_of_criteria_is_the_configs():
    later = replace(BASE, effect_id="b", indicator="fbg", timepoint_weeks=52.0)
    rule = replace(RULE, order=("timepoint", "indicator"))
    assert outcome([BASE, later], rule)["b"] == ("selected", "timepoint")


@pytest.mark.parametrize(
    ("change", "rule", "name"),
    [
        ({"eligible": False, "eligibility_reason": "not randomised"}, RULE, "eligibility"),
        ({"type": "binary"}, RULE, "type"),
        ({"timepoint_weeks": 60.0}, replace(RULE, max_weeks=52), "time_window"),
        ({"timepoint_weeks": math.nan}, replace(RULE, min_weeks=4), "time_window"),
        ({"indicator": "x"}, replace(RULE, unlisted_indicators="exclude"), "unlisted_indicator"),
    ],
)
def test_what_is_not_admissible_is_logged_and_never_selected(change, rule, name):
    refused = replace(BASE, effect_id="b", **change)
    found = outcome([BASE, refused], rule)
    assert found == {"a": ("selected", "only_candidate"), "b": ("not_selected", name)}


def test_the_reason_of_an_ineligible_trial_is_its_own():
    (decision,), _ = select([replace(BASE, eligible=False, eligibility_reason="not random")], RULE)
    assert decision.reason == "not random"


def test_a_tie_is_returned_and_never_broken_by_order():
    twin = replace(BASE, effect_id="b")
    for candidates in ([BASE, twin], [twin, BASE]):
        decisions, ties = select(candidates, RULE)
        assert decisions == []
        assert [tie.effect_ids for tie in ties] == [("a", "b")]


def test_domains_and_trials_are_chosen_apart():
    other_trial = replace(BASE, effect_id="b", study_id="T2")
    other_domain = replace(BASE, effect_id="c", domain="complication", type="binary")
    assert {v[0] for v in outcome([BASE, other_trial, other_domain]).values()} == {"selected"}


candidates = st.builds(
    replace,
    st.just(BASE),
    indicator=st.sampled_from(["hba1c", "fbg", "x"]),
    timepoint_weeks=st.sampled_from([4.0, 12.0, math.nan]),
    metric=st.sampled_from(["post", "change"]),
    converted=st.booleans(),
    n_treat=st.integers(10, 12),
    eligible=st.booleans(),
)


@given(st.lists(candidates, max_size=8), st.randoms())
def test_row_order_never_matters_and_at_most_one_is_selected(group, random):
    group = [replace(c, effect_id=f"e{i}") for i, c in enumerate(group)]
    shuffled = list(group)
    random.shuffle(shuffled)
    assert select(group, RULE) == select(shuffled, RULE)
    decisions, ties = select(group, RULE)
    assert sum(d.decision == "selected" for d in decisions) <= 1
    assert len(decisions) + sum(len(t.effect_ids) for t in ties) == len(group)


def test_information_is_sample_size_and_not_the_effects_own_precision():
    # A large effect has a larger SE at equal n: were SE the criterion, it would always lose.
    bigger = replace(BASE, effect_id="b", n_treat=60, n_control=60)
    unequal = replace(BASE, effect_id="c", n_treat=100, n_control=30)
    found = outcome([BASE, bigger, unequal])
    assert found["b"] == ("selected", "information")
