"""Standard deviations of other trials for rows that print none."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from strataforest.effects.arm_values import ARMS
from strataforest.sheets.addresses import row_numbers
from strataforest.tabular import Row

# Rows that agree in these measure one thing in one unit; the sheet is there for the addresses.
ALIKE = ("indicator", "instrument", "unit", "metric", "source_file", "source_tab")
SPREADS = ("sd", "se", "ci_low", "ci_high")


def lenders(records: Sequence[Row], columns: dict) -> dict[int, list[int]]:
    """Return, for each row with means and without any SD, SE or CI, the rows that may lend one.

    A lender prints n and SD of both arms, is alike, and is of another trial; rows are in the order
    of the sheet.
    """
    groups = defaultdict(list)
    for i, row in enumerate(records):
        groups[tuple(row[name] for name in ALIKE)].append(i)
    found = {}
    for rows in groups.values():
        having = [i for i in rows if _has(columns, i, "n", "sd")]
        for i in rows:
            if _has(columns, i, "n", "mean") and not _has_spread(columns, i):
                own = records[i]["study_id"]
                lending = [j for j in having if records[j]["study_id"] != own]
                if lending:
                    found[i] = sorted(lending, key=lambda j: row_numbers(records[j]))
    return found


def pooled_over(columns: dict, rows: Sequence[int]) -> float:
    """Return the SD pooled over all arms of these rows: sqrt(sum (n-1) sd^2 / sum (n-1)).

    Source: Furukawa et al. 2006, J Clin Epidemiol 59:7-10.
    """
    n = np.array([columns[f"n_{arm}"][i] for i in rows for arm in ARMS])
    sd = np.array([columns[f"sd_{arm}"][i] for i in rows for arm in ARMS])
    return float(np.sqrt(np.sum((n - 1) * sd**2) / np.sum(n - 1)))


def _has(columns: dict, i: int, *names: str) -> bool:
    return all(np.isfinite(columns[f"{name}_{arm}"][i]) for name in names for arm in ARMS)


def _has_spread(columns: dict, i: int) -> bool:
    return any(np.isfinite(columns[f"{name}_{arm}"][i]) for name in SPREADS for arm in ARMS)
