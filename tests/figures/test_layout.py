import pytest
from figure_examples import HOSTILE, LONG_NAMES, NAMES
from strataforest.figures import layout


def test_text_keeps_what_its_author_wrote():
    assert layout.clean(HOSTILE[0]) == HOSTILE[0]
    assert layout.clean(HOSTILE[1]) == HOSTILE[1]
    assert layout.clean("北京大学") == "北京大学"
    assert layout.clean("می\u200cروم") == "می\u200cروم"


def test_text_is_one_line_of_legal_characters():
    assert layout.clean(" two\nlines\r\n\tand  a tab ") == "two lines and a tab"
    assert layout.clean("nul\x00bell\x07") == "nul\ufffdbell\ufffd"
    assert layout.clean("\u202eabc\u2066") == "abc"
    assert layout.clean("\ud800\uffff") == "\ufffd\ufffd"


@pytest.mark.parametrize("label", [*NAMES, *LONG_NAMES, *HOSTILE])
@pytest.mark.parametrize("width", [0.3, 1.0, 2.35])
@pytest.mark.parametrize("bold", [False, True])
def test_wrapped_lines_fit(label, width, bold):
    lines = layout.wrap(label, width, 2, bold=bold)
    assert 1 <= len(lines) <= 2
    assert layout.widest(lines, bold=bold) <= width + 1e-6


def test_wrapping_loses_nothing_that_fits():
    assert layout.wrap("ZhengM2020", 2.0) == ("ZhengM2020",)
    assert " ".join(layout.wrap(LONG_NAMES[0], 2.35)) == LONG_NAMES[0]


def test_what_is_too_long_keeps_both_ends():
    lines = layout.wrap(LONG_NAMES[1], 2.35)
    assert lines[0].startswith("A cluster randomised")
    assert lines[-1].endswith("long follow-up)")
    assert "".join(lines).count(layout.ELLIPSIS) == 1


def test_a_middle_is_cut_out_between_words():
    name = "The Multicentre Pragmatic Randomised Trial of Messaging in Older Adults, Arm {}"
    for arm in (112, 113):
        lines = layout.wrap(name.format(arm), 2.35)
        kept = " ".join(lines).replace(layout.ELLIPSIS, " ").split()
        assert set(kept) < set(name.format(arm).split())
        assert lines[-1].endswith(f"Arm {arm}")
    # One long word has no other place to be cut than within.
    assert "W…W" in "".join(layout.wrap(LONG_NAMES[3], 1.0))


NAMED = "DRInternet2025 (Health behaviors)"


def test_what_is_shortened_keeps_whole_words_from_its_start():
    width = layout.text_width(NAMED)
    assert layout.shorten(NAMED, width) == NAMED
    assert layout.shorten(NAMED, 0.8 * width) == "DRInternet2025 (Health…)"
    # Where no word of the bracket fits, its beginning says more than the name alone.
    assert layout.shorten("DRInternet2025 (Knowledge)", 0.7 * width) == "DRInternet2025 (Kno…)"
    assert layout.shorten("  W\n" * 9, 0.5 * width).endswith("W…")
    assert layout.shorten("anything", 0.0) == layout.ELLIPSIS
    assert layout.shorten("", 1.0) == ""


@pytest.mark.parametrize("label", [*NAMES, *LONG_NAMES, *HOSTILE, NAMED])
@pytest.mark.parametrize("width", [0.3, 1.0, 1.6])
def test_what_is_shortened_fits(label, width):
    assert layout.text_width(layout.shorten(label, width)) <= width + 1e-6


def test_columns_stand_side_by_side():
    one, two = layout.place([1.0, 2.0], [0.1, 0.2], 0.5)
    assert (one.left, one.right) == pytest.approx((0.6, 1.6))
    assert (two.left, two.right) == pytest.approx((1.8, 3.8))
    assert two.centre == pytest.approx(2.8)
    assert two.width == pytest.approx(2.0)
    with pytest.raises(ValueError, match="zip"):
        layout.place([1.0, 2.0], [0.1], 0.5)
