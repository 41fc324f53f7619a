"""Figures become files: the same figure gives the same bytes, and a crash leaves no half file."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from strataforest.figures import style
from strataforest.figures.canvas import Canvas
from strataforest.figures.fonts import quick_fonts
from strataforest.figures.pixels import write_png
from strataforest.tabular import replacing

FORMATS = ("svg", "pdf", "png")
_MOST_PIXELS = 60_000  # Agg refuses 65 536


def save(figure: Figure, stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write `stem`.svg, .pdf, .png and return their paths, in the order asked for.

    SVG keeps text as text, PDF embeds TrueType fonts, PNG has 300 dots per inch (fewer only for a
    figure beyond 60 000 dots). The folder is made when it is absent. Raises ValueError, before
    anything is written, for a format other than these.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(
            f"cannot write a figure as {', '.join(map(repr, unknown))}: "
            f"choose from {', '.join(FORMATS)}"
        )
    stem = Path(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_name(f"{stem.name}.{name}") for name in formats]
    canvas, dpi = figure.canvas, figure.dpi
    try:
        with style.context(), quick_fonts(), warnings.catch_warnings():
            # One warning per Chinese character helps nobody; SVG still holds the real text.
            warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from")
            for path, name in zip(paths, formats, strict=True):
                with replacing(path) as unfinished, unfinished.open("wb") as stream:
                    _WRITERS[name](figure, stream)
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)
    return paths


def rehearse() -> None:
    """Write a figure of two words to nowhere: fonts are then loaded for all that follow."""
    canvas = Canvas()
    canvas.text(0.2, 0.2, "regular")
    canvas.text(0.2, 0.6, "bold", bold=True)
    figure = canvas.figure(1.0, 1.0, "rehearsal")
    with style.context(), quick_fonts():
        for writer in _WRITERS.values():
            writer(figure, io.BytesIO())


def save_as(figure: Figure, paths: Sequence[str]) -> None:
    """Write `figure` to paths that differ in their format only; remove it in other formats."""
    wanted = [Path(path) for path in paths]
    save(figure, wanted[0].with_suffix(""), [path.suffix[1:] for path in wanted])
    for path in set(wanted[0].parent.glob(f"{wanted[0].stem}.*")) - set(wanted):
        path.unlink()


def _write_svg(figure: Figure, stream: BinaryIO) -> None:
    metadata = {"Date": None, "Creator": None, "Title": figure.get_label() or None}
    FigureCanvasSVG(figure).print_svg(stream, metadata=metadata)


def _write_pdf(figure: Figure, stream: BinaryIO) -> None:
    metadata = {"CreationDate": None, "Creator": None, "Producer": None}
    if figure.get_label():
        metadata["Title"] = figure.get_label()
    FigureCanvasPdf(figure).print_pdf(stream, metadata=metadata)


def _write_png(figure: Figure, stream: BinaryIO) -> None:
    figure.dpi = min(style.PNG_DPI, _MOST_PIXELS / max(figure.get_size_inches()))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    write_png(np.asarray(canvas.buffer_rgba()), stream, figure.dpi)


_WRITERS = {"svg": _write_svg, "pdf": _write_pdf, "png": _write_png}
