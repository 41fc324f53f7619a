"""The page of the audit: what it says, that nothing in it runs, and that everybody can read it."""

import re

import pytest
from audit_page_examples import EVIL, MANY, NONE, SIX, finding
from strataforest.report.audit.content import CARDS, audit_content, in_one_line
from strataforest.report.audit.render import audit_page

AUDITED = [("published.csv", 45), ("tables/table2_platform_by_domain.csv", 36)]
SIZES = {
    "light": {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}


def written(findings, title="A review", audited=AUDITED):
    return audit_page(audit_content(title, findings, audited))


@pytest.fixture
def opened(chromium, tmp_path):
    """Return a function that opens a page from disk, offline; it must not have complained."""
    pages, complaints = [], []

    def open_page(findings, **options):
        place = tmp_path / "audit.html"
        place.write_text(written(findings), encoding="utf-8")
        page = chromium.new_context(offline=True, **options).new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: pages.append(request.url))
        page.goto(place.as_uri())
        return page

    yield open_page
    assert complaints == []
    assert pages
    assert all(url.startswith(("file:", "data:")) for url in pages)


def test_the_first_screen_says_what_was_audited_and_the_counts(opened):
    page = opened(SIX)
    lead = page.locator(".lead").first.text_content()
    assert "81 rows" in lead
    counts = [" ".join(text.split()) for text in page.locator(".counts li").all_text_contents()]
    assert counts == [
        "3contradictions",
        "2questions",
        "1difference",
        "33checks held",
        "5could not be checked",
    ]
    last = page.locator(".counts li").last.bounding_box()
    assert last["y"] + last["height"] < 720
    assert "published.csv: 45 rows" in page.locator("#audited").text_content()


def test_each_open_finding_is_a_card_with_all_its_parts(opened):
    page = opened(SIX)
    cards = page.locator("article.card")
    assert cards.count() == sum(row["severity"] in CARDS for row in SIX)
    text = " ".join(cards.first.inner_text().split())
    row = SIX[0]
    for part in ("about", "printed", "expected", "reasoning", "question", "source"):
        assert row[part] in text
    assert "published.csv, row 2" in text
    # Worst first, as the table has them.
    headings = page.locator("main h2").all_text_contents()
    assert headings[:3] == ["Cannot be as printed", "Worth a question", "Not what our data give"]
    assert page.locator("#consistent tbody tr").count() == 33
    assert page.locator("#not-checked tbody tr").first.inner_text().count("No k is printed.") == 1


def test_a_count_leads_to_its_findings_by_keyboard(opened):
    page = opened(SIX)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#contradiction")


def test_nothing_open_is_said_so(opened):
    page = opened(NONE)
    assert page.locator("article.card").count() == 0
    assert "Everything that could be checked holds." in page.locator("main").text_content()


def test_an_audit_of_nothing_is_a_page(opened):
    assert opened([]).locator("h1").text_content() == "Audit of printed numbers"


def test_many_findings_come_with_a_list_that_leads_to_each(opened):
    page = opened(MANY)
    assert page.locator("article.card").count() == 300
    page.locator(".glance summary").click()
    links = page.locator(".glance a")
    assert links.count() == 300
    links.nth(250).click()
    assert page.locator("article.card").nth(250).is_visible()
    assert page.url.split("#")[1] == page.locator("article.card").nth(250).get_attribute("id")
    assert opened(SIX).locator(".glance").count() == 0


@pytest.mark.parametrize("options", SIZES.values(), ids=list(SIZES))
@pytest.mark.parametrize("findings", [SIX, NONE, MANY[::30]], ids=["six", "none", "many"])
def test_nobody_is_shut_out(opened, findings, options):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(findings, bypass_csp=True, **options)
    found = Axe().run(page).response
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    assert len(found["passes"]) > 15
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= options["viewport"]["width"]


def test_what_a_sheet_holds_stays_text(opened):
    page = opened(SIX)
    assert page.locator("script").count() == 0
    card = page.locator("article.card").nth(2)
    assert card.locator("h3").text_content() == EVIL
    assert card.inner_text().count(EVIL) == 7
    text = written(SIX, title=EVIL, audited=[(EVIL, 1)])
    assert EVIL not in text
    assert "default-src 'none'" in text
    assert "script-src" not in text


def test_the_page_and_the_line_are_those_of_the_table():
    assert written(SIX) == written(list(SIX))
    line = in_one_line(SIX, "results/audit/audit.html")
    assert line == (
        "Audit: 3 contradictions, 2 questions, 1 difference; 33 checks held. "
        "See results/audit/audit.html"
    )
    one = in_one_line([finding("contradiction"), finding("consistent")], "x")
    assert one == "Audit: 1 contradiction, 0 questions, 0 differences; 1 check held. See x"


def test_long_texts_are_cut_on_the_page_alone():
    text = written([finding("question", reasoning="word " * 500)])
    assert len(re.search(r'<p class="why">(.*?)</p>', text).group(1)) <= 400


def test_names_are_those_that_readers_know():
    text = written([finding("question", about="Glycemic control, WeChat")])
    assert "Glycemic control, WeChat" in text
    assert "Estimate in the middle of its interval" in text
    assert "A new check" in written([finding("question", check="a_new_check")])


def test_a_difference_shows_ours_and_our_own_tables_their_address_once():
    row = finding(
        "difference", expected="ours: SMD 0.35", source="t.csv", source_file="tables/t.csv"
    )
    text = written([row], audited=[])
    assert '<dt>Our data give</dt><dd class="figures">SMD 0.35</dd>' in text
    assert '<p class="where">tables/t.csv, row 2 (cells F2, G2)</p>' in text
