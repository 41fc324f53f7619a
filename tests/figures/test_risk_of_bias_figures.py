"""The traffic light, the summary and the judgements beside a forest plot."""

import numpy as np
import pytest
from figure_examples import forest_data, study_rows
from figure_geometry import areas, assert_readable, text_boxes, texts
from review_examples import LIGHTS, bars, judged_trials
from strataforest.figures import style
from strataforest.figures.forest import forest_plot
from strataforest.figures.forest_data import ForestRow
from strataforest.figures.judgement_bars import judgement_bars
from strataforest.figures.judgements import LOOKS
from strataforest.figures.of_risk_of_bias import stratum_bars
from strataforest.figures.traffic_light import JudgedTrial, traffic_light
from strataforest.risk_of_bias.tools import TOOLS

ROB2 = TOOLS["rob2"]
SIGNS = {"low": "+", "some concerns": "!", "high": "\u2212"}


def drawn(name):
    k, tool, names = LIGHTS[name]
    return traffic_light("Risk of bias in each trial", TOOLS[tool], judged_trials(k, tool, names))


def with_sign(figure):
    """How many discs of each judgement of RoB 2 there are, the legend's among them."""
    return {name: len(areas(figure, LOOKS[name][0])) for name in SIGNS}


@pytest.mark.parametrize("name", LIGHTS)
def test_every_text_of_a_traffic_light_can_be_read(name):
    assert_readable(drawn(name))


@pytest.mark.parametrize("k", [1, 3, 12, 60])
@pytest.mark.parametrize("tool", TOOLS)
def test_every_text_of_a_summary_can_be_read(k, tool):
    assert_readable(judgement_bars(bars(k, tool)))


@pytest.mark.parametrize("k", [1, 3, 12, 60])
@pytest.mark.parametrize("tool", TOOLS)
def test_every_text_of_a_forest_plot_with_judgements_can_be_read(k, tool):
    assert_readable(forest_plot(judged_forest(k, tool)))


def test_each_judgement_is_a_disc_with_its_sign_in_its_trial_s_row():
    trials = [
        JudgedTrial("Ash2019", {"D1": "low", "D2": "high", "overall": "high"}),
        JudgedTrial("Birch2020", {"D1": "some concerns", "D2": "low"}),
    ]
    figure = traffic_light("", ROB2, trials)
    # Each of the three judgements once more in the legend.
    assert with_sign(figure) == {"low": 3, "some concerns": 2, "high": 3}
    assert texts(figure, "header") == ["Study", "D1", "D2", "Overall"]
    boxes = text_boxes(figure)
    label = {text: box for text, role, box in boxes if role == "label"}
    heads = {text: box for text, role, box in boxes if role == "header"}
    signs = [(text, box) for text, role, box in boxes if role == "sign"]
    found = {}
    for name, row in label.items():
        for column, head in heads.items():
            for text, box in signs:
                x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                if head[0] - 0.05 <= x <= head[2] + 0.05 and row[1] - 0.05 <= y <= row[3] + 0.05:
                    found[name, column] = text
    assert found == {
        ("Ash2019", "D1"): "+",
        ("Ash2019", "D2"): "\u2212",
        ("Ash2019", "Overall"): "\u2212",
        ("Birch2020", "D1"): "!",
        ("Birch2020", "D2"): "+",
    }
    assert len(areas(figure, "not-judged")) == 2  # Birch2020's overall, and the legend
    assert "not judged" in texts(figure, "legend")


def test_signs_stand_in_the_middle_of_their_discs():
    figure = drawn("robins_i k12")
    discs = [disc for role, _, _ in set(LOOKS.values()) for disc in areas(figure, role)]
    middles = np.array([(disc.min(axis=0) + disc.max(axis=0)) / 2 for disc in discs])
    for text, role, box in text_boxes(figure):
        if role == "sign":
            x = (box[0] + box[2]) / 2
            assert np.abs(middles[:, 0] - x).min() < 0.01, text


def test_sixty_trials_keep_the_shape_of_a_page():
    for name in ("rob2 k60", "robins_i k60", "long"):
        width, height = drawn(name).get_size_inches()
        # A4 within margins: what is larger is printed smaller, and must stay legible.
        assert min(7.5 / width, 10 / height) > (0.9 if name == "rob2 k60" else 0.65)
    assert drawn("rob2 k12").get_figwidth() < 4.5


