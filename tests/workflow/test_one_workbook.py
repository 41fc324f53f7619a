"""One workbook with a row per arm, from its tabs to the pooled table, and back to its cells."""

import csv
import io

import openpyxl
import pytest
from conftest import CONFIG, OUTCOMES, STUDIES, Review
from strataforest.lineage.cells import trace_cell
from strataforest.lineage.results import open_results

SHEETS = {
    "studies": {"path": "review.xlsx", "columns": {"study_id": "Trial"}},
    "outcomes": {
        "path": "review.xlsx",
        "tab": "Arms",
        "long": {"arm": "Arm", "control": ["usual care"]},
        "columns": {"study_id": "Trial", "n": "N", "mean": "Mean (M)", "timepoint_weeks": "Weeks"},
        "values": {"metric": {1: "post"}},
    },
}
ARMS = ["Trial", "domain", "indicator", "Weeks", "metric", "p_value", "Arm", "N", "Mean (M)", "SD"]


def number(text):
    return float(text) if text else None


def arms():
    """Yield the rows of both arms of each comparison of the small review."""
    for row in csv.DictReader(io.StringIO(OUTCOMES)):
        about = [
            row["study_id"],
            row["domain"],
            row["indicator"],
            number(row["timepoint_weeks"]),
            1,
        ]
        for arm, name, p in (("treat", "chat", row["p_value"]), ("control", "usual care", None)):
            values = [number(row[f"{value}_{arm}"]) for value in ("n", "mean", "sd")]
            yield [*about, p, name, *values]


def write_workbook(path):
    book = openpyxl.Workbook()
    book.active.title = "About"
    book.active["A1"] = "A review in one workbook"
    trials = book.create_sheet("Trials")
    for row in csv.reader(io.StringIO(STUDIES.replace("study_id", "Trial"))):
        trials.append(row)
    table = book.create_sheet("Arms")
    table["A1"] = "Table 1: all arms"
    table.merge_cells("A1:J1")
    table.append([])
    for row in (ARMS, *arms()):
        table.append(row)
    book.save(path)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    review = Review(tmp_path_factory.mktemp("one") / "review", CONFIG | {"sheets": SHEETS}, ())
    write_workbook(review.folder / "review.xlsx")
    review.built()
    return review


def test_it_gives_the_pooled_table_of_the_same_review_as_csv(workbook, built_review):
    table = "results/tables/pooled.csv"
    own = (workbook.folder / table).read_bytes()
    assert own == (built_review.folder / table).read_bytes()


def test_an_effect_leads_to_the_cells_of_both_rows(workbook):
    effect = workbook.rows("effects/effects.csv")[0]
    assert (effect["source_tab"], effect["source_row"]) == ("Arms", "6;7")
    assert set(effect["source_cells"].split(";")) == {"H6", "I6", "J6", "H7", "I7", "J7"}
    found = trace_cell(open_results(workbook.folder / "results"), "review.xlsx!Arms!I7")
    assert (found.column, found.value, found.raw) == ("mean_control", "8.3", "")
    assert any("as mean2" in sentence for sentence in found.about)
    assert any(touch.path == "harmonized/records.csv" for touch in found.touches)


def test_a_corrected_cell_of_a_control_is_named_once(workbook):
    book = openpyxl.load_workbook(workbook.folder / "review.xlsx")
    assert book["Arms"]["I5"].value == 7.6
    book["Arms"]["I5"] = 7.7
    book.save(workbook.folder / "review.xlsx")
    run = workbook.built()
    assert any(job.startswith("Pooling ") for job in run.jobs)
    (moved,) = [r for r in workbook.rows("changes/latest.csv") if r["stratum"] == "glycemic"]
    assert moved["causes"] == "review.xlsx!Arms!I5 mean_control: 7.6 -> 7.7"
