"""Every number of the report's page is that of the full-precision csv or json behind it."""

import re

import pytest
from printed import (
    TableCells,
    coefficient,
    csv_rows,
    effect,
    i2,
    number,
    p_cell,
    p_words,
    page_forests,
    people,
    prediction,
    tau2,
    two_decimals,
    value,
)
from strataforest.formatting import percent
from strataforest.report.paragraphs import paragraphs_of

STUDY = ("yi", "ci_low", "ci_high")


@pytest.fixture(scope="module")
def page(default_review):
    return (default_review.folder / "results/report/index.html").read_text(encoding="utf-8")


def strata(review):
    return [row for row in review.rows("tables/pooled.csv") if row["status"] == "pooled"]


def of(review, name, stratum):
    keys = ("analysis", "stratum")
    return [row for row in review.rows(name) if all(row[k] == stratum[k] for k in keys)]


def bracketed(texts):
    estimate, low, high = texts
    return f"{estimate} [{low},\u00a0{high}]"


def article(page, stratum):
    name = f"{stratum['analysis']}-{stratum['stratum']}"
    return re.search(rf'<article id="{name}".*?</article>', page, re.DOTALL).group()


def test_a_forest_plot_holds_the_numbers_of_every_preset_and_omission(default_review, page):
    forests, compared = page_forests(page), 0
    for stratum in strata(default_review):
        name, measure = f"{stratum['analysis']}/{stratum['stratum']}", stratum["measure"]
        shown = forests[name]
        presets = {row["preset"]: row for row in of(default_review, "tables/presets.csv", stratum)}
        assert shown["pooled"].keys() == presets.keys()
        for preset, row in presets.items():
            found = shown["pooled"][preset]
            wanted = (bracketed(effect(row)), p_words(row), tau2(row), i2(row), prediction(row))
            assert tuple(found[n] for n in ("text", "p", "tau2", "i2", "prediction")) == wanted
            assert float(found["value"]) == float(row["estimate"])
            compared += 9
        omitted = default_review.rows(f"tables/leave_one_out/LOO_{name.replace('/', '_')}.csv")
        for study, row in zip(shown["rows"], omitted, strict=True):
            found = study["without"]
            wanted = (bracketed(effect(row, measure=measure)), p_words(row), tau2(row), i2(row))
            assert tuple(found[n] for n in ("text", "p", "tau2", "i2")) == wanted
            compared += 6
        own = {row["effect_id"]: row for row in default_review.rows("effects/effects.csv")}
        by_preset = {
            (row["preset"], row["effect_id"]): row
            for row in default_review.rows(f"by_preset/{name}.csv")
        }
        for study in shown["rows"]:
            row = own[study["effect_id"]]
            text = effect(row, STUDY, measure)
            assert study["shown"]["configured"]["text"] == bracketed(text)
            for preset, found in study["shown"].items():
                row = by_preset.get((preset, study["effect_id"]), own[study["effect_id"]])
                assert float(found["value"]) == float(row["yi"])
                compared += 1
            compared += 3
    print(f"forest plots: {compared} numbers")
    assert compared > 1500


def test_weights_are_those_of_the_fit(default_review, page):
    forests = page_forests(page)
    for stratum in strata(default_review):
        name = f"{stratum['analysis']}/{stratum['stratum']}"
        rows = default_review.rows(f"tables/influence/{name.replace('/', '_')}.csv")
        found = [study["shown"]["configured"]["weight"] for study in forests[name]["rows"]]
        assert found == [percent(value(row, "weight"), 1) for row in rows]


