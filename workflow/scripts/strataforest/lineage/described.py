"""What rests on the descriptions of trials: meta-regressions, years, judgements of bias."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from strataforest.formatting import MISSING
from strataforest.lineage.results import Results
from strataforest.lineage.touches import Touch, files, numbered, of_report
from strataforest.names import scope_name
from strataforest.tabular import Row, read_json

# Columns of the sheet of studies that Table 1 prints or that decide what it does.
PRINTED = frozenset({"study_id", "eligible", "year", "country", "population", "design"})
PRINTED |= {"platforms", "primary_platform", "intervention", "comparator", "follow_up_weeks"}
PRINTED |= {"n_randomised"}
# Columns of the sheet of studies that the design regression reads.
DESIGN = frozenset({"follow_up_weeks", "n_randomised", "eligible", "study_id"})


def of_models(results: Results, effect_id: str, moderator: str = "") -> Iterator[Touch]:
    """Yield the meta-regressions that an effect is in (or lacks a moderator for): fits, table
    rows and plots; with `moderator` only of models that have it.
    """
    for path in sorted((results.folder / "meta_regression").glob("*.json")):
        model = read_json(path)
        if moderator and moderator not in model["moderators"]:
            continue
        for fit in model["scopes"]:
            if _holds(fit, effect_id):
                yield from _of_scope(results, path, fit)


def _holds(fit: Mapping, effect_id: str) -> bool:
    dropped = [entry["effect_id"] for entry in fit["dropped"]]
    return effect_id in fit.get("effects", {}).get("effect_id", ()) or effect_id in dropped


def _of_scope(results: Results, path: Path, fit: Mapping) -> Iterator[Touch]:
    model = path.stem
    name = f"{model}, {fit['domain'] or fit['scope']}"
    yield Touch("fit", f"meta_regression/{path.name}", None, name)
    for table in ("models", "terms"):
        place = f"tables/meta_regression_{table}.csv"
        for i, row in numbered(results, place):
            if row["model"] == model and _same_scope(row, fit):
                yield Touch("table", place, i, name)
    prefix = scope_name(fit)
    yield from files(results, "figure", f"figures/meta_regression/{model}", f"{prefix}_*")


def _same_scope(row: Row, fit: Mapping) -> bool:
    return all(row[name] == fit[name] for name in ("scope", "domain", "measure"))


def of_design(results: Results, study_id: str) -> Iterator[Touch]:
    """Yield a trial's row of what the design regression reads, and that regression."""
    for i, row in numbered(results, "covariates/trials.csv"):
        if row["study_id"] == study_id:
            yield Touch("covariates", "covariates/trials.csv", i)
            yield from files(results, "table", "tables", "design_regression.csv")


def is_printed(results: Results, column: str) -> bool:
    """Whether Table 1 shows a column of the sheet of studies: by itself, or as the config says.

    One of the review's own is known by its cells: a column of the table has those of every trial.
    """
    if column in PRINTED:
        return True
    trials = results.rows("covariates/characteristics.csv")
    texts = [row.get(column, "").strip() or MISSING for row in trials]
    table = results.rows("tables/table1_characteristics.csv")
    return any([row[heading] for row in table] == texts for heading in (table or [{}])[0])


def of_characteristics(results: Results, study_id: str) -> Iterator[Touch]:
    """Yield where an eligible trial is described: its row of Table 1, in all formats."""
    for i, row in numbered(results, "covariates/characteristics.csv"):
        if row["study_id"] == study_id:
            yield Touch("covariates", "covariates/characteristics.csv", i)
            yield from files(results, "table", "tables", "table1_*")
            yield from of_report(results)


def of_judgement(results: Results, study_id: str) -> Iterator[Touch]:
    """Yield what shows how biased a trial was judged: figures of all trials and of its strata."""
    for i, row in numbered(results, "covariates/risk_of_bias.csv"):
        if row["study_id"] == study_id:
            yield Touch("covariates", "covariates/risk_of_bias.csv", i)
            yield from files(results, "figure", "figures/risk_of_bias")
            yield from files(results, "table", "tables", "table[13]_*")
            yield from of_report(results)
    for (analysis, stratum), index in results.strata.items():
        rows = results.rows(f"strata/{analysis}/{stratum}.csv")
        if index["status"] == "pooled" and any(row["study_id"] == study_id for row in rows):
            for name in ("forest.*", "risk_of_bias.*"):
                yield from files(results, "figure", f"figures/{analysis}/{stratum}", name)
            if index["domain"] and not index["platform"]:
                yield from files(results, "figure", "figures/subgroups", f"*/{stratum}.*")


def of_year(results: Results, study_id: str) -> Iterator[Touch]:
    """Yield the cumulative tables and plots of the pooled strata that a trial is in."""
    for (analysis, stratum), index in results.strata.items():
        rows = results.rows(f"strata/{analysis}/{stratum}.csv")
        if index["status"] == "pooled" and any(row["study_id"] == study_id for row in rows):
            for i, row in numbered(results, "tables/cumulative.csv"):
                if (row["analysis"], row["stratum"]) == (analysis, stratum):
                    yield Touch("table", "tables/cumulative.csv", i, f"{analysis}/{stratum}")
            folder = f"figures/{analysis}/{stratum}"
            yield from files(results, "figure", folder, "cumulative.*")
