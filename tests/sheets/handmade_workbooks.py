"""Workbooks written by hand, part by part, so that a test can put anything into them."""

import io
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

from plain_reading import letters
from strataforest.sheets.columns import VOCABULARY

# What XML cannot hold; a workbook written by a program has none of it.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NUMERIC = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]*[1-9])?")
EPOCH = "2020-01-02"
SERIAL = "43832"

TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument\
.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-\
officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument\
.spreadsheetml.styles+xml"/>
<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-\
officedocument.spreadsheetml.sharedStrings+xml"/>
</Types>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = f"""<?xml version="1.0"?><Relationships xmlns="{PACKAGE}">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
WORKBOOK_RELS = f"""<?xml version="1.0"?><Relationships xmlns="{PACKAGE}">
<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>
</Relationships>"""
WORKBOOK = f"""<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">
<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"""
# Cell formats: 0 as it is, 1 percent, 2 date.
STYLES = f"""<?xml version="1.0"?><styleSheet xmlns="{MAIN}">
<fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills>
<borders count="1"><border/></borders>
<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/>
<xf numFmtId="10" applyNumberFormat="1"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>
</styleSheet>"""


def legal(text):
    """Return text without what XML cannot hold and no program would put into a workbook's cell."""
    return NOT_XML.sub("", text)[:32_767]


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    """Return the bytes of an archive of these parts, by name and in order."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, method)
    return content.getvalue()


def xlsx_parts(sheet, strings=()):
    """Return the parts of a workbook with this XML as its one worksheet."""
    items = "".join(f"<si><t xml:space='preserve'>{_xml(text)}</t></si>" for text in strings)
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS,
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": WORKBOOK_RELS,
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f"<?xml version='1.0'?><sst xmlns='{MAIN}'>{items}</sst>",
        "xl/worksheets/sheet1.xml": sheet,
    }


def worksheet(rows, before="", after=""):
    """Return a worksheet's XML from the XML of its rows."""
    head = f"<?xml version='1.0' encoding='UTF-8'?><worksheet xmlns='{MAIN}'>"
    return f"{head}{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def as_xlsx(table):
    """Return a table as an XLSX workbook; numbers are numbers, marked cells as they are marked."""
    strings: dict[str, int] = {}
    numeric = numeric_columns(table)
    lines = []
    for i, row in enumerate(table.rows):
        cells = "".join(
            _xlsx_cell(
                f"{letters(j)}{i + 1}", text, table.special.get((i, j)), j in numeric, strings
            )
            for j, text in enumerate(row)
        )
        lines.append(f'<row r="{i + 1}">{cells}</row>')
    return zipped(xlsx_parts(worksheet("".join(lines)), strings))


def numeric_columns(table):
    """Return the positions of the columns that hold numbers."""
    kinds = {column.name: column.kind for column in VOCABULARY[table.kind]}
    heads = table.rows[table.above] if len(table.rows) > table.above else []
    return {
        j
        for j, name in enumerate(heads)
        if kinds.get(name.strip(), "text") not in {"text", "choice"}
    }


def _xlsx_cell(address, text, mark, is_numeric, strings):
    if mark == "percent":
        return f'<c r="{address}" s="1"><v>{text}</v></c>'
    if mark == "date":
        return f'<c r="{address}" s="2"><v>{SERIAL}</v></c>'
    if mark == "boolean":
        return f'<c r="{address}" t="b"><v>{int(text == "yes")}</v></c>'
    if mark == "error":
        return f'<c r="{address}" t="e"><f>1/0</f><v>{text}</v></c>'
    if mark == "formula_without_value":
        return f'<c r="{address}"><f>A1+1</f></c>'
    if mark == "formula":
        return f'<c r="{address}"><f>A1+1</f><v>{text}</v></c>'
    if mark == "formula_text":
        return f'<c r="{address}" t="str"><f>A1</f><v>{_xml(text)}</v></c>'
    if mark == "rich":
        half = len(text) // 2
        runs = "".join(
            f"<r><t xml:space='preserve'>{_xml(part)}</t></r>"
            for part in (text[:half], text[half:])
        )
        return f'<c r="{address}" t="inlineStr"><is>{runs}</is></c>'
    if not text:
        return ""
    if is_numeric and NUMERIC.fullmatch(text) and float(repr(float(text))) == float(text):
        return f'<c r="{address}"><v>{text}</v></c>'
    return f'<c r="{address}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'


def _xml(text):
    return escape(text, {"\r": "&#13;"})


ODS = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        *(("office", "office"), ("table", "table"), ("text", "text"), ("style", "style")),
        *(("number", "datastyle"), ("fo", "xsl-fo-compatible"), ("dc", "dc")),
    )
)
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods_parts(rows, before=""):
    """Return the parts of an ODS workbook with this XML as the rows of its one table."""
    content = (
        f"<?xml version='1.0' encoding='UTF-8'?>{before}<office:document-content {ODS} "
        'office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Sheet1">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:'
        'xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{ODS_TYPE}"/><manifest:file-entry manifest:full-path="content.xml" '
        'manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return {"mimetype": ODS_TYPE, "content.xml": content, "META-INF/manifest.xml": manifest}


def as_ods(table):
    """Return a table as an ODS workbook; numbers are numbers, marked cells as they are marked."""
    numeric = numeric_columns(table)
    lines = []
    for i, row in enumerate(table.rows):
        cells = "".join(
            _ods_cell(text, table.special.get((i, j)), j in numeric) for j, text in enumerate(row)
        )
        lines.append(f"<table:table-row>{cells or '<table:table-cell/>'}</table:table-row>")
    return zipped(ods_parts("".join(lines)))


def _ods_cell(text, mark, is_numeric):
    plain = is_numeric and NUMERIC.fullmatch(text)
    if mark == "percent":
        return _ods("percentage", text, f"{float(text) * 100:g}%")
    if mark == "date":
        return f'<table:table-cell office:value-type="date" office:date-value="{EPOCH}"/>'
    if mark == "boolean":
        value = str(text == "yes").lower()
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{value}"/>'
    if mark == "error":
        return (
            '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
            f'office:string-value=""><text:p>{_xml(text)}</text:p></table:table-cell>'
        )
    if mark == "formula_without_value":
        return '<table:table-cell table:formula="of:=[.A1]+1"/>'
    if mark == "formula":
        return _ods("float", text, text, ' table:formula="of:=[.A1]+1"')
    if not text:
        return "<table:table-cell/>"
    if plain and mark is None:
        return _ods("float", text, text)
    paragraphs = "".join(f"<text:p>{_ods_text(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def _ods(kind, value, shown, more=""):
    attributes = f'office:value-type="{kind}" office:value={quoteattr(value)}{more}'
    return f"<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>"


def _ods_text(line):
    text = _xml(line).replace("\t", "<text:tab/>")
    return re.sub(" +", lambda m: f'<text:s text:c="{len(m[0])}"/>', text)
