"""discrepancies.xlsx: the list to decide on, which comes back as the file of decisions."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from strataforest.extraction import agreement, tables
from strataforest.formatting import effect_texts, significant
from strataforest.workbooks import Tab, Workbook, number_or_text, open_workbook

README = (
    ("title", "Where the two extractors differ"),
    ("subtitle", "How to decide"),
    ("wrapped", "1. Copy this file beside the sheets of the review: the results are replaced."),
    (
        "wrapped",
        "2. On the tab 'discrepancies' fill the column 'decision': first, second, or the value "
        "that is right (NR for not reported). On a line about a whole row, first keeps the first "
        "extractor's sheet as it is; second takes the other's: the row is added, or left out.",
    ),
    (
        "wrapped",
        "3. Name the copy in the configuration, double_extraction: decisions: sheets/decided.xlsx, "
        "and run again. Lines left empty keep the first extractor's value.",
    ),
    (
        "wrapped",
        "A decision holds for the two values beside it. If either sheet is changed later, the next "
        "run says so and asks again. Decided lines stay in the list, so it can be copied again.",
    ),
    ("subtitle", "How to read the columns"),
    (
        "wrapped",
        "Lines are sorted by what they move. 'matters' is conclusion where a pooled result would "
        "change its sign, its significance or whether it can be estimated; pooled where its number "
        "moves; effect where only an effect moves that is not pooled; nothing where no number "
        "does; unknown where the value cannot be tried ('remark' says why).",
    ),
    (
        "wrapped",
        "Each line takes the second value alone, all others as they stand. 'stratum' is the one "
        "that moves most; the tab 'by stratum' lists all. 'change in se' is the change of the "
        "pooled estimate over its standard error. Effects are aligned: positive favours the "
        "intervention; ratios are logs.",
    ),
)
README_WIDTH = 100
# Columns of the csv that a person deciding needs, in the order of the tab, with their widths.
LISTED = {
    **{"sheet": 10, "study_id": 18, "domain": 14, "indicator": 16, "instrument": 14},
    **{"timepoint_weeks": 15, "metric": 8, "arm_treat": 14, "arm_control": 14, "column": 18},
    **{"first_value": 14, "second_value": 14, "decision": 12, "decided_by": 10, "note": 20},
    **{"matters": 11, "stratum": 22, "estimate_first": 19, "estimate_second": 19},
    **{"change_in_se": 9, "crossed": 16, "yi_first": 9, "yi_second": 9, "remark": 36},
    **{"first_at": 24, "second_at": 24},
}
HEADINGS = {
    "estimate_first": "pooled with first",
    "estimate_second": "pooled with second",
    "change_in_se": "change in se",
    "yi_first": "effect with first",
    "yi_second": "effect with second",
    "first_at": "first stands in",
    "second_at": "second stands in",
}
WIDE = ("study_id", "domain", "indicator", "instrument", "column", "analysis", "stratum")
TO_FILL = ("decision", "decided_by", "note")
PLACE = ("file", "tab", "cell")
VALUES = ("first_value", "second_value", "decision")
Rows = Sequence[Mapping[str, Any]]


def write_workbook(path: str, listed: Rows, by_stratum: Rows, agreeing: Rows) -> None:
    """Write the discrepancies to decide on, what they move in each stratum, and the agreement.

    Numbers of results are rounded here; the csv files beside it have them in full.
    """
    with open_workbook(path) as book:
        tab = book.tab("Read me")
        tab.widths([README_WIDTH])
        for i, (style, text) in enumerate(README):
            tab.cell(i, 0, text, style)
            tab.height(i, [(text, 0.6 * README_WIDTH if style == "title" else 1.15 * README_WIDTH)])
        _discrepancies(book, listed)
        _plain(book, "by stratum", tables.STRATUM_COLUMNS, by_stratum)
        _plain(book, "agreement", agreement.COLUMNS, agreeing)


def _discrepancies(book: Workbook, rows: Rows) -> None:
    tab = book.tab("discrepancies")
    # A decision needs no column that is empty in every line; all others come back with it.
    shown = [{name: _shown(row, name) for name in LISTED} for row in rows]
    filled = {name for row in shown for name, value in row.items() if value != ""}
    names = [name for name in LISTED if name in TO_FILL or name in filled or not rows]
    widths = [LISTED[name] for name in names]
    tab.widths(widths)
    tab.fit_to_width()
    headings = [HEADINGS.get(name, name) for name in names]
    tab.headings(headings)
    tab.height(0, zip(headings, widths, strict=True))
    for i, row in enumerate(shown, 1):
        for j, name in enumerate(names):
            tab.cell(i, j, row[name], "decide" if name in TO_FILL else "wrapped")
        tab.height(i, zip((str(row[name]) for name in names), widths, strict=True))
    column = names.index("decision")
    tab.freeze(1, names.index("study_id") + 1)
    if rows:
        tab.choices(column, (1, len(rows)), ("first", "second"), others=True)
        tab.filter(len(rows), len(names) - 1)


def _shown(row: Mapping[str, Any], name: str) -> Any:
    if name in VALUES:
        return number_or_text(row[name])
    if name in {"estimate_first", "estimate_second"}:
        side = name.rpartition("_")[2]
        numbers = [_number(row[f"{part}_{side}"]) for part in ("estimate", "ci_low", "ci_high")]
        if None in numbers:
            return "not estimable" if row["stratum"] else ""
        estimate, low, high = effect_texts(*numbers)
        return f"{estimate} [{low} to {high}]"
    if name in {"change_in_se", "yi_first", "yi_second"}:
        return significant(_number(row[name]), missing="")
    if name in {"first_at", "second_at"}:
        file, tab, cell = (row[f"{name.removesuffix('_at')}_{part}"] for part in PLACE)
        return " ".join(filter(None, (PurePath(file).name, tab and f"[{tab}]", cell)))
    return row[name]


def _number(value: Any) -> float | None:
    return float(value) if value not in {"", None} else None


def _plain(book: Workbook, name: str, columns: Sequence[str], rows: Rows) -> None:
    """Write a tab to look at: it has fewer headings of the list, so that the list is read back."""
    tab: Tab = book.tab(name)
    columns = [c for c in columns if any(row[c] not in {"", None} for row in rows)]
    if not rows:
        tab.cell(0, 0, "nothing")
    tab.widths([20 if column in WIDE else max(10, len(column) + 1) for column in columns])
    tab.fit_to_width()
    tab.headings([column.removesuffix("_value").replace("_", " ") for column in columns])
    for i, row in enumerate(rows, 1):
        for j, column in enumerate(columns):
            value = row[column]
            is_result = column.startswith(("estimate", "ci_", "change", "percent", "kappa", "icc"))
            if is_result or column == "mean_relative_difference":
                value = significant(_number(value), 3, missing="")
            tab.cell(i, j, value)
