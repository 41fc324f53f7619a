"""From a meta-regression to its plots: labels, notes and directions."""

import pytest
from strataforest.figures.of_meta_regression import bubble_data, factor_data, label_of

FACTOR = {
    "moderator": "primary_platform",
    "levels": ["LINE", "WeChat"],
    "of_effect": ["LINE", "WeChat", "WeChat"],
    "estimate": [0.1, 0.4],
    "ci_low": [-0.2, 0.2],
    "ci_high": [0.4, 0.6],
}
LINE = {
    "moderator": "year",
    "x": [2010.0, 2020.0],
    **{name: [0.1, 0.2] for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")},
}


def model(lines=(), levels=(FACTOR,), dropped=0, measure="SMD", **more):
    term = {"term": "year", "b": 0.0104, "ci_low": -0.0002, "ci_high": 0.0208, "p_value": 0.05}
    return {
        "label": "All outcomes",
        "measure": measure,
        "favourable": "positive",
        "k": 3,
        "lines": list(lines),
        "levels": list(levels),
        "dropped": [{"effect_id": str(i), "missing": ["year"]} for i in range(dropped)],
        "effects": {
            "study_id": ["A", "B", "C"],
            "effect_id": ["A|x", "B|x", "C|x"],
            "yi": [0.1, 0.3, 0.5],
            "vi": [0.1, 0.1, 0.1],
            "x": [[2010.0], [2015.0], [2020.0]],
        },
        "model": {"tau2": 0.0, "r2": 10.0, "qm_p": 0.2},
        "terms": [term | {"permutation_p": None}],
    } | more


@pytest.mark.parametrize(
    ("dropped", "lines", "note"),
    [
        (0, [], ""),
        (1, [], "1 more effect lacks a moderator."),
        (0, [LINE], "The other moderators are held at their means."),
        (
            4,
            [LINE],
            "4 more effects lack a moderator. The other moderators are held at their means.",
        ),
    ],
)
def test_a_factor_says_what_it_leaves_out_and_holds(dropped, lines, note):
    fit = model(lines, dropped=dropped)
    assert factor_data(fit, FACTOR, 0.95, "Meta-regression").note == note
    for line in lines:
        assert bubble_data(fit, line, 0.95, "Meta-regression", {}).note == note


def test_a_slope_has_the_decimals_that_show_its_sign():
    fit = model([LINE], [])
    text = bubble_data(fit, LINE, 0.95, "", {}).slope_text
    assert text.startswith("Slope 0.010 [95% CI −0.0002 to 0.021], p = 0.050")


def test_a_ratio_that_does_not_say_which_side_is_good_favours_no_arm():
    def labels(**more):
        data = factor_data(model(**more), FACTOR, 0.95, "")
        return data.left_label, data.right_label

    assert labels() == ("Favours control", "Favours intervention")
    unknown = labels(measure="OR", favourable="")
    assert unknown == ("Fewer with intervention", "More with intervention")
    assert labels(measure="OR", favourable="negative") == (
        "Favours intervention",
        "Favours control",
    )


def test_moderators_have_names_people_read():
    assert label_of("primary_platform") == "Primary platform"
    assert label_of("ln_n_total") == "Sample size, ln(n)"
    assert label_of("HbA1c_baseline") == "HbA1c baseline"
    assert factor_data(model(), FACTOR, 0.95, "").moderator == "Primary platform"
