"""The files that hold fits: one per stratum (.json), or one per job of many strata (.jsonl).

A line of a `.jsonl` file is one fit, which begins with the names of its analysis and its stratum:
one can be found among thousands without reading the numbers of the others.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from strataforest.tabular import damaged, plain, read_json, replacing

Fit = dict[str, Any]

_NAMES = re.compile(r'\{"analysis": "(\w+)", "stratum": "(\w+)", ')


def write_fits(path: str | Path, fits: Iterable[Fit]) -> None:
    """Write many fits to one file, a line each, as they come; the file appears once it is whole."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        for fit in fits:
            names = {name: fit[name] for name in ("analysis", "stratum")}
            rest = {name: value for name, value in fit.items() if name not in names}
            # The names first, then everything else sorted.
            text = json.dumps(plain(rest), sort_keys=True, ensure_ascii=False, allow_nan=False)
            file.write(f"{json.dumps(names)[:-1]}, {text[1:]}\n")


def fits_in(paths: Sequence[str | Path]) -> Iterator[Fit]:
    """Yield every fit in files of either kind, one at a time. Raises ReviewError as `read_json`."""
    for path in map(Path, paths):
        if path.suffix == ".json":
            yield read_json(path)
        else:
            yield from (_read(path, line) for line in _lines(path))


def fit_in(path: str | Path, analysis: str, stratum: str) -> Fit:
    """Return a stratum's fit from a file of either kind. Raises ReviewError if it is not there."""
    if Path(path).suffix == ".json":
        return read_json(path)
    for line in _lines(Path(path)):
        if (found := _NAMES.match(line)) and found.groups() == (analysis, stratum):
            return _read(path, line)
    raise damaged(path)


def fit_place(results: Path, analysis: str, stratum: str) -> Path | None:
    """Return the file in a results folder that holds a stratum's fit, or None where none does."""
    own = results / "fits" / analysis / f"{stratum}.json"
    if own.is_file():
        return own
    for part in sorted(own.parent.glob("part_*.jsonl")):
        names = (_NAMES.match(line) for line in _lines(part))
        if any(found and found.groups() == (analysis, stratum) for found in names):
            return part
    return None


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


def _read(path: str | Path, line: str) -> Fit:
    try:
        return json.loads(line)
    except ValueError:
        raise damaged(path) from None
