"""The parts of a zipped workbook (XLSX, ODS), read within limits and never written to disk."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.parsers import expat

from strataforest.errors import ReviewError
from strataforest.sheets.formats.recognise import SAVE_AGAIN, encrypted
from strataforest.sheets.grid import unreadable

MAX_UNPACKED = 300_000_000
MAX_ENTRIES = 5_000
MAX_TOKEN = 4_000_000
CHUNK = 1 << 16

Attributes = dict[str, str]


class Handler:
    """Takes an XML part as it streams by: elements by name, and the text between them.

    Names of elements come without their prefix unless `prefixed`.
    """

    prefixed = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin an element."""

    def end(self, name: str) -> None:
        """End an element."""

    def text(self, text: str) -> None:
        """Take a run of text."""


class Archive:
    """A zip file whose parts are unpacked in memory, all together at most MAX_UNPACKED bytes.

    The sizes that the file declares are not trusted: bytes are counted as they come.
    """

    def __init__(self, file: str, raw: bytes) -> None:
        self.file = file
        self._left = MAX_UNPACKED
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise self._broken(error) from None
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            expected = f"at most {MAX_ENTRIES:,}"
            raise unreadable(file, f"holds {len(infos):,} parts", expected, SAVE_AGAIN)
        self.names = frozenset(info.filename for info in infos)
        if len(self.names) < len(infos):
            # Programs differ in which of the two they would read.
            raise self._broken("it holds a part twice")

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part's bytes. Raises ReviewError where it is damaged, encrypted or too large."""
        try:
            if self._zip.getinfo(name).flag_bits & 1:
                raise encrypted(self.file)
            with self._zip.open(name) as part:
                while chunk := part.read(CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        size = f"unpacks to more than {MAX_UNPACKED:,} bytes"
                        mend = "save the tab that holds the data as a file of its own"
                        raise unreadable(self.file, size, "an extraction sheet", mend)
                    yield chunk
        # zipfile raises RuntimeError for a password, NotImplementedError for a rare compression.
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            raise self._broken(error) from None

    def parse(
        self, name: str, handler: Handler, keep: Callable[[bytes], object] | None = None
    ) -> None:
        """Stream an XML part through a handler; `keep` gets its bytes besides.

        A document type is refused, so no entity can be defined, let alone expanded or fetched.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True

        def first(name: str, attributes: Attributes) -> None:
            """Take the root. Few files have prefixes that need cutting, at a cost per element."""
            start, end = handler.start, handler.end
            if ":" in name and not handler.prefixed:
                parser.StartElementHandler = lambda n, a: start(n.rpartition(":")[2], a)
                parser.EndElementHandler = lambda n: end(n.rpartition(":")[2])
            else:
                parser.StartElementHandler, parser.EndElementHandler = start, end
            parser.StartElementHandler(name, attributes)

        parser.StartElementHandler = first
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            fed = 0
            for chunk in self.chunks(name):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MAX_TOKEN:
                    # expat begins an unfinished one anew at each chunk: hours for 200 MB.
                    raise ValueError(f"a name or comment of more than {MAX_TOKEN:,} bytes")
                if keep:
                    keep(chunk)
            parser.Parse(b"", True)
        # An encoding that the XML names and nobody knows is a LookupError or a ValueError.
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise self._broken(f"{name}: {error}") from None

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return a part's relationships inside the file, by id: (kind, name of the other part).

        The relationships of the file itself are those of the part "".
        """
        relations = _Relations(posixpath.dirname(name))
        if relations_of(name) in self.names:
            self.parse(relations_of(name), relations)
        return {key: value for key, value in relations.found.items() if value[1] in self.names}

    def _refuse_doctype(self, *_: object) -> None:
        problem = "holds a document type definition, as no spreadsheet program writes it"
        raise unreadable(self.file, problem, "a plain workbook", "do not trust this file")

    def _broken(self, error: object) -> ReviewError:
        return unreadable(self.file, f"cannot be read ({error})", "a whole workbook", SAVE_AGAIN)


def relations_of(name: str) -> str:
    """Return the name of the part that holds the relationships of a part."""
    folder, base = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{base}.rels")


class _Relations(Handler):
    """The parts of the same file that a part names, by id: (kind, name)."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, _: str, attributes: Attributes) -> None:
        if attributes.get("TargetMode") == "External" or "Target" not in attributes:
            return
        target = posixpath.normpath(posixpath.join("/", self._folder, attributes["Target"]))
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.found[attributes.get("Id", "")] = (kind, target.lstrip("/"))
