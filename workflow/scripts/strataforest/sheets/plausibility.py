"""Warnings: what can be computed with and is hardly meant. Nothing is repaired here.

Rules of one row, of a row and its fellows in the sheet, and of a trial. Contradictions between
the numbers of a row are the module agreement's. Every warning names the cell, what it holds, what
was expected and what to check.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from strataforest.errors import Problem
from strataforest.sheets.agreement import RULES, contradicted_sign, warning
from strataforest.sheets.identity import effect_key
from strataforest.sheets.implied import ARMS, arm_sd, difference_of_means, se_of_difference
from strataforest.sheets.large_effects import large_effect
from strataforest.tabular import Row

# SDs of one outcome that differ by more than this factor are hardly both SDs.
SD_RATIO = 3.0
# A median takes at least so many other trials.
MIN_OTHER_TRIALS = 3
# A post difference of fewer standard errors is no finding that a baseline could explain.
NOTABLE = 1.96
ZEROS = tuple(f"{name}_{arm}" for name in ("sd", "se", "sd_baseline") for arm in ARMS)


def implausible(
    outcomes: Sequence[Row], studies: Sequence[Row], indicators: Mapping[str, Mapping]
) -> Iterator[Problem]:
    """Yield the warnings of all rows; `indicators` is the config's, for the direction of each."""
    for row in outcomes:
        for rule in (*RULES, *ROW_RULES):
            yield from rule(row)
        yield from contradicted_sign(row, _better(row, indicators))
    yield from small_sds(outcomes)
    yield from repeated_numbers(outcomes)
    yield from cluster_trials(studies, outcomes)


def _better(row: Row, indicators: Mapping[str, Mapping]) -> int:
    in_sheet, declared = row["higher_is_better"], indicators.get(row["indicator"], {})
    if in_sheet:
        return 1 if in_sheet == "yes" else -1
    return {True: 1, False: -1, None: 0}[declared.get("higher_is_better")]


def zero_spread(row: Row) -> Iterator[Problem]:
    """A standard deviation or standard error of 0: everybody alike, or a cell that was empty."""
    for name in ZEROS:
        if row[name] and float(row[name]) == 0:
            mend = f"check {name}; leave it empty where it was not reported"
            yield warning(row, name, f"{name} is 0", "above 0", mend)


def unlike_sds(row: Row) -> Iterator[Problem]:
    """SDs of one measurement that differ more than threefold: between arms, or from baseline.

    Arms: SDs as printed or from SE or CI. Baseline: sd_baseline against a post value's sd of the
    same arm (a change has an SD of its own).
    """
    treat, control = (_middle_sd(row, arm) for arm in ARMS)
    column = "sd_treat" if row["sd_treat"] else "mean_treat"
    if treat and control and _apart(treat, control):
        seen = f"the arms' SDs are {treat:.3g} and {control:.3g}"
        mend = "check that both are standard deviations, not one a standard error"
        yield warning(row, column, seen, "SDs within a factor of 3", mend)
    for arm in ARMS:
        after, before = row[f"sd_{arm}"], row[f"sd_baseline_{arm}"]
        if row["metric"] == "change" or not (after and before):
            continue
        if float(after) and float(before) and _apart(float(after), float(before)):
            seen = f"sd_{arm} is {after} and sd_baseline_{arm} is {before}"
            mend = "check both cells: one may be a standard error or in another unit"
            yield warning(row, f"sd_{arm}", seen, "SDs within a factor of 3", mend)


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


def sd_of_randomised(row: Row) -> Iterator[Problem]:
    """An SD that comes from an SE or CI by the n randomised: sd = se sqrt(n) grows with n.

    The n must be that of the people analysed; with completers instead of everybody randomised the
    same interval gives a smaller SD and a larger SMD.
    """
    if row["n_basis"].strip().lower() != "randomised":
        return
    arms = [arm for arm in ARMS if not row[f"sd_{arm}"] and arm_sd(row, arm)]
    if arms:
        kind = "se" if row[f"se_{arms[0]}"] else "ci_low"
        cells, sizes = ([f"{name}_{arm}" for arm in arms] for name in (kind, "n"))
        seen = f"SDs are computed from {' and '.join(cells)} with {' and '.join(sizes)} randomised"
        mend = "give the n analysed (completers?): the SD, and so the SMD, changes with it"
        yield warning(row, cells[0], seen, "n_basis analysed", mend)


