"""The site as it is built: no warning, no dead link, nothing fetched, everything to be found."""

import ast
import functools
import http.server
import json
import re
import sys
import threading
from html import unescape
from urllib.parse import unquote, urldefrag, urljoin

import pytest
import yaml
from conftest import ROOT
from PIL import Image
from site_examples import DOCS, build, read
from strataforest.sheets.columns import VOCABULARY

sys.path.insert(0, str(DOCS / "generator"))
import formulas
import includes
import keys
import refresh_pictures


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"^WARNING", done.stderr, flags=re.MULTILINE), done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    found = {path.relative_to(site).as_posix(): read(path) for path in site.rglob("*.html")}
    assert len(found) > 40
    return found


@pytest.fixture(scope="module")
def index(site):
    docs = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))["docs"]
    return {doc["location"]: unescape(f"{doc['title']} {doc['text']}") for doc in docs}


def config_keys():
    return keys.keys(yaml.safe_load(keys.SCHEMA.read_text(encoding="utf-8")))


def test_every_link_leads_somewhere(site, pages):
    checked = 0
    for name, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(urljoin(name, unquote(link)))
            if ":" in target or name == "404.html":
                continue
            checked += 1
            assert (site / target).is_file(), f"{name}: {link}"
            if anchor:
                assert anchor in pages[target].names, f"{name}: {link}"
    assert checked > 1000


def test_nothing_is_fetched_from_elsewhere(site, pages):
    for name, page in pages.items():
        for source in page.loaded:
            assert not re.match(r"(https?:)?//", source), f"{name}: {source}"
            if name != "404.html":
                assert (site / urldefrag(urljoin(name, source))[0]).is_file(), f"{name}: {source}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", sheet.read_text(encoding="utf-8"))


def test_no_markdown_is_left_over(pages):
    for name, page in pages.items():
        assert not re.search(r"```|\|\s*---|<!-- include|\]\(|\*\*\w", page.text), name


def test_every_readme_stands_in_the_site_with_all_its_text(pages):
    for readme, page in includes.homes().items():
        if readme == "README.md":
            continue
        text = pages[page.replace(".md", ".html")].text
        for line in includes.prose((ROOT / readme).read_text(encoding="utf-8")):
            if (heading := includes.HEADING.match(line)) and len(heading[1]) > 1:
                words = heading[2].replace("`", "")
                assert re.sub(r"[\w.]+_\w+/?", "", words).strip(": ") in text, (readme, words)


def test_no_page_holds_a_copy_of_a_readmes_prose():
    lines = set()
    for readme in (*includes.homes(), "README.md"):
        lines |= set(includes.prose((ROOT / readme).read_text(encoding="utf-8")))
    for page in DOCS.rglob("*.md"):
        own = includes.prose(page.read_text(encoding="utf-8"))
        copied = [line for line in own if len(line) > 60 and line in lines]
        assert copied == [], page.name


def test_every_key_is_described_with_its_choices_and_default(index):
    for key, node in config_keys().items():
        section = index[f"reference/keys.html#{anchor(key)}"]
        for choice in node.get("enum", ()):
            assert f"<code>{keys.flow(choice)}</code>" in section, key
        if "default" in node and node["default"] not in ({}, ""):
            assert keys.flow(node["default"]) in section, key


def anchor(key):
    return re.sub(r"[^\w]", "", key)


def test_every_column_has_a_row_of_its_own(pages, index):
    for sheet, columns in VOCABULARY.items():
        for column in columns:
            assert f"{sheet}-{column.name}" in pages["reference/columns.html"].names
            assert f"<code>{column.name}</code>" in index[f"reference/columns.html#{sheet}"]


def test_every_public_function_of_the_statistics_has_a_section(index):
    sections = " ".join(text for place, text in index.items() if "formulas/" in place)
    count = 0
    for _, rooms in formulas.PAGES.values():
        for file in (file for room in rooms for file in formulas.modules(room)):
            for node in formulas.public(ast.parse(file.read_text(encoding="utf-8"))):
                count += 1
                assert f"<code>{node.name}</code>" in sections
                said = ast.get_docstring(node).split()[0]
                assert said in sections, node.name
    assert count > 90


def test_every_statistics_room_has_a_page():
    from test_structure import STATISTICS

    told = {room.split("/")[0] for _, rooms in formulas.PAGES.values() for room in rooms}
    # `strata` and `fits` put together what the others compute.
    assert set(STATISTICS) - {"strata", "fits"} <= told


# In a real browser.


@pytest.fixture(scope="module")
def served(site):
    """Serve the site on a port of this machine, without a word."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# The site's own search, asked as its search box does: the pages found, best first.
SEARCH = """async (queries) => {
  const config = JSON.parse(document.getElementById("__config").textContent)
  const index = await (await fetch("search/search_index.json")).json()
  const worker = new Worker(config.search)
  const ask = (type, data) => new Promise(done => {
    worker.onmessage = answer => done(answer.data.data)
    worker.postMessage({type, data})
  })
  await ask(0, {...index, options: {suggest: false}})
  const found = {}
  for (const query of queries) {
    const {items} = await ask(2, query)
    found[query] = items.map(item => item.map(section => section.location))
  }
  return found
}"""


def test_a_search_for_any_key_or_column_finds_its_page(chromium, served):
    wanted = {}
    for key in config_keys():
        place = f"reference/keys.html#{anchor(key)}"
        wanted[key.replace(".*", "")] = {place}
        wanted.setdefault(key.rpartition(".")[2], set()).add(place)
    for sheet, columns in VOCABULARY.items():
        for column in columns:
            wanted.setdefault(column.name, set()).add(f"reference/columns.html#{sheet}")
    page = chromium.new_page()
    page.goto(f"{served}/index.html")
    found = page.evaluate(SEARCH, sorted(wanted))
    page.close()
    assert len(found) == len(wanted) > 200
    for query, places in wanted.items():
        sections = {place for item in found[query] for place in item}
        assert places <= sections, f"{query}: {places - sections}"


def test_the_search_box_shows_the_page(chromium, served):
    page = chromium.new_page()
    page.goto(f"{served}/index.html?q=change_correlation_sensitivity")
    page.wait_for_selector(".md-search-result__link[href*='reference/keys.html']", timeout=30_000)
    page.close()


@pytest.mark.parametrize(
    "address",
    (
        *("index", "tutorial", "when-a-run-stops", "how-to/claims", "numbers/index"),
        *("explanation/presets-differ", "reference/keys", "reference/columns"),
        *("reference/results", "reference/formulas/pooling", "reference/profiles"),
    ),
)
def test_a_page_fits_a_phone(chromium, served, address):
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(f"{served}/{address}.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert failed == []
    page.close()


def test_the_pictures_are_what_a_run_of_the_default_review_makes(default_review, chromium):
    results = default_review.folder / "results"
    for name, path in refresh_pictures.FIGURES.items():
        committed = (refresh_pictures.FOLDER / name).read_bytes()
        assert committed == (results / path).read_bytes(), f"{name}: {refresh_pictures.__doc__}"
    page, shown = refresh_pictures.first_view(chromium, results)
    page.close()
    with Image.open(refresh_pictures.REPORT) as picture:
        assert picture.text[refresh_pictures.SAID] == shown, refresh_pictures.__doc__
    names = {path.name for path in refresh_pictures.FOLDER.iterdir()}
    assert names == {*refresh_pictures.FIGURES, refresh_pictures.REPORT.name}
