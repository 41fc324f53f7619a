"""Warnings about numbers of one row that cannot all be right: t, mean difference, p, sign.

Every rule takes one row and yields nothing where it lacks the cells. What is printed counts as
rounded: a contradiction is one that no rounding explains.
"""

from collections.abc import Iterator, Mapping

from strataforest.errors import Problem
from strataforest.sheets.oddities.implied import (
    ARMS,
    Z_95,
    counts_p,
    difference_of_means,
    implied_ps,
    p_range,
    printed_t,
    se_of_difference,
    t_of_means,
)
from strataforest.sheets.oddities.rounding import SLIPS, Range, as_printed, half_unit, slip
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# An adjusted difference is not that of the means: so many standard errors apart are let pass.
ADJUSTMENT = 2.0
SIGNIFICANT = 0.05


def t_against_means(row: Row) -> Iterator[Problem]:
    """A printed t (or F, as its root) that means, SDs and n do not give.

    |t| = |m1 - m2| / (sd sqrt(1/n1 + 1/n2)) by Student, and by Welch; either may match.
    """
    found, t = t_of_means(row), printed_t(row)
    if not (found and t) or t[1].meets(found[0]):
        return
    name = t[0]
    root = "" if name == "t_stat" else " (root of F)"
    seen = f"{name} is {row[name]}; the means, SDs and n give |t| = {found[0]}{root}"
    as_ses = t_of_means(row, sds_are_ses=True)
    mend = "check the means, SDs and n, and which comparison t belongs to"
    if as_ses and row["sd_treat"] and t[1].meets(as_ses[0]):
        mend = "sd_treat and sd_control seem to be standard errors: t fits them as such"
        name = "sd_treat"
    elif name == "t_stat" and not slip(row[name].lstrip("-"), found[0]):
        name, mend = _slipped_mean(row, t[1]) or (name, mend)
    yield warning(row, name, seen, f"|t| = {found[0]}", mend)


def _slipped_mean(row: Row, t: Range) -> tuple[str, str] | None:
    """Return the mean that one slip of the keyboard explains, given |t|, and what to check."""
    se, found = se_of_difference(row), {}
    for arm, other in (ARMS, ARMS[::-1]):
        name, fellow = f"mean_{arm}", as_printed(row, f"mean_{other}", f"mean_{arm}")
        gap = Range(t.low * se.low, t.high * se.high)
        sides = (Range(fellow.low + gap.low, fellow.high + gap.high), fellow.minus(gap))
        fits = [fit for side in sides if (fit := slip(row[name], side))]
        if fits:
            found[name] = min(fits)
    if not found:
        return None
    name = min(found, key=found.__getitem__)
    return name, f"check {name}, the {SLIPS[found[name][0]]} above all: t would fit then"


def md_against_means(row: Row) -> Iterator[Problem]:
    """A mean difference far from mean_treat - mean_control.

    Warns where they lie more than two standard errors of the difference apart (an adjusted
    difference may differ by less; 20% of the larger where no SE is known), or where their signs
    differ and both exceed one standard error.
    """
    means, md = difference_of_means(row), as_printed(row, "md", "mean_treat", "mean_control")
    if not (means and md):
        return
    printed, computed = float(row["md"]), (means.low + means.high) / 2
    error = _md_se(row) or 0.1 * max(abs(printed), abs(computed))
    gap = max(means.low - md.high, md.low - means.high)
    opposite = printed * computed < 0 and min(abs(printed), abs(computed)) > error
    if gap > ADJUSTMENT * error or (gap > 0 and opposite):
        seen = f"md is {row['md']}; mean_treat - mean_control is {computed:.4g}"
        what = "the sign of md: it is intervention minus control" if opposite else "the three cells"
        yield warning(row, "md", seen, f"about {computed:.4g}", f"check {what}")


def _md_se(row: Row) -> float | None:
    if row["md_se"]:
        return float(row["md_se"])
    if row["md_ci_low"] and row["md_ci_high"]:
        return abs(float(row["md_ci_high"]) - float(row["md_ci_low"])) / (2 * Z_95)
    se = se_of_difference(row)
    return se.high if se else None


