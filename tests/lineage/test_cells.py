"""From a cell to all it touches; the small review's cells are read off conftest's sheets."""

import json

import openpyxl
import pytest
from conftest import CONFIG, OUTCOMES, STUDIES, Review
from strataforest.cli import main


@pytest.fixture
def touched(built_review, capsys):
    """Return a function from a cell to (what was printed as JSON, rows by path)."""

    def trace(cell, folder=built_review.folder / "results"):
        assert main(["trace", "--cell", cell, "--json", "--results", str(folder)]) == 0
        found = json.loads(capsys.readouterr().out)
        rows = {}
        for touch in found["touches"]:
            rows.setdefault(touch["path"], set()).add(touch["row"])
        return found, rows

    return trace


def rows_about(review, path, study, column="study_id"):
    return {i for i, row in enumerate(review.rows(path), 2) if row[column] == study}


MEAN = "Birch2020,glycemic,hba1c,26,post,55,6.9"
BIRCH = {
    "effects/effects.csv",
    "effects/decisions.csv",
    "strata/index.csv",
    "strata/domain/glycemic.csv",
    "strata/platform_by_domain/glycemic__chat.csv",
    "fits/domain/glycemic.json",
    "fits/platform_by_domain/glycemic__chat.json",
    "tables/pooled.csv",
    "tables/estimators.csv",
    "tables/leave_one_out_summary.csv",
    "tables/leave_one_out/LOO_domain_glycemic.csv",
    "tables/leave_one_out/LOO_platform_by_domain_glycemic__chat.csv",
    "tables/table2_platform_by_domain.csv",
    "figures/domain/glycemic/forest.svg",
    "figures/domain/glycemic/leave_one_out.svg",
    "figures/platform_by_domain/glycemic__chat/forest.svg",
    "figures/platform_by_domain/glycemic__chat/leave_one_out.svg",
    "figures/overview/domain.svg",
    "harmonized/records.csv",
    "summary.txt",
}


TABLE1 = {f"tables/table1_characteristics.{suffix}" for suffix in ("csv", "html", "docx", "tex")}
# What else is made of the two strata that hold its effect; all tables name their strata.
BELOW = ("figures/domain/glycemic/", "figures/platform_by_domain/glycemic__chat/", "tables/")
BELOW += ("by_preset/domain/glycemic.csv", "by_preset/platform_by_domain/glycemic__chat.csv")
BELOW += (
    "report/",
    "effects/effects_by_preset.csv",
    "figures/subgroups/platform_by_domain/glycemic.",
)


def assert_about_birch(rows):
    """All of BIRCH, and beyond it only what lies below the same effect."""
    assert set(rows) >= BIRCH
    assert [path for path in sorted(set(rows) - BIRCH) if not path.startswith(BELOW)] == []


@pytest.mark.parametrize(("cell", "column"), [("G4", "mean_treat"), ("F4", "n_treat")])
def test_a_mean_and_an_n_touch_all_below_their_effect(built_review, touched, cell, column):
    found, rows = touched(f"outcomes.csv!{cell}")
    assert found["column"] == column
    if column == "n_treat":
        # No n_randomised is given: the design regression takes the trial's largest n.
        assert rows.pop("tables/design_regression.csv") == {None}
        assert len(rows.pop("covariates/trials.csv")) == 1
    assert_about_birch(rows)
    table = built_review.rows("tables/pooled.csv")
    assert {
        (table[i - 2]["analysis"], table[i - 2]["stratum"]) for i in rows["tables/pooled.csv"]
    } == {
        ("domain", "glycemic"),
        ("platform_by_domain", "glycemic__chat"),
    }
    (row,) = rows["strata/domain/glycemic.csv"]
    assert built_review.rows("strata/domain/glycemic.csv")[row - 2]["study_id"] == "Birch2020"
    assert rows["tables/leave_one_out/LOO_domain_glycemic.csv"] == set(range(2, 8))


def test_what_a_cell_touches_is_what_its_correction_changes(copied_review, touched):
    """The claim against the deed: correct the mean, run, and compare the bytes."""
    _, rows = touched("outcomes.csv!G4", copied_review.folder / "results")
    before = copied_review.digests()
    copied_review.replace("outcomes.csv", MEAN, MEAN[:-1] + "8")
    copied_review.built()
    after = copied_review.digests()
    changed = {
        path
        for path in after
        if before.get(path) != after[path] and not path.startswith(("history", "changes"))
    }
    assert changed
    assert changed <= set(rows)
    assert set(rows) - changed <= {
        # rows that name the effect and stay as they were, and counts that stay
        "effects/decisions.csv",
        "strata/index.csv",
        "summary.txt",
        "figures/overview/domain.svg",
        # tests that say only why they were not made
        "tables/small_study.csv",
        "tables/subgroup_tests.csv",
        *(f"tables/table_s4_small_study.{suffix}" for suffix in ("csv", "html", "docx", "tex")),
    }


