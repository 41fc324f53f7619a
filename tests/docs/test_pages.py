"""What the pages say that can be held to something: YAML, files, messages, counts, tolerances."""

import json
import re

import pytest
import yaml
from conftest import CONFIG, ROOT
from jsonschema import Draft202012Validator
from site_examples import DOCS

PAGES = sorted(DOCS.rglob("*.md"))
READMES = (ROOT / "README.md", ROOT / "config/README.md")
REFERENCE = ROOT / "tests/reference"
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(text, id=f"{page.relative_to(ROOT)}-{i}")
    for page in (*PAGES, *READMES)
    for i, text in enumerate(YAML.findall(page.read_text(encoding="utf-8")))
]
NUMBERS = (DOCS / "numbers/index.md").read_text(encoding="utf-8")
STOPPED = (DOCS / "when-a-run-stops.md").read_text(encoding="utf-8")


def mistakes(text):
    """Return what the schema finds wrong with a snippet, within a review that is sound."""
    snippet = yaml.safe_load(text)
    if set(snippet) <= {"studies", "outcomes"}:
        snippet = {"sheets": CONFIG["sheets"] | snippet}
    if set(snippet.get("sheets", ())) == {"published"}:
        config = snippet
    else:
        config = CONFIG | snippet
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(config)]


@pytest.mark.parametrize("text", SNIPPETS)
def test_a_snippet_of_configuration_is_valid(text):
    assert mistakes(text) == []


def test_snippets_are_found_and_wrong_ones_noticed():
    assert len(SNIPPETS) > 15
    assert mistakes("pooling: {tau: REML}")
    assert mistakes("preset: stata17")
    assert mistakes("sheets: {published: {file: x.csv}}")


