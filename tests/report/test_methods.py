"""The methods in words: every sentence is about a choice that was made, and what it came to."""

import re
from types import SimpleNamespace

import docx
import pytest
from strataforest.presets import PRESETS
from strataforest.report.methods.made import Made
from strataforest.report.methods.paragraphs import methods_paragraphs
from strataforest.report.paragraphs import paragraphs_of

OPTIONS = {
    "domains": {
        "pain": {"label": "Pain", "type": "continuous", "priority": ["vas"], "instruments": []}
    },
    "indicators": {"vas": {"label": "Visual analogue scale"}},
    "selection": {
        "order": ["indicator", "instrument", "timepoint", "metric", "directness", "information"],
        "prefer_metric": "post",
    },
    "timepoint": {"min_weeks": None, "max_weeks": None},
    "unlisted_indicators": "last",
    "preset": "metafor",
    "effect_size": {},
    "pooling": {},
    "conversions": {"default_icc": 0.05},
    "multi_arm": "combine",
    "multi_arm_named": {},
    "strata": {"domain": {"by": ["domain"]}},
    "min_effects": 3,
    "sensitivity": {"drop_most_influential": 10, "gosh": False, "permutations": 1000},
    "small_study": {"min_effects": 10},
    "meta_regression": [],
}
EFFECT = {
    "measure": "SMD",
    "metric": "post",
    "route": "means_sd",
    "flags": "",
    "converted_from": "",
}
POOLED = {"status": "pooled", "measure": "SMD", "analysis": "domain", "stratum": "pain"}


def told(effects=({},), options=(), tables=(), tool="", registration=""):
    """Return the methods of effects with these columns, as one text."""
    rows = {f"e{i}": EFFECT | dict(effect) for i, effect in enumerate(effects)}
    made = {"pooled": [POOLED]} | dict(tables)
    given = {f"tables/{name}.csv": rows for name, rows in made.items()}
    given["covariates/domain/pain.csv"] = [{"effect_id": name} for name in rows]
    given["effects/exclusions.csv"] = [{"reason_code": "no_events"}]
    given["covariates/risk_of_bias.csv"] = [{"study_id": "A", "overall": "low"}]
    results = SimpleNamespace(
        effects=rows | {"left": EFFECT | {"flags": "borrowed_sd", "measure": "RD"}},
        decisions={name: {"decision": "selected"} for name in rows}
        | {"left": {"decision": "not_selected"}},
        rows=lambda name: given.get(name, []),
    )
    made = Made(OPTIONS | dict(options), results, registration, tool)
    return " ".join(text for _, text in methods_paragraphs(made))


def test_what_was_not_done_is_not_told():
    text = told()
    words = ("regression", "GOSH", "odds", "risk", "median", "cluster", "borrow", "empty cell")
    assert [w for w in (*words, "arm", "cumulated", "registered", "Peto") if w in text] == []
    assert "Hedges' g with the exact small-sample factor J, with the variance 1/n1 + 1/n2" in text
    assert "but for" not in text
    assert "no group had so many" in text


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_as_it_is_says_its_own_choices(preset):
    text = told(options={"preset": preset})
    model = PRESETS[preset]
    assert f"(preset {preset})." in text
    assert ("Cohen's d" in text) == (model.effect_size.estimator == "d")
    assert ("(HKSJ), or by the normal" in text) == (model.pooling.ci == "hksj_conditional")
    assert ("from Cochran's Q" in text) == (model.pooling.i2 == "q")
    assert ("k − 2 degrees" in text) == (model.pooling.prediction == "t_k_minus_2")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pooling": {"ci": "hksj"}}, "the confidence interval (hksj instead of z)"),
        ({"pooling": {"tau2": "DL"}}, "τ² by DerSimonian and Laird's estimator (DL)"),
        ({"pooling": {"tau2": "EE"}}, "by common-effect models, with"),
        ({"pooling": {"level": 0.9}}, "with 90% confidence intervals"),
        ({"effect_size": {"estimator": "d"}}, "the SMD (d instead of g)"),
        ({"effect_size": {"estimator": "glass"}}, "Glass's delta"),
        ({"effect_size": {"estimator": "unequal"}}, "Bonett 2008"),
        ({"timepoint": {"min_weeks": 4, "max_weeks": 52}}, "from week 4 up to week 52"),
        (
            {"selection": {"order": ["metric"], "prefer_metric": "change"}},
            "rule: changes from",
        ),
        ({"min_effects": 2}, "fewer than 2 effects were not pooled"),
        ({"strata": {"p": {"by": ["primary_platform"], "type": "binary"}}}, "by platform (binary"),
        ({"sensitivity": OPTIONS["sensitivity"] | {"gosh": True}}, "(GOSH)"),
    ],
)
def test_another_choice_is_told(options, words):
    assert words in told(options=options)
    assert words not in told()


def test_changes_pooled_with_final_values_are_counted():
    change = {"metric": "change"}
    words = "Changes from baseline ({}) were pooled with final values of the same group as"
    assert words.format("2 effects") + " SMDs, although the SDs" in told([{}, change, change])
    # In all analyses together each effect counts once; an empty cell is a final value.
    twice = {"pooled": [POOLED, POOLED]}
    assert words.format("1 effect") in told([{"metric": ""}, change], tables=twice)
    differences = {"pooled": [POOLED | {"measure": "MD"}]}
    mixed = told([{"measure": "MD"}, change | {"measure": "MD"}], tables=differences)
    assert words.format("1 effect") + " mean differences." in mixed
    gone = {"pooled": [POOLED | {"status": "not_estimable"}]}
    for text in (told([{}, {}]), told([change, change]), told([{}, change], tables=gone)):
        assert "Changes from baseline (" not in text


