"""Write the workbook to extract into: tabs, headings, explanations, lists, checks, protection."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from strataforest.risk_of_bias.tools import TOOLS
from strataforest.sheets.columns import Column
from strataforest.sheets.grid import column_letter
from strataforest.sheets.template import (
    ASKED,
    LISTED,
    OPEN_LISTS,
    PURPOSES,
    RULES,
    Page,
    choices,
    lists,
    meaning,
    pages,
)
from strataforest.workbooks import Tab, Workbook, open_workbook

ENTRY_ROWS = (1, 1000)  # 0-based rows that lists and checks cover
OWN_COLUMNS = 20  # unlocked columns on the right, for what a team adds
LIST_ROWS = 60  # room for names that a team adds to an open list
README_WIDTHS = (24, 15, 62, 40)
LONG_TEXTS = ("citation", "population", "note", "eligibility_reason", "comparator", "source")

STEPS = (
    "1. Fill in the tab studies (one row per trial) and the tab outcomes (one row per comparison). "
    "Only columns with a dark heading are required. Point at a heading for what it holds.",
    "2. Type numbers as the report prints them; compute nothing. Leave a cell empty where nothing "
    "is reported: no 0, no dash. A standard error belongs in se_treat and se_control, not in sd.",
    "3. The columns behind the + above the sheet are for what some reports print instead of means "
    "and standard deviations: standard errors, intervals, medians, mean differences, t, p, ratios.",
    "4. Domains are those that config.yaml had when this workbook was made. Add another there and "
    "to the tab Lists, or have an empty workbook with it made: snakemake ... extraction_template. "
    "Indicators, instruments and platforms may be new: type them, or add them to the tab Lists.",
    "5. Headings are locked so that nobody renames one by accident (there is no password). Columns "
    "of your own may follow on the right; they are kept.",
    "6. Save the workbook beside config.yaml as extraction.xlsx, name it there (risk_of_bias and "
    "flow only once their tabs hold rows), and run the workflow:",
)


def write_template(
    path: str | Path,
    title: str,
    domains: Mapping[str, Mapping],
    indicators: Mapping[str, Mapping],
    tool: str = "rob2",
    named: Sequence[str] = (),
    rows: Mapping[str, Sequence[Mapping]] | None = None,
) -> None:
    """Write the workbook of a review whose sheets are still empty, or hold the `rows` of examples.

    `domains` and `indicators` are the config's, `tool` that of the risk-of-bias sheet, `named` the
    columns that it groups and regresses by, `rows` values by column for each tab. Raises OSError.
    """
    found = pages(domains, tool, named)
    with open_workbook(path) as book:
        _read_me(book.tab("Read me"), title, domains, found, tool)
        tabs = {page.kind: book.tab(page.kind) for page in found}
        ranges = _write_lists(book, lists(domains, list(indicators)))
        ranges["study_id"] = f"=studies!$A$2:$A${ENTRY_ROWS[1] + 1}"
        for page in found:
            _fill_in(tabs[page.kind], page, ranges, tool)
            _enter(tabs[page.kind], page, (rows or {}).get(page.kind, ()))


def _read_me(
    tab: Tab, title: str, domains: Mapping[str, Mapping], found: Sequence[Page], tool: str
) -> None:
    tab.widths(README_WIDTHS)
    tab.cell(0, 0, f"Extraction: {title}" if title else "Extraction", "title")
    row = 2
    for text in STEPS:
        tab.paragraph(row, text, sum(README_WIDTHS), len(README_WIDTHS))
        row += 1
    tab.cell(row, 0, "sheets:")
    for page in found:
        more = f", tool: {tool}" if page.kind == "risk_of_bias" else ""
        row += 1
        tab.cell(row, 0, f"  {page.kind}: {{path: extraction.xlsx{more}}}")
    row += 2
    tab.row(row, ("Domain", "Type", "Label", "Indicators, best first"), "heading")
    for name, domain in domains.items():
        row += 1
        priority = ", ".join(domain.get("priority", ()))
        cells = (name, domain["type"], domain["label"], priority)
        tab.row(row, cells, "wrapped")
        tab.height(row, zip(cells, README_WIDTHS, strict=True))
    for page in found:
        row = _explain(tab, row + 2, page, tool)
    tab.fit_to_width()


def _explain(tab: Tab, row: int, page: Page, tool: str) -> int:
    """Write what each column of a tab holds; return the last row used."""
    tab.cell(row, 0, page.kind, "subtitle")
    named = f" Tool: {TOOLS[tool].label}." if page.kind == "risk_of_bias" else ""
    tab.cell(row, 1, PURPOSES[page.kind] + named)
    row += 1
    tab.row(row, ("Column", "Needed", "Holds", "One of"), "heading")
    for index, column in enumerate(page.columns):
        row += 1
        needed = "required" if column.required else "" if index < page.n_first else "optional"
        offered = ", ".join(choices(column, tool))
        if not offered and column.name in LISTED:
            offered = f"the tab Lists, {LISTED[column.name]}"
        cells = (column.name, needed, meaning(column, tool), offered)
        tab.row(row, cells, "wrapped")
        tab.height(row, zip(cells, README_WIDTHS, strict=True))
    return row


def _write_lists(book: Workbook, found: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the tab of names for drop-down lists; return each list's range by its heading."""
    tab = book.tab("Lists")
    tab.headings(list(found))
    ranges = {}
    for column, (heading, names) in enumerate(found.items()):
        is_open = heading in (*OPEN_LISTS, *ASKED)
        rows = len(names) + (LIST_ROWS if is_open else 0)
        tab.widths([max(14, *map(len, [heading, *names])) + 2], first=column)
        for row in range(1, rows + 1):
            name = names[row - 1] if row <= len(names) else ""
            tab.cell(row, column, name, "entry_text" if is_open else "plain")
        letter = column_letter(column)
        ranges[heading] = f"=Lists!${letter}$2:${letter}${rows + 1}"
        if is_open:
            more = " Add them to config.yaml too." if heading in ASKED else ""
            tab.comment(0, column, f"Add names below; the drop-down lists offer them.{more}")
    tab.protect()
    return ranges


