"""Figures inside the page, as data of their own, as far as its size allows."""

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote

from strataforest.figures.labels import in_words

# A page above five megabytes is slow on a phone and too large for many mail servers.
MOST_BYTES = 4_800_000
MOST_PICTURES = 3_500_000
# What SVG holds often, and a data address in an attribute may hold as it is.
PLAIN = " !$'()*+,-./:;=?@_~"
_IMAGE = re.compile(r'<img src="\.\./(figures/[^"]+)"')


class Pictures:
    """Hands out figures of a results folder, by the addresses of their files."""

    def __init__(self, results: Path) -> None:
        self.results = results

    def of_folder(self, folder: str, names: Iterable[str] = (), title: str = "") -> list[dict]:
        """Return the figures of a folder of the results: these names, or all there are."""
        place = self.results / folder
        names = names or sorted({path.stem for path in place.glob("*.*") if path.stem[0] != "."})
        found = (self.figure(f"{folder}/{name}", name, title) for name in names)
        return [figure for figure in found if figure]

    def figure(self, stem: str, name: str, title: str = "", caption: str = "") -> dict:
        """Return a figure's caption, address and files; nothing where it was not drawn."""
        files = [f"{stem}.{kind}" for kind in ("svg", "png", "pdf")]
        files = [file for file in files if (self.results / file).is_file()]
        shown = next((file for file in files if not file.endswith("pdf")), "")
        if not shown:
            return {}
        caption = caption or in_words("figures", name)
        return {
            "name": name,
            "caption": f"{title}: {caption}" if title else caption,
            "address": f"../{quote(shown)}",
            "files": [(file.rpartition(".")[2], f"../{quote(file)}") for file in files],
        }


def with_pictures(page: str, results: Path) -> str:
    """Return the page with its figures in it, the first ones, as far as its size allows.

    What is left out stays an address beside the page.
    """
    left = min(MOST_PICTURES, MOST_BYTES - len(page.encode()))

    def embedded(found: re.Match) -> str:
        nonlocal left
        data = _address(results / unquote(found[1]))
        if len(data) > left:
            return found[0]
        left -= len(data)
        return f'<img src="{data}"'

    return _IMAGE.sub(embedded, page)


def _address(path: Path) -> str:
    if path.suffix == ".svg":
        text = path.read_text(encoding="utf-8")
        return "data:image/svg+xml," + _quoted(" ".join(text.split()))
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def _quoted(text: str) -> str:
    """Return what `quote` does, a letter of the alphabet at a time instead of one of the text."""
    for letter in sorted(set(text), key=lambda letter: letter != "%"):
        quoted = quote(letter, safe=PLAIN)
        if quoted != letter:
            text = text.replace(letter, quoted)
    return text
