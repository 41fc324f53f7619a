"""The one visual language of all figures: colours, type, lines and the room around things."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontProperties

# Okabe and Ito's palette, told apart with every common kind of colour blindness.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#AA4499"
ORANGE = "#E69F00"
YELLOW = "#F0E442"
WINE = "#661100"  # of Tol's muted palette
INK = "#1A1A1A"
GREY = "#6B6B6B"
PALE = "#C8C8C8"
BAND = "#E6EFF6"
PAPER = "#FFFFFF"

# Type sizes in points.
TITLE = 10.0
BODY = 8.0
SMALL = 7.0

# Room in inches.
MARGIN = 0.16
GAP = 0.22
ROW = 0.2
DENSE_ROW = 0.17
LINE = 1.32  # distance of baselines, in type sizes
PLOT_WIDTH = 2.9
LABEL_WIDTH = 2.35

PNG_DPI = 300

# Verdana has the metrics of DejaVu Sans: an SVG opened where DejaVu is absent keeps its layout.
FAMILIES = ["DejaVu Sans", "Bitstream Vera Sans", "Verdana", "sans-serif"]

_RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Bitstream Vera Sans", "Verdana"],
    "svg.fonttype": "none",
    "svg.hashsalt": "strataforest",
    "pdf.fonttype": 42,
    # By this one the PDF backend decides how many glyphs an embedded font may hold.
    "ps.fonttype": 42,
    "text.hinting": "no_hinting",
    "text.parse_math": False,
    "text.usetex": False,
    "path.simplify": False,
    "path.snap": False,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn: colour, width in points, dash pattern in points, drawing order."""

    colour: str
    width: float
    dashes: tuple[float, ...] = ()
    order: float = 2.0


@dataclass(frozen=True)
class Fill:
    """How an area is filled, its drawing order, and the colour of a thin rim if it has one."""

    colour: str
    order: float = 3.0
    edge: str = ""


STROKES = {
    "rule": Stroke(INK, 0.8),
    "hairline": Stroke(PALE, 0.6),
    "axis": Stroke(INK, 0.7),
    "null": Stroke(INK, 0.7, order=1.2),
    "pooled-line": Stroke(VERMILION, 0.9, (1.0, 2.0), order=1.4),
    "ci": Stroke(INK, 0.9),
    "pooled-solid": Stroke(VERMILION, 0.9, order=1.4),
    "prediction": Stroke(VERMILION, 1.1),
    "flow": Stroke(INK, 0.8),
    "stem": Stroke(GREY, 0.9),
    "baseline": Stroke(GREY, 0.6, order=1.2),
    "threshold": Stroke(GREY, 0.7, (3.0, 2.0), order=1.2),
    "leader": Stroke(GREY, 0.5, order=2.8),
    "region": Stroke(INK, 0.8, (3.0, 2.0), order=1.5),
    "adjusted-line": Stroke(PURPLE, 0.9, (4.0, 1.5, 1.0, 1.5), order=1.4),
    "fitted-line": Stroke(VERMILION, 1.3, order=1.6),
    "histogram-with": Stroke(VERMILION, 1.0),
    "histogram-without": Stroke(BLUE, 1.0),
}

FILLS = {
    "band": Fill(BAND, order=0.5),
    "veil": Fill(PAPER, order=1.6),
    "square": Fill(BLUE),
    "diamond": Fill(VERMILION),
    "point": Fill(BLUE),
    "flag-direction": Fill(VERMILION),
    "flag-significance": Fill(PURPLE),
    "flag-magnitude": Fill(ORANGE),
    "flag-heterogeneity": Fill(GREEN),
    "ci-arrow": Fill(INK, order=2.5),
    "prediction-arrow": Fill(VERMILION, order=2.5),
    "influential": Fill(VERMILION, order=3.2),
    "influential-row": Fill("#FBEBDD", order=0.5),
    "imputed": Fill(INK, order=3.1),
    "p-below-10": Fill("#C3CBD3", order=0.6),
    "p-below-5": Fill("#D9DEE3", order=0.5),
    "p-below-1": Fill("#EBEEF1", order=0.4),
    "judged-low": Fill(GREEN),
    "judged-some": Fill(YELLOW),
    "judged-high": Fill(VERMILION),
    "judged-critical": Fill(WINE),
    "judged-unclear": Fill(PALE),
    "not-judged": Fill(GREY),
    "unjudged-part": Fill(PAPER, edge=GREY),
    "stage": Fill(PAPER, edge=INK),
    "phase": Fill(BAND, order=0.5),
    "flow-arrow": Fill(INK, order=2.5),
    "study": Fill(BLUE, edge=PAPER),
    "bubble": Fill(BLUE, edge=PAPER),
    "prediction-band": Fill("#E8EFF6", order=0.4),
    "confidence-band": Fill("#C4D8E8", order=0.5),
    "histogram": Fill("#9DB8CE", order=1.0),
    # Three hues by what the subsets hold, four shades by how many there are.
    **{f"without-{i}": Fill(c) for i, c in enumerate(("#C9DDEC", "#8DB9DA", "#4890C3", BLUE))},
    **{f"mixed-{i}": Fill(c) for i, c in enumerate(("#DDDDDD", "#BDBDBD", "#969696", "#6B6B6B"))},
    **{f"with-{i}": Fill(c) for i, c in enumerate(("#F6D9C3", "#EDB083", "#E28644", VERMILION))},
}


@contextmanager
def context() -> Iterator[None]:
    """Matplotlib's own defaults plus ours, whatever the user's matplotlibrc says; then restored."""
    with mpl.rc_context():
        # As a plain dict: setting by setting, matplotlib checks 300 values for every figure.
        dict.update(mpl.rcParams, _settings())
        yield


@cache
def _settings() -> dict:
    """All settings of figures, checked by matplotlib once."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        settings = dict(mpl.rcParams.copy())
    # Not a setting of figures, and none that a context restores.
    del settings["backend"]
    return settings


@cache
def font_path(bold: bool = False) -> str:
    """The bundled DejaVu Sans, never a system one of another version."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name)


@cache
def font(size: float = BODY, bold: bool = False) -> FontProperties:
    """The font of a text; size in points. Shared, so never to be modified."""
    return FontProperties(
        family=FAMILIES,
        weight="bold" if bold else "normal",
        size=size,
        fname=font_path(bold),
    )
