"""Ways in which sheets go wrong, each from a seed: cells, rows, columns, headings, bytes."""

import csv
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

SEED = 20_261_123
SHEETS = Path(__file__).parents[2] / "resources" / "diabetes_messaging"
PARTS = 4
KINDS = {
    "studies": "studies",
    "outcomes_continuous": "outcomes",
    "outcomes_binary": "outcomes",
    "risk_of_bias": "risk_of_bias",
    "flow": "flow",
}

# What gets into cells: of the wrong type, out of all proportion, or written to be run.
ODD_NUMBERS = (
    *("1e308", "-1e308", "1e309", "1e-320", "5e-324", "1e12", "1.1e12", "-1e12", "-0", "0", "-1"),
    *("NaN", "nan", "inf", "-inf", "Infinity", "1_000", "1,234", "1.234,5", "1 234", "1'234"),
    *("0x10", "0b1", "1e", "e5", "1e+", "--1", "+-1", "+7", "1.", ".5", ".", "7.5.1", "7,5", "1/2"),
    *("45%", "4.5 %", "%", "45%%", "2020-01-02", "01.02.2020", "2-Jan", "12:30", "2e5", "1E3"),
    *(
        "٣",
        "７",
        "1２",
        "7٫5",
        "½",
        "²",
        "Ⅷ",
        "−3",
        "–3",
        "7,",
        "1e400",
        "9" * 400,
        "0." + "0" * 400,
    ),
    *("7.123456789012345", "0.000123", "12.3456", "6.28318", "1.005e-2", "41.000001", "2.5e-7"),
    *("000012", "1.0000000000000000000001", "0.1", "123456789.123456789", "1e11", "100000001"),
)
ODD_TEXT = (
    *("six", "n.s.", "NA", "N/A", "nr", "-", "?", "#N/A", "#DIV/0!", "#REF!", "TRUE", "False"),
    *("yes", "no", "post", "change", "treat", "low", "None", "null", "nil", "missing", "<0.05"),
    *("p<.001", "<", "<<0.05", "< 1e-400", ">1", "=0.03", "≤0.01", "7.1 (1.2)", "7.1±1.2", "12mg"),
    *("=1+1", "=cmd|' /C calc'!A0", "@SUM(A1:A9)", "+1+1", "-1+1", '=HYPERLINK("http://x","y")'),
    *("'=1+1", "'7.5", "\t=1+1", "=IMPORTXML(1)", "{=1+1}", "DDE()", "＝1+1", "%0A=1+1"),
    *("<script>alert(1)</script>", "<b>7</b>", "&amp;", "&lt;", "]]>", "<!--", "$(rm -rf x)"),
    *("`id`", "${HOME}", "{x}", "{{x}}", "%s%n", "\\", "\\n", "../../etc/passwd", "/etc/passwd"),
    *("a;b", "a,b", 'a"b', '"', "'", "a|b", "a=b", "a#2", "a%7Cb", "mean_treat=B2;x=C3", "a/b"),
    *(
        "two\nlines",
        "two\r\nlines",
        "cr\ronly",
        "tab\there",
        "\n",
        " 7.5 ",
        "\xa07.5\xa0",
        "7\xa05",
    ),
    *(
        "\u20287",
        "7\u200b",
        "\u200e7",
        "\u202e7.5",
        "\ufeff7",
        "e\u0301",
        "é",
        "\u00ad7",
        "\u30007",
    ),
    *(
        "😀",
        "👩‍⚕️",
        "数值",
        "قيمة",
        "ß",
        "İ",
        "ı",
        "\U0001f9ea7",
        "\ud7ff",
        "\ue000",
        "\ufffd",
        "\uffff",
    ),
    *("\x1b[31m7", "\x077", "7\x08", "\x0b", "\x0c", "\x7f7", "\x85", "\x1f7", "x" * 300),
    *("x" * 40_000, "7" * 5_000, "a " * 9_000, "CON", "nul", "__class__", "study_id", "ZhengM2020"),
)


@dataclass
class Table:
    """One sheet: its kind, its cells as text, and the marks of unusual ones by (row, column)."""

    name: str
    kind: str
    rows: list
    special: dict = field(default_factory=dict)
    # How many rows stand above the headings.
    above: int = 0

    def copy(self):
        rows = [list(row) for row in self.rows]
        return Table(self.name, self.kind, rows, dict(self.special), self.above)


@dataclass(frozen=True)
class Mutated:
    """A review's tables after one mutation: which table was changed and how, in words."""

    tables: dict
    name: str
    words: str


def generator(*parts):
    """Return the source of chance of one mutation: the same at every run, on every machine."""
    return random.Random("/".join(map(str, (SEED, *parts))))


