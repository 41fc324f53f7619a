"""The mapping as configuration: tabs, heading rows, maps, filters, and what is said of each."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from strataforest.meta_regression.moderation import LN_N_TOTAL
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.configured_names import OF_EFFECTS
from strataforest.sheets.harmonize import Sheet, read_sheets_of_kind
from strataforest.strata.files import COUNT_COLUMNS, STRATUM_COLUMNS
from workbook_examples import write_ods, write_xlsx

DOMAINS = {"glycemic": {"label": "Glycemic control"}}
OUTCOMES = ["study_id", "domain", "indicator", "n_treat", "mean_treat"]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(kind="studies", specs=None, **spec):
    return read_sheets_of_kind(kind, specs or [{"path": "s.xlsx", **spec}], DOMAINS)


def csv(text, name="s.csv"):
    Path(name).write_text(text, encoding="utf-8")
    return name


def said(sheet, severity):
    """Return (cell, text) of the sheet's problems of a severity."""
    return [
        (p.cell, " ".join([p.problem, p.expected, p.mend]))
        for p in sheet.problems
        if p.severity == severity
    ]


def only(found):
    (one,) = found
    return one


STUDIES = [["study_id", "year"], ["Ash", 2019]]
EFFECTS = [OUTCOMES, ["Ash", "glycemic", "hba1c", 40, 7.1]]


class TestTabs:
    @pytest.mark.parametrize("write", [write_xlsx, write_ods])
    def test_the_tab_that_fits_the_kind_is_found_and_named(self, write):
        name = {write_xlsx: "s.xlsx", write_ods: "s.ods"}[write]
        write(name, {"Notes": [["about this file"]], "B": EFFECTS, "A": STUDIES})
        studies = read("studies", path=name)
        outcomes = read("outcomes", path=name)
        assert [row["source_tab"] for row in studies.rows + outcomes.rows] == ["A", "B"]
        assert only(said(studies, "note"))[1].startswith("found: tab 'A'")

    def test_a_tie_and_no_fit_ask_for_the_tab_and_list_them(self):
        write_xlsx("s.xlsx", {"one": STUDIES, "two": STUDIES, "three": [["x"]]})
        _, text = only(said(read(), "error"))
        assert "'one', 'two' fit" in text
        assert "'three'" in text
        _, text = only(said(read("flow"), "error"))
        assert "no tab" in text
        assert read(tab="two").rows[0]["source_tab"] == "two"

    def test_mapped_headings_count_too(self):
        own = [["Trial", "Jahr"], ["Ash", 2019]]
        write_xlsx("s.xlsx", {"list": [["study_id"], ["x"]], "own": own})
        sheet = read(columns={"study_id": "Trial", "year": "Jahr"})
        assert (sheet.rows[0]["source_tab"], sheet.rows[0]["year"]) == ("own", "2019")

    def test_several_maps_of_one_tab_are_read_once_and_kept(self):
        write_xlsx("s.xlsx", {"B": EFFECTS})
        spec = {"path": "s.xlsx"}
        sheet = read("outcomes", [spec, {**spec, "constants": {"metric": "post"}}])
        assert [(grid.file, grid.tab) for grid in sheet.grids] == [("s.xlsx", "B")]
        assert sheet.heading_rows == {("s.xlsx", "B"): 1}
        assert [row["metric"] for row in sheet.rows] == ["", "post"]


