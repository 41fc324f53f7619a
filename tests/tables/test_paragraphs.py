"""The results in words: the numbers of the tables, and only what they bear out."""

import math
import re

import pytest
from strataforest.report.paragraphs import (
    _within,
    as_markdown,
    first_sentence,
    paragraphs_of,
    results_paragraphs,
)
from strataforest.tables.paper.all_tables import paper_tables
from strataforest.tables.paper.words import Review
from strataforest.tables.publication import flat
from table_examples import HOSTILE, review

# Raudenbush 1985, first effects.
YI = [0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80, 0.54, 0.18]
VI = [0.016, 0.022, 0.028, 0.139, 0.136, 0.011, 0.011, 0.048, 0.027, 0.063, 0.091, 0.050]


def told(folder, *strata):
    shown = review(folder, strata)
    return shown, dict(results_paragraphs(shown, "domain", {}))


def near(text, value):
    return float(text.replace("−", "-")) == pytest.approx(value, abs=0.0051)


def test_a_pooled_domain_in_words(tmp_path):
    names = [f"Trial{i}" for i in range(12)]
    shown, paragraphs = told(tmp_path, ("mood", "SMD", YI, VI, names))
    text, fit = paragraphs["Mood"], shown.fits["domain", "mood"]
    assert text.startswith("Twelve trials (1200 participants) contributed to Mood: SMD ")
    estimate, low, high = re.search(r"SMD (\S+), 95% CI (\S+) to (\S+), p", text).groups()
    assert near(estimate, fit["pooled"]["estimate"])
    assert near(low, fit["pooled"]["ci_low"])
    assert near(high, fit["pooled"]["ci_high"])
    pi_low, pi_high = re.search(r"prediction interval, (\S+) to (\S+), includes", text).groups()
    assert near(pi_low, fit["pooled"]["pi_low"])
    assert near(pi_high, fit["pooled"]["pi_high"])
    refits = fit["leave_one_out"]["estimate"]
    least, most = re.search(r"between (\S+) and (\S+) \(", text).groups()
    assert near(least, min(refits))
    assert near(most, max(refits))
    egger = next(r for r in fit["small_study"]["rows"] if r["preset_default"])
    assert f"funnel asymmetry (p = {egger['p_value']:.3f})" in text
    assert f"I² = {fit['heterogeneity']['i2']:.1f}%" in text


def test_tables_and_words_print_the_same_text(tmp_path):
    names = [f"Trial{i}" for i in range(12)]
    shown, paragraphs = told(tmp_path, ("mood", "SMD", YI, VI, names))
    tables = {table.name: table for table in paper_tables(shown, "domain", {})}
    (row,) = flat(tables["table3_summary_of_findings"])[1]
    estimate, interval = row["Effect (95% CI)"].rstrip(")").split(" (")
    text = paragraphs["Mood"]
    assert f": SMD {estimate}, 95% CI {interval}, p" in text
    assert f"prediction interval, {row['95% prediction interval']}, includes" in text
    assert f"(τ² = {row['tau2']}; I² = {row['I2 (%)']}%;" in text
    (group,) = tables["table_s1_leave_one_out"].groups
    assert group.heading == f"Mood (k = 12; SMD {estimate}, 95% CI {interval})"


def test_crossings_are_told(tmp_path):
    strata = ("mood", "SMD", [0.9, 0.3, 0.2], [0.02, 0.03, 0.03], ["Ash", "Birch", "Cedar"])
    shown, paragraphs = told(tmp_path, strata)
    flags = shown.fits["domain", "mood"]["leave_one_out"]["flags"]
    assert {flag for part in flags for flag in part} >= {"significance", "magnitude"}
    for flag, words in (("significance", "statistical significance"), ("magnitude", "magnitude")):
        those = [n for n, f in zip(("Ash", "Birch", "Cedar"), flags, strict=True) if flag in f]
        assert bool(those) == (
            f"changed {'the ' * (flag == 'magnitude')}{words}" in paragraphs["Mood"]
        )
    assert "were not tested (k = 3 is below" in paragraphs["Mood"]


