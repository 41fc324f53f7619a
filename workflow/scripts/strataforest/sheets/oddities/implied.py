"""What the numbers of a row say about each other: the SDs, t, d and p that they imply.

Every function takes a harmonised row and returns None where the row lacks the cells. Ranges allow
for the rounding of what is printed.
"""

import math
from collections.abc import Iterator

from strataforest.sheets.oddities.count_tests import count_ps
from strataforest.sheets.oddities.rounding import Range, as_printed
from strataforest.sheets.oddities.student import Z_95, bracket, quantile_975, two_sided_p
from strataforest.tabular import Row

ARMS = ("treat", "control")


def arm_sizes(row: Row) -> tuple[int, int] | None:
    """Return the people in both arms; one missing size is what n_total leaves."""
    treat, control, total = row["n_treat"], row["n_control"], row["n_total"]
    if total and bool(treat) != bool(control):
        rest = int(total) - int(treat or control)
        return (int(treat), rest) if treat else (rest, int(control))
    return (int(treat), int(control)) if treat and control else None


def total_size(row: Row) -> int | None:
    """Return the people in both arms together."""
    sizes = arm_sizes(row)
    return sum(sizes) if sizes else int(row["n_total"]) if row["n_total"] else None


def p_range(t: Range, *dfs: float) -> Range:
    """Return the p values of all t in a range (t >= 0) at any of these degrees of freedom.

    Degrees of freedom that are no whole number, or large, count as all between their neighbours.
    """
    ends = [end for df in dfs for end in bracket(df)]
    return Range(
        min(two_sided_p(t.high, df) for df in ends), max(two_sided_p(t.low, df) for df in ends)
    )


def difference_of_means(row: Row) -> Range | None:
    """Return mean_treat - mean_control."""
    means = [as_printed(row, f"mean_{arm}", *(f"mean_{a}" for a in ARMS)) for arm in ARMS]
    return means[0].minus(means[1]) if all(means) else None


def arm_sd(row: Row, arm: str) -> Range | None:
    """Return an arm's SD: as printed, or se sqrt(n), or (ci_high - ci_low) sqrt(n) / (2 t(n-1))."""
    printed = as_printed(row, f"sd_{arm}", *(f"sd_{a}" for a in ARMS))
    if printed or not row[f"n_{arm}"]:
        return printed
    return arm_sd_from_se(row, arm) or arm_sd_from_ci(row, arm)


def arm_sd_from_se(row: Row, arm: str) -> Range | None:
    """Return se sqrt(n) of an arm."""
    se = as_printed(row, f"se_{arm}", *(f"se_{a}" for a in ARMS))
    return se.times(math.sqrt(int(row[f"n_{arm}"]))) if se and row[f"n_{arm}"] else None


def arm_sd_from_ci(row: Row, arm: str) -> Range | None:
    """Return (ci_high - ci_low) sqrt(n) / (2 q) of an arm, q of t(n-1) or of the normal."""
    limits = [f"{name}_{arm}" for name in ("ci_low", "ci_high")]
    low, high = (as_printed(row, name, *limits) for name in limits)
    if not (low and high and row[f"n_{arm}"]):
        return None
    n = int(row[f"n_{arm}"])
    width = high.minus(low)
    small, large = Z_95, quantile_975(n - 1)
    root = math.sqrt(n) / 2
    return Range(max(0.0, width.low) * root / large, width.high * root / small)


def se_of_difference(row: Row, sds_are_ses: bool = False) -> Range | None:
    """Return the standard error of mean_treat - mean_control from the arms' SDs and n.

    sqrt(pooled sd^2 (1/n1 + 1/n2)) by Student and sqrt(sd1^2/n1 + sd2^2/n2) by Welch: the range
    holds both. With `sds_are_ses` the printed SDs are taken for SEs.
    """
    sizes, sds = arm_sizes(row), [arm_sd(row, arm) for arm in ARMS]
    if not (sizes and all(sds)) or min(sizes) < 2:
        return None
    if sds_are_ses:
        sds = [sd.times(math.sqrt(n)) for sd, n in zip(sds, sizes, strict=True)]
    least = min(_standard_errors([max(0.0, sd.low) for sd in sds], sizes))
    return Range(least, max(_standard_errors([sd.high for sd in sds], sizes)))


def t_of_means(row: Row, sds_are_ses: bool = False) -> tuple[Range, tuple[float, ...]] | None:
    """Return the range of |t| = |m1 - m2| / se, and its degrees of freedom: N - 2 and Welch's."""
    difference, se = difference_of_means(row), se_of_difference(row, sds_are_ses)
    if not (difference and se and se.high):
        return None
    middle = [(sd.low + sd.high) / 2 for sd in (arm_sd(row, arm) for arm in ARMS)]
    sizes = arm_sizes(row)
    return ratio_range(difference, se), (sum(sizes) - 2.0, _welch_df(middle, sizes))


