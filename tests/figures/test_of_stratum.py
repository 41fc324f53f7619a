"""From a fit to a forest plot: events per arm, and what is said of cluster trials."""

import pytest
from figure_geometry import assert_readable, text_boxes, texts
from strataforest.figures.forest import forest_plot
from strataforest.figures.labels import cluster_note
from strataforest.figures.of_stratum import forest_data

NAMES = ["Ash2010", "Birch2011", "Cedar2012"]


def binary_fit(**studies):
    k = len(NAMES)
    content = {
        "study_id": NAMES,
        "effect_id": [f"{name}|relapse|x" for name in NAMES],
        "n_treat": [60.0, 1240.0, 35.0],
        "n_control": [60.0, 1190.0, 35.0],
        "events_treat": [4.0, 108.0, 0.0],
        "events_control": [9.0, 122.0, 3.0],
        "yi": [-0.9, -0.2, -2.0],
        "ci_low": [-2.1, -0.5, -5.0],
        "ci_high": [0.3, 0.1, 0.9],
        "weight": [10.0, 88.0, 2.0],
    }
    numbers = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "p_value", "tau2")
    return {
        "k": k,
        "measure": "OR",
        "favourable": "negative",
        "studies": content | studies,
        "pooled": dict(zip(numbers, (-0.3, -0.6, -0.01, -0.9, 0.3, 0.04, 0.02), strict=True)),
        "heterogeneity": {"i2": 12.0, "q": 2.3, "q_df": 2, "q_p": 0.3},
        "preset": {
            "name": "metafor",
            "pooling": {"tau2": "REML", "ci": "z", "level": 0.95},
        },
    }


def drawn(**studies):
    return forest_plot(forest_data(binary_fit(**studies), "Relapse", {}))


def counts_of(figure):
    """What stands in the columns of the arms, each event with the people after it."""
    numbers = texts(figure, "number")
    return [(text, numbers[i - 1]) for i, text in enumerate(numbers) if text.endswith("/")]


def test_events_stand_before_the_people_and_both_are_added_up():
    figure = drawn()
    assert counts_of(figure) == [
        *[("4/", "60"), ("9/", "60")],
        *[("108/", "1240"), ("122/", "1190")],
        *[("0/", "35"), ("3/", "35")],
        *[("112/", "1335"), ("134/", "1285")],
    ]
    assert "Events / N" in texts(figure, "header")
    assert_readable(figure)


def test_slashes_stand_under_slashes():
    boxes = [box for text, _, box in text_boxes(drawn()) if text.endswith("/")]
    for arm in (0, 1):
        rights = [box[2] for box in boxes[arm::2]]
        assert len(rights) == 4
        assert max(rights) - min(rights) < 0.02


def test_events_nobody_printed_are_not_added_up():
    figure = drawn(events_treat=[4.0, None, 0.0], events_control=[9.0, None, 3.0])
    assert counts_of(figure)[2:4] == [("—/", "1240"), ("—/", "1190")]
    assert counts_of(figure)[-2:] == [("—/", "1335"), ("—/", "1285")]
    assert_readable(figure)


def test_people_nobody_printed_are_not_added_up():
    figure = drawn(n_treat=[60.0, None, 35.0])
    assert counts_of(figure)[-1] == ("134/", "1285")
    assert "112/" not in texts(figure, "number")


def test_without_any_event_there_are_participants():
    unknown = [None] * 3
    for figure in (
        drawn(events_treat=unknown, events_control=unknown),
        forest_plot(forest_data(continuous_fit(), "Mood", {})),
    ):
        assert "Participants" in texts(figure, "header")
        assert not counts_of(figure)
        assert "1335" in texts(figure, "number")


def continuous_fit(**studies):
    fit = binary_fit(**studies) | {"measure": "SMD", "favourable": "positive"}
    del fit["studies"]["events_treat"], fit["studies"]["events_control"]
    return fit


def test_counts_of_one_trial_twice_have_no_total():
    figure = drawn(study_id=["Ash2010", "Ash2010", "Cedar2012"])
    assert "112/" not in texts(figure, "number")
    assert texts(figure, "note")[-1] == "3 effects of 2 trials, pooled as if independent."


@pytest.mark.parametrize(
    ("effects", "note"),
    [
        (None, ""),
        ([None, None, None], ""),
        ([None, 1.0, None], ""),
        ([None, 1.57, None], "Counts of Birch2011 are divided by its design effect, 1.57."),
        (
            [2.0, 1.5699999999999998, 12.345],
            "Counts of Ash2010 (2.00), Birch2011 (1.57) and Cedar2012 (12.3) are divided by their "
            "design effects.",
        ),
    ],
)
def test_cluster_trials_are_named_below_the_plot(effects, note):
    more = {} if effects is None else {"design_effect": effects}
    data = forest_data(binary_fit(**more), "Relapse", {})
    assert data.note == note
    assert (note in texts(forest_plot(data), "note")) == bool(note)


def test_a_printed_ratio_of_a_cluster_trial_is_divided_by_nothing():
    studies = {"design_effect": [2.0, None, None], "events_treat": [None, 108.0, 0.0]}
    assert cluster_note(binary_fit(**studies)["studies"]) == ""


def test_continuous_cluster_trials_are_named_too():
    fit = continuous_fit(design_effect=[None, 1.9, None])
    assert forest_data(fit, "Mood", {}).note == (
        "For the variance, participants of Birch2011 are divided by its design effect, 1.90."
    )


@pytest.mark.parametrize(
    ("measure", "header"),
    [("ROM", "log ROM"), ("PETO", "Peto OR"), ("SMD", "SMD"), ("RR", "RR"), ("MD", "MD")],
)
def test_numbers_are_headed_by_what_they_are(measure, header):
    # Ratios of means are pooled and printed as logarithms: 0.09 is no ratio of 0.09.
    fit = continuous_fit() | {"measure": measure}
    assert f"{header} [95% CI]" in texts(forest_plot(forest_data(fit, "Pain", {})), "header")
