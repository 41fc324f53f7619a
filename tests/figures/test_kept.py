"""Figures that are taken over from an earlier run: only of the same content, code and bytes."""

import json
import shutil

import pytest
from strataforest.figures.canvas import Canvas
from strataforest.figures.kept import RECORD, Folder

FORMATS = ("svg", "png")


class Drawing:
    """A folder of two figures, drawn again and again; `drawn` are those that had to be."""

    def __init__(self, folder):
        self.place, self.drawn = folder / "figures", []

    def plot(self, content):
        self.drawn.append(content)
        canvas = Canvas()
        canvas.text(0.2, 0.2, content)
        return canvas.figure(1.0, 1.0, content)

    def run(self, contents=(("a", "one"), ("b", "two")), formats=FORMATS, code="c0de"):
        self.drawn.clear()
        partial = self.place.with_name("partial")
        partial.mkdir()
        folder = Folder(partial, self.place, formats, code)
        for stem, content in contents:
            folder.add(stem, self.plot, content)
        folder.close()
        shutil.rmtree(self.place, ignore_errors=True)
        partial.rename(self.place)
        return list(self.drawn)

    def files(self):
        return {path.name: path.read_bytes() for path in self.place.iterdir()}


@pytest.fixture
def drawing(tmp_path):
    drawing = Drawing(tmp_path)
    assert drawing.run() == ["one", "two"]
    return drawing


def test_what_is_the_same_is_taken_over_to_the_same_bytes(drawing):
    before = drawing.files()
    assert sorted(before) == [RECORD, "a.png", "a.svg", "b.png", "b.svg"]
    assert drawing.run() == []
    assert drawing.files() == before


def test_what_has_changed_is_drawn(drawing):
    before = drawing.files()
    assert drawing.run((("a", "one"), ("b", "new"))) == ["new"]
    after = drawing.files()
    assert after["a.svg"] == before["a.svg"] and after["b.svg"] != before["b.svg"]
    # And a figure that is no longer wanted is not taken along.
    assert drawing.run((("b", "new"),)) == []
    assert sorted(drawing.files()) == [RECORD, "b.png", "b.svg"]


@pytest.mark.parametrize("other", [{"code": "0ther"}, {"formats": ("svg",)}])
def test_other_code_and_other_formats_draw_all(drawing, other):
    assert drawing.run(**other) == ["one", "two"]


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_that_somebody_has_changed_is_drawn(drawing, harm):
    before = drawing.files()
    if harm == "gone":
        (drawing.place / "a.png").unlink()
    else:
        (drawing.place / "a.png").write_bytes(b"scribbled over")
    assert drawing.run() == ["one"]
    assert drawing.files() == before


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 3, "b": {"content": "x"}}'])
def test_a_damaged_record_draws_all(drawing, text):
    (drawing.place / RECORD).write_text(text)
    assert drawing.run() == ["one", "two"]
    assert set(json.loads((drawing.place / RECORD).read_text())) == {"a", "b"}
