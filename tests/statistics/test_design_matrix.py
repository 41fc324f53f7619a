"""Columns from moderators: factors, references, absent values, and what cannot be fitted."""

import numpy as np
import pytest
from regression_reference import MODELS
from strataforest.meta_regression.design_matrix import design_matrix
from strataforest.meta_regression.mixed_model import fit_meta_regression


def test_numbers_and_factors_become_columns():
    found = design_matrix(
        {"weeks": [4, 12.5, 8, 26, 12], "platform": ["SMS", "WeChat", "app", "SMS", "WeChat"]}
    )
    assert found.reason == ""
    assert found.terms == ["intercept", "weeks", "platform: WeChat", "platform: app"]
    assert found.columns == {"weeks": [1], "platform": [2, 3]}
    assert found.references == {"platform": "SMS"}
    assert found.x.T.tolist() == [
        [1, 1, 1, 1, 1],
        [4, 12.5, 8, 26, 12],
        [0, 1, 0, 0, 1],
        [0, 0, 1, 0, 0],
    ]
    assert found.kept.tolist() == [0, 1, 2, 3, 4]
    assert found.dropped.tolist() == []


def test_a_reference_level_may_be_named():
    found = design_matrix({"arm": ["a", "b", "c", "a"]}, references={"arm": "b"})
    assert found.terms == ["intercept", "arm: a", "arm: c"]
    assert found.references == {"arm": "b"}


def test_numbers_are_levels_where_the_config_says_so():
    grade = [2, 10, 1, 2, 10]
    found = design_matrix({"grade": grade}, factors=["grade"])
    assert found.terms == ["intercept", "grade: 2", "grade: 10"]
    named = design_matrix({"grade": grade}, references={"grade": "10"})
    assert named.terms == ["intercept", "grade: 1", "grade: 2"]


@pytest.mark.parametrize("absent", [None, np.nan, "", "  "])
def test_rows_with_an_absent_moderator_are_dropped_and_named(absent):
    found = design_matrix(
        {"weeks": [4, absent, 8, 26, 12, 9], "arm": ["a", "b", "a", None, "b", "b"]}
    )
    assert found.kept.tolist() == [0, 2, 4, 5]
    assert found.dropped.tolist() == [1, 3]
    assert found.missing == {1: ["weeks"], 3: ["arm"]}
    assert found.x[:, 1].tolist() == [4, 8, 12, 9]


def test_levels_only_of_dropped_rows_get_no_column():
    found = design_matrix({"weeks": [4, 8, 26, None], "arm": ["a", "b", "a", "c"]})
    assert found.terms == ["intercept", "weeks", "arm: b"]


@pytest.mark.parametrize(
    ("moderators", "reason"),
    [
        ({"weeks": [8, 8, 8]}, "weeks: the same (8) in all 3 studies"),
        ({"arm": ["a", "a", "a"]}, "arm: the same (a) in all 3 studies"),
        (
            {"weeks": [8, 8, 8, 8], "arm": ["a"] * 4},
            "weeks: the same (8) in all 4 studies; arm: the same (a) in all 4 studies",
        ),
        ({"weeks": [8, None, 8]}, "weeks: the same (8) in all 2 studies"),
        ({"weeks": [None, None]}, "weeks: no study has all moderators"),
        ({"weeks": [1, 2]}, "2 coefficients need more than 2 studies, got 2"),
        ({"a": [1, 2, 3, 5], "b": [0.3, 0.5, 0.7, 1.1]}, "b: a combination of the terms before it"),
        (
            {"city": ["x", "y", "z", "x", "y"], "land": ["u", "u", "v", "u", "u"]},
            "land: v: a combination of the terms before it",
        ),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(moderators, reason):
    assert design_matrix(moderators).reason == reason


def test_the_design_of_metafor_comes_out():
    # ~ factor(alloc): one column for each level but "alternate", the first.
    model = MODELS["bcg ~ factor(alloc)"]
    names = np.array(["alternate", "random", "systematic"])
    which = model.x[:, 1] + 2 * model.x[:, 2]
    found = design_matrix({"alloc": names[which.astype(int)].tolist()})
    assert np.array_equal(found.x, model.x)
    assert found.terms[1:] == ["alloc: random", "alloc: systematic"]
    # Another reference level is the same model.
    other = design_matrix(
        {"alloc": names[which.astype(int)].tolist()}, references={"alloc": "random"}
    )
    one = fit_meta_regression(model.yi, model.vi, found.x)
    two = fit_meta_regression(model.yi, model.vi, other.x)
    for name in ("tau2", "qm", "qm_p", "qe"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-10)


@pytest.mark.parametrize(
    ("moderators", "options", "message"),
    [
        ({}, {}, "at least one moderator"),
        ({"a": [1, 2], "b": [1]}, {}, "for each study"),
        ({"a": [1, np.inf, 2]}, {}, "'a' must be finite"),
        ({"a": ["x", "y"]}, {"references": {"a": "z"}}, "no level 'z', only x, y"),
        ({"a": [1, 2]}, {"factors": ["b"]}, "no such moderator: b"),
        ({"a": [1, 2]}, {"references": {"b": "x"}}, "no such moderator: b"),
    ],
)
def test_bad_input_is_refused(moderators, options, message):
    with pytest.raises(ValueError, match=message):
        design_matrix(moderators, **options)
