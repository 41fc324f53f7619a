"""From moderators as people record them to the columns of a regression."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.meta_regression.least_squares import collinear_column

INTERCEPT = "intercept"


@dataclass(frozen=True)
class DesignMatrix:
    """Columns for `fit_meta_regression` and what they mean.

    x (k, p) holds an intercept, numbers as they are, and for each factor a 0/1 column per level
    but its reference; `terms` names the columns ("weeks", "platform: SMS"). `columns` and
    `references` are by moderator. `kept` and `dropped` are row numbers; a row is dropped when a
    moderator named in `missing` (by row) is absent. `reason` is empty, or says why no model can
    be fitted.
    """

    x: np.ndarray
    terms: list[str]
    columns: dict[str, list[int]]
    references: dict[str, str]
    kept: np.ndarray
    dropped: np.ndarray
    missing: dict[int, list[str]]
    reason: str


def design_matrix(
    moderators: Mapping[str, Sequence],
    *,
    factors: Collection[str] = (),
    references: Mapping[str, str] | None = None,
) -> DesignMatrix:
    """Build the design matrix of k studies.

    A moderator whose present values are all numbers is numeric, unless `factors` names it; any
    other is a factor. Absent is None, NaN or an empty string. A factor's reference is the level
    that `references` names, else the first in sorted order (of numbers by size). Only levels of
    rows that are kept count.

    Args:
        moderators: names and their k values, numbers or text, in the order of the columns.
        factors: moderators to take as factors though they hold numbers.
        references: reference levels by moderator.

    Returns:
        DesignMatrix. `reason` names a moderator that is constant, a factor of one level, a column
        that is a combination of those before it, or too few studies.

    Raises:
        ValueError: no moderator; different lengths; an infinite number; a reference that no study
            has; `factors` or `references` name an unknown moderator.
    """
    references = dict(references or {})
    values = {name: [_value(cell) for cell in cells] for name, cells in moderators.items()}
    _check(values, {*factors, *references})
    total = len(next(iter(values.values())))
    missing = {
        row: [name for name, cells in values.items() if cells[row] is None] for row in range(total)
    }
    missing = {row: names for row, names in missing.items() if names}
    kept = [row for row in range(total) if row not in missing]
    x, terms, columns, used, reasons = [np.ones(len(kept))], [INTERCEPT], {}, {}, []
    for name, cells in values.items():
        present = [cells[row] for row in kept]
        numeric = all(isinstance(value, float) for value in cells if value is not None)
        if name in factors or name in references or not numeric:
            levels = _levels(name, present, references.get(name))
            used[name] = _label(levels[0]) if levels else ""
            new = [np.array([float(value == level) for value in present]) for level in levels[1:]]
            names = [f"{name}: {_label(level)}" for level in levels[1:]]
        else:
            new, names = [np.array(present)], [name]
        if len(set(present)) < 2:
            reasons.append(_constant(name, present))
        columns[name] = list(range(len(x), len(x) + len(new)))
        x, terms = x + new, terms + names
    matrix = np.column_stack(x)
    reason = "; ".join(reasons) or _unfit(matrix, terms)
    rows = np.array(kept, dtype=int), np.array(sorted(missing), dtype=int)
    return DesignMatrix(matrix, terms, columns, used, *rows, missing, reason)


def _value(cell) -> float | str | None:
    """A number as a float, text stripped, None for an absent cell."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, str):
        return cell.strip()
    number = float(cell)
    return None if np.isnan(number) else number


def _check(values: Mapping[str, list], named: set[str]) -> None:
    if not values:
        raise ValueError("a design matrix needs at least one moderator")
    if len({len(cells) for cells in values.values()}) > 1:
        raise ValueError("every moderator needs a value, or an absent one, for each study")
    if unknown := sorted(named - set(values)):
        raise ValueError(f"no such moderator: {', '.join(unknown)}")
    for name, cells in values.items():
        if any(isinstance(value, float) and np.isinf(value) for value in cells):
            raise ValueError(f"moderator '{name}' must be finite")


def _levels(name: str, present: Sequence, reference: str | None) -> list:
    """The levels of a factor, its reference first."""
    levels = sorted(set(present), key=lambda level: (isinstance(level, str), level))
    if reference is None:
        return levels
    first = [level for level in levels if _label(level) == str(reference)]
    if levels and not first:
        known = ", ".join(_label(level) for level in levels)
        raise ValueError(f"moderator '{name}' has no level '{reference}', only {known}")
    return first + [level for level in levels if level not in first]


def _label(level: float | str) -> str:
    return level if isinstance(level, str) else f"{level:.15g}"


def _constant(name: str, present: Sequence) -> str:
    if not present:
        return f"{name}: no study has all moderators"
    return f"{name}: the same ({_label(present[0])}) in all {len(present)} studies"


def _unfit(x: np.ndarray, terms: Sequence[str]) -> str:
    k, p = x.shape
    if k <= p:
        return f"{p} coefficients need more than {p} studies, got {k}"
    column = collinear_column(x)
    return "" if column is None else f"{terms[column]}: a combination of the terms before it"
