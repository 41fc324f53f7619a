"""Which meta-regressions moved between two states, term by term, and what made them move."""

import copy

import pytest
from strataforest.cell_changes import Cause
from strataforest.changes import compare
from strataforest.history import add_snapshot, complete_snapshot, load, snapshot_name
from strataforest.report.changes import COLUMNS, change_rows, changes_page, changes_text
from strataforest.results_state import is_same
from test_claim_changes import claim
from test_compare import ASH_MOVED, EFFECTS, IDS, NAMES, ROWS, row, state, stratum, with_cell

STUDIES = [
    row(name, i, "studies", "s.csv", dose=str(i), weeks="12")
    for i, name in enumerate(("Ash", "Birch", "Cedar"), 2)
]
SHEETS = [*ROWS, *STUDIES]
SLOPE = {"term": "dose", "b": "0.1", "ci_low": "0.05", "ci_high": "0.2", "p_value": "0.01"}
INTERCEPT = SLOPE | {"term": "intercept"}


def model(*terms, **parts):
    """Return a model in the domain of glycemic control, fitted where it has terms."""
    return {
        **{"model": "dose", "scope": "glycemic", "domain": "glycemic", "label": "Glycemic"},
        **{"status": "fitted" if terms else "not_estimable", "moderators": ["dose"]},
        **{"reason": "" if terms else "too few effects", "k": "3", "references": {}},
        **{"tau2": "0.1" if terms else "", "strata": [["domain", "glycemic"]]},
        "terms": list(terms),
    } | parts


def with_models(*models, effects=EFFECTS, rows=SHEETS, doses="234", options=None):
    values = dict(zip(IDS, doses, strict=True))
    return state([stratum(effects)], rows, **(options or {})) | {
        "models": list(models),
        "moderators": {i: {"dose": values[i]} for i in effects if i in values},
    }


BEFORE = with_models(model(INTERCEPT, SLOPE))
STEEPER = SLOPE | {"b": "0.3"}
# Another dose of Ash, and what comes of it.
ANOTHER = with_cell(3, "dose", "9", SHEETS)


def moved(new, old=BEFORE):
    (move,) = compare(old, new).regressions
    return move


def causes(new, old=BEFORE):
    return [(c.what, c.old, c.new) for c in moved(new, old).causes]


def test_a_corrected_moderator_is_named_with_its_term_and_is_not_idle():
    new = with_models(model(INTERCEPT, STEEPER), rows=ANOTHER, doses="934")
    changes = compare(BEFORE, new)
    assert changes.moves == changes.idle == ()
    (move,) = changes.regressions
    assert [(t.term, t.change, t.before["b"], t.after["b"]) for t in move.terms] == [
        ("dose", "moved", "0.1", "0.3")
    ]
    assert move.causes == (Cause("dose", "2", "9", "s.csv", "B2"),)
    text = changes_text(changes, NAMES)
    assert "None of 1 stratum moved; 1 of 1 meta-regression moved; 1 cell changed." in text
    assert "Meta-regression dose: Glycemic  (meta_regression/dose/glycemic)\n" in text
    assert "  dose      0.100 [0.050 to 0.200], p = 0.010 -> 0.300 [0.050 to 0.200], p" in text
    assert "  because   s.csv!B2 dose: 2 -> 9" in text
    assert "Changed without" not in text


def test_the_table_has_a_row_per_model_and_per_term_behind_the_strata():
    new = with_models(model(INTERCEPT, STEEPER, tau2="0.2"), rows=ANOTHER, doses="934")
    new["strata"][0] |= {"estimate": "0.7"}
    stratum_row, model_row, term_row = change_rows(compare(BEFORE, new))
    assert all(set(r) == set(COLUMNS) for r in (stratum_row, model_row, term_row))
    assert (stratum_row["stratum"], stratum_row["model"]) == ("glycemic", "")
    names = ("analysis", "stratum", "model", "scope", "term", "change")
    assert [model_row[n] for n in names] == ["", "", "dose", "glycemic", "", "model_moved"]
    assert [term_row[n] for n in names] == ["", "", "dose", "glycemic", "dose", "term_moved"]
    assert (model_row["tau2_before"], model_row["tau2_after"]) == ("0.1", "0.2")
    assert (term_row["estimate_before"], term_row["estimate_after"]) == ("0.1", "0.3")
    assert (term_row["p_value_before"], term_row["ci_low_after"]) == ("0.01", "0.05")
    assert term_row["causes"] == model_row["causes"] == "s.csv!B2 dose: 2 -> 9"
    assert COLUMNS[-5:] == ("model", "scope", "term", "p_value_before", "p_value_after")


