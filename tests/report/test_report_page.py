"""The report in a real browser: from disk, without a network, by mouse and by keyboard."""

import random
import re
from urllib.parse import unquote

import pytest
from conftest import CONFIG, OUTCOMES, STUDIES, Review
from strataforest.report.paragraphs import first_sentence, paragraphs_of

LARGEST = 5_000_000
SLOWEST = 2000  # milliseconds until the page has loaded
SOURCE = ("source_file", "source_tab", "source_row")
EVIL = "<script>alert(1)</script>"


class Opened:
    """A report opened from disk with the network off, and all it complained of."""

    def __init__(self, browser, review, **options):
        self.review = review
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto((review.folder / "results/report/index.html").as_uri())
        self.page.wait_for_load_state("load")

    def numbers(self, selector):
        """Return the full-precision values that the elements carry, in the page's order."""
        values = self.page.eval_on_selector_all(selector, "all => all.map(e => e.dataset.value)")
        return [float(value) for value in values]

    def texts(self, selector):
        return self.page.eval_on_selector_all(selector, "all => all.map(e => e.textContent)")


@pytest.fixture
def opened(chromium):
    """Return a function that opens a review's report; at the end it must not have complained."""
    reports = []

    def open_report(review, **options):
        reports.append(Opened(chromium, review, **options))
        return reports[-1]

    yield open_report
    for report in reports:
        report.context.close()
        assert report.complaints == []
        assert all(url.startswith(("file:", "data:")) for url in report.requests)


def pooled(review):
    return [row for row in review.rows("tables/pooled.csv") if row["status"] == "pooled"]


def test_the_page_holds_every_pooled_stratum_with_its_number(opened, default_review):
    report = opened(default_review)
    rows = pooled(default_review)
    assert len(rows) == 12
    for row in rows:
        name = f"{row['analysis']}-{row['stratum']}"
        (shown,) = report.numbers(f"[id='{name}'] tr.pooled button")
        assert shown == float(row["estimate"])
        heading = report.page.locator(f"[id='{name}'] h3")
        assert heading.text_content() == row["label"]
    assert report.page.title() == "Messaging interventions in diabetes, from public reports"


def test_what_was_found_is_said_in_the_words_of_the_manuscript(opened, default_review):
    report = opened(default_review)
    path = default_review.folder / "results/report/results_paragraphs.md"
    whole = dict(paragraphs_of(path.read_text(encoding="utf-8")))
    first = report.texts(".found-list li")
    assert len(first) == len(whole) - 1 == 6
    for label, text in whole.items():
        if label:
            assert any(said == f"{label}. {first_sentence(text)}" for said in first)
    (glycemic,) = report.texts("#domain-glycemic .words")
    assert glycemic == whole["Glycemic control"]


def test_the_page_is_small_and_soon_there(opened, default_review):
    path = default_review.folder / "results/report/index.html"
    assert path.stat().st_size < LARGEST
    report = opened(default_review)
    timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    assert 0 < report.page.evaluate(timing) < SLOWEST


def test_a_forest_plot_is_sorted_both_ways_and_by_keyboard(opened, default_review):
    report = opened(default_review)
    article = "#domain-glycemic"
    before = report.numbers(f"{article} tbody .effect")
    button = report.page.locator(f"{article} [data-sort='yi']")
    button.click()
    assert report.numbers(f"{article} tbody .effect") == sorted(before)
    assert before != sorted(before)
    heading = report.page.locator(f"{article} th:has([data-sort='yi'])")
    assert heading.get_attribute("aria-sort") == "ascending"
    button.focus()
    report.page.keyboard.press("Enter")
    assert report.numbers(f"{article} tbody .effect") == sorted(before, reverse=True)
    report.page.locator(f"{article} [data-sort='label']").click()
    names = report.texts(f"{article} tbody th")
    assert names == sorted(names, key=str.lower)