def test_a_platform_touches_the_strata_grouped_by_it(touched):
    found, rows = touched("studies.csv!D3")
    assert (found["column"], found["value"]) == ("primary_platform", "Chat")
    strata = {path for path in rows if path.startswith("strata/") and path.count("/") == 2}
    assert strata == {
        "strata/platform_by_domain/glycemic__chat.csv",
        "strata/platform_by_domain/knowledge__chat.csv",
    }
    assert "fits/domain/glycemic.json" not in rows
    assert "fits/platform_by_domain/glycemic__chat.json" in rows


def test_a_platform_that_is_not_declared_touches_what_is_left_out(touched):
    found, rows = touched("studies.csv!D7")
    assert found["value"] == ""
    assert set(rows) == {"strata/left_out.csv"}
    assert "empty" in " ".join(found["about"])


def test_eligibility_touches_the_decisions(built_review, touched):
    found, rows = touched("studies.csv!F8")
    assert (found["column"], found["value"]) == ("eligible", "no")
    expected = rows_about(built_review, "effects/decisions.csv", "Hazel2024")
    assert rows["effects/decisions.csv"] == expected
    assert set(rows) == {"effects/decisions.csv", "harmonized/studies.csv"}
    _, reason = touched("studies.csv!G8")
    assert reason["effects/decisions.csv"] == expected
    _, eligible = touched("studies.csv!F3")
    assert "fits/domain/glycemic.json" in eligible


def test_weeks_of_a_study_touch_what_reads_them_and_no_fit(touched):
    found, rows = touched("studies.csv!E3")
    assert found["column"] == "follow_up_weeks"
    assert {path.split("/")[0] for path in rows} == {"harmonized", "covariates", "tables", "report"}
    tables = {path for path in rows if path.startswith("tables")}
    assert tables == {"tables/design_regression.csv", *TABLE1}
    assert "no pooled number depends on it" in " ".join(found["about"])


def test_the_year_of_a_study_touches_its_cumulative_plots(touched):
    found, rows = touched("studies.csv!B3")
    assert found["column"] == "year"
    shown = [path for path in rows if path.startswith(("tables", "figures"))]
    assert sorted(shown) == [
        "figures/domain/glycemic/cumulative.svg",
        "figures/domain/knowledge/cumulative.svg",
        "figures/platform_by_domain/glycemic__chat/cumulative.svg",
        "tables/cumulative.csv",
        *sorted(TABLE1),
    ]


def test_a_note_only_describes(touched):
    found, rows = touched("outcomes.csv!M3")
    assert (found["column"], found["value"]) == ("note", "second choice")
    assert rows == {"harmonized/records.csv": {3}}
    assert "only describes" in " ".join(found["about"])


def test_a_cell_of_an_effect_that_was_not_chosen(built_review, touched):
    found, rows = touched("outcomes.csv!G3")
    assert set(rows) == {
        "harmonized/records.csv",
        "effects/effects.csv",
        "effects/effects_by_preset.csv",
        "effects/decisions.csv",
    }
    assert "hba1c comes before fbg" in " ".join(found["about"])


def test_a_cell_of_an_excluded_row(built_review, touched):
    found, rows = touched("outcomes.csv!L13")
    assert found["value"] == "<0.05"
    assert rows["effects/exclusions.csv"] == {2}
    assert "effects/effects.csv" not in rows
    assert "only a bound" in " ".join(found["about"])


@pytest.mark.parametrize("cell", ["L2", "M2", "G40", "ZZ3", "A1048576"])
def test_a_blank_cell_and_one_outside_touch_nothing(touched, cell):
    found, rows = touched(f"outcomes.csv!{cell}")
    assert (found["value"], rows) == ("", {})
    assert found["about"]


def test_a_heading_names_its_column(built_review, touched):
    found, rows = touched("outcomes.csv!G1")
    assert "heading of mean_treat, which 11 rows fill" in " ".join(found["about"])
    assert rows["effects/effects.csv"] == set(range(2, 13))


