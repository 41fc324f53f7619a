"""What holds for every diagnostic figure: it can be read; same content, same bytes."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from diagnostic_examples import FIGURES
from figure_geometry import assert_readable, text_boxes
from matplotlib.collections import LineCollection, PolyCollection
from strataforest.figures.save import FORMATS, save

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "workflow" / "scripts"
KINDS = ("influence", "baujat", "funnel", "bubble", "factor", "gosh", "cumulative", "presets")
DRAW = """
import sys
from pathlib import Path
from test_diagnostic_figures import draw_one_of_each
draw_one_of_each(Path(sys.argv[1]))
"""


def draw_one_of_each(folder):
    for kind in KINDS:
        name = next(n for n in FIGURES if n.startswith(kind) and n.endswith(("k12", "plain")))
        save(FIGURES[name](), folder / kind, FORMATS)


def drawn(figure):
    """Corners (n x 2, inches) of every line and area."""
    found = []
    for collection in figure.findobj(PolyCollection):
        found += [path.vertices for path in collection.get_paths()]
    for collection in figure.findobj(LineCollection):
        found += collection.get_segments()
    return np.concatenate(found)


@pytest.mark.parametrize("name", FIGURES)
def test_every_text_can_be_read_and_nothing_leaves_the_canvas(name):
    figure = FIGURES[name]()
    assert_readable(figure)
    corners = drawn(figure)
    assert np.isfinite(corners).all()
    assert (corners >= 0).all() and (corners <= figure.get_size_inches()).all()


@pytest.mark.parametrize("name", [n for n in FIGURES if n.startswith(("baujat", "bubble"))])
def test_names_beside_points_touch_no_mark(name):
    figure = FIGURES[name]()
    marks = [
        path.get_extents()
        for collection in figure.findobj(PolyCollection)
        if collection.get_label() in ("study", "influential", "bubble")
        for path in collection.get_paths()
    ]
    # The marks of the legend stand outside the plane and touch no name either.
    for text, role, (x0, y0, x1, y1) in text_boxes(figure):
        if role == "point-label":
            for mark in marks:
                across = min(x1, mark.x1) - max(x0, mark.x0)
                along = min(y1, mark.y1) - max(y0, mark.y0)
                assert across <= 0.004 or along <= 0.004, (text, mark)


def test_same_bytes_from_two_processes(tmp_path):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", DRAW, str(tmp_path / name)],
            env=os.environ
            | {
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([str(PACKAGE), str(HERE)]),
            },
        )
        for name, seed in (("one", "1"), ("two", "2"))
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == len(KINDS) * len(FORMATS)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("name", [n for n in FIGURES if n.endswith("hostile")])
def test_labels_of_strangers_are_drawn_literally(name, tmp_path):
    (path,) = save(FIGURES[name](), tmp_path / "figure", ["svg"])
    root = ElementTree.parse(path).getroot()
    written = " ".join(e.text for e in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "$x^2$" in written  # not set as a formula
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_a_full_cloud_of_subsets_stays_a_small_file(tmp_path):
    for path in save(FIGURES["gosh most"](), tmp_path / "gosh", FORMATS):
        assert path.stat().st_size < 400_000
