"""Run reading and effects on a disturbed review in this process, and judge what came of it."""

import contextlib
import csv
import io
import re
import zipfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import compute_effects
import read_sheets
import yaml
from jsonschema import Draft202012Validator
from mutations import KINDS, as_csv
from plain_reading import agrees, letters, read_plainly, verdict_on
from snakemake.utils import validate
from strataforest.effects.compute import compute_effects as effects_of
from strataforest.effects.multi_arm import MultiArm
from strataforest.errors import ReviewError
from strataforest.models import Conversions
from strataforest.presets import resolve
from strataforest.sheets.columns import VOCABULARY
from strataforest.strata import stratification
from strataforest.tabular import read_rows

ROOT = Path(__file__).parents[2]
READ, COMPUTED = "results/harmonized", "results/effects"
PROBLEMS = f"{READ}/problems.csv"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@cache
def config():
    """Return the default review's configuration, defaults filled in."""
    found = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    validate(found, str(ROOT / "workflow" / "schemas" / "config.schema.yaml"))
    return found


def domain_names():
    """Return each domain's key by every spelling of it: key or label, in any case."""
    named = {}
    for key, domain in config()["domains"].items():
        named |= {key.casefold(): key, domain["label"].casefold(): key}
    return named


def specs(suffix=".csv"):
    """Return the sheets of the review as the configuration declares them, by kind."""
    kinds = {kind: [] for kind in KINDS.values()}
    for name, kind in KINDS.items():
        kinds[kind].append({"path": f"{name}{suffix}"})
    return kinds


@cache
def sheet_schema():
    """Return the validator of one sheet's declaration."""
    file = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    schema = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Draft202012Validator({"$ref": "#/$defs/sheet", "$defs": schema["$defs"]})


def declarable(spec):
    """Say whether the configuration may declare a sheet so; if not, nothing is read at all."""
    return sheet_schema().is_valid(spec)


def write(folder, tables, suffix=".csv", writer=as_csv):
    """Write the tables as files into a folder."""
    for name, table in tables.items():
        content = writer(table)
        content = content.encode("utf-8") if isinstance(content, str) else content
        (folder / f"{name}{suffix}").write_bytes(content)


def read(declared, annotated="", double=None):
    """Read the sheets of the current folder; return the ReviewError, or None after success.

    `annotated` is the name of a workbook to write with the problems in their places, `double` the
    sheets of a second extractor with the decisions on them.
    """
    settings = config()
    models = [{"factors": (), "references": {}} | m for m in settings["meta_regression"]]
    checks = {key: settings[key] for key in ("domains", "indicators", "strata")}
    given = {
        "specs": declared,
        "double": double or {},
        "config": checks | {"models": models, "described": ()},
        "acknowledged": (),
        "annotated": annotated,
        "outputs": {kind: f"{READ}/{kind}.csv" for kind in KINDS.values()},
        "problems_path": PROBLEMS,
        "counts": f"{READ}/problem_counts.csv",
    }
    # Nothing that an earlier run wrote may be taken for what this one read.
    for name in (PROBLEMS, *given["outputs"].values()):
        Path(name).unlink(missing_ok=True)
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            read_sheets.main(**given)
        except ReviewError as error:
            return error
    return None


@cache
def effect_settings():
    """Return what the rule of effects gets from the configuration: settings, correlations, rule."""
    settings = config()
    conversions = dict(settings["conversions"])
    correlations = conversions.pop("change_correlation_sensitivity")
    model = resolve(settings["preset"], settings["effect_size"]).effect_size
    names = ("domains", "selection", "timepoint", "unlisted_indicators")
    rule = stratification.selection_rule({name: settings[name] for name in names})
    arms = MultiArm(settings["multi_arm"], settings.get("multi_arm_named", {}))
    parts = (settings["domains"], settings["indicators"], model, Conversions(**conversions), arms)
    return parts, correlations, rule


def compute(everything=False):
    """Compute the effects of what was read; return (effects, exclusions) as rows.

    With `everything` the rule's own script runs (selection, all presets, all correlations), which
    may ask for a rule where effects tie.
    """
    parts, _, _ = effect_settings()
    records = (f"{READ}/outcomes.csv", f"{READ}/studies.csv")
    if everything:
        names = ("effects", "exclusions", "change_correlation", "by_preset")
        output = SimpleNamespace(**{name: f"{COMPUTED}/{name}.csv" for name in names})
        with contextlib.suppress(ReviewError):
            compute_effects.main(*records, *effect_settings(), output)
    return effects_of(*map(read_rows, records), *parts)


