"""The outputs below an effect, a choice or a study: which file, which row, what it holds."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from strataforest.fit_files import fit_place
from strataforest.lineage.expressions import shown
from strataforest.lineage.results import Results, place, places
from strataforest.names import slug
from strataforest.tabular import Row, number


@dataclass(frozen=True)
class Touch:
    """One output: its kind, its path in the results folder, its row (as a spreadsheet numbers it,
    None for a whole file) and what it holds.
    """

    kind: str
    path: str
    row: int | None = None
    what: str = ""


def numbered(results: Results, path: str) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a csv file with their numbers; the headings are row 1."""
    yield from enumerate(results.rows(path), 2)


def of_row(results: Results, path: str, row: Row, kind: str = "record") -> Iterator[Touch]:
    """Yield where a sheet's row stands in a harmonised file."""
    for i, other in numbered(results, path):
        if place(other) == place(row):
            yield Touch(kind, path, i)


def of_exclusion(results: Results, row: Row) -> Iterator[Touch]:
    """Yield the exclusion of a sheet's row."""
    for i, other in numbered(results, "effects/exclusions.csv"):
        if place(row) in places(other):
            yield Touch("exclusion", "effects/exclusions.csv", i, other["reason"])
            yield from _summary(results)


def of_effect(results: Results, effect_id: str) -> Iterator[Touch]:
    """Yield everything that an effect's numbers reach."""
    for i, row in numbered(results, "effects/effects.csv"):
        if row["effect_id"] == effect_id:
            yi, vi = shown(number(row["yi"])), shown(number(row["vi"]))
            yield Touch("effect", "effects/effects.csv", i, f"{effect_id}: yi {yi}, vi {vi}")
    for path in ("effects/effects_by_preset.csv", "effects/change_correlation.csv"):
        yield from _rows_of(results, "effect", path, {"effect_id": effect_id})
    yield from of_choice(results, effect_id)


def of_choice(
    results: Results, effect_id: str, analyses: Collection[str] | None = None
) -> Iterator[Touch]:
    """Yield the decision on an effect and, where it is selected, all strata that hold it.

    `analyses` limits the strata; None means every analysis.
    """
    own = results.decisions.get(effect_id)
    for i, row in numbered(results, "effects/decisions.csv"):
        if own is None or (row["study_id"], row["domain"]) != (own["study_id"], own["domain"]):
            continue
        if row["effect_id"] == effect_id or row["decision"] == "selected":
            word = row["decision"].replace("_", " ")
            what = f"{row['effect_id']}: {word} ({row['reason']})"
            yield Touch("decision", "effects/decisions.csv", i, what)
    yield from of_place(results, effect_id, analyses)


def of_place(
    results: Results, effect_id: str, analyses: Collection[str] | None = None
) -> Iterator[Touch]:
    """Yield the strata that hold an effect with all they give, and where it has no place."""
    for i, row in numbered(results, "strata/left_out.csv"):
        if row["effect_id"] == effect_id and (analyses is None or row["analysis"] in analyses):
            what = f"no place in {row['analysis']}: {row['reason']}"
            yield Touch("left out", "strata/left_out.csv", i, what)
    for analysis, stratum in results.strata:
        if analyses is not None and analysis not in analyses:
            continue
        path = f"strata/{analysis}/{stratum}.csv"
        for i, row in numbered(results, path):
            if row["effect_id"] == effect_id:
                yield Touch("stratum", path, i)
                yield from _covariate(results, analysis, stratum, effect_id)
                yield from _of_stratum(results, analysis, stratum, row)


def of_covariates(results: Results, study_id: str) -> Iterator[Touch]:
    """Yield the rows in which a study's own columns travel beside the strata."""
    for analysis, stratum in results.strata:
        path = f"covariates/{analysis}/{stratum}.csv"
        for i, row in numbered(results, path):
            if row["study_id"] == study_id:
                yield Touch("covariates", path, i)


def files(results: Results, kind: str, folder: str, name: str = "*") -> Iterator[Touch]:
    """Yield the files of a folder of the results."""
    for path in sorted((results.folder / folder).glob(name)):
        if path.is_file() and not path.name.startswith("."):
            yield Touch(kind, path.relative_to(results.folder).as_posix())


def _covariate(results: Results, analysis: str, stratum: str, effect_id: str) -> Iterator[Touch]:
    path = f"covariates/{analysis}/{stratum}.csv"
    for i, row in numbered(results, path):
        if row["effect_id"] == effect_id:
            yield Touch("covariates", path, i)