def test_a_corrected_outcome_moves_the_regression_too():
    rows = with_cell(0, "mean", "7.2", SHEETS)
    new = with_models(model(INTERCEPT, STEEPER), effects=ASH_MOVED, rows=rows)
    assert causes(new) == [("mean", "7.1", "7.2")]


def test_a_cell_of_another_moderator_or_trial_is_no_cause():
    rows = with_cell(3, "weeks", "13", with_cell(4, "dose", "8", ANOTHER))
    new = with_models(model(INTERCEPT, STEEPER), rows=rows, doses="934")
    changes = compare(BEFORE, new)
    assert causes(new) == [("dose", "2", "9")]
    assert {(c.what, c.new) for c in changes.idle} == {("weeks", "13"), ("dose", "8")}
    assert "Changed without moving a stratum or a meta-regression:" in changes_text(changes, NAMES)


def test_a_moderator_that_no_kept_cell_gives_is_named_by_its_trial():
    new = with_models(model(INTERCEPT, STEEPER), doses="934")
    assert causes(new) == [("dose of Ash", "2", "9")]


def test_what_nothing_explains_is_said_to_be_unexplained():
    assert causes(with_models(model(INTERCEPT, STEEPER))) == [("configuration or code", None, None)]


def test_an_option_is_named_but_for_the_least_number_to_pool():
    old = with_models(model(SLOPE), options={"preset": "stata16", "min_effects": "3"})
    new = with_models(model(STEEPER), options={"preset": "metafor", "min_effects": "2"})
    assert causes(new, old) == [("preset", "stata16", "metafor")]


@pytest.mark.parametrize(
    ("term", "crossed"),
    [
        ({"ci_low": "-0.1", "p_value": "0.3"}, ("significance",)),
        ({"b": "-0.1", "ci_low": "-0.3", "ci_high": "0.1"}, ("sign", "significance")),
        ({"b": "0.2"}, ()),
    ],
)
def test_lines_that_a_coefficient_crosses(term, crossed):
    changes = compare(BEFORE, with_models(model(INTERCEPT, SLOPE | term)))
    assert changes.regressions[0].crossed == crossed
    for text in (changes_text(changes, NAMES), changes_page(changes, NAMES)):
        assert ("crossed significance (dose)" in text) == ("significance" in crossed)
        assert ("Crossed by coefficients: " in text) == bool(crossed)


def test_dummies_that_become_one_slope_are_told_shortly():
    levels = [SLOPE | {"term": f"dose: {i}"} for i in range(3, 17)]
    old = with_models(
        model(INTERCEPT, *levels, references={"dose": "2 mg"}), doses=["2 mg", "3", "4"]
    )
    new = with_models(model(INTERCEPT, SLOPE))
    # As the cell of Ash was mended.
    old["rows"][3]["cells"]["dose"][1] = "2 mg"
    (move,) = compare(old, new).regressions
    assert [t.change for t in move.terms] == ["appeared", *["disappeared"] * 14]
    text = changes_text(compare(old, new), NAMES)
    assert "  read as   dose: groups (against 2 mg) -> a slope" in text
    assert "  dose      none -> 0.100 [0.050 to 0.200], p = 0.010" in text
    assert "  gone      14 terms: dose: 3, dose: 4, " in text
    assert "  because   s.csv!B2 dose: 2 mg -> 2" in text
    assert len(text.splitlines()) < 13
    back = changes_text(compare(new, old), NAMES)
    assert "  read as   dose: a slope -> groups (against 2 mg)" in back
    assert "and 8 more terms" in back


