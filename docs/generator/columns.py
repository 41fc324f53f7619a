"""The page of sheet columns, from the vocabulary that the reader itself uses."""

from strataforest.sheets.column import Column, Unreadable
from strataforest.sheets.columns import VOCABULARY, parse

INTRODUCTION = """\
# Sheet columns

Every column that a sheet may have, from the vocabulary that the reader uses. Only those marked
*required* must be there. Your own headings are mapped with [`columns`](keys.md#sheetscolumns);
other columns are kept. How cells are read is in
[Configuration and sheets](configuration-and-sheets.md#sheets), what to do about one that cannot be
read in [When a run stops](../when-a-run-stops.md).
"""
TITLES = {
    "studies": "a row per trial",
    "outcomes": "a row per comparison, indicator and time point",
    "risk_of_bias": "a row of judgements per trial",
    "flow": "a row per count of the PRISMA flow",
    "claims": "a row per statement of the manuscript",
    "decisions": "a row per decision between two extractors",
    "published": "a row per printed thing",
}
# Cells that no column of one kind or another takes: what is said of them is what the kind wants.
PROBES = ("word", "-1", "0", "1", "1.5", "3", "1e9")


def columns_page():
    """Return the page as Markdown."""
    parts = [INTRODUCTION]
    for sheet, columns in VOCABULARY.items():
        parts.append(f"## {sheet}\n\nThe sheet `{sheet}` has {TITLES[sheet]}.\n")
        parts.append("| column | holds | meaning |\n|---|---|---|")
        for column in columns:
            name = f"`{column.name}`{{ #{sheet}-{column.name} }}"
            name += " *required*" if column.required else ""
            parts.append(f"| {name} | {holds(column)} | {escaped(column.meaning)} |")
        parts.append("")
    parts.append("## Kinds of cells\n\n| kind | a cell must hold |\n|---|---|")
    kinds = {column.kind: column for columns in VOCABULARY.values() for column in columns}
    for kind, column in sorted(kinds.items()):
        parts.append(f"| {words(kind)} | {escaped('; '.join(expected(column)))} |")
    return "\n".join(parts) + "\n"


def holds(column: Column) -> str:
    """Return what a cell of a column holds: its choices, or the name of its kind."""
    return ", ".join(f"`{c}`" for c in column.choices) if column.choices else words(column.kind)


def words(kind: str) -> str:
    """Return the name of a kind as words."""
    return kind.replace("_", " ")


def expected(column: Column) -> list[str]:
    """Return what the reader says that it expects, over cells that the kind may not hold."""
    if column.kind == "choice":
        return ["one of the column's choices"]
    found = []
    for probe in PROBES:
        try:
            parse(column, probe)
        except Unreadable as error:
            found += [str(error)] if str(error) not in found else []
    return found or ["anything"]


def escaped(text: str) -> str:
    """Return a text as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
