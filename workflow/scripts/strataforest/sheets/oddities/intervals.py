"""Warnings about confidence intervals: their own estimate and SD must lie where they say."""

from collections.abc import Iterator

from strataforest.errors import Problem
from strataforest.sheets.oddities.implied import (
    ARMS,
    arm_sd_from_ci,
    arm_sd_from_se,
    exp_range,
    log_range,
)
from strataforest.sheets.oddities.rounding import SLIPS, Range, as_printed, slip
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# (estimate, lower, upper, on the log scale)
INTERVALS = (
    *((f"mean_{arm}", f"ci_low_{arm}", f"ci_high_{arm}", False) for arm in ARMS),
    ("md", "md_ci_low", "md_ci_high", False),
    ("ratio", "ratio_ci_low", "ratio_ci_high", True),
)
# How far from the middle of its interval an estimate may lie, as a share of the interval's width.
OFF_CENTRE = 0.05


def outside_interval(row: Row) -> Iterator[Problem]:
    """An estimate outside its own confidence interval: a slip in one of the three cells."""
    for name, low, high, is_log in INTERVALS:
        if row[name] and row[low] and row[high] and not _is_inside(row, name, low, high):
            cell, mend = _slipped(row, name, low, high, is_log)
            seen = f"{name} is {row[name]}, outside its interval {row[low]} to {row[high]}"
            yield warning(row, cell, seen, "an estimate inside it", mend or "check the three cells")


def off_centre(row: Row) -> Iterator[Problem]:
    """An estimate off the middle of its interval: |middle - estimate| > 5% of the width.

    Ratios on the log scale. Estimates outside their interval are `outside_interval`'s.
    """
    for name, low, high, is_log in INTERVALS:
        if not (row[name] and row[low] and row[high] and _is_inside(row, name, low, high)):
            continue
        lower, estimate, upper = _three(row, name, low, high, is_log)
        middle = Range((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)
        width = upper.high - lower.low
        gap = max(middle.low - estimate.high, estimate.low - middle.high)
        if gap > OFF_CENTRE * width > 0:
            cell, slip_of = _slipped(row, name, low, high, is_log)
            scale = " on the log scale" if is_log else ""
            seen = f"{name} is {row[name]}, off the middle of {row[low]} to {row[high]}{scale}"
            mend = "check the three cells; an interval from a bootstrap or of a median may be so"
            expected = "an estimate in the middle of its interval"
            yield warning(row, cell, seen, expected, slip_of or mend)


def _three(row: Row, name: str, low: str, high: str, is_log: bool) -> list[Range]:
    ranges = [as_printed(row, cell, name, low, high) for cell in (low, name, high)]
    return [log_range(each) for each in ranges] if is_log else ranges


def _slipped(row: Row, name: str, low: str, high: str, is_log: bool) -> tuple[str, str]:
    """Return the cell of the three that one slip of the keyboard explains, and which slip.

    Each cell is held against what the two others lead to expect; the estimate's where no cell
    fits, else the likeliest slip and, of two equally likely, the better fit.
    """
    lower, estimate, upper = _three(row, name, low, high, is_log)
    wanted = {name: Range((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)}
    if not estimate.low > upper.high:
        wanted[low] = Range(2 * estimate.low - upper.high, 2 * estimate.high - upper.low)
    if not estimate.high < lower.low:
        wanted[high] = Range(2 * estimate.low - lower.high, 2 * estimate.high - lower.low)
    widths = {name: upper.minus(lower), low: upper.minus(estimate), high: estimate.minus(lower)}
    found = {}
    for cell, values in wanted.items():
        scaled = exp_range(values) if is_log else values
        slack = OFF_CENTRE * widths[cell].magnitude().high * (1 if cell == name else 2)
        wider = Range(values.low - slack, values.high + slack)
        fit = slip(row[cell], exp_range(wider) if is_log else wider)
        if fit:
            found[cell] = *fit, scaled
    if not found:
        return name, ""
    cell = min(found, key=lambda each: found[each][:2])
    kind, _, values = found[cell]
    return cell, f"check {cell}, the {SLIPS[kind]} above all: {values} would fit the two others"


def _is_inside(row: Row, name: str, low: str, high: str) -> bool:
    ends = sorted((float(row[low]), float(row[high])))
    return ends[0] <= float(row[name]) <= ends[1]


def sd_against_interval(row: Row) -> Iterator[Problem]:
    """An arm's SD that its own SE or CI contradicts: sd against se sqrt(n), or the CI's width."""
    for arm in ARMS:
        sd = as_printed(row, f"sd_{arm}", *(f"sd_{a}" for a in ARMS))
        if not sd:
            continue
        sources = (("SE", arm_sd_from_se(row, arm)), ("CI", arm_sd_from_ci(row, arm)))
        for source, implied in sources:
            if implied and not sd.meets(implied):
                cell = f"sd_{arm}"
                seen = f"{cell} is {row[cell]}; the {source} and n_{arm} give an SD of {implied}"
                as_se = sd.times(int(row[f"n_{arm}"]) ** 0.5).meets(implied)
                mend = f"{cell} seems to hold a standard error" if as_se else "check the cells"
                yield warning(row, cell, seen, f"an SD of {implied}", mend)
