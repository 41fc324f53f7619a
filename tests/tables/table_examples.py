"""Reviews to print: 1, 3, 12 and 60 effects, hostile and long names, nothing pooled at all."""

import csv
import io
from html.parser import HTMLParser

import docx
import numpy as np
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import (
    LatexEnvironmentNode,
    LatexMacroNode,
    LatexSpecialsNode,
    LatexWalker,
    get_default_latex_context_db,
)
from pylatexenc.macrospec import MacroSpec, std_environment
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.presets import as_record, resolve
from strataforest.strata.stratum_effects import StratumEffects
from strataforest.tables.leave_one_out import SUMMARY_COLUMNS, summary_row
from strataforest.tables.paper.words import Review
from strataforest.tables.pooled import RESULT_COLUMNS, pooled_rows
from strataforest.tables.publication import Column, Group, Publication
from strataforest.tables.small_study import COLUMNS as SMALL_STUDY_COLUMNS
from strataforest.tables.small_study import small_study_rows
from strataforest.tabular import as_read, read_json, write_json

LONG = "A cluster randomised trial of peer-supported education for newly diagnosed adults (2020)"
HOSTILE = [
    "<script>alert(1)</script>",
    "50% of R&D_2020 #1 {a} $x$ ~ ^ \\end{longtable}",
    '=HYPERLINK("http://x")',
    "北京大学 2020 É ß −",
    "[2pt] *Star",
    "two\nlines\tand\x00\x07",
    "Averyveryverylongwordwithoutanyspaces" * 2,
    LONG,
    "a & b \\\\ c -- d",
    "\"quoted\" 'single' `tick` ]]>",
    "12\u202f345",
    "{{ 7*7 }} {% raw %} << x >> <% x %>",
]
INDEX = (
    *("analysis", "stratum", "domain", "platform", "type", "measure", "k", "n_studies"),
    *("n_participants", "status", "reason", "warning", "favourable", "label"),
)
LATEX = get_default_latex_context_db()
LATEX.add_context_category(
    "tables",
    macros=[
        MacroSpec("multicolumn", "{{{"),
        MacroSpec("cmidrule", "{"),
        MacroSpec("caption", "*{"),
    ],
    environments=[std_environment("longtable", "{")],
    prepend=True,
)