def test_leaving_a_study_out_shows_the_number_of_the_table(opened, default_review):
    report = opened(default_review)
    for name in ("domain_glycemic", "domain_complication"):
        article = f"#{name.replace('_', '-')}"
        (full,) = report.numbers(f"{article} tr.pooled button")
        diamond = report.page.locator(f"{article} tr.pooled .diamond")
        for row in default_review.rows(f"tables/leave_one_out/LOO_{name}.csv"):
            button = report.page.locator(
                f"{article} tbody tr[data-label='{row['omitted_study_id']}'] .leave"
            )
            button.click()
            (shown,) = report.numbers(f"{article} tr.pooled button")
            assert shown == float(row["estimate"]) != full
            assert button.locator(".long").text_content() == "Put back"
            status = report.page.locator(f"{article} .status").text_content()
            assert f"Without {row['omitted_study_id']}" in status
        assert report.texts(f"{article} .leave .long").count("Put back") == 1
        button.click()
        assert report.numbers(f"{article} tr.pooled button") == [full]
        assert set(report.texts(f"{article} .leave .long")) == {"Leave out"}
        said = report.page.locator(f"{article} .status[role='status']").text_content()
        assert said.startswith(f"{row['omitted_study_id']} is back: ")
        button.click()
        moved = diamond.get_attribute("style")
        report.page.locator(f"{article} [data-reset]").click()
        assert report.numbers(f"{article} tr.pooled button") == [full]
        assert diamond.get_attribute("style") != moved


def test_another_program_shows_the_number_of_the_table(opened, default_review):
    report = opened(default_review)
    rows = default_review.rows("tables/presets.csv")
    effects = default_review.rows("by_preset/domain/glycemic.csv")
    for preset in ("metafor", "cochrane", "stata16-metan"):
        report.page.select_option("[data-preset='domain/glycemic']", preset)
        (row,) = [
            r
            for r in rows
            if (r["analysis"], r["stratum"], r["preset"]) == ("domain", "glycemic", preset)
        ]
        assert report.numbers("#domain-glycemic tr.pooled button") == [float(row["estimate"])]
        wanted = {float(e["yi"]) for e in effects if e["preset"] == preset}
        assert set(report.numbers("#domain-glycemic tbody .effect")) == wanted
        assert report.page.locator("#domain-glycemic .leave").first.is_disabled()


def test_ten_random_numbers_lead_to_their_formula_and_cells(opened, default_review):
    report = opened(default_review)
    effects = {row["effect_id"]: row for row in default_review.rows("effects/effects.csv")}
    records = default_review.rows("harmonized/records.csv")
    buttons = report.page.locator("tbody .effect")
    chosen = random.Random(20261123).sample(range(buttons.count()), 10)
    for i in chosen:
        button = buttons.nth(i)
        effect = effects[button.get_attribute("data-effect")]
        button.click()
        text = report.page.locator("#trace-body").inner_text()
        assert float(button.get_attribute("data-value")) == float(effect["yi"])
        assert f"formula: {effect['formula']}" in text
        assert f"cells of {effect['source_file']}" in text
        (record,) = [r for r in records if all(r[name] == effect[name] for name in SOURCE)]
        addresses = dict(pair.split("=") for pair in record["source_cells"].split(";"))
        shown = re.findall(r"\b([A-Z]+\d+): (\w+) = (\S+)", text)
        shown = [cell for cell in shown if addresses.get(cell[1]) == cell[0]]
        assert len(shown) >= 3
        assert all(record[column] == value for _, column, value in shown)
        assert "yi and vi are those of effects.csv" in text
        assert report.page.locator("#trace-body a[href^='http']").count() > 0
        report.page.keyboard.press("Escape")
        assert not report.page.locator("#trace").is_visible()


def test_a_pooled_number_leads_to_its_arithmetic_and_its_effects(opened, default_review):
    report = opened(default_review)
    report.page.locator("#domain-knowledge tr.pooled button").click()
    text = report.page.locator("#trace-body").inner_text()
    assert "estimate = sum_wy/sum_w" in text
    (row,) = [r for r in pooled(default_review) if r["stratum"] == "knowledge"]
    folded = report.page.locator("#trace-body > ul > li")
    assert folded.count() == 1 + int(row["k"])


