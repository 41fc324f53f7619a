"""A contradiction has no solution: dense grids of unrounded numbers find none.

Where a check is exact the grid also finds a solution of every row that passes.
"""

import numpy as np
import pytest
from scipy import stats
from strataforest.audit.entry import entries
from strataforest.audit.one_row import row_findings
from strataforest.audit.printed import Interval
from strataforest.audit.typical_variance import Information, least_information

GRID = 61


def interval(text):
    half = 0.5 * 10.0 ** -len(text.partition(".")[2])
    return float(text) - half, float(text) + half


def grid(text, n=GRID):
    return np.linspace(*interval(text), n)


def failed(row):
    found, _ = row_findings(entries([row], (), {})[0])
    return {f.check for f in found if f.severity == "contradiction"}


def near_rows(n, make):
    """Return random rows whose checks are a matter of the last digit."""
    return [make(np.random.default_rng([7, seed])) for seed in range(n)]


def interval_row(rng):
    places = int(rng.integers(1, 3))
    half, unit = rng.uniform(0.1, 0.8), 10.0**-places
    estimate = rng.normal(0, 0.5)
    texts = {"ci_low": estimate - half, "estimate": estimate, "ci_high": estimate + half}
    shift = rng.integers(-3, 4, 3) * unit * 0.7
    row = {n: f"{v + s:.{places}f}" for (n, v), s in zip(texts.items(), shift, strict=True)}
    p = 2 * stats.norm.sf(abs(estimate) / (half / 1.96))
    return row | {
        "k": "5",
        "preset": "metafor",
        "p_value": f"{min(p * rng.uniform(0.6, 1.6), 1):.3f}",
    }


def test_ci_centre_is_exact():
    outcomes = []
    for row in near_rows(600, interval_row):
        low, estimate, high = (grid(row[n]) for n in ("ci_low", "estimate", "ci_high"))
        middles = (low[:, None] + high) / 2
        exists = bool((middles.min() <= estimate.max()) and (estimate.min() <= middles.max()))
        wrong = bool(
            {"ci_centre", "ci_order"} & failed({n: t for n, t in row.items() if n != "p_value"})
        )
        # At the very edge doubles decide.
        edge = min(abs(middles.min() - estimate.max()), abs(estimate.min() - middles.max())) < 1e-9
        assert edge or exists != wrong, row
        outcomes.append(wrong)
    assert 60 < sum(outcomes) < 540


def p_solutions(row):
    """Return the p of all (lower, upper) on a grid that leave the estimate where it is printed."""
    low, high = np.meshgrid(grid(row["ci_low"], 201), grid(row["ci_high"], 201))
    middle = (low + high) / 2
    least, most = interval(row["estimate"])
    kept = (middle >= least) & (middle <= most) & (high > low)
    z = stats.norm.ppf(0.975)
    return 2 * stats.norm.sf(z * abs(low + high)[kept] / (high - low)[kept])


def test_p_ci_is_exact():
    outcomes = []
    for row in near_rows(600, interval_row):
        checks = failed(row)
        if {"ci_centre", "ci_order"} & checks:
            continue
        found, (least, most) = p_solutions(row), interval(row["p_value"])
        wrong = "p_ci" in checks
        if not found.size:
            # The middle only touches the estimate: between grid points.
            continue
        if wrong:
            assert not ((found >= least) & (found <= most)).any(), row
        else:
            # The p of a connected set are an interval; the grid reaches nearly to its ends.
            room = 0.02 * (found.max() - found.min()) + 1e-12
            assert found.min() - room <= most, row
            assert least <= found.max() + room, row
        outcomes.append(wrong)
    assert 40 < sum(outcomes) < len(outcomes) - 40


def spread_row(rng):
    k = int(rng.integers(3, 20))
    q = rng.uniform(0.3, 4) * (k - 1)
    i2 = 100 * max(0, 1 - (k - 1) / q) + rng.normal(0, 0.4)
    p = stats.chi2.sf(q, k - 1) + rng.normal(0, 0.004)
    places = int(rng.integers(0, 3))
    row = {"k": str(k), "preset": "meta8", "q": f"{q:.{places}f}", "i2": f"{max(i2, 0):.1f}"}
    return row | ({"q_p": f"{min(max(p, 0), 1):.3f}"} if rng.random() < 0.5 else {})


def test_i2_q_is_exact():
    outcomes = []
    for row in near_rows(800, spread_row):
        df = int(row["k"]) - 1
        q = np.maximum(grid(row["q"], 20001), 1e-12)
        i2 = 100 * np.maximum(0, 1 - df / q)
        least, most = interval(row["i2"])
        fits = (i2 >= least) & (i2 <= most)
        if "q_p" in row:
            p, (p_least, p_most) = stats.chi2.sf(q, df), interval(row["q_p"])
            fits &= (p >= p_least) & (p <= p_most)
        wrong = bool({"i2_q", "q_p"} & failed(row))
        assert fits.any() != wrong, row
        outcomes.append(wrong)
    assert 100 < sum(outcomes) < 700


