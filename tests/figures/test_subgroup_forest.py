"""A forest plot in blocks: each with its heading, its rows and its own diamond."""

import pytest
from figure_examples import forest_data, study_rows
from figure_geometry import areas, assert_readable, lines, text_boxes, texts, to_inches
from review_examples import EIGHTY
from strataforest.figures.forest import forest_plot
from strataforest.figures.forest_data import ForestGroup
from strataforest.figures.of_subgroups import subgroup_data, subgroup_words

SMALL_PRINT = "τ² = 0.188, I² = 89.3%, Q = 77.62 (df 9), p < 0.001"


def in_blocks(*sizes, label="Platform {}"):
    """A plot of blocks of these sizes; the first of them is not pooled."""
    rows = study_rows(sum(sizes))
    groups = [
        ForestGroup(label.format(i), size, *((0.4, 0.2, 0.6) if i else ()), note=SMALL_PRINT)
        for i, size in enumerate(sizes)
    ]
    return forest_data(rows, groups=groups)


@pytest.mark.parametrize("sizes", [(1,), (1, 3), (2, 1, 9), (20, 30, 10), (1,) * 12])
def test_every_text_can_be_read(sizes):
    assert_readable(forest_plot(in_blocks(*sizes)))


def test_long_names_of_blocks_stay_before_the_plot():
    figure = forest_plot(in_blocks(3, 4, label=EIGHTY + " {}"))
    assert_readable(figure)
    left = min(line[:, 0].min() for line in lines(figure, "axis"))
    assert all(box[2] < left for _, role, box in text_boxes(figure) if role == "group")


def test_rows_stand_between_the_heading_and_the_subtotal_of_their_block():
    data = in_blocks(2, 3)
    boxes = text_boxes(forest_plot(data))
    height = {text: box[1] for text, role, box in boxes if role in ("label", "group")}
    names = [row.label for row in data.rows]
    order = ["Platform 0", *names[:2], "Platform 1", *names[2:], "Subtotal (k = 3)"]
    assert sorted(order, key=lambda text: -height[text]) == order
    assert height["Pooled effect (k = 5)"] < height["Subtotal (k = 3)"]


def test_a_block_s_diamond_spans_its_interval():
    figure = forest_plot(in_blocks(2, 3))
    block, whole = areas(figure, "diamond")
    at = to_inches(figure)
    assert block[:, 0].min() == pytest.approx(at(0.2), abs=1e-6)
    assert block[:, 0].max() == pytest.approx(at(0.6), abs=1e-6)
    assert whole[:, 0].min() == pytest.approx(at(0.31), abs=1e-6)


def test_a_block_that_is_not_pooled_says_why():
    figure = forest_plot(in_blocks(2, 3))
    assert " ".join(texts(figure, "group-note")) == f"Not pooled: {SMALL_PRINT} {SMALL_PRINT}"
    assert len(areas(figure, "diamond")) == 2


def test_blocks_must_hold_every_row():
    data = forest_data(study_rows(3), groups=[ForestGroup("A", 2)])
    with pytest.raises(ValueError, match="every row"):
        forest_plot(data)


def fit(estimate):
    pooled = {"estimate": estimate, "ci_low": estimate - 0.1, "ci_high": estimate + 0.1}
    spread = {"i2": 12.0, "q": 2.3, "q_df": 2, "q_p": 0.3}
    return {"pooled": pooled | {"tau2": 0.02}, "heterogeneity": spread}


def test_rows_follow_their_blocks_and_empty_blocks_are_left_out():
    rows = study_rows(4)
    blocks = [
        {"label": "Chat", "stratum": "g__chat", "effects": ["d", "a"], "reason": ""},
        {"label": "Fax", "stratum": "g__fax", "effects": [], "reason": "no effects"},
        {"label": "Mail", "stratum": "g__mail", "effects": ["b"], "reason": "k = 1"},
        {"label": "No single platform", "stratum": "", "effects": ["c"], "reason": "several"},
    ]
    test = {"status": "not_estimable", "reason": "1 pooled stratum; a comparison needs two"}
    data = subgroup_data(forest_data(rows), list("abcd"), blocks, {"g__chat": fit(0.3)}, test)
    assert [row.label for row in data.rows] == [rows[i].label for i in (3, 0, 1, 2)]
    assert [(g.label, g.size, g.estimate) for g in data.groups] == [
        ("Chat", 2, 0.3),
        ("Mail", 1, None),
        ("No single platform", 1, None),
    ]
    assert data.groups[0].note == "τ² = 0.020, I² = 12.0%, Q = 2.30 (df 2), p = 0.300"
    assert data.note == (
        "No test for subgroup differences: 1 pooled stratum; a comparison needs two."
    )


def test_the_test_for_differences_in_words():
    row = {"status": "tested", "q_between": 4.321, "df": 1, "p_value": 0.0376, "warning": None}
    words = "Test for subgroup differences: Q = 4.32 (df 1), p = 0.038."
    assert subgroup_words(row) == words
