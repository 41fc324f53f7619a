import math

import pytest
from figure_geometry import areas, lines, text_boxes, texts
from strataforest.figures.axis import Axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.legend import Key, draw_legend
from strataforest.figures.plane import Plane, spanning_axis, within
from strataforest.figures.point_labels import draw_labels

PLANE = Plane(Axis(0, 10, 1, 5, ()), Axis(0, 100, 4, 0, ()))


def test_values_go_right_and_up():
    assert PLANE.at(0, 0) == (1, 4)
    assert PLANE.at(10, 100) == (5, 0)
    assert (PLANE.left, PLANE.right, PLANE.top, PLANE.bottom) == (1, 5, 0, 4)
    assert PLANE.at(-5, 500) == (1, 0)
    assert PLANE.holds(10, 0) and not PLANE.holds(10.1, 50)


@pytest.mark.parametrize(
    ("polygon", "corners"),
    [
        ([(1, 10), (9, 10), (5, 90)], 3),
        ([(-10, 10), (20, 10), (20, 20), (-10, 20)], 4),
        ([(-5, 50), (5, -50), (15, 50), (5, 150)], 4),
        ([(11, 10), (20, 10), (15, 20)], 0),
    ],
)
def test_a_polygon_is_cut_at_the_frame(polygon, corners):
    points = within(polygon, PLANE)
    assert len({(round(x, 6), round(y, 6)) for x, y in points}) == corners
    assert all(1 <= x <= 5 and 0 <= y <= 4 for x, y in points)


@pytest.mark.parametrize(
    "values", [[3.0], [0.0], [1e-9, 2e-9], [-1e12, 1e12], [5.0, 5.0 + 1e-13], [1.0, math.inf]]
)
def test_every_finite_value_is_in_view(values):
    axis = spanning_axis(values, 0, 3)
    assert all(axis.low <= v <= axis.high for v in values if math.isfinite(v))
    assert len(axis.ticks) >= 2
    assert all(axis.low <= v <= axis.high for v, _ in axis.ticks)


def test_without_room_below_an_axis_begins_at_its_least_value():
    for values in ([0.0, 4.0], [0.0]):
        assert spanning_axis(values, 0, 3, room=(0.0, 0.08)).low == 0.0


@pytest.mark.parametrize(
    ("low", "high"), [(1.3, 1.6), (0.2, 0.4), (2, 30), (0.001, 5), (1e-6, 1e6), (20, 21), (0.9, 1)]
)
def test_ratio_ticks_are_round_ratios_in_view(low, high):
    axis = spanning_axis([math.log(low), math.log(high)], 0, 4, ratio=True)
    assert len(axis.ticks) >= 2
    for value, label in axis.ticks:
        assert axis.low - 1e-9 <= value <= axis.high + 1e-9
        if "10" not in label:
            assert math.exp(value) == pytest.approx(float(label), rel=1e-9)


def written(named, taken=(), bounds=(0, 0, 4, 4), **more):
    canvas = Canvas()
    count = draw_labels(canvas, named, [*taken, *(mark for _, mark in named)], bounds, **more)
    return count, canvas.figure(4, 4)


def box(x, y, half=0.05):
    return x - half, y - half, x + half, y + half


def test_names_of_a_cluster_are_all_written_and_apart():
    named = [(f"Study{i}", box(2 + 0.08 * i, 2 + 0.02 * (i % 2))) for i in range(6)]
    count, figure = written(named)
    assert count == 6
    boxes = [b for _, role, b in text_boxes(figure) if role == "point-label"]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1])
    assert lines(figure, "leader")


def test_the_first_name_has_the_first_choice():
    mark = box(2, 2)
    count, figure = written([("First", mark), ("Second", mark)])
    assert count == 2
    assert texts(figure, "point-label") == ["First", "Second"]
    assert len(lines(figure, "leader")) <= 1


def test_where_there_is_no_room_no_name_is_written():
    count, figure = written([("Some study", box(0.2, 0.2))], bounds=(0, 0, 0.4, 0.4))
    assert count == 0
    assert not texts(figure, "point-label")
    count, _ = written([("Some study", box(2, 2))], taken=[(0, 0, 4, 4)])
    assert count == 0


def test_lines_are_crossed_only_where_there_is_no_other_way():
    line = (2.06, 1.99, 4.0, 2.01)
    _, free = written([("Some study", box(2, 2))], lines=[line])
    (where,) = [b for _, role, b in text_boxes(free) if role == "point-label"]
    assert where[2] < 2.06 or not where[1] < 2 < where[3]
    count, _ = written([("Some study", box(2, 2))], lines=[(0, 0, 4, 4)])
    assert count == 1


def test_names_beside_points_lose_their_ends():
    name = "DRInternet2025 (Health behaviors)"
    _, figure = written([(name, box(2, 2))])
    assert texts(figure, "point-label") == ["DRInternet2025 (Health…)"]


def test_names_alike_without_their_ends_keep_them():
    names = [f"The Multicentre Pragmatic Randomised Trial of Messaging, Arm {i}" for i in (1, 2)]
    _, figure = written([(name, box(1, 1 + i)) for i, name in enumerate(names)])
    first, second = texts(figure, "point-label")
    assert first.endswith("Arm 1") and second.endswith("Arm 2")


def legend_lines(sizes, width=3.0):
    """How many entries each line of a legend has, of entries with that many letters."""
    canvas = Canvas()
    draw_legend(canvas, [Key("study", "circle", "m" * n) for n in sizes], 0.2, width)
    heights = [round(b[3], 2) for _, _, b in text_boxes(canvas.figure(width, 2.0))]
    return [heights.count(y) for y in dict.fromkeys(heights)]


def test_no_entry_of_a_legend_stands_alone_below_a_full_line():
    assert legend_lines([4] * 4, 3.0) == [2, 2]
    assert legend_lines([4] * 5, 3.0) == [3, 2]
    assert legend_lines([4] * 3, 3.0) == [3]
    assert legend_lines([3, 3, 20], 3.0) == [2, 1]
    assert legend_lines([30], 3.0) == [1]


def test_a_legend_breaks_into_lines_and_shortens_what_is_too_long():
    canvas = Canvas()
    keys = [Key("study", "circle", f"entry number {i}") for i in range(5)]
    draw_legend(canvas, [*keys, Key("rule", "line", "word " * 60)], 0.2, 3.0)
    figure = canvas.figure(3.0, 2.0)
    boxes = [b for _, _, b in text_boxes(figure)]
    assert max(b[2] for b in boxes) < 3.0 - 0.1
    assert len({round(b[1], 2) for b in boxes}) > 2
    assert len(areas(figure, "study")) == 5
    assert "…" in texts(figure, "legend")[-1]