def test_a_ratio_is_told_as_a_ratio(tmp_path):
    yi = [-0.9, -0.4, -0.7, -1.2]
    shown, paragraphs = told(tmp_path, ("harm", "RR", yi, [0.1, 0.2, 0.15, 0.12], list("ABCD")))
    ratio = math.exp(shown.fits["domain", "harm"]["pooled"]["estimate"])
    assert f"RR {ratio:.2f}, 95% CI" in paragraphs["Harm"]
    assert "favouring the intervention" in paragraphs["Harm"]
    assert "on the log scale" in paragraphs["Harm"]


def test_what_was_not_pooled_says_why(tmp_path):
    _, paragraphs = told(tmp_path, ("mood", "SMD", [0.1], [0.1], ["A"]))
    assert paragraphs["Mood"] == (
        "One trial gave an effect for Mood; it was not pooled (k = 1 is below the minimum of 3)."
    )


def test_only_a_word_loses_its_capital(tmp_path):
    shown = review(tmp_path, [("mood", "SMD", [0.1], [0.1], ["A"])])
    for label in ("HbA1c control", "LDL", "WeChat"):
        shown.domains["mood"] = shown.tables["pooled"][0]["label"] = label
        ((_, text),) = results_paragraphs(shown, "domain", {})
        assert f" for {label};" in text


def test_markdown_gives_back_what_it_was_made_of():
    texts = [(name, f"{name} gave p < 0.001 in A_1 and *B*") for name in HOSTILE]
    page = as_markdown(texts, "Results", "strataforest 0.")
    plain = [(" ".join(label.split()), " ".join(text.split())) for label, text in texts]
    assert paragraphs_of(page) == [*plain, ("", "strataforest 0.")]
    # No tag, no emphasis and no heading that a sheet has put there.
    assert not re.search(r"(?<!\\)<[a-zA-Z/!]", page)
    assert not re.search(r"(?<!\\)\*", page)
    assert len(re.findall("^#", page, flags=re.MULTILINE)) == 1 + len(HOSTILE)


def test_the_first_sentence_says_what_was_found():
    text = (
        "Sixteen trials (2976 participants) gave SMD 0.70, favouring the trial. Heterogeneity was."
    )
    assert first_sentence(text).endswith("SMD 0.70, favouring the trial.")
    text = "One trial gave an effect; it was not pooled (k = 1 is below 3). By platform: none."
    assert first_sentence(text).endswith("(k = 1 is below 3).")


def test_strata_within_a_domain_are_followed_by_the_test_of_their_difference():
    def row(analysis, platform, estimate, **more):
        own = {"analysis": analysis, "stratum": platform or "mood", "domain": "mood"}
        numbers = {"estimate": estimate, "ci_low": "0.1", "ci_high": "0.9", "measure": "SMD"}
        return own | numbers | {"platform": platform, "k": "3", "status": "pooled"} | more

    test = {"analysis": "platform_by_domain", "within": "mood", "model": "separate_tau2"}
    test |= {"status": "tested", "q_between": "4.2", "df": "1", "p_value": "0.0404"}
    tables = {
        "pooled": [row("platform_by_domain", name, "0.5") for name in ("Chat", "Mail")],
        "subgroup_tests": [
            test | {"model": "common_tau2", "q_between": "9"},
            test | {"within": "skill", "q_between": "8"},
            test,
        ],
    }
    some = Review({}, {}, tables, {}, 0.95, 3, "strataforest 0")
    told = _within(some, row("domain", "", "0.5"), "platform_by_domain", "platform")
    assert told.startswith("By platform: Chat (k = 3), SMD 0.50, 95% CI 0.10 to 0.90; Mail")
    assert told.endswith("; test for differences: Q(1) = 4.20, p = 0.040.")
    tables["subgroup_tests"] = [test | {"status": "not_estimable", "q_between": ""}]
    assert "differences" not in _within(
        some, row("domain", "", "0.5"), "platform_by_domain", "platform"
    )
