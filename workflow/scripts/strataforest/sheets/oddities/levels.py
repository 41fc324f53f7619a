"""Warnings about means unlike those they should resemble: decimals, units, baselines, changes."""

import math
from collections.abc import Iterator
from statistics import median

from strataforest.errors import Problem
from strataforest.sheets.oddities.fellows import Fellows, level_of, middle_sd, odd_ones, spread_of
from strataforest.sheets.oddities.implied import (
    ARMS,
    arm_sizes,
    difference_of_means,
    se_of_difference,
)
from strataforest.sheets.oddities.spreads import guess
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# A mean so many SDs from the other means of its row is no finding.
FAR_SDS = 5.0
# Means of trials in the same unit hardly lie a factor of two and three SDs apart.
MEAN_RATIO = 2.0
OUTLYING_SDS = 3.0
ALIKE = 1.3
# A post difference of fewer standard errors is no finding that a baseline could explain.
NOTABLE = 1.96
# Randomised arms differ by more than so many standard errors at baseline once in 10,000 trials.
IMBALANCED = 3.89


def unlike_means(row: Row, fellows: Fellows) -> Iterator[Problem]:
    """A post mean far from the row's other means, or both far from the baseline or other trials.

    More than five SDs (the largest of the row) off the median of the other arm's, the baseline's
    and the trial's other means; or both arms' mean more than twofold, three SDs, and five median
    absolute deviations of logs off the median of at least three other trials.
    """
    if row["metric"] == "change":
        return
    names = [f"{name}_{arm}" for name in ("mean", "mean_baseline") for arm in ARMS]
    cells = {name: float(row[name]) for name in names if row[name]}
    if not any(row[f"mean_{arm}"] for arm in ARMS):
        return
    in_trial, scale = fellows.in_trial("level", row), _largest_sd(row)
    votes = [median(in_trial)] if in_trial else []
    odd = odd_ones(cells, votes, FAR_SDS * scale) if scale and len(cells) + len(votes) > 2 else ()
    if len(odd) == 1:
        yield _odd_mean(row, odd[0], cells, votes, scale)
        return
    usual, level = fellows.elsewhere("level", row), level_of(row)
    is_far = usual and usual.is_far(level, MEAN_RATIO)
    if is_far and _is_outlying(row, fellows, level - usual.middle):
        both = row["mean_treat"] and row["mean_control"]
        cell = next(name for name in names if row[name])
        shown = "the arms' mean" if both else cell
        seen = f"{shown} is {level:.3g}{_unit(row)}; {usual}"
        mend = _mend(level, usual.middle)
        yield warning(row, cell, seen, f"within a factor of 2 of {usual.middle:.3g}", mend)


def unit_of_others(row: Row, fellows: Fellows) -> Iterator[Problem]:
    """A mean in a unit of its own that looks like other trials' in another unit.

    Within a factor of 1.3 and one SD of the median of at least three other trials in that unit: the
    unit is wrong, or one unit is spelled in two ways.
    """
    level = level_of(row)
    if not row["unit"] or level is None or fellows.elsewhere("level", row):
        return
    for unit in fellows.other_units(row):
        usual = fellows.elsewhere("level", row | {"unit": unit})
        spread = fellows.elsewhere("spread", row | {"unit": unit})
        if not (usual and spread and 1 / ALIKE < level / usual.middle < ALIKE):
            continue
        if abs(level - usual.middle) < spread.middle:
            seen = f"unit is {row['unit']} and the mean {level:.3g}; in {unit} {usual}"
            mend = "check the unit; spell one unit in one way"
            yield warning(row, "unit", seen, f"{unit}, or means unlike those in it", mend)
            return


def _is_outlying(row: Row, fellows: Fellows, gap: float) -> bool:
    """Return whether means lie more than three SDs apart, by other trials' SDs or else the row's.

    A scale that starts at 0 has means near 0, many times smaller than others', that are no slip.
    """
    usual = fellows.elsewhere("spread", row)
    scale = usual.middle if usual else spread_of(row)
    return scale is None or abs(gap) > OUTLYING_SDS * scale


def _odd_mean(row: Row, cell: str, cells: dict, votes: list[float], scale: float) -> Problem:
    rest = {name: value for name, value in cells.items() if name != cell}
    others = [f"{name} is {row[name]}" for name in rest]
    others += [f"the trial's other rows have {votes[0]:.3g}"] if votes else []
    expected = median([*rest.values(), *votes])
    seen = f"{cell} is {row[cell]}; {', '.join(others)}"
    mend = _mend(cells[cell], expected)
    return warning(row, cell, seen, f"within {FAR_SDS * scale:.3g} of {expected:.3g}", mend)


def _mend(mean: float, expected: float) -> str:
    if mean * expected <= 0:
        return "check the sign, and whether it is a change"
    return guess(mean, expected) or "check the number, the unit, and which value it is"


def _largest_sd(row: Row) -> float:
    sds = [middle_sd(row, arm) for arm in ARMS]
    sds += [float(row[f"sd_baseline_{arm}"] or 0) for arm in ARMS]
    return max(sd or 0.0 for sd in sds)


