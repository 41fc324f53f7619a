"""`strataforest new`: a folder that runs as it is, its examples plainly marked."""

import re

import pytest
import yaml
from conftest import Review
from strataforest.cli import main
from strataforest.new_review.examples import EXAMPLE_ROWS, NOTE
from strataforest.sheets.reading import read_grids


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A new review that has been run as it was laid out."""
    folder = tmp_path_factory.mktemp("new") / "my_review"
    assert main(["new", str(folder)]) == 0
    review = Review.__new__(Review)
    review.folder, review.config = folder, None
    review.laid_out = sorted(path.name for path in folder.iterdir())
    review.built("all", "extraction_template")
    return review


def test_it_runs_to_a_report_of_three_examples(begun):
    assert begun.laid_out == ["README.md", "config.yaml", "extraction.xlsx"]
    (row,) = begun.rows("tables/pooled.csv")
    assert (row["k"], row["status"]) == ("3", "pooled")
    # Lower pain is better and all three trials favour the intervention.
    assert float(row["estimate"]) > 0
    assert begun.problems() == []
    page = (begun.folder / "results" / "report" / "index.html").read_text(encoding="utf-8")
    assert "EXAMPLE ROWS, to be replaced" in page
    assert "EXAMPLE 3" in page


def test_every_example_says_so():
    for kind, rows in EXAMPLE_ROWS.items():
        assert len(rows) == 3
        for row in rows:
            assert row["study_id"].startswith("EXAMPLE")
            assert row["note" if kind == "outcomes" else "citation"] == NOTE


def test_the_workbook_is_that_of_the_rule(begun):
    own, made = (
        {grid.tab: grid for grid in read_grids({"path": str(begun.folder / name)})}
        for name in ("extraction.xlsx", "results/extraction/template.xlsx")
    )
    assert list(own) == list(made)
    for tab, grid in own.items():
        wanted = [row for row in made[tab].rows if any(row)]
        found = [row for row in grid.rows if any(row)]
        examples = len(EXAMPLE_ROWS.get(tab, ()))
        assert len(found) == len(wanted) + examples
        assert [cells(row) for row in found[: len(wanted)]] == [cells(row) for row in wanted]
        assert grid.comments == made[tab].comments


def cells(row):
    """Return a row's cells without the empty ones at its end."""
    while row and not row[-1]:
        row = row[:-1]
    return row


def test_the_next_steps_are_three_lines_and_the_readme_five(tmp_path, capsys):
    folder = tmp_path / "my review"
    assert main(["new", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines] == ["1.", "2.", "3."]
    # A name with a blank is one argument.
    assert f"-d '{folder}'" in lines[0]
    assert re.search(r"-s \S+/Snakefile ", lines[0])
    readme = (folder / "README.md").read_text(encoding="utf-8")
    steps = [line[:2] for line in readme.splitlines() if line[0] != " "]
    assert steps == ["1.", "2.", "3.", "4.", "5."]
    # The workbook lists the domains of the config as it was.
    assert "a new domain" in readme
    assert "extraction_template" in readme
    assert yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["domains"]


def test_nothing_is_overwritten(tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine", encoding="utf-8")
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    for place in (taken, file):
        assert main(["new", str(place)]) == 1
        assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in taken.iterdir()] == ["notes.txt"]
    assert file.read_text(encoding="utf-8") == "mine"
    assert main(["new", str(file / "below")]) == 1
    assert str(file) in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["new", str(tmp_path / "empty")]) == 0