@pytest.mark.parametrize(
    ("old", "new", "change", "words"),
    [
        (
            [model(SLOPE)],
            [model()],
            "became_not_estimable",
            "not fitted any more (too few effects)",
        ),
        ([model()], [model(SLOPE)], "became_fitted", ", fitted now"),
        ([], [model(SLOPE)], "appeared", ", appeared"),
        ([model(SLOPE)], [], "disappeared", ", disappeared"),
    ],
)
def test_a_model_that_comes_or_goes_is_named(old, new, change, words):
    changes = compare(with_models(*old), with_models(*new))
    assert changes.regressions[0].change == change
    for text in (changes_text(changes, NAMES), changes_page(changes, NAMES)):
        assert words in text.replace("\\", "")
    assert change_rows(changes)[0]["change"] == f"model_{change}"


def test_how_a_model_is_declared_is_its_cause():
    both = model(INTERCEPT, SLOPE, SLOPE | {"term": "weeks"}, moderators=["dose", "weeks"])
    assert causes(with_models(both)) == [("meta_regression.dose.moderators", "dose", "dose, weeks")]
    other = model(SLOPE, scope="overall_smd")
    declared = with_models(model(INTERCEPT, SLOPE), other)
    assert causes(declared) == [("meta_regression.dose.scope", "", "overall_smd")]
    assert causes(declared, declared | {"models": [other]}) == [
        ("meta_regression.dose.scope", "", "glycemic")
    ]
    new = with_models(model(INTERCEPT, SLOPE), model(SLOPE, model="second"))
    assert causes(new) == [("meta_regression.second", "", "declared")]
    assert causes(BEFORE, new) == [("meta_regression.second", "declared", "")]
    one, two = (model(SLOPE | {"b": b}, references={"dose": b}) for b in "34")
    found = causes(with_models(two), with_models(one))
    assert found == [("meta_regression.dose.references.dose", "3", "4")]
    factor = with_models(model(SLOPE | {"term": "dose: 3"}, references={"dose": "2"}))
    assert causes(factor) == [("meta_regression.dose.factors", "", "dose")]


def test_a_snapshot_of_an_earlier_version_gives_no_alarm_and_is_completed(tmp_path):
    old = {k: v for k, v in BEFORE.items() if k not in ("models", "moderators")} | {"format": 1}
    new = BEFORE | {"format": 1}
    for pair in ((old, new), (new, old)):
        changes = compare(*pair)
        assert (changes.regressions, changes.n_regressions) == ((), 0)
        assert "regression" not in changes_text(changes, NAMES) + changes_page(changes, NAMES)
        assert is_same(*pair)
    assert not is_same(new, new | {"models": [model(INTERCEPT, STEEPER)]})
    name = snapshot_name(tmp_path, old)
    add_snapshot(tmp_path, name, old)
    complete_snapshot(tmp_path, name, old, new)
    (path,) = tmp_path.iterdir()
    assert load(path) == new
    complete_snapshot(tmp_path, path.name, new, new)
    assert list(tmp_path.iterdir()) == [path]


def test_a_claim_on_a_coefficient_has_the_causes_of_its_model():
    where = "meta_regression/dose/glycemic/dose"
    sides = [
        {"claims": [claim(where=where, status=status, found=f"b = {b}")]}
        for status, b in (("holds", 0.1), ("fails", 0.3))
    ]
    new = with_models(model(INTERCEPT, STEEPER), rows=ANOTHER, doses="934") | sides[1]
    (claim_row, *_) = change_rows(compare(copy.deepcopy(BEFORE) | sides[0], new))
    assert claim_row["change"] == "claim_no_longer_holds"
    assert claim_row["causes"] == "s.csv!B2 dose: 2 -> 9"


def test_of_many_models_the_first_are_shown_each_with_a_cause():
    models = [model(INTERCEPT, SLOPE, model=f"m{i:02}") for i in range(14)]
    moved = [model(INTERCEPT, STEEPER, model=f"m{i:02}") for i in range(14)]
    new = with_models(*moved, rows=ANOTHER, doses="934")
    lines = changes_text(compare(with_models(*models), new), NAMES, rest="x.csv").splitlines()
    assert sum("because   s.csv!B2 dose: 2 -> 9" in line for line in lines) == 10
    assert "... and 4 more meta-regressions: x.csv" in lines