def _unit(row: Row) -> str:
    return f" {row['unit']}" if row["unit"] else ""


def baseline_as_post(row: Row) -> Iterator[Problem]:
    """A post value that is its baseline to the last digit: mean and SD, or both means."""
    same = [
        arm
        for arm in ARMS
        if row[f"mean_{arm}"] and float(row[f"mean_{arm}"]) == _number(row, f"mean_baseline_{arm}")
    ]
    sure = [
        arm
        for arm in same
        if row[f"sd_{arm}"] and float(row[f"sd_{arm}"]) == _number(row, f"sd_baseline_{arm}")
    ]
    arms = sure or (same if len(same) == 2 else [])
    if row["metric"] == "change" or not arms:
        return
    shown = " and ".join(f"mean_{arm}" for arm in arms)
    verb = "are the baseline means" if len(arms) == 2 else "is the baseline mean"
    seen = f"{shown} {verb} to the last digit"
    mend = "check that the values after the intervention were typed, not those before"
    yield warning(row, f"mean_{arms[0]}", seen, "values after the intervention", mend)


def _number(row: Row, name: str) -> float:
    return float(row[name]) if row[name] else math.nan


def values_as_changes(row: Row, fellows: Fellows) -> Iterator[Problem]:
    """Changes of more than five of their SDs in both arms: SEs for the SDs, or values for changes.

    The second where the means are within a factor of two of other trials' post values (then three
    SDs are enough), or of 1.3 of each other, as values are and changes hardly.
    """
    sds = [middle_sd(row, arm) for arm in ARMS]
    means = [row[f"mean_{arm}"] for arm in ARMS]
    if row["metric"] != "change" or not all(sds) or not all(means):
        return
    # Beside baseline means and SDs, mean and SD are final values: the change is computed from them.
    if all(row[f"{name}_baseline_{arm}"] for name in ("mean", "sd") for arm in ARMS):
        return
    means = sorted(abs(float(mean)) for mean in means)
    sizes = [abs(float(row[f"mean_{arm}"])) / sd for arm, sd in zip(ARMS, sds, strict=True)]
    post, level = fellows.elsewhere("level", row | {"metric": "post"}), level_of(row)
    like_post = post and 1 / MEAN_RATIO < level / post.middle < MEAN_RATIO
    if not min(sizes) > (OUTLYING_SDS if like_post else FAR_SDS):
        return
    seen = f"metric is change, and the arms changed by {sizes[0]:.3g} and {sizes[1]:.3g} SDs"
    cell = next(f"{name}_treat" for name in ("sd", "se", "ci_low") if row[f"{name}_treat"])
    mend = "check that the SDs are not standard errors, and that the means are changes"
    if like_post or means[1] < ALIKE * means[0]:
        cell = "metric"
        seen += f"; of post values {post}" if like_post else ""
        mend = "check that these are changes, not values; or the SDs, that they are no SEs"
    yield warning(row, cell, seen, "changes of a few SDs at most", mend)


def baseline_imbalance(row: Row) -> Iterator[Problem]:
    """A post difference most of which was there at baseline.

    Warns where |post - baseline| < |post| / 2, post and baseline being the differences of means,
    and |post| is at least 1.96 of its standard errors. Rows of changes are left alone.
    """
    cells = [f"mean_baseline_{arm}" for arm in ARMS]
    post, se = difference_of_means(row), se_of_difference(row)
    if row["metric"] == "change" or not (post and se and all(row[cell] for cell in cells)):
        return
    after = float(row["mean_treat"]) - float(row["mean_control"])
    before = float(row[cells[0]]) - float(row[cells[1]])
    error = (se.low + se.high) / 2
    if abs(after) >= NOTABLE * error and abs(after - before) < abs(after) / 2:
        seen = f"the arms differ by {after:.3g} afterwards and by {before:.3g} at baseline"
        mend = "the post difference is mostly baseline imbalance: prefer changes or an adjusted md"
        yield warning(row, "mean_treat", seen, "a difference that arose after baseline", mend)


def unequal_at_baseline(row: Row) -> Iterator[Problem]:
    """Arms that differ at baseline by more than 3.89 standard errors (p < 0.0001).

    |m1 - m2| / sqrt(sd1^2/n1 + sd2^2/n2), from the baseline's own SDs: hardly by chance between
    randomised arms; a slip, or post values typed as baseline.
    """
    names = [f"{name}_baseline_{arm}" for name in ("mean", "sd") for arm in ARMS]
    sizes = arm_sizes(row)
    if not (sizes and min(sizes) > 1 and all(row[name] for name in names)):
        return
    m1, m2, sd1, sd2 = (float(row[name]) for name in names)
    error = math.hypot(sd1 / math.sqrt(sizes[0]), sd2 / math.sqrt(sizes[1]))
    if error and abs(m1 - m2) > IMBALANCED * error:
        seen = f"the arms differ by {m1 - m2:.3g} at baseline, {abs(m1 - m2) / error:.3g} of its SE"
        mend = "check the baseline means and SDs; not randomised, or post values typed here?"
        yield warning(row, names[0], seen, "arms alike at baseline", mend)
