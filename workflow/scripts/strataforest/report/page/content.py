"""All that the page shows, as plain lists and dictionaries of finished text."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from strataforest import __version__
from strataforest.figures.labels import model_words
from strataforest.formatting import fixed, p_value, percent, significant
from strataforest.lineage.results import Results
from strataforest.report.page.pictures import Pictures
from strataforest.report.page.strata import Names, sections, table
from strataforest.report.page.traces import traces
from strataforest.report.paragraphs import first_sentence, paragraphs_of
from strataforest.tabular import Row, number

# Folders of the results whose files a reader may want, with what they hold.
DOWNLOADS = {
    "tables/*.csv": "Tables",
    "tables/*.docx": "Tables for Word",
    "report/*.docx": "Tables for Word",
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
        "model": _model(results, done),
        "counts": _counts(results, pooled, decisions, exclusions),
        "found": [(label, first_sentence(text)) for label, text in words if label],
        "paragraphs": {label: text for label, text in words if label},
        "sections": sections(results, pooled, names, pictures),
        "regressions": _regressions(results),
        "regression_figures": _folders(results, "figures/meta_regression", pictures),
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


def _model(results: Results, done: Sequence[Row]) -> str:
    if not done:
        return ""
    return model_words(results.fit(done[0]["analysis"], done[0]["stratum"])["preset"])


def _counts(results: Results, pooled: Sequence, decisions: Sequence, exclusions: Sequence) -> dict:
    chosen = [row for row in decisions if row["decision"] == "selected"]
    done = sum(row["status"] == "pooled" for row in pooled)
    return {
        "trials": len({row["study_id"] for row in chosen}),
        "rows": len(results.effects) + len(exclusions),
        "effects": len(results.effects),
        "excluded": len(exclusions),
        "selected": len(chosen),
        "pooled": done,
        "not_estimable": len(pooled) - done,
    }


def _regressions(results: Results) -> list[dict]:
    """Return every declared model that was tried, with its terms or the reason why not."""
    keys = ("model", "scope", "domain", "measure")
    terms = table(results, "meta_regression_terms")
    return [
        {
            "title": " · ".join(filter(None, (row[key] for key in keys))).replace("_", " "),
            "k": row["k"],
            "tau2": fixed(number(row["tau2"]), 2, tiny="significant"),
            "r2": percent(number(row["r2"]), 1),
            "p": p_value(number(row["qm_p"])),
            "reason": row["reason"],
            "terms": [_term(t) for t in terms if all(t[key] == row[key] for key in keys)],
        }
        for row in table(results, "meta_regression_models")
    ]


def _term(row: Row) -> list[str]:
    b, low, high = (significant(number(row[name]), 3) for name in ("b", "ci_low", "ci_high"))
    return [row["term"].replace("_", " "), b, f"{low} to {high}", p_value(number(row["p_value"]))]


def _folders(results: Results, place: str, pictures: Pictures) -> list[dict]:
    names = sorted(p.name for p in (results.folder / place).glob("*") if p.is_dir())
    return [
        figure
        for name in names
        for figure in pictures.of_folder(f"{place}/{name}", (), name.replace("_", " "))
    ]


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


def methods(content: Mapping, level: str) -> str:
    """Return how the numbers came about, as a paragraph for a paper."""
    return (
        f"Effect sizes and pooled estimates were computed with strataforest {content['version']}. "
        f"Each trial gives each outcome domain one effect, chosen by a written order of criteria. "
        f"Model: {content['model']}; intervals are at {level}. "
        "Strata with too few effects are not pooled and are listed with the reason."
    )
