from statistics import NormalDist

import numpy as np
import pytest
from diagnostic_examples import FUNNELS, IMPUTED, funnel_data
from figure_geometry import areas, axis_values, lines, texts, to_height, to_inches
from strataforest.figures.funnel import FunnelPoint, funnel_plot

Z = {p: NormalDist().inv_cdf(1 - p / 2) for p in (0.1, 0.05, 0.01)}


def down(figure):
    """From inches from the bottom to standard errors, by the printed ticks."""
    at = to_height(figure)
    none, one = at(0.0), at(1.0)
    return lambda y: (y - none) / (one - none)


def across(figure):
    """From inches from the left to effects."""
    at = to_inches(figure)
    zero, one = at(0.0), at(1.0)
    return lambda x: (x - zero) / (one - zero)


def test_studies_stand_at_effect_and_standard_error_precise_ones_on_top():
    data = FUNNELS["k12"]()
    figure = funnel_plot(data)
    se, effect = down(figure), across(figure)
    for point, dot in zip(data.points, areas(figure, "study"), strict=False):
        assert effect(dot[:, 0].mean()) == pytest.approx(point.effect, abs=1e-6)
        assert se(dot[:, 1].mean()) == pytest.approx(point.sei, abs=1e-6)
    dots = areas(figure, "study")
    best = min(range(12), key=lambda i: data.points[i].sei)
    assert dots[best][:, 1].mean() == max(dot[:, 1].mean() for dot in dots[:12])


@pytest.mark.parametrize(
    ("role", "inner", "outer"), [("p-below-10", 0.1, 0.05), ("p-below-5", 0.05, 0.01)]
)
def test_shades_hold_what_their_legend_says(role, inner, outer):
    figure = funnel_plot(FUNNELS["k12"]())
    se, effect = down(figure), across(figure)
    strips = areas(figure, role)[:-1]  # the last is the legend's
    assert len(strips) == 2
    for strip in strips:
        # Of a convex polygon: the middle between its corners and its own centre lies inside.
        inside = (strip + strip.mean(axis=0)) / 2
        z = [abs(effect(x)) / se(y) for x, y in inside]
        assert min(z) > Z[inner] and max(z) < Z[outer]


def test_outside_the_last_contour_all_is_shaded_and_nothing_else():
    figure = funnel_plot(FUNNELS["k12"]())
    se, effect = down(figure), across(figure)
    for strip in areas(figure, "p-below-1")[:-1]:
        x, y = strip.mean(axis=0)
        assert abs(effect(x)) / se(y) > Z[0.01]


def test_region_has_the_slope_of_the_level():
    for level in (0.95, 0.9):
        data = funnel_data(level=level)
        figure = funnel_plot(data)
        se, effect = down(figure), across(figure)
        z = NormalDist().inv_cdf(0.5 + level / 2)
        left, right = lines(figure, "region")[:2]
        for sign, line in ((-1, left), (1, right)):
            top, bottom = line
            assert effect(top[0]) == pytest.approx(data.estimate, abs=1e-6)
            assert effect(bottom[0]) == pytest.approx(
                data.estimate + sign * z * se(bottom[1]), abs=1e-6
            )
        assert f"pseudo {100 * level:.0f}% region" in texts(figure, "legend")


def test_imputed_studies_are_hollow_and_the_adjusted_estimate_is_marked():
    figure = funnel_plot(FUNNELS["imputed"]())
    rings = areas(figure, "imputed")
    assert len(rings) == len(IMPUTED) + 1
    assert len(areas(figure, "study")) == 12 + 1
    middle = rings[0].mean(axis=0)
    assert np.hypot(*(rings[0] - middle).T).min() > 0.03  # nothing in the middle
    assert across(figure)(lines(figure, "adjusted-line")[0][0, 0]) == pytest.approx(0.41, abs=1e-6)
    assert {"imputed by trim and fill", "with imputed studies"} <= set(texts(figure, "legend"))
    plain = funnel_plot(FUNNELS["k12"]())
    assert not areas(plain, "imputed") and not lines(plain, "adjusted-line")


def test_a_ratio_has_ratios_on_a_log_axis():
    data = FUNNELS["ratio"]()
    figure = funnel_plot(data)
    values = [float(label) for label in axis_values(figure)]
    assert 1.0 in values and min(values) > 0
    at = to_inches(figure, log=True)
    dot = areas(figure, "study")[0]
    assert dot[:, 0].mean() == pytest.approx(at(np.exp(data.points[0].effect)), abs=1e-6)
    assert texts(figure, "axis-label")[-1] == "RR (log scale)"


def test_outliers_are_arrowheads_on_the_edge():
    figure = funnel_plot(FUNNELS["extreme"]())
    heads = [area for area in areas(figure, "study") if len(area) == 3]
    assert len(heads) == 3  # one left, one right, one below
    assert "3 of 16 lie beyond the axes (arrowheads)." in texts(figure, "note")
    values = [float(label.replace("\u2212", "-")) for label in axis_values(figure)]
    assert min(values) > -3 and max(values) < 3


def test_two_studies_of_very_different_size_are_both_in_view():
    figure = funnel_plot(
        funnel_data(points=[FunnelPoint("A", 0.2, 0.01), FunnelPoint("B", 0.4, 0.5)])
    )
    assert not [area for area in areas(figure, "study") if len(area) == 3]
    assert not [note for note in texts(figure, "note") if "beyond" in note]


def test_sentences_are_printed():
    figure = funnel_plot(funnel_data(tests=["One.", "Two."], note="Three."))
    assert texts(figure, "note") == ["One.", "Two.", "Three."]


def test_errors():
    with pytest.raises(ValueError, match="at least one study"):
        funnel_plot(funnel_data(points=[]))
    for effect, sei in ((0.1, 0.0), (0.1, float("nan")), (float("inf"), 0.1)):
        with pytest.raises(ValueError, match="standard errors above 0: Odd2020"):
            funnel_plot(funnel_data(points=[FunnelPoint("Odd2020", effect, sei)]))
    with pytest.raises(ValueError, match="confidence level"):
        funnel_plot(funnel_data(level=95))