def plain_table(rows, groups=False, spanner=""):
    """A table of these rows, in two groups if wanted."""
    columns = (Column("Trial"), Column("k", "right"), Column("95% CI", "centre", spanner))
    columns += (Column("A rather long heading & more", "left", spanner),)
    halves = (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    parts = tuple(Group(f"Group {i} & {LONG}", tuple(half)) for i, half in enumerate(halves))
    parts = parts if groups else (Group("", tuple(rows)),)
    notes = ("A note of 5% & more_", "strataforest 0.1.0.")
    heading = "Group" if groups else ""
    return Publication("table_x", "Table X", "A title, 95%", columns, parts, heading, notes)


def rows_of(k):
    names = [*HOSTILE, *(f"Trial{i}" for i in range(k))][:k]
    return [(name, str(10 * i), f"−0.{i:02} to 1.{i:02}", LONG) for i, name in enumerate(names)]


def review(folder, strata, judged=(), fewest=3, flipped=()):
    """A review of `strata`: (domain, measure, yi, vi, names); pooled from `fewest` effects on.

    Domains in `flipped` are shown as they were measured.
    """
    index, fits = [], {}
    for domain, measure, yi, vi, names in strata:
        k = len(yi)
        key = ("domain", domain)
        row = dict.fromkeys(INDEX, "") | {
            **{"analysis": "domain", "stratum": domain, "domain": domain, "measure": measure},
            **{"k": k, "n_studies": len(set(names)), "n_participants": 100 * k},
            **{
                "label": domain.capitalize(),
                "status": "pooled" if k >= fewest else "not_estimable",
            },
            "reason": "" if k >= fewest else f"k = {k} is below the minimum of {fewest}",
            "favourable": "positive" if measure == "SMD" else "negative",
        }
        index.append(row)
        if k >= fewest:
            fits[key] = fitted(folder, row, yi, vi, names)
    index = as_read(INDEX, index)
    pooled = as_read([*INDEX, *RESULT_COLUMNS], pooled_rows(index, fits, set(flipped)))
    tests = [r for key, fit in fits.items() for r in small_study_rows(*key, fit)]
    summary = [summary_row(*key, fit) for key, fit in fits.items()]
    trials = dict.fromkeys(n for *_, names in strata for n in names)
    tables = {
        "pooled": pooled,
        "small_study": as_read(SMALL_STUDY_COLUMNS, tests),
        "leave_one_out_summary": as_read(SUMMARY_COLUMNS, summary),
        "models": [],
        "terms": [],
        "subgroup_tests": [],
        "judged": [{"study_id": name, "overall": value} for name, value in judged],
        "characteristics": [
            {"study_id": n, "domains": "mood", "year": "2020", "design": "parallel"} for n in trials
        ],
    }
    domains = {domain: domain.capitalize() for domain, *_ in strata}
    return Review(
        {"domain": "Outcome domains"}, domains, tables, fits, 0.95, fewest, "strataforest 0"
    )


def fitted(folder, row, yi, vi, names):
    k, preset = len(yi), resolve("stata16")
    effects = StratumEffects(
        effect_id=[f"{name}|{row['domain']}|x|{i}" for i, name in enumerate(names)],
        study_id=list(names),
        measure=row["measure"],
        favourable=row["favourable"],
        yi=np.array(yi, float),
        vi=np.array(vi, float),
        n_treat=[50.0] * k,
        n_control=[50.0] * k,
        n_total=[100.0] * k,
    )
    numbers = fit_stratum(effects, preset, Sensitivity(), {})
    made = {"preset": as_record(preset), "analysis": "domain", "stratum": row["stratum"]}
    write_json(folder / f"{row['stratum']}.json", made | numbers)
    return read_json(folder / f"{row['stratum']}.json")


def csv_cells(path):
    """The cells of a csv file by row, headings first."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


class Cells(HTMLParser):
    """The texts of an HTML table by row, each with its tag and how many columns it spans."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.rows, self.tags, self.open, self.notes = [], [], [], []
        self.cell = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta",):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th", "caption", "p"):
            self.cell = ["", int(dict(attrs).get("colspan", 1))]

    def handle_data(self, data):
        if self.cell is not None:
            self.cell[0] += data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("td", "th"):
            self.rows[-1].append(tuple(self.cell))
        if tag == "p":
            self.notes.append(self.cell[0])
        if tag in ("td", "th", "p"):
            self.cell = None


def docx_rows(path, number=0):
    """The texts of a Word table by row; a cell that spans several stands once."""
    grid = docx.Document(str(path)).tables[number]
    return [[c.text for c in dict.fromkeys(map(Same, row.cells))] for row in grid.rows]


class Same:
    """A cell by its element: merged cells come several times."""

    def __init__(self, cell):
        self.element, self.text = cell._tc, cell.text

    def __eq__(self, other):
        return self.element is other.element

    def __hash__(self):
        return id(self.element)


def tex_rows(text):
    """The cells of a longtable by row as plain text, parsed strictly."""
    walker = LatexWalker(text.replace("(lr)", ""), latex_context=LATEX, tolerant_parsing=False)
    nodes = walker.get_latex_nodes()[0]
    (table,) = [n for n in walked(nodes) if getattr(n, "environmentname", "") == "longtable"]
    rows, cell, row = [], [], []
    for node in table.nodelist:
        if isinstance(node, LatexSpecialsNode) and node.specials_chars == "&":
            row.append(cell)
            cell = []
        elif isinstance(node, LatexMacroNode) and node.macroname == "\\":
            rows.append([*row, cell])
            row, cell = [], []
        else:
            cell.append(node)
    return [[as_text(c) for c in r] for r in rows]


def walked(nodes):
    for node in nodes:
        yield node
        if isinstance(node, LatexEnvironmentNode):
            yield from walked(node.nodelist)


def as_text(nodes):
    """A cell as it reads; what draws lines or says where a break may be is left out."""
    silent = ("toprule", "midrule", "bottomrule", "endhead", "endfirsthead", "endlastfoot")
    silent += ("addlinespace", "allowbreak", "cmidrule", "caption")
    spans = [n for n in nodes if isinstance(n, LatexMacroNode) and n.macroname == "multicolumn"]
    if spans:
        nodes = spans[0].nodeargd.argnlist[-1:]
    kept = [n for n in nodes if not (isinstance(n, LatexMacroNode) and n.macroname in silent)]
    words = LatexNodes2Text(strict_latex_spaces=True).nodelist_to_text(kept)
    return " ".join(words.split())