def p_against_numbers(row: Row) -> Iterator[Problem]:
    """A printed p that none of the row's other numbers gives; see `implied_ps` for the sources.

    One source that fits is enough: p may be of the adjusted difference, not of the means. An exact
    p fits where its rounding meets the implied range, a bound where the range reaches beyond it.
    """
    if not row["p_value"]:
        return
    sources = list(implied_ps(row))
    if not sources or any(fits(row["p_value"], implied) for _, implied in sources):
        return
    said = "; ".join(f"{source} give p = {implied}" for source, implied in sources)
    mend = "check p, n and the other cells, and which comparison p is of (a change? one arm?)"
    cell = "p_value"
    as_ses = t_of_means(row, sds_are_ses=True)
    if counts_p(row):
        said = f"the counts give p = {_by_test(counts_p(row))}"
        mend = "check the counts, n and p, and which comparison p is of"
    elif as_ses and row["sd_treat"] and fits(row["p_value"], p_range(as_ses[0], *as_ses[1])):
        cell = "sd_treat"
        mend = "check that sd_treat and sd_control are not standard errors: p fits them as such"
    seen = f"p_value is {row['p_value']}; {said}"
    yield warning(row, cell, seen, f"p = {sources[0][1]}", mend)


def fits(printed: str, implied: Range) -> bool:
    """Return whether a printed p, exact or a bound, may be one of the implied range."""
    bound = float(printed.lstrip("<>"))
    if printed.startswith("<"):
        return implied.low <= bound
    if printed.startswith(">"):
        return implied.high >= bound
    half = half_unit(printed)
    return implied.meets(Range(bound - half, bound + half))


def _by_test(ps: Mapping[str, float]) -> str:
    return ", ".join(f"{p:.3g} by {test}" for test, p in ps.items())


def tests_disagree(row: Row) -> Iterator[Problem]:
    """Counts with a printed p that are significant (p < 0.05) by one usual test, not by another.

    Chi-squared with and without continuity correction, and Fisher: what a report says of such
    counts depends on a choice that it may not name.
    """
    ps = counts_p(row)
    undecided = ps and (min(ps.values()) < SIGNIFICANT) != (max(ps.values()) < SIGNIFICANT)
    if not (undecided and row["p_value"]):
        return
    matching = [test for test, p in ps.items() if fits(row["p_value"], Range(p, p))]
    seen = f"whether the counts are significant depends on the test: p = {_by_test(ps)}"
    seen += f"; p_value is {row['p_value']}, "
    seen += f"that of {' and '.join(matching)}" if matching else "that of none of them"
    mend = "check the counts, and do not quote p without its test"
    yield warning(row, "events_treat", seen, "p on one side of 0.05", mend)


def contradicted_sign(row: Row, better: int) -> Iterator[Problem]:
    """A sign that the arm means, or `favours`, contradict; `better` is 1, -1, or 0 for unknown.

    smd and md against the means; favours against the means or md; a negative t against the means,
    md or favours (a positive t is often one printed without sign, so it says nothing).
    """
    means = difference_of_means(row)
    direction = _sign(means)
    md = as_printed(row, "md", "md_ci_low", "md_ci_high")
    smd = as_printed(row, "smd")
    if direction and _sign(smd) == -direction:
        shown = (means.low + means.high) / 2
        seen = f"smd is {row['smd']}; mean_treat - mean_control is {shown:.4g}"
        yield warning(row, "smd", seen, "the same sign", "give it as intervention minus control")
    source = "the means" if direction else "md"
    direction = direction or _sign(md)
    favoured = better * {"treat": 1, "control": -1, "": 0}[row["favours"]]
    if direction * favoured < 0:
        arm = "control" if row["favours"] == "treat" else "treat"
        seen = f"favours is {row['favours']}; {source} favour {arm}"
        mend = "check favours, higher_is_better and which arm is which"
        yield warning(row, "favours", seen, arm, mend)
    direction, source = (direction, source) if direction else (favoured, "favours")
    if direction > 0 and row["t_stat"] and float(row["t_stat"]) < 0:
        seen = f"t_stat is {row['t_stat']}; by {source} the intervention arm is the higher"
        mend = "t may be control minus intervention; check which arm is which"
        yield warning(row, "t_stat", seen, "a positive t, or one without sign", mend)


def _sign(values: Range | None) -> int:
    if values is None:
        return 0
    return 1 if values.low > 0 else -1 if values.high < 0 else 0
