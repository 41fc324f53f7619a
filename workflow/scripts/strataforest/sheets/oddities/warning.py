"""A warning at a cell, as every rule gives it."""

from strataforest.errors import Problem
from strataforest.sheets.addresses import problem_at
from strataforest.tabular import Row


def warning(row: Row, column: str, seen: str, expected: str, mend: str) -> Problem:
    """Return a warning at a row's cell."""
    return problem_at(row, column, seen, expected, mend, severity="warning")