def _middle_sd(row: Row, arm: str) -> float | None:
    sd = arm_sd(row, arm)
    return (sd.low + sd.high) / 2 if sd else None


def _apart(one: float, other: float) -> bool:
    return max(one, other) > SD_RATIO * min(one, other)


ROW_RULES = (large_effect, zero_spread, unlike_sds, baseline_imbalance, sd_of_randomised)


def small_sds(rows: Sequence[Row]) -> Iterator[Problem]:
    """An SD below a third of the median of other trials' SDs of the same outcome.

    Same domain, indicator, instrument, unit and metric; per row the root mean square of the arms'
    printed SDs, per trial the median of its rows, at least three other trials.
    """
    groups: dict[tuple, dict[str, list[tuple[Row, float]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        sds = [float(row[f"sd_{arm}"]) for arm in ARMS if row[f"sd_{arm}"]]
        if any(sds):
            spread = (sum(sd**2 for sd in sds) / len(sds)) ** 0.5
            names = ("domain", "indicator", "instrument", "unit", "metric")
            groups[tuple(row[name] for name in names)][row["study_id"]].append((row, spread))
    for trials in groups.values():
        typical = {study: median(spread for _, spread in found) for study, found in trials.items()}
        if len(trials) <= MIN_OTHER_TRIALS:
            continue
        for study, found in trials.items():
            usual = median(value for other, value in typical.items() if other != study)
            for row, spread in found:
                if SD_RATIO * spread < usual:
                    cell = "sd_treat" if row["sd_treat"] else "sd_control"
                    others = f"the median of {len(trials) - 1} other trials"
                    seen = f"the SD is {spread:.3g}; {others} is {usual:.3g}"
                    mend = "check that it is not a standard error, and the unit"
                    yield warning(row, cell, seen, f"above {usual / SD_RATIO:.3g}", mend)


def repeated_numbers(rows: Sequence[Row]) -> Iterator[Problem]:
    """A row with the very means and SDs (or md and CI) of another row about something else."""
    first: dict[tuple[str, ...], Row] = {}
    sets = (
        tuple(f"{name}_{arm}" for name in ("mean", "sd") for arm in ARMS),
        ("md", "md_ci_low", "md_ci_high"),
    )
    for row in rows:
        for names in sets:
            if not all(row[name] for name in names):
                continue
            other = first.setdefault((names[0], *(row[name] for name in names)), row)
            if effect_key(other) != effect_key(row):
                seen = f"the numbers are those of row {other['source_row']} of "
                seen += f"{other['source_file']} ({other['study_id']}, {other['indicator']})"
                mend = "check that neither row was copied and left unchanged"
                yield warning(row, names[0], seen, "numbers of its own", mend)


def cluster_trials(studies: Sequence[Row], outcomes: Sequence[Row]) -> Iterator[Problem]:
    """A cluster-randomised trial with outcomes but without icc or cluster size.

    Its n are to be divided by 1 + (cluster_size - 1) icc; without them its precision is overstated.
    """
    with_outcomes = {row["study_id"] for row in outcomes}
    for row in studies:
        missing = [name for name in ("icc", "cluster_size") if not row[name]]
        if row["design"] != "cluster" or not missing or row["study_id"] not in with_outcomes:
            continue
        seen = f"{row['study_id']} is cluster randomised and has no {' and no '.join(missing)}"
        mend = "fill them in, or set conversions.default_icc: else its effects look too precise"
        yield warning(row, "design", seen, "icc and cluster_size", mend)
