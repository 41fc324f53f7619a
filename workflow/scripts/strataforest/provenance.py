"""What a number was computed from: digests of files and the version of this library."""

import hashlib
from pathlib import Path

from strataforest import __version__


def sha256(path: str | Path) -> str:
    """Return the SHA-256 digest of a file's bytes, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def version() -> str:
    """Return this library's name and version, as fits record it."""
    return f"strataforest {__version__}"
