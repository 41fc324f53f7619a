import numpy as np
import pytest
from diagnostic_examples import GOSHES, gosh_data
from figure_geometry import areas, axis_values, lines, texts, to_height, to_inches
from matplotlib.path import Path
from strataforest.figures.gosh import gosh_plot

HUES = ("without", "mixed", "with")


def hexagons(figure):
    """(hue, shade, outline) of every cell, those of the legend left out."""
    return [
        (hue, shade, cell)
        for hue in HUES
        for shade in range(4)
        for cell in areas(figure, f"{hue}-{shade}")
        if len(cell) == 6
    ]


def cell_of(figure, data):
    """Which cell each subset lies in (-1 for none), by geometry alone."""
    at, height = to_inches(figure), to_height(figure)
    points = np.column_stack([at(np.asarray(data.estimates)), height(np.asarray(data.i2))])
    found = np.full(len(points), -1)
    for i, (_, _, cell) in enumerate(hexagons(figure)):
        found[Path(cell).contains_points(points, radius=1e-6)] = i
    return found


@pytest.mark.parametrize("name", ["plain", "alone"])
def test_every_subset_lies_in_a_cell_and_every_cell_holds_one(name):
    data = GOSHES[name]()
    figure = gosh_plot(data)
    found = cell_of(figure, data)
    assert (found >= 0).all()
    assert set(found) == set(range(len(hexagons(figure))))


def test_cells_do_not_overlap():
    centres = np.array([cell.mean(axis=0) for _, _, cell in hexagons(gosh_plot(gosh_data()))])
    gaps = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    cell = hexagons(gosh_plot(gosh_data()))[0][2]
    assert gaps.min() >= np.ptp(cell[:, 0]) - 1e-9


def test_hue_says_who_is_inside_and_shade_how_many():
    data = gosh_data()
    figure = gosh_plot(data)
    found = cell_of(figure, data)
    cells = hexagons(figure)
    counts = np.bincount(found, minlength=len(cells))
    for i, (hue, _, _) in enumerate(cells):
        share = np.asarray(data.inside)[found == i].mean()
        # A subset on the border of two cells may be counted for the other one here.
        if counts[i] > 3:
            assert hue == HUES[int(np.searchsorted([1 / 3, 2 / 3], share))]
    shades = np.array([shade for _, shade, _ in cells])
    assert shades[counts.argmax()] == 3
    assert (shades[counts == 1] == 0).all()


def test_without_a_study_there_is_one_hue():
    figure = gosh_plot(GOSHES["alone"]())
    assert {hue for hue, _, _ in hexagons(figure)} == {"without"}
    assert not lines(figure, "histogram-with")
    assert texts(figure, "legend") == ["all studies together"]


def test_histograms_count_the_subsets():
    data = GOSHES["alone"]()
    figure = gosh_plot(data)
    at = to_inches(figure)
    bars = areas(figure, "histogram")
    right = max(line[:, 0].max() for line in lines(figure, "axis"))
    above = [bar for bar in bars if bar[:, 0].max() <= right + 1e-6]
    x = at(np.asarray(data.estimates))
    counts = [((x >= b[:, 0].min()) & (x < b[:, 0].max())).sum() for b in above]
    heights = np.array([np.ptp(bar[:, 1]) for bar in above])
    scale = heights.max() / max(counts)
    assert heights == pytest.approx(scale * np.array(counts), abs=1.01 * scale)
    assert sum(counts) == pytest.approx(len(x), abs=10)  # bars thinner than a hair are left out


def test_both_groups_have_a_histogram_on_both_sides():
    figure = gosh_plot(gosh_data())
    for role in ("histogram-with", "histogram-without"):
        corners = np.concatenate(lines(figure, role))
        plane = max((line for line in lines(figure, "axis")), key=lambda line: np.ptp(line[:, 0]))
        assert (corners[:, 0] > plane[:, 0].max()).any()
        assert (corners[:, 0] < plane[:, 0].max()).any()


def test_few_subsets_have_no_histograms():
    for subsets, drawn in ((29, False), (30, True)):
        figure = gosh_plot(gosh_data(subsets=subsets))
        found = [*lines(figure, "histogram-with"), *lines(figure, "histogram-without")]
        assert bool(found) == drawn
        alone = gosh_plot(gosh_data(subsets=subsets, with_study=False))
        assert bool(areas(alone, "histogram")) == drawn
        (pooled, *_) = lines(figure, "pooled-line")
        plane = max(lines(figure, "axis"), key=lambda line: np.ptp(line[:, 1]))
        assert (pooled[:, 1].max() > plane[:, 1].max() + 0.1) == drawn


def test_all_studies_together_are_marked():
    data = gosh_data()
    figure = gosh_plot(data)
    assert lines(figure, "pooled-line")[0][:, 0] == pytest.approx(
        [to_inches(figure)(data.estimate)] * 2, abs=1e-6
    )


def test_ratios_have_round_ratios_without_the_null_in_view():
    figure = gosh_plot(gosh_data(ratio=True, measure="RR", scale=0.5, estimate=0.31))
    values = [float(label) for label in axis_values(figure)]
    assert len(values) >= 3
    assert min(values) > 1.0  # the null is far left of all subsets
    assert not lines(figure, "null")


def test_the_note_says_whether_all_subsets_are_there():
    assert texts(gosh_plot(gosh_data(9, 502)), "note")[0].startswith("All 502 subsets of two or")
    sample = " ".join(texts(gosh_plot(GOSHES["most"]()), "note"))
    assert "32\u202f768" in sample.replace(" 768", "\u202f768") and "at random" in sample
    assert texts(gosh_plot(GOSHES["one"]()), "note")[0].startswith("There is one subset")


def test_subsets_without_a_number_are_left_out():
    data = gosh_data(subsets=50)
    estimates = [*data.estimates[:-1], np.nan]
    cells = cell_of(gosh_plot(gosh_data(subsets=50, estimates=estimates)), data)
    assert (cells[:-1] >= 0).all()


def test_errors():
    with pytest.raises(ValueError, match="at least one"):
        gosh_plot(gosh_data(estimates=[], i2=[], inside=None))
    with pytest.raises(ValueError, match="for every subset"):
        gosh_plot(gosh_data(subsets=5, i2=[1.0]))
