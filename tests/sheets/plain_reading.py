"""What a table of cells should be read as: a plain reading of its own, to hold the workflow's to.

It knows the vocabulary (which column holds what) and nothing of how the workflow reads.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from strataforest.sheets.columns import VOCABULARY

MISSING = {"", "na", "n/a", "nr", "-", "–", "—", ".", "?"}
PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
BOUND = re.compile(r"[pP]?\s*([<>≤≥=]?)\s*(.*)", re.DOTALL)
LARGEST, SMALLEST, SMALLEST_P = 1e12, 1e-30, 1e-300
PEOPLE = 100_000_000
# Verdicts on a cell: it must be refused, it may be read as anything, or it holds this value.
REFUSED, ANYTHING = "refused", "anything"

RANGES = {
    "number": lambda x: True,
    "non_negative": lambda x: x >= 0,
    "positive": lambda x: x > 0,
    "fraction": lambda x: 0 <= x <= 1,
    "count": lambda x: x == int(x) and 0 <= x <= PEOPLE,
    "arm_size": lambda x: x == int(x) and 2 <= x <= PEOPLE,
    "year": lambda x: x == int(x) and 1800 <= x <= 2200,
}


def letters(index):
    """Return a spreadsheet's letters of a column: three at most, by counting."""
    first, rest = divmod(index, 26)
    return (letters(first - 1) if first else "") + chr(ord("A") + rest)


@dataclass
class Reading:
    """Cells that must be refused, those a problem must name, and each row's verdicts by column."""

    refused: set = field(default_factory=set)
    mentioned: set = field(default_factory=set)
    has_bad_headings: bool = False
    rows: dict = field(default_factory=dict)


def folded(heading):
    """Return a heading as people mean it: case, spaces and underscores aside."""
    return re.sub(r"[\s_]+", "_", heading.strip().lower()).strip("_")


def read_plainly(kind, table, special=None, header_row=1, domains=(), decimal="."):
    """Return what `table` (rows of text, `special` cells by place) holds as a sheet of `kind`."""
    special = special or {}
    known = {column.name: column for column in VOCABULARY[kind]}
    by_fold = {folded(name): name for name in known}
    found, names = Reading(), []
    for j, heading in enumerate(table[header_row - 1]):
        heading = heading.strip()
        name = heading if heading in known else by_fold.get(folded(heading), heading)
        if name and name in names:
            found.has_bad_headings = True
            found.refused.add(f"{letters(j)}{header_row}")
        names.append(name)
        if not name and any(len(row) > j and row[j].strip() for row in table[header_row:]):
            found.mentioned.add(j)
    missing = [c.name for c in known.values() if c.required and c.name not in names]
    found.has_bad_headings |= bool(missing)
    for i, cells in enumerate(table[header_row:], header_row + 1):
        marks = {j: special[i - 1, j] for j in range(len(cells)) if (i - 1, j) in special}
        if any(cell.strip() for cell in cells) or marks:
            found.rows[i] = _row(found, known, names, i, cells, (marks, domains, decimal))
    return found


def _row(found, known, names, number, cells, settings):
    marks, domains, decimal = settings
    verdicts = {}
    for j, text in enumerate(cells):
        cell = f"{letters(j)}{number}"
        if j >= len(names):
            if text.strip():
                found.refused.add(f"{letters(len(names))}{number}")
            continue
        name = names[j]
        if not name:
            continue
        column = known.get(name)
        if column is None:
            verdict = ANYTHING
        elif j in marks:
            verdict = _marked(column.kind, column.choices, text.strip(), marks[j])
        else:
            verdict = verdict_on(column.kind, column.choices, text.strip(), decimal)
        if name == "domain" and domains and verdict != ANYTHING and verdict:
            verdict = domains.get(verdict.casefold(), REFUSED)
        if column and column.required and verdict == "":
            verdict = REFUSED
        if verdict == REFUSED:
            found.refused.add(cell)
        verdicts[name] = verdict
    return verdicts


@lru_cache(maxsize=100_000)
def verdict_on(kind, choices, text, decimal="."):
    """Return what a cell of plain text holds: a float, text, '' for missing, or a verdict."""
    if kind == "text":
        return text
    if text.lower() in MISSING:
        return ""
    if kind == "choice":
        words = " ".join(text.lower().split())
        words = {"true": "yes", "false": "no", "y": "yes", "n": "no"}.get(words, words)
        return words if words in choices else REFUSED
    if kind == "p_value":
        sign, digits = BOUND.fullmatch(text).groups()
        value = _number(digits, decimal, SMALLEST_P)
        if value == REFUSED or not 0 < value <= 1:
            return REFUSED
        return {"≤": "<", "≥": ">", "=": ""}.get(sign, sign), value
    value = _number(text, decimal)
    return value if value != REFUSED and RANGES[kind](value) else REFUSED


def _number(text, decimal=".", smallest=SMALLEST):
    text = text.replace("−", "-")
    if decimal == ",":
        # A point would be one between thousands, which are never guessed.
        text = "x" if "." in text else text.replace(",", ".")
    share = 1.0
    if re.fullmatch(r"[^%]*[0-9.]\s*%", text):
        text, share = text[:-1].strip(), 100.0
    if not PLAIN.fullmatch(text):
        return REFUSED
    value = float(text) / share
    has_digits = any(digit in text.lower().partition("e")[0] for digit in "123456789")
    return value if abs(value) <= LARGEST and (abs(value) >= smallest) == has_digits else REFUSED


def _marked(kind, choices, text, mark):
    """Return what a cell holds that a workbook marks as a percentage, date, boolean or the like."""
    if kind == "text":
        return ANYTHING
    if mark in {"date", "error", "formula_without_value"}:
        return REFUSED
    if mark == "boolean":
        return text if kind == "choice" and text in choices else REFUSED
    return verdict_on(kind, choices, text)


def agrees(verdict, harmonised):
    """Say whether the workflow's text of a cell is what the verdict says it holds."""
    if verdict == ANYTHING:
        return True
    if isinstance(verdict, tuple):
        return bool(harmonised) and _same_p(verdict, harmonised)
    if isinstance(verdict, float):
        # A percentage may be divided or its digits shifted: the last bit may differ.
        return harmonised != "" and abs(float(harmonised) - verdict) <= 1e-15 * abs(verdict)
    # Line ends within a cell are one sign in all our files.
    return harmonised == verdict.replace("\r\n", "\n").replace("\r", "\n")


def _same_p(verdict, harmonised):
    sign = harmonised[0] if harmonised[0] in "<>" else ""
    return (sign, float(harmonised.lstrip("<>"))) == verdict
