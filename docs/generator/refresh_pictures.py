"""The pictures of the README and the site: figures and the report of the default review.

usage: python docs/generator/refresh_pictures.py results

They are committed, and the tests compare them with what a run makes; this brings them up to date.
"""

import shutil
import sys
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

FOLDER = Path(__file__).parents[1] / "pictures"
FIGURES = {
    "forest.svg": "figures/domain/glycemic/forest.svg",
    "presets.svg": "figures/domain/glycemic/presets.svg",
}
REPORT = FOLDER / "report.png"
VIEW = {"width": 1100, "height": 740}
# What the picture of the report says, kept in it so that it can be compared.
SAID = "Description"


def first_view(browser, results):
    """Open the report as a reader does; return the open page and its text as far as it shows."""
    page = browser.new_page(viewport=VIEW)
    page.goto((Path(results).resolve() / "report" / "index.html").as_uri())
    shown = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, p, li")]
            .filter(e => e.getBoundingClientRect().top < innerHeight)
            .map(e => e.textContent.trim().replace(/\\s+/g, " ")).join("\\n")"""
    )
    return page, shown


def main(results):
    """Copy the figures and photograph the report."""
    from playwright.sync_api import sync_playwright

    for name, path in FIGURES.items():
        shutil.copyfile(Path(results) / path, FOLDER / name)
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page, shown = first_view(browser, results)
        page.screenshot(path=REPORT)
        browser.close()
    said = PngInfo()
    said.add_itxt(SAID, shown)
    with Image.open(REPORT) as picture:
        picture.convert("RGB").quantize(64).save(REPORT, pnginfo=said, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
