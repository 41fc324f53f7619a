"""From the content to one page of HTML that needs nothing beside itself, and runs no script."""

from collections.abc import Mapping
from pathlib import Path

from strataforest.report.page.render import asset, template_of

ASSETS = Path(__file__).parent


def audit_page(content: Mapping) -> str:
    """Return the page; every text of the content is escaped where it stands."""
    template = template_of((ASSETS / "audit.html.j2").read_text(encoding="utf-8"))
    style = asset("style.css") + asset("audit.css", ASSETS)
    return template.render(content, style=style)