def _of_stratum(results: Results, analysis: str, stratum: str, effect: Row) -> Iterator[Touch]:
    """Yield the index, fit, tables and figures of one stratum."""
    index = results.strata[analysis, stratum]
    pooled = index["status"] == "pooled"
    name, key = f"{analysis}/{stratum}", {"analysis": analysis, "stratum": stratum}
    status = f"k = {index['k']}" if pooled else f"not estimable: {index['reason']}"
    for kind, path in (("index", "strata/index.csv"), ("table", "tables/pooled.csv")):
        yield from _rows_of(results, kind, path, key, f"{name} ({status})")
    yield from _table2(results, analysis, stratum)
    by_preset = f"by_preset/{name}.csv"
    yield from _rows_of(results, "stratum", by_preset, {"effect_id": effect["effect_id"]})
    for path in sorted((results.folder / "tables").glob("*.csv")):
        if path.name != "pooled.csv":
            yield from _rows_of(results, "table", f"tables/{path.name}", key, name)
    columns = list(index)
    groups = columns[columns.index("stratum") + 1 : columns.index("type")]
    values = [index[column] for column in groups if index[column]]
    compared = {"analysis": analysis, "within": "; ".join(values[:-1])}
    yield from _rows_of(results, "table", "tables/subgroup_tests.csv", compared)
    yield from _paper(results, analysis, pooled)
    if not pooled:
        return
    fit = fit_place(results.folder, analysis, stratum)
    yield from files(results, "fit", f"fits/{analysis}", fit.name if fit else f"{stratum}.json")
    yield from files(results, "table", "tables/influence", f"{analysis}_{stratum}.csv")
    for folder in ("leave_one_out", "leave_one_out_by_trial"):
        path = f"tables/{folder}/LOO_{analysis}_{stratum}.csv"
        for i, row in numbered(results, path):
            own = row["omitted_study_id"] == effect["study_id"]
            if folder == "leave_one_out":
                own = row["omitted_effect_id"] == effect["effect_id"]
            what = f"row {i} leaves it out" if own else ""
            yield Touch("table", path, i, what)
    yield from files(results, "figure", f"figures/{analysis}/{stratum}")
    yield from files(results, "fit", f"gosh/{analysis}", f"{stratum}.json")
    # A domain's subgroups stand under its own name: for itself in every analysis that splits it.
    split = "*" if values == [index["domain"]] else analysis
    yield from files(results, "figure", "figures/subgroups", f"{split}/{slug(index['domain'])}.*")
    yield from files(results, "figure", "figures/overview", f"{analysis}.*")
    yield from _summary(results)


def _rows_of(
    results: Results, kind: str, path: str, key: Mapping[str, str], what: str = ""
) -> Iterator[Touch]:
    """Yield the rows of a table that hold all of `key`; none of a table without these columns."""
    for i, row in numbered(results, path):
        if all(row.get(name) == value for name, value in key.items()):
            yield Touch(kind, path, i, what)


def _table2(results: Results, analysis: str, stratum: str) -> Iterator[Touch]:
    """Yield a stratum's row of the paper-ready table, which lists its analysis in index order."""
    path = f"tables/table2_{analysis}.csv"
    own = [key for key in results.strata if key[0] == analysis]
    if len(results.rows(path)) == len(own):
        yield Touch("table", path, own.index((analysis, stratum)) + 2)


def _paper(results: Results, analysis: str, pooled: bool) -> Iterator[Touch]:
    """Yield the tables and the words of the paper that a stratum of this analysis stands in."""
    yield from files(results, "table", "tables", f"table2_{analysis}.[!c]*")
    labels = [row["label"] for key, row in results.strata.items() if key[0] == analysis]
    if labels == [r["Outcome"] for r in results.rows("tables/table3_summary_of_findings.csv")]:
        yield from files(results, "table", "tables", "table3_*")
    if pooled:
        yield from files(results, "table", "tables", "table_s[124]_*")
    yield from of_report(results)


def of_report(results: Results) -> Iterator[Touch]:
    """Yield what is reported of results; the methods in words hold no number of an effect."""
    for touch in files(results, "report", "report"):
        if not touch.path.startswith("report/methods_"):
            yield touch


def _summary(results: Results) -> Iterator[Touch]:
    yield from files(results, "summary", ".", "summary.txt")
