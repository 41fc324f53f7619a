"""All pairs (estimate, standard error) that a row's printed numbers leave, as a convex polygon.

Each printed number is a pair of half-planes a * estimate + b * se <= c, so what is left is exact:
it is empty only if no unrounded numbers could have printed the row.
"""

from collections.abc import Iterable, Sequence

from strataforest.audit.printed import Interval

Point = tuple[float, float]
HalfPlane = tuple[float, float, float]
Polygon = tuple[Point, ...]
# Of the arithmetic of doubles, far below the SLACK that every printed number has.
TOLERANCE = 1e-11


def box(estimate: Interval, se: Interval) -> Polygon:
    """Return the polygon of all pairs with the estimate and the se in their intervals."""
    e, s = estimate, se
    return ((e.low, s.low), (e.high, s.low), (e.high, s.high), (e.low, s.high))


def between(a: float, b: float, values: Interval) -> tuple[HalfPlane, ...]:
    """Return low <= a * estimate + b * se <= high as half-planes; an infinite end asks nothing."""
    sides = ((a, b, values.high), (-a, -b, -values.low))
    return tuple(side for side in sides if side[2] != float("inf"))


def ratio(values: Interval) -> tuple[HalfPlane, ...]:
    """Return low <= estimate / se <= high as half-planes, for se >= 0."""
    sides = ((1.0, -values.high, 0.0), (-1.0, values.low, 0.0))
    return tuple(side for side in sides if abs(side[1]) != float("inf"))


def clip(polygon: Polygon, sides: Iterable[HalfPlane]) -> Polygon:
    """Return the part of a convex polygon inside all half-planes (Sutherland & Hodgman 1974)."""
    for a, b, c in sides:
        if not polygon:
            return ()
        room = TOLERANCE * max(abs(c), *(abs(a * e) + abs(b * s) for e, s in polygon))
        gaps = [a * e + b * s - c for e, s in polygon]
        kept: list[Point] = []
        for i, (point, gap) in enumerate(zip(polygon, gaps, strict=True)):
            if gap <= room:
                kept.append(point)
            other, far = polygon[i - 1], gaps[i - 1]
            if (gap <= room) != (far <= room):
                share = min(max(gap / (gap - far), 0.0), 1.0)
                crossing = tuple(p + share * (q - p) for p, q in zip(point, other, strict=True))
                kept.insert(len(kept) - (gap <= room), crossing)
        polygon = tuple(kept)
    return polygon


def extent(polygons: Sequence[Polygon], axis: int) -> Interval:
    """Return the range of the estimate (axis 0) or the se (axis 1) over polygons with points."""
    values = [point[axis] for polygon in polygons for point in polygon]
    return Interval(min(values), max(values))


def ratios(polygons: Sequence[Polygon]) -> Interval:
    """Return the range of estimate / se: linear-fractional, so its extremes are at the corners."""
    found = []
    for estimate, se in (point for polygon in polygons for point in polygon):
        if se <= 0:
            found += [-float("inf"), float("inf")] if estimate == 0 else []
            found += [float("inf") if estimate > 0 else -float("inf")] if estimate else []
        else:
            found.append(estimate / se)
    return Interval(min(found), max(found))
