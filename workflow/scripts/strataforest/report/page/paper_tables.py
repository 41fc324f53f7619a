"""The paper's tables as the page shows them: read back from their html, so nothing is set twice."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

FORMATS = ("html", "csv", "docx", "tex")
PATTERNS = ("table[0-9]*_*.html", "table_s[0-9]*_*.html")
CELLS = ("th", "td")


def paper_tables(results: Path) -> list[dict]:
    """Return each typeset table of the results: caption, rows of cells, notes, its files.

    A cell is its text, the class that aligns it, how many columns it spans, and whether it is a
    heading. All of it is plain text, which the page escapes anew.
    """
    folder = results / "tables"
    paths = [path for pattern in PATTERNS for path in sorted(folder.glob(pattern))]
    return [_table(path) for path in paths]


def _table(path: Path) -> dict:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    files = [path.with_suffix(f".{kind}") for kind in FORMATS]
    return {
        "id": path.stem.replace("_", "-"),
        "caption": reader.caption,
        "head": [row for part, row in reader.rows if part == "thead"],
        "body": [row for part, row in reader.rows if part == "tbody"],
        "notes": reader.notes,
        "files": [(f.suffix[1:], f"../tables/{f.name}") for f in files if f.is_file()],
    }


class _Reader(HTMLParser):
    """Collects a typeset table's caption, rows by the part they are in, and notes."""

    def __init__(self) -> None:
        super().__init__()
        self.caption, self.notes, self.rows = "", [], []
        self._part, self._text = "", None

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag in ("thead", "tbody"):
            self._part = tag
        elif tag == "tr":
            self.rows.append((self._part, []))
        elif tag in (*CELLS, "caption", "p"):
            self._text = []
        if tag in CELLS:
            self.rows[-1][1].append(dict(_cell(tag, dict(attrs))))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._text is None or tag not in (*CELLS, "caption", "p"):
            return
        text, self._text = "".join(self._text), None
        if tag in CELLS:
            self.rows[-1][1][-1]["text"] = text
        elif tag == "caption":
            self.caption = text
        else:
            self.notes.append(text)


def _cell(tag: str, attributes: dict) -> Iterator[tuple[str, object]]:
    kind = attributes.get("class", "")
    yield "kind", kind if kind in ("right", "centre", "spanner", "group") else ""
    yield "span", int(attributes.get("colspan", 1))
    yield "scope", attributes.get("scope", "") if tag == "th" else ""
