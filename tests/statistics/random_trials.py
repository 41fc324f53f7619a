"""Random data for property tests, and equality to rounding of what comes out of them.

Data are bounded away from each other's scale (sei from 0.03 to 1.4, effects within 5), so that
rounding stays well under the tolerance; `lopsided` data hold variances from 1e-12 to 1.
"""

from dataclasses import fields
from fractions import Fraction

import numpy as np
from hypothesis import assume, settings
from hypothesis import strategies as st
from strataforest.pooling import CI_METHODS, TAU2_ESTIMATORS

TOLERANCE = 1e-7
METHODS = st.sampled_from(sorted(TAU2_ESTIMATORS))
INTERVALS = st.sampled_from(CI_METHODS)
POWERS = st.integers(-60, 60)
UNITS = st.floats(1e-9, 1e9)
RANDOM = st.randoms(use_true_random=False)
# No effect so near 0 that its square, or a change of unit, underflows.
EFFECT = st.floats(-5, 5).map(lambda y: y if abs(y) > 1e-9 else 0.0)
VARIANCE = st.floats(0.001, 2)
LOPSIDED = st.tuples(st.integers(-12, 0), st.floats(0.5, 1)).map(lambda v: v[1] * 10.0 ** v[0])
MODERATOR = st.integers(-3, 3) | st.floats(-3, 3).map(lambda x: round(x, 3))
MIRRORED = {"ci_low": "ci_high", "ci_high": "ci_low", "pi_low": "pi_high", "pi_high": "pi_low"}


def steady(examples):
    """Settings under which a run repeats exactly."""
    return settings(max_examples=examples)


def trials(smallest=2, largest=8, variance=VARIANCE):
    """yi and vi, (k,) each."""
    pairs = st.lists(st.tuples(EFFECT, variance), min_size=smallest, max_size=largest)
    return pairs.map(lambda rows: tuple(np.array(rows).T))


@st.composite
def dominated(draw, smallest=2, largest=8):
    """yi and vi with one variance up to 1e12 times smaller than it was."""
    yi, vi = draw(trials(smallest, largest))
    vi[draw(st.integers(0, len(yi) - 1))] *= 10.0 ** -draw(st.sampled_from([2, 6, 9, 11, 12]))
    return yi, vi


@st.composite
def regressions(draw, largest=8, moderators=(1, 2), variance=VARIANCE):
    """yi, vi and x with an intercept, of full rank and with residuals that are not rounding."""
    p = 1 + draw(st.integers(*moderators))
    row = st.tuples(EFFECT, variance, *[MODERATOR] * (p - 1))
    rows = np.array(draw(st.lists(row, min_size=p + 1, max_size=largest)), dtype=float)
    yi, vi, x = rows[:, 0], rows[:, 1], np.column_stack([np.ones(len(rows)), rows[:, 2:]])
    assume(np.linalg.cond(x) < 1e3)
    assume(np.linalg.lstsq(x, yi, rcond=None)[1].sum() > 1e-6)
    return yi, vi, x


@st.composite
def untied(draw, smallest=4, largest=14):
    """Effects and variances of continuous distributions: nothing ties or nearly does."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k = draw(st.integers(smallest, largest))
    vi = rng.uniform(0.05, 1.2, k) ** 2
    lopsided = draw(st.floats(0, 3))
    return rng.normal(0.2, 0.6, k) + lopsided * vi, vi


def shuffled(random, k):
    order = list(range(k))
    random.shuffle(order)
    return order


def standard_error(vi):
    """Of the pooled effect at tau2 = 0: the unit in which estimates are compared."""
    return 1 / np.sqrt((1 / np.asarray(vi)).sum())


def assert_alike(ours, other, scale=1.0, name=""):
    """Equal to rounding, relative or in units of `scale`; what is not finite is the same."""
    ours, other = np.asarray(ours, dtype=float), np.asarray(other, dtype=float)
    finite = np.isfinite(other)
    assert np.array_equal(ours[~finite], other[~finite], equal_nan=True), name
    scale = np.broadcast_to(scale, other.shape)[finite]
    difference = np.abs(ours[finite] - other[finite])
    assert (difference <= TOLERANCE * (np.abs(other[finite]) + scale)).all(), (name, ours, other)


def numbers(result):
    """The fields of a result that are numbers, by name."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return {
        name: np.asarray(value, dtype=float)
        for name, value in values.items()
        if not isinstance(value, str | list | dict | None)
    }


def exact(values):
    """Floats as fractions, nested lists alike."""
    if isinstance(values, list | np.ndarray):
        return [exact(value) for value in values]
    return Fraction(float(values))


def exact_inverse(matrix):
    """Inverse of a square matrix of fractions, by elimination."""
    p = len(matrix)
    rows = [[*row, *(Fraction(i == j) for j in range(p))] for i, row in enumerate(matrix)]
    for a in range(p):
        pivot = next(b for b in range(a, p) if rows[b][a])
        rows[a], rows[pivot] = rows[pivot], rows[a]
        rows[a] = [value / rows[a][a] for value in rows[a]]
        for b in range(p):
            if b != a:
                factor = rows[b][a]
                rows[b] = [v - factor * u for v, u in zip(rows[b], rows[a], strict=True)]
    return [row[p:] for row in rows]


def exact_product(left, right):
    """Sum of products of two lists."""
    return sum(a * b for a, b in zip(left, right, strict=True))


def exact_least_squares(yi, weights, x):
    """Coefficients, (X'WX)^-1 and residuals of a weighted regression, all fractions."""
    columns = list(zip(*x, strict=True))
    weighted = [[w * value for w, value in zip(weights, c, strict=True)] for c in columns]
    inverse = exact_inverse([[exact_product(u, c) for c in columns] for u in weighted])
    moments = [exact_product(u, yi) for u in weighted]
    b = [exact_product(row, moments) for row in inverse]
    return b, inverse, [y - exact_product(b, row) for y, row in zip(yi, x, strict=True)]
