"""Disturbed sheets: never a traceback, every unusable cell named, no number changed in silence."""

import csv
import io
import json
import re
import warnings

import pytest
from fuzzed_review import (
    PROBLEMS,
    declarable,
    judge,
    judge_addresses,
    judge_effects,
    judge_words,
    judge_workbook,
    read,
    specs,
    write,
)
from handmade_workbooks import as_ods, as_xlsx, legal, numeric_columns
from mutations import (
    ODD_NUMBERS,
    ODD_SPECS,
    PARTS,
    SEED,
    Table,
    as_csv,
    default_review,
    disturb,
    generator,
    mutate,
)
from plain_reading import letters
from strataforest.sheets.columns import VOCABULARY
from strataforest.tabular import read_rows

CHUNK = 50
COUNTS = {"cell": 700, "row": 150, "column": 150, "workbook": 400, "text": 200, "bytes": 300}
COUNTS |= {"spec": 150, "second": 100}
CHUNKS = [(level, first) for level, count in COUNTS.items() for first in range(0, count, CHUNK)]
WORKBOOKS = {".xlsx": as_xlsx, ".ods": as_ods}
# Ways to write text: encoding, delimiter, decimal sign, line end.
WRITTEN = (
    *(("utf-8", ",", ".", "\r\n"), ("utf-8-sig", ",", ".", "\n"), ("utf-16", "\t", ".", "\r\n")),
    *(("utf-8", "\t", ".", "\n"), ("utf-8", ";", ".", "\n"), ("utf-8", ";", ",", "\r\n")),
    *(("utf-8-sig", ";", ",", "\n"), ("utf-16", ";", ",", "\n"), ("utf-8", "\t", ",", "\n")),
    *(("utf-16-le", ",", ".", "\n"), ("utf-16-be", ";", ",", "\n"), ("utf-8", "|", ".", "\n")),
    ("utf-8", ",", ".", "\r"),
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder of its own, where a warning of a library is an error."""
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield tmp_path


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("suffix", "writer"), [(".csv", as_csv), *WORKBOOKS.items()])
def test_the_sheets_are_read_as_they_stand(folder, part, suffix, writer):
    tables = default_review(part)
    write(folder, tables, suffix, writer)
    assert read(specs(suffix)) is None
    judge(tables, None, suffix)
    judge_effects(tables, everything=True)


@pytest.mark.parametrize(("level", "first"), CHUNKS)
def test_mutations(folder, level, first):
    for index in range(first, first + CHUNK):
        said = []
        try:
            TRIALS.get(level, try_cells)(folder, level, index, said)
        except BaseException as failure:
            failure.add_note(f"seed {SEED}, {level} {index}: {'; '.join(said)}")
            raise


def try_cells(folder, level, index, said):
    """Disturb cells, rows or columns of CSV."""
    mutated = mutate(level, index, index)
    said.append(mutated.words)
    write(folder, mutated.tables)
    annotated = "results/harmonized/annotated_sheets.xlsx" if index % 20 == 7 else ""
    error = read(specs(), annotated)
    judge(mutated.tables, error)
    if annotated:
        judge_workbook(annotated)
    if error is None:
        judge_effects(mutated.tables, everything=index % 20 == 0)


def try_workbook(folder, level, index, said):
    """Disturb a workbook's cells: what they hold, or what they are."""
    suffix = sorted(WORKBOOKS)[index % 2]
    mutated = mutate(["mark", "mark", "cell", "row", "column"][index % 5], f"{level}{index}", index)
    said.append(f"{suffix} {mutated.words}")
    table = mutated.tables[mutated.name]
    table.rows = [[legal(text) for text in row] for row in table.rows]
    if suffix == ".ods":
        # Its lines are paragraphs: how they once ended is not kept.
        ends = re.compile("\r\n?")
        table.rows = [[ends.sub("\n", text) for text in row] for row in table.rows]
    # The other sheets stay CSV: only one is disturbed, and writing takes time.
    write(folder, mutated.tables)
    (folder / f"{mutated.name}.csv").write_bytes(WORKBOOKS[suffix](table))
    # In a workbook no row is longer than another: beside the headings there are empty ones.
    width = max(map(len, table.rows))
    table.rows = [row + [""] * (width - len(row)) for row in table.rows]
    error = read(specs())
    judge(mutated.tables, error)
    if error is None:
        judge_effects(mutated.tables)


def try_text(folder, level, index, said):
    """Disturb a cell of a text file in one of the ways in which programs write such files."""
    encoding, delimiter, decimal, end = WRITTEN[index % len(WRITTEN)]
    mutated = mutate("cell", f"{level}{index}", index)
    declared = index // len(WRITTEN) % 2 == 0
    said += [f"{encoding} {delimiter!r} {decimal} declared={declared}", mutated.words]
    table = mutated.tables[mutated.name]
    if decimal == ",":
        for j in numeric_columns(table):
            for row in table.rows[1:]:
                row[j] = re.sub(r"^([<>≤≥]?-?[0-9]*)\.([0-9]+)$", r"\1,\2", row[j])
    write(folder, mutated.tables)
    file = folder / f"{mutated.name}.csv"
    file.write_bytes(as_csv(table, delimiter, end).encode(encoding, "surrogatepass"))
    own = specs()
    if declared:
        (spec,) = [s for kind in own.values() for s in kind if s["path"] == file.name]
        spec |= {"encoding": encoding, "delimiter": delimiter, "decimal": decimal}
    error = read(own)
    if error and not declared and any(said_to_be_ambiguous(problem) for problem in error.problems):
        return
    commas = [t for j in numeric_columns(table) for t in column(table, j) if DECIMAL.search(t)]
    # Where no number shows it, nobody can tell the decimal sign: a point is one then.
    sign = decimal if declared or commas else "."
    judge(mutated.tables, error, decimals={mutated.name: sign})


DECIMAL = re.compile(r"[0-9]*,[0-9]+%?$")


def column(table, place):
    """Return the cells of a column below its heading."""
    return [row[place] for row in table.rows[1:] if len(row) > place]


def said_to_be_ambiguous(problem):
    """Say whether a file is refused whole: how it is written cannot be found out any more."""
    return "decimal" in str(problem) or problem.cell in {"", "A1"}


def try_bytes(folder, level, index, said):
    """Disturb the bytes of a file."""
    chance = generator(level, index)
    tables = default_review(index % PARTS)
    name = chance.choice(sorted(tables))
    suffix = [".csv", ".xlsx", ".ods"][index // PARTS % 3]
    content = {".csv": as_csv, **WORKBOOKS}[suffix](tables[name])
    content = content.encode() if isinstance(content, str) else content
    content, words = disturb(content, chance)
    said.append(f"{name}{suffix}: {words}")
    write(folder, tables)
    (folder / f"{name}.csv").write_bytes(content)
    error = read(specs())
    if error is not None:
        for problem in error.problems:
            judge_words(problem)
            assert problem.file == "config" or problem.file.removesuffix(".csv") in tables
        listed = {(row["file"], row["problem"]) for row in read_rows(PROBLEMS)}
        assert {(p.file, p.problem) for p in error.problems} <= listed
    elif suffix != ".csv":
        judge(tables, None)
    else:
        judge_text(tables, name, content)


def judge_text(tables, name, content):
    """Insist that disturbed text was read as the text it now is."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Letters may have become others in the encoding that was found; digits may not.
        return
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if not text.endswith(("\n", "\r")) and len(rows[-1]) < len(rows[0]):
        # A number may have lost its end.
        cell = f"{letters(len(rows[-1]) - 1)}{len(rows)}"
        told = {(row["file"], row["cell"]) for row in read_rows(PROBLEMS)}
        assert (f"{name}.csv", cell) in told, f"the file is cut off at {cell}, not a word"
    changed = tables[name].copy()
    changed.rows = rows
    changed.above = next(i for i, row in enumerate(rows) if any(row))
    judge(tables | {name: changed}, None)


def try_spec(folder, level, index, said):
    """Declare a sheet oddly: maps, filters, places and formats that do not fit it."""
    chance = generator(level, index)
    tables = default_review(index % PARTS)
    name = chance.choice(sorted(tables))
    keys = chance.sample(sorted(ODD_SPECS), chance.choice([1, 1, 1, 2, 3]))
    odd = {key: chance.choice(ODD_SPECS[key]) for key in keys}
    said.append(f"{name} declared with {str(odd)[:300]}")
    own = specs()
    (spec,) = [s for kind in own.values() for s in kind if s["path"] == f"{name}.csv"]
    spec |= odd
    if not declarable(spec):
        return
    write(folder, tables)
    error = read(json.loads(json.dumps(own)))
    if error is None:
        mapped = {*odd.get("values", ()), *odd.get("constants", ()), *odd.get("columns", ())}
        judge_addresses(tables, mapped=mapped)
        judge_effects(tables)
    for problem in error.problems if error else ():
        judge_words(problem)


def try_second(folder, level, index, said):
    """Give a second extractor a disturbed copy of a sheet, and decide oddly on what differs."""
    chance = generator(level, index)
    mutated = mutate(chance.choice(["cell", "cell", "row", "column"]), f"{level}{index}", index)
    said.append(f"second {mutated.words}")
    tables = default_review(index % PARTS)
    first, second = tables[mutated.name], mutated.tables[mutated.name]
    if first.kind == "flow":
        return
    write(folder, tables | {"second": second})
    decisions = [DECIDED]
    for i, (one, other) in enumerate(zip(first.rows[1:], second.rows[1:], strict=False), 1):
        row = dict(zip(first.rows[0], one, strict=True))
        for j, (was, now) in enumerate(zip(one, other, strict=False)):
            if was != now and len(decisions) < 9:
                odd = chance.choice(["first", "second", was, now, chance.choice(ODD_NUMBERS)])
                own = {"sheet": first.kind, "column": first.rows[0][j], "decision": odd}
                own |= {"first_value": was, "second_value": now}
                decisions.append([(row | own).get(name, "") for name in DECIDED])
                said.append(f"row {i + 1} {first.rows[0][j]} decided as {odd[:40]!r}")
    double = {first.kind: [{"path": "second.csv"}], "tolerance": 0, "undecided": "first"}
    if len(decisions) > 1:
        (folder / "decisions.csv").write_text(as_csv(Table("decisions", "", decisions)), "utf-8")
        double["decisions"] = [{"path": "decisions.csv"}]
    error = read(specs(), double=double)
    if error is None:
        judge_effects(tables)
    for problem in error.problems if error else ():
        judge_words(problem)
        assert problem.severity != "error" or problem.cell or problem.file == "config", problem


DECIDED = [column.name for column in VOCABULARY["decisions"]]
TRIALS = {
    "workbook": try_workbook,
    "text": try_text,
    "bytes": try_bytes,
    "spec": try_spec,
    "second": try_second,
}


def test_there_are_enough_mutations():
    assert sum(COUNTS.values()) >= 2_000
    assert all(count % CHUNK == 0 for count in COUNTS.values())
    words = [mutate("cell", i, i).words for i in range(COUNTS["cell"])]
    assert len(set(words)) == len(words)
