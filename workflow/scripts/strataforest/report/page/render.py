"""From the content to one page of HTML that needs nothing beside itself."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from strataforest.sheets.identity import plain_key

ASSETS = Path(__file__).parent
# Inside a script element nothing may look like the end of it, whatever a sheet holds.
HARMLESS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def page(content: Mapping) -> str:
    """Return the page; every text of the content is escaped where it stands.

    Style and script are this package's own files, put into the page as they are.
    """
    template = page_template()
    data = {
        "traces": content["traces"],
        "forests": {
            stratum["name"]: stratum["forest"]
            for section in content["sections"]
            for stratum in section["strata"]
        },
    }
    return template.render(
        content,
        style=asset("style.css"),
        script=asset("page.js"),
        data=embedded(data),
    )


def embedded(data: object) -> str:
    """Return `data` as JSON that may stand in a script element. Raises ValueError for NaN."""
    text = json.dumps(
        data, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )
    return text.translate(HARMLESS)


def page_template() -> Template:
    """Return the template of the page; the first call takes as long as filling it."""
    return template_of(asset("page.html.j2"))


@cache
def template_of(text: str) -> Template:
    """Return a template that escapes what it prints and raises for what it is not given."""
    # Not a loader: an imported workflow's files lie where Snakemake has put them.
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain_key"] = plain_key
    return environment.from_string(text)


def asset(name: str, folder: Path = ASSETS) -> str:
    """Return one of this package's own files: the style, the script, the template.

    It ends with one line end, which a file lacks that Snakemake fetched from a git host: the page
    is the same wherever the workflow came from.
    """
    return (folder / name).read_text(encoding="utf-8").rstrip("\n") + "\n"
