import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from strataforest.figures.canvas import Canvas


def ink(text, x, bold):
    """Which pixels of a strip 3 inches wide a text that begins at `x` inches blackens."""
    canvas = Canvas()
    canvas.text(x, 0.2, text, bold=bold)
    figure = canvas.figure(3.0, 0.4)
    figure.dpi = 300
    agg = FigureCanvasAgg(figure)
    agg.draw()
    return np.asarray(agg.buffer_rgba())[:, :, 0] < 128


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("name", ["שרה כהן 2016 ", "كريم ٢٠٢١ "])
def test_a_name_that_runs_from_right_to_left_stands_before_its_domain(name, bold):
    # As in SVG, whose lines run from left to right; else the domain would stand before the name.
    together = ink(f"{name}(Knowledge)", 0.2, bold)
    domain = ink("(Knowledge)", 0.2, bold)
    columns = np.flatnonzero(domain.any(axis=0))
    width = columns[-1] - columns[0] + 1
    end = np.flatnonzero(together.any(axis=0))[-1] + 1
    same = together[:, end - width : end] == domain[:, columns[0] : columns[-1] + 1]
    assert same[domain[:, columns[0] : columns[-1] + 1]].mean() > 0.8