def test_a_study_row_and_its_tooltip_say_the_same(default_review, page):
    effects = {row["effect_id"]: row for row in default_review.rows("effects/effects.csv")}
    for stratum in strata(default_review):
        forest = page_forests(page)[f"{stratum['analysis']}/{stratum['stratum']}"]
        table = TableCells(re.search(r"<tbody>.*?</tbody>", article(page, stratum), re.DOTALL)[0])
        for study, cells in zip(forest["rows"], table.rows, strict=True):
            shown = study["shown"]["configured"]
            assert {study["treat"], study["control"], shown["text"], shown["weight"]} <= set(cells)
            arms = f"{study['treat']} intervention, {study['control']} control"
            assert study["people"].endswith(arms)
            assert study["cells"].endswith(
                effects[study["effect_id"]]["source_cells"].replace(";", ", ")
            )


def test_a_stratum_is_introduced_by_the_numbers_of_the_pooled_table(default_review, page):
    for row in strata(default_review):
        text = re.sub(r"<[^>]*>", "", article(page, row))
        wanted = [
            f"{row['measure']} {bracketed(effect(row))}, {p_words(row)}".replace("<", "&lt;"),
            f"k = {row['k']}, {people(row)} participants; τ² = {tau2(row)}, I² = {i2(row)}",
            f"prediction interval {prediction(row)}",
        ]
        assert [part for part in wanted if part not in text] == []


def test_tests_of_small_study_effects_read_as_in_their_table(default_review, page):
    for stratum in strata(default_review):
        tests = of(default_review, "tables/small_study.csv", stratum)
        found = re.search(r"<summary>Tests for small.*?</details>", article(page, stratum), re.S)
        for row, cells in zip(tests, TableCells(found[0]).rows[1:], strict=True):
            if row["status"] == "computed":
                assert cells[1:3] == [number(row, "estimate"), p_cell(row)]
            else:
                assert cells[1:] == ["", "", "", row["reason"]]


def test_terms_of_meta_regressions_read_as_in_their_table(default_review, page):
    section = re.search(r'<section id="regressions".*?</section>', page, re.DOTALL)[0]
    rows = [row for row in TableCells(section).rows if len(row) == 4 and row[0] != "Term"]
    terms = default_review.rows("tables/meta_regression_terms.csv")
    for cells, row in zip(rows, terms, strict=True):
        b, low, high = coefficient(row)
        assert cells[1:] == [b, f"{low} to {high}", p_cell(row)]


def test_the_papers_tables_stand_in_the_page_as_in_their_csv(default_review, page):
    section = re.search(r'<section id="tables".*?</section>', page, re.DOTALL)[0]
    folder, compared = default_review.folder / "results/tables", 0
    paths = sorted(folder.glob("table[0-9]*_*.csv")) + sorted(folder.glob("table_s*.csv"))
    assert len(paths) == 7
    for path in paths:
        headings, *rows = csv_rows(path)
        grouped = headings[0] in ("Domain", "Stratum", "Model")
        shown = re.search(rf'id="{path.stem.replace("_", "-")}".*?</details>', section, re.DOTALL)
        found = [row for row in TableCells(shown[0]).rows if len(row) == len(headings) - grouped]
        assert found[-len(rows) :] == [row[grouped:] for row in rows], path.name
        compared += sum(map(len, rows))
        for kind in ("html", "csv", "docx", "tex"):
            assert f'href="../tables/{path.stem}.{kind}"' in shown[0]
    print(f"tables: {compared} cells")
    assert compared > 2000


def test_the_paragraphs_say_the_numbers_of_the_pooled_table(default_review):
    path = default_review.folder / "results/report/results_paragraphs.md"
    told = dict(paragraphs_of(path.read_text(encoding="utf-8")))
    for row in strata(default_review):
        if row["analysis"] != "domain":
            continue
        estimate, low, high = effect(row)
        wanted = [
            f"{people(row)} participants",
            f"{row['measure']} {estimate}, 95% CI {low} to {high}, {p_words(row)}",
            f"τ² = {tau2(row)}; I² = {i2(row)}; Q({int(float(row['q_df']))}) = ",
            f"= {two_decimals(row, 'q')}, {p_words(row, 'q_p')}",
            f"prediction interval, {prediction(row)}",
        ]
        assert [part for part in wanted if part not in told[row["label"]]] == []
