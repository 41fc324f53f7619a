"""From any spreadsheet or delimited text file to grids of cells, told apart by content."""

import stat
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from strataforest.errors import ReviewError, nearest
from strataforest.sheets.formats.recognise import EMPTY_ZIP, ZIP, refuse_known, unknown_archive
from strataforest.sheets.grid import MAX_BYTES, Grid, column_letter, listed, unreadable

if TYPE_CHECKING:
    from strataforest.sheets.formats.opendocument import OpenDocument
    from strataforest.sheets.formats.workbook import Workbook

__all__ = ["Grid", "column_letter", "read_grids"]

OPTIONS = ("encoding", "delimiter", "decimal", "tab")
# One file is often declared for several kinds of sheet, each with its own columns.
CACHED_FILES = 8


def read_grids(spec: Mapping) -> list[Grid]:
    """Return every tab of a declared sheet's file, one for text; with `tab` declared that tab.

    `spec` holds `path`, and may hold `encoding`, `delimiter`, `decimal` (text) and `tab`
    (workbooks). The grids are shared between calls: do not change them. A relative path must stay
    in the working directory, also where it is a link. Raises ReviewError for a file that is not
    there, no sheet, damaged, encrypted or too large, and for a tab that it has not.
    """
    file = str(spec["path"])
    place = _place(file)
    if not place.exists():
        raise _missing(file, place)
    try:
        status = place.stat()
        _check_kind(file, place, status.st_mode)
        if status.st_size > MAX_BYTES:
            expected = f"at most {MAX_BYTES:,} bytes"
            words = ("the file is too large", expected, "split it")
            raise unreadable(file, *words, rule="too_large_sheet")
        stamp = (str(place.resolve()), status.st_mtime_ns, status.st_size, status.st_ino)
        options = tuple((name, spec[name]) for name in OPTIONS if spec.get(name) is not None)
        return list(_grids(file, stamp, options))
    except OSError as error:
        mend = "close it in other programs and check its permissions"
        raise unreadable(file, f"cannot be read ({error.strerror})", "", mend) from None


def _place(file: str) -> Path:
    """Return where the file lies; a name that leaves the working directory is refused."""
    place, here = Path(file), Path.cwd().resolve()
    try:
        place.exists()
        leaves = not place.is_absolute() and not place.resolve().is_relative_to(here)
    except (OSError, RuntimeError, ValueError):
        # A link to itself, or a name that no file can have.
        words = ("cannot be found", "a file at this path")
        raise unreadable(file, *words, rule="missing_sheet") from None
    if leaves:
        expected = "a file inside the folder that the workflow runs in"
        words = ("leads out of the review's folder", expected, "copy the file there")
        raise unreadable(file, *words, rule="missing_sheet")
    return place


def _missing(file: str, place: Path) -> ReviewError:
    here = sorted(p.name for p in place.parent.glob("*") if p.is_file())
    mend = nearest(place.name, here)
    if not mend:
        mend = f"its folder holds {listed(here)}" if here else "its folder holds no files"
    words = ("the sheet is not there", "a file at this path", mend)
    return unreadable(file, *words, rule="missing_sheet")


def _check_kind(file: str, place: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        inside = sorted(p.name for p in place.iterdir() if p.is_file())
        mend = f"name one of its files ({listed(inside)})" if inside else ""
        raise unreadable(file, "is a folder", "a file at this path", mend, rule="missing_sheet")
    if not stat.S_ISREG(mode):
        raise unreadable(file, "is no ordinary file", "a sheet", rule="missing_sheet")
    if place.name.startswith(("~$", ".~lock.")):
        mend = "name the sheet itself: " + place.name.removeprefix("~$").removeprefix(".~lock.")
        problem = "is the lock of a spreadsheet program that has the sheet open"
        raise unreadable(file, problem, "a sheet", mend.rstrip("#"), rule="missing_sheet")


@lru_cache(maxsize=CACHED_FILES)
def _grids(file: str, stamp: tuple, options: tuple[tuple[str, str], ...]) -> tuple[Grid, ...]:
    """Return the grids of a file in the state that `stamp` names."""
    raw, spec = Path(stamp[0]).read_bytes(), dict(options)
    refuse_known(file, raw)
    if not raw.startswith((ZIP, EMPTY_ZIP)):
        from strataforest.sheets.formats.text import text_grid

        if "tab" in spec:
            problem = f"is a text file and has no tab '{spec['tab']}'"
            raise unreadable(file, problem, "a workbook", "remove `tab:`", rule="unclear_tab")
        return (text_grid(file, raw, spec),)
    book = _workbook(file, raw, spec.get("tab"))
    tabs = [str(spec["tab"])] if "tab" in spec else book.tabs
    if "tab" in spec and tabs[0] not in book.tabs:
        mend = nearest(tabs[0], book.tabs)
        words = (f"has no tab '{tabs[0]}'", f"one of {listed(book.tabs)}", mend)
        raise unreadable(file, *words, rule="unclear_tab")
    if not tabs:
        raise unreadable(file, "holds no tabs", "a workbook with a table")
    return tuple(book.grids(tabs))


def _workbook(file: str, raw: bytes, tab: str | None) -> "Workbook | OpenDocument":
    """Return the workbook in a zip file. Its readers are imported only where there is one."""
    from strataforest.sheets.formats.archive import Archive

    archive = Archive(file, raw)
    if "content.xml" in archive.names:
        from strataforest.sheets.formats.opendocument import OpenDocument

        return OpenDocument(archive, tab)
    if any(name.startswith("xl/") and name.endswith(".xml") for name in archive.names):
        from strataforest.sheets.formats.workbook import Workbook

        return Workbook(archive)
    raise unknown_archive(file, archive.names)
