"""What the pages tell to type does what they show: run on the default review, number by number."""

import re
import shutil

import pytest
from conftest import ROOT, Review
from console import BLOCK, Command, Shell, commands, is_shown
from site_examples import DOCS
from strataforest.errors import NAMED, OTHERS

TUTORIAL = DOCS / "tutorial.md"
PAGES = {page for page in DOCS.rglob("*.md") if "```console" in page.read_text(encoding="utf-8")}


@pytest.fixture(scope="module")
def tried(default_review, tmp_path_factory):
    """A default review in which the tutorial has been followed, and what that printed."""
    folder = tmp_path_factory.mktemp("tutorial") / "review"
    shutil.copytree(default_review.folder, folder, symlinks=True)
    # So that the first run has something to do, and ends with its summary.
    (folder / "results/summary.txt").unlink()
    shell = Shell(folder, folder.parent / "programs")
    copy = Review.__new__(Review)
    copy.folder, copy.config = folder, default_review.config
    return copy, [(command, shell.run(command)) for command in commands(TUTORIAL)]


def test_the_tutorial_prints_what_it_shows(tried):
    _, printed = tried
    assert len(printed) > 8
    for command, output in printed:
        assert is_shown(command, output), f"$ {command.text}\n{output}"


def test_the_tutorial_leaves_the_review_as_it_was(tried, default_review):
    copy, _ = tried
    assert copy.digests() == default_review.digests()


def test_the_warning_of_the_tutorial_is_not_there_before(default_review):
    problems = (default_review.folder / "results/harmonized/problems.csv").read_text("utf-8")
    assert "AG37" not in problems


def test_other_pages_print_what_they_show(default_review, tmp_path):
    shell = Shell(default_review.folder, tmp_path / "programs")
    others = [command for page in sorted(PAGES - {TUTORIAL}) for command in commands(page)]
    assert others
    for command in others:
        # The review is shared: nothing may be changed in it.
        assert command.text.startswith("grep ")
        assert is_shown(command, shell.run(command)), command


def test_every_number_in_the_tutorials_words_stands_in_a_block_too():
    text = TUTORIAL.read_text(encoding="utf-8")
    shown = "\n".join(BLOCK.findall(text))
    words = re.sub(r"\]\([^)]*\)", "]", BLOCK.sub("", text))
    numbers = set(re.findall(r"\d+(?:\.\d+)?", words.replace("HbA1c", "")))
    assert numbers >= {"86", "35", "7.59", "7.95"}
    assert [n for n in sorted(numbers) if not re.search(rf"(?<![\d.]){n}(?![\d])", shown)] == []


@pytest.mark.parametrize("wrong", ("k =  17", "0.70  [0.38", "LINE  k"))
def test_a_wrong_number_is_noticed(wrong, default_review):
    summary = (default_review.folder / "results/summary.txt").read_text(encoding="utf-8")
    right = next(command for command in commands(TUTORIAL) if "Strata pooled" in str(command.shown))
    assert is_shown(right, f"anything\n{summary}")
    shown = tuple(f"{line} {wrong}" if "Glycemic" in line else line for line in right.shown)
    assert not is_shown(Command("", "", shown), f"anything\n{summary}")


TABLE = re.compile(r"<!-- table: (\S+) (\w+) (\w+) -->\n\n((?:\|.*\n)+)")


def rows_of(table):
    lines = [line.strip("|\n ").split(" | ") for line in table.splitlines()]
    return [[cell.strip("` ") for cell in line] for line in lines[2:]]


def fixed(text, digits):
    return f"{float(text):.{digits}f}".replace("-", "−")


def printed(row):
    def interval(low, high):
        return f"{fixed(row[low], 3)} to {fixed(row[high], 3)}"

    estimate, i2 = fixed(row["estimate"], 3), fixed(row["i2"], 1)
    return [
        row["preset"],
        estimate,
        interval("ci_low", "ci_high"),
        i2,
        interval("pi_low", "pi_high"),
    ]


def test_the_tables_of_presets_are_those_of_the_review(default_review):
    text = (DOCS / "explanation/presets-differ.md").read_text(encoding="utf-8")
    tables = TABLE.findall(text)
    assert len(tables) == 2 == text.count("| `cochrane` |")
    for path, analysis, stratum, table in tables:
        rows = default_review.rows(path)
        chosen = [r for r in rows if (r["analysis"], r["stratum"]) == (analysis, stratum)]
        assert rows_of(table) == [printed(row) for row in chosen]


def test_the_page_of_stopped_runs_is_where_a_run_says():
    rules = (ROOT / "workflow/rules/common/configuration.smk").read_text(encoding="utf-8")
    (named,) = re.findall(r'^HELP = "(.+)"$', rules, flags=re.MULTILINE)
    assert named == OTHERS
    assert all((ROOT / page).is_file() for page in (NAMED, OTHERS))
