"""Warnings: what can be computed with and is hardly meant. Nothing is repaired here.

The rules stand in the modules beside this one; each is named by its function, and `Problem.rule`
carries that name. Every warning names the cell, what it holds, what was expected and what to check.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from strataforest.directions import direction_of
from strataforest.errors import Problem
from strataforest.sheets.oddities import (
    agreement,
    copies,
    directions,
    events,
    intervals,
    large_effects,
    levels,
    spreads,
    trial_facts,
)
from strataforest.sheets.oddities.fellows import Fellows
from strataforest.sheets.oddities.granularity import impossible_means
from strataforest.sheets.oddities.implied import ARMS, arm_sd
from strataforest.sheets.oddities.sizes import Sizes, unlike_sizes
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

ZEROS = tuple(f"{name}_{arm}" for name in ("sd", "se", "sd_baseline") for arm in ARMS)


def implausible(
    outcomes: Sequence[Row], studies: Sequence[Row], indicators: Mapping[str, Mapping]
) -> Iterator[Problem]:
    """Yield the warnings of all rows, each with the name of its rule.

    `indicators` is the config's: the direction of each, and of how many whole-number items it is.
    """
    fellows, sizes = Fellows(outcomes), Sizes(outcomes, studies)
    better = partial(direction_of, indicators=indicators)
    for row in outcomes:
        yield from _of_row(row, fellows, sizes, better(row))
        yield from _named(agreement.contradicted_sign, row, better(row))
        items = indicators.get(row["indicator"], {}).get("integer_items")
        if items:
            yield from _named(impossible_means, row, items)
    yield from _named(directions.against_the_rest, outcomes, better)
    yield from _named(copies.repeated_numbers, outcomes, studies)
    yield from _named(trial_facts.weeks_against_follow_up, studies, outcomes)
    yield from _named(trial_facts.year_against_names, studies)
    yield from _named(trial_facts.cluster_trials, studies, outcomes)


def _of_row(row: Row, fellows: Fellows, sizes: Sizes, better: int) -> Iterator[Problem]:
    """Yield the warnings of one row.

    A wrong SD, mean or limit also makes t, p and the effect odd. So those are looked at only where
    none of the causes is found, and the first that is odd is told: one slip, one warning.
    """
    yield from _named(unlike_sizes, row, sizes)
    causes = [
        *_named(intervals.sd_against_interval, row),
        *_named(spreads.unlike_sds, row, fellows),
    ]
    causes = causes or [*_named(levels.unlike_means, row, fellows)]
    causes = causes or [*_named(large_effects.shifted_mean, row)]
    causes += _named(levels.values_as_changes, row, fellows)
    causes += _named(events.non_events, row, better)
    for rule in CAUSES:
        causes += _named(rule, row)
    yield from causes
    yield from _named(levels.unit_of_others, row, fellows)
    if not causes:
        yield from next((found for rule in SYMPTOMS if (found := [*_named(rule, row)])), ())
    for rule in OTHERS:
        yield from _named(rule, row)


def _named(rule: Callable[..., Iterable[Problem]], *facts: object) -> Iterator[Problem]:
    for problem in rule(*facts):
        yield replace(problem, rule=rule.__name__)


def zero_spread(row: Row) -> Iterator[Problem]:
    """A standard deviation or standard error of 0: everybody alike, or a cell that was empty."""
    for name in ZEROS:
        if row[name] and float(row[name]) == 0:
            mend = f"check {name}; leave it empty where it was not reported"
            yield warning(row, name, f"{name} is 0", "above 0", mend)


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


# Cells that are wrong by themselves, and what else goes wrong by them.
CAUSES = (
    intervals.outside_interval,
    intervals.off_centre,
    levels.baseline_as_post,
    copies.like_arms,
)
SYMPTOMS = (
    agreement.t_against_means,
    agreement.md_against_means,
    agreement.p_against_numbers,
    large_effects.large_effect,
)
OTHERS = (
    zero_spread,
    sd_of_randomised,
    levels.baseline_imbalance,
    levels.unequal_at_baseline,
    agreement.tests_disagree,
)
