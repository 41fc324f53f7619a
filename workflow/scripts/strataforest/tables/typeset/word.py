"""Tables as Word documents: plain text in real tables, no fields, the same bytes every time."""

import io
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from strataforest.tables.publication import Publication, is_wide, plain, spanners, widths
from strataforest.tabular import replacing

# A zip knows no time before this one; a fixed time keeps the file's bytes those of its content.
EPOCH = (1980, 1, 1, 0, 0, 0)
PAGE = (21.0, 29.7)  # cm
MARGIN = 2.0  # cm
CHARACTER = 0.17  # cm, the width of a typical one at the tables' size
BESIDE = 80  # twentieths of a point, 0.14 cm: the room left and right of a cell's text
TEXT, TEXT_ID = "Table text", "Tabletext"  # the style of cells and notes
FONT = "Arial"
PLACES = {"left": "left", "right": "right", "centre": "center"}
NAMESPACE = nsdecls("w")
BORDERS = {"top": 12, "heading": 6, "bottom": 12}  # eighths of a point


def write_docx(
    path: str | Path,
    title: str,
    tables: Sequence[Publication],
    paragraphs: Sequence[str] = (),
    grids: dict | None = None,
) -> None:
    """Write a Word document: `paragraphs` (those that begin with # as headings), then the tables.

    Every table has a page of its own, on its side where it is wide; its heading is repeated on
    each page. `grids` keeps what was typeset, by the table's id, for a document that holds the
    very same tables again.
    """
    grids = {} if grids is None else grids
    document = Document()
    _styled(document, title)
    for text in paragraphs:
        level = len(text) - len(text.lstrip("#"))
        if level:
            document.add_heading(plain(text.lstrip("#")), level)
        else:
            document.add_paragraph(plain(text))
    section = document.sections[0]
    _set_page(section, is_wide=False)
    for i, table in enumerate(tables):
        if i or paragraphs:
            section = document.add_section(WD_SECTION.NEW_PAGE)
        _set_page(section, is_wide(table))
        _add_table(document, table, grids)
    content = io.BytesIO()
    document.save(content)
    with replacing(path) as partial:
        partial.write_bytes(_timeless(content.getvalue()))


def _timeless(content: bytes) -> bytes:
    """Return a zip archive with its entries' times set to one."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _styled(document, title: str) -> None:
    core = document.core_properties
    core.title, core.author, core.comments, core.last_modified_by = plain(title)[:255], "", "", ""
    text = document.styles.add_style(TEXT, WD_STYLE_TYPE.PARAGRAPH)
    text.base_style = document.styles["Normal"]
    text.font.name = FONT
    _set_size(text, 8)
    text.paragraph_format.space_before = text.paragraph_format.space_after = Pt(1)
    for name, size in (("Normal", 10), ("Heading 1", 14), ("Heading 2", 11), ("Caption", 10)):
        style = document.styles[name]
        style.font.name = FONT
        _set_size(style, size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for key in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[key]
        for kind in ("w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(kind), FONT)


def _set_size(style, points: int) -> None:
    """Set a style's size, also for Hebrew, Arabic and Thai, which have one of their own."""
    style.font.size = Pt(points)
    properties = style.element.rPr
    for other in properties.findall(qn("w:szCs")):
        properties.remove(other)
    size = deepcopy(properties.find(qn("w:sz")))
    size.tag = qn("w:szCs")
    properties.find(qn("w:sz")).addnext(size)


def _set_page(section, is_wide: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(x) for x in (reversed(PAGE) if is_wide else PAGE))
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(MARGIN))


def _add_table(document, table: Publication, grids: dict) -> None:
    caption = _paragraph(document, "Caption")
    caption.add_run(f"{table.number}. ").bold = True
    caption.add_run(plain(table.title)).bold = False
    caption.paragraph_format.keep_with_next = True
    if id(table) in grids:
        document.element.body.insert_element_before(deepcopy(grids[id(table)]), "w:sectPr")
    else:
        grids[id(table)] = _grid(document, table)
    for i, note in enumerate(table.notes):
        paragraph = _paragraph(document, TEXT_ID)
        paragraph.add_run(plain(note))
        paragraph.paragraph_format.space_before = Pt(1 if i else 4)


