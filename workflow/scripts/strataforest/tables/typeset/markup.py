"""Tables as html and as LaTeX, each by its own template beside this module.

Jinja2 comes with Snakemake and starts in 0.07 s. great_tables was measured and left: 0.4 s with
pandas, 8 KB of style per table, ids that two like-named groups share, and LaTeX floats that lose
the rows a page does not hold.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from pylatexenc.latexencode import (
    RULE_DICT,
    RULE_REGEX,
    UnicodeToLatexConversionRule,
    UnicodeToLatexEncoder,
)

from strataforest.tables.publication import (
    SIDEWAYS,
    UPRIGHT,
    Publication,
    is_wide,
    plain,
    spanners,
    widths,
)

FOLDER = Path(__file__).parent
_ALIGNED = {"left": r"\raggedright", "right": r"\raggedleft", "centre": r"\centering"}
# After the end of a row LaTeX takes a bracket for a length and a star for a command.
_OURS = {ord("["): "{[}", ord("*"): "{*}", 0x202F: r"\,"}
_BREAK = "\u200b"
_ENCODER = UnicodeToLatexEncoder(
    conversion_rules=[
        UnicodeToLatexConversionRule(RULE_DICT, {**_OURS, ord(_BREAK): r"\allowbreak{}"}),
        # Two hyphens stay two, not a dash.
        UnicodeToLatexConversionRule(RULE_REGEX, [(re.compile("-(?=-)"), "-{}")]),
        "defaults",
    ],
    unknown_char_policy="keep",
    unknown_char_warning=False,
)
_LONG_WORD = re.compile(r"\S{21,}")


def as_html(table: Publication) -> str:
    """Return the table as a page of HTML; every text in it is escaped."""
    return _html().render(table=table, spanners=spanners(table), zip=zip) + "\n"


@cache
def _html() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = plain
    return environment.from_string((FOLDER / "table.html.j2").read_text(encoding="utf-8"))


@cache
def _tex() -> Template:
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Braces and percent signs are LaTeX's own.
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    environment.filters["tex"] = tex_text
    return environment.from_string((FOLDER / "table.tex.j2").read_text(encoding="utf-8"))


def as_tex(table: Publication) -> str:
    """Return the table as a LaTeX `longtable`, with the packages it needs named in a comment."""
    wide = is_wide(table)
    return _tex().render(
        table=table, wide=wide, spanners=list(_placed(table)), columns=list(_columns(table, wide))
    )


@cache
def tex_text(text: str) -> str:
    """Return `text` as LaTeX prints it; words longer than 20 characters may break."""
    return _ENCODER.unicode_to_latex(_LONG_WORD.sub(_breakable, plain(text)))


def _breakable(word: re.Match) -> str:
    return re.sub(r"(\S{8})(?=\S)", rf"\1{_BREAK}", word.group())


def _columns(table: Publication, wide: bool) -> Iterator[tuple[str, str]]:
    """Yield the alignment of each column and its share of the line."""
    found = widths(table)
    room = max(sum(found), SIDEWAYS if wide else UPRIGHT)
    for column, width in zip(table.columns, found, strict=True):
        yield _ALIGNED[column.align], f"{width / room:.4f}"


def _placed(table: Publication) -> Iterator[tuple[str, int, int]]:
    """Yield the headings over several columns, how many each spans and the first of them."""
    first = 1
    for text, n in spanners(table):
        yield text, n, first
        first += n
