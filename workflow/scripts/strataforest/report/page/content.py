"""All that the page shows, as plain lists and dictionaries of finished text."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from strataforest import __version__
from strataforest.figures.labels import moderator_figure, regression_words, term_words
from strataforest.formatting import bare_p, coefficient_texts, p_value, percent, variance
from strataforest.lineage.results import Results
from strataforest.report.page.paper_tables import paper_tables
from strataforest.report.page.pictures import Pictures
from strataforest.report.page.strata import Names, sections, table
from strataforest.report.page.traces import traces
from strataforest.report.paragraphs import first_sentence, paragraphs_of
from strataforest.report.rows_read import rows_read
from strataforest.tabular import Row, number, read_json

# Folders of the results whose files a reader may want, with what they hold.
DOWNLOADS = {
    "tables/*.csv": "Tables",
    "report/*.docx": "For Word: all tables, the methods and the results in words",
    "effects/*.csv": "Effects, exclusions and decisions",
    "strata/*.csv": "Strata",
    "harmonized/*.csv": "The sheets as they were read",
}


def page_content(results: Results, review: Mapping[str, str], names: Names) -> dict:
    """Return the content of the report; `review` holds its title and registration.

    Raises ReviewError where a file of the results is missing or damaged.
    """
    pooled = table(results, "pooled")
    done = [row for row in pooled if row["status"] == "pooled"]
    pictures = Pictures(results.folder)
    problems = [p for p in results.rows("harmonized/problems.csv") if p["severity"] != "note"]
    words = paragraphs_of(_text(results.folder / "report" / "results_paragraphs.md"))
    decisions, exclusions = (results.rows(f"effects/{n}.csv") for n in ("decisions", "exclusions"))
    return {
        "title": review["title"] or "Meta-analysis",
        "registration": review["registration"],
        "version": __version__,
        "counts": _counts(results, pooled, decisions, exclusions),
        "found": [(label, first_sentence(text)) for label, text in words if label],
        "paragraphs": {label: text for label, text in words if label},
        "sections": sections(results, pooled, names, pictures),
        "paper_tables": paper_tables(results.folder),
        "regressions": _regressions(results, names.domains),
        "regression_figures": _regression_figures(results, pictures),
        "review_figures": [
            *pictures.of_folder("figures/prisma"),
            *pictures.of_folder("figures/risk_of_bias"),
        ],
        "decisions": decisions,
        "exclusions": exclusions,
        "left_out": results.rows("strata/left_out.csv"),
        "problems": problems,
        "open_warnings": sum(not row["acknowledged"] for row in problems),
        "changes": _text(results.folder / "changes" / "latest.txt"),
        "downloads": _downloads(results.folder),
        "traces": traces(results, [(row["analysis"], row["stratum"]) for row in done]),
    }


def _counts(results: Results, pooled: Sequence, decisions: Sequence, exclusions: Sequence) -> dict:
    flags = [row["flags"] for row in results.effects.values()]
    chosen = [row for row in decisions if row["decision"] == "selected"]
    done = sum(row["status"] == "pooled" for row in pooled)
    return {
        "trials": len({row["study_id"] for row in chosen}),
        "read": rows_read(len(results.rows("harmonized/records.csv")), flags, len(exclusions)),
        "selected": len(chosen),
        "pooled": done,
        "not_estimable": len(pooled) - done,
    }


def _regressions(results: Results, domains: Mapping[str, str]) -> list[dict]:
    """Return every declared model that was tried, with its terms or the reason why not."""
    keys = ("model", "scope", "domain", "measure")
    terms = table(results, "meta_regression_terms")
    return [
        {
            "title": f"{regression_words(row, domains)} ({row['measure']})",
            "k": row["k"],
            "tau2": variance(number(row["tau2"])),
            "r2": percent(number(row["r2"]), 1),
            "p": p_value(number(row["qm_p"])),
            "reason": row["reason"],
            "terms": [_term(t) for t in terms if all(t[key] == row[key] for key in keys)],
        }
        for row in table(results, "meta_regression_models")
    ]


def _term(row: Row) -> list[str]:
    b, low, high = coefficient_texts(*(number(row[name]) for name in ("b", "ci_low", "ci_high")))
    return [term_words(row), b, f"{low} to {high}", bare_p(number(row["p_value"]))]


def _regression_figures(results: Results, pictures: Pictures) -> list[dict]:
    """Return the plots of every declared model, model by model, scope by scope."""
    found = []
    for path in sorted((results.folder / "meta_regression").glob("*.json")):
        model = read_json(path)
        several = len(model["moderators"]) > 1
        with_others = f", with {len(model['moderators'])} moderators together" if several else ""
        for scope in model["scopes"]:
            for plot in (*scope.get("lines", ()), *scope.get("levels", ())):
                stem, words = moderator_figure(scope, plot["moderator"])
                place = f"figures/meta_regression/{path.stem}/{stem}"
                found.append(pictures.figure(place, stem, caption=words + with_others))
    return [figure for figure in found if figure]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _downloads(folder: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for pattern, label in DOWNLOADS.items():
        files = sorted(folder.glob(pattern))
        groups.setdefault(label, []).extend(
            (file.name, f"../{file.relative_to(folder).as_posix()}") for file in files
        )
    return [(label, files) for label, files in groups.items() if files]
