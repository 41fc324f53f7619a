"""Read and write the workflow's own CSV files: same rows, same bytes, nothing a sheet would run."""

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, str]

# A cell that starts so is a formula to a spreadsheet; a leading apostrophe makes it text again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def read_rows(path: str | Path) -> list[Row]:
    """Return the rows of a CSV file that this workflow wrote, as text by column name."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [
            {key: _restored(value) for key, value in row.items()} for row in csv.DictReader(file)
        ]


def write_rows(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `rows` under `columns` to a CSV file, replacing it in one step.

    Floats are written as the shortest text that reads back the same, None and NaN as empty cells,
    booleans as yes and no; text that a spreadsheet would run as a formula gets an apostrophe.
    Raises KeyError where a row lacks a column.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([_cell(column) for column in columns])
        writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    partial.replace(path)


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON with sorted keys, replacing the file at once; NaN becomes null."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    text = json.dumps(
        _plain(content), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)


def read_json(path: str | Path) -> dict[str, Any]:
    """Return the content of a JSON file that `write_json` wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def number(text: str) -> float:
    """Return the number in a cell that this workflow wrote; an empty cell is NaN."""
    return float(text) if text else math.nan


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    text = str(value)
    return f"'{text}" if _runs(text) else text


def _runs(text: str) -> bool:
    return text.startswith(FORMULA_STARTS) and not _is_number(text)


def _restored(text: str | None) -> str:
    if text is None:
        return ""
    return text[1:] if text[:1] == "'" and _runs(text[1:]) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(value: Any) -> Any:
    """Return `value` in JSON's own types: numpy scalars and arrays unpacked, infinities as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Inf" if value > 0 else "-Inf")
    return value
