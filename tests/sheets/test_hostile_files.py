"""Files made to do harm: nothing is run, followed out of the folder or expanded without bound."""

import io
import socket
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from handmade_workbooks import (
    MAIN,
    OFFICE,
    PACKAGE,
    WORKBOOK,
    as_ods,
    as_xlsx,
    ods_parts,
    worksheet,
    xlsx_parts,
    zipped,
)
from mutations import Table
from strataforest.errors import Problem
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import Column, parse
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.tabular import read_rows, write_rows

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
HEADINGS = ["study_id", "domain", "indicator", "mean_treat", "note"]
ROW = ["Ash2019", "glycemic", "hba1c", "7.1", "as printed"]
SECRET = "the-secret-of-another-folder"
BILLION = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a0 "ha">{BILLION}]>'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder of its own, where the network is an error and so is a warning."""
    review = tmp_path / "review"
    review.mkdir()
    (tmp_path / "secret.csv").write_text(f"study_id,domain,indicator\n{SECRET},glycemic,hba1c\n")
    monkeypatch.chdir(review)

    def refuse(*_, **__):
        raise AssertionError("a sheet may not reach for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield review
    assert sorted(p.name for p in tmp_path.iterdir()) == ["review", "secret.csv"]
    assert {p.name for p in review.iterdir()} <= {
        "sheet.csv",
        "sheet.xlsx",
        "sheet.ods",
        "link.csv",
    }


def read(content, name="sheet.xlsx", **spec):
    """Return the sheet of outcomes that these bytes are read as."""
    Path(name).write_bytes(content)
    return read_sheets_of_kind("outcomes", [{"path": name, **spec}])


def errors(sheet):
    return [problem for problem in sheet.problems if problem.severity == "error"]


def one_refusal(sheet):
    """Insist that the sheet is refused with one message that names the file."""
    assert not sheet.rows
    (problem,) = errors(sheet)
    assert problem.file.startswith(("sheet", "link"))
    assert problem.problem
    return str(problem)


def refused_or_harmless(sheet):
    """Insist that a sheet is refused by name, or read without a word from anywhere else."""
    for problem in sheet.problems:
        assert problem.file.startswith("sheet")
        assert SECRET not in str(problem)
        assert "ha" * 100 not in str(problem)
    if not errors(sheet):
        for row in sheet.rows:
            assert SECRET not in str(row)
            assert sum(map(len, row.values())) < 100_000


def table():
    return Table("outcomes_continuous", "outcomes", [HEADINGS, ROW])


def cells(*texts, number=1):
    """Return the XML of a row of inline text."""
    inline = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{inline}</row>'


def workbook_with(value, before="", after="", head=""):
    """Return a workbook whose cell D2 is this XML."""
    names = "".join(
        f'<c r="{letter}2" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABC", ROW, strict=False)
    )
    rows = cells(*HEADINGS) + f'<row r="2">{names}{value}</row>'
    sheet = worksheet(rows, before, after)
    return xlsx_parts(sheet.replace("<worksheet", head + "<worksheet", 1))


def ods_with(value, head="", more=""):
    """Return an ODS workbook whose cell D2 is this XML."""
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    first = "".join(text.format(heading) for heading in HEADINGS)
    second = "".join(text.format(cell) for cell in ROW[:3]) + value
    rows = f"<table:table-row>{first}</table:table-row><table:table-row>{second}</table:table-row>"
    return ods_parts(rows + more, head)


NUMBER = '<c r="D2"><v>7.1</v></c>'
FLOAT = '<table:table-cell office:value-type="float" office:value="7.1"/>'


def test_the_plain_workbooks_are_read():
    for parts, name in ((workbook_with(NUMBER), "sheet.xlsx"), (ods_with(FLOAT), "sheet.ods")):
        sheet = read(zipped(parts), name)
        assert not errors(sheet)
        assert [row["mean_treat"] for row in sheet.rows] == ["7.1"]


# Cell D2 as XML, and what it may be read as; None is a refusal.
ODD_CELLS = {
    "no value": ('<c r="D2"/>', {""}),
    "empty value": ('<c r="D2"><v/></c>', {"", None}),
    "not a number": ('<c r="D2"><v>NaN</v></c>', {None}),
    "infinite": ('<c r="D2"><v>Infinity</v></c>', {None}),
    "too large": ('<c r="D2"><v>1E400</v></c>', {None}),
    "hexadecimal": ('<c r="D2"><v>0x10</v></c>', {None}),
    "underscore": ('<c r="D2"><v>1_000</v></c>', {None}),
    "comma": ('<c r="D2"><v>7,5</v></c>', {None}),
    "spaces": ('<c r="D2"><v> 7.5 </v></c>', {"7.5", None}),
    "seventeen digits": ('<c r="D2"><v>7.0999999999999996</v></c>', {"7.1"}),
    "nineteen digits": ('<c r="D2"><v>1234567890123456789</v></c>', {None}),
    "small": ('<c r="D2"><v>1.5E-5</v></c>', {"1.5e-05"}),
    "negative zero": ('<c r="D2"><v>-0</v></c>', {"0", "-0.0"}),
    "no such string": ('<c r="D2" t="s"><v>99</v></c>', {None}),
    "negative string": ('<c r="D2" t="s"><v>-1</v></c>', {None}),
    "string of no number": ('<c r="D2" t="s"><v>x</v></c>', {None}),
    "no such type": ('<c r="D2" t="zz"><v>7.5</v></c>', {"7.5", None}),
    "no such style": ('<c r="D2" s="999"><v>7.5</v></c>', {"7.5", None}),
    "negative style": ('<c r="D2" s="-1"><v>7.5</v></c>', {"7.5", None}),
    "date as text": ('<c r="D2" t="d"><v>2020-01-02</v></c>', {None}),
    "date": ('<c r="D2" s="2"><v>43832</v></c>', {None}),
    "impossible date": ('<c r="D2" s="2"><v>1E300</v></c>', {None}),
    "negative date": ('<c r="D2" s="2"><v>-5</v></c>', {None}),
    "percent": ('<c r="D2" s="1"><v>0.45</v></c>', {"0.45"}),
    "two values": ('<c r="D2"><v>7.1</v><v>8.1</v></c>', {None, "7.1", "8.1"}),
    "formula": ('<c r="D2"><f>1+1</f><v>2</v></c>', {"2"}),
    "formula that calls out": (
        '<c r="D2"><f>WEBSERVICE("http://x.invalid")</f><v>2</v></c>',
        {"2"},
    ),
    "formula, not computed": ('<c r="D2"><f>1+1</f></c>', {None}),
    "formula, empty text": ('<c r="D2" t="str"><f>IF(1,"")</f><v></v></c>', {"", None}),
    "error": ('<c r="D2" t="e"><v>#N/A</v></c>', {None}),
    "boolean": ('<c r="D2" t="b"><v>1</v></c>', {None}),
    "rich text": ('<c r="D2" t="inlineStr"><is><r><t>7.</t></r><r><t>1</t></r></is></c>', {"7.1"}),
    "phonetic": ('<c r="D2" t="inlineStr"><is><t>7.1</t><rPh><t>9</t></rPh></is></c>', {"7.1"}),
    "same cell twice": (f'{NUMBER}<c r="D2"><v>8.1</v></c>', {None}),
    "backwards": (f'<c r="E2"><v>5</v></c>{NUMBER}', {"7.1", None}),
    "no address": ("<c><v>7.1</v></c>", {"7.1", None}),
    "small letters": ('<c r="d2"><v>7.1</v></c>', {"7.1", None}),
    "another row": ('<c r="D9"><v>7.1</v></c>', {"", None}),
    "no column": ('<c r="2"><v>7.1</v></c>', {None, ""}),
    "no row": ('<c r="D"><v>7.1</v></c>', {"7.1", None, ""}),
    "beyond the last column": ('<c r="XFE2"><v>7.1</v></c>', {None}),
    "far beyond": ('<c r="ZZZZZZZ2"><v>7.1</v></c>', {None}),
    "far below": ('<c r="D99999999999999999999"><v>7.1</v></c>', {None, ""}),
    "a nested cell": ('<c r="D2"><c r="D3"><v>7.1</v></c></c>', {None, "", "7.1"}),
    "a comment inside": ('<c r="D2"><v>7<!-- x -->.1</v></c>', {"7.1", None}),
    "CDATA": ('<c r="D2"><v><![CDATA[7.1]]></v></c>', {"7.1", None}),
    "an unknown entity": ('<c r="D2"><v>&nope;</v></c>', {None}),
    "a remark inside": ('<c r="D2"><v>7<?x?>.1</v></c>', {"7.1", None}),
    "a point as character": ('<c r="D2"><v>7&#x2E;1</v></c>', {"7.1", None}),
    "a cell of another prefix": (
        f'<x:c xmlns:x="{MAIN}" r="XFD1048576"><x:v>7.1</x:v></x:c>',
        {None},
    ),
    "a character": ('<c r="D2"><v>&#55;.1</v></c>', {"7.1", None}),
    "an impossible character": ('<c r="D2"><v>&#0;</v></c>', {None}),
}


@pytest.mark.parametrize("name", ODD_CELLS)
def test_odd_cells_of_a_workbook(name):
    xml, allowed = ODD_CELLS[name]
    sheet = read(zipped(workbook_with(xml)))
    refused_or_harmless(sheet)
    if errors(sheet):
        assert None in allowed, errors(sheet)
    else:
        assert {row["mean_treat"] for row in sheet.rows[:1]} <= allowed


ODD_ODS_CELLS = {
    "not a number": ('<table:table-cell office:value-type="float" office:value="NaN"/>', {None}),
    "too large": ('<table:table-cell office:value-type="float" office:value="1e999"/>', {None}),
    "comma": ('<table:table-cell office:value-type="float" office:value="7,5"/>', {None}),
    "no value": ('<table:table-cell office:value-type="float"/>', {None, ""}),
    "shown otherwise": (
        '<table:table-cell office:value-type="float" office:value="7.1234">'
        "<text:p>7.1</text:p></table:table-cell>",
        {"7.1234"},
    ),
    "no such type": ('<table:table-cell office:value-type="zz" office:value="7.1"/>', {None, ""}),
    "percentage": (
        '<table:table-cell office:value-type="percentage" office:value="0.45"/>',
        {"0.45"},
    ),
    "currency": (
        '<table:table-cell office:value-type="currency" office:value="7.1"/>',
        {"7.1", None},
    ),
    "date": (
        '<table:table-cell office:value-type="date" office:date-value="2020-01-02"/>',
        {None},
    ),
    "impossible date": (
        '<table:table-cell office:value-type="date" office:date-value="x"/>',
        {None},
    ),
    "time": ('<table:table-cell office:value-type="time" office:time-value="PT1H"/>', {None}),
    "boolean": (
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
        {None},
    ),
    "formula": (
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>',
        {"2"},
    ),
    "formula, not computed": ('<table:table-cell table:formula="of:=1+1"/>', {None}),
    "note inside": (
        '<table:table-cell office:value-type="float" office:value="7.1"><office:annotation>'
        "<text:p>99</text:p></office:annotation><text:p>7.1</text:p></table:table-cell>",
        {"7.1"},
    ),
    "note inside text": (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>99</text:p>'
        "</office:annotation><text:p>7.1</text:p></table:table-cell>",
        {"7.1"},
    ),
    "many spaces": (
        '<table:table-cell office:value-type="string"><text:p>7<text:s text:c="999999999"/>'
        "</text:p></table:table-cell>",
        {"7", None},
    ),
    "negative spaces": (
        '<table:table-cell office:value-type="string"><text:p>7<text:s text:c="-5"/>1</text:p>'
        "</table:table-cell>",
        {"71", "7 1", None},
    ),
    "repeated minus one": (
        '<table:table-cell table:number-columns-repeated="-1" office:value-type="float" '
        'office:value="7.1"/>',
        {"7.1", "", None},
    ),
    "repeated x": (
        '<table:table-cell table:number-columns-repeated="x" office:value-type="float" '
        'office:value="7.1"/>',
        {"7.1", None},
    ),
    "repeated without end": (
        '<table:table-cell table:number-columns-repeated="99999999999999999999" '
        'office:value-type="float" office:value="7.1"/>',
        {None, "7.1"},
    ),
    "repeated to the last column": (
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" '
        'office:value="7.1"/>',
        {None},
    ),
    "nothing, to the last column": (
        f'{FLOAT}<table:table-cell table:number-columns-repeated="16380"/>',
        {"7.1"},
    ),
    "nothing, to the last row": (
        f'{FLOAT}</table:table-row><table:table-row table:number-rows-repeated="1048574">'
        '<table:table-cell table:number-columns-repeated="16384"/>',
        {"7.1"},
    ),
}


@pytest.mark.parametrize("name", ODD_ODS_CELLS)
def test_odd_cells_of_an_ods_workbook(name):
    xml, allowed = ODD_ODS_CELLS[name]
    sheet = read(zipped(ods_with(xml)), "sheet.ods")
    refused_or_harmless(sheet)
    if errors(sheet):
        assert None in allowed, errors(sheet)
    else:
        assert {row["mean_treat"] for row in sheet.rows[:1]} <= allowed
        assert len(sheet.rows) == 1


# Archives: parts that replace or join those of a plain workbook, and whether it can still be read.
SHEET = "xl/worksheets/sheet1.xml"
LINK = (
    '<?xml version="1.0"?><Relationships xmlns="{}"><Relationship Id="rId1" Type="{}/worksheet" '
    'Target="{}"{}/></Relationships>'
)
EVIL_PARTS = {
    "entities in the sheet": {
        SHEET: workbook_with('<c r="D2" t="inlineStr"><is><t>&a9;</t></is></c>', head=LAUGHS)[SHEET]
    },
    "entities in the strings": {
        "xl/sharedStrings.xml": f"<?xml version='1.0'?>{LAUGHS}<sst xmlns='{MAIN}'>"
        "<si><t>&a9;</t></si></sst>",
        SHEET: workbook_with('<c r="D2" t="s"><v>0</v></c>')[SHEET],
    },
    "entities in the list of tabs": {
        "xl/workbook.xml": WORKBOOK.replace("<workbook", LAUGHS + "<workbook").replace(
            "Sheet1", "&a9;"
        )
    },
    "a file as entity": {
        SHEET: workbook_with(
            '<c r="D2" t="inlineStr"><is><t>&x;</t></is></c>',
            head='<!DOCTYPE x [<!ENTITY x SYSTEM "../secret.csv">]>',
        )[SHEET]
    },
    "an address as entity": {
        SHEET: workbook_with(
            '<c r="D2" t="inlineStr"><is><t>&x;</t></is></c>',
            head='<!DOCTYPE x [<!ENTITY x SYSTEM "http://x.invalid/x">]>',
        )[SHEET]
    },
    "a DTD elsewhere": {
        SHEET: workbook_with(NUMBER, head='<!DOCTYPE x SYSTEM "http://x.invalid/x.dtd">')[SHEET]
    },
    "a tab that is a file": {
        "xl/_rels/workbook.xml.rels": LINK.format(PACKAGE, OFFICE, "../../secret.csv", "")
    },
    "a tab on the net": {
        "xl/_rels/workbook.xml.rels": LINK.format(
            PACKAGE, OFFICE, "http://x.invalid/sheet1.xml", ' TargetMode="External"'
        )
    },
    "a tab that is not there": {
        "xl/_rels/workbook.xml.rels": LINK.format(PACKAGE, OFFICE, "a", "")
    },
    "a tab that is itself": {
        "xl/_rels/workbook.xml.rels": LINK.format(PACKAGE, OFFICE, "workbook.xml", "")
    },
    "no relations": {"xl/_rels/workbook.xml.rels": ""},
    "no tabs": {"xl/workbook.xml": WORKBOOK.replace('<sheet name="Sheet1"', "<nothing")},
    "an empty sheet part": {SHEET: ""},
    "a sheet that is not XML": {SHEET: "study_id,domain\n"},
    "a sheet cut off": {SHEET: workbook_with(NUMBER)[SHEET][:-60]},
    "a sheet in UTF-16": {
        SHEET: workbook_with(NUMBER)[SHEET].replace("UTF-8", "UTF-16").encode("utf-16")
    },
    "broken styles": {"xl/styles.xml": "<styleSheet><cellXfs>"},
    "broken strings": {"xl/sharedStrings.xml": "<sst"},
    "odd merges": {
        SHEET: workbook_with(
            NUMBER,
            after='<mergeCells><mergeCell ref="B2:A1"/><mergeCell ref="x"/><mergeCell/>'
            '<mergeCell ref="A1:XFD1048576"/><mergeCell ref="A1:A1"/></mergeCells>',
        )[SHEET]
    },
    "a lie about its size": {
        SHEET: workbook_with(NUMBER, before='<dimension ref="A1:XFD1048576"/>')[SHEET]
    },
    "nonsense about its size": {
        SHEET: workbook_with(NUMBER, before='<dimension ref="ZZZZ0:-1"/>')[SHEET]
    },
    "a size that is too small": {
        SHEET: workbook_with(NUMBER, before='<dimension ref="A1"/>')[SHEET]
    },
    "a row 0": {SHEET: worksheet(cells(*HEADINGS, number=0) + cells(*ROW))},
    "rows backwards": {SHEET: worksheet(cells(*ROW, number=2) + cells(*HEADINGS, number=1))},
    "a row twice": {SHEET: worksheet(cells(*HEADINGS) + cells(*ROW) + cells(*ROW, number=1))},
    "a row -1": {SHEET: worksheet(cells(*HEADINGS) + cells(*ROW, number=-1))},
    "a row of no number": {SHEET: worksheet(cells(*HEADINGS) + cells(*ROW, number="x"))},
    "a row without end": {SHEET: worksheet(cells(*HEADINGS) + cells(*ROW, number=10**20))},
    "the last row": {SHEET: worksheet(cells(*HEADINGS) + cells(*ROW, number=1_048_576))},
    "names that climb": {"../../evil.txt": "x", "/tmp/evil.txt": "x", "..\\..\\evil.txt": "x"},
    "an outer link": {
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/externalLinks/_rels/externalLink1.xml.rels": LINK.format(
            PACKAGE, OFFICE, "file:///etc/passwd", ' TargetMode="External"'
        ),
    },
    "macros": {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Auto_Open"},
    "an archive inside": {"inner.zip": zipped({"a": "b" * 1000})},
    "comments cut off": {
        "xl/worksheets/_rels/sheet1.xml.rels": LINK.format(
            PACKAGE, OFFICE, "../comments1.xml", ""
        ).replace("/worksheet", "/comments"),
        "xl/comments1.xml": "<comments><commentList><comment ref='D2'>",
    },
    "comments elsewhere": {
        "xl/worksheets/_rels/sheet1.xml.rels": LINK.format(
            PACKAGE, OFFICE, "../../../secret.csv", ""
        ).replace("/worksheet", "/comments"),
    },
}


@pytest.mark.parametrize("name", EVIL_PARTS)
def test_workbooks_with_evil_parts(name):
    sheet = read(zipped(workbook_with(NUMBER) | EVIL_PARTS[name]))
    refused_or_harmless(sheet)
    if not errors(sheet):
        assert [row["mean_treat"] for row in sheet.rows] == ["7.1"]


EVIL_ODS = {
    "entities": ods_with(f"{FLOAT[:-2]}><text:p>&a9;</text:p></table:table-cell>", LAUGHS),
    "entities as value": ods_with(
        '<table:table-cell office:value-type="string"><text:p>&a9;</text:p></table:table-cell>',
        LAUGHS,
    ),
    "a file as entity": ods_with(
        '<table:table-cell office:value-type="string"><text:p>&x;</text:p></table:table-cell>',
        '<!DOCTYPE x [<!ENTITY x SYSTEM "../secret.csv">]>',
    ),
    "an outer table": ods_with(
        FLOAT + "</table:table-row><table:table-row>"
        '<table:table-cell><table:table-source xlink:href="../secret.csv"/></table:table-cell>'
    ),
    "a million filled rows": ods_with(
        FLOAT,
        more='<table:table-row table:number-rows-repeated="1048574"><table:table-cell '
        'office:value-type="float" office:value="1" table:number-columns-repeated="1000"/>'
        "</table:table-row>",
    ),
    "cut off": {"content.xml": ods_with(FLOAT)["content.xml"][:-80]},
    "no table": {
        "content.xml": ods_with(FLOAT)["content.xml"].replace("table:table ", "table:no ")
    },
    "no content": {"content.xml": ""},
    "encrypted": {
        "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
        'opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="content.xml">'
        "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>",
        "content.xml": b"\x8f\x01\x02" * 100,
    },
}


@pytest.mark.parametrize("name", EVIL_ODS)
def test_ods_workbooks_with_evil_parts(name):
    sheet = read(zipped(ods_with(FLOAT) | EVIL_ODS[name]), "sheet.ods")
    refused_or_harmless(sheet)
    if name not in {"an outer table", "entities"}:
        assert errors(sheet)


def test_an_archive_cut_off_at_every_place_is_refused():
    content = as_xlsx(table())
    for size in [*range(0, 80), *range(80, len(content), 97), len(content) - 1]:
        sheet = read(content[:size])
        assert errors(sheet) and not sheet.rows, size
        assert {problem.file for problem in sheet.problems} == {"sheet.xlsx"}


def test_no_flipped_byte_of_a_workbook_changes_a_number():
    for content, name in ((as_xlsx(table()), "sheet.xlsx"), (as_ods(table()), "sheet.ods")):
        for at in range(0, len(content), 7):
            broken = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
            sheet = read(broken, name)
            if not errors(sheet):
                assert [row["mean_treat"] for row in sheet.rows] == ["7.1"], at


def test_archives_that_lie_about_themselves():
    content = as_xlsx(table())
    entry = content.index(b"PK\x01\x02")
    # Sizes, compression method and flags of the first entry of the central directory.
    for offset, value in ((24, 2**32 - 1), (20, 2**31), (24, 0), (20, 1), (42, 2**31)):
        lying = content[: entry + offset] + struct.pack("<I", value) + content[entry + offset + 4 :]
        refused_or_harmless(read(lying))
    for offset, value in ((10, 99), (8, 1), (10, 12), (28, 65_535), (32, 65_535)):
        lying = content[: entry + offset] + struct.pack("<H", value) + content[entry + offset + 2 :]
        refused_or_harmless(read(lying))


def test_a_part_that_stands_twice():
    parts = workbook_with(NUMBER)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.writestr(SHEET, parts[SHEET].replace("7.1", "8.1"))
    assert one_refusal(read(content.getvalue()))


def test_a_link_out_of_the_folder_is_refused(folder):
    Path("link.csv").symlink_to("../secret.csv")
    sheet = read_sheets_of_kind("outcomes", [{"path": "link.csv"}])
    assert SECRET not in one_refusal(sheet)


@pytest.mark.parametrize("path", ["../secret.csv", "~/.bashrc", ".", "nul\0l.csv"])
def test_paths_that_are_no_sheets(path):
    sheet = read_sheets_of_kind("outcomes", [{"path": path}])
    assert not sheet.rows
    (problem,) = errors(sheet)
    assert SECRET not in str(problem)


OTHER_FILES = {
    "nothing": b"",
    "spaces": b" \n \n",
    "one NUL": b"\0",
    "NULs": bytes(5_000),
    "a PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_000),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "a program": b"MZ" + bytes(range(256)) * 4,
    "gzip": b"\x1f\x8b\x08\x00" + bytes(range(256)),
    "an archive of text": zipped({"sheet.csv": "study_id,domain,indicator\nA,glycemic,hba1c\n"}),
    "an empty archive": zipped({}),
    "a document": zipped({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
    "a web page": b"<!DOCTYPE html><html><body><table><tr><td>study_id</td></tr></table></html>",
    "XML": b"<?xml version='1.0'?><a/>",
    "JSON": b'{"study_id": "A"}',
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "only a mark": b"\xef\xbb\xbf",
    "only a UTF-16 mark": b"\xff\xfe",
    "odd UTF-16": b"\xff\xfea",
    "half a UTF-16 letter": b"\xff\xfe\x00\xd8a\x00",
    "a lock file": b"\x05user" + bytes(160),
    "one quote": b'"',
    "random": bytes((i * 197 + i // 7) % 256 for i in range(3_000)),
}


@pytest.mark.parametrize("name", OTHER_FILES)
@pytest.mark.parametrize("file", ["sheet.csv", "sheet.xlsx"])
def test_files_that_are_no_sheets(name, file):
    sheet = read(OTHER_FILES[name], file)
    assert not sheet.rows
    assert errors(sheet)
    for problem in sheet.problems:
        assert problem.file == file
        assert len(str(problem)) < 1_000
        assert str(problem).isprintable()


ENCODINGS = (
    *("utf-7", "rot13", "base64", "hex", "zip", "bz2", "idna", "punycode", "undefined", "mbcs"),
    *("unicode_escape", "raw_unicode_escape", "oem", "utf-8\0", "x" * 10_000, "../utf_8", ""),
    *("os", "antigravity", "cp037", "utf-32", "ascii", "latin-1", "gb18030", "UTF 8"),
)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda name: repr(name[:20]))
def test_declared_encodings(encoding):
    text = ",".join(HEADINGS) + "\n" + ",".join([*ROW[:4], "Güte 好"]) + "\n"
    sheet = read(text.encode(), "sheet.csv", encoding=encoding)
    assert [row["mean_treat"] for row in sheet.rows] == ["7.1"] or errors(sheet)
    for problem in errors(sheet):
        assert problem.file == "sheet.csv"


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''=1+1", "'", "'7", "-5", "'-5", "@x", "'+x'"])
def test_text_comes_back_as_it_was_and_cannot_run(text):
    write_rows("sheet.csv", ["a"], [{"a": text}])
    assert read_rows("sheet.csv") == [{"a": text}]
    cell = Path("sheet.csv").read_text().splitlines()[1].strip('"')
    assert text == "-5" or not cell.startswith(("=", "+", "-", "@"))


def test_a_carriage_return_in_a_cell_ends_no_row():
    write_rows("sheet.csv", ["a", "b"], [{"a": "one\rtwo\r\nthree", "b": "7"}])
    assert read_rows("sheet.csv") == [{"a": "one\ntwo\nthree", "b": "7"}]


@pytest.mark.parametrize("text", ["1e-320", "1e-400", "-4e-31", "0." + "0" * 320 + "1", "1e13"])
def test_numbers_beyond_reckoning_are_refused(text):
    with pytest.raises(ValueError, match="ordinary size"):
        parse(Column("mean_treat", "number", ""), text)


@pytest.mark.parametrize("text", ["0.000", "0e5", "-0", "1e-30", "8.9e-16", "1e12"])
def test_small_and_large_numbers_are_read(text):
    assert float(parse(Column("mean_treat", "number", ""), text)) == float(text)


def test_a_p_value_may_be_very_small():
    assert float(parse(Column("p_value", "p_value", ""), "3e-120")) == 3e-120


def test_a_message_shows_hidden_characters_and_never_a_page_of_text():
    line = str(Problem("error", "a.csv", "", "B2", "n is '\x1b[2J7\u200b\u202e'" + "x" * 9_000))
    assert line.isprintable()
    assert r"\x1b[2J7\u200b\u202e" in line
    assert len(line) < 1_000


def test_a_file_cut_off_within_a_row_is_told():
    whole = ",".join(HEADINGS) + "\n" + ",".join(ROW) + "\n"
    told = read((whole + "Elm2022,glycemic,hba1c,7.").encode(), "sheet.csv").problems
    assert [(p.severity, p.cell) for p in told if "ends within" in p.problem] == [("warning", "D3")]
    for complete in (whole, whole.rstrip("\n"), whole + "Elm2022,glycemic,hba1c\n"):
        told = read(complete.encode(), "sheet.csv").problems
        assert not [p for p in told if "ends within" in p.problem]


def test_names_are_compared_for_some_trials_only_where_all_are_misspelt():
    outcomes = "study_id,domain,indicator\n" + "".join(f"Ash {i},a,b\n" for i in range(300))
    Path("link.csv").write_text("study_id\n" + "".join(f"Ash{i}\n" for i in range(300)))
    studies = read_sheets_of_kind("studies", [{"path": "link.csv"}])
    sheets = {"studies": studies, "outcomes": read(outcomes.encode(), "sheet.csv")}
    problems = check_review(sheets, {"a": {"type": "binary"}}, {}, {})
    unknown = [problem for problem in problems if "not in the studies" in problem.problem]
    assert len(unknown) == 300
    assert 20 <= sum("did you mean" in p.mend for p in unknown) <= 30


# Large and deep files, made in the process that reads them: {name: code that returns bytes}.
HUGE = {
    "a million rows of text": 'b"study_id,domain,indicator\\n" + b"A,glycemic,hba1c\\n" * 10**6',
    "a million blank rows": 'b"study_id,domain,indicator\\nA,glycemic,hba1c\\n" + b",,\\n" * 10**6',
    "a million columns": 'b"study_id," + b"a," * 10**6',
    "one cell of 40 MB": 'b"study_id,domain,indicator\\nA,glycemic," + b"x" * 40_000_000',
    "40 MB in quotes": 'b"study_id,domain,indicator\\n\\"" + b"x\\n" * 20_000_000 + b"\\""',
    "40 MB of quotes": 'b"\\"" * 40_000_000',
    "60 MB": 'b"a,b\\n" * 15_000_000',
    "40 MB in no encoding": 'b"\\xff\\xc3(" * 13_000_000',
    "a million rows": "zipped(xlsx_parts(worksheet(''.join(cells('A', 'glycemic', 'h', number=i)"
    " for i in range(1, 10**6)))))",
    "a bomb": "zipped(xlsx_parts(' ' * 500_000_000))",
    "a bomb of strings": "zipped(workbook_with(NUMBER) | {'xl/sharedStrings.xml': '<sst>' + "
    "'<si><t>x</t></si>' * 20_000_000})",
    "a bomb aside": "zipped(workbook_with(NUMBER) | {'xl/media/picture.png': bytes(500_000_000)})",
    "a bomb of styles": "zipped(workbook_with(NUMBER) | {'xl/styles.xml': ' ' * 500_000_000})",
    "deep XML": "zipped(xlsx_parts('<a>' * 3_000_000))",
    "deep ODS": "zipped(ods_parts('<table:table-row>' * 2_000_000), 8)",
    "many merges": "zipped(workbook_with(NUMBER, after='<mergeCells>' + ''.join(f'<mergeCell "
    "ref=\"A{i}:XFD{i + 5000}\"/>' for i in range(1, 200_000)) + '</mergeCells>'))",
    "100,000 parts": "zipped(workbook_with(NUMBER) | {f'p{i}': '' for i in range(100_000)})",
    "an ODS bomb": "zipped(ods_with(FLOAT, more='<table:table-row table:number-rows-repeated="
    '"1000000"><table:table-cell office:value-type="string" table:number-columns-repeated='
    "\"16000\"><text:p>' + 'x' * 10_000 + '</text:p></table:table-cell></table:table-row>'))",
    "ODS spaces": "zipped(ods_with('<table:table-cell office:value-type=\"string\"><text:p>' + "
    "'<text:s text:c=\"2000000000\"/>' * 50 + '</text:p></table:table-cell>'))",
    "one XML attribute of 200 MB": "zipped(xlsx_parts('<a b=\"' + 'x' * 200_000_000))",
}
CHILD = """\
import resource, sys
sys.path[:0] = [{scripts!r}, {tests!r}]
from handmade_workbooks import *
from test_hostile_files import FLOAT, NUMBER, cells, ods_with, workbook_with
from pathlib import Path
Path("sheet.xlsx").write_bytes({code})
"""
READER = """\
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
sys.path[:0] = [{scripts!r}]
from strataforest.sheets.harmonize import read_sheets_of_kind
begin = time.process_time()
sheet = read_sheets_of_kind("outcomes", [{{"path": "sheet.xlsx"}}])
print(len(sheet.rows), *(p for p in sheet.problems if p.severity == "error"), sep="\\n")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(f"{{time.process_time() - begin:.1f}} s, {{peak:.0f}} MB", file=sys.stderr)
"""


@pytest.mark.parametrize("name", HUGE)
def test_huge_files_are_refused_in_bounded_time_and_memory(name, folder, monkeypatch):
    monkeypatch.undo()
    places = {"scripts": str(SCRIPTS), "tests": str(Path(__file__).parent)}
    for code in (CHILD.format(code=HUGE[name], **places), READER.format(**places)):
        done = subprocess.run(
            [sys.executable, "-c", code],
            *(), capture_output=True, text=True, cwd=folder, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2_000:]
    rows, *told = done.stdout.splitlines()
    print(name, done.stderr, told)
    if name not in {"a bomb aside", "a million blank rows", "many merges", "ODS spaces"}:
        assert (rows, len(told)) == ("0", 1), told
        assert "sheet.xlsx" in told[0]
    assert int(rows) <= 1
    # Of the processor: others may be at work beside this test.
    assert float(done.stderr.split(" s,")[0]) < 15
