import math

import numpy as np
import pytest
from figure_examples import FORESTS, extreme_rows, forest_data, study_rows
from figure_geometry import (
    areas,
    assert_readable,
    axis_values,
    everything_written,
    lines,
    polygon_area,
    text_boxes,
    texts,
    to_inches,
)
from strataforest.figures.forest import forest_plot
from strataforest.figures.forest_data import ForestRow


@pytest.mark.parametrize("name", FORESTS)
def test_every_text_can_be_read(name):
    assert_readable(forest_plot(FORESTS[name]()))


@pytest.mark.parametrize("name", ["k1", "k3", "k12", "k60", "extreme"])
def test_diamond_spans_the_interval(name):
    data = FORESTS[name]()
    figure = forest_plot(data)
    (diamond,) = areas(figure, "diamond")
    at = to_inches(figure)
    assert diamond[:, 0].min() == pytest.approx(at(data.ci_low), abs=1e-6)
    assert diamond[:, 0].max() == pytest.approx(at(data.ci_high), abs=1e-6)
    top = diamond[diamond[:, 1].argmax()]
    assert top[0] == pytest.approx(at(data.estimate), abs=1e-6)


def test_diamond_of_a_ratio_stands_on_the_log_scale():
    data = FORESTS["ratio"]()
    figure = forest_plot(data)
    (diamond,) = areas(figure, "diamond")
    at = to_inches(figure, log=True)
    assert diamond[:, 0].min() == pytest.approx(at(math.exp(data.ci_low)), abs=1e-6)
    assert diamond[:, 0].max() == pytest.approx(at(math.exp(data.ci_high)), abs=1e-6)
    assert "[0.61," in texts(figure, "number")


@pytest.mark.parametrize("name", ["k3", "k12", "k60", "ratio"])
def test_square_areas_are_in_proportion_to_weights(name):
    data = FORESTS[name]()
    squares = areas(forest_plot(data), "square")
    per_weight = [
        polygon_area(square) / row.weight for square, row in zip(squares, data.rows, strict=True)
    ]
    assert per_weight == pytest.approx([per_weight[0]] * len(data.rows), rel=1e-6)


def test_a_study_of_hardly_any_weight_keeps_a_mark_on_its_line():
    rows = [*study_rows(11), ForestRow("Wide2020", 9, 9, 0.4, -29.0, 29.8, 0.0009)]
    figure = forest_plot(forest_data(rows))
    least = areas(figure, "square")[-1]
    assert np.ptp(least[:, 0]) > 2 * 0.9 / 72  # the width of the line through it, in points


@pytest.mark.parametrize("name", ["k3", "k12", "k60"])
def test_squares_and_whiskers_stand_at_their_values(name):
    data = FORESTS[name]()
    figure = forest_plot(data)
    at = to_inches(figure)
    for row, square, ci in zip(
        data.rows, areas(figure, "square"), lines(figure, "ci"), strict=True
    ):
        assert square[:, 0].mean() == pytest.approx(at(row.estimate), abs=1e-6)
        assert ci[:, 0] == pytest.approx([at(row.ci_low), at(row.ci_high)], abs=1e-6)
        assert square[:, 1].mean() == pytest.approx(ci[0, 1])


@pytest.mark.parametrize("name", [name for name in FORESTS if name != "huge ratio"])
def test_null_line_meets_a_tick(name):
    data = FORESTS[name]()
    figure = forest_plot(data)
    (null,) = lines(figure, "null")
    at_null = [label for label, x in axis_values(figure).items() if abs(x - null[0, 0]) < 1e-9]
    assert len(at_null) == 1
    assert float(at_null[0]) == (1.0 if data.ratio else 0.0)
    assert 2 <= len(axis_values(figure)) <= 8


def test_null_line_never_passes_for_a_frame():
    for sign in (1, -1):
        low, high = sorted((sign * 0.2, sign * 0.8))
        rows = [ForestRow("One", 450, 450, sign * 0.5, low, high, 100.0)]
        data = forest_data(rows, estimate=sign * 0.5, ci_low=low, ci_high=high)
        figure = forest_plot(data)
        (null,) = lines(figure, "null")
        axis = max(lines(figure, "axis"), key=lambda line: np.ptp(line[:, 0]))
        assert axis[:, 0].min() + 0.25 < null[0, 0] < axis[:, 0].max() - 0.25


def test_ratio_ticks_are_ratios_people_know():
    data = forest_data(study_rows(7, mean=0.0, scale=2.5), ratio=True, measure="OR",
                       estimate=0.0, ci_low=-0.5, ci_high=0.5)  # fmt: skip
    values = [float(label) for label in axis_values(forest_plot(data))]
    assert set(values) <= {0.1, 0.2, 0.25, 0.5, 1, 2, 4, 5, 10}
    assert len(values) >= 4


