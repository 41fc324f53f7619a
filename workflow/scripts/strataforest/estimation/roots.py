"""Many one-dimensional roots at once: Newton's method, safeguarded by bisection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MAX_STEPS = 200
# A Newton step this small leaves an error of its square; a bisection must close the bracket.
NEWTON_TOLERANCE = 1e-12
BISECTION_TOLERANCE = 1e-15


def falling_roots(
    function: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    low: np.ndarray,
    high: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the crossing from + to - within every bracket.

    Args:
        function: called as function(x, index) with the brackets still open (`index` into low);
            returns value and slope at x.
        low: (n,) lower ends, >= 0, function > 0.
        high: (n,) upper ends, function <= 0.

    Returns:
        The roots (n,) and whether each met the tolerance, which is relative to 1 + root: x is
        expected in units in which 1 is small (see `Batch`).
    """
    root = (low + high) / 2
    converged = np.zeros(len(root), dtype=bool)
    index = np.arange(len(root))
    x, last = root, high - low
    for _ in range(MAX_STEPS):
        if not len(index):
            break
        value, slope = function(x, index)
        low, high = np.where(value > 0, x, low), np.where(value > 0, high, x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            guess = x - value / slope
            # Also bisect when Newton's steps do not halve: it may be cycling.
            newton = (guess >= low) & (guess <= high) & (2 * np.abs(guess - x) <= last)
        guess = np.where(newton, guess, (low + high) / 2)
        last = np.abs(guess - x)
        root[index] = x = guess
        done = last <= np.where(newton, NEWTON_TOLERANCE, BISECTION_TOLERANCE) * (1 + x)
        converged[index[done & np.isfinite(value)]] = True
        index, x, last, low, high = (part[~done] for part in (index, x, last, low, high))
    return root, converged