def test_every_link_leads_somewhere(opened, default_review):
    report = opened(default_review)
    hrefs = report.page.eval_on_selector_all(
        "a[href]", "all => all.map(a => a.getAttribute('href'))"
    )
    assert len(hrefs) > 100
    ids = set(report.page.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    folder = default_review.folder / "results/report"
    for href in hrefs:
        if href.startswith("#"):
            assert href[1:] in ids, href
        else:
            assert (folder / unquote(href)).is_file(), href


ROW = "#domain-glycemic tbody tr[data-index]"


def test_what_stands_behind_a_study_is_said_by_mouse_and_by_keyboard(opened, default_review):
    report = opened(default_review, viewport={"width": 1280, "height": 900})
    tip, row = report.page.locator("#tip"), report.page.locator(ROW).nth(2)
    effects = {row["effect_id"]: row for row in default_review.rows("effects/effects.csv")}
    effect = effects[row.locator(".effect").get_attribute("data-effect")]
    assert not tip.is_visible()
    row.locator(".plotted").hover()
    text = tip.inner_text()
    assert row.get_attribute("data-label") in text
    assert row.locator(".effect").text_content() in text
    assert f"weight {row.locator('.weight').text_content()}" in text
    assert f"n = {effect['n_treat']} intervention, {effect['n_control']} control" in text
    assert effect["source_cells"].replace(";", ", ") in text
    # It can be pointed at itself, and Escape sends it away.
    tip.hover()
    report.page.wait_for_timeout(400)
    assert tip.is_visible()
    box = tip.bounding_box()
    middle = {"x": round(box["x"] + box["width"] / 2), "y": round(box["y"] + box["height"] / 2)}
    report.page.mouse.move(**middle)
    report.page.keyboard.press("Escape")
    assert not tip.is_visible()
    # A browser may tell a resting pointer, late, of what has come to lie under it: no tip for that.
    below = report.page.locator(ROW).nth(3).locator(".plotted")
    at = {"clientX": middle["x"], "clientY": middle["y"]}
    over = {"pointerType": "mouse", "bubbles": True, **at}
    below.dispatch_event("pointerover", over)
    assert not tip.is_visible()
    below.dispatch_event("pointerover", {**over, "clientX": middle["x"] + 9})
    assert tip.is_visible()
    report.page.mouse.move(0, 0)
    report.page.locator(ROW).nth(1).locator(".leave").focus()
    report.page.keyboard.press("Tab")
    number = row.locator(".effect")
    assert tip.is_visible()
    assert number.get_attribute("aria-describedby") == "tip"
    assert tip.inner_text() == text
    report.page.keyboard.press("Tab")
    assert not tip.is_visible()
    assert number.get_attribute("aria-describedby") is None


def test_what_stands_behind_a_study_is_said_at_a_tap(opened, default_review):
    phone = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    report = opened(default_review, **phone)
    tip = report.page.locator("#tip")
    report.page.locator(ROW).last.locator(".plotted").tap()
    assert report.page.locator(ROW).last.get_attribute("data-label") in tip.inner_text()
    box = tip.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    report.page.locator("#domain-glycemic h3").tap()
    assert not tip.is_visible()
    # Everything a row offers is in sight, without scrolling to the side.
    out = report.page.locator(ROW).first.locator(".leave").bounding_box()
    assert out["x"] + out["width"] <= 390


def test_each_study_shows_its_judgements_of_risk_of_bias(opened, default_review):
    report = opened(default_review)
    judged = {r["study_id"]: r for r in default_review.rows("covariates/risk_of_bias.csv")}
    signs = {"low": "+", "some concerns": "!", "high": "\u2212", "": ""}
    columns = ("D1", "D2", "D3", "D4", "D5", "overall")
    rows = report.page.locator(ROW)
    for i in range(rows.count()):
        trial = judged[rows.nth(i).get_attribute("data-label")]
        assert rows.nth(i).locator(".disc").all_text_contents() == [
            signs[trial[c]] for c in columns
        ]
        words = rows.nth(i).locator(".risk .hidden").text_content()
        for column in columns[:5]:
            assert re.search(rf"{trial[column]}( risk)? [D0-9, ]*{column}", words)
    key = report.page.locator("#domain-glycemic .risk-key").text_content()
    assert "low risk" in key and "D1: randomisation process" in key


def test_a_review_of_nothing_pooled_says_so(opened, tmp_path):
    first = "\n".join(STUDIES.splitlines()[:2]) + "\n"
    rows = "\n".join(OUTCOMES.splitlines()[:2]) + "\n"
    review = Review(tmp_path / "one", CONFIG, [("studies", first), ("outcomes", rows)])
    review.built()
    report = opened(review)
    lead = report.page.locator(".lead").text_content()
    assert lead.startswith("1 trial gives 1 effect; 0 strata are pooled")
    missing = report.page.locator("#analysis-domain .missing")
    assert "k = 1 is below the minimum of 3" in missing.text_content()


def test_the_methods_name_model_preset_and_versions(opened, default_review):
    report = opened(default_review)
    text = report.page.locator("#methods").text_content()
    parts = ("likelihood (REML)", "95% confidence intervals by the normal", "preset stata16")
    for part in (*parts, "strataforest 0.", "NumPy "):
        assert part in text


def test_choices_and_exclusions_are_searched(opened, default_review):
    report = opened(default_review)
    decisions = default_review.rows("effects/decisions.csv")
    report.page.fill("#decisions-search", "Shao2018 glycemic")
    shown = [row for row in report.page.locator("#decisions tbody tr").all() if row.is_visible()]
    wanted = [r for r in decisions if r["study_id"] == "Shao2018" and r["domain"] == "glycemic"]
    assert len(shown) == len(wanted) > 1
    assert report.page.locator("#decisions-found").text_content().startswith(f"{len(wanted)} of")
    exclusions = default_review.rows("effects/exclusions.csv")
    assert report.page.locator("#exclusions tbody tr").count() == len(exclusions)


@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}},
        {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
        {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
    ],
    ids=["light", "dark", "phone"],
)
def test_nobody_is_shut_out(opened, default_review, options):
    from axe_playwright_python.sync_playwright import Axe

    # The checker is a script of its own, which the page's policy would not let in.
    report = opened(default_review, bypass_csp=True, **options)
    report.page.locator("#domain-glycemic .leave").first.click()
    for fold in report.page.locator("details.paper").all():
        fold.evaluate("fold => { fold.open = true; }")
    report.page.locator(f"{ROW} .plotted").first.click()
    assert report.page.locator("#tip").is_visible()
    found = Axe().run(report.page).response
    bad = [v for v in found["violations"] if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], v["nodes"][0]["html"]) for v in bad] == []
    assert len(found["passes"]) > 20
    width = report.page.evaluate("document.documentElement.scrollWidth")
    assert width <= options["viewport"]["width"]