class TestHeadingRows:
    def test_titles_and_notes_above_are_passed_over_with_a_note(self):
        csv("Our review\n\nsee the protocol,for details\nstudy_id,year\nAsh,2019\n")
        sheet = read(path="s.csv")
        assert (sheet.rows[0]["year"], sheet.rows[0]["source_row"]) == ("2019", "5")
        assert "headings in row 4" in only(said(sheet, "note"))[1]

    def test_rows_of_data_above_the_headings_are_an_error(self):
        csv("Elm,2018,NO\nstudy_id,year,country\nAsh,2019,SE\n")
        sheet = read(path="s.csv")
        cell, text = only(said(sheet, "error"))
        assert cell == "A1"
        assert "header_row: 2" in text
        assert sheet.rows == []
        # Declared, the row above is taken for a title.
        assert len(read(path="s.csv", header_row=2).rows) == 1

    def test_a_heading_is_found_without_regard_to_case_and_blanks_and_this_is_said(self):
        csv("Study ID,YEAR,country\nAsh,2019,NO\n")
        sheet = read(path="s.csv")
        assert (sheet.rows[0]["study_id"], sheet.rows[0]["year"]) == ("Ash", "2019")
        assert [cell for cell, _ in said(sheet, "note")] == ["A1", "B1"]

    @pytest.mark.parametrize("headings", ["Study ID,study_id", "study_id,STUDY_ID"])
    def test_two_headings_that_would_be_one_are_an_error(self, headings):
        csv(f"{headings}\nAsh,Elm\n")
        assert said(read(path="s.csv"), "error")[0][0] == "B1"

    def test_a_misspelt_heading_of_the_map_gets_the_nearest_one(self):
        csv("Autor,Jahr\nAsh,2019\n")
        cell, text = only(said(read(path="s.csv", columns={"study_id": "Author"}), "error"))
        assert cell == "A1"
        assert "did you mean 'Autor'?" in text

    def test_two_rows_of_headings_are_joined_where_the_upper_one_is_merged(self):
        book = openpyxl.Workbook()
        tab = book.active
        for row in (
            ["Table 1"],
            ["Study", "Intervention", None, "Control", None, "Outcome", None],
            [None, "n", "mean", "n", "mean", "domain", "indicator"],
            ["Ash", 40, 7.1, 41, 7.6, "glycemic", "hba1c"],
        ):
            tab.append(row)
        for merged in ("A2:A3", "B2:C2", "D2:E2"):
            tab.merge_cells(merged)
        book.save("s.xlsx")
        columns = {"study_id": "Study", "n_treat": "Intervention n", "n_control": "Control n"}
        columns |= {"mean_treat": "Intervention mean", "mean_control": "Control mean"}
        columns |= {"domain": "Outcome domain", "indicator": "indicator"}
        sheet = read("outcomes", header_row=[2, 3], columns=columns)
        assert said(sheet, "error") == []
        row = only(sheet.rows)
        assert (row["study_id"], row["n_treat"], row["n_control"]) == ("Ash", "40", "41")
        assert "mean_control=E4" in row["source_cells"]

    def test_in_a_text_file_an_upper_heading_holds_until_the_next(self):
        csv("Study,Intervention,,Control,\n,n,mean,n,mean\nAsh,40,7.1,41,7.6\n")
        columns = {"study_id": "Study", "n_control": "Control n", "mean_treat": "Intervention mean"}
        constants = {"domain": "glycemic", "indicator": "hba1c"}
        spec = {"header_row": [1, 2], "columns": columns, "constants": constants}
        row = only(read("outcomes", path="s.csv", **spec).rows)
        assert (row["n_control"], row["mean_treat"]) == ("41", "7.1")


