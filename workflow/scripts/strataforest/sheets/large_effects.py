"""The warning about effects too large to believe, whichever numbers they come from."""

import math
from collections.abc import Iterator

from scipy import special

from strataforest.errors import Problem
from strataforest.sheets.agreement import warning
from strataforest.sheets.implied import (
    ARMS,
    Z_95,
    arm_sd,
    arm_sizes,
    difference_of_means,
    total_size,
)
from strataforest.sheets.rounding import SLACK
from strataforest.tabular import Row

LARGE_D = 2.0


def large_effect(row: Row) -> Iterator[Problem]:
    """An effect beyond two standard deviations, by the first way in which the row gives one.

    |m1 - m2| / sqrt((sd1^2 + sd2^2) / 2); a printed SMD; |t| sqrt(1/n1 + 1/n2) with t printed, the
    root of F, md / se, or that of an exact p. The usual cause of the first is an SE typed as an
    SD, so what the SDs would give as SEs is said too.
    """
    found = next(_effects(row), None)
    if not found or not found[1] > LARGE_D * SLACK:
        return
    column, d, basis = found
    seen = f"the means are {d:.3g} standard deviations apart{basis}"
    mend = "check the cells and the units, and that the figures compare the arms"
    if column == "sd_treat":
        mend = "check that sd_treat and sd_control are not standard errors, and the units"
        sizes = arm_sizes(row)
        if sizes:
            as_ses = d / math.sqrt(sum(sizes) / 2)
            mend += f" (taken as standard errors they put the means {as_ses:.2g} apart)"
    yield warning(row, column, seen, "hardly above 2", mend)


def _effects(row: Row) -> Iterator[tuple[str, float, str]]:
    """Yield (column, |d|, how it follows) for each way to a standardised difference, best first."""
    difference, sds = difference_of_means(row), [arm_sd(row, arm) for arm in ARMS]
    if difference and all(sds):
        source = next(name for name in ("sd", "se", "ci_low") if row[f"{name}_treat"])
        spread = math.sqrt(sum((sd.low + sd.high) ** 2 for sd in sds) / 8)
        basis = "" if source == "sd" else f", their SDs from {source.removesuffix('_low')} and n"
        if spread:
            yield f"{source}_treat", abs(difference.low + difference.high) / 2 / spread, basis
    if row["smd"]:
        yield "smd", abs(float(row["smd"])), f": smd is {row['smd']}"
    sizes, n = arm_sizes(row), total_size(row)
    if sizes and min(sizes) > 0:
        scale = math.sqrt(1 / sizes[0] + 1 / sizes[1])
    elif n:
        scale = 2 / math.sqrt(n)  # equal arms, which give the smallest d
    else:
        return
    for column, t in _ts(row, n):
        yield column, t * scale, f": {column} is {row[column]} with {n} people"


def _ts(row: Row, n: int) -> Iterator[tuple[str, float]]:
    """Yield (column, |t|) for each statistic of the row."""
    if row["t_stat"]:
        yield "t_stat", abs(float(row["t_stat"]))
    if row["f_stat"]:
        yield "f_stat", math.sqrt(float(row["f_stat"]))
    if row["md"] and row["md_se"]:
        yield "md", abs(float(row["md"]) / float(row["md_se"]))
    if row["md"] and row["md_ci_low"] and row["md_ci_high"]:
        width = abs(float(row["md_ci_high"]) - float(row["md_ci_low"]))
        if width:
            yield "md", abs(float(row["md"])) * 2 * Z_95 / width
    continuous = not (row["events_treat"] or row["ratio"] or row["log_ratio"])
    if row["p_value"] and row["p_value"][0] not in "<>" and continuous and n > 2:
        yield "p_value", -float(special.stdtrit(n - 2, float(row["p_value"]) / 2))