def written(kind):
    """Return the harmonised rows of a kind as they stand in the file, without a reader of ours."""
    with Path(f"{READ}/{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def judge(tables, error, suffix=".csv", decimals=None):
    """Insist that a refusal names what it refuses, and that a success changed nothing.

    `decimals` are the decimal signs of tables that have no points, by name.
    """
    decimals = decimals or {}
    expected = {
        name: read_plainly(
            *(table.kind, table.rows, table.special, 1 + table.above, domain_names()),
            decimals.get(name, "."),
        )
        for name, table in tables.items()
    }
    told = read_rows(PROBLEMS)
    if error is None:
        refused = {n: e.refused for n, e in expected.items() if e.refused or e.has_bad_headings}
        assert not refused, f"read although cells cannot be used: {refused}"
        judge_success(tables, expected, suffix)
    else:
        judge_refusal(tables, expected, error, suffix)
    for name, found in expected.items():
        places = {row["cell"].rstrip("0123456789") for row in told if row["file"] == name + suffix}
        for column in found.mentioned if error is None else ():
            assert letters(column) in places, f"values under no heading in {name}, not a word"


def judge_refusal(tables, expected, error, suffix):
    """Insist that every problem has an address, and that every unusable cell is among them."""
    cells = set()
    for problem in error.problems:
        judge_words(problem)
        if problem.severity != "error":
            continue
        if problem.file != "config":
            assert problem.file.removesuffix(suffix) in tables, problem
            assert re.fullmatch(r"[A-Z]{1,3}[1-9][0-9]*", problem.cell), problem
        cells.add((problem.file, problem.cell))
    assert cells, "refused without a reason"
    listed = {(row["file"], row["cell"]) for row in read_rows(PROBLEMS)}
    assert cells <= listed, "an error is not in problems.csv"
    for name, found in expected.items():
        if found.has_bad_headings:
            # Without its headings the rest of a sheet is not read.
            assert any(file == name + suffix for file, _ in cells), f"{name}: headings, not named"
            continue
        for cell in found.refused:
            assert (name + suffix, cell) in cells, f"{name} {cell} cannot be used and is not named"


def judge_words(problem):
    """Insist that a problem is one printable line of ordinary length, that steers no terminal."""
    assert problem.problem.strip()
    assert str(problem).isprintable(), problem
    assert len(str(problem)) < 2_000


def judge_workbook(path):
    """Insist that a workbook we wrote opens, and holds nothing that runs or leads out of it."""
    if not Path(path).exists():
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            assert b"TargetMode" not in part
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in part and b"<f " not in part
                ElementTree.fromstring(part)


def judge_success(tables, expected, suffix):
    """Insist that every harmonised cell is what its cell holds, at its address."""
    rows = {kind: written(kind) for kind in set(KINDS.values())}
    for name, table in tables.items():
        own = [row for row in rows[table.kind] if row["source_file"] == name + suffix]
        assert [int(row["source_row"]) for row in own] == list(expected[name].rows)
        for row in own:
            number = int(row["source_row"])
            addresses = row["source_cells"].split(";")
            for column, verdict in expected[name].rows[number].items():
                if column not in row:
                    continue
                value = unguarded(row[column])
                assert agrees(verdict, value), (
                    f"{name} row {number} {column}: {verdict!r} was read as {value!r}"
                )
                if value and isinstance(verdict, float):
                    assert any(
                        address.startswith(f"{column}=") and address.endswith(str(number))
                        for address in addresses
                    )
    for kind in rows:
        judge_written(kind)


def unguarded(text):
    """Return text without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA) else text


def judge_written(kind):
    """Insist that no cell of a file we wrote would be run by a spreadsheet."""
    with Path(f"{READ}/{kind}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            for cell in row:
                assert not cell.startswith(FORMULA) or is_number(cell), cell


def is_number(text):
    """Say whether text is a number to Python."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def judge_addresses(tables, mapped=()):
    """Insist that each harmonised number is that of the cell which the row names as its source.

    `mapped` are columns whose values the configuration replaces.
    """
    for kind in set(KINDS.values()):
        columns = {column.name: column for column in VOCABULARY[kind]}
        for row in written(kind):
            cells = tables[Path(row["source_file"]).stem].rows
            for address in unguarded(row["source_cells"]).split(";"):
                name, _, cell = address.rpartition("=")
                if name not in columns or columns[name].kind == "text" or name in mapped:
                    continue
                letter = cell.rstrip("0123456789")
                line = cells[int(cell.removeprefix(letter)) - 1]
                place = next(j for j in range(len(line)) if letters(j) == letter)
                verdict = verdict_on(columns[name].kind, columns[name].choices, line[place].strip())
                assert agrees(verdict, unguarded(row[name])), (address, row[name], line[place])


def judge_effects(tables, everything=False):
    """Insist that each record has an effect or a reason, and that effects are finite."""
    effects, exclusions = compute(everything)
    for effect in effects:
        for name in ("yi", "vi", "sei", "ci_low", "ci_high"):
            assert abs(effect[name]) < float("inf"), (name, effect)
        assert effect["vi"] > 0, effect
    seen = {
        (row["source_file"], number)
        for row in (*effects, *exclusions)
        for number in str(row["source_row"]).split(";")
    }
    records = {(r["source_file"], r["source_row"]) for r in read_rows(f"{READ}/outcomes.csv")}
    assert records <= seen, f"neither effect nor reason: {records - seen}"
