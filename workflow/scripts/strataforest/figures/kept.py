"""Figures that an earlier run drew of the same content, and that are as it left them."""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from strataforest.errors import ReviewError
from strataforest.figures.save import save
from strataforest.provenance import sha256
from strataforest.tabular import read_json, write_json

# Beside the figures of a folder: of what content each was drawn, and the digests of its files.
RECORD = ".drawn.json"


class Folder:
    """A folder that is filled with figures, those of an earlier one taken over where they can be.

    A figure is a function of its content and of the code that draws it (`code`, its digest). Its
    files are taken over, to the same bytes, where both are what they were and nobody has changed
    the files; else it is drawn.
    """

    def __init__(self, folder: Path, earlier: Path, formats: Sequence[str], code: str) -> None:
        self._folder, self._earlier, self._formats = folder, earlier, formats
        self._drawn_by = (code, matplotlib.__version__, tuple(formats))
        self._before, self._record = _recorded(earlier / RECORD), {}

    def add(self, stem: str, plot: Callable[[Any], Figure], content: Any) -> None:
        """Add the figure `plot(content)`; `content` must show all of itself in its repr."""
        key = hashlib.sha256(repr((self._drawn_by, content)).encode()).hexdigest()
        names = [f"{stem}.{name}" for name in self._formats]
        drawn = {"content": key, "files": _digests(self._earlier, names)}
        if drawn == self._before.get(stem):
            for name in names:
                shutil.copyfile(self._earlier / name, self._folder / name)
        else:
            save(plot(content), self._folder / stem, self._formats)
            drawn["files"] = _digests(self._folder, names)
        self._record[stem] = drawn

    def close(self) -> None:
        """Write down what was drawn."""
        write_json(self._folder / RECORD, self._record)


def _digests(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the digest of each of these files that is there."""
    return {name: sha256(folder / name) for name in names if (folder / name).is_file()}


def _recorded(path: Path) -> Mapping[str, Any]:
    try:
        found = read_json(path)
    except (OSError, ReviewError):
        return {}
    return found if isinstance(found, dict) else {}