def test_what_a_sheet_holds_stays_text(opened, tmp_path):
    names = {"Ash2019": EVIL, "Birch2020": '"><img src=x onerror=alert(2)>'}
    sheets = []
    for name, text in (("studies", STUDIES), ("outcomes", OUTCOMES)):
        for old, new in names.items():
            text = text.replace(old, '"' + new.replace('"', '""') + '"')
        sheets.append((name, text.replace("second choice", "</script><script>alert(3)</script>")))
    review = Review(tmp_path / "evil", CONFIG | {"review": {"title": EVIL}}, sheets)
    review.built()
    report = opened(review)
    assert report.page.title() == EVIL
    assert report.page.locator("h1").text_content() == EVIL
    labels = report.texts("#domain-glycemic tbody th")
    assert set(names.values()) <= set(labels)
    report.page.locator("#domain-glycemic tbody .effect").first.click()
    assert report.page.locator("script").count() == 2
    assert report.page.locator("img[src='x']").count() == 0


def test_the_page_numbers_are_those_of_the_figures(default_review):
    """The same estimate with the same digits: the forest plot's own text, and the page's."""
    results = default_review.folder / "results"
    page = (results / "report/index.html").read_text(encoding="utf-8")
    for row in pooled(default_review):
        drawing = (results / f"figures/{row['analysis']}/{row['stratum']}/forest.svg").read_text(
            encoding="utf-8"
        )
        article = re.search(
            rf'<article id="{row["analysis"]}-{row["stratum"]}".*?</article>', page, re.DOTALL
        ).group()
        text = re.search(r'<tr class="pooled">.*?<button[^>]*>([^<]+)<', article, re.DOTALL)
        estimate, low, high = re.match(r"(\S+) \[(\S+),\s(\S+)\]", text.group(1)).groups()
        drawn = re.findall(r">([^<>]+)</text>", drawing)
        assert {estimate, f"[{low},", f"{high}]"} <= set(drawn), row["stratum"]


