"""The strata as the page shows them: what was pooled, how surely, and what was not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from strataforest.figures.labels import in_words, measure_words
from strataforest.fit_files import fit_place
from strataforest.formatting import bare_p, count, p_value, percent, statistic, variance
from strataforest.lineage.results import Results
from strataforest.models import RATIO_MEASURES
from strataforest.names import slug
from strataforest.report.page.forest import effect_text, forest
from strataforest.report.page.judgements import Judged
from strataforest.report.page.pictures import Pictures
from strataforest.report.page.scale import make_scale
from strataforest.scales import scale_of
from strataforest.tabular import Row, number, read_rows

FIGURES = (
    "risk_of_bias",
    "leave_one_out",
    "funnel",
    "cumulative",
    "presets",
    "baujat",
    "influence",
    "gosh",
)
GATED = "all"  # the one row of a stratum with too few effects for any test
NUMBERS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2", "p_value")


@dataclass(frozen=True)
class Names:
    """How analyses and domains are called: label by name, in the config's order.

    `in_words` is the analysis whose strata the results' paragraphs are about, `tool` what risk of
    bias was judged with.
    """

    analyses: Mapping[str, str]
    domains: Mapping[str, str]
    in_words: str = ""
    tool: str = ""


def sections(results: Results, pooled: Sequence[Row], names: Names, pictures: Pictures) -> list:
    """Return one section per analysis: an overview of its strata, and each pooled one in full."""
    small_study = table(results, "small_study")
    trials = results.rows("covariates/risk_of_bias.csv")
    judged = Judged({row["study_id"]: row for row in trials}, names.tool)
    found = []
    for analysis, label in names.analyses.items():
        rows = [row for row in pooled if row["analysis"] == analysis]
        done = [row for row in rows if row["status"] == "pooled"]
        found.append(
            {
                "id": f"analysis-{analysis}",
                "label": label,
                "in_words": analysis == names.in_words,
                "overview": _overview(done),
                "strata": [
                    _stratum(results, row, names.domains, judged, pictures, small_study)
                    for row in done
                ],
                "missing": [_not_estimable(row) for row in rows if row["status"] != "pooled"],
            }
        )
    return found


def table(results: Results, name: str) -> list[Row]:
    """Return the rows of one of the results' tables; none where it was not made."""
    path = results.folder / "tables" / f"{name}.csv"
    return read_rows(path) if path.is_file() else []


def _overview(rows: Sequence[Row]) -> list[dict]:
    """Return the pooled strata of an analysis by scale, as in its figure."""
    groups = []
    for own in dict.fromkeys(map(scale_of, rows)):
        measure, ratio = own[0], own[0] in RATIO_MEASURES
        members = [row for row in rows if scale_of(row) == own]
        values = [{name: number(row[name]) for name in NUMBERS} for row in members]
        effects = [(v["estimate"], v["ci_low"], v["ci_high"]) for v in values]
        predictions = [(v["estimate"], v["pi_low"], v["pi_high"]) for v in values]
        scale = make_scale(effects, (), ratio, predictions)
        shown = [
            _summary(row, value, ratio)
            | {"mark": scale.mark(effect, (value["pi_low"], value["pi_high"]))}
            for row, value, effect in zip(members, values, effects, strict=True)
        ]
        null, ticks = scale.at(0.0), scale.ticks
        groups.append(
            {"measure": measure_words(measure), "null": null, "ticks": ticks, "rows": shown}
        )
    return groups


def _summary(row: Row, value: Mapping[str, float], ratio: bool) -> dict:
    prediction = (None, *(_given(value[name]) for name in ("pi_low", "pi_high")))
    interval = (value["estimate"], value["ci_low"], value["ci_high"])
    return {
        "id": f"{row['analysis']}-{row['stratum']}",
        "name": f"{row['analysis']}/{row['stratum']}",
        "label": row["label"],
        "k": row["k"],
        "trials": row["n_studies"],
        "participants": count(number(row["n_participants"])),
        "text": effect_text(interval, ratio),
        "value": row["estimate"],
        "prediction": effect_text(prediction, ratio),
        "tau2": variance(value["tau2"]),
        "i2": percent(value["i2"], 1),
        "p": p_value(value["p_value"]),
        "warning": row["warning"],
    }


def _given(value: float) -> float | None:
    return None if value != value else value


def _stratum(
    results: Results,
    row: Row,
    domains: Mapping[str, str],
    judged: Judged,
    pictures: Pictures,
    small_study: Sequence[Row],
) -> dict:
    analysis, stratum = row["analysis"], row["stratum"]
    fit = results.fit(analysis, stratum)
    value = {name: number(row[name]) for name in NUMBERS}
    return _summary(row, value, row["measure"] in RATIO_MEASURES) | {
        "forest": forest(
            fit,
            row["label"],
            domains,
            results.rows(f"by_preset/{analysis}/{stratum}.csv"),
            results.rows(f"covariates/{analysis}/{stratum}.csv"),
            judged,
            results.effects,
        ),
        "figures": [figure for figure in _figures(results, row, pictures) if figure],
        "small_study": [
            _test(test)
            for test in small_study
            if (test["analysis"], test["stratum"]) == (analysis, stratum)
        ],
        "files": _files(results.folder, analysis, stratum),
    }


def _figures(results: Results, row: Row, pictures: Pictures) -> Iterator[dict]:
    """Yield a stratum's figures: its subgroups where it was split, its own folder, its subsets."""
    analysis, stratum, label = row["analysis"], row["stratum"], row["label"]
    if row["domain"] and stratum == slug(row["domain"]):
        for place in sorted((results.folder / "figures" / "subgroups").glob("*/")):
            yield pictures.figure(f"figures/subgroups/{place.name}/{stratum}", "subgroups", label)
    yield from pictures.of_folder(f"figures/{analysis}/{stratum}", FIGURES, label)


def _test(row: Row) -> list[str]:
    """Return a test's name, estimate, p, the effect corrected by it, and why it was not done."""
    name = in_words("tests", row["test"]) if row["test"] != GATED else "All tests"
    if row["status"] != "computed":
        return [name, "", "", "", row["reason"]]
    corrected = [_given(number(row[f"limit_{end}"])) for end in ("estimate", "ci_low", "ci_high")]
    ratio = row["measure"] in RATIO_MEASURES
    effect = "" if corrected[0] is None else effect_text(tuple(corrected), ratio)
    return [name, statistic(number(row["estimate"])), bare_p(number(row["p_value"])), effect, ""]


def _files(folder: Path, analysis: str, stratum: str) -> list[tuple[str, str]]:
    fit = fit_place(folder, analysis, stratum)
    places = {
        "all numbers (json)": f"fits/{analysis}/{fit.name if fit else ''}",
        "effects (csv)": f"strata/{analysis}/{stratum}.csv",
        "leave-one-out (csv)": f"tables/leave_one_out/LOO_{analysis}_{stratum}.csv",
        "influence (csv)": f"tables/influence/{analysis}_{stratum}.csv",
        "forest plot (svg)": f"figures/{analysis}/{stratum}/forest.svg",
        "forest plot (pdf)": f"figures/{analysis}/{stratum}/forest.pdf",
    }
    there = {label: place for label, place in places.items() if (folder / place).is_file()}
    return [(label, f"../{place}") for label, place in there.items()]


def _not_estimable(row: Row) -> dict:
    people = count(number(row["n_participants"])) if row["n_participants"] else ""
    return {"label": row["label"], "k": row["k"], "people": people, "reason": row["reason"]}
