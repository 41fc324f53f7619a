"""The workbook to extract into: made from the configuration, filled in, read without any map."""

import json
from functools import cache

import openpyxl
import pytest
import read_sheets
import yaml
from conftest import ROOT
from jsonschema import Draft202012Validator
from openpyxl.utils import get_column_letter
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.template import PURPOSES, RULES, pages
from strataforest.sheets.template_workbook import write_template
from strataforest.tabular import read_rows

DOMAINS = {
    "urate": {"label": "Serum urate", "type": "continuous", "priority": ["urate", "uric_acid"]},
    "flares": {
        "label": "Flares",
        "type": "binary",
        "priority": ["any_flare"],
        "instruments": ["x"],
    },
}
INDICATORS = {"urate": {"higher_is_better": False}, "any_flare": {"higher_is_better": False}}
STUDIES = [
    {
        "study_id": "007",
        "year": 2019,
        "platforms": "Chat;Mail",
        "primary_platform": "Chat",
        "eligible": "yes",
    },
    {"study_id": "Birch2020", "year": 2020, "primary_platform": "Mail", "care_setting": "hospital"},
]
OUTCOMES = [
    {
        "study_id": "007",
        "domain": "urate",
        "indicator": "urate",
        "metric": "post",
        "timepoint_weeks": 12,
        "n_treat": 40,
        "mean_treat": 5.9,
        "sd_treat": 1.1,
        "n_control": 41,
        "mean_control": 6.4,
        "sd_control": 1.2,
    },
    {"study_id": "Birch2020", "domain": "urate", "indicator": "new one", "p_value": "<0.05"}
    | {"n_treat": 50, "n_control": 52, "higher_is_better": "no", "favours": "treat"},
    {"study_id": "Birch2020", "domain": "flares", "indicator": "any_flare", "events_treat": 3}
    | {"n_treat": 50, "n_control": 52, "events_control": 9},
]
JUDGED = [{"study_id": "007", "D1": "low", "support_D1": "computer", "D5": "some concerns"}]
FLOW = [{"stage": "studies_included", "n": 2}]
FILLED = {"studies": STUDIES, "outcomes": OUTCOMES, "risk_of_bias": JUDGED, "flow": FLOW}


@pytest.fixture
def template(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_template("extraction.xlsx", "Gout", DOMAINS, INDICATORS, named=["care_setting", "year"])
    return tmp_path / "extraction.xlsx"


def fill(path, rows=FILLED):
    """Type rows under the headings, as a person would: by what the headings say."""
    book = openpyxl.load_workbook(path)
    for name, records in rows.items():
        columns = {cell.value: cell.column for cell in book[name][1] if cell.value}
        for number, record in enumerate(records, 2):
            for column, value in record.items():
                book[name].cell(number, columns[column], value)
    book.save(path)


@cache
def schema():
    return yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))


def test_filled_in_it_reads_back_without_any_map(template):
    fill(template)
    specs = {kind: [{"path": "extraction.xlsx"}] for kind in FILLED}
    outputs = {kind: f"{kind}.csv" for kind in FILLED}
    config = {"domains": DOMAINS, "indicators": INDICATORS, "strata": {}}
    config |= {"models": [], "described": []}
    read_sheets.main(specs, {}, config, outputs, "problems.csv")
    for kind, records in FILLED.items():
        read = read_rows(f"{kind}.csv")
        assert [row["source_row"] for row in read] == [str(i) for i in range(2, 2 + len(records))]
        for row, record in zip(read, records, strict=True):
            filled = {column: value for column, value in row.items() if value}
            told = {column: value for column, value in filled.items() if "source_" not in column}
            assert told == {column: str(value) for column, value in record.items()}
            assert row["source_tab"] == kind
    found = read_rows("problems.csv")
    assert not [row for row in found if row["severity"] == "error"]
    # Nothing of the template itself is odd to the reader.
    assert not [
        row
        for row in found
        if "is not a column we use" in row["problem"] and "care_setting" not in row["problem"]
    ]


def test_every_column_of_ours_is_there_once_with_its_explanation(template):
    book = openpyxl.load_workbook(template)
    assert book.sheetnames == ["Read me", *FILLED, "Lists"]
    explained = {cell.value for cell in book["Read me"]["A"]}
    for kind in FILLED:
        headings = [cell.value for cell in book[kind][1] if cell.value]
        known = [column.name for column in VOCABULARY[kind]]
        own = ["care_setting"] if kind == "studies" else []
        unused = {"D6", "D7", "support_D6", "support_D7"}  # RoB 2 has five domains
        assert sorted(headings) == sorted({*known, *own} - unused)
        for cell in book[kind][1]:
            if cell.value:
                assert len(cell.comment.text) > 3
                assert cell.value in explained


def test_headings_are_locked_and_entries_are_not(template):
    book = openpyxl.load_workbook(template)
    for kind in FILLED:
        tab = book[kind]
        assert tab.protection.sheet
        assert tab.protection.password is None
        for cell in tab[1]:
            if cell.value:
                assert cell.protection.locked
        # Below the headings, and to their right, the format of the column holds.
        for index in range(1, tab.max_column + 10):
            letter = get_column_letter(index)
            named = [d for d in tab.column_dimensions.values() if d.min <= index <= d.max]
            assert named, letter
            assert not named[0].protection.locked
        assert tab.freeze_panes in {"B2", "D2"}


def offered(book, kind, column):
    """Return the list of a column as a spreadsheet offers it, and whether others may be typed."""
    headings = {cell.value: cell.column_letter for cell in book[kind][1]}
    cell = f"{headings[column]}500"
    (rule,) = [r for r in book[kind].data_validations.dataValidation if cell in r.sqref]
    if rule.type != "list":
        return rule.type, rule.errorStyle
    if rule.formula1.startswith('"'):
        return rule.formula1.strip('"').split(","), not rule.showErrorMessage
    tab, area = rule.formula1.split("!")
    cells = [c.value for (c,) in book[tab.strip("'")][area.replace("$", "")] if c.value]
    return cells, not rule.showErrorMessage


