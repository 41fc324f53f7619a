"""Text that is drawn where the layout has put it: one line, on its baseline, as typed."""

import unicodedata

from matplotlib.backend_bases import RendererBase
from matplotlib.text import Text

from strataforest.figures.layout import text_width

# Says without ink that a line runs from left to right.
_LEFT_TO_RIGHT = "\u200e"
# The share of a text's width that lies left of its place.
_LEFT_OF_PLACE = {"left": 0.0, "center": 0.5, "right": 1.0}


class Words(Text):
    """One horizontal line of text on its baseline.

    Matplotlib lays out every text as a turned box of lines before it draws it, which takes as long
    as drawing; here the place on the baseline is all there is to know.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw the text at its place."""
        text, font = self.get_text(), self.get_fontproperties()
        x, y = self.get_transform().transform(self.get_position())
        if share := _LEFT_OF_PLACE[self.get_horizontalalignment()]:
            width = text_width(text, font.get_size_in_points(), font.get_weight() == "bold")
            x -= share * width * self.get_figure(root=True).dpi
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        renderer.open_group("text", self.get_gid())
        context = renderer.new_gc()
        context.set_foreground(self.get_color())
        renderer.draw_text(context, x, y, _as_a_line(text), font, 0.0, ismath=False, mtext=self)
        context.restore()
        renderer.close_group("text")
        self.stale = False


def _as_a_line(text: str) -> str:
    """Text whose brackets and words stand in one order in every format.

    A line that begins with a Hebrew or Arabic name would run from right to left in PNG and PDF,
    "(Knowledge) 2016 ...", and from left to right in SVG.
    """
    runs_left = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return _LEFT_TO_RIGHT + text if runs_left else text
