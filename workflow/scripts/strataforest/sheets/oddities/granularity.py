"""Warnings about means and SDs that whole numbers cannot have: GRIM and GRIMMER.

Only for indicators of which the config says that they are made of whole numbers
(`indicators.<name>.integer_items`).
"""

import math
from collections.abc import Iterator

from strataforest.errors import Problem
from strataforest.sheets.oddities.implied import ARMS
from strataforest.sheets.oddities.rounding import Range, as_printed
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# With more possible totals than this within the rounding, something always fits.
MAX_TOTALS = 1000


def impossible_means(row: Row, items: int) -> Iterator[Problem]:
    """A mean that no whole total of n people on `items` whole-number items rounds to, or its SD.

    GRIM: some whole T has T / (n items) within the rounding of the mean. GRIMMER: for such a T the
    sum of squares, (n - 1) (items sd)^2 + T^2 / n, can be a whole number as even or odd as T.
    `items` is the number of items averaged: 1 for a count, a sum score, or one rating. Changes of
    whole numbers are whole too. Source: Brown & Heathers 2017, Soc Psychol Personal Sci 8:363-369;
    Allard 2018, analytic GRIMMER.
    """
    for arm in ARMS:
        mean, n = as_printed(row, f"mean_{arm}"), row[f"n_{arm}"]
        if not (mean and n):
            continue
        whole = _whole(mean.times(int(n) * items) if int(n) * items else mean)
        if whole is None or len(whole) > MAX_TOTALS:
            continue
        if not whole:
            seen = f"mean_{arm} is {row[f'mean_{arm}']} with n_{arm} = {n}"
            of = "whole numbers" if items == 1 else f"{items} whole-number items"
            seen += f"; no mean of {of} rounds to it"
            mend = f"check mean_{arm} and n_{arm} (GRIM test), or indicators.{row['indicator']}"
            yield warning(row, f"mean_{arm}", seen, _nearest(row, arm, items), mend)
            continue
        sd = as_printed(row, f"sd_{arm}")
        if sd and not any(_sd_is_possible(total, int(n), sd.times(items)) for total in whole):
            seen = f"sd_{arm} is {row[f'sd_{arm}']}; no {n} whole numbers have it with this mean"
            mend = f"check sd_{arm}, mean_{arm} and n_{arm} (GRIMMER test)"
            yield warning(row, f"sd_{arm}", seen, "an SD that whole numbers can have", mend)


def _whole(totals: Range) -> range | None:
    """Return the whole numbers of a range, or None where there are too many to list."""
    if totals.high - totals.low > MAX_TOTALS:
        return None
    return range(math.ceil(totals.low), math.floor(totals.high) + 1)


def _nearest(row: Row, arm: str, items: int) -> str:
    mean, people = float(row[f"mean_{arm}"]), int(row[f"n_{arm}"]) * items
    total = mean * people
    return f"{math.floor(total) / people:.6g} or {math.ceil(total) / people:.6g}"


def _sd_is_possible(total: int, n: int, sd: Range) -> bool:
    """Return whether n whole numbers of this total can have an SD in the range."""
    low = (n - 1) * max(0.0, sd.low) ** 2 + total * total / n
    high = (n - 1) * sd.high**2 + total * total / n
    least = math.ceil(low - 1e-9 * abs(low))
    least += (least - total) % 2
    return least <= high + 1e-9 * abs(high)
