"""The files of the exports: what each folder holds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from strataforest.exports import metafor, stata
from strataforest.tabular import write_rows, write_text

Names = Mapping[tuple[str, str], str]


def write_metafor(folder: Path, fits: Sequence[Mapping[str, Any]], names: Names) -> None:
    """Write a csv file and an R script per stratum, and the script that runs all of them.

    `names` are the strata's for readers, by (analysis, stratum).
    """
    for fit in fits:
        place = folder / fit["analysis"]
        write_rows(place / f"{fit['stratum']}.csv", *metafor.data_rows(fit))
        label = names.get((fit["analysis"], fit["stratum"]), "")
        write_text(place / f"{fit['stratum']}.R", metafor.script(fit, label))
    strata = [(fit["analysis"], fit["stratum"]) for fit in fits]
    write_text(folder / "all.R", metafor.all_script(strata))


def write_stata(
    folder: Path,
    fits: Sequence[Mapping[str, Any]],
    models: Sequence[Mapping[str, Any]],
    names: Names,
) -> None:
    """Write a do-file per analysis, and below `meta_regression` one per declared model."""
    folder.mkdir(parents=True, exist_ok=True)
    for analysis in dict.fromkeys(fit["analysis"] for fit in fits):
        own = [fit for fit in fits if fit["analysis"] == analysis]
        labels = {stratum: label for (of, stratum), label in names.items() if of == analysis}
        write_text(folder / f"{analysis}.do", stata.analysis_script(own, labels))
    for model in models:
        place = folder / "meta_regression" / f"{model['name']}.do"
        write_text(place, stata.regression_script(model))
