"""The warning about effects too large to believe, whichever numbers they come from."""

import math
from collections.abc import Iterator

from strataforest.errors import Problem
from strataforest.sheets.oddities.implied import (
    ARMS,
    Z_95,
    arm_sd,
    arm_sizes,
    difference_of_means,
    total_size,
)
from strataforest.sheets.oddities.rounding import SLACK
from strataforest.sheets.oddities.spreads import oddness
from strataforest.sheets.oddities.student import bracket, t_of_p, two_sided_p
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

LARGE_D = 2.0
# Means that differ by such a factor differ by a decimal point rather than by an effect.
DECIMAL = 5.0


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
    if column.startswith("sd"):
        mend = "check that sd_treat and sd_control are not standard errors, and the units"
        sizes = arm_sizes(row)
        if sizes:
            as_ses = d / math.sqrt(sum(sizes) / 2)
            mend += f" (taken as standard errors they put the means {as_ses:.2g} apart)"
    yield warning(row, column, seen, "hardly above 2", mend)


def shifted_mean(row: Row) -> Iterator[Problem]:
    """Means more than two SDs apart of which one is more than five times the other.

    A decimal point rather than an effect; the cell is that whose SD is the odder for its mean.
    """
    difference, sds = difference_of_means(row), [arm_sd(row, arm) for arm in ARMS]
    if not difference or not all(sds) or not all(sd.low + sd.high > 0 for sd in sds):
        return
    means = [abs(float(row[f"mean_{arm}"])) for arm in ARMS]
    middles = [(sd.low + sd.high) / 2 for sd in sds]
    if not min(means) or not max(means) > DECIMAL * min(means):
        return
    d = abs(difference.low + difference.high) / math.hypot(*middles) / math.sqrt(2)
    if d > LARGE_D * SLACK:
        odd = [oddness(row, sd, mean) for sd, mean in zip(middles, means, strict=True)]
        cell = "mean_treat" if odd[0] >= odd[1] else "mean_control"
        seen = f"mean_treat is {row['mean_treat']} and mean_control is {row['mean_control']}, "
        seen += f"{d:.3g} standard deviations apart"
        mend = f"check the decimal point of {cell}, and the units"
        yield warning(row, cell, seen, "means alike within a factor of 5", mend)


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
    for column, t in _ts(row, n, LARGE_D / scale):
        yield column, t * scale, f": {column} is {row[column]} with {n} people"


def _ts(row: Row, n: int, large: float) -> Iterator[tuple[str, float]]:
    """Yield (column, |t|) for each statistic of the row; of p only where |t| is above `large`."""
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
        p, df = float(row["p_value"]), bracket(n - 2)[1]
        if p < two_sided_p(large, df):
            yield "p_value", t_of_p(p, df)