def test_all_trials_stand_in_a_traffic_light_of_blocks_once():
    labels = texts(drawn("rob2 k60"), "label")
    assert sorted(labels) == sorted(trial.label for trial in judged_trials(60))


def test_columns_nobody_judged_are_left_out_and_nothing_judged_is_an_error():
    figure = traffic_light("", ROB2, [JudgedTrial("Ash2019", {"overall": "low"})])
    assert texts(figure, "header") == ["Study", "Overall"]
    with pytest.raises(ValueError, match="at least one judgement"):
        traffic_light("", ROB2, [JudgedTrial("Ash2019", {"D1": ""})])
    with pytest.raises(ValueError, match="at least one judgement"):
        judgement_bars(bars(1, trials=[{}]))


def test_parts_of_a_bar_are_the_shares_of_the_weight():
    trials = [{"overall": "low"}, {"overall": "high"}, {"overall": "high"}, {}]
    figure = judgement_bars(bars(4, trials=trials, weights=[50.0, 20.0, 5.0, 25.0]))
    widths = {
        role: np.ptp(areas(figure, role)[0][:, 0])
        for role in ("judged-low", "judged-high", "unjudged-part")
    }
    whole = sum(widths.values())
    assert widths["judged-low"] == pytest.approx(0.5 * whole)
    assert widths["judged-high"] == pytest.approx(0.25 * whole)
    assert texts(figure, "share") == ["+ 50%", "\u2212 25%", "25%"]
    assert whole == pytest.approx(4.0)


def test_a_stratum_s_summary_weighs_effects_as_the_fit_does():
    fit = {"studies": {"study_id": ["Ash2019", "Birch2020"], "weight": [80.0, 20.0]}}
    data = stratum_bars(fit, {"Ash2019": {"D1": "low", "D6": ""}}, "rob2", "Glycemic control")
    assert data.weights == [80.0, 20.0]
    assert [trial["D1"] for trial in data.trials] == ["low", ""]
    assert texts(judgement_bars(data), "share") == ["+ 80%", "20%"]


def judged_forest(k, tool="rob2"):
    trials = judged_trials(k, tool)
    rows = [
        ForestRow(**(vars(row) | {"judgements": trial.judgements}))
        for row, trial in zip(study_rows(k), trials, strict=True)
    ]
    return forest_data(rows, tool=TOOLS[tool])


def test_judgements_stand_beside_their_studies_in_a_forest_plot():
    figure = forest_plot(judged_forest(12))
    assert texts(figure, "header")[-1] == "Weight"
    assert {"Risk of bias", "D1", "D5", "Overall"} <= set(texts(figure, "header"))
    assert any(t.startswith("Risk of bias by RoB 2. D1: ") for t in texts(figure, "note"))
    squares = areas(figure, "square")
    high = areas(figure, "judged-high")[:-1]  # the last is the legend's
    heights = {round(float(square[:, 1].mean()), 3) for square in squares}
    assert high
    for disc in high:
        middle = (disc[:, 1].min() + disc[:, 1].max()) / 2
        assert min(abs(middle - height) for height in heights) < 0.002


def test_a_forest_plot_without_judgements_has_no_columns_for_them():
    plain, empty = forest_data(study_rows(3)), forest_data(study_rows(3), tool=ROB2)
    for data in (plain, empty):
        figure = forest_plot(data)
        assert "Risk of bias" not in texts(figure, "header")
        assert figure.get_figwidth() == forest_plot(plain).get_figwidth()


# Machado, Oliveira & Fernandes 2009, severity 1: what linear RGB becomes without one kind of cone.
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(linear):
    """CIE L*a*b* (D65) of a linear RGB colour."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(linear, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_of_judgements_differ_for_the_colour_blind(kind):
    roles = ["judged-low", "judged-some", "judged-high", "judged-critical", "judged-unclear"]
    seen = []
    for role in roles:
        code = style.FILLS[role].colour
        rgb = np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen.append(lab(np.array(BLINDNESS[kind]) @ linear))
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > 15
