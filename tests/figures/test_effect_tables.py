"""The cumulative plot and the comparison of presets, which share their table."""

import pytest
from diagnostic_examples import CUMULATIVES, PRESETS, cumulative_data, presets_data
from figure_geometry import areas, lines, texts, to_inches
from matplotlib.text import Text
from strataforest.figures.cumulative import cumulative_plot
from strataforest.figures.effect_table import EffectTable, TableRow, draw_effect_table
from strataforest.figures.presets import presets_plot


def test_rows_stand_at_their_values_and_the_last_is_a_diamond():
    data = cumulative_data(12)
    figure = cumulative_plot(data)
    at = to_inches(figure)
    for row, dot, ci in zip(
        data.rows[:-1], areas(figure, "point"), lines(figure, "ci"), strict=True
    ):
        assert dot[:, 0].mean() == pytest.approx(at(row.estimate), abs=1e-6)
        assert ci[:, 0] == pytest.approx([at(row.ci_low), at(row.ci_high)], abs=1e-6)
    (diamond,) = areas(figure, "diamond")
    last = data.rows[-1]
    assert diamond[:, 0].min() == pytest.approx(at(last.ci_low), abs=1e-6)
    assert diamond[:, 0].max() == pytest.approx(at(last.ci_high), abs=1e-6)
    (line,) = lines(figure, "pooled-line")
    assert line[:, 0] == pytest.approx([at(last.estimate)] * 2, abs=1e-6)


def test_years_and_counts_are_printed():
    figure = cumulative_plot(cumulative_data(3))
    assert texts(figure, "header")[:3] == ["Study added", "Year", "k"]
    assert texts(figure, "number")[:2] == ["2001", "1"]
    undated = cumulative_plot(CUMULATIVES["undated"]())
    assert "Year" not in texts(undated, "header")
    assert "—" in texts(cumulative_plot(cumulative_data(12)), "number")  # year not known


def test_p_values_are_printed_short():
    numbers = texts(cumulative_plot(cumulative_data(12)), "number")
    assert "0.400" in numbers and "< 0.001" in numbers


def test_presets_have_diamonds_predictions_and_one_in_bold():
    data = presets_data()
    figure = presets_plot(data)
    at = to_inches(figure)
    diamonds, bars = areas(figure, "diamond")[:-1], lines(figure, "prediction")[:-1]
    for row, diamond in zip(data.rows, diamonds, strict=True):
        assert diamond[:, 0].min() == pytest.approx(at(row.ci_low), abs=1e-6)
        assert diamond[:, 0].max() == pytest.approx(at(row.ci_high), abs=1e-6)
    predicted = [row for row in data.rows if row.pi_low is not None]
    for row, bar in zip(predicted, bars, strict=True):
        assert bar[:, 0] == pytest.approx([at(row.pi_low), at(row.pi_high)], abs=1e-6)
    bold = [
        t.get_text()
        for t in figure.findobj(Text)
        if t.get_label() == "label" and t.get_fontproperties().get_weight() == "bold"
    ]
    assert bold == ["stata16"]
    assert lines(figure, "pooled-line")[0][0, 0] == pytest.approx(at(0.5), abs=1e-6)


def test_a_preset_that_fails_says_why():
    figure = presets_plot(PRESETS["failed"]())
    assert " ".join(texts(figure, "reason")) == PRESETS["failed"]().rows[-1].reason
    assert len(areas(figure, "veil")) == 1


def test_only_what_is_drawn_is_explained():
    bare = presets_data(("metafor",))
    rows = [bare.rows[0].__class__("a", 0.5, 0.3, 0.7, None, None, 0.0, 0.0, 0.01)]
    assert texts(presets_plot(presets_data(rows=rows)), "legend") == [
        "pooled effect with 95% confidence interval"
    ]
    assert texts(presets_plot(PRESETS["none"]()), "legend") == []


def test_errors():
    with pytest.raises(ValueError, match="at least one study"):
        cumulative_plot(cumulative_data(rows=[]))
    with pytest.raises(ValueError, match="at least one preset"):
        presets_plot(presets_data(rows=[]))
    row = TableRow("A", (0.1, 0.0, 0.2), after=("1",))
    with pytest.raises(ValueError, match="'A' must have a text for every heading"):
        draw_effect_table(EffectTable("", "SMD", "Study", [row]))
