"""Warnings about standard deviations unlike those they should resemble: the SE typed as an SD."""

import math
from collections.abc import Iterator, Mapping
from statistics import median

from strataforest.errors import Problem
from strataforest.sheets.oddities.fellows import Fellows, Usual, middle_sd, odd_ones, spread_of
from strataforest.sheets.oddities.implied import ARMS, printed_t, t_of_means
from strataforest.sheets.oddities.student import bracket, t_of_p
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# SDs of one outcome that differ by more than this factor are hardly both SDs.
SD_RATIO = 3.0
# The log of the ratio of two SDs has a standard error of at most 1 / sqrt(n - 1), n the smaller.
SAMPLING = 3.3
# Within this factor of what a guess would give, the guess is worth naming.
NEAR = 1.6
# Arms whose SDs relate to their means alike within this factor differ in the means.
ALIKE = 2.0
# From this factor on a decimal point or a unit is likelier than anything else.
DECIMAL = 6.0
# Of three or four trials all may be of narrower populations: a larger SD is no sign of a slip then.
MIN_FOR_ABOVE = 5
CHECK_SD = "check the number, that it is a standard deviation, and the unit"
# The usual ratio of a value's SD to its mean: of two SDs the one further from it is odd.
USUAL_CV = 0.25


def unlike_sds(row: Row, fellows: Fellows) -> Iterator[Problem]:
    """An SD more than threefold off: the other arm's, the baseline's, the trial's or other trials'.

    SDs as printed or from SE or CI; baseline ones for post values (a change has an SD of its own).
    One cell that is off all others' median is named; else both arms' root mean square is held
    against the other rows of the trial, the baseline and the median of at least three other trials
    (threefold, or five median absolute deviations of their logs). With fewer than ten people in
    an arm the factor is exp(3.3 / sqrt(n - 1)). Nothing where a printed t fits the SDs.
    """
    arms, limit = _arm_sds(row), _limit(row)
    if not arms or _t_confirms(row):
        return
    cells = arms | _baseline_sds(row)
    in_trial, usual = fellows.in_trial("spread", row), fellows.elsewhere("spread", row)
    references = [median(in_trial)] if in_trial else []
    references += [usual.middle] if usual else []
    logs = {name: math.log(sd) for name, sd in cells.items()}
    odd = odd_ones(logs, [math.log(each) for each in references], math.log(limit))
    if len(odd) > 1 and len(arms) == 2 and _apart(*arms.values(), limit):
        rest = [*cells.values(), *references]
        odd = [_odder_arm(row, arms)] if len(rest) == 2 else [_furthest(arms, rest)]
    if len(odd) == 1 and _stands_alone(row, odd[0], cells, limit):
        rest = {name: sd for name, sd in cells.items() if name != odd[0]}
        yield _odd_sd(row, odd[0], cells[odd[0]], rest, in_trial, usual)
        return
    yield from _odd_row(row, arms, in_trial, usual)


def _limit(row: Row) -> float:
    """Return the factor by which SDs of the row's people must differ to be odd."""
    sizes = [int(row[f"n_{arm}"]) for arm in ARMS if row[f"n_{arm}"]]
    return max(SD_RATIO, math.exp(SAMPLING / math.sqrt(min(sizes) - 1))) if sizes else SD_RATIO


def _stands_alone(row: Row, cell: str, cells: Mapping[str, float], limit: float) -> bool:
    """Return whether a cell is off every other SD of its row, and not for a smaller or larger mean.

    Counts and times have SDs that grow with their means.
    """
    others = [sd for name, sd in cells.items() if name != cell]
    arms = [name for name in cells if "baseline" not in name]
    if not others or not all(_apart(cells[cell], sd, limit) for sd in others):
        return False
    means = [abs(float(row[f"mean_{name.rsplit('_', 1)[1]}"] or 0)) for name in arms]
    if len(arms) < 2 or cell not in arms or not all(means):
        return True
    variation = [cells[name] / mean for name, mean in zip(arms, means, strict=True)]
    return max(variation) > ALIKE * min(variation)


def _furthest(arms: Mapping[str, float], all_sds: list[float]) -> str:
    middle = math.log(median(all_sds))
    return max(arms, key=lambda cell: abs(math.log(arms[cell]) - middle))


def _odder_arm(row: Row, arms: Mapping[str, float]) -> str:
    """Return which of two SDs is the slip: the one whose fellow fits a printed t or p worse alone.

    Without t and p the one that is the odder for its mean.
    """
    small, large = sorted(arms, key=arms.__getitem__)
    misfit = {}
    for cell, other in ((small, large), (large, small)):
        same = {f"sd_{arm}": repr(arms[other]) for arm in ARMS}
        misfit[cell] = _misfit(row | same)
    if None not in misfit.values():
        return min(misfit, key=misfit.__getitem__)
    means = {cell: abs(float(row[f"mean_{cell.rsplit('_', 1)[1]}"] or 0)) for cell in arms}
    if not all(means.values()):
        return small
    return max(arms, key=lambda cell: oddness(row, arms[cell], means[cell]))