def _standard_errors(sds: list[float], sizes: tuple[int, int]) -> tuple[float, float]:
    """Return the standard error of a mean difference by Student and by Welch."""
    (sd1, sd2), (n1, n2) = sds, sizes
    pooled = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2)
    return math.sqrt(pooled * (1 / n1 + 1 / n2)), math.hypot(
        sd1 / math.sqrt(n1), sd2 / math.sqrt(n2)
    )


def _welch_df(sds: list[float], sizes: tuple[int, int]) -> float:
    parts = [sd**2 / n for sd, n in zip(sds, sizes, strict=True)]
    below = sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    return sum(parts) ** 2 / below if below else sum(sizes) - 2.0


def printed_t(row: Row) -> tuple[str, Range] | None:
    """Return the column of the printed t (or F, as its root) and the range of |t|."""
    if row["t_stat"]:
        return "t_stat", as_printed(row, "t_stat").magnitude()
    f = as_printed(row, "f_stat")
    return ("f_stat", Range(math.sqrt(max(0.0, f.low)), math.sqrt(f.high))) if f else None


def implied_ps(row: Row) -> Iterator[tuple[str, Range]]:
    """Yield (source, range of p) for each way in which the row's numbers give a two-sided p.

    Means with SDs and n (Student, Welch); t or F with N - 2; a difference with its SE or 95% CI,
    by the normal and by t(N - 2); a log ratio with its SE or CI, by the normal; counts (from the
    smallest to the largest p of chi-squared, with and without continuity correction, and Fisher).
    """
    means, t, n = t_of_means(row), printed_t(row), total_size(row)
    if means:
        yield "the means, SDs and n", p_range(means[0], *means[1])
    if t and n and n > 2:
        yield f"{t[0]} and n", p_range(t[1], n - 2)
    df = float(n - 2) if n and n > 2 else math.inf
    for source, estimate, low, high, se in _estimates(row):
        if se:
            ratio = ratio_range(estimate, se)
            yield source, p_range(ratio, df, math.inf)
        if low and high:
            yield source, _p_of_interval(estimate, high.minus(low), df)
    ps = counts_p(row)
    if ps:
        yield "the counts", Range(min(ps.values()), max(ps.values()))


def _estimates(row: Row) -> Iterator[tuple]:
    """Yield (source, estimate, lower and upper limit, SE) of each printed contrast."""
    for name in ("md", "smd", "log_ratio"):
        if row[name] and row[f"{name}_se"]:
            se = as_printed(row, f"{name}_se")
            yield f"{name} and its SE", as_printed(row, name), None, None, se
    for name in ("md", "ratio"):
        cells = (name, f"{name}_ci_low", f"{name}_ci_high")
        if all(row[cell] for cell in cells):
            numbers = [as_printed(row, cell, *cells) for cell in cells]
            if name == "ratio":
                numbers = [log_range(each) for each in numbers]
            yield f"{name} and its interval", *numbers, None


def log_range(values: Range) -> Range:
    """Return the range of ln x; its lower end is -inf where rounding may reach 0."""
    return Range(math.log(values.low) if values.low > 0 else -math.inf, math.log(values.high))


def exp_range(values: Range) -> Range:
    """Return the range of exp x; beyond what a double holds, infinity."""
    return Range(*(math.exp(x) if x < 700 else math.inf for x in (values.low, values.high)))


def ratio_range(estimate: Range, se: Range) -> Range:
    """Return the range of |estimate| / se."""
    size = estimate.magnitude()
    return Range(size.low / se.high, size.high / se.low if se.low > 0 else math.inf)


def _p_of_interval(estimate: Range, width: Range, df: float) -> Range:
    """Return the p of |estimate| / (width / (2 q)), q and p of one distribution: normal or t."""
    found = []
    for each in {df, math.inf}:
        q = Z_95 if math.isinf(each) else quantile_975(each)
        found.append(p_range(ratio_range(estimate, width.times(1 / (2 * q))), each))
    return Range(min(p.low for p in found), max(p.high for p in found))


def counts_p(row: Row) -> dict[str, float]:
    """Return the p of each test of the row's 2x2 counts; empty without four possible counts."""
    names = ("events_treat", "n_treat", "events_control", "n_control")
    if not all(row[name] for name in names):
        return {}
    a, n1, c, n2 = (int(row[name]) for name in names)
    return count_ps(a, n1, c, n2) if a <= n1 and c <= n2 else {}
