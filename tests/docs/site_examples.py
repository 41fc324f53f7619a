"""The documentation site, built once: its folder, and a reader of its pages."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from conftest import ROOT

DOCS = ROOT / "docs"
# Whoever asks the network is refused; the theme's own news are none of the build's.
OFFLINE = {"NO_MKDOCS_2_WARNING": "1"} | {
    f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")
}


def build(folder: Path) -> subprocess.CompletedProcess:
    """Build the site into a folder as `mkdocs build --strict` does."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    return subprocess.run(
        [*command, "--config-file", str(ROOT / "mkdocs.yml")],
        capture_output=True,
        text=True,
        env=os.environ | OFFLINE,
        timeout=120,
        check=False,
    )


@dataclass
class Page:
    """What one page of HTML holds: its names, its links, what it loads, and its text."""

    names: set = field(default_factory=set)
    links: list = field(default_factory=list)
    loaded: list = field(default_factory=list)
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.page, self.quiet = Page(), 0

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.page.names |= {values[name] for name in ("id", "name") if values.get(name)}
        self.quiet += tag in QUIET
        if tag == "a" and values.get("href"):
            self.page.links.append(values["href"])
        elif (tag == "link" and values.get("href")) or values.get("src"):
            self.page.loaded.append(values.get("src") or values["href"])

    def handle_endtag(self, tag):
        self.quiet -= tag in QUIET

    def handle_data(self, data):
        self.page.text += "" if self.quiet else data


QUIET = ("script", "style", "code", "pre")


def read(path: Path) -> Page:
    """Return what a page of HTML holds, the text without code."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page