def test_a_team_s_own_heading_and_a_cell_the_reading_remarked_on(copied_review, touched):
    sheet = copied_review.folder / "outcomes.csv"
    lines = sheet.read_text(encoding="utf-8").splitlines()
    lines[0] += ",page"
    lines[2:] = [f"{line},7" for line in lines[2:]]
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    copied_review.built("results/tables/pooled.csv")
    _, rows = touched("outcomes.csv!N1", copied_review.folder / "results")
    assert "harmonized/problems.csv" in rows
    assert not any(path.startswith("effects") for path in rows)


@pytest.mark.parametrize(
    ("typed", "file"),
    [
        ("outcomes.csv!$G$4", "outcomes.csv"),
        ("OUT/outcomes.csv!G4", "outcomes.csv"),
        ("outcomes.csv!g4", "outcomes.csv"),
    ],
)
def test_a_cell_may_be_typed_as_spreadsheets_do(touched, typed, file):
    found, _ = touched(typed)
    assert (found["file"], found["address"]) == (file, "G4")


def test_a_sheet_corrected_since_the_run_is_said_to_be(copied_review, touched):
    copied_review.replace("outcomes.csv", MEAN, MEAN[:-1] + "8")
    found, _ = touched("outcomes.csv!G4", copied_review.folder / "results")
    assert (found["value"], found["raw"]) == ("6.9", "6.8")
    (copied_review.folder / "outcomes.csv").unlink()
    found, rows = touched("outcomes.csv!G4", copied_review.folder / "results")
    assert (found["value"], found["raw"]) == ("6.9", "")
    assert_about_birch(rows)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("outcomes.csv", "names no cell; expected a sheet and a cell"),
        ("outcomes.csv!17", "names no cell"),
        ("outcomes.csv!G0", "names no cell"),
        ("outcome.csv!G4", "did you mean 'outcomes.csv'?"),
        ("../../etc/passwd!G4", "is no sheet"),
        ("outcomes.csv!other!G4", "is no sheet"),
        ("", "names no cell"),
        ("\x00!A1", "is no sheet"),
        ("!" * 500, "names no cell"),
    ],
)
def test_a_name_of_no_cell_is_answered(built_review, capsys, cell, words):
    results = str(built_review.folder / "results")
    assert main(["trace", "--cell", cell, "--results", results]) == 1
    assert words in capsys.readouterr().err


@pytest.fixture(scope="module")
def of_tabs(tmp_path_factory):
    """Return the results of a review whose sheets are tabs, two of them with the same name."""
    folder = tmp_path_factory.mktemp("tabs") / "review"
    sheets = {"studies": {"path": "s.xlsx", "tab": "Trials"}}
    places = [("a.xlsx", "Ergebnisse"), ("a.xlsx", "Notes 2"), ("b.xlsx", "Notes 2")]
    sheets["outcomes"] = [{"path": path, "tab": tab} for path, tab in places]
    review = Review(folder, CONFIG | {"sheets": sheets}, sheets=())
    head, *lines = [line.split(",") for line in OUTCOMES.splitlines()]
    parts = dict(zip(places, (lines[:4], lines[4:8], lines[8:]), strict=True))
    parts = {place: [head, *rows] for place, rows in parts.items()}
    parts["s.xlsx", "Trials"] = [line.split(",") for line in STUDIES.splitlines()]
    books = {path: openpyxl.Workbook() for path, _ in parts}
    for (path, tab), rows in parts.items():
        sheet = books[path].create_sheet(tab)
        for row in rows:
            sheet.append(row)
    for path, book in books.items():
        del book["Sheet"]
        book.save(folder / path)
    review.built("--until", "stratify")
    return folder / "results"


@pytest.mark.parametrize("name", ["Ergebnisse!G4", "'Ergebnisse'!G4", "a.xlsx!Ergebnisse!G4"])
def test_a_tab_alone_is_enough_where_one_workbook_has_it(of_tabs, touched, name):
    found, rows = touched(name, of_tabs)
    assert (found["file"], found["tab"], found["address"]) == ("a.xlsx", "Ergebnisse", "G4")
    assert "effects/effects.csv" in rows


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("Notes 2!G4", "name one of 'a.xlsx!Notes 2', 'b.xlsx!Notes 2', as in 'a.xlsx!Notes 2!A1'"),
        ("Ergebnis!G4", "a cell of a tab is named file!tab!cell, such as 'a.xlsx!Ergebnisse!A1'"),
        ("a.xlsx!G4", "name one of 'a.xlsx!Ergebnisse', 'a.xlsx!Notes 2'"),
    ],
)
def test_a_tab_that_does_not_fit_alone_is_told_the_form(of_tabs, capsys, cell, words):
    assert main(["trace", "--cell", cell, "--results", str(of_tabs)]) == 1
    assert words in capsys.readouterr().err