def test_outliers_are_clipped_with_arrows_and_leave_the_axis_readable():
    figure = forest_plot(forest_data(extreme_rows()))
    values = [float(label.replace("−", "-")) for label in axis_values(figure)]
    assert max(values) < 3 and min(values) > -3
    # Two ends each of ZhengM2020 and Unbounded2021; FarRight and FarLeft once as interval and
    # once in place of their square; ZhengM2020 once in place of its square.
    assert len(areas(figure, "ci-arrow")) == 9
    assert {"[−50.00,", "80.00]", "[−∞,", "∞]", "NE"} <= set(texts(figure, "number"))


def test_without_outliers_nothing_is_clipped():
    figure = forest_plot(FORESTS["k60"]())
    assert not areas(figure, "ci-arrow")
    assert not areas(figure, "prediction-arrow")


def test_prediction_interval_is_drawn_and_printed():
    data = FORESTS["k12"]()
    figure = forest_plot(data)
    (bar,) = lines(figure, "prediction")
    at = to_inches(figure)
    assert bar[:, 0] == pytest.approx([at(data.pi_low), at(data.pi_high)], abs=1e-6)
    assert "95% prediction interval" in texts(figure, "label")
    assert "[−0.21," in texts(figure, "number")
    assert not lines(forest_plot(FORESTS["k1"]()), "prediction")


def test_pooled_estimate_is_marked_through_all_rows():
    data = FORESTS["k12"]()
    figure = forest_plot(data)
    (dotted,) = lines(figure, "pooled-line")
    assert dotted[:, 0] == pytest.approx([to_inches(figure)(data.estimate)] * 2, abs=1e-6)
    heights = [ci[0, 1] for ci in lines(figure, "ci")]
    assert dotted[:, 1].min() < min(heights) and dotted[:, 1].max() > max(heights)


def test_numbers_below_the_plot():
    figure = forest_plot(FORESTS["k12"]())
    assert texts(figure, "note") == [
        "Heterogeneity: τ² = 0.091, I² = 78.3%, Q = 45.21 (df 11), p < 0.001",
        "Test of the pooled effect: p = 0.034. Model: REML, z.",
    ]
    assert "Heterogeneity" not in everything_written(forest_plot(FORESTS["k1"]()))


def test_decimals_stand_under_decimals():
    figure = forest_plot(FORESTS["k12"]())
    numbers = [(text, box) for text, role, box in text_boxes(figure) if role == "number"]
    for pieces in ("[", "]"):
        rights = [box[2] for text, box in numbers if pieces in text]
        assert len(rights) == 14
        assert np.ptp(rights) <= 0.02


def test_height_follows_the_rows_and_width_the_labels():
    heights = [forest_plot(FORESTS[f"k{k}"]()).get_figheight() for k in (3, 12, 60, 200)]
    assert heights == sorted(heights)
    assert heights[1] - heights[0] == pytest.approx(9 * 0.2)
    names = [["A2020"] * 9, ["ZhengM2020, the longer name of a study"] * 9]
    narrow, wide = (forest_plot(forest_data(study_rows(3, names=n))) for n in names)
    assert wide.get_figwidth() > narrow.get_figwidth() + 0.2


def test_columns_nobody_filled_are_left_out():
    rows = [ForestRow(r.label, None, None, r.estimate, r.ci_low, r.ci_high, None)
            for r in study_rows(3)]  # fmt: skip
    headers = texts(forest_plot(forest_data(rows)), "header")
    assert headers == ["Study", "SMD [95% CI]"]


def test_totals_are_only_printed_when_every_arm_is_known():
    rows = study_rows(3)
    assert "1350" in texts(forest_plot(forest_data(rows)), "number")
    rows[1] = ForestRow("Unknown", None, 450, 0.5, 0.2, 0.8, 30.0)
    assert "1350" not in texts(forest_plot(forest_data(rows)), "number")


def test_pooled_row_counts_the_studies_that_gave_an_effect():
    assert "Pooled effect (k = 10)" in texts(forest_plot(forest_data(extreme_rows())), "label")


def test_level_is_printed():
    figure = forest_plot(forest_data(study_rows(3), level=0.975))
    assert "SMD [97.5% CI]" in texts(figure, "header")
    with pytest.raises(ValueError, match="level"):
        forest_plot(forest_data(study_rows(3), level=95))


def test_labels_are_drawn_literally():
    figure = forest_plot(FORESTS["hostile"]())
    labels = texts(figure, "label")
    assert "two lines and a tab" in labels
    assert "$x^2$ and \\alpha_{1} ^ _ 100% {" in labels


def test_no_rows_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        forest_plot(forest_data([]))
