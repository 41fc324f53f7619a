"""Whatever true numbers were printed, however they were rounded: no check fails."""

import math
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strataforest.audit.audit import audit
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, QUESTION
from strataforest.audit.leave_one_out import largest_change
from strataforest.audit.printed import Interval, printed, shown
from strataforest.estimation.tau2_estimators import TAU2_ESTIMATORS
from strataforest.heterogeneity import PREDICTION_METHODS, prediction_interval, spread
from strataforest.models import PoolingModel
from strataforest.pooling import CI_METHODS, pool
from strataforest.presets import PRESETS

EFFECTS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
OF_P = ("p_value", "q_p")
N_DRAWS = 4000


def as_printed(value, decimals, rng):
    """Return a number as some program prints it; a p below the last digit as a bound or as 0."""
    rounding = (ROUND_HALF_EVEN, ROUND_HALF_UP)[int(rng.integers(2))]
    return str(Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=rounding))


def random_row(rng):
    """Return the true numbers of a random meta-analysis under a random program, and its words."""
    k = int(rng.choice([1, 2, 3, 4, 6, 10, 25]))
    vi = 10 ** rng.uniform(-3, 1) * 10 ** rng.uniform(-1.5, 1.5, k)
    tau2 = float(rng.choice([0, 0.1, 1, 10])) * np.median(vi)
    yi = rng.normal(rng.normal(0, 1), np.sqrt(vi + tau2))
    model = PoolingModel(
        tau2=str(rng.choice(list(TAU2_ESTIMATORS))),
        ci=str(rng.choice(CI_METHODS)),
        i2=str(rng.choice(["tau2", "q"])),
        prediction=str(rng.choice(PREDICTION_METHODS)),
        level=float(rng.choice([0.95, 0.95, 0.9, 0.99])),
    )
    preset = ""
    if rng.random() < 0.6:
        preset = str(rng.choice(list(PRESETS)))
        model = PRESETS[preset].pooling
    fit = pool(yi, vi, tau2_method=model.tau2, ci=model.ci, level=model.level)
    of_q = spread(yi, vi, fit.tau2, i2=model.i2)
    low, high = prediction_interval(
        fit.estimate, fit.se, fit.tau2, fit.k, model.prediction, model.level
    )
    numbers = {n: float(getattr(fit, n)[0]) for n in (*EFFECTS[:3], "se", "statistic", "p_value")}
    numbers |= {n: float(getattr(of_q, n)[0]) for n in ("q", "q_p", "i2", "h2")}
    numbers |= {"pi_low": float(low[0]), "pi_high": float(high[0])}
    numbers |= {"tau2": float(fit.tau2[0]), "tau": math.sqrt(fit.tau2[0])}
    if not preset and model.ci == "z" and model.level == 0.95 and rng.random() < 0.3:
        # A program that takes 1.96 for the quantile.
        for name, sign in (("ci_low", -1), ("ci_high", 1)):
            numbers[name] = numbers["estimate"] + sign * 1.96 * numbers["se"]
    words = {"k": str(k), "q_df": str(k - 1), "preset": preset, "level": str(model.level)}
    return numbers, words


def printed_row(rng):
    numbers, words = random_row(rng)
    if rng.random() < 0.4 and max(abs(numbers[n]) for n in EFFECTS if numbers[n] == numbers[n]) < 9:
        numbers |= {n: math.exp(numbers[n]) for n in EFFECTS}
        words["measure"] = "RR"
    row = {n: t for n, t in words.items() if n not in ("k", "q_df") or rng.random() < 0.8}
    decimals = int(rng.integers(0, 6))
    for name, value in numbers.items():
        if not math.isfinite(value) or rng.random() < 0.2:
            continue
        places = decimals if name in EFFECTS or rng.random() < 0.5 else int(rng.integers(0, 6))
        row[name] = as_printed(value, places, rng)
        if name == "statistic" and rng.random() < 0.3:
            row[name] = row[name].lstrip("-")
        if name in OF_P and rng.random() < 0.5:
            bound = next((b for b in ("0.0001", "0.001", "0.01", "0.05") if value < float(b)), None)
            row[name] = f"<{bound}" if bound else row[name]
    if rng.random() < 0.2:
        # A spreadsheet has dropped the zeros at the end.
        row |= {n: _without_zeros(row[n]) for n in EFFECTS if n in row}
        row["decimals"] = str(decimals)
    return row


