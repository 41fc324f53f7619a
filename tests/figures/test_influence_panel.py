import math

import numpy as np
import pytest
from diagnostic_examples import INFLUENCES, baujat_data, influence_data
from figure_examples import LONG_NAMES, NAMES
from figure_geometry import areas, lines, text_boxes, texts, to_height, to_inches
from strataforest.figures.baujat import baujat_plot
from strataforest.figures.influence import influence_plot

PANELS = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "qe_del", "hat", "weight")


def baselines(figure):
    """x of the line without influence of each panel; the last one belongs to the legend."""
    return [line[0, 0] for line in lines(figure, "baseline")][: len(PANELS)]


def test_values_stand_at_one_scale_per_panel():
    data = influence_data(12, flagged=())
    figure = influence_plot(data)
    dots = np.array([dot[:, 0].mean() for dot in areas(figure, "point")]).reshape(12, len(PANELS))
    zero = [0, 0, 0, 1, data.tau2, data.q, 1 / 12, 100 / 12]
    for column, (name, start) in enumerate(zip(PANELS, zero, strict=True)):
        values = np.array([getattr(row, name) for row in data.rows]) - start
        shift = dots[:, column] - baselines(figure)[column]
        if name == "hat":  # all the same here
            assert shift == pytest.approx(0, abs=1e-9)
            continue
        scale = shift[0] / values[0]
        assert scale > 0
        assert shift == pytest.approx(scale * values, abs=1e-9)


def test_ticks_agree_with_the_values():
    data = influence_data(12, flagged=())
    figure = influence_plot(data)
    axes = [line for line in lines(figure, "axis") if np.ptp(line[:, 0]) > 0.5]
    left, right = axes[2][:, 0].min() - 0.05, axes[2][:, 0].max() + 0.05
    ticks = {
        float(text): (box[0] + box[2]) / 2
        for text, role, box in text_boxes(figure)
        if role == "tick" and left < (box[0] + box[2]) / 2 < right
    }
    assert len(ticks) >= 2
    slope, start = np.polyfit(list(ticks), list(ticks.values()), 1)
    dots = [dot[:, 0].mean() for dot in areas(figure, "point")][2 :: len(PANELS)]
    expected = [start + slope * row.cook_d for row in data.rows]
    assert dots == pytest.approx(expected, abs=0.01)


def test_limits_are_those_of_the_rule():
    k = 17
    figure = influence_plot(influence_data(k, flagged=()))
    # Two for the residual, two for dffits, Cook's distance, hat; the last is the legend's.
    limits = [line[0, 0] for line in lines(figure, "threshold")][:-1]
    assert len(limits) == 6
    data = influence_data(k, flagged=())
    dots = np.array([dot[:, 0].mean() for dot in areas(figure, "point")]).reshape(k, len(PANELS))

    def value(column, x):
        name, start = PANELS[column], baselines(figure)[column]
        scale = (dots[0, column] - start) / getattr(data.rows[0], name)
        return (x - start) / scale

    assert value(0, limits[1]) == pytest.approx(1.959964, abs=1e-6)
    assert value(1, limits[2]) == pytest.approx(-3 / math.sqrt(k - 1), abs=1e-9)
    assert value(2, limits[4]) == pytest.approx(0.454936423, abs=1e-8)  # chi-squared, 1 df
    # The hat values are all 1 / k, so that their scale is that of the ticks; here the order.
    assert limits[5] > baselines(figure)[6]


def test_influential_studies_stand_out_and_are_named():
    figure = influence_plot(influence_data(12, flagged=(1, 4)))
    assert len(areas(figure, "influential-row")) == 2
    assert len(areas(figure, "influential")) == 2 * len(PANELS) + 1
    assert texts(figure, "note")[0] == f"Influential: {NAMES[1]}, {NAMES[4]}."
    quiet = influence_plot(influence_data(12, flagged=()))
    assert not areas(quiet, "influential-row") and not areas(quiet, "influential")
    assert texts(quiet, "note")[0] == "None is influential."


def test_many_influential_studies_are_counted():
    notes = " ".join(texts(influence_plot(INFLUENCES["all"]()), "note"))
    assert "and 48 more." in notes


def test_undefined_and_infinite_values():
    figure = influence_plot(INFLUENCES["undefined"]())
    assert texts(figure, "undefined") == ["—"] * 6
    extreme = influence_plot(INFLUENCES["extreme"]())
    assert len(texts(extreme, "undefined")) == 2
    heads = [area for area in areas(extreme, "influential") if len(area) == 3]
    assert len(heads) == 1  # an infinite dffits of a flagged study


def test_tiny_units_are_taken_out_of_the_ticks():
    figure = influence_plot(INFLUENCES["tiny"]())
    assert "(×10⁻¹⁴)" in texts(figure, "header")
    assert all(len(label) <= 4 for label in texts(figure, "tick"))


def test_without_studies_is_an_error():
    with pytest.raises(ValueError, match="at least one study"):
        influence_plot(influence_data(rows=[]))
    with pytest.raises(ValueError, match="at least one study"):
        baujat_plot(baujat_data(points=[]))


def test_baujat_points_stand_at_their_values():
    data = baujat_data(12)
    figure = baujat_plot(data)
    at, height = to_inches(figure), to_height(figure)
    plain = [p for p in data.points if not p.influential]
    for point, dot in zip(plain, areas(figure, "study"), strict=True):
        assert dot[:, 0].mean() == pytest.approx(at(point.x), abs=1e-6)
        assert dot[:, 1].mean() == pytest.approx(height(point.y), abs=1e-6)


def test_baujat_names_what_lies_far_out():
    data = baujat_data(12)
    named = texts(baujat_plot(data), "point-label")
    furthest = max(data.points, key=lambda p: p.x), max(data.points, key=lambda p: p.y)
    assert {p.label for p in furthest} <= set(named)
    assert next(p.label for p in data.points if p.influential) in named
    close = [p.label for p in data.points if p.x < 1 and p.y < 0.1 and not p.influential]
    assert not set(close) & set(named)


def test_baujat_says_what_it_cannot_place():
    data = baujat_data(
        points=[*baujat_data(3).points, baujat_data(1).points[0].__class__("X", None, 1)]
    )
    assert "1 of 4 studies cannot be placed." in texts(baujat_plot(data), "note")


def test_long_names_are_shortened_in_the_sentence_too():
    note = texts(influence_plot(influence_data(4, LONG_NAMES, flagged=range(4))), "note")
    assert len(" ".join(note)) < 700
