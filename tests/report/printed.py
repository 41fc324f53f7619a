"""What a number must read as wherever it is printed, and readers of all that is printed.

The one definition of rounding for the comparison of tables, figures and report: each full-precision
value of a csv or json goes through `strataforest.formatting`, and nothing else rounds.
"""

import csv
import html
import io
import json
import re
from html.parser import HTMLParser

import docx
from pylatexenc.latex2text import LatexNodes2Text
from strataforest.formatting import (
    bare_p,
    coefficient_texts,
    count,
    effect_texts,
    exponential,
    fixed,
    interval,
    p_value,
    percent,
    statistic,
    variance,
)

RATIOS = {"RR", "OR", "PETO"}
ENDS = ("estimate", "ci_low", "ci_high")
MISSING = "—"


def value(row, name):
    """A number of a csv or json row; None where there is none."""
    found = row[name]
    return None if found in ("", None) else float(found)


def effect(row, names=ENDS, measure=None):
    """Estimate and both ends as they are printed; those of ratios are logarithms in `row`."""
    numbers = [value(row, name) for name in names]
    ratio = (measure or row["measure"]) in RATIOS
    return effect_texts(*(map(exponential, numbers) if ratio else numbers), ratio=ratio)


def prediction(row, measure=None):
    low, high = value(row, "pi_low"), value(row, "pi_high")
    if (measure or row["measure"]) in RATIOS:
        return interval(exponential(low), exponential(high), ratio=True)
    return interval(low, high)


def p_cell(row, name="p_value"):
    return bare_p(value(row, name))


def p_words(row, name="p_value"):
    return p_value(value(row, name))


def tau2(row, name="tau2"):
    return variance(value(row, name))


def i2(row, name="i2"):
    return percent(value(row, name), 1)


def i2_cell(row, name="i2"):
    return i2(row, name).rstrip("%")


def number(row, name):
    """A test statistic, its standard error, a change."""
    return statistic(value(row, name))


def two_decimals(row, name):
    return fixed(value(row, name))


def people(row, name="n_participants"):
    return count(value(row, name))


def coefficient(row):
    return coefficient_texts(*(value(row, name) for name in ("b", "ci_low", "ci_high")))


# Readers: the cells of a table in its four formats, the texts of a drawing, the page's own data.


def squeezed(text):
    """A text without the blanks that formats set in their own ways."""
    return re.sub(r"\s", "", text)


def csv_rows(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def json_of(path):
    return json.loads(path.read_text(encoding="utf-8"))


class TableCells(HTMLParser):
    """The texts of the cells of a page's tables by row."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        self.inside = self.inside or tag in ("td", "th")
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")


def html_rows(path):
    return TableCells(path.read_text(encoding="utf-8")).rows


def docx_rows(path):
    (table,) = docx.Document(str(path)).tables
    rows = ([cell.text for cell in row.cells] for row in table.rows)
    return [row if len(set(row)) > 1 else row[:1] for row in rows]


def tex_rows(path):
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.endswith(r" \\"):
            # A real minus is one of mathematics there; a plain hyphen stays one.
            line = line.removesuffix(r" \\").replace(r"\ensuremath{-}", "\u2212")
            cells = re.split(r"(?<!\\)&", line)
            found.append([LatexNodes2Text().latex_to_text(cell) for cell in cells])
    return found


def body(rows, columns):
    """The rows of a typeset table that are neither headings nor the names of groups."""
    return [row for row in rows if len(row) == columns]


def drawn(path):
    """The texts of an SVG, in the order in which they were set, each with its x and y."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', text)
    return [(html.unescape(words), float(x), float(y)) for x, y, words in found]


def page_forests(page):
    """What the page's own script shows of each stratum, by `analysis/stratum`."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found.group(1))["forests"]