def prediction_row(rng):
    row = interval_row(rng)
    estimate = (float(row["ci_low"]) + float(row["ci_high"])) / 2
    se = (float(row["ci_high"]) - float(row["ci_low"])) / 3.92
    tau2 = rng.choice([0.0, 0.02, 0.3]) * rng.uniform(0.5, 1.5)
    k = int(rng.integers(4, 12))
    crit = {"metafor": stats.norm.ppf(0.975), "stata16": stats.t.ppf(0.975, k - 2)}
    preset = str(rng.choice(list(crit)))
    half = crit[preset] * np.sqrt(tau2 + se**2) * rng.uniform(0.93, 1.07)
    row |= {"k": str(k), "preset": preset, "estimate": f"{estimate:.2f}", "tau2": f"{tau2:.2f}"}
    row |= {"pi_low": f"{estimate - half:.2f}", "pi_high": f"{estimate + half:.2f}"}
    return {n: text for n, text in row.items() if n != "p_value"}


def has_prediction(row):
    """Return whether some (estimate, se, tau2) on a grid prints the whole row."""
    k, z = int(row["k"]), stats.norm.ppf(0.975)
    crit = z if row["preset"] == "metafor" else stats.t.ppf(0.975, k - 2)
    (a, b), (c, d) = interval(row["ci_low"]), interval(row["ci_high"])
    se = np.linspace((c - b) / 2 / z, (d - a) / 2 / z, GRID)
    axes = (grid(row["estimate"]), np.maximum(se, 0), np.maximum(grid(row["tau2"]), 0))
    estimate, se, tau2 = np.meshgrid(*axes, indexing="ij")
    s = np.sqrt(tau2 + se**2)
    limits = {"ci_low": (-z, se), "ci_high": (z, se), "pi_low": (-crit, s), "pi_high": (crit, s)}
    fits = np.ones(estimate.shape, bool)
    for name, (factor, width) in limits.items():
        low, high = interval(row[name])
        value = estimate + factor * width
        fits &= (value >= low) & (value <= high)
    return bool(fits.any())


def test_a_prediction_that_is_a_contradiction_has_no_solution():
    outcomes = []
    for row in near_rows(400, prediction_row):
        checks = failed(row)
        if {"ci_centre", "ci_order"} & checks:
            continue
        wrong = bool({"prediction", "prediction_centre"} & checks)
        if wrong:
            assert not has_prediction(row), row
        outcomes.append((wrong, wrong or has_prediction(row)))
    assert 60 < sum(wrong for wrong, _ in outcomes) < len(outcomes) - 60
    # The outer bound and the grid leave few rows between them.
    assert sum(decided for _, decided in outcomes) > 0.9 * len(outcomes)


@pytest.mark.parametrize("seed", range(3))
def test_i2_from_tau2_is_never_outside_its_bounds(seed):
    """(x - 1) / (k - 1) <= I2, and I2 <= x / k where x = tau2 / se^2 <= 1, for any variances."""
    rng = np.random.default_rng(seed)
    for _ in range(3000):
        k = int(rng.integers(2, 12))
        w = 10 ** rng.normal(0, rng.choice([0.1, 1, 3]), k)
        tau2 = 10 ** rng.normal(0, 2)
        x = tau2 * (1 / (1 / w + tau2)).sum()
        typical = (k - 1) / (w.sum() - (w**2).sum() / w.sum())
        i2 = tau2 / (tau2 + typical)
        assert x < k * (1 + 1e-12)
        assert (x - 1) / (k - 1) <= i2 * (1 + 1e-9) + 1e-12
        if x <= 1:
            assert i2 <= x / k * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_information_of_a_whole_is_at_least_that_of_its_strata(seed):
    def information(w):
        return w.sum() - (w**2).sum() / w.sum()

    rng = np.random.default_rng(seed)
    for _ in range(2000):
        sizes = rng.integers(2, 7, int(rng.integers(1, 5)))
        w = [10 ** rng.normal(0, rng.choice([0.1, 1, 3]), size) for size in sizes]
        tau2 = 10.0 ** rng.normal(0, 1, len(w))
        parts = []
        for own, size, t in zip(w, sizes, tau2, strict=True):
            inverse, f = (1 / (1 / own + t)).sum(), information(own)
            least = max(f * size / (size - 1), inverse * size / (size - t * inverse))
            assert least <= own.sum() * (1 + 1e-9)
            parts.append(Information(Interval(f, f), least))
        whole = information(np.concatenate([*w, 10 ** rng.normal(0, 1, int(rng.integers(0, 3)))]))
        assert least_information(parts) <= whole * (1 + 1e-9)
