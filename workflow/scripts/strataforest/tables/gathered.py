"""The rows of all tables, gathered from one fit at a time: of thousands, only one is in memory."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from strataforest.tables import (
    change_correlation,
    dependent_effects,
    estimators,
    leave_one_out,
    presets,
    small_study,
    without_most_influential,
)
from strataforest.tables.folders import write_per_stratum

# What each table takes from one fit: rows, or one row.
ROWS_OF = {
    "estimators": estimators.estimator_rows,
    "small_study": small_study.small_study_rows,
    "dependent_effects": dependent_effects.dependent_effects_rows,
    "presets": presets.preset_rows,
}
ROW_OF = {
    "without_most_influential": without_most_influential.without_most_influential_row,
    "leave_one_out_summary": leave_one_out.summary_row,
}
COLUMNS = {
    "estimators": estimators.COLUMNS,
    "small_study": small_study.COLUMNS,
    "dependent_effects": dependent_effects.COLUMNS,
    "presets": presets.COLUMNS,
    "without_most_influential": without_most_influential.COLUMNS,
    "leave_one_out_summary": leave_one_out.SUMMARY_COLUMNS,
    "change_correlation": change_correlation.COLUMNS,
}
# What the tables of all strata still need of a fit once its own rows are written.
KEPT = ("k", "measure", "favourable", "preset", "pooled", "heterogeneity")
STUDIES = ("yi", "vi", "study_id")


def gather(
    fits: Iterable[Mapping], correlations: Sequence[Mapping], folders: Sequence[Path]
) -> tuple[dict[str, list[dict]], dict[tuple[str, str], dict]]:
    """Return the rows of each table of COLUMNS, and of each fit what other tables need of it.

    Writes the tables of each stratum into `folders` (leave-one-out, by trial, influence).
    `correlations` are the rows of effects/change_correlation.csv.
    """
    rows: dict[str, list[dict]] = {name: [] for name in COLUMNS}
    kept = {}
    for fit in fits:
        names = (fit["analysis"], fit["stratum"])
        for name, rows_of in ROWS_OF.items():
            rows[name] += rows_of(*names, fit)
        for name, row_of in ROW_OF.items():
            rows[name].append(row_of(*names, fit))
        under = change_correlation.change_correlation_rows(*names, fit, correlations)
        rows["change_correlation"] += under
        write_per_stratum(names, fit, *folders)
        kept[names] = {name: fit[name] for name in KEPT}
        kept[names]["studies"] = {name: fit["studies"][name] for name in STUDIES}
    return rows, kept
