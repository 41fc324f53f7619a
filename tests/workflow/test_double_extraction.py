"""Two extractors in a real run: the list, the decisions, and what runs again after each."""

import copy
import csv
import shutil

import openpyxl
import pytest
from conftest import CONFIG, OUTCOMES, Review
from strataforest.lineage.cells import trace_cell
from strataforest.lineage.results import open_results
from strataforest.lineage.tree import effect_tree

UNTIL = ("--until", "tabulate", "compare_extractions")
SECOND = (
    OUTCOMES.replace("55,6.9,0.9", "55,7.9,0.9")
    .replace("40,7.9,1.5", "40,7.8,1.5")
    .replace("33,13.5,2.9", "33,13.5,2.7")
)
BIRCH = "Birch2020|glycemic|hba1c||26|post"
FRONT = [
    "Choosing one effect per trial and domain, and grouping them into strata",
    "Comparing the two extractions",
    "Computing effect sizes",
    "Reading and checking the extraction sheets",
]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """Return a review of two extractors that has been run once; tests must not change it."""
    config = copy.deepcopy(CONFIG) | {"double_extraction": {"outcomes": {"path": "second.csv"}}}
    review = Review(tmp_path_factory.mktemp("two") / "review", config)
    review.write("second.csv", SECOND)
    review.built(*UNTIL)
    return review


@pytest.fixture
def copied(extracted, tmp_path):
    """Return a copy of that review, free to change."""
    shutil.copytree(extracted.folder, tmp_path / "review", symlinks=True)
    review = Review.__new__(Review)
    review.folder, review.config = tmp_path / "review", copy.deepcopy(extracted.config)
    return review


def pooled(review):
    return {(r["analysis"], r["stratum"]): r for r in review.rows("tables/pooled.csv")}


def moved(review, study):
    """Return what discrepancies_by_stratum.csv says of a trial's only discrepancy, by stratum."""
    rows = review.rows("extraction/discrepancies_by_stratum.csv")
    return {(r["analysis"], r["stratum"]): r for r in rows if r["study_id"] == study}


def test_the_list_of_discrepancies(extracted):
    rows = extracted.rows("extraction/discrepancies.csv")
    assert [(r["study_id"], r["column"], r["matters"]) for r in rows] == [
        ("Birch2020", "mean_treat", "conclusion"),
        ("Elm2022", "sd_treat", "pooled"),
        ("Ash2019", "mean_treat", "effect"),
    ]
    assert [(r["first_cell"], r["second_cell"]) for r in rows] == [
        (c, c) for c in ("G4", "H12", "G3")
    ]
    assert (rows[0]["first_value"], rows[0]["second_value"]) == ("6.9", "7.9")
    assert rows[0]["effect_id"] == BIRCH
    table = pooled(extracted)
    for study in ("Birch2020", "Elm2022"):
        for key, row in moved(extracted, study).items():
            for name in ("estimate", "ci_low", "ci_high"):
                assert row[f"{name}_first"] == table[key][name]
    (warning,) = [p for p in extracted.problems() if "not decided" in p["problem"]]
    assert (warning["severity"], warning["file"]) == ("warning", "outcomes.csv")
    every = {r["column"]: r for r in extracted.rows("extraction/agreement.csv")}["all"]
    assert int(every["cells"]) - int(every["agreeing"]) == 3


def test_a_second_run_has_nothing_to_do(extracted):
    assert extracted.built(*UNTIL).jobs == []


def test_without_a_second_extraction_there_is_no_list(built_review):
    assert not (built_review.folder / "results/extraction/discrepancies.csv").exists()


def test_the_consequence_is_that_of_a_real_run_on_the_other_value(copied):
    expected, before = moved(copied, "Birch2020"), pooled(copied)
    copied.replace("outcomes.csv", "55,6.9,0.9", "55,7.9,0.9")
    copied.built(*UNTIL)
    after = pooled(copied)
    assert set(expected) == {key for key in after if after[key] != before[key]}
    for key, row in expected.items():
        for name in ("estimate", "ci_low", "ci_high"):
            assert row[f"{name}_second"] == after[key][name]
    assert moved(copied, "Birch2020") == {}


def test_a_correction_of_the_second_sheet_refits_nothing(copied):
    before = copied.digests()
    copied.replace("second.csv", "33,13.5,2.7", "33,13.5,2.9")
    assert copied.built(*UNTIL).jobs == FRONT
    changed = {p for p, digest in copied.digests().items() if digest != before.get(p)}
    assert {path.split("/")[0] for path in changed} <= {"extraction", "harmonized"}
    assert "harmonized/records.csv" not in changed