def _fill_in(tab: Tab, page: Page, ranges: Mapping[str, str], tool: str) -> None:
    """Write one tab to fill in: headings with comments above empty, checked, unlocked cells."""
    for index, column in enumerate(page.columns):
        style = "entry_text" if column.kind in {"text", "choice"} else "entry"
        width = 28 if column.name in LONG_TEXTS else max(10, len(column.name) + 3)
        tab.widths([width], style, first=index, level=int(index >= page.n_first))
        tab.cell(0, index, column.name, "required" if column.required else "heading")
        tab.comment(0, index, _comment(column, tool))
        _check_entries(tab, index, column, page.kind, ranges, tool)
    tab.widths([14] * OWN_COLUMNS, "entry", first=len(page.columns))
    tab.freeze(1, 3 if page.kind == "outcomes" else 1)
    tab.protect()


def _enter(tab: Tab, page: Page, rows: Sequence[Mapping]) -> None:
    """Write rows below the headings, as somebody who fills the tab in would."""
    for place, row in enumerate(rows, 1):
        for index, column in enumerate(page.columns):
            if column.name in row:
                style = "entry_text" if column.kind in {"text", "choice"} else "entry"
                tab.cell(place, index, row[column.name], style)


def _check_entries(
    tab: Tab, index: int, column: Column, kind: str, ranges: Mapping[str, str], tool: str
) -> None:
    offered, listing = choices(column, tool), LISTED.get(column.name, "")
    if offered:
        tab.choices(index, ENTRY_ROWS, offered)
    elif listing:
        asked = ASKED.get(listing, "")
        tab.choices(index, ENTRY_ROWS, ranges[listing], listing in OPEN_LISTS, asked=asked)
    elif column.name == "study_id" and kind != "studies":
        tab.choices(index, ENTRY_ROWS, ranges["study_id"], others=True)
    elif column.kind in RULES:
        tab.numbers(index, ENTRY_ROWS, *RULES[column.kind])


def _comment(column: Column, tool: str) -> str:
    lines = [meaning(column, tool)]
    offered = choices(column, tool)
    lines += ["One of: " + ", ".join(offered)] if offered else []
    lines += ["Required."] if column.required else []
    return "\n".join(lines)
