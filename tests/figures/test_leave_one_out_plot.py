import pytest
from figure_examples import HOSTILE, LONG_NAMES, NAMES, leave_one_out_data
from figure_geometry import areas, assert_readable, lines, texts, to_inches
from strataforest.figures.leave_one_out import FLAGS, LeaveOneOutRow, leave_one_out_plot

CASES = {
    **{f"k{k}": lambda k=k: leave_one_out_data(k) for k in (1, 3, 12, 60)},
    "long": lambda: leave_one_out_data(6, names=LONG_NAMES + NAMES),
    "hostile": lambda: leave_one_out_data(8, names=HOSTILE),
    "ratio": lambda: leave_one_out_data(6, ratio=True, measure="RR"),
    "extreme": lambda: leave_one_out_data(
        rows=[*leave_one_out_data(5).rows, LeaveOneOutRow("Far2020", 15.0, -50.0, 80.0)]
    ),
    "not estimable": lambda: leave_one_out_data(
        rows=[*leave_one_out_data(2).rows, LeaveOneOutRow("Last2020", None, None, None)]
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_text_can_be_read(name):
    assert_readable(leave_one_out_plot(CASES[name]()))


def test_each_row_says_what_it_omits():
    labels = texts(leave_one_out_plot(leave_one_out_data(3)), "label")
    assert labels == [*(f"Omitting {name}" for name in NAMES[:3]), "All studies"]


def test_band_and_line_show_the_pooled_effect():
    data = leave_one_out_data()
    figure = leave_one_out_plot(data)
    at = to_inches(figure)
    (band,) = areas(figure, "band")
    assert band[:, 0].min() == pytest.approx(at(data.ci_low), abs=1e-6)
    assert band[:, 0].max() == pytest.approx(at(data.ci_high), abs=1e-6)
    (line,) = lines(figure, "pooled-solid")
    assert line[:, 0] == pytest.approx([at(data.estimate)] * 2, abs=1e-6)


def test_flags_show_in_marker_letter_and_legend():
    figure = leave_one_out_plot(leave_one_out_data())
    assert texts(figure, "flag") == ["S M", "D S M H", "M", "H"]
    # One marker in the plot and one in the legend: the row with all flags shows the gravest.
    assert {flag: len(areas(figure, f"flag-{flag}")) for flag in FLAGS} == dict.fromkeys(FLAGS, 2)
    assert len(areas(figure, "point")) == 8
    assert [text[0] for text in texts(figure, "legend")] == list("DSMH")


def test_only_flags_in_use_are_explained():
    figure = leave_one_out_plot(leave_one_out_data(3))
    assert [text[0] for text in texts(figure, "legend")] == ["S", "M"]
    quiet = leave_one_out_plot(leave_one_out_data(1))
    assert texts(quiet, "legend") == []
    # Each omission changes the size by something.
    assert texts(quiet, "note") == [
        "No omission changes direction or significance, or markedly size or heterogeneity."
    ]


def test_outliers_are_clipped_with_arrows():
    assert len(areas(leave_one_out_plot(CASES["extreme"]()), "ci-arrow")) == 3


def test_unknown_flags_and_no_rows_are_errors():
    rows = [LeaveOneOutRow("A", 0.5, 0.2, 0.8, ("size",))]
    with pytest.raises(ValueError, match="unknown flag 'size': choose from direction"):
        leave_one_out_plot(leave_one_out_data(rows=rows))
    with pytest.raises(ValueError, match="at least one"):
        leave_one_out_plot(leave_one_out_data(rows=[]))