class TestRows:
    def test_merged_cells_hold_for_each_of_their_rows(self):
        book = openpyxl.Workbook()
        tab = book.active
        for row in (
            OUTCOMES,
            ["Ash", "glycemic", "hba1c", 40, 7.1],
            [None, "glycemic", "fbg", 40, 8.1],
            ["Elm", "glycemic", "fbg", 30, 8],
        ):
            tab.append(row)
        tab.merge_cells("A2:A3")
        book.save("s.xlsx")
        sheet = read("outcomes")
        assert [row["study_id"] for row in sheet.rows] == ["Ash", "Ash", "Elm"]
        assert sheet.rows[1]["source_cells"].startswith("study_id=A2;domain=B3")
        assert ("A2", "the value of the merged cell A2 stands for each of its rows  ") in said(
            sheet, "note"
        )

    def test_hidden_rows_are_read_and_named_or_left_out(self):
        book = openpyxl.Workbook()
        tab = book.active
        for row in (["study_id"], ["Ash"], ["Elm"], ["Fir"]):
            tab.append(row)
        tab.row_dimensions[3].hidden = True
        book.save("s.xlsx")
        sheet = read()
        assert [row["study_id"] for row in sheet.rows] == ["Ash", "Elm", "Fir"]
        assert "1 hidden row is read like all others (3)" in only(said(sheet, "note"))[1]
        sheet = read(hidden_rows="skip")
        assert [row["study_id"] for row in sheet.rows] == ["Ash", "Fir"]
        assert "left out" in only(said(sheet, "note"))[1]

    def test_rows_keeps_the_listed_values_and_counts_the_others(self):
        csv("study_id,wave\nAsh,1\nElm,2\nFir,1.0\nTotal,\n")
        sheet = read(path="s.csv", rows={"wave": [1]})
        assert [row["study_id"] for row in sheet.rows] == ["Ash", "Fir"]
        assert any("2 rows are left out: wave is not 1" in text for _, text in said(sheet, "note"))

    def test_a_row_that_no_declaration_takes_is_named(self):
        csv("study_id,wave\nAsh,1\nElm,2\nFir,3\n")
        specs = [{"path": "s.csv", "rows": {"wave": [wave]}} for wave in (1, 3)]
        notes = said(read("studies", specs), "note")
        assert any(c == "A3" and "1 rows are taken by none" in text for c, text in notes)

    def test_a_value_that_no_row_has_gets_the_nearest_and_no_row_left_is_an_error(self):
        csv("study_id,wave\nAsh,post\nElm,follow-up\n")
        sheet = read(path="s.csv", rows={"wave": ["pots"]})
        assert "did you mean 'post'?" in only(said(sheet, "warning"))[1]
        assert only(said(sheet, "error"))[0] == "B1"
        _, text = only(said(read(path="s.csv", rows={"waves": ["post"]}), "error"))
        assert "did you mean 'wave'?" in text

    def test_cells_under_no_heading_are_mentioned(self):
        csv("study_id,,year\nAsh,see below,2019\n")
        sheet = read(path="s.csv")
        assert only(sheet.rows)["year"] == "2019"
        assert only(said(sheet, "note"))[0] == "B2"


class TestColumns:
    def test_several_headings_make_one_name(self):
        csv("author,when,year\nAsh,2019,x\nElm,,y\n")
        sheet = read(path="s.csv", columns={"study_id": ["author", "when"], "note": "year"})
        assert [row["study_id"] for row in sheet.rows] == ["Ash 2019", "Elm"]
        assert "study_id=A2" in sheet.rows[0]["source_cells"]
        columns = {"study_id": "author", "n_randomised": ["when", "year"]}
        assert "one heading" in said(read(path="s.csv", columns=columns), "error")[0][1]

    def test_one_heading_may_fill_two_columns_each_with_its_values(self):
        csv("study_id,what\nAsh,A1C\n")
        columns = {"domain": "what", "indicator": "what"}
        values = {"domain": {"A1C": "glycemic"}, "indicator": {"A1C": "hba1c"}}
        row = only(read("outcomes", path="s.csv", columns=columns, values=values).rows)
        assert (row["domain"], row["indicator"]) == ("glycemic", "hba1c")
        assert row["source_cells"] == "study_id=A2;domain=B2;indicator=B2"

    def test_a_heading_of_ours_that_is_mapped_elsewhere_is_kept_under_another_name(self):
        csv("study_id,year,published\nAsh,the second,2019\n")
        sheet = read(path="s.csv", columns={"year": "published"})
        assert (only(sheet.rows)["year"], sheet.rows[0]["their_year"]) == ("2019", "the second")
        assert said(sheet, "error") == []

    @pytest.mark.parametrize(
        ("cell", "key", "ours"),
        [("1", "1", "yes"), ("1.0", "1", "yes"), ("TRUE", "yes", "yes"), ("yes", "yes", "yes")],
    )
    def test_values_match_numbers_and_booleans_however_they_are_written(self, cell, key, ours):
        csv(f"study_id,eligible\nAsh,{cell}\n")
        values = {"eligible": {key: True, "other": "no"}}
        assert only(read(path="s.csv", values=values).rows)["eligible"] == ours

    def test_values_of_an_unknown_column_are_an_error(self):
        csv("study_id,eligible\nAsh,yes\n")
        _, text = only(said(read(path="s.csv", values={"eligble": {"x": "yes"}}), "error"))
        assert "did you mean 'eligible'?" in text

    def test_constants_may_be_columns_of_the_teams_own(self):
        csv("study_id\nAsh\n")
        sheet = read(path="s.csv", constants={"extractor": "AB", "design": "parallel"})
        row = only(sheet.rows)
        assert (row["extractor"], row["design"]) == ("AB", "parallel")
        assert "extractor" in sheet.columns

    @pytest.mark.parametrize("text", ["glycemic", "Glycemic control", "GLYCEMIC CONTROL"])
    def test_a_domain_may_be_named_by_its_label(self, text):
        csv(f"study_id,domain,indicator\nAsh,{text},hba1c\n")
        assert only(read("outcomes", path="s.csv").rows)["domain"] == "glycemic"


