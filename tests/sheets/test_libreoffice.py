"""The workbooks that we write open in LibreOffice, and print with all that they say."""

import html
import re
import shutil
import subprocess

import pytest
from strataforest.errors import Problem
from strataforest.sheets.annotated import ADVICE, HEADINGS, annotate
from strataforest.sheets.grid import Grid
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.template_workbook import STEPS, write_template

pytestmark = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="needs LibreOffice, poppler"
)
# What a spreadsheet program shows where a formula or a link is broken.
BROKEN = re.compile(r"#(REF|NAME|VALUE|DIV/0|N/A|NUM|NULL)[!?]?|Err:\d+")
LONG = "the SD is 0.12, which the standard error of 0.11 and n = 40 contradict, " * 3


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """Convert a workbook to a PDF and to LibreOffice's own XML; return the text of both."""
    profile = tmp_path_factory.mktemp("profile")

    def convert(path):
        for kind in ("pdf", "fods"):
            command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless"]
            command += ["--convert-to", kind, "--outdir", str(path.parent), str(path)]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        pdf = path.with_suffix(".pdf")
        command = ["pdftotext", "-layout", str(pdf), "-"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout, path.with_suffix(".fods").read_text(encoding="utf-8")

    return convert


def squeezed(text):
    """Without blanks, for lines break anywhere in print."""
    return "".join(text.split())


@pytest.fixture(scope="module")
def annotated(converted, tmp_path_factory):
    path = tmp_path_factory.mktemp("annotated") / "annotated.xlsx"
    rows = [["study_id", "n_treat", "sd_treat"], *(["Ash2019", "40", "0.12"] for _ in range(60))]
    sheets = [
        Sheet("outcomes", grids=[Grid(file=f, tab="", rows=rows)], heading_rows={(f, ""): 1})
        for f in ("outcomes.csv", "a name of some length, with O'Brien.csv")
    ]
    problems = [
        Problem("error", "outcomes.csv", "", "B3", "n_treat is '=1+1'", "a number", "type it"),
        Problem("warning", sheets[1].grids[0].file, "", "C60", LONG, "SDs alike", "look it up"),
    ]
    annotate(path, problems, sheets)
    return converted(path)


def test_the_annotated_copy_prints_what_is_wrong(annotated):
    printed, _ = annotated
    for text in (*HEADINGS, ADVICE, "n_treat is '=1+1'", LONG, "look it up", "1 error, 1 warning"):
        assert squeezed(text) in squeezed(printed) or found_in_columns(text, printed)
    assert not BROKEN.search(printed)
    # The headings of the sheet stand on each of its pages.
    assert printed.count("sd_treat") >= 2


def found_in_columns(text, printed):
    """Whether each word is printed: beside one another, columns mix their lines."""
    return all(word in printed for word in text.split())


def test_the_annotated_copy_keeps_comments_and_links(annotated):
    _, xml = annotated
    said = re.findall(r"<office:annotation.*?</office:annotation>", xml, flags=re.DOTALL)
    assert len(said) == 2
    texts = [squeezed(html.unescape(re.sub("<[^>]+>", "", one))) for one in said]
    assert any("ERROR:n_treatis'=1+1'Expected:anumberTomend:typeit" in text for text in texts)
    assert any(squeezed(f"WARNING: {LONG}") in text for text in texts)
    links = re.findall(r'xlink:href="([^"]+)"', xml)
    assert len(links) == 2
    assert all(link.startswith("#") for link in links)
    assert "table:formula" not in xml


def test_the_template_prints_its_explanations(converted, tmp_path):
    domains = {
        "urate": {"label": "Serum urate", "type": "continuous", "priority": ["urate"]},
        "flares": {"label": "Flares", "type": "binary", "priority": ["any flare"]},
    }
    write_template(tmp_path / "template.xlsx", "Gout", domains, {})
    printed, xml = converted(tmp_path / "template.xlsx")
    for text in (*STEPS, "Extraction: Gout", "Serum urate", "any flare", "mean_baseline_control"):
        assert squeezed(text) in squeezed(printed)
    assert "records_from_databases" in printed
    assert not BROKEN.search(printed)
    assert "table:formula" not in xml
    # Lists and checks live on, the tabs stay protected, and nothing that is offered is lost.
    assert xml.count("<table:content-validation ") > 20
    assert xml.count('table:protected="true"') == 5
    assert "low" in xml and "some concerns" in xml
    assert re.search(r'cell-content-is-in-list\("post";"change"\)', html.unescape(xml))
