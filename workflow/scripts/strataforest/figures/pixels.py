"""A drawing as PNG: 256 colours say the same in a third of the bytes and of the time."""

from typing import BinaryIO

import numpy as np
from PIL import Image

_PAPER = 0xFFFFFFFF  # white and opaque, in any order of bytes
_PLAIN = 16  # colours kept as they are, of the palette's 255
_RUNS = 3  # zlib's strategy that looks for runs only: quicker than its search, and smaller here


def write_png(pixels: np.ndarray, stream: BinaryIO, dpi: float) -> None:
    """Write opaque `pixels` (height, width, 4; uint8: red, green, blue, alpha) with a palette.

    A drawing has a few plain colours and, along edges, some hundred mixtures of them. The paper and
    the 16 commonest colours stay as they are; the others take the nearest of 239 more.
    """
    shades = np.ascontiguousarray(pixels).view(np.uint32)[..., 0].ravel()
    # A drawing is long runs of one colour: some ten thousand of them in millions of pixels.
    starts = np.concatenate(([0], np.flatnonzero(shades[1:] != shades[:-1]) + 1))
    lengths = np.diff(starts, append=len(shades))
    runs = shades[starts]
    colours = np.unique(runs)
    index = np.searchsorted(colours, runs)
    counts = np.bincount(index, weights=lengths, minlength=len(colours))
    inked = colours != _PAPER
    places = np.zeros(len(colours), dtype=np.uint8)
    places[inked], palette = _palette(colours[inked], counts[inked])
    image = np.repeat(places[index], lengths)
    paletted = Image.fromarray(image.reshape(pixels.shape[:2]))
    paletted.putpalette([255, 255, 255, *palette])
    paletted.save(stream, "png", dpi=(dpi, dpi), compress_type=_RUNS)


def _palette(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Return the place of each of n colours (n,) in a palette, after the paper, and the palette."""
    rgb = colours.view(np.uint8).reshape(-1, 4)[:, :3]
    common = np.argsort(-counts, kind="stable")
    plain, rare = common[:_PLAIN], common[_PLAIN:]
    places = np.zeros(len(colours), dtype=np.uint8)
    places[plain] = np.arange(1, len(plain) + 1)
    palette = rgb[plain].ravel().tolist()
    if rare.size:
        row = Image.fromarray(np.ascontiguousarray(rgb[np.newaxis, rare]))
        few = row.quantize(255 - _PLAIN, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        places[rare] = np.asarray(few)[0] + 1 + _PLAIN
        palette += few.getpalette()
    return places, palette
