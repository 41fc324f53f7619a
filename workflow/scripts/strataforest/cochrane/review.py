"""A review's folder made of data rows: sheets, configuration, and what their check found."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strataforest.cochrane.analyses import Analysis, analyses
from strataforest.cochrane.checking import Checked, checked
from strataforest.cochrane.configuration import config_text
from strataforest.cochrane.reading import DataRow, read_data_rows
from strataforest.cochrane.weights import UNDECIDED, model_of
from strataforest.folders import check_empty
from strataforest.tabular import write_rows, write_text

ARMS = (("Experimental", "treat"), ("Control", "control"))
STUDY_COLUMNS = ("study_id", "trial", "year")
OUTCOME_COLUMNS = (
    *("study_id", "domain", "indicator", "subgroup"),
    *(f"{name}_{arm}" for name in ("n", "mean", "sd", "events") for _, arm in ARMS),
    *("md", "md_se", "smd", "smd_se", "log_ratio", "log_ratio_se", "source", "locator", "note"),
)
CHECK_COLUMNS = (
    *("row", "domain", "analysis", "study_id", "measure", "ours", "printed", "effect", "interval"),
    *("weights", "reason"),
)


@dataclass(frozen=True)
class Imported:
    """What an import made: analyses with their checks and models, and the rows of the check."""

    analyses: Sequence[Analysis]
    checks: Sequence[Checked]
    models: Sequence[str]
    rows: Sequence[Mapping[str, Any]]


def import_review(source: str, folder: Path) -> Imported:
    """Write `folder` with config.yaml, sheets/studies.csv, sheets/outcomes.csv, import_check.csv.

    Raises ReviewError for a source that cannot be read, and where `folder` exists and holds
    anything: nothing is overwritten.
    """
    check_empty(folder)
    found = analyses(read_data_rows(source))
    checks = [checked(analysis.rows) for analysis in found]
    models = [model_of(check) for check in checks]
    pairs = list(zip(found, checks, strict=True))
    outcomes = [row for analysis, check in pairs for row in _outcomes(analysis, check, source)]
    years = {
        name: (row.texts["Study"], row.texts["Study year"])
        for analysis in found
        for name, row in zip(analysis.study_ids, analysis.rows, strict=True)
    }
    studies = [
        {"study_id": name, "trial": trial, "year": year if year.isdecimal() else ""}
        for name, (trial, year) in sorted(years.items())
    ]
    rows = [row for i, pair in enumerate(pairs) for row in _check_rows(*pair, models[i])]
    write_rows(folder / "sheets" / "studies.csv", STUDY_COLUMNS, studies)
    write_rows(folder / "sheets" / "outcomes.csv", OUTCOME_COLUMNS, outcomes)
    write_rows(folder / "import_check.csv", CHECK_COLUMNS, rows)
    has_subgroups = any(row["subgroup"] for row in outcomes)
    measures = {a.domain: (a.label, c.measure.name, c.measure.kind) for a, c in pairs}
    told = (model for model in models if model not in {"", UNDECIDED})
    common = Counter(told).most_common(1)
    text = config_text(Path(source).stem, measures, has_subgroups, common[0][0] if common else "")
    write_text(folder / "config.yaml", text)
    return Imported(found, checks, models, rows)


def _outcomes(analysis: Analysis, check: Checked, source: str) -> Iterator[dict[str, Any]]:
    for i, (row, study_id) in enumerate(zip(analysis.rows, analysis.study_ids, strict=True)):
        if left_out(row, check, i):
            continue
        yield dict.fromkeys(OUTCOME_COLUMNS, "") | {
            "study_id": study_id,
            "domain": analysis.domain,
            "indicator": analysis.domain,
            "subgroup": row.texts["Subgroup"],
            **_numbers(row, check, i),
            "source": Path(source).name,
            "locator": f"row {row.row}",
            "note": row.texts["Footnotes"],
        }


def left_out(row: DataRow, check: Checked, i: int) -> str:
    """Return why a row is in no sheet, empty where it is."""
    numbers = row.numbers
    sizes = [numbers[f"{arm} N"] for arm, _ in ARMS]
    events = [numbers[f"{arm} cases"] for arm, _ in ARMS]
    if check.measure.kind == "counts" and all(n > 0 for n in sizes):
        whole = all(float(value).is_integer() for value in (*sizes, *events))
        fits = whole and min(sizes) >= 2
        return "" if fits else "left out: people and events must be whole, and 2 or more per arm"
    if math.isnan(check.yi[i]) or math.isnan(check.vi[i]):
        return "left out: the row has no numbers of this analysis' kind"
    if check.measure.kind == "means" and not all(n >= 2 and n.is_integer() for n in sizes):
        return "left out: people must be whole, and 2 or more per arm"
    return ""


def _numbers(row: DataRow, check: Checked, i: int) -> dict[str, float]:
    """Return the columns of the outcomes sheet that a row of a kind fills."""
    n = row.numbers
    sizes = {f"n_{arm}": _whole(n[f"{theirs} N"]) for theirs, arm in ARMS}
    if check.measure.kind == "counts":
        return sizes | {f"events_{arm}": _whole(n[f"{theirs} cases"]) for theirs, arm in ARMS}
    if check.measure.kind == "means":
        means = {f"mean_{arm}": n[f"{theirs} mean"] for theirs, arm in ARMS}
        return sizes | means | {f"sd_{arm}": n[f"{theirs} SD"] for theirs, arm in ARMS}
    yi, se = float(check.yi[i]), math.sqrt(check.vi[i])
    sizes = {name: value for name, value in sizes.items() if value and value >= 2}
    if check.measure.is_ratio:
        return sizes | {"log_ratio": yi, "log_ratio_se": se}
    return sizes | {"smd": yi, "smd_se": se}


def _whole(value: float) -> int | None:
    return int(value) if value == value and float(value).is_integer() else None


def _check_rows(analysis: Analysis, check: Checked, model: str) -> Iterator[dict[str, Any]]:
    for i, (row, study_id) in enumerate(zip(analysis.rows, analysis.study_ids, strict=True)):
        yi = float(check.yi[i])
        yield {
            "row": row.row,
            "domain": analysis.domain,
            "analysis": analysis.label,
            "study_id": study_id,
            "measure": check.measure.name,
            "ours": math.exp(yi) if check.measure.is_ratio else yi,
            "printed": row.numbers["Mean"],
            "effect": check.effect[i],
            "interval": check.interval[i],
            "weights": model,
            "reason": left_out(row, check, i) or check.reason[i],
        }