def oddness(row: Row, sd: float, mean: float) -> float:
    """Return how far, in logs, sd / |mean| lies from the usual: 1/4 of a value, 1 of a change."""
    usual = 1.0 if row["metric"] == "change" else USUAL_CV
    return abs(math.log(sd) - math.log(mean) - math.log(usual))


def _misfit(row: Row) -> float | None:
    """Return how far the row's t or p lies from that of its means and SDs, in logs."""
    found, t = t_of_means(row), printed_t(row)
    if not found or not found[0].high:
        return None
    middle = max((found[0].low + found[0].high) / 2, 1e-9)
    if t:
        return abs(math.log(max(t[1].low, 1e-9) / middle))
    if row["p_value"] and row["p_value"][0] not in "<>":
        printed = t_of_p(float(row["p_value"]), bracket(found[1][0])[0])
        return abs(math.log(max(printed, 1e-9) / middle))
    return None


def _arm_sds(row: Row) -> dict[str, float]:
    """Return the SDs above 0 of both arms by the cell that they come from."""
    found = {}
    for arm in ARMS:
        source = next((n for n in ("sd", "se", "ci_low") if row[f"{n}_{arm}"]), "sd")
        sd = middle_sd(row, arm)
        if sd:
            found[f"{source}_{arm}"] = sd
    return found


def _baseline_sds(row: Row) -> dict[str, float]:
    if row["metric"] == "change":
        return {}
    names = [f"sd_baseline_{arm}" for arm in ARMS]
    return {name: float(row[name]) for name in names if row[name] and float(row[name])}


def _t_confirms(row: Row) -> bool:
    found, t = t_of_means(row), printed_t(row)
    return bool(found and t and t[1].meets(found[0]))


def _odd_sd(
    row: Row,
    cell: str,
    sd: float,
    rest: Mapping[str, float],
    in_trial: list[float],
    usual: Usual | None,
) -> Problem:
    """Return the warning about one cell that all else contradicts."""
    others = [f"{name} is {row[name] or format(value, '.3g')}" for name, value in rest.items()]
    references = list(rest.values())
    if in_trial:
        others.append(f"the trial's other rows have {median(in_trial):.3g}")
        references.append(median(in_trial))
    if usual:
        others.append(str(usual))
        references.append(usual.middle)
    expected, limit = median(references), _limit(row)
    seen = f"{_said(row, cell, sd)}; {', '.join(others)}"
    mend = guess(sd, expected, row[f"n_{cell.rsplit('_', 1)[1]}"]) or CHECK_SD
    return warning(row, cell, seen, f"an SD within a factor of {limit:.2g} of {expected:.3g}", mend)


def _odd_row(
    row: Row, arms: Mapping[str, float], in_trial: list[float], usual: Usual | None
) -> Iterator[Problem]:
    """Yield the warning about both arms' SDs together, at the first of them."""
    spread, limit = spread_of(row), _limit(row)
    before = list(_baseline_sds(row).values())
    references = []
    if before and _apart(spread, median(before), limit):
        references.append((median(before), f"at baseline it is {median(before):.3g}"))
    # Of two rows that differ, the smaller SDs are the likelier slip, unless other trials can tell.
    told = len(in_trial) > 1 or (in_trial and not usual and spread < in_trial[0])
    if told and _apart(spread, median(in_trial), limit):
        references.append((median(in_trial), f"in the trial's other rows {median(in_trial):.3g}"))
    above = usual and spread > usual.middle
    if usual and usual.is_far(spread, limit) and not (above and usual.trials < MIN_FOR_ABOVE):
        references.append((usual.middle, str(usual)))
    if not references:
        return
    cell = next(iter(arms))
    both = " and ".join(_said(row, name, sd) for name, sd in arms.items())
    seen = f"{both}; {', '.join(said for _, said in references)}"
    expected = references[-1][0]
    sizes = [int(row[f"n_{arm}"]) for arm in ARMS if row[f"n_{arm}"]]
    mend = guess(spread, expected, str(max(sizes)) if sizes else "") or CHECK_SD
    yield warning(row, cell, seen, f"an SD within a factor of {limit:.2g} of {expected:.3g}", mend)


def guess(seen: float, expected: float, n: str = "") -> str:
    """Return what a number so far off most likely is: an SE (n given), a decimal or unit; or ''."""
    ratio = max(seen / expected, 1e-300)
    if n and ratio < 1 and _near(ratio * math.sqrt(int(n)), 1):
        return f"it seems a standard error: times sqrt({n}) it is {seen * math.sqrt(int(n)):.3g}"
    factor = max(ratio, 1 / ratio)
    if factor > DECIMAL:
        return f"check the decimal point and the unit: it is off by a factor of {factor:.3g}"
    return ""


def _near(value: float, target: float, factor: float = NEAR) -> bool:
    return target / factor <= value <= target * factor


def _said(row: Row, cell: str, sd: float) -> str:
    if cell.startswith("sd"):
        return f"{cell} is {row[cell]}"
    return f"{cell} is {row[cell]}, which gives an SD of {sd:.3g}"


def _apart(one: float, other: float, limit: float) -> bool:
    return max(one, other) > limit * min(one, other)
