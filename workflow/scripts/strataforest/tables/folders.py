"""Tables of which every stratum has one of its own, in folders that hold nothing stale."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from strataforest.tables import influence, leave_one_out
from strataforest.tabular import write_rows


def emptied(*folders: Path) -> tuple[Path, ...]:
    """Return the folders, made anew."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    return folders


def write_per_stratum(
    names: tuple[str, str], fit: Mapping, loo: Path, loo_by_trial: Path, influences: Path
) -> None:
    """Write the leave-one-out and influence tables of one stratum; `names` (analysis, stratum)."""
    name = "_".join(names)
    rows = leave_one_out.leave_one_out_rows(fit)
    write_rows(loo / f"LOO_{name}.csv", leave_one_out.COLUMNS, rows)
    if fit["leave_one_out_by_trial"]:
        rows = leave_one_out.by_trial_rows(fit)
        write_rows(loo_by_trial / f"LOO_{name}.csv", leave_one_out.COLUMNS, rows)
    write_rows(influences / f"{name}.csv", influence.COLUMNS, influence.influence_rows(fit))