def test_a_common_effect_has_no_tau2_and_no_prediction():
    text = told(options={"pooling": {"tau2": "EE"}})
    model = text[text.index("Effects of a group") : text.index("Formulas")]
    assert "Cochran's Q and I² (from Cochran's Q)" in model
    assert "prediction" not in model
    assert "τ²" not in model


def test_only_the_first_of_a_long_order_are_named():
    pain = OPTIONS["domains"]["pain"] | {"priority": ["vas", "nrs", "c", "d", "e", "f"]}
    text = told(options={"domains": {"pain": pain}, "unlisted_indicators": "exclude"})
    assert "Pain: Visual analogue scale > nrs > c > d > 2 more. What is in no order was" in text
    assert "was not taken" in text


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("borrowed_sd", "pooled SD of all other trials"),
        ("medians=qe;skewed", "by quantile estimation (McGrath 2020) (2 effects, of which 2 look"),
        ("change_correlation=0.5", "an assumed correlation of 0.5 (2 effects)"),
        ("icc_from_config;design_effect=1.28", "(2 effects; an ICC of 0.05 was assumed for 2)"),
        ("design_effect=1.28", "1 + (mean cluster size − 1) × ICC (2 effects)."),
        ("cluster_not_adjusted", "clustering was not adjusted for in 2 effects"),
        ("arms_combined=2", "combined into one (Cochrane Handbook, table 6.5.a; 2 effects)"),
        ("shared_control=2", "divided evenly among them (2 effects)"),
        ("whole_arms=2", "each with all their people (2 effects)"),
        ("bounded_p", "taken at its bound (2 effects)"),
        ("equal_arms_assumed", "arms of equal size were assumed (2 effects)"),
    ],
)
def test_what_stood_in_is_told_with_how_many_effects_rest_on_it(flags, words):
    assert words in told([{"flags": flags}] * 2 + [{}])
    assert words not in told()


def test_counts_their_zero_cells_and_the_methods_beside():
    counts = {"measure": "OR", "route": "counts"}
    zero = counts | {"flags": "zero_cells_corrected"}
    beside = {"estimators": [{"tau2_method": name} for name in ("REML", "MH", "Peto")]}
    text = told([counts, zero], tables=beside)
    assert "Binary outcomes are odds ratios, pooled as logarithms." in text
    assert "0.5 was added to every cell of tables with an empty cell (1 effect)" in text
    assert "gave no effect (1 row)" in text
    assert "also pooled by the Mantel-Haenszel and Peto method" in text
    # Events are never turned, and here is nothing else.
    assert "were turned" not in text
    mixed = told([counts, {"measure": "RD"}, {}])
    assert "odds ratios and risk differences, ratios as logarithms" in mixed
    assert "; odds ratios and risk differences are as measured" in mixed
    treated = told([counts | {"flags": "zero_cells_corrected=treatment_arm"}])
    assert "treatment-arm continuity" in treated


def test_other_statistics_are_counted_by_what_they_are():
    text = told([{"route": "t_stat"}, {"route": "t_stat"}, {"route": "means_se"}, {}])
    assert "computed from t statistics (2) and standard errors of means (1)." in text


def test_subsets_of_large_groups_are_told_to_be_a_sample():
    rows = [{"kind": "all", "subsets": "4083"}, {"kind": "sampled", "subsets": "32768"}]
    gosh = {"sensitivity": OPTIONS["sensitivity"] | {"gosh": True}}
    assert "All subsets of the effects were pooled (GOSH)." in told(
        options=gosh, tables={"gosh": rows[:1]}
    )
    assert "of large groups a random sample of 32,768, were pooled (GOSH)." in told(
        options=gosh, tables={"gosh": rows}
    )


def test_declared_models_bias_and_registration():
    model = {"name": "both", "moderators": ["follow_up_weeks", "ln_n_total"], "scope": ["domain"]}
    tables = {"meta_regression_models": [{"model": "both"}]}
    text = told(
        options={"meta_regression": [model], "pooling": {"ci": "hksj"}},
        tables=tables,
        tool="RoB 2",
        registration="CRD42",
    )
    assert "Follow-up (weeks) and Sample size, ln(n) together (within domains)" in text
    assert "tested by Knapp and Hartung's method and by permutation" in text
    assert "judged with RoB 2." in text
    assert "The review is registered: CRD42." in text
    # Declared, and not run: nothing is said of it.
    assert "regression" not in told(options={"meta_regression": [model]})


def test_the_page_the_text_and_the_document_say_the_same(default_review):
    folder = default_review.folder / "results" / "report"
    *said, (_, note) = paragraphs_of((folder / "methods_paragraphs.md").read_text("utf-8"))
    assert [heading for heading, _ in said][-1] == "Software"
    assert re.search(r"NumPy \d", said[-1][1])
    in_word = [p.text for p in docx.Document(str(folder / "methods_paragraphs.docx")).paragraphs]
    assert [part for pair in said for part in pair] == in_word[-2 * len(said) - 1 : -1]
    assert in_word[-1] == note
    page = (folder / "index.html").read_text("utf-8")
    for heading, _ in said:
        assert f"<p><strong>{heading}.</strong>" in page
    text = " ".join(paragraph for _, paragraph in said)
    assert "but for the SMD (d instead of g)" in text
    selected = {
        r["effect_id"]
        for r in default_review.rows("effects/decisions.csv")
        if r["decision"] == "selected"
    }
    effects = default_review.rows("effects/effects.csv")
    by_t = sum(r["route"] == "t_stat" and r["effect_id"] in selected for r in effects)
    assert f"t statistics ({by_t})" in text