def test_lists_offer_what_the_configuration_names(template):
    book = openpyxl.load_workbook(template)
    assert offered(book, "outcomes", "domain") == (["urate", "flares"], False)
    assert offered(book, "outcomes", "indicator") == (["urate", "uric_acid", "any_flare"], True)
    assert offered(book, "outcomes", "instrument") == (["x"], True)
    assert offered(book, "outcomes", "metric") == (["post", "change"], False)
    assert offered(book, "outcomes", "favours") == (["treat", "control"], False)
    assert offered(book, "studies", "design") == (["parallel", "cluster"], False)
    assert offered(book, "studies", "primary_platform") == ([], True)
    assert offered(book, "risk_of_bias", "D1") == (["low", "some concerns", "high"], False)
    assert "reports_assessed" in offered(book, "flow", "stage")[0]
    assert offered(book, "outcomes", "n_treat") == ("whole", "warning")
    assert offered(book, "outcomes", "sd_treat") == ("decimal", "warning")
    fill(template, {"studies": STUDIES})
    book = openpyxl.load_workbook(template)
    assert offered(book, "outcomes", "study_id") == (["007", "Birch2020"], True)


def test_every_kind_of_number_is_checked():
    numeric = {c.kind for kind in PURPOSES for c in VOCABULARY[kind]}
    # A p value may be a bound, so it is no number to a spreadsheet.
    assert set(RULES) == numeric - {"text", "choice", "p_value"}


def test_a_domain_that_came_later_may_be_entered_with_a_warning(template):
    book = openpyxl.load_workbook(template)
    column = next(cell.column_letter for cell in book["outcomes"][1] if cell.value == "domain")
    (rule,) = [
        r for r in book["outcomes"].data_validations.dataValidation if f"{column}9" in r.sqref
    ]
    assert (rule.errorStyle, bool(rule.showErrorMessage)) == ("warning", True)
    assert "config.yaml" in rule.error
    assert len(rule.error) <= 255  # what Excel takes
    first = rule.formula1.split("!")[1].split(":")[1].strip("$").split("$")
    # There is room below, unlocked, that the list offers.
    empty = book["Lists"][f"{first[0]}{first[1]}"]
    assert (empty.value, empty.protection.locked) == (None, False)
    assert "config.yaml" in " ".join(str(c.value) for (c,) in book["Read me"]["A1:A12"])


def test_another_tool_has_its_own_domains_and_judgements(tmp_path):
    write_template(tmp_path / "a.xlsx", "", DOMAINS, INDICATORS, tool="robins_i")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    headings = [cell.value for cell in book["risk_of_bias"][1]]
    assert headings[-5:] == ["D7", "support_D7", "overall", "basis", "acknowledged"]
    assert "critical" in offered(book, "risk_of_bias", "D7")[0]


@pytest.mark.parametrize(
    ("types", "first"),
    [
        (["continuous"], ["n_treat", "mean_treat", "sd_treat", "n_control", "mean_control"]),
        (["binary"], ["n_treat", "events_treat", "n_control", "events_control", "source"]),
        (["binary", "continuous"], ["n_treat", "mean_treat", "sd_treat", "events_treat"]),
    ],
)
def test_the_numbers_that_the_domains_need_come_first(types, first):
    domains = {f"d{i}": {"label": "x", "type": name} for i, name in enumerate(types)}
    page = next(page for page in pages(domains, "rob2") if page.kind == "outcomes")
    names = [column.name for column in page.columns]
    at = names.index("n_treat")
    assert names[at : at + len(first)] == first
    assert at < page.n_first


def test_hostile_names_stay_text(tmp_path):
    name = '=HYPERLINK("http://a.org")'
    domains = {"d": {"label": name, "type": "continuous", "priority": [name, "@x", "x" * 300]}}
    write_template(tmp_path / "a.xlsx", name, domains, {}, named=[name])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for tab in book for row in tab.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == name] == ["s"] * 4
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_a_review_from_nothing_but_domains(review):
    """No sheets, no files: make the template, fill it in, save it as extraction.xlsx, run."""
    for name in ("studies.csv", "outcomes.csv"):
        (review.folder / name).unlink()
    strata = {"domain": {"by": ["domain"]}, "setting": {"by": ["domain", "care_setting"]}}
    config = {"domains": DOMAINS, "indicators": INDICATORS, "strata": strata, "meta_regression": []}
    review.configure(config)
    told = review.built("extraction_template").output
    assert "\nWorkbook  results/extraction/template.xlsx\n" in told
    made = review.folder / "results/extraction/template.xlsx"
    first = made.read_bytes()
    run = review.run("--until", "read_sheets")
    assert run.status == 1
    assert "ERROR  extraction.xlsx: the sheet is not there" in run.output
    fill(made)
    made.rename(review.folder / "extraction.xlsx")
    review.built("--until", "stratify", "extraction_template")
    assert made.read_bytes() == first
    review.built("--until", "stratify")
    effects = review.rows("effects/effects.csv")
    assert [(row["study_id"], row["domain"]) for row in effects] == [
        ("007", "urate"),
        ("Birch2020", "flares"),
    ]


def test_the_sheets_that_the_template_names_may_be_declared():
    defaults = schema()["properties"]["sheets"]["default"]
    assert json.dumps(defaults).count("extraction.xlsx") == 2
    config = {"domains": DOMAINS, "sheets": defaults}
    assert not list(Draft202012Validator(schema()).iter_errors(config))
