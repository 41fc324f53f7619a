"""The PRISMA diagram: boxes that hold their text, arrows that meet boxes, no holes."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from figure_geometry import areas, assert_readable, lines, text_boxes, texts
from review_examples import FLOWS, WHOLE, flow, reasons
from strataforest.figures.canvas import ARROW
from strataforest.figures.flow_diagram import flow_diagram
from strataforest.figures.of_flow import flow_rows


def drawn(*counts):
    return flow_diagram("PRISMA 2020 flow diagram", flow_rows(flow(*counts)))


def boxes(figure):
    """The boxes of the stages as x0, y0, x1, y1 in inches."""
    return [np.array([*box.min(axis=0), *box.max(axis=0)]) for box in areas(figure, "stage")]


def in_boxes(figure):
    """The lines of each box, top down."""
    found = []
    for box in boxes(figure):
        inside = [
            (-text_box[1], text)
            for text, role, text_box in text_boxes(figure)
            if role == "stage" and box[0] < text_box[0] < box[2] and box[1] < text_box[1] < box[3]
        ]
        found.append([text for _, text in sorted(inside)])
    return found


@pytest.mark.parametrize("name", FLOWS)
def test_every_text_can_be_read_and_stands_in_a_box(name):
    figure = drawn(*FLOWS[name])
    assert_readable(figure)
    for text, role, (x0, y0, x1, y1) in text_boxes(figure):
        if role == "stage":
            assert any(
                a + 0.03 < x0 and b + 0.02 < y0 and x1 < c - 0.03 and y1 < d - 0.02
                for a, b, c, d in boxes(figure)
            ), text


@pytest.mark.parametrize("name", FLOWS)
def test_boxes_keep_apart(name):
    for a, b in combinations(boxes(drawn(*FLOWS[name])), 2):
        assert min(a[2], b[2]) < max(a[0], b[0]) - 0.1 or min(a[3], b[3]) < max(a[1], b[1]) - 0.1


@pytest.mark.parametrize("name", FLOWS)
def test_every_arrow_meets_a_box_and_no_line_crosses_one(name):
    figure = drawn(*FLOWS[name])
    found = boxes(figure)
    tips = [head[0] for head in areas(figure, "flow-arrow")]
    for x, y in tips:
        meets_top = [abs(y - d) < 1e-6 and a < x < c for a, b, c, d in found]
        meets_left = [abs(x - a) < 1e-6 and b < y < d for a, b, c, d in found]
        assert any(meets_top) or any(meets_left)
    for line in lines(figure, "flow"):
        (x0, y0), (x1, y1) = line.min(axis=0), line.max(axis=0)
        for a, b, c, d in found:
            assert not (x0 < c - 1e-6 and x1 > a + 1e-6 and y0 < d - 1e-6 and y1 > b + 1e-6)


def test_every_box_but_the_first_is_reached():
    figure = drawn(*WHOLE, *reasons(15))
    assert len(boxes(figure)) == 10
    assert len(areas(figure, "flow-arrow")) == 9


def test_exits_without_a_box_of_their_own_hang_on_the_way_down():
    figure = drawn(*FLOWS["exits without their boxes"])
    assert len(boxes(figure)) == 4
    assert len(areas(figure, "flow-arrow")) == 3
    (down,) = (line for line in lines(figure, "flow") if np.ptp(line[:, 0]) == 0)
    across = [line for line in lines(figure, "flow") if np.ptp(line[:, 1]) == 0]
    for line in across:
        assert line[0, 0] == pytest.approx(down[0, 0])
        assert down[:, 1].min() - ARROW <= line[0, 1] <= down[:, 1].max()


def test_a_stage_nobody_counted_leaves_no_hole():
    few, all_of_them = (drawn(*FLOWS[n]) for n in ("from assessment on", "fifteen reasons"))
    assert texts(few, "phase") == ["Screening", "Included"]
    assert texts(all_of_them, "phase") == ["Identification", "Screening", "Included"]
    gaps = []
    for figure in (few, all_of_them):
        spans = sorted((box[1], box[3]) for box in areas_of_levels(figure))
        gaps += [low - high for (_, high), (low, _) in pairwise(spans)]
    assert gaps == pytest.approx([0.26] * len(gaps))


def areas_of_levels(figure):
    """Boxes on one level joined into the tallest of them."""
    levels = []
    for box in sorted(boxes(figure), key=lambda box: box[1] - box[3]):
        if not any(level[1] <= box[1] and box[3] <= level[3] for level in levels):
            levels.append(box)
    return levels


def test_what_the_boxes_say():
    assert in_boxes(drawn(*WHOLE, *reasons(2, "Reason {}"))) == [
        [
            "Records identified from:",
            "Databases (n = 13\u202f842)",
            "Embase (n = 12\u202f042)",
            "PubMed (n = 1800)",
            "Registers (n = 120)",
            "ClinicalTrials.gov (n = 120)",
            "Other sources (n = 13)",
            "citation searching (n = 13)",
        ],
        [
            "Records removed before screening:",
            "Duplicate records removed (n = 2000)",
            "Records marked as ineligible by",
            "automation tools (n = 300)",
            "Records removed for other reasons (n = 3)",
            "not in a language that anybody of the",
            "team reads well enough (n = 3)",
        ],
        ["Records screened (n = 11\u202f672)"],
        ["Records excluded (n = 11\u202f000)"],
        ["Reports sought for retrieval (n = 672)"],
        ["Reports not retrieved (n = 12)"],
        ["Reports assessed for eligibility (n = 660)"],
        ["Reports excluded (n = 79)", "Reason 0 (n = 40)", "Reason 1 (n = 39)"],
        ["Studies included in the review (n = 155)", "Reports of included studies (n = 160)"],
        ["Studies included in the meta-analysis", "(n = 99)"],
    ]


def test_duplicates_follow_from_what_was_left_of_them():
    figure = drawn(*FLOWS["nobody counted the screened"])
    removed = in_boxes(figure)[1]
    assert removed == ["Records removed before screening:", "Duplicate records removed (n = 1697)"]
    assert in_boxes(figure)[2][0].startswith("Records after duplicates removed")


def test_nothing_counted_is_an_error():
    with pytest.raises(ValueError, match="at least one stage"):
        drawn()