class TestCells:
    def test_percentages_are_fractions_and_this_is_said(self):
        book = openpyxl.Workbook()
        tab = book.active
        tab.append(["study_id", "icc"])
        tab.append(["Ash", 0.05])
        tab["B2"].number_format = "0%"
        book.save("s.xlsx")
        sheet = read()
        assert only(sheet.rows)["icc"] == "0.05"
        assert only(said(sheet, "note"))[0] == "B2"
        csv("study_id,icc\nAsh,4.5%\n")
        assert only(read(path="s.csv").rows)["icc"] == "0.045"

    def test_a_percentage_as_a_mean_is_a_warning(self):
        csv("study_id,domain,indicator,mean_treat\nAsh,glycemic,hba1c,7.1%\n")
        sheet = read("outcomes", path="s.csv")
        assert only(sheet.rows)["mean_treat"] == "0.071"
        assert only(said(sheet, "warning"))[0] == "D2"

    def test_a_date_in_a_column_of_numbers_says_what_may_have_been_typed(self):
        book = openpyxl.Workbook()
        book.active.append(OUTCOMES)
        book.active.append(["Ash", "glycemic", "hba1c", 40, date(2024, 2, 1)])
        book.save("s.xlsx")
        cell, text = only(said(read("outcomes"), "error"))
        assert cell == "E2"
        assert "the cell is a date" in text
        assert "2-1, 1-2" in text

    def test_a_formula_without_a_stored_value_is_an_error_only_where_it_is_used(self):
        book = openpyxl.Workbook()
        book.active.append([*OUTCOMES, "check"])
        book.active.append(["Ash", "glycemic", "hba1c", 40, "=7+0.1", "=1+1"])
        book.save("s.xlsx")
        cell, text = only(said(read("outcomes"), "error"))
        assert cell == "E2"
        assert "save it" in text

    @pytest.mark.parametrize("column", ["mean_treat", "indicator"])
    def test_a_failed_formula_is_named(self, column):
        row = {"study_id": "Ash", "domain": "glycemic", "indicator": "hba1c", "mean_treat": "7"}
        row[column] = "#N/A"
        csv(f"{','.join(row)}\n{','.join(row.values())}\n")
        cell, text = said(read("outcomes", path="s.csv"), "error")[0]
        assert cell == {"mean_treat": "D2", "indicator": "C2"}[column]
        assert "formula" in text

    def test_a_misspelt_choice_gets_the_nearest(self):
        csv("study_id,domain,indicator,metric\nAsh,glycemic,hba1c,chnage\n")
        _, text = only(said(read("outcomes", path="s.csv"), "error"))
        assert "did you mean 'change'?" in text

    def test_decimal_commas_are_found_and_said(self):
        csv("study_id;icc\nAsh;0,05\nElm;0,1\n")
        sheet = read(path="s.csv")
        assert [row["icc"] for row in sheet.rows] == ["0.05", "0.1"]
        assert "decimal" in only(said(sheet, "note"))[1]

    def test_texts_with_commas_in_a_workbook_of_numbers(self):
        write_xlsx("s.xlsx", {"t": [["study_id", "icc"], ["Ash", 0.05], ["Elm", "0,1"]]})
        assert [row["icc"] for row in read(decimal=",").rows] == ["0.05", "0.1"]
        assert only(said(read(), "error"))[0] == "B3"


def test_a_misspelt_indicator_of_one_row_gets_the_nearest_of_the_config():
    csv("study_id\nAsh\nElm\n", "t.csv")
    rows = "Ash,glycemic,hba1c,30\nElm,glycemic,hba1,31\nElm,glycemic,sbp,31\n"
    csv(f"study_id,domain,indicator,n_treat\n{rows}")
    sheets = {"studies": read(path="t.csv"), "outcomes": read("outcomes", path="s.csv")}
    indicators = {name: {"higher_is_better": False} for name in ("hba1c", "dbp")}
    found = check_review(sheets, {"glycemic": {"type": "continuous"}}, indicators, {})
    near = [problem for problem in found if "of this row alone" in problem.problem]
    assert [(p.cell, p.severity, p.mend) for p in near] == [
        ("C3", "warning", "did you mean 'hba1c'?")
    ]


