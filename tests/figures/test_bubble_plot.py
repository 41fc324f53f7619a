import numpy as np
import pytest
from diagnostic_examples import BUBBLES, FACTORS, bubble_data, factor_data
from figure_examples import NAMES
from figure_geometry import areas, lines, polygon_area, texts, to_height, to_inches
from strataforest.figures.bubble import bubble_plot
from strataforest.figures.factor_levels import FactorLevel, factor_plot


def bubbles(figure):
    return areas(figure, "bubble")[:-1]  # the last is the legend's


def test_bubbles_stand_at_their_values_large_ones_behind():
    data = BUBBLES["k12"]()
    figure = bubble_plot(data)
    at, height = to_inches(figure), to_height(figure)
    order = sorted(range(12), key=lambda i: -data.weights[i])
    for i, bubble in zip(order, bubbles(figure), strict=True):
        assert bubble[:, 0].mean() == pytest.approx(at(data.x[i]), abs=1e-6)
        assert bubble[:, 1].mean() == pytest.approx(height(data.yi[i]), abs=1e-6)


def test_areas_are_in_proportion_to_weights():
    data = bubble_data(3, weights=[4.0, 2.0, 1.0])
    sizes = [polygon_area(bubble) for bubble in bubbles(bubble_plot(data))]
    assert sizes[0] == pytest.approx(2 * sizes[1]) == pytest.approx(4 * sizes[2])


def test_the_line_and_its_bands_are_those_given():
    data = BUBBLES["k12"]()
    figure = bubble_plot(data)
    at, height = to_inches(figure), to_height(figure)
    line = lines(figure, "fitted-line")[:-1]
    assert line[0][0] == pytest.approx([at(data.line_x[0]), height(data.line_fit[0])], abs=1e-6)
    assert line[-1][1] == pytest.approx([at(data.line_x[-1]), height(data.line_fit[-1])], abs=1e-6)
    for role, low, high in (
        ("confidence-band", data.ci_low, data.ci_high),
        ("prediction-band", data.pi_low, data.pi_high),
    ):
        band = areas(figure, role)[0]
        n = len(low)
        assert band[0] == pytest.approx([at(data.line_x[0]), height(low[0])], abs=1e-6)
        assert band[n - 1] == pytest.approx([at(data.line_x[-1]), height(low[-1])], abs=1e-6)
        assert band[n] == pytest.approx([at(data.line_x[-1]), height(high[-1])], abs=1e-6)


def test_no_effect_is_marked_across_the_whole_plane():
    figure = bubble_plot(BUBBLES["k12"]())
    (null,) = lines(figure, "null")
    assert null[:, 1] == pytest.approx([to_height(figure)(0.0)] * 2, abs=1e-6)


def test_ratios_stand_on_a_log_axis():
    data = BUBBLES["ratio"]()
    figure = bubble_plot(data)
    labels = [float(label) for label in texts(figure, "y-tick")]
    assert 1.0 in labels and min(labels) > 0
    marks = [
        line[0, 1]
        for line in lines(figure, "axis")
        if line[0, 1] == line[1, 1] and np.ptp(line[:, 0]) < 0.1
    ]
    slope, start = np.polyfit(np.log(labels), marks, 1)
    first = max(range(12), key=lambda i: data.weights[i])
    assert bubbles(figure)[0][:, 1].mean() == pytest.approx(
        start + slope * data.yi[first], abs=1e-6
    )


@pytest.mark.parametrize("yi", [[0.25] * 12, [0.0] * 6 + [0.3] * 5 + [0.6]])
def test_effects_that_are_mostly_alike_cut_off_no_band(yi):
    # The median distance of such effects from each other is none.
    x = [4.0 * i for i in range(12)]
    band = {"ci_low": [0.1] * 2, "ci_high": [0.4] * 2, "pi_low": [-0.2] * 2, "pi_high": [0.7] * 2}
    ends = {"line_x": [0.0, 44.0], "line_fit": [0.25] * 2}
    figure = bubble_plot(bubble_data(12, x=x, yi=yi, weights=[16.0] * 12, **ends, **band))
    height = to_height(figure)
    drawn = areas(figure, "prediction-band")[0][:, 1]
    assert (drawn.min(), drawn.max()) == pytest.approx((height(-0.2), height(0.7)), abs=1e-6)
    assert not any("beyond" in note for note in texts(figure, "note"))


