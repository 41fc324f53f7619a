"""Fonts in figures at a fraction of the cost: found once, and cut for a PDF from a small font.

Matplotlib looks up the same few fonts for every text anew, and parses all 6,000 glyphs of DejaVu
Sans for every PDF although a figure shows some 80 of them. Both answers are the same every time.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib.backends import _backend_pdf_ps as embedding
from matplotlib.font_manager import fontManager

# What nearly every figure is made of: ASCII and the signs of statistics.
_USUAL = (
    *range(0x20, 0x7F),
    *map(ord, "\u00a0\u00b1\u00b2\u00d7\u00fc\u00e9\u03c4\u03c7\u2013\u2014"),
)
_USUAL += tuple(map(ord, "\u2018\u2019\u201c\u201d\u2026\u2190\u2192\u2212\u2264\u2265"))
# What labels in Latin and Greek script are made of, with punctuation, arrows, signs, marks and
# ligatures; a figure that shows anything else has its font cut from the whole file.
_COMMON = (*range(0x20, 0x180), *range(0x370, 0x400), *range(0x2000, 0x2100))
_COMMON += (*range(0x2190, 0x2200), *range(0x2200, 0x2270), *range(0x25A0, 0x2600))
_COMMON += (0x2713, 0x2717, *range(0xFB00, 0xFB07), 0xFFFD)


@contextmanager
def quick_fonts() -> Iterator[None]:
    """While figures are written, find fonts once and cut them from a small copy."""
    with (
        patch.object(fontManager, "_find_fonts_by_props", _found),
        patch.object(embedding, "get_glyphs_subset", _cut),
    ):
        yield


_find, _cut_from_file = fontManager._find_fonts_by_props, embedding.get_glyphs_subset


@cache
def _found(*args: Any, **kwargs: Any) -> list:
    # A font given by its file is found once for every family it stands for.
    return list(dict.fromkeys(_find(*args, **kwargs)))


def _cut(fontfile: Any, glyphs: Any) -> Any:
    """Return what matplotlib's own function does: a font of `glyphs` only, and where each one went.

    `glyphs` are indices in the font file; so are the keys of the result's `glyph_index_map`. Most
    figures need nothing but the usual characters, and embed one and the same font of those.
    """
    wanted = set(glyphs)
    for characters in (_USUAL, _COMMON):
        font, places = _cut_to(fontfile, characters)
        if places.keys() >= wanted:
            break
    else:
        return _cut_from_file(fontfile, glyphs)
    if characters == _USUAL:
        return embedding.SubsetResults(_Finished(font), places)._as_cm()
    return _cut_further(font, places, wanted)


def _cut_further(font: bytes, places: dict[int, int], glyphs: set[int]) -> Any:
    """Return the font of `glyphs`, cut from a font in which they are at `places`."""
    opened = TTFont(io.BytesIO(font), recalcTimestamp=False)
    subsetter = subset.Subsetter(_options())
    subsetter.populate(gids=[places[glyph] for glyph in glyphs])
    subsetter.subset(opened)
    moved = subsetter.glyph_index_map
    where = {glyph: moved[places[glyph]] for glyph in glyphs}
    return embedding.SubsetResults(opened, where)._as_cm()


class _Finished:
    """A font that needs only to be written: as much of fontTools' TTFont as matplotlib asks for."""

    def __init__(self, font: bytes) -> None:
        self._font = font

    def __enter__(self) -> "_Finished":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def save(self, file: io.BytesIO, reorderTables: bool = True) -> None:
        """Write the font."""
        file.write(self._font)


@cache
def _cut_to(fontfile: Any, characters: tuple[int, ...]) -> tuple[bytes, dict[int, int]]:
    """Return a font cut to some characters as a file, and each kept index's place in it."""
    options = _options()
    options.font_number = fontfile.face_index
    subsetter, file = subset.Subsetter(options), io.BytesIO()
    with subset.load_font(fontfile, options) as font:
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        # A PDF names the glyphs of its text by their index: it needs no map from characters.
        del font["cmap"]
        font.save(file)
    return file.getvalue(), dict(subsetter.glyph_index_map)


def _options() -> subset.Options:
    """Return how fonts are cut: without the tables that a PDF does not read."""
    options = subset.Options(glyph_names=False, recommended_glyphs=True)
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "MATH", "kern", "gasp", "name", "OS/2"]
    options.layout_features = []
    return options