def default_review(part):
    """Return a part of the default review, as tables by name: every fourth trial, all sheets."""
    tables = {}
    trials = [row[0] for row in _cells("studies")[1:]]
    kept = set(trials[part::PARTS])
    for name, kind in KINDS.items():
        head, *body = _cells(name)
        rows = body if name == "flow" else [row for row in body if row[0] in kept]
        tables[name] = Table(name, kind, [head, *rows])
    return tables


def _cells(name):
    with (SHEETS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def as_csv(table, delimiter=",", end="\n"):
    """Return a table as delimited text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(table.rows)
    return text.getvalue()


def mutate(level, name, part=0):
    """Return a part of the review after the mutation of this level and name (any text)."""
    chance = generator(level, name)
    part %= PARTS
    tables = default_review(part)
    # Sheets are hit as often as they have cells, but none is left out.
    sheet = chance.choice([*tables, *["outcomes_continuous"] * 4, "studies", "outcomes_binary"])
    table = tables[sheet] = tables[sheet].copy()
    words = LEVELS[level](table, chance)
    return Mutated(tables, sheet, f"{level} {name}, part {part}, {sheet}: {words}")


def change_cell(table, chance):
    """Put something odd into one cell; return what and where."""
    i, j = chance.randrange(1, len(table.rows)), chance.randrange(len(table.rows[0]))
    if chance.random() < 0.6:
        # A cell that holds something.
        filled = [j for j, text in enumerate(table.rows[i]) if text]
        j = chance.choice(filled)
    old = table.rows[i][j]
    new = _odd(old, chance)
    table.rows[i][j] = new
    return f"cell ({i + 1}, {table.rows[0][j]}) from {old[:30]!r} to {new[:40]!r}"


def _odd(old, chance):
    what = chance.randrange(10)
    if what < 4:
        return chance.choice(ODD_NUMBERS)
    if what < 7:
        return chance.choice(ODD_TEXT)
    if what == 7:
        return ""
    if what == 8:
        return "".join(chance.choice("0123456789.,eE+-% <>=()/_:xXnaN−–'\"\t٣é") for _ in range(9))
    return _disturbed(old, chance)


def _disturbed(old, chance):
    """Return a cell's own text as a slip of the hand leaves it."""
    slips = (
        lambda t: t.replace(".", ","),
        lambda t: t + t,
        lambda t: t + " mmol/L",
        lambda t: t[::-1],
        lambda t: "-" + t,
        lambda t: t.replace(".", ""),
        lambda t: t + "0",
        lambda t: t + "4567",
        lambda t: f" {t}\xa0",
        lambda t: t.upper(),
        lambda t: f'"{t}"',
        lambda t: f"'{t}",
        lambda t: t[:-1],
        lambda t: t.replace(".", ". "),
        lambda t: f"{t}*",
        lambda t: f"({t})",
        lambda t: t.translate({ord("0") + d: 0xFF10 + d for d in range(10)}),
    )
    return chance.choice(slips)(old)


def change_rows(table, chance):
    """Delete, repeat, move or disfigure rows; return what was done."""
    rows = table.rows
    i, k = chance.randrange(1, len(rows)), chance.randrange(1, len(rows))
    what = chance.choice(
        (
            *("delete", "repeat", "blank", "spaces", "move", "short", "long", "headings", "title"),
            *("reverse", "total", "all", "shift", "empty cells"),
        )
    )
    if what == "delete":
        del rows[i]
    elif what == "repeat":
        rows.insert(k, list(rows[i]))
    elif what == "blank":
        rows.insert(i, [])
    elif what == "spaces":
        rows.insert(i, [chance.choice(["", " ", "\t", "\xa0"]) for _ in rows[0]])
    elif what == "move":
        rows.insert(k, rows.pop(i))
    elif what == "short":
        del rows[i][chance.randrange(1, len(rows[i])) :]
    elif what == "long":
        rows[i] += [""] * chance.randrange(3) + [chance.choice(["", "x", "7"])]
    elif what == "headings":
        rows.insert(i, list(rows[0]))
    elif what == "title":
        titles = [[chance.choice(["Data extraction", "Table 1", "", "n = 43"])], []]
        table.above = chance.randrange(1, 3)
        rows[0:0] = titles[: table.above]
    elif what == "reverse":
        rows[1:] = rows[:0:-1]
    elif what == "total":
        rows.append(["Total", *[chance.choice(["", "99"]) for _ in rows[0][1:]]])
    elif what == "all":
        del rows[1:]
    elif what == "shift":
        rows[i].insert(chance.randrange(len(rows[i])), "")
    else:
        for j in range(1, len(rows[i])):
            rows[i][j] = ""
    return f"row {i + 1} (and {k + 1}): {what}"


def change_columns(table, chance):
    """Swap, drop, repeat or rename columns; return what was done."""
    rows, width = table.rows, len(table.rows[0])
    a, b = chance.randrange(width), chance.randrange(width)
    heads = rows[0][a], rows[0][b]
    what = chance.choice(
        (
            *(
                "swap",
                "swap headings",
                "swap cells",
                "drop",
                "repeat heading",
                "typo",
                "no heading",
            ),
            *("reverse", "unknown", "case", "spaces", "repeat", "odd heading", "constant", "empty"),
        )
    )
    if what in {"swap", "swap headings", "swap cells"}:
        chosen = {"swap": rows, "swap headings": rows[:1], "swap cells": rows[1:]}[what]
        for row in chosen:
            row[a], row[b] = row[b], row[a]
    elif what == "drop":
        for row in rows:
            del row[a]
    elif what == "repeat heading":
        rows[0][a] = rows[0][b]
    elif what == "typo":
        k = chance.randrange(len(heads[0]))
        rows[0][a] = heads[0][:k] + chance.choice("xqz") + heads[0][k + 1 :]
    elif what == "no heading":
        rows[0][a] = chance.choice(["", "  "])
    elif what == "reverse":
        rows[:] = [row[::-1] for row in rows]
    elif what == "unknown":
        for i, row in enumerate(rows):
            row.insert(a, chance.choice(ODD_TEXT[:60]) if i else "their own")
    elif what == "case":
        rows[0][a] = chance.choice([heads[0].upper(), heads[0].title(), heads[0].replace("_", " ")])
    elif what == "spaces":
        rows[0][a] = f" {heads[0]}\xa0"
    elif what == "repeat":
        for row in rows:
            row.insert(b, row[a])
    elif what == "odd heading":
        rows[0][a] = chance.choice(ODD_TEXT)
    else:
        value = "" if what == "empty" else chance.choice(["7", "1", "yes", "x", rows[1][a]])
        for row in rows[1:]:
            row[a] = value
    return f"columns {heads[0]} (and {heads[1]}): {what}"


def mark_cell(table, chance):
    """Make one cell what only a workbook has: a date, a formula, a percentage, an error."""
    i, j = chance.randrange(1, len(table.rows)), chance.randrange(1, len(table.rows[0]))
    filled = [j for j, text in enumerate(table.rows[i]) if j and text]
    j = chance.choice([j, *filled])
    mark = chance.choice(MARKS)
    texts = {"percent": ["0.45", "0.05", "1.5"], "boolean": ["yes", "no"], "formula": ["7.5", "30"]}
    texts |= {"error": ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!"]}
    texts |= {"date": ["2020-01-02"], "formula_without_value": [""]}
    table.rows[i][j] = chance.choice(texts.get(mark, [table.rows[i][j] or "7"]))
    table.special[i, j] = mark
    return f"cell ({i + 1}, {table.rows[0][j]}) as {mark} {table.rows[i][j][:30]!r}"


MARKS = (
    *("percent", "date", "boolean", "error", "formula_without_value", "formula"),
    *("formula_text", "rich"),
)
LEVELS = {"cell": change_cell, "row": change_rows, "column": change_columns, "mark": mark_cell}


def disturb(content, chance):
    """Return a file's bytes after something went wrong with them, and what."""
    size = len(content)
    at = chance.randrange(size)
    end = min(size, at + chance.choice([1, 2, 16, 512, size]))
    what = chance.choice(
        (
            *(
                "cut",
                "cut",
                "flip",
                "flip",
                "zero",
                "delete",
                "repeat",
                "insert",
                "append",
                "begin",
            ),
            *("other start", "bit"),
        )
    )
    junk = chance.choice(
        [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"\n", b'"', b"\x80"]
    )
    if what == "cut":
        content = content[:at]
    elif what == "flip":
        content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
    elif what == "bit":
        content = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    elif what == "zero":
        content = content[:at] + bytes(end - at) + content[end:]
    elif what == "delete":
        content = content[:at] + content[end:]
    elif what == "repeat":
        content = content[:end] + content[at:]
    elif what == "insert":
        content = content[:at] + junk + content[at:]
    elif what == "append":
        content += junk * chance.choice([1, 1000])
    elif what == "begin":
        content = junk + content
    else:
        start = chance.choice(
            [b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08", b"MZ"]
        )
        content = start + content[len(start) :]
    return content, f"{what} at byte {at} of {size} (to {end}, {junk!r})"


# Odd entries of a sheet in the configuration, by key.
ODD_SPECS = {
    "columns": (
        *({"n_treat": "n_treat"}, {"n_treat": "nope"}, {"n_treat": ""}, {"n_treat": "n_control"}),
        *({"mean_treat": "mean_control", "mean_control": "mean_treat"}, {"sd_treat": "se_treat"}),
        *(
            {"study_id": ["study_id", "indicator"]},
            {"study_id": []},
            {"mean_treat": ["n_treat", "md"]},
        ),
        *({"foo": "n_treat"}, {"source_row": "n_treat"}, {"source_cells": "note"}, {"": "n_treat"}),
        *({"n_treat": "N_TREAT"}, {"n_treat": " n_treat "}, {"=cmd": "note"}, {"note": "note"}),
        *({"n_treat": "{x}"}, {"n_treat": "a\nb"}, {"domain": "study_id"}, {"n_treat": "study_id"}),
        *(
            {"n_treat": "n_treat", "n_control": "n_treat"},
            {"n_total": "n_treat"},
            {"study_id": "x"},
        ),
    ),
    "values": (
        *(
            {"higher_is_better": {"no": True}},
            {"higher_is_better": {"no": "maybe"}},
            {"nope": {"a": 1}},
        ),
        *(
            {"n_treat": {"30": "thirty"}},
            {"n_treat": {"30": 31}},
            {"mean_treat": {"": 7}},
            {"metric": {}},
        ),
        *(
            {"study_id": {"PanJ2020": ""}},
            {"domain": {"glycemic": "=1+1"}},
            {"metric": {"post": 1e308}},
        ),
        *({"n_treat": {"30": True}}, {"n_treat": {"30": 1e-320}}, {"indicator": {"hba1c": "fbg"}}),
        *({"source_row": {"2": "3"}}, {"metric": {"POST": "change"}}, {"sd_treat": {"NA": 0.1}}),
    ),
    "constants": (
        *({"metric": "post"}, {"metric": "nonsense"}, {"n_treat": 1e308}, {"n_treat": True}),
        *({"study_id": ""}, {"study_id": "PanJ2020"}, {"source_row": "9"}, {"=cmd": "=1+1"}),
        *(
            {"nope": "x"},
            {"domain": "nope"},
            {"mean_treat": 7},
            {"mean_treat": "7,5"},
            {"year": 2020},
        ),
        *({"icc": "5%"}, {"n_treat": -1}, {"sd_treat": 0}, {"note": "x" * 40_000}, {"": "x"}),
        *({"note": "a\nb"}, {"n_treat": 1e-320}, {"timepoint_weeks": "0x10"}, {"D1": "low"}),
    ),
    "delimiter": (",", ";", "\t", "|", "", "ab", "\n", '"', "\r", " ", "a", "1", "\0"),
    "decimal": (".", ",", ";", ""),
    "encoding": (
        "utf-8",
        "utf-16",
        "latin-1",
        "ascii",
        "utf-7",
        "idna",
        "rot13",
        "",
        "x\0",
        "cp037",
    ),
    "header_row": (1, 2, 3, 0, -1, 50, 10**6, 10**18, [1, 2], [2, 1], [1], [], "1"),
    "tab": ("", "Sheet1", "nope", "../x", "a" * 40, "=1+1"),
    "rows": (
        *(
            {"domain": ["glycemic"]},
            {"domain": []},
            {"nope": ["x"]},
            {"study_id": ["PanJ2020", ""]},
        ),
        *(
            {"n_treat": [30, "31"]},
            {"higher_is_better": [False]},
            {"": ["x"]},
            {"domain": ["GLYCEMIC"]},
        ),
        *({"mean_treat": [7.1]}, {"metric": [1e308]}, {"stage": ["reports_assessed"]}),
    ),
    "long": (
        *(
            {"arm": "arm_treat", "control": ["x"]},
            {"arm": "nope", "control": ["x"]},
            {"arm": "note"},
        ),
        *({"arm": "indicator", "control": ["hba1c"]}, {"arm": "study_id", "control": ["PanJ2020"]}),
        *({"arm": "higher_is_better", "control": ["no"]}, {"arm": "n_basis", "control": []}, {}),
        *(
            {"arm": "metric", "control": ["post", "change"]},
            {"arm": "domain", "control": ["glycemic"]},
        ),
    ),
    "hidden_rows": ("skip", "read", "nope"),
    "distinct": (True, False, "yes"),
    "path": (
        *(
            "",
            ".",
            "..",
            "/etc/passwd",
            "../x.csv",
            "~/.bashrc",
            "results",
            "studies.csv/",
            "./studies.csv",
        ),
        *(
            "studies.csv",
            "STUDIES.CSV",
            "no such.csv",
            "a\0b",
            "x" * 300,
            "a/" * 2_000,
            "*.csv",
            "$HOME",
        ),
        *("con", "-", "http://x.invalid/x.csv", "file:studies.csv", "flow.csv", "problems.csv"),
    ),
}
