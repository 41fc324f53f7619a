import numpy as np
import pytest
from figure_examples import HOSTILE, domain_panels
from figure_geometry import areas, assert_readable, lines, text_boxes, texts, to_inches
from strataforest.figures.of_analysis import overview_data
from strataforest.figures.overview import (
    OverviewData,
    OverviewRow,
    overview_panels,
    overview_plot,
)


def platforms(extra=()):
    rows = [
        OverviewRow(name, 5, 900, e, e - 0.3, e + 0.3, e - 1, e + 1, 70.0)
        for name, e in [("WeChat", -0.6), ("WhatsApp", -0.45), ("Facebook", -0.2)]
    ]
    return OverviewData("Glycaemic control by platform", "SMD", [*rows, *extra])


FAR = OverviewRow("Weibo", 3, 90, 0.4, -7.0, 8.0, None, None, 90.0)
BEYOND = OverviewRow("Line", 3, 90, 20.0, 18.0, 22.0, None, None, 90.0)


@pytest.mark.parametrize(
    "panels",
    [
        domain_panels(),
        domain_panels()[1:],
        [platforms()],
        [platforms([FAR, BEYOND])],
        [platforms([OverviewRow(label, *[None] * 8, label) for label in HOSTILE])],
        [OverviewData("None estimable", "SMD", domain_panels()[0].rows[3:])],
    ],
    ids=["domains", "ratio", "platforms", "extreme", "hostile", "none"],
)
def test_every_text_can_be_read(panels):
    assert_readable(overview_panels(panels))


def test_diamonds_and_prediction_intervals_stand_at_their_values():
    data = platforms()
    figure = overview_plot(data)
    at = to_inches(figure)
    diamonds, bars = areas(figure, "diamond"), lines(figure, "prediction")
    # The last of each belongs to the legend.
    for row, diamond, bar in zip(data.rows, diamonds[:-1], bars[:-1], strict=True):
        assert diamond[:, 0].min() == pytest.approx(at(row.ci_low), abs=1e-6)
        assert diamond[:, 0].max() == pytest.approx(at(row.ci_high), abs=1e-6)
        assert bar[:, 0] == pytest.approx([at(row.pi_low), at(row.pi_high)], abs=1e-6)


def test_an_interval_beyond_the_axis_is_cut_there_with_arrows():
    figure = overview_plot(platforms([FAR, BEYOND]))
    # 3 platforms, 2 arrows and the cut diamond of Weibo, 1 arrow of Line, 1 in the legend.
    assert len(areas(figure, "diamond")) == 8
    width = figure.get_figwidth()
    assert all(
        area[:, 0].min() > 0 and area[:, 0].max() < width for area in areas(figure, "diamond")
    )


def test_an_interval_that_reaches_into_the_axis_shows_how_far():
    # Its estimate lies beyond; without its near end nothing would tell it from one all beyond.
    near = OverviewRow("KakaoTalk", 5, 90, 9.0, -0.5, 18.5, None, None, 99.8)
    figure = overview_plot(platforms([near]))
    at = to_inches(figure)
    cut = areas(figure, "diamond")[-2]
    assert cut[:, 0].min() == pytest.approx(at(-0.5), abs=1e-6)
    assert cut[:, 0].max() == pytest.approx(lines(figure, "axis")[0][:, 0].max(), abs=1e-6)
    assert 0 < np.ptp(cut[:, 1]) < np.ptp(areas(figure, "diamond")[0][:, 1])


def test_reason_stands_in_place_of_an_effect():
    figure = overview_panels(domain_panels())
    reasons = texts(figure, "reason")
    assert reasons[0] == "not estimable: k = 2 < 3"
    assert "NE" in texts(figure, "number")
    assert len(areas(figure, "veil")) == 2


def test_panels_have_their_own_measure_and_null_and_share_columns():
    figure = overview_panels(domain_panels())
    headers = texts(figure, "header")
    assert "SMD [95% CI]" in headers and "RR [95% CI]" in headers
    assert len(lines(figure, "null")) == 2
    assert texts(figure, "tick").count("1") == 2  # a value of the SMD axis, the null of the other
    edges = {round(box[2], 2) for text, role, box in text_boxes(figure) if text == "I²"}
    assert len(edges) == 1


def test_legend_explains_only_what_is_drawn():
    assert len(texts(overview_plot(platforms()), "legend")) == 2
    bare = OverviewData("x", "SMD", [OverviewRow("A", 3, 90, 0.4, 0.1, 0.8, None, None, 0.0)])
    assert texts(overview_plot(bare), "legend") == ["pooled effect with 95% confidence interval"]


def test_nothing_to_draw_is_an_error():
    for panels in ([], [OverviewData("empty", "SMD", [])]):
        with pytest.raises(ValueError, match="at least one"):
            overview_panels(panels)


def pooled(measure, domain, **changes):
    row = {"measure": measure, "domain": domain, "status": "pooled", "label": domain, "k": "3"}
    row |= {"n_participants": "90", "reason": "", "favourable": "positive"}
    return row | dict.fromkeys(("estimate", "ci_low", "ci_high"), "0.1") | NO_SPREAD | changes


NO_SPREAD = dict.fromkeys(("pi_low", "pi_high", "i2"), "")


def test_mean_differences_of_two_domains_share_no_axis():
    # Of steps and millimoles on one axis, one would be a line from edge to edge.
    rows = [pooled("MD", "steps"), pooled("SMD", "pain"), pooled("MD", "glucose")]
    rows += [pooled("SMD", "mood"), pooled("", "sleep", status="not_estimable", reason="k = 0")]
    panels = overview_data(rows, "Domains", 0.95)
    assert [[row.label for row in panel.rows] for panel in panels] == [
        ["steps", "sleep"],
        ["pain", "mood"],
        ["glucose"],
    ]
    # Platforms over all domains are one set: what is in them is the team's to say.
    platforms = [pooled("MD", "", label=name) for name in ("SMS", "LINE")]
    assert len(overview_data(platforms, "Platforms", 0.95)) == 1


@pytest.mark.parametrize(
    ("good", "labels"),
    [
        (["negative", "negative"], ("Favours intervention", "Favours control")),
        (["negative", ""], ("Fewer with intervention", "More with intervention")),
        # What is good differs from row to row: no label holds for both.
        (["negative", "positive"], ("", "")),
    ],
)
def test_events_of_an_overview_favour_an_arm_only_where_all_of_them_do(good, labels):
    numbers = dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "i2"), "0.1")
    rows = [
        {"measure": "RR", "status": "pooled", "label": "x", "k": "3", "n_participants": "90"}
        | {"reason": "", "favourable": sign, **numbers}
        for sign in good
    ]
    (panel,) = overview_data(rows, "Events", 0.95)
    assert (panel.left_label, panel.right_label) == labels
    assert_readable(overview_panels([panel]))
