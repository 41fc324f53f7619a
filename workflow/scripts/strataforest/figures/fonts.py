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

# What labels in Latin and Greek script are made of, with punctuation, arrows, signs, marks and
# ligatures; a figure that shows anything else has its font cut from the whole file.
_COMMON = [*range(0x20, 0x180), *range(0x370, 0x400), *range(0x2000, 0x2100)]
_COMMON += [*range(0x2190, 0x2200), *range(0x2200, 0x2270), *range(0x25A0, 0x2600)]
_COMMON += [0x2713, 0x2717, *range(0xFB00, 0xFB07), 0xFFFD]


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

    `glyphs` are indices in the font file; so are the keys of the result's `glyph_index_map`.
    """
    small, places = _small_copy(fontfile)
    if not places.keys() >= set(glyphs):
        return _cut_from_file(fontfile, glyphs)
    font = TTFont(io.BytesIO(small), recalcTimestamp=False)
    subsetter = subset.Subsetter(_options())
    subsetter.populate(gids=[places[glyph] for glyph in glyphs])
    subsetter.subset(font)
    moved = subsetter.glyph_index_map
    where = {glyph: moved[places[glyph]] for glyph in glyphs}
    return embedding.SubsetResults(font, where)._as_cm()


@cache
def _small_copy(fontfile: Any) -> tuple[bytes, dict[int, int]]:
    """Return a font cut to common characters as a file, and each kept index's place in it."""
    options = _options()
    options.font_number = fontfile.face_index
    subsetter, file = subset.Subsetter(options), io.BytesIO()
    with subset.load_font(fontfile, options) as font:
        subsetter.populate(unicodes=_COMMON)
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
