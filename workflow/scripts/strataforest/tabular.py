"""Read and write the workflow's own CSV files: same rows, same bytes, nothing a sheet would run."""

import contextlib
import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from strataforest.errors import Problem, ReviewError

Row = dict[str, str]

# A cell that starts so is a formula to a spreadsheet; a leading apostrophe makes it text again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def read_rows(path: str | Path, key: str = "") -> list[Row]:
    """Return the rows of a CSV file that this workflow wrote, as text by column name.

    Raises ReviewError where the column `key` is not there: somebody else wrote the file.
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        if key and key not in next(csv.reader(file), []):
            raise damaged(path)
        file.seek(0)
        return [
            {key: restored(value) for key, value in row.items()} for row in csv.DictReader(file)
        ]


def write_rows(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `rows` under `columns` to a CSV file, replacing it in one step.

    Floats are written as the shortest text that reads back the same, None and NaN as empty cells,
    booleans as yes and no; text that a spreadsheet would run as a formula gets an apostrophe.
    Raises KeyError where a row lacks a column.
    """
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([_cell(column) for column in columns])
        writer.writerows([_cell(row[column]) for column in columns] for row in rows)


def as_read(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return `rows` as `read_rows` would after `write_rows`: every value as text."""
    return [{column: restored(_cell(row[column])) for column in columns} for row in rows]


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, replacing it in one step."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a name to write to, which takes the place of `path` only once it is complete.

    Raises OSError naming `path` (a full disk does not say which file it was); nothing half-written
    stays behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON with sorted keys, replacing the file at once; NaN becomes null."""
    text = json.dumps(plain(content), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Return the content of a JSON file that `write_json` wrote."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError:
        raise damaged(path) from None


def damaged(path: str | Path) -> ReviewError:
    """Return the error for a result that is not as this workflow wrote it."""
    words = ("the file is damaged", "what the workflow wrote", "delete it and run again")
    return ReviewError([Problem("error", str(path), "", "", *words, rule="damaged_result")])


def number(text: str) -> float:
    """Return the number in a cell that this workflow wrote; an empty cell is NaN."""
    return float(text) if text else math.nan


def _cell(value: Any) -> str:
    # numpy's scalars are no bool, int or float of Python's: unpacked, they are.
    value = value.item() if hasattr(value, "item") else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    # A lone carriage return would end the row: csv quotes only what its own line ends hold.
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if _runs(text) else text


def _runs(text: str) -> bool:
    # Behind apostrophes of its own too: what reading takes off must be what writing put on.
    text = text.lstrip("'")
    return text.startswith(FORMULA_STARTS) and not is_number(text)


def restored(text: str | None) -> str:
    """Return the text of a cell without the apostrophe that `write_rows` keeps a formula off by."""
    if text is None:
        return ""
    return text[1:] if text[:1] == "'" and _runs(text[1:]) else text


def is_number(text: str) -> bool:
    """Whether a text is a number as Python writes it."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def plain(value: Any) -> Any:
    """Return `value` in JSON's own types: numpy scalars and arrays unpacked, infinities as text.

    NaN becomes None.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Inf" if value > 0 else "-Inf")
    return value