@pytest.mark.parametrize(
    ("moderator", "mend"),
    [
        ("sessions_per_weeks", "did you mean 'sessions_per_week'?"),
        ("ln_n_totl", "did you mean 'ln_n_total'?"),
        ("quite_another", "add it to the sheet of studies"),
        ("dose", "it is a column of outcomes: trials are described in the sheet of studies"),
        ("acknowledged", "a column of remarks is none: move it to one of your own"),
        ("sessions_per_week", None),
        ("year", None),
        *((name, None) for name in OF_EFFECTS),
    ],
)
def test_a_moderator_that_no_trial_has_is_an_error_before_anything_is_computed(moderator, mend):
    csv("study_id,sessions_per_week\nAsh,2\n", "t.csv")
    csv("study_id,domain,indicator,n_treat,dose\nAsh,glycemic,hba1c,30,1\n")
    sheets = {"studies": read(path="t.csv"), "outcomes": read("outcomes", path="s.csv")}
    domains = {"glycemic": {"type": "continuous"}}
    models = [{"name": "m", "moderators": [moderator], "factors": [], "references": {}}]
    found = check_review(sheets, domains, {}, {}, models)
    told = [p.mend for p in found if (p.severity, p.rule) == ("error", "unknown_column")]
    assert told == ([] if mend is None else [mend])
    # Of a sheet that could not be read nothing is known.
    sheets["studies"] = Sheet("studies")
    assert not [p for p in check_review(sheets, domains, {}, {}, models) if "mod" in p.problem]


@pytest.mark.parametrize(
    ("moderator", "level", "mend"),
    [
        ("country", "Chiina", "did you mean 'China'?"),
        ("country", "7", "known: China, Spain"),
        ("country", "Spain", None),
        # Judgements of bias come with the effects; an empty column lacks no level.
        ("risk_of_bias", "very high", None),
        ("empty", "Spain", None),
    ],
)
def test_a_reference_that_no_trial_has_is_an_error_before_anything_is_computed(
    moderator, level, mend
):
    csv("study_id,country,empty,risk_of_bias\nAsh,Spain,,low\nElm,China,,low\n", "t.csv")
    csv("study_id,domain,indicator,n_treat\nAsh,glycemic,hba1c,30\n")
    sheets = {"studies": read(path="t.csv"), "outcomes": read("outcomes", path="s.csv")}
    model = {"name": "types", "moderators": [moderator], "factors": []}
    models = [model | {"references": {moderator: level}}]
    found = check_review(sheets, {"glycemic": {"type": "continuous"}}, {}, {}, models)
    told = [(p.severity, p.mend) for p in found if p.rule == "unknown_reference"]
    assert told == ([] if mend is None else [("error", mend)])


MODEL = {"name": "m", "moderators": ["dose"], "factors": [], "references": {}}


@pytest.mark.parametrize(
    ("doses", "factors", "said"),
    [
        (("2", "3", "ca. 68"), [], ["'ca. 68' stands among 2 numbers of the moderator 'dose'"]),
        (("2", "3", "4.5"), [], []),
        # Declared, or mostly words: groups that are meant.
        (("2", "3", "placebo"), ["dose"], []),
        (("low", "high", "2"), [], []),
    ],
)
def test_words_among_the_numbers_of_a_moderator_are_warned_of(doses, factors, said):
    rows = "".join(f"T{i},{dose}\n" for i, dose in enumerate(doses))
    csv(f"study_id,dose\n{rows}", "t.csv")
    csv("study_id,domain,indicator,n_treat\nT0,glycemic,hba1c,30\n")
    sheets = {"studies": read(path="t.csv"), "outcomes": read("outcomes", path="s.csv")}
    models = [MODEL | {"factors": factors}]
    found = check_review(sheets, {"glycemic": {"type": "continuous"}}, {}, {}, models)
    mixed = [p for p in found if p.rule == "mixed_moderator"]
    assert [(p.problem, p.severity, p.cell) for p in mixed] == [(s, "warning", "B4") for s in said]


