"""The house: data flows one way, statistics stay lean, scripts stay short."""

import ast

import pytest
from structure import (
    FILES,
    LISTING,
    PACKAGE,
    ROOT,
    SCRIPTS,
    imported,
    listing,
    module_file,
    modules_of,
    workflow_files,
)

# Left to right: nothing imports anything on its right.
ROOMS = (
    *(
        "interruptions",
        "errors",
        "names",
        "folders",
        "tabular",
        "formatting",
        "workbooks",
        "models",
        "directions",
        "presets",
        "risk_of_bias",
    ),
    *("flow", "sheets"),
    *("effect_sizes", "zero_cells", "conversions", "effects", "selection", "strata"),
    *("estimation", "pooling", "heterogeneity", "sensitivity", "diagnostics", "dependence"),
    *("counts", "estimator_comparison", "meta_regression", "small_study"),
    *("preset_comparison", "fits", "design_regression"),
    *(
        "provenance",
        "fit_files",
        "fit_of_file",
        "bundle",
        "regression_state",
        "results_state",
        "history",
        "cell_changes",
        "claim_changes",
        "move_causes",
        "regression_causes",
        "regression_changes",
        "changes",
        "extraction",
        "lineage",
        "audit",
        "cochrane",
        "exports",
        "new_review",
    ),
    *("scales", "figures", "tables", "claims", "statements", "report", "commands", "cli"),
    "warm_start",
)
STATISTICS = ("models", *ROOMS[ROOMS.index("effect_sizes") : ROOMS.index("fits") + 1])
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(file):
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def test_every_module_has_a_room():
    assert {room(file) for file in MODULES} - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_nothing_imports_from_its_right(file):
    if room(file) == "__init__":
        assert not imported(file)
        return
    order = ("__init__", *ROOMS)
    files = {module_file(name) for name in imported(file)} - {None}
    assert [str(f) for f in files if order.index(room(f)) > order.index(room(file))] == []


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_statistics_import_numpy_and_scipy_special_only(file):
    names = imported(file)
    assert not any(name.startswith("snakemake") for name in names)
    # Half a second of start-up per job: the hot path does without it.
    assert not any(name.startswith("scipy.stats") for name in names)
    heavy = {name.split(".")[0] for name in names} & {"pandas", "statsmodels", "matplotlib", "yaml"}
    if room(file) in STATISTICS:
        assert heavy == set()
    if "matplotlib" in heavy:
        assert room(file) == "figures"


def test_the_list_of_modules_is_what_the_scripts_import():
    assert LISTING.read_text(encoding="utf-8") == listing()


def test_the_list_of_files_is_what_the_repository_holds():
    assert FILES.read_text(encoding="utf-8") == workflow_files()


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda f: f.stem)
def test_a_script_is_named_as_its_rule_and_short(script):
    rules = "".join(f.read_text(encoding="utf-8") for f in (ROOT / "workflow/rules").glob("*.smk"))
    assert f"rule {script.stem}:" in rules or f"checkpoint {script.stem}:" in rules
    assert script.read_text(encoding="utf-8").count("\n") <= 90


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_modules_and_functions_stay_readable(file):
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            length = node.end_lineno - node.lineno - docstring.count("\n")
            assert length <= 60, f"{node.name} has {length} lines"


def test_the_snakefile_is_a_table_of_contents():
    assert (ROOT / "workflow/Snakefile").read_text(encoding="utf-8").count("\n") < 50
    assert (ROOT / "Snakefile").read_text(encoding="utf-8").count("\n") < 10


def test_only_common_defines_functions():
    for file in (ROOT / "workflow/rules").rglob("*.smk"):
        if file.name != "common.smk" and file.parent.name != "common":
            assert "\ndef " not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda f: f.stem)
def test_only_drawing_imports_matplotlib(script):
    files = [PACKAGE / f"{name}.py" for name in modules_of(script)]
    heavy = [f for f in files if f.is_file() and "matplotlib" in roots(imported(f))]
    assert bool(heavy) == script.stem.startswith("draw_")


def roots(names):
    return {name.split(".")[0] for name in names}
