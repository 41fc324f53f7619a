"""READMEs as parts of pages: `<!-- include: config/README.md#Claims -->`, links made to fit.

Without `#heading` the whole file is taken, and the page is that README's home: links to the README,
from wherever, lead there. A heading takes its section, without the heading itself.
"""

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIRECTIVE = re.compile(r"^<!-- include: ([^#>]+?)(?:#(.+?))? -->$", re.MULTILINE)
HEADING = re.compile(r"^(#{1,6}) (.+)$")
LINK = re.compile(r"(\]\()([^)#\s]*)(#[^)\s]*)?(\))")
# The README's sections stand on several pages.
HOMES = {"README.md": "index.md"}


def homes():
    """Return the page of each README that a page includes as a whole."""
    found = dict(HOMES)
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for path, heading in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            if not heading:
                found[path] = page.relative_to(ROOT / "docs").as_posix()
    return found


def expanded(markdown, page):
    """Return a page's text with what it includes; `page` is its address below docs/."""
    return DIRECTIVE.sub(lambda found: _included(found, markdown, page), markdown)


def _included(found, markdown, page):
    path, heading = found.groups()
    text = (ROOT / path).read_text(encoding="utf-8")
    level = 0
    for line in prose(markdown[: found.start()]):
        level = len(match[1]) if (match := HEADING.match(line)) else level
    if heading:
        text = section(text, heading, level)
    elif level:
        text = below(text, level)
    return relinked(text, posixpath.dirname(path), page)


def section(text, heading, level):
    """Return the text below a heading up to the next of its level or above, fitted below `level`.

    Raises ValueError where there is no such heading, so that a renamed one breaks the build.
    """
    lines, own, inside = [], 0, False
    for line, fenced in _lines(text):
        match = None if fenced else HEADING.match(line)
        # The title's own text ends where the first section begins.
        if match and inside and (len(match[1]) <= own or own == 1):
            break
        if match and inside:
            line = "#" * (len(match[1]) - own + level) + f" {match[2]}"
        if inside:
            lines.append(line)
        if match and match[2] == heading:
            inside, own = True, len(match[1])
    if not inside:
        raise ValueError(f"no heading '{heading}' to include")
    return "\n".join(lines).strip("\n")


def below(text, level):
    """Return a whole README without its title, its headings fitted below `level`."""
    lines = [
        "#" * (level - 1) + line if not fenced and HEADING.match(line) else line
        for line, fenced in _lines(text)
    ]
    return "\n".join(lines[1:]).strip("\n")


def _lines(text):
    fenced = False
    for line in text.splitlines():
        edge = line.startswith("```")
        yield line, fenced or edge
        fenced ^= edge


def prose(text):
    """Return the lines of a text that are in no fenced block."""
    return [line for line, fenced in _lines(text) if not fenced]


def relinked(text, folder, page):
    """Return a README's text with its links as seen from a page.

    Raises ValueError where a link leads to a file that is no page of the site.
    """
    known = homes()

    def link(match):
        opening, target, anchor, closing = match.groups()
        if not target or ":" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, target))
        if (ROOT / path).is_dir():
            path = f"{path}/README.md"
        address = path.removeprefix("docs/") if path.startswith("docs/") else known.get(path)
        if not address:
            raise ValueError(f"'{path}' is linked to and is no page: name it only")
        relative = posixpath.relpath(address, posixpath.dirname(page) or ".")
        return f"{opening}{relative}{anchor or ''}{closing}"

    return "\n".join(line if fenced else LINK.sub(link, line) for line, fenced in _lines(text))
