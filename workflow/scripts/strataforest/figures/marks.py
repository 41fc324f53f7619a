"""Marks on an axis: intervals, squares and diamonds, each honest about what the axis cuts off."""

import math

from strataforest.figures.axis import Axis, Interval
from strataforest.figures.canvas import Canvas
from strataforest.formatting import is_missing

_DIAMOND = 0.068  # half its height in inches


def draw_interval(
    canvas: Canvas, axis: Axis, low: float | None, high: float | None, y: float, role: str = "ci"
) -> None:
    """A line from `low` to `high`, with an arrowhead at an end that lies beyond the axis."""
    if is_missing(low) or is_missing(high):
        return
    x0, x1 = axis.x(low), axis.x(high)
    if x1 > x0:
        canvas.line(role, x0, y, x1, y)
    if low < axis.low:
        canvas.arrowhead(f"{role}-arrow", axis.left, y, -1)
    if high > axis.high:
        canvas.arrowhead(f"{role}-arrow", axis.right, y, 1)


def diamond_outline(
    left: float, centre: float, right: float, y: float
) -> list[tuple[float, float]]:
    """The four corners of a diamond from `left` to `right`, highest at `centre`, in inches."""
    return [(left, y), (centre, y - _DIAMOND), (right, y), (centre, y + _DIAMOND)]


def draw_diamond(canvas: Canvas, axis: Axis, effect: Interval, y: float) -> None:
    """A diamond from the interval's low to its high end, highest at the estimate.

    An end beyond the axis is cut off there, with an arrowhead outside the axis.
    """
    if any(is_missing(value) for value in effect):
        return
    estimate, low, high = effect
    if low < axis.low:
        canvas.arrowhead("diamond", axis.left - 0.1, y, -1)
    if high > axis.high:
        canvas.arrowhead("diamond", axis.right + 0.1, y, 1)
    if low >= axis.low and high <= axis.high:
        canvas.area("diamond", diamond_outline(axis.x(low), axis.x(estimate), axis.x(high), y))
    elif low < axis.high and high > axis.low:
        # Also where the estimate lies beyond: else nothing would show what the interval covers.
        corners = [max(low, axis.low), estimate, min(high, axis.high)]
        if not axis.low <= estimate <= axis.high:
            corners.remove(estimate)
        upper = [(axis.x(value), y - _half_height(effect, value)) for value in corners]
        canvas.area("diamond", upper + [(a, 2 * y - b) for a, b in reversed(upper)])


def _half_height(effect: Interval, value: float) -> float:
    """Half of a diamond's height in inches at a value between its ends."""
    estimate, low, high = effect
    end = low if value < estimate else high
    if value == estimate or math.isinf(end):
        return _DIAMOND
    return _DIAMOND * (end - value) / (end - estimate)


def draw_square(canvas: Canvas, axis: Axis, estimate: float | None, y: float, side: float) -> None:
    """A square of that side in inches; an arrowhead when the estimate lies beyond the axis."""
    if is_missing(estimate):
        return
    if axis.low <= estimate <= axis.high:
        x, half = axis.x(estimate), side / 2
        canvas.box("square", x - half, y - half, x + half, y + half)
    else:
        canvas.arrowhead("ci-arrow", axis.x(estimate), y, 1 if estimate > axis.high else -1)
