"""What a row of one of the paper's tables is about.

These tables hold words for readers, not names: a row is found by its place, as the table is made
from the files that do hold names. What its words say of it is held against that.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from strataforest.lineage.regressions import of_model_row
from strataforest.lineage.results import BUILD, Results, unusable
from strataforest.lineage.target import Target
from strataforest.sheets.identity import plain_key
from strataforest.tabular import Row

OTHER_NUMBERS = "This row is of another model or test; the stratum's effects and own result:"
COMPARED = "This row compares these strata:"
MODEL = ("model", "scope", "domain", "measure")
# What each row of a table is about with words that it must hold, in the order of the table.
Rows = Callable[[Results], Iterator[tuple[Target, str]]]


def of_paper(results: Results, name: str, path: str, number: int) -> Target | None:
    """Return what a row of a table of the paper is about; None for another table.

    Raises ReviewError where the table is not of the same run as what it is made from.
    """
    table = PurePosixPath(path)
    if table.parent.name != "tables":
        return None
    rows = results.rows(path)
    if table.stem.startswith("table2_"):
        analysis = table.stem.removeprefix("table2_")
        found = [(Target(*key), f"{row['k']}") for key, row in _strata(results, analysis).items()]
    elif table.stem == "table3_summary_of_findings":
        found = _findings(results, rows)
    elif table.stem in ROWS:
        found = list(ROWS[table.stem](results))
    else:
        return None
    target, words = found[number - 2] if len(found) == len(rows) else (None, "")
    if target is None or _letters(words) not in _letters(" ".join(rows[number - 2].values())):
        words = "is of a table that was made in another run"
        raise unusable(name, words, f"build the tables anew: `{BUILD}`")
    return target


def of_subgroups(results: Results, entry: Row) -> list[Target]:
    """Return the strata that a row of subgroup_tests.csv compares: the pooled ones, else all."""
    own = []
    for key, row in _strata(results, entry["analysis"]).items():
        columns = list(row)
        names = columns[columns.index("stratum") + 1 : columns.index("type")]
        values = [row[name] for name in names if row[name]]
        if "; ".join(values[:-1]) == entry["within"]:
            own.append(key)
    pooled = [key for key in own if results.strata[key]["status"] == "pooled"]
    return [Target(*key, note="" if i else COMPARED) for i, key in enumerate(pooled or own)]


def _letters(text: str) -> str:
    """Return what stays of a text however it is typeset."""
    return "".join(filter(str.isalnum, text))


def _strata(results: Results, analysis: str = "", pooled: bool = False) -> dict:
    return {
        key: row
        for key, row in results.strata.items()
        if analysis in {"", key[0]} and (not pooled or row["status"] == "pooled")
    }


def _findings(results: Results, rows: list[Row]) -> list[tuple[Target, str]]:
    """Return the strata of the analysis that Table 3 sums up: the one with its outcomes."""
    printed = [(_letters(row["Outcome"]), row["k"].split(" ")[0]) for row in rows]
    for analysis in dict.fromkeys(key[0] for key in results.strata):
        own = _strata(results, analysis)
        if [(_letters(row["label"]), row["k"]) for row in own.values()] == printed:
            return [(Target(*key), row["label"]) for key, row in own.items()]
    return []


def _trials(results: Results) -> Iterator[tuple[Target, str]]:
    for row in results.rows("covariates/characteristics.csv"):
        yield Target(study_id=row["study_id"]), row["study_id"]


def _left_out(results: Results) -> Iterator[tuple[Target, str]]:
    for key in _strata(results, pooled=True):
        for row in results.rows(f"tables/leave_one_out/LOO_{key[0]}_{key[1]}.csv"):
            yield Target(*key, (row["omitted_effect_id"],), row), row["omitted_study_id"]


def _influence(results: Results) -> Iterator[tuple[Target, str]]:
    for key in _strata(results, pooled=True):
        for row in results.rows(f"tables/influence/{key[0]}_{key[1]}.csv"):
            words = f"This row is the influence of {plain_key(row['effect_id'])} on the stratum:"
            yield Target(*key, note=words), row["study_id"]


def _models(results: Results) -> Iterator[tuple[Target, str]]:
    terms = results.rows("tables/meta_regression_terms.csv")
    for row in results.rows("tables/meta_regression_models.csv"):
        own = [term for term in terms if all(term[name] == row[name] for name in MODEL)]
        # A model that was not fitted has one row, with the reason.
        yield from ((of_model_row(each), f"k = {row['k']}") for each in own or [row])


def _small_study(results: Results) -> Iterator[tuple[Target, str]]:
    tests = [row for row in results.rows("tables/small_study.csv") if row["test"] != "all"]
    for key in dict.fromkeys((row["analysis"], row["stratum"]) for row in tests):
        for row in tests:
            if (row["analysis"], row["stratum"]) == key:
                yield Target(*key, note=OTHER_NUMBERS), f"k = {row['k']}"


ROWS: Mapping[str, Rows] = {
    "table1_characteristics": _trials,
    "table_s1_leave_one_out": _left_out,
    "table_s2_influence": _influence,
    "table_s3_meta_regression": _models,
    "table_s4_small_study": _small_study,
}