def said(review, cell):
    """Return what is said of a cell, as one text, with the paths of the results it touches."""
    found = trace_cell(open_results(review.folder / "results"), cell)
    return found, " ".join(found.about), {touch.path for touch in found.touches}


def test_a_cell_of_the_second_extraction_that_differs(extracted):
    found, about, paths = said(extracted, "second.csv!G4")
    assert (found.column, found.value) == ("mean_treat", "7.9")
    assert "Row 4 of the second extraction, mean_treat of Birch2020, glycemic, hba1c" in about
    assert "compared and differs: the first extractor has 6.9 (outcomes.csv G4)" in about
    assert "Nobody has decided: 6.9 is kept, the first one's." in about
    names = ("second_extraction", "discrepancies", "discrepancies_by_stratum", "agreement")
    assert paths == {f"extraction/{name}.csv" for name in names}


def test_a_cell_of_the_second_extraction_that_agrees_or_is_not_compared(extracted):
    found, about, _ = said(extracted, "second.csv!H4")
    assert (found.column, found.value) == ("sd_treat", "0.9")
    assert "compared and agrees with the first extractor's (outcomes.csv H4)" in about
    assert "compared with row 4 of outcomes.csv" in said(extracted, "second.csv!A4")[1]
    assert "was not compared: remarks and prose" in said(extracted, "second.csv!M3")[1]
    assert "It is empty, as the first extractor's is." in said(extracted, "second.csv!G13")[1]
    assert "heading of mean_treat, which 11 rows fill" in said(extracted, "second.csv!G1")[1]
    assert "outside of the data" in said(extracted, "second.csv!G40")[1]


