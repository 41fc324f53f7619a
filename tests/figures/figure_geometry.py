"""What stands where on a drawn figure, in inches, measured rather than remembered."""

import warnings
from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.text import Text

DPI = 300


def text_boxes(figure):
    """(text, role, box) of every text, the box as x0, y0, x1, y1 in inches."""
    figure.dpi = DPI
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from")
        for text in figure.findobj(Text):
            if text.get_text():
                box = text.get_window_extent(renderer)
                boxes.append((text.get_text(), text.get_label(), box.extents / DPI))
    return boxes


def assert_readable(figure):
    """No text leaves the canvas, none touches another."""
    width, height = figure.get_size_inches()
    boxes = text_boxes(figure)
    assert boxes
    for text, _, (x0, y0, x1, y1) in boxes:
        assert x0 >= 0.05 and y0 >= 0.03, text
        assert x1 <= width - 0.05 and y1 <= height - 0.03, text
    for (one, _, a), (two, _, b) in combinations(boxes, 2):
        across = min(a[2], b[2]) - max(a[0], b[0])
        along = min(a[3], b[3]) - max(a[1], b[1])
        assert across <= 0.004 or along <= 0.004, (one, two, across, along)


def texts(figure, role):
    """The texts of a role, in the order in which they were drawn."""
    return [t.get_text() for t in figure.findobj(Text) if t.get_label() == role]


def everything_written(figure):
    return " ".join(t.get_text() for t in figure.findobj(Text))


def areas(figure, role):
    """Outlines (n x 2, inches) of a role's polygons, in the order in which they were drawn."""
    return [
        path.vertices[:-1]
        for collection in figure.findobj(PolyCollection)
        if collection.get_label() == role
        for path in collection.get_paths()
    ]


def lines(figure, role):
    return [
        segment
        for collection in figure.findobj(LineCollection)
        if collection.get_label() == role
        for segment in collection.get_segments()
    ]


def polygon_area(points):
    x, y = np.asarray(points).T
    return 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


def axis_values(figure):
    """The printed ticks as {label: x in inches}, of the only axis of the figure."""
    return {
        t.get_text(): t.get_position()[0] for t in figure.findobj(Text) if t.get_label() == "tick"
    }


def to_inches(figure, log=False):
    """A function from values (ratios with `log`) to inches, recovered from the printed ticks."""
    ticks = axis_values(figure)
    values = np.array([float(label.replace("\u2212", "-")) for label in ticks])
    values = np.log(values) if log else values
    slope, start = np.polyfit(values, np.array(list(ticks.values())), 1)
    return lambda value: start + slope * (np.log(value) if log else value)


def to_height(figure):
    """A function from values to inches from the bottom, recovered from a vertical axis's ticks."""
    labels = texts(figure, "y-tick")
    marks = [
        line[0, 1]
        for line in lines(figure, "axis")
        if line[0, 1] == line[1, 1] and np.ptp(line[:, 0]) < 0.1
    ]
    values = [float(label.replace("\u2212", "-").rstrip("%")) for label in labels]
    assert len(marks) == len(values)
    slope, start = np.polyfit(values, marks, 1)
    return lambda value: start + slope * value
