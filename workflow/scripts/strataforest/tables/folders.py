"""Tables of which every stratum has one of its own, in folders that hold nothing stale."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from strataforest.tables import influence, leave_one_out
from strataforest.tabular import write_rows


def write_per_stratum(
    fits: Mapping[tuple[str, str], Mapping], loo: Path, loo_by_trial: Path, influences: Path
) -> None:
    """Write the leave-one-out and influence tables of all strata into emptied folders."""
    for folder in (loo, loo_by_trial, influences):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for (analysis, stratum), fit in fits.items():
        name = f"LOO_{analysis}_{stratum}.csv"
        write_rows(loo / name, leave_one_out.COLUMNS, leave_one_out.leave_one_out_rows(fit))
        if fit["leave_one_out_by_trial"]:
            rows = leave_one_out.by_trial_rows(fit)
            write_rows(loo_by_trial / name, leave_one_out.COLUMNS, rows)
        place = influences / f"{analysis}_{stratum}.csv"
        write_rows(place, influence.COLUMNS, influence.influence_rows(fit))
