"""Warnings about effects that run against all others: arms swapped, or a sign lost."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from strataforest.errors import Problem
from strataforest.sheets.oddities.implied import Z_95, difference_of_means, se_of_difference
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# So many other trials (or rows of the trial) speak for a direction; of the trials, so few against.
MIN_AGREEING = 4
MIN_ROWS = 2
SHARE_AGAINST = 0.2


def z_of_difference(row: Row) -> tuple[str, float] | None:
    """Return the cell and the z of treat - control: means by their SE, else md by its SE or CI."""
    means, se = difference_of_means(row), se_of_difference(row)
    if means and se and se.low > 0:
        return "mean_treat", (means.low + means.high) / (se.low + se.high)
    if row["md"] and row["md_se"]:
        return "md", float(row["md"]) / float(row["md_se"])
    if row["md"] and row["md_ci_low"] and row["md_ci_high"]:
        width = float(row["md_ci_high"]) - float(row["md_ci_low"])
        return ("md", float(row["md"]) * 2 * Z_95 / width) if width > 0 else None
    return None


def against_the_rest(rows: Sequence[Row], better: Callable[[Row], int]) -> Iterator[Problem]:
    """A significant effect in a direction that no, or hardly any, other has.

    p < 0.05 by z against the intervention (or for it), while the trial's other significant rows,
    at least two, all point the other way; or at least four other trials with a significant effect
    on the indicator do, and at most a fifth of those do not. `better` is 1, -1, or 0 for unknown.
    """
    signs: dict[int, tuple[str, int]] = {}
    by_trial: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    by_indicator: dict[tuple, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found = z_of_difference(row)
        if not found or not abs(found[1]) > Z_95 or math.isinf(found[1]) or not better(row):
            continue
        sign = better(row) * (1 if found[1] > 0 else -1)
        signs[id(row)] = (found[0], sign)
        by_trial[row["study_id"]][sign > 0] += 1
        by_indicator[_indicator(row)].setdefault(row["study_id"], sign)
    counted = {key: _counts(trials.values()) for key, trials in by_indicator.items()}
    for row in rows:
        if id(row) in signs:
            cell, sign = signs[id(row)]
            trials = list(counted[_indicator(row)])
            trials[by_indicator[_indicator(row)][row["study_id"]] > 0] -= 1
            yield from _reversed(row, cell, sign, by_trial[row["study_id"]], trials)


def _indicator(row: Row) -> tuple[str, str]:
    return row["domain"], row["indicator"]


def _counts(signs: Sequence[int]) -> tuple[int, int]:
    return sum(sign < 0 for sign in signs), sum(sign > 0 for sign in signs)


def _reversed(
    row: Row, cell: str, sign: int, own: Sequence[int], trials: Sequence[int]
) -> Iterator[Problem]:
    with_it, against = own[sign > 0] - 1, own[sign < 0]
    said = []
    if with_it == 0 and against >= MIN_ROWS:
        said.append(f"{against} other rows of the trial")
    agreeing, others = trials[sign > 0], trials[sign < 0]
    if others >= MIN_AGREEING and agreeing <= SHARE_AGAINST * others:
        said.append(f"{others} of {others + agreeing} other trials with {row['indicator']}")
    if said:
        arm, other = ("intervention", "control") if sign > 0 else ("control", "intervention")
        seen = f"the effect favours the {arm} arm; {' and '.join(said)} favour the {other} arm"
        mend = "check which arm is which, and the signs"
        yield warning(row, cell, f"{seen} (each p < 0.05)", "a direction like the others'", mend)
