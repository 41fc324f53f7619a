"""The same data as CSV, XLSX, ODS and in long form give the same effects but for their address."""

import csv
import io
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
import yaml
from conftest import CONFIG, OUTCOMES, ROOT, STUDIES
from snakemake.utils import validate
from strataforest.effects.compute import compute_effects
from strataforest.effects.effect_rows import EFFECT_COLUMNS
from strataforest.effects.multi_arm import MultiArm
from strataforest.models import Conversions
from strataforest.presets import resolve
from strataforest.sheets import long_form
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.tabular import as_read
from workbook_examples import write_ods, write_xlsx

SOURCE = {"source_file", "source_tab", "source_row", "source_cells"}
GROUP = ("study_id", "domain", "indicator", "instrument", "timepoint_weeks", "metric")
NUMBERS = {
    column.name
    for kind in ("studies", "outcomes")
    for column in VOCABULARY[kind]
    if column.kind not in {"text", "choice", "p_value"}
}


def table(text):
    return list(csv.reader(io.StringIO(text)))


@cache
def review(name):
    """Return (config with its defaults, {kind: tables of text}) of a review."""
    if name == "small":
        config = yaml.safe_load(yaml.safe_dump(CONFIG))
        sheets = {"studies": [table(STUDIES)], "outcomes": [table(OUTCOMES)]}
    else:
        config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
        declared = {k: config["sheets"][k] for k in ("studies", "outcomes")}
        sheets = {
            kind: [
                table((ROOT / spec["path"]).read_text(encoding="utf-8"))
                for spec in (specs if isinstance(specs, list) else [specs])
            ]
            for kind, specs in declared.items()
        }
    validate(config, str(ROOT / "workflow" / "schemas" / "config.schema.yaml"))
    return config, sheets


def effects(config, specs):
    """Return the effects and exclusions of a review, read from the current folder."""
    sheets = {kind: read_sheets_of_kind(kind, specs[kind], config["domains"]) for kind in specs}
    checks = {key: config[key] for key in ("domains", "indicators", "strata")}
    problems = check_review(sheets, **checks)
    assert [str(p) for p in problems if p.severity == "error"] == []
    rows = {kind: as_read(sheet.columns, sheet.rows) for kind, sheet in sheets.items()}
    options = dict(config["conversions"])
    del options["change_correlation_sensitivity"]
    found, excluded = compute_effects(
        rows["outcomes"],
        rows["studies"],
        config["domains"],
        config["indicators"],
        resolve(config["preset"], config["effect_size"]).effect_size,
        Conversions(**options),
        MultiArm(config["multi_arm"], config["multi_arm_named"]),
    )
    found = [
        {k: v for k, v in effect.items() if k not in SOURCE}
        for effect in as_read(EFFECT_COLUMNS, found)
    ]
    return found, sorted((row["study_id"], row["domain"], row["reason_code"]) for row in excluded)


def as_cells(rows):
    """Return a table with numbers where a spreadsheet would hold numbers."""
    head = rows[0]
    return [
        head,
        *(
            [
                float(text) if name in NUMBERS and text not in {"", "NR", "NA"} else text
                for name, text in zip(head, row, strict=True)
            ]
            for row in rows[1:]
        ),
    ]


def with_commas(head, row):
    """Return a row whose numbers have decimal commas; texts keep their points."""
    numeric = {*NUMBERS, "p_value"}
    pairs = zip(head, row, strict=True)
    return [text.replace(".", ",") if name in numeric else text for name, text in pairs]


def write_csv(path, rows):
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def written(name, form):
    """Write a review's sheets in a form; return its config and the sheets as it declares them."""
    config, sheets = review(name)
    specs = defaultdict(list)
    for kind, tables in sheets.items():
        for i, rows in enumerate(tables):
            path = f"{kind}{i}.{form.split()[0]}"
            if form == "csv":
                write_csv(path, rows)
            elif form == "csv with decimal commas":
                lines = [rows[0], *(with_commas(rows[0], row) for row in rows[1:])]
                with Path(path).open("w", encoding="utf-16", newline="") as file:
                    csv.writer(file, delimiter=";").writerows(lines)
            else:
                tabs = {"About": [["What this is"]], "Data": [["Table 1"], [], *as_cells(rows)]}
                {"xlsx": write_xlsx, "ods": write_ods}[form](path, tabs)
            specs[kind].append({"path": path})
    return config, specs


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv with decimal commas"])
@pytest.mark.parametrize("name", ["small", "default"])
def test_formats(name, form):
    plain = effects(*written(name, "csv"))
    assert len(plain[0]) >= 10
    assert effects(*written(name, form)) == plain


@pytest.mark.parametrize("name", ["small", "default"])
def test_long_form(name):
    config, sheets = review(name)
    wide, long = named_arms(sheets["outcomes"])
    write_csv("studies0.csv", sheets["studies"][0])
    write_csv("wide.csv", wide)
    write_csv("long.csv", long)
    control = sorted({row[long[0].index("arm")] for row in long[1:]})
    control = [arm for arm in control if arm.startswith("control ")]
    specs = {"studies": [{"path": "studies0.csv"}], "outcomes": [{"path": "wide.csv"}]}
    plain = effects(config, specs)
    assert len(plain[0]) >= 10
    spec = {"path": "long.csv", "long": {"arm": "arm", "control": control}}
    assert effects(config, specs | {"outcomes": [spec]}) == plain


def named_arms(tables):
    """Return all rows as one wide table and one in long form; arms get names, for both alike.

    Rows that repeat a comparison with another control cannot stand in long form: they are left out
    of both.
    """
    names = list(dict.fromkeys(name for rows in tables for name in rows[0]))
    names += [name for name in (*GROUP, "arm_treat", "arm_control") if name not in names]
    stems = [name for name in long_form.VALUES if f"{name}_treat" in names]
    shared = [
        n for n in names if n.removesuffix("_treat").removesuffix("_control") not in {*stems, "arm"}
    ]
    wide, long, seen = [names], [[*shared, "arm", *stems]], defaultdict(dict)
    for rows in tables:
        for cells in rows[1:]:
            row = dict.fromkeys(names, "") | dict(zip(rows[0], cells, strict=True))
            row["arm_treat"] = row["arm_treat"] or "intervention"
            row["arm_control"] = f"control {row['arm_control']}"
            sides = seen[tuple(row[name] for name in GROUP)]
            arms = {
                row[f"arm_{side}"]: [row.get(f"{stem}_{side}", "") for stem in stems]
                for side in ("treat", "control")
            }
            control = row["arm_control"]
            clash = row["arm_treat"] in sides or (sides and sides.get(control) != arms[control])
            if clash:
                continue
            wide.append([row[name] for name in names])
            for arm, values in arms.items():
                if arm not in sides:
                    own = [row[n] if n in GROUP or arm != control else "" for n in shared]
                    long.append([*own, arm, *values])
                    sides[arm] = values
    assert len(wide) >= 0.9 * sum(len(rows) - 1 for rows in tables)
    return wide, long
