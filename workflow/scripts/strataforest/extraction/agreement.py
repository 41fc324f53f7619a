"""How well two extractors agree, field by field."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from strataforest.estimation.distributions import critical_value
from strataforest.extraction.compare import NUMBERS, WHOLE_ROW, Comparison, agree
from strataforest.sheets.columns import Column

COLUMNS = (
    *("sheet", "column", "cells", "agreeing", "percent", "percent_ci_low", "percent_ci_high"),
    *("kappa", "icc", "mean_relative_difference", "both_filled", "only_first", "only_second"),
)
ALL = "all"


def wilson_interval(agreeing: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the confidence interval of a proportion by Wilson's score (1927, JASA 22:209-212).

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), p = agreeing / n; NaN for n = 0.
    """
    if n == 0:
        return math.nan, math.nan
    z = float(critical_value(np.array([np.inf]), level)[0])
    p, extra = agreeing / n, z * z / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((p + extra / 2 + side * half) / (1 + extra) for side in (-1, 1))
    return max(0.0, low), min(1.0, high)


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Return kappa = (p_o - p_e) / (1 - p_e) of paired choices (Cohen 1960, EPM 20:37-46).

    p_o is the share of pairs that agree, p_e = sum of the products of both sides' shares of each
    choice. NaN where both have only one choice, and the same (p_e = 1), or for no pairs.
    """
    n = len(pairs)
    if n == 0:
        return math.nan
    ones, others = (Counter(side) for side in zip(*pairs, strict=True))
    observed = sum(one == other for one, other in pairs) / n
    chance = sum(ones[choice] * others[choice] for choice in ones) / n**2
    return math.nan if chance == 1 else (observed - chance) / (1 - chance)


def intraclass_correlation(ratings) -> float:
    """Return the intraclass correlation of absolute agreement, single ratings, raters random.

    ICC(2,1) of Shrout & Fleiss (1979, Psychol Bull 86:420-428):
    (MSR - MSE) / (MSR + (k-1) MSE + k (MSC - MSE) / n), the mean squares of an n x k table without
    replication: rows (things rated), columns (raters), error. NaN for fewer than two rows, or where
    all ratings are one number.
    """
    table = np.asarray(ratings, dtype=float)
    n = len(table)
    if n < 2:
        return math.nan
    k = table.shape[1]
    mean = table.mean()
    by_row, by_column = table.mean(axis=1), table.mean(axis=0)
    rows = k * ((by_row - mean) ** 2).sum() / (n - 1)
    columns = n * ((by_column - mean) ** 2).sum() / (k - 1)
    residual = table - by_row[:, None] - by_column + mean
    error = (residual**2).sum() / ((n - 1) * (k - 1))
    total = rows + (k - 1) * error + k * (columns - error) / n
    return float((rows - error) / total) if total > 0 else math.nan


def mean_relative_difference(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the mean of |a - b| / ((|a| + |b|) / 2); pairs of 0 and 0 count as 0, NaN for none."""
    found = [2 * abs(a - b) / (abs(a) + abs(b)) if a or b else 0.0 for a, b in pairs]
    return sum(found) / len(found) if found else math.nan


def agreement_rows(
    comparisons: Collection[Comparison], tolerance: float, level: float
) -> Iterator[dict]:
    """Yield a row per kind of sheet and column, then one over all cells.

    Cells are those that either extractor fills, in rows that both have; `percent` is the share that
    agrees. Kappa is of choices, ICC and mean relative difference of numbers, where both give one.
    The column `row` counts whole rows: agreeing are those that both have.
    """
    totals = [0, 0]
    for comparison in comparisons:
        yield _whole_rows(comparison, level)
        for column in comparison.columns:
            row = _field(comparison, column, tolerance, level)
            totals = [totals[0] + row["cells"], totals[1] + row["agreeing"]]
            yield row
        for name in comparison.one_sided:
            yield _field(comparison, Column(name, "text", ""), tolerance, level, compared=False)
    yield _row(ALL, ALL, *totals, level)


def _whole_rows(comparison: Comparison, level: float) -> dict:
    both = sum(bool(pair.first and pair.second) for pair in comparison.pairs)
    one = sum(pair.second is None for pair in comparison.pairs)
    n = len(comparison.pairs)
    counts = {"both_filled": both, "only_first": one, "only_second": n - both - one}
    return _row(comparison.kind, WHOLE_ROW, n, both, level) | counts


def _field(
    comparison: Comparison, column: Column, tolerance: float, level: float, compared: bool = True
) -> dict:
    pairs = [
        (pair.first[column.name], pair.second[column.name])
        for pair in comparison.pairs
        if pair.first and pair.second
    ]
    pairs = [pair for pair in pairs if any(pair)]
    both = [pair for pair in pairs if all(pair)]
    agreeing = sum(agree(column, *pair, tolerance) for pair in pairs)
    # A column that one of them does not have at all is no disagreement in each of its cells.
    n, agreeing = (len(pairs), agreeing) if compared else (0, 0)
    row = _row(comparison.kind, column.name, n, agreeing, level)
    if column.kind == "choice":
        row["kappa"] = cohens_kappa(both)
    elif column.kind in NUMBERS:
        numbers = [(float(a), float(b)) for a, b in both]
        row["icc"] = intraclass_correlation(numbers)
        row["mean_relative_difference"] = mean_relative_difference(numbers)
    one = sum(bool(first) for first, _ in pairs) - len(both)
    counts = {"both_filled": len(both), "only_first": one}
    return row | counts | {"only_second": len(pairs) - len(both) - one}


def _row(sheet: str, column: str, n: int, agreeing: int, level: float) -> dict:
    low, high = wilson_interval(agreeing, n, level)
    shares = {"percent": agreeing / n if n else math.nan}
    shares |= {"percent_ci_low": low, "percent_ci_high": high}
    counts = {"sheet": sheet, "column": column, "cells": n, "agreeing": agreeing}
    in_percent = {name: 100 * share for name, share in shares.items()}
    return dict.fromkeys(COLUMNS) | counts | in_percent
