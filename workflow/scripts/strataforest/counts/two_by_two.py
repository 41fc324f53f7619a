"""Checked 2x2 tables and what every method of pooling them needs.

Counts are people with the event and all people of both arms, intervention first, shape (k,) or
padded (B, k), NaN where absent. They need not be whole: a cluster trial's counts are divided by its
design effect. Cells: a, b (intervention) and c, d (control) people with and without the event;
margins n1 = a+b, n2 = c+d, N = n1+n2.
"""

from __future__ import annotations

import numpy as np


def checked_tables(events_treat, n_treat, events_control, n_control) -> tuple[np.ndarray, ...]:
    """Check the counts and return the cells a, b, c, d, (B, k) each, all 0 where absent."""
    given = (events_treat, n_treat, events_control, n_control)
    parts = [np.asarray(part, dtype=float) for part in given]
    if len({part.shape for part in parts}) > 1 or parts[0].ndim not in (1, 2):
        shapes = ", ".join(str(part.shape) for part in parts)
        raise ValueError(f"counts must all be (k,) or (B, k), got {shapes}")
    events1, n1, events2, n2 = parts = [np.atleast_2d(part) for part in parts]
    present = ~np.isnan(events1)
    if any((present == np.isnan(part)).any() for part in parts):
        raise ValueError("an absent table must be NaN in all four counts")
    if not present.any(axis=1).all():
        raise ValueError("a meta-analysis needs at least one table (k = 0)")
    for events, n in ((events1, n1), (events2, n2)):
        if (present & ~((events >= 0) & (events <= n) & (n > 0) & (n < np.inf))).any():
            raise ValueError("events must lie between 0 and the arm's people, who must be above 0")
    if (present & ~(n1 + n2 > 1)).any():
        raise ValueError("a table needs more than one person")
    cells = events1, n1 - events1, events2, n2 - events2
    return tuple(np.where(present, cell, 0.0) for cell in cells)


def people_of(a, b, c, d) -> np.ndarray:
    """N of each table, (B, k); 2 where absent, so that its terms are 0 and not NaN."""
    total = a + b + c + d
    return np.where(total > 0, total, 2.0)


def informative(a, b, c, d) -> np.ndarray:
    """Whether some, but not all, people of a table have the event, (B, k)."""
    return (a + c > 0) & (b + d > 0)


def hypergeometric(a, b, c, d) -> tuple[np.ndarray, np.ndarray]:
    """Events above their expectation in the intervention arm, a - E, and V; (B, k) each."""
    people, n1, n2 = people_of(a, b, c, d), a + b, c + d
    # a - n1 (a+c)/N, without a difference of large numbers where it is small.
    excess = (a * d - b * c) / people
    return excess, n1 * n2 * (a + c) * (b + d) / (people**2 * (people - 1))
