"""Cells of one outcome that cannot all be right."""

from collections.abc import Iterator, Sequence

from strataforest.errors import Problem
from strataforest.sheets.addresses import problem_at
from strataforest.tabular import Row

# (lower, higher): the first may not exceed the second.
ORDERED = (
    ("ci_low", "ci_high"),
    ("q1", "median"),
    ("median", "q3"),
    ("q1", "q3"),
    ("min", "max"),
    ("min", "mean"),
    ("mean", "max"),
)
COUNTS = ("events_treat", "events_control")
RATIOS = ("ratio", "log_ratio")
CONTINUOUS = (
    *(f"{name}_{arm}" for name in ("mean", "sd", "se", "median") for arm in ("treat", "control")),
    *("md", "t_stat", "f_stat", "smd"),
)


def impossible_cells(row: Row) -> Iterator[Problem]:
    """Yield an error for each set of cells of an outcome that cannot all be right."""
    yield from _check_counts(row)
    for suffix in ("_treat", "_control"):
        yield from _check_order(row, [(low + suffix, high + suffix) for low, high in ORDERED])
    between = [("md_ci_low", "md_ci_high"), ("ratio_ci_low", "ratio_ci_high")]
    yield from _check_order(row, between)
    if any(row[name] for name in CONTINUOUS) and any(row[name] for name in (*COUNTS, *RATIOS)):
        cell = next(name for name in (*COUNTS, *RATIOS) if row[name])
        seen = "the row holds means and counts at once"
        words = (seen, "one outcome per row", "put each in a row of its own")
        yield problem_at(row, cell, *words, rule="mixed_outcome")


def _check_counts(row: Row) -> Iterator[Problem]:
    for arm in ("treat", "control"):
        events, n = row[f"events_{arm}"], row[f"n_{arm}"]
        if events and n and int(events) > int(n):
            seen = f"events_{arm} is {events} of n_{arm} = {n}"
            words = (seen, f"at most {n} events", "check both cells")
            yield problem_at(row, f"events_{arm}", *words, rule="impossible_counts")
    sizes = [row[name] for name in ("n_treat", "n_control", "n_total")]
    if all(sizes) and int(sizes[0]) + int(sizes[1]) != int(sizes[2]):
        seen = f"n_total is {sizes[2]}, the arms add up to {int(sizes[0]) + int(sizes[1])}"
        mend = "mend one, or leave n_total empty where the arms are known"
        words = (seen, "the sum of both arms", mend)
        yield problem_at(row, "n_total", *words, rule="impossible_counts")


def _check_order(row: Row, pairs: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    for low, high in pairs:
        if row[low] and row[high] and float(row[low]) > float(row[high]):
            seen = f"{low} is {row[low]} and {high} is {row[high]}"
            words = (seen, f"{low} not above {high}", "check both cells")
            yield problem_at(row, low, *words, rule="impossible_order")