def test_few_studies_are_all_named_and_of_many_those_beyond_the_band():
    few = bubble_plot(bubble_data(3))
    assert sorted(texts(few, "point-label")) == sorted(NAMES[:3])
    data = BUBBLES["k60"]()
    wide = bubble_data(
        60, pi_low=[v - 9 for v in data.line_fit], pi_high=[v + 9 for v in data.line_fit]
    )
    assert texts(bubble_plot(wide), "point-label") == []
    yi = list(data.yi)
    yi[7] = 1.4
    assert data.labels[7] in texts(bubble_plot(bubble_data(60, yi=yi)), "point-label")


def test_effects_without_a_moderator_are_counted():
    assert "1 of 6 effects has no value of the moderator." in texts(
        bubble_plot(BUBBLES["extreme"]()), "note"
    )
    assert "2 of 2 effects have no value of the moderator." in texts(
        bubble_plot(BUBBLES["no x"]()), "note"
    )


def test_only_what_is_drawn_is_explained():
    figure = bubble_plot(BUBBLES["same x"]())
    assert texts(figure, "legend") == ["study, area by weight"]
    assert not lines(figure, "fitted-line") and not areas(figure, "confidence-band")


def test_a_band_with_a_missing_end_is_left_out():
    figure = bubble_plot(bubble_data(pi_low=[None] * 40))
    assert not areas(figure, "prediction-band") and areas(figure, "confidence-band")
    assert "95% prediction band" not in texts(figure, "legend")
    # Those beyond the confidence band are named instead.
    assert texts(bubble_plot(bubble_data(60, pi_low=[])), "point-label")


def test_a_prediction_band_that_cannot_be_seen_is_not_explained():
    data = bubble_data(40)
    same = bubble_plot(bubble_data(40, pi_low=data.ci_low, pi_high=data.ci_high))
    assert not areas(same, "prediction-band") and areas(same, "confidence-band")
    assert "95% prediction band" not in texts(same, "legend")
    # One that is wider at one end only is seen.
    wider = [*data.ci_high[:-1], 2 * data.ci_high[-1] - data.ci_low[-1]]
    seen = bubble_plot(bubble_data(40, pi_low=data.ci_low, pi_high=wider))
    assert areas(seen, "prediction-band") and "95% prediction band" in texts(seen, "legend")


def test_bubble_errors():
    with pytest.raises(ValueError, match="a label per study"):
        bubble_plot(bubble_data(3, labels=["one"]))
    with pytest.raises(ValueError, match="a label per study"):
        bubble_plot(bubble_data(3, x=[], yi=[], weights=[], labels=[]))
    with pytest.raises(ValueError, match="for every line_x"):
        bubble_plot(bubble_data(3, ci_low=[0.1]))
    with pytest.raises(ValueError, match="negative or missing"):
        bubble_plot(bubble_data(3, weights=[1.0, -1.0, 2.0]))


def test_levels_have_their_mean_and_all_their_effects():
    data = factor_data()
    figure = factor_plot(data)
    at = to_inches(figure)
    diamonds = areas(figure, "diamond")
    for level, diamond in zip(data.levels[:2], diamonds, strict=False):
        assert diamond[:, 0].min() == pytest.approx(at(level.ci_low), abs=1e-6)
        assert diamond[:, 0].max() == pytest.approx(at(level.ci_high), abs=1e-6)
    drawn = sorted(bubble[:, 0].mean() for bubble in bubbles(figure))
    assert drawn == pytest.approx(sorted(at(e) for lv in data.levels for e in lv.effects), abs=1e-6)
    # A mean without an interval is a small marker, not a diamond of no width.
    assert diamonds[2][:, 0].mean() == pytest.approx(at(data.levels[2].estimate), abs=1e-6)


@pytest.mark.parametrize("name", ["plain", "many", "long"])
def test_bubbles_stay_in_the_row_of_their_level(name):
    data = FACTORS[name]()
    figure = factor_plot(data)
    (rule,) = lines(figure, "rule")
    edges = [rule[0, 1], *(line[0, 1] for line in lines(figure, "hairline"))]
    rows = np.repeat(range(len(data.levels)), [len(level.effects) for level in data.levels])
    for i, bubble in zip(rows, bubbles(figure), strict=True):
        assert bubble[:, 1].max() <= edges[i] + 0.001
        if i + 1 < len(edges):
            assert bubble[:, 1].min() >= edges[i + 1]


def test_an_empty_level_says_why():
    figure = factor_plot(FACTORS["empty level"]())
    assert texts(figure, "reason") == ["not estimable: no effect"]
    assert "NE" in texts(figure, "number")


def test_factor_errors():
    with pytest.raises(ValueError, match="at least one level"):
        factor_plot(factor_data(levels=[]))
    with pytest.raises(ValueError, match="needs a weight"):
        factor_plot(factor_data(levels=[FactorLevel("A", 0.1, 0.0, 0.2, [0.1], [])]))