def test_rows_that_only_the_second_extractor_has(copied):
    copied.write("second.csv", SECOND + "Gum2024,knowledge,quiz,12,post,28,13,3,27,12,3,,\n")
    copied.built(*UNTIL)
    about = said(copied, "second.csv!G14")[1]
    assert "The first extractor has no such row. The row is left out: nobody has decided." in about
    listed = copied.folder / "results/extraction/discrepancies.csv"
    with listed.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    (own,) = [row for row in rows if row[header.index("column")] == "row"]
    own[header.index("decision")] = "second"
    with (copied.folder / "decided.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, own])
    copied.config["double_extraction"]["decisions"] = "decided.csv"
    copied.configure(copied.config)
    copied.built(*UNTIL)
    _, about, paths = said(copied, "second.csv!G14")
    assert "The row is read, by the decision 'second' in decided.csv M2." in about
    assert "It enters the effect Gum2024|knowledge|quiz||12|post as mean1." in about
    assert "effects/effects.csv" in paths & said(copied, "decided.csv!M2")[2]


def test_a_decision_in_the_workbook_becomes_the_value(copied):
    expected = moved(copied, "Birch2020")
    name = copied.folder / "decided.xlsx"
    shutil.copy(copied.folder / "results/extraction/discrepancies.xlsx", name)
    book = openpyxl.load_workbook(name)
    tab = book["discrepancies"]
    headings = [cell.value for cell in tab[1]]
    tab.cell(2, headings.index("decision") + 1).value = 7.9
    tab.cell(2, headings.index("decided_by") + 1).value = "AB"
    tab.cell(4, headings.index("decision") + 1).value = "first"
    cell = tab.cell(2, headings.index("decision") + 1).coordinate
    book.save(name)
    copied.config["double_extraction"]["decisions"] = "decided.xlsx"
    copied.configure(copied.config)
    run = copied.built(*UNTIL)
    fits = ["Pooling domain/glycemic", "Pooling platform_by_domain/glycemic__chat"]
    assert run.jobs == sorted([*FRONT, *fits, "Writing the tables"])
    after = pooled(copied)
    for key, row in expected.items():
        assert row["estimate_second"] == after[key]["estimate"]
    rows = copied.rows("extraction/discrepancies.csv")
    assert [(r["decision"], r["decided_by"]) for r in rows] == [
        ("7.9", "AB"),
        ("", ""),
        ("first", ""),
    ]
    assert [r["decided_cell"] for r in rows] == [cell, "", "G3"]
    # The number leads to the cell that it came from, and back.
    results = open_results(copied.folder / "results")
    cells = {cell.column: cell for cell in effect_tree(results, BIRCH).cells}
    decided = cells["mean_treat"]
    assert (decided.file, decided.tab, decided.address) == ("decided.xlsx", "discrepancies", cell)
    assert (cells["sd_treat"].file, cells["sd_treat"].address) == ("outcomes.csv", "H4")
    back = trace_cell(results, f"decided.xlsx!discrepancies!{cell}")
    assert (back.column, back.value) == ("mean_treat", "7.9")
    assert "fits/domain/glycemic.json" in {touch.path for touch in back.touches}
    passed_over = trace_cell(results, "outcomes.csv!G4")
    assert f"decided.xlsx [discrepancies] {cell}, 7.9" in passed_over.about[-1]
    assert copied.built(*UNTIL).jobs == []


def test_the_decisions_lead_to_what_they_keep_and_back(copied):
    listed = copied.folder / "results/extraction/discrepancies.csv"
    with listed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, decision in zip(rows, ("7.4", "second", "first"), strict=True):
        row["decision"] = decision
    rows[0] |= {"decided_by": "AB", "note": "the erratum"}
    rows.append(dict(rows[2]) | {"column": "sd_treat", "decision": "first"})
    rows.append(dict(rows[2]) | {"column": "mean_control", "decision": ""})
    with (copied.folder / "decided.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    copied.config["double_extraction"]["decisions"] = "decided.csv"
    copied.configure(copied.config)
    copied.built(*UNTIL)
    fit = "fits/domain/glycemic.json"

    found, about, paths = said(copied, "decided.csv!M2")
    assert (found.column, found.value) == ("mean_treat", "7.4")
    assert "Row 2 of the decisions, on mean_treat of Birch2020, glycemic, hba1c" in about
    assert "Neither extractor's is kept but 7.4, by the decision '7.4' in decided.csv M2" in about
    assert "of AB (the erratum)" in about
    assert "It is the value of mean_treat in row 4 of outcomes.csv." in about
    assert "Row 4:" not in about
    assert {fit, "extraction/decisions.csv", "extraction/discrepancies.csv"} <= paths

    _, about, paths = said(copied, "decided.csv!M3")
    assert "The second extractor's is kept, 2.7 (second.csv H12), by the decision" in about
    assert "fits/domain/knowledge.json" in paths
    _, about, paths = said(copied, "decided.csv!M4")
    assert "The first extractor's is kept, 7.9 (outcomes.csv G3), by the decision 'first'" in about
    assert "effects/effects.csv" in paths
    assert "decision is not applied" in said(copied, "decided.csv!M5")[1]
    assert "nothing is decided here" in said(copied, "decided.csv!M6")[1]
    assert "says which cell" in said(copied, "decided.csv!B2")[1]
    assert "the second extractor's value when decided" in said(copied, "decided.csv!L2")[1]

    _, about, paths = said(copied, "second.csv!H12")
    assert "differs: the first extractor has 2.9 (outcomes.csv H12)" in about
    assert "The second extractor's is kept, 2.7" in about
    assert "It is the value of sd_treat in row 12 of outcomes.csv." in about
    assert "fits/domain/knowledge.json" in paths
    assert "Neither extractor's is kept but 7.4" in said(copied, "second.csv!G4")[1]


def test_a_wrong_decision_stops_the_run_and_leaves_the_results(copied):
    before = copied.digests()
    with (copied.folder / "results/extraction/discrepancies.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    rows[0][header.index("decision")] = "about 8"
    with (copied.folder / "decided.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    copied.config["double_extraction"]["decisions"] = "decided.csv"
    copied.configure(copied.config)
    run = copied.run(*UNTIL)
    assert run.status != 0
    assert "Traceback" not in run.output
    (error,) = [p for p in copied.problems() if p["severity"] == "error"]
    assert (error["file"], error["cell"]) == ("decided.csv", "M2")
    assert "decision is 'about 8'" in run.output
    after = copied.digests()
    # What the reading itself says is of this run.
    said = {"harmonized/problems.csv", "harmonized/annotated_sheets.xlsx"}
    kept = before.keys() - said
    assert {path: after.get(path) for path in kept} == {path: before[path] for path in kept}


def test_with_one_extractor_again_the_list_is_gone(copied):
    before = copied.digests()
    del copied.config["double_extraction"]
    copied.configure(copied.config)
    assert not any(job.startswith("Pooling") for job in copied.built("--until", "tabulate").jobs)
    gone = before.keys() - copied.digests().keys()
    # The workbook that showed the undecided cells has nothing to show any more.
    assert len(gone - {"harmonized/annotated_sheets.xlsx"}) == 6
    assert {path for path in gone if path.startswith("extraction/")} == {
        path for path in before if path.startswith("extraction/")
    }


def test_a_key_that_is_not_known_or_leaves_the_folder_stops_the_run(copied):
    copied.config["double_extraction"] |= {"tolerence": 0.1, "decisions": "../decided.csv"}
    copied.configure(copied.config)
    run = copied.run("-n")
    assert run.status != 0
    assert "unknown key 'tolerence'; did you mean 'tolerance'?" in run.output
    assert "leaves the review's folder" in run.output
