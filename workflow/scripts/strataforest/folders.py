"""Folders of a user's that are about to be filled."""

from pathlib import Path

from strataforest.errors import Problem, ReviewError


def check_empty(folder: Path) -> None:
    """Raise ReviewError where a folder holds anything, or is none: nothing may be overwritten."""
    try:
        is_taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        words = (str(folder), "", "", error.strerror or str(error))
        raise ReviewError([Problem("error", *words, rule="refused_by_system")]) from None
    if is_taken:
        words = ("is not empty", "a new folder", "name another one; nothing was written")
        raise ReviewError([Problem("error", str(folder), "", "", *words, rule="folder_in_use")])
