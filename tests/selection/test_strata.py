"""Strata: names that stay in their folder, the gate, and nothing dropped in silence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest.names import slug, slug_clashes, stratum_name
from strataforest.strata.grouping import Analysis, stratify

DOMAINS = {"glycemic": "continuous", "complication": "binary"}


def effect(i, study=None, platform="WeChat", **other):
    study = study or f"T{i}"
    return {
        "effect_id": f"{study}|{i}",
        "study_id": study,
        "domain": "glycemic",
        "type": "continuous",
        "measure": "SMD",
        "metric": "post",
        "n_total": "100",
        "favourable": "positive",
        "study": {"primary_platform": platform, "platforms": platform},
    } | other


@given(st.text())
def test_a_slug_is_a_plain_file_name(name):
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", slug(name))
    assert len(slug(name)) <= 60


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("WeChat", "wechat"),
        ("Facebook Messenger", "facebook_messenger"),
        ("../../etc/passwd", "etc_passwd"),
        ("Naïve café", "naive_cafe"),
    ],
)
def test_slugs(name, expected):
    assert slug(name) == expected


def test_names_in_other_scripts_stay_apart():
    assert slug("微信") != slug("微博")
    assert slug("QQ 微信").startswith("qq_")


def test_names_that_share_a_slug_are_found():
    assert slug_clashes(["We Chat", "we-chat", "LINE"]) == [("We Chat", "we-chat")]


def test_parts_of_a_name_cannot_be_mistaken_for_one_another():
    assert stratum_name(["a b", "c"]) != stratum_name(["a", "b c"])


def by_platform(effects, min_effects=3, **options):
    analysis = Analysis("platform", ("primary_platform",), "continuous", True)
    return stratify(effects, analysis, DOMAINS, min_effects, **options)


def test_the_gate_counts_effects_not_trials():
    strata, _ = by_platform([effect(1, "T1"), effect(2, "T1"), effect(3, "T1")])
    assert [(s.status, len(s.effects), s.n_studies) for s in strata] == [("pooled", 3, 1)]
    assert strata[0].n_participants == 100


def test_too_few_effects_are_a_row_with_a_reason():
    strata, _ = by_platform([effect(1), effect(2)])
    assert [(s.status, s.reason) for s in strata] == [
        ("not_estimable", "k = 2 is below the minimum of 3")
    ]


def test_every_domain_is_a_row_even_an_empty_one():
    strata, _ = stratify([], Analysis("domain", ("domain",)), DOMAINS, 3)
    assert [(s.stratum, len(s.effects), s.status) for s in strata] == [
        ("glycemic", 0, "not_estimable"),
        ("complication", 0, "not_estimable"),
    ]


@pytest.mark.parametrize(
    ("platforms", "reason"),
    [
        ("Telegram;WhatsApp", "several platforms and none declared primary"),
        ("chat app", "no primary platform declared"),
    ],
)
def test_a_trial_without_primary_platform_leaves_with_the_reason(platforms, reason):
    study = {"primary_platform": "", "platforms": platforms}
    strata, left_out = by_platform([effect(1, study=None) | {"study": study}])
    assert strata == []
    assert [entry.reason for entry in left_out] == [reason]


def test_other_types_leave_with_the_reason():
    _, left_out = by_platform([effect(1, type="binary")])
    assert "binary effect" in left_out[0].reason


def test_scales_are_never_mixed():
    strata, _ = by_platform([effect(1), effect(2), effect(3, measure="MD")])
    assert strata[0].status == "not_estimable"
    assert "MD, SMD" in strata[0].reason


def test_ratios_of_opposite_meaning_are_never_mixed():
    strata, _ = by_platform([effect(1), effect(2), effect(3, favourable="negative")])
    assert "unwanted" in strata[0].reason


def test_mixing_post_values_and_changes_is_a_warning():
    strata, _ = by_platform([effect(1), effect(2), effect(3, metric="change")])
    assert strata[0].status == "pooled"
    assert "changes" in strata[0].warning


def test_effects_are_sorted_by_id_whatever_their_order():
    strata, _ = by_platform([effect(3), effect(1), effect(2)])
    ids = [e["effect_id"] for e in strata[0].effects]
    assert ids == sorted(ids)
