"""The warning about counts of which one seems to be that of the people without the event."""

import math
from collections.abc import Iterator

from strataforest.errors import Problem
from strataforest.sheets.oddities.agreement import fits
from strataforest.sheets.oddities.implied import ARMS, counts_p
from strataforest.sheets.oddities.rounding import Range
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# The logistic distribution's SD over pi: an odds ratio as a standardised difference.
PER_LOG_ODDS = math.sqrt(3) / math.pi
LARGE_D = 2.0


def non_events(row: Row, better: int) -> Iterator[Problem]:
    """Counts whose effect is too large, or whose p is that of one arm's other people.

    d = |ln OR| sqrt(3)/pi above 2 (half an event added where a cell is 0); or a printed p that no
    usual test of the counts gives and one does once n - events stands for the events of one arm.
    Which arm cannot be told from p: named is the one that, turned round, lets the effect favour
    the intervention; `better` is 1 where the event is good, -1 where bad, 0 for unknown.
    Source: Chinn 2000, Stat Med 19:3127-3131.
    """
    log_ratio = _log_odds_ratio(row)
    if log_ratio is None:
        return
    turned = {arm: row | {f"events_{arm}": _others(row, arm)} for arm in ARMS}
    ps, other_ps = counts_p(row), counts_p(turned["treat"])
    d = abs(log_ratio) * PER_LOG_ODDS
    seen = ""
    if d > LARGE_D:
        seen = f"the odds ratio of the counts is {math.exp(log_ratio):.3g}, as {d:.3g} SDs apart"
    elif row["p_value"] and not _fit(row, ps) and _fit(row, other_ps):
        seen = f"p_value is {row['p_value']}; the counts give {min(ps.values()):.3g} to "
        seen += f"{max(ps.values()):.3g}, and {row['p_value']} with one arm's other people"
    if seen:
        arm = next((a for a in ARMS if better * _log_odds_ratio(turned[a]) > 0), ARMS[0])
        n = row[f"n_{arm}"]
        seen = f"events_{arm} is {row[f'events_{arm}']} of {n}; {seen}"
        mend = "check that both cells count the event, not the people without it"
        yield warning(row, f"events_{arm}", seen, f"perhaps {_others(row, arm)} of {n}", mend)


def _others(row: Row, arm: str) -> str:
    return str(int(row[f"n_{arm}"]) - int(row[f"events_{arm}"]))


def _fit(row: Row, ps: dict[str, float]) -> bool:
    return fits(row["p_value"], Range(min(ps.values()), max(ps.values())))


def _log_odds_ratio(row: Row) -> float | None:
    """Return ln OR of treat against control, or None without four possible counts."""
    if not counts_p(row):
        return None
    a, n1, c, n2 = (int(row[f"{name}_{arm}"]) for arm in ARMS for name in ("events", "n"))
    b, d = n1 - a, n2 - c
    half = 0.0 if min(a, b, c, d) else 0.5
    return math.log((a + half) * (d + half) / ((b + half) * (c + half)))