def _without_zeros(text):
    return text.rstrip("0").rstrip(".") if "." in text else text


@pytest.mark.parametrize("part", range(4))
def test_no_check_fails_on_true_numbers(part):
    n_held = 0
    for draw in range(N_DRAWS // 4):
        row = printed_row(np.random.default_rng([part, draw]))
        found = audit([row], ("domain",))
        assert [f for f in found if f.severity in (CONTRADICTION, QUESTION)] == [], row
        n_held += sum(f.severity == CONSISTENT for f in found)
    # The checks did run.
    assert n_held > 3 * N_DRAWS // 4


def test_strata_of_true_numbers_fit_their_whole():
    for draw in range(400):
        rng = np.random.default_rng([99, draw])
        sizes = rng.integers(1, 9, int(rng.integers(2, 5)))
        k = int(sizes.sum())
        vi = 10 ** rng.uniform(-2, 1) * 10 ** rng.uniform(-1.5, 1.5, k)
        yi = rng.normal(0, np.sqrt(vi * (1 + rng.choice([0, 1, 10]))))
        preset = PRESETS[str(rng.choice(list(PRESETS)))]
        rows, ends = [], np.cumsum([0, *sizes])
        parts = [(f"s{i}", slice(*ends[i : i + 2])) for i in range(len(sizes))]
        for name, own in (("", slice(None)), *parts):
            fit = pool(yi[own], vi[own], ci=preset.pooling.ci)
            q = spread(yi[own], vi[own], fit.tau2, i2=preset.pooling.i2)
            row = {"domain": "d", "platform": name, "preset": preset.name, "k": str(fit.k[0])}
            places = int(rng.integers(1, 5))
            for column in ("estimate", "ci_low", "ci_high", "tau2"):
                row[column] = shown(float(getattr(fit, column)[0]), places)
            rows.append(row | {n: shown(float(getattr(q, n)[0]), 2) for n in ("q", "i2")})
        found = audit(rows, ("domain", "platform"))
        wrong = [f for f in found if f.severity == CONTRADICTION]
        assert wrong == [], rows


numbers = st.floats(-100, 100, allow_nan=False)
places = st.integers(0, 5)


@settings(max_examples=2000, deadline=None)
@given(numbers, st.floats(0, 50), st.floats(0, 50), places, places)
def test_largest_change_of_true_numbers(estimate, below, above, of_range, of_change):
    low, high = estimate - below, estimate + above
    texts = [shown(x, of_range) for x in (low, estimate, high)]
    change = shown(max(below, above), of_change)
    assert largest_change(*map(printed, texts)).meets(printed(change))


@settings(max_examples=1000, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 3))
def test_percentages_of_true_counts(value, more, decimals):
    of = value + more
    for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
        exact = Decimal(100 * value) / Decimal(of)
        text = str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=rounding))
        row = {"quantity": "rob_d1_low", "value": str(value), "of": str(of), "percent": text}
        assert [f.severity for f in audit([row], ())] == ["consistent"]


def test_a_percentage_that_is_cut_is_not_rounded():
    text = str((Decimal(200) / 3).quantize(Decimal("0.1"), rounding=ROUND_FLOOR))
    row = {"quantity": "rob_d1_low", "value": "2", "of": "3", "percent": text}
    assert [f.expected for f in audit([row], ())] == ["66.7 percent"]


@settings(max_examples=500, deadline=None)
@given(numbers, st.floats(0, 3), numbers, st.floats(0, 3), numbers, st.floats(0, 3))
def test_largest_change_is_exact(low, of_low, estimate, of_estimate, high, of_high):
    """The ends are taken by corners and grid points, and passed by none."""
    ranges = [
        Interval(x, x + w) for x, w in ((low, of_low), (estimate, of_estimate), (high, of_high))
    ]
    found = largest_change(*ranges)
    steps = np.linspace(0, 1, 9)
    grid = [r.low + steps * (r.high - r.low) for r in ranges]
    a, e, b = np.meshgrid(*grid)
    values = np.maximum(abs(a - e), abs(b - e))
    assert found.low <= values.min() + 1e-9
    assert values.max() - 1e-9 <= found.high
    assert found.high == pytest.approx(values.max(), abs=1e-9)