FAR = """\
study_id,domain,indicator,higher_is_better,n_treat,n_control,smd,smd_se,log_ratio,log_ratio_se,events_treat,events_control
"""
FAR += "".join(f"S{i},pain,vas,yes,50,50,{0.1 * i:.1f},0.2,,,,\n" for i in range(1, 8))
FAR += "Far,pain,vas,yes,20,20,7.9,0.9,,,,\n"
FAR += "".join(f"S{i},mood,scale,yes,50,50,{e},0.05,,,,\n" for i, e in ((1, -1), (2, 0.2), (3, 1)))
FAR += "".join(f"S{i},relapse,relapse,no,100,100,,,{-0.1 * i:.1f},0.3,,\n" for i in range(1, 4))
FAR += "S1,death,death,no,50,50,,,,,3,5\nS2,death,cure,yes,50,50,,,,,9,5\n"
FAR += "S3,death,death,no,50,50,,,,,2,5\n"


@pytest.fixture(scope="module")
def far_review(tmp_path_factory):
    """A review with an effect far from the rest, printed ratios, and ratios not to be pooled."""
    studies = "study_id\n" + "".join(f"S{i}\n" for i in range(1, 8)) + "Far\n"
    kinds = {"pain": "continuous", "mood": "continuous", "relapse": "binary", "death": "binary"}
    domains = {name: {"label": name.capitalize(), "type": kind} for name, kind in kinds.items()}
    config = {name: CONFIG[name] for name in ("review", "sheets", "figures", "meta_regression")}
    config |= {"domains": domains, "strata": {"domain": {"by": ["domain"]}}}
    sheets = [("studies", studies), ("outcomes", FAR)]
    review = Review(tmp_path_factory.mktemp("far"), config, sheets)
    review.built()
    return review


def test_what_lies_beyond_an_axis_is_an_arrowhead_and_no_point(opened, far_review):
    report = opened(far_review)
    row = report.page.locator("#domain-pain tr[data-label='Far']")
    assert not row.locator(".square").is_visible()
    assert "cut-high" in row.locator(".ci").get_attribute("class")
    near = report.page.locator("#domain-pain tr[data-label='S1']")
    assert near.locator(".square").is_visible()
    # The same after another program's formulas were shown and put back.
    report.page.select_option("[data-preset='domain/pain']", "metafor")
    assert not row.locator(".square").is_visible() and near.locator(".square").is_visible()
    prediction = report.page.locator("#domain-mood .pooled .pi")
    assert {"cut-low", "cut-high"} <= set(prediction.get_attribute("class").split())


def test_people_are_not_called_events(opened, far_review):
    report = opened(far_review)
    assert "Intervention" in report.texts("#domain-relapse-forest thead th")
    assert not any("Events" in text for text in report.texts("#domain-relapse-forest thead th"))


def test_what_is_not_pooled_for_another_reason_is_not_said_to_be_few(opened, far_review):
    report = opened(far_review)
    (lead,) = report.texts(".lead")
    assert lead.endswith("3 strata are pooled, 1 is not and is listed with the reason.")


def test_a_printed_forest_plot_has_its_pooled_row_once(opened, far_review):
    report = opened(far_review)
    report.page.emulate_media(media="print")
    foot = "getComputedStyle(document.querySelector('#domain-pain-forest tfoot')).display"
    assert report.page.evaluate(foot) == "table-row-group"


def test_what_changed_is_printed_whole(opened, far_review):
    report = opened(far_review)
    report.page.emulate_media(media="print")
    block = report.page.locator("#changes pre")
    block.evaluate("pre => { pre.textContent = 'was  it fails in '.repeat(40); }")
    assert block.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