def _paragraph(document, style_id: str):
    """Add an empty paragraph; python-docx looks through all styles for one given by its name."""
    paragraph = document.add_paragraph()
    paragraph._p.style = style_id
    return paragraph


def _grid(document, table: Publication):
    """Add a table to a document and return its element."""
    over = spanners(table)
    n_rows = bool(over) + 1 + sum(len(g.rows) + bool(g.heading) for g in table.groups)
    grid = document.add_table(n_rows, len(table.columns))
    grid.autofit = False
    _fill(grid, table, over)
    _set_widths(grid, table)
    _title(grid, table.caption)
    return grid._tbl


def _fill(grid, table: Publication, over: Sequence[tuple[str, int]]) -> None:
    rows, aligned = iter(grid.rows), [column.align for column in table.columns]
    if over:
        row = next(rows)
        cells, first = row.cells, 0
        for text, n in over:
            cell = _merged(cells[first : first + n])
            _write(cell, text, "centre", bold=True)
            if text:
                _border(cell._tc, "bottom", BORDERS["heading"])
            first += n
        _is_heading(row)
    heading = next(rows)
    for cell, column in zip(heading.cells, table.columns, strict=True):
        _write(cell, column.heading, column.align, bold=True)
    _is_heading(heading)
    row = heading
    for group in table.groups:
        if group.heading:
            row = next(rows)
            cell = _merged(row.cells)
            _write(cell, group.heading, "left", bold=True)
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        for texts in group.rows:
            row = next(rows)
            for cell, text, align in zip(row.cells, texts, aligned, strict=True):
                _write(cell, text, align)
    _rule(grid.rows[0], "top", BORDERS["top"])
    _rule(heading, "bottom", BORDERS["heading"])
    if row is not heading:
        _rule(row, "bottom", BORDERS["bottom"])


def _merged(cells):
    """Make one of empty cells beside each other; python-docx looks through the table for each."""
    first, *others = (cell._tc for cell in cells)
    if others:
        first.grid_span = len(cells)
    for cell in others:
        cell.getparent().remove(cell)
    return cells[0]


def _write(cell, text: str, align: str, bold: bool = False) -> None:
    """Fill an empty cell; as XML, for paragraph by property it takes ten times as long."""
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    run = f'<w:r>{look}<w:t xml:space="preserve">{escape(plain(text))}</w:t></w:r>' if text else ""
    paragraph = f'<w:pPr><w:pStyle w:val="{TEXT_ID}"/><w:jc w:val="{PLACES[align]}"/></w:pPr>{run}'
    tc = cell._tc
    tc.replace(tc.p_lst[0], parse_xml(f"<w:p {NAMESPACE}>{paragraph}</w:p>"))


def _is_heading(row) -> None:
    """Repeat a row at the top of every page."""
    row._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))


def _rule(row, side: str, size: int) -> None:
    """Draw a horizontal line at one side of a row."""
    for cell in row._tr.tc_lst:
        _border(cell, side, size)


def _border(cell, side: str, size: int) -> None:
    properties = cell.get_or_add_tcPr()
    borders = properties.first_child_found_in("w:tcBorders")
    if borders is None:
        borders = _element("w:tcBorders")
        properties.append(borders)
    line = _element(f"w:{side}", val="single", sz=str(size), color="000000")
    # The schema wants the top before the bottom.
    borders.insert(0, line) if side == "top" else borders.append(line)


def _set_widths(grid, table: Publication) -> None:
    """Set the columns' widths, the room beside their text, and that rows stay whole."""
    found = widths(table)
    room = PAGE[1 if is_wide(table) else 0] - 2 * MARGIN
    scale = min(CHARACTER, room / sum(found))
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w=str(BESIDE), type="dxa"))
    grid._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    sizes = [Cm(width * scale) for width in found]
    for column, size in zip(grid.columns, sizes, strict=True):
        column.width = size
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(_element("w:cantSplit"))
        first = 0
        for cell in row._tr.tc_lst:
            span = cell.grid_span
            cell.width = sum(sizes[first : first + span])
            first += span


def _title(grid, caption: str) -> None:
    """Name the table for those who hear the document read."""
    grid._tbl.tblPr.append(_element("w:tblCaption", val=plain(caption)))


def _element(name: str, **attributes: str):
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element