# Room for what is a user's own, or only there after a run.
OWN = re.compile(r"^(build|my_review|logs|reviews|sheets)/|^\.")
FILE = re.compile(r"`([\w./-]+/[\w.-]*|[\w-]+\.(?:py|smk|yaml|toml|md))`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_a_page_names_are_there(page):
    package = ROOT / "workflow/scripts/strataforest"
    results = (ROOT / "results/README.md").read_text(encoding="utf-8")
    folders = [ROOT / name for name in ("workflow", "tests", "docs", "profiles", "config")]
    names = {path.name for folder in folders for path in folder.rglob("*.*")}
    for name in FILE.findall(page.read_text(encoding="utf-8")):
        last = name.rstrip("/").rpartition("/")[2]
        if OWN.search(name) or name in names or re.search(rf"\b{re.escape(last)}\b", results):
            continue
        assert (ROOT / name).exists() or (package / name).exists(), name


def test_a_file_that_is_not_there_is_noticed():
    assert FILE.findall("see `figures/nothing.py`, `nothing.smk` and `results/no.csv`") == [
        *("figures/nothing.py", "nothing.smk", "results/no.csv")
    ]


# The page of what was checked.


def rows(text, first):
    table = text[text.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def holds(node, key):
    """Whether a reference has figures under a key, at whatever depth."""
    if isinstance(node, dict):
        here = node.get(key) not in (None, [], {})
        return here or any(holds(value, key) for value in node.values())
    return isinstance(node, list) and any(holds(value, key) for value in node)


@pytest.mark.parametrize("row", rows(NUMBERS, "what"), ids=lambda row: row[0][:30])
def test_counts_and_tolerances_are_those_of_the_tests(row):
    _, _, count, agreement, figures, test = row
    folder, key = figures.replace("`", "").split()
    files = [path.read_text(encoding="utf-8") for path in (REFERENCE / folder).glob("*.json")]
    assert int(count) == sum(holds(json.loads(text), key) for text in files)
    text = (ROOT / "tests/statistics" / test.strip("`")).read_text(encoding="utf-8")
    common = (ROOT / "tests/statistics/metafor_reference.py").read_text(encoding="utf-8")
    if agreement == "1e-8":
        assert "RELATIVE = 1e-8" in common
        assert "assert_close" in text
    elif agreement == "equal":
        assert "found.p_value.tolist() == entry" in text
    else:
        assert f"relative={agreement}" in text


def test_every_folder_of_references_is_on_the_page_or_small():
    told = {row[4].replace("`", "").split()[0] for row in rows(NUMBERS, "what")}
    for folder in REFERENCE.iterdir():
        if folder.is_dir() and folder.name not in told:
            assert len(list(folder.glob("*.json"))) <= 3, folder.name


def test_the_versions_are_those_of_the_references():
    readme = (REFERENCE / "README.md").read_text(encoding="utf-8").replace("**", "")
    for version in ("metafor 3.8-1", "R 4.2.2", "clubSandwich 0.5.8", "robumeta 2.0"):
        assert version in readme
        assert version.replace("metafor", "metafor is") in NUMBERS or version in NUMBERS
    selection = (ROOT / "tests/statistics/test_selection_model.py").read_text(encoding="utf-8")
    assert "len(AGREEING) >= 60" in selection
    assert "at least 60 of its fits" in NUMBERS


def python_of_tests():
    return {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}


def test_the_published_examples_are_counted():
    names = {
        name
        for path, text in python_of_tests().items()
        if path.parent.name != "docs"
        for name in re.findall(r"^def (test_example_\w+)", text, flags=re.MULTILINE)
    }
    (count,) = re.findall(r"somebody published: (\d+) of them", NUMBERS)
    assert int(count) == len(names)
    for author in ("stata16", "handbook", "colditz1994", "raudenbush1985", "lau1992"):
        assert any(author in name for name in names)
    for author in ("hasselblad_hedges1995", "mcgrath2020", "wan2014"):
        assert any(author in name for name in names)


def test_other_figures_of_the_page_are_those_of_the_tests():
    import sys

    sys.path.insert(0, str(ROOT / "tests/sheets"))
    from planted_errors import PLANTED

    missed = sum(bool(mistake.missed) for mistake in PLANTED)
    assert f"{len(PLANTED)} mistakes" in NUMBERS
    assert f"{len(PLANTED) - missed} are\nwarned" in NUMBERS
    assert f"the {missed} that are missed" in NUMBERS
    texts = {path.name: text for path, text in python_of_tests().items()}
    assert "TOLERANCE = 1e-10" in texts["test_published_numbers.py"] and "1e-10" in NUMBERS
    assert "1e-6 * max(" in texts["test_metafor_agrees.py"] and "within 1e-6" in NUMBERS
    assert "len(rows) > 100" in texts["test_metafor_agrees.py"] and "more than 100" in NUMBERS
    assert "rel=2e-3" in texts["test_medians.py"] and "to 2e-3" in NUMBERS
    lower = re.search(r"METAFOR_ON_LOWER_MAXIMUM = \{(.+)\}", texts["metafor_reference.py"])[1]
    assert set(re.findall(r"ext_\w+", lower)) == set(re.findall(r"`(ext_\w+)`", NUMBERS))


# The page of stopped runs.


def sources():
    files = [*ROOT.glob("workflow/**/*.py"), *ROOT.glob("workflow/**/*.smk")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    # A message may be broken over lines, or have a name put in.
    return re.sub(r'"\s*\n\s*f?"', "", text)


@pytest.mark.parametrize(
    "words",
    (
        *("The configuration (", "cannot be used", "no rule tells ", " apart (", "the claim '"),
        *("does not hold", "this is a defect of strataforest", "All results are complete"),
        *("a number with a decimal point", "it looks like a date", "expected {", "one of "),
        *("is missing", "it in the heading row", "no column is headed", "is not in the studies"),
        "the result of its formula, which the file does not hold",
    ),
)
def test_messages_on_the_page_are_those_of_the_program(words):
    assert words in sources()


def test_the_limit_of_the_terminal_is_the_programs():
    from strataforest.errors import PER_SHEET

    assert f"at most {PER_SHEET} of a sheet" in STOPPED
