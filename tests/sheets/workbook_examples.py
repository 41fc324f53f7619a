"""Workbooks for the tests, written by other programs' libraries or part by part as zips."""

import io
import zipfile
from functools import cache

import openpyxl
import xlsxwriter
from odf import teletype
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)
CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>"
    "</office:document-content>"
)


def write_xlsx(path, tabs):
    """Write {tab: rows} with xlsxwriter: text as text, whatever it looks like."""
    with xlsxwriter.Workbook(path) as book:
        for tab, rows in tabs.items():
            sheet = book.add_worksheet(tab)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(r, c, value)
                    elif value is not None:
                        sheet.write_number(r, c, value)


def write_ods(path, tabs):
    """Write {tab: rows} with odfpy."""
    document = OpenDocumentSpreadsheet()
    for tab, rows in tabs.items():
        table = Table(name=tab)
        for row in rows:
            line = TableRow()
            for value in row:
                line.addElement(_ods_cell(value))
            table.addElement(line)
        document.spreadsheet.addElement(table)
    document.write(path)


def _ods_cell(value):
    if value is None or value == "":
        return TableCell()
    if isinstance(value, str):
        cell, paragraph = TableCell(valuetype="string"), P()
        teletype.addTextToElement(paragraph, value)
        cell.addElement(paragraph)
        return cell
    return TableCell(valuetype="float", value=repr(value))


def xlsx_parts(cells="", **parts):
    """Return the parts of a small XLSX file by name, its tab `Data` holding this XML.

    Further parts by name with `/` written as `__` and the suffix left out.
    """
    found = dict(_plain_parts())
    found["xl/worksheets/sheet1.xml"] = SHEET.format(cells).encode()
    return found | {f"{name.replace('__', '/')}.xml": text.encode() for name, text in parts.items()}


@cache
def _plain_parts():
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.title = "Data"
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts):
    """Return the bytes of a zip file with these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def ods_bytes(tables, **parts):
    """Return the bytes of an ODS file whose tables are this XML."""
    return zipped({"content.xml": CONTENT.format(tables), **parts})