def test_decimal_commas_of_the_teams_own_columns_are_numbers():
    csv("study_id;dose;year;names\nAsh;54,2;2019;1,2,3\nElm;-3,5;2020;a,b\n", "t.csv")
    sheet = read(path="t.csv", delimiter=";", decimal=",")
    assert [row["dose"] for row in sheet.rows] == ["54.2", "-3.5"]
    assert [row["names"] for row in sheet.rows] == ["1,2,3", "a,b"]


@pytest.mark.parametrize(
    ("levels", "mend"),
    [
        (("Kraft", "Kraft", "Krafft"), "did you mean 'Kraft'?"),
        (("Yoga", "Yoga", "Ausdauer"), None),
        (("SMS", "SMS", "MMS"), None),
        (("Type 1", "Type 1", "Type 2"), None),
        # Neither is more usual than the other.
        (("Kraft", "Krafft", "Yoga"), None),
    ],
)
def test_a_level_that_is_that_of_others_but_for_a_slip_is_warned_of(levels, mend):
    rows = "".join(f"T{i},{level}\n" for i, level in enumerate(levels))
    csv(f"study_id,kind\n{rows}", "t.csv")
    csv("study_id,domain,indicator,n_treat\nT0,glycemic,hba1c,30\n")
    sheets = {"studies": read(path="t.csv"), "outcomes": read("outcomes", path="s.csv")}
    strata = {"kind": {"by": ["domain", "kind"]}}
    found = check_review(sheets, {"glycemic": {"type": "continuous"}}, {}, strata)
    told = [(p.severity, p.cell, p.mend) for p in found if p.rule == "misspelt_level"]
    assert told == ([] if mend is None else [("warning", "B4", mend)])


def test_moderators_that_come_with_effects_are_those_that_a_model_finds():
    assert set(OF_EFFECTS) <= {
        *STRATUM_COLUMNS,
        *COUNT_COLUMNS,
        *("timepoint_weeks", "risk_of_bias", LN_N_TOTAL),
    }


class TestDistinct:
    TEXT = "trial,year,arm,note2\nAsh,2019,a,\nAsh,,b,x\nElm,2020,a,y\n"

    def test_one_row_per_trial_from_its_rows(self):
        csv(self.TEXT)
        sheet = read(path="s.csv", columns={"study_id": "trial"}, distinct=True)
        assert [(r["study_id"], r["year"]) for r in sheet.rows] == [
            ("Ash", "2019"),
            ("Elm", "2020"),
        ]
        assert (sheet.rows[0]["source_row"], sheet.rows[0]["note2"]) == ("2;3", "x")
        assert sheet.rows[0]["source_cells"] == "study_id=A2;year=B2;note2=D3"
        assert "arm" not in sheet.columns
        assert any("'arm' (C2 and C3)" in text for _, text in said(sheet, "note"))

    def test_a_column_that_differs_within_a_trial_is_an_error_naming_both_cells(self):
        csv(self.TEXT.replace("Ash,,b", "Ash,2018,b"))
        sheet = read(path="s.csv", columns={"study_id": "trial"}, distinct=True)
        cell, text = only(said(sheet, "error"))
        assert cell == "B3"
        assert "'2018' here and '2019' in B2" in text


def test_every_column_of_the_vocabulary_is_read_by_its_own_name():
    for kind, columns in VOCABULARY.items():
        csv(",".join(column.name for column in columns) + "\n")
        sheet = read(kind, path="s.csv")
        assert [text for _, text in said(sheet, "error")] == [
            "the sheet has headings but no rows at least one row "
        ]
        assert sheet.extra_columns == []


def test_an_encoding_that_is_guessed_is_warned_of_at_a_cell_that_shows_it():
    Path("s.csv").write_bytes("study_id,year\nMüller,2019\n".encode("latin-1"))
    (warning,) = [p for p in read(path="s.csv").problems if p.severity == "warning"]
    assert (warning.cell, warning.rule) == ("A2", "guessed_encoding")
    assert "read as cp1252, this cell is 'Müller'" in warning.problem
    assert not [p for p in read(path="s.csv", encoding="latin-1").problems if p.severity != "note"]
