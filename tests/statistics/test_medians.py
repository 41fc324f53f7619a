"""Means and SDs from medians: published figures, exact quantiles, simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from strataforest.conversions import fitted_quantiles as fq
from strataforest.conversions import five_numbers as fn
from strataforest.conversions import medians

NAN = np.nan
AT = np.array([0.25, 0.5, 0.75])
# The scenarios of the sources, as (low, q1, median, q3, high).
SCENARIOS = {"S1": [0, 2, 4], "S2": [1, 2, 3], "S3": [0, 1, 2, 3, 4]}


def summary(distribution, n, scenario):
    """Return a distribution's own quantiles as a five-number summary with its n."""
    numbers = distribution.ppf([1 / n, *AT, 1 - 1 / n])
    kept = [x if i in SCENARIOS[scenario] else NAN for i, x in enumerate(numbers)]
    return (*kept, n)


def estimate(method, *numbers):
    found = medians.mean_sd(method, *numbers)
    return float(found.mean), float(found.sd)


def test_example_mcgrath2020_estmeansd():
    """Printed by R's estmeansd for minimum 2, median 4, maximum 9, n 100."""
    mean, sd = estimate("qe", 2, NAN, 4, NAN, 9, 100)
    # Its optimiser stops early, at the fifth digit.
    assert mean == pytest.approx(4.347284, rel=1e-5)
    assert sd == pytest.approx(1.502171, rel=1e-5)
    # Its BC is the mean of 1,100 random numbers: within three standard errors.
    mean, sd = estimate("bc", 2, NAN, 4, NAN, 9, 100)
    assert mean == pytest.approx(4.204881, abs=3 * 1.3 / np.sqrt(1100))
    assert sd == pytest.approx(1.277236, abs=3 * 1.3 / np.sqrt(2200))


@pytest.mark.parametrize(("n", "d2"), [(5, 2.326), (10, 3.078), (25, 3.931), (50, 4.498)])
def test_example_wan2014_range(n, d2):
    """Table 1 of Wan: the expected range of a normal sample, which the formula comes near."""
    assert estimate("wan", 0, NAN, 1, NAN, 2, n)[1] == pytest.approx(2 / d2, rel=0.015)


@pytest.mark.parametrize(("quarter", "eta"), [(1, 0.990), (2, 1.144), (5, 1.260), (10, 1.303)])
def test_example_wan2014_quartiles(quarter, eta):
    """Table 2 of Wan: the expected distance of the quartiles of a normal sample of n = 4Q + 1."""
    n = 4 * quarter + 1
    order = stats.beta(3 * quarter + 1, n - 3 * quarter)
    expected = integrate.quad(lambda u: stats.norm.ppf(u) * order.pdf(u), 0, 1)[0] * 2
    assert expected == pytest.approx(eta, abs=6e-4)
    assert estimate("wan", NAN, 0, 1, 2, NAN, n)[1] == pytest.approx(2 / expected, rel=0.02)


def test_the_formulas_by_hand():
    # n = 16: 16^0.75 = 8.
    middle, quartiles = (1 + 9) / 2, (3 + 6) / 2
    assert estimate("wan", 1, 3, 4, 6, 9, 16)[0] == pytest.approx((1 + 6 + 8 + 12 + 9) / 8)
    assert estimate("wan", 1, NAN, 4, NAN, 9, 16)[0] == pytest.approx(18 / 4)
    assert estimate("wan", NAN, 3, 4, 6, NAN, 16)[0] == pytest.approx(13 / 3)
    assert estimate("luo", 1, NAN, 4, NAN, 9, 16)[0] == pytest.approx((middle * 4 + 4 * 8) / 12)
    w = 0.7 + 0.39 / 16
    assert estimate("luo", NAN, 3, 4, 6, NAN, 16)[0] == pytest.approx(w * quartiles + (1 - w) * 4)
    w1, w2 = 2.2 / 10.2, 0.7 - 0.72 / 16**0.55
    five = w1 * middle + w2 * quartiles + (1 - w1 - w2) * 4
    assert estimate("luo", 1, 3, 4, 6, 9, 16)[0] == pytest.approx(five)
    # Shi's own way to write it: (b - a)/theta1 + (q3 - q1)/theta2.
    z = stats.norm.ppf
    theta1 = (2 + 0.14 * 16**0.6) * z((16 - 0.375) / (16 + 0.25))
    theta2 = (2 + 2 / (0.07 * 16**0.6)) * z((0.75 * 16 - 0.125) / (16 + 0.25))
    mean, sd = estimate("shi", 1, 3, 4, 6, 9, 16)
    assert (mean, sd) == (pytest.approx(five), pytest.approx(8 / theta1 + 3 / theta2))


@pytest.mark.parametrize("method", ["wan", "luo", "shi"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_normal_samples_give_their_own_mean_and_sd(method, scenario):
    """Unbiased for normal data: the average over many samples is the truth."""
    rng, n, runs = np.random.default_rng(20), 80, 8000
    drawn = rng.normal(50, 10, (runs, n))
    numbers = np.quantile(drawn, [0, *AT, 1], axis=1)
    numbers[[i for i in range(5) if i not in SCENARIOS[scenario]]] = NAN
    found = medians.mean_sd(method, *numbers, n)
    error = found.sd.std() / np.sqrt(runs)
    assert found.mean.mean() == pytest.approx(50, abs=4 * found.mean.std() / np.sqrt(runs))
    # The formula of the SD is an approximation: R's quartiles of 80 are not Wan's.
    assert found.sd.mean() == pytest.approx(10, abs=4 * error + 0.15)


DISTRIBUTIONS = {
    "normal": stats.norm(120, 15),
    "log-normal": stats.lognorm(0.6, scale=20),
    "gamma": stats.gamma(2.5, scale=3),
    "weibull": stats.weibull_min(1.4, scale=9),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_quantile_estimation_finds_the_distribution_behind_exact_quantiles(name, scenario):
    distribution = DISTRIBUTIONS[name]
    found = estimate("qe", *summary(distribution, 150, scenario))
    assert found == pytest.approx((distribution.mean(), distribution.std()), rel=1e-5)


def test_quantile_estimation_knows_shares():
    beta = stats.beta(2, 5)
    found = estimate("qe", *summary(beta, 200, "S3"))
    assert found == pytest.approx((beta.mean(), beta.std()), rel=1e-5)


def test_numbers_below_zero_are_fitted_by_a_normal_only():
    normal = stats.norm(-1, 4)
    for scenario in SCENARIOS:
        found = estimate("qe", *summary(normal, 60, scenario))
        assert found == pytest.approx((-1, 4), rel=1e-12)
        assert np.isnan(estimate("bc", *summary(normal, 60, scenario))).all()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_box_cox_of_a_symmetric_summary_is_the_formula_of_luo_and_wan(scenario):
    """Power 1 changes nothing, and a lower tail 13 SDs away is not cut."""
    numbers = summary(stats.norm(130, 10), 90, scenario)
    luo = estimate("luo", *numbers)
    assert estimate("bc", *numbers) == pytest.approx(luo, rel=1e-7)


def test_box_cox_of_a_log_normal_is_its_closed_form():
    numbers = summary(stats.lognorm(0.5, scale=8), 120, "S2")
    logs = [np.log(x) for x in numbers[:5]]
    mu, sigma = estimate("luo", *logs, 120)
    mean = np.exp(mu + sigma**2 / 2)
    expected = mean, mean * np.sqrt(np.exp(sigma**2) - 1)
    # The power is found to 1e-8 of 0, not 0 itself.
    assert estimate("bc", *numbers) == pytest.approx(expected, rel=1e-6)


def test_box_cox_integrates_what_r_draws():
    """Against two million draws from the same symmetrically cut power-normal distribution."""
    numbers = (1.0, 3.0, 5.0, 9.0, 20.0, 70)
    scaled = np.array(numbers[:5]) / 5
    power = fq._symmetric_power(scaled)
    moved = (scaled**power - 1) / power
    mu, sigma = estimate("luo", *moved, 70)
    draws = np.random.default_rng(3).normal(mu, sigma, 2_000_000)
    draws = draws[np.abs(draws - mu) < mu + 1 / power]
    values = 5 * (draws * power + 1) ** (1 / power)
    found = estimate("bc", *numbers)
    assert found == pytest.approx((values.mean(), values.std()), rel=2e-3)


@settings(max_examples=15)
@given(
    st.sampled_from(medians.METHODS),
    st.sampled_from(list(SCENARIOS)),
    st.floats(-7, 7).map(lambda x: 10**x),
    st.integers(20, 400),
)
def test_the_unit_of_measurement_changes_nothing(method, scenario, unit, n):
    numbers = summary(stats.gamma(3, scale=40), n, scenario)
    found = estimate(method, *numbers)
    scaled = estimate(method, *(unit * x for x in numbers[:5]), n)
    # Units in which numbers lie between 0 and 1 let the beta distribution in.
    if method != "qe" or unit * np.nanmax(numbers[:5]) > 1:
        assert np.array(scaled) / unit == pytest.approx(np.array(found), rel=1e-6)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("n", [15, 40, 120, 400])
def test_the_skewness_test_keeps_its_level_and_has_power(scenario, n):
    """5% of normal samples are called skewed (its constants are fits), more log-normal ones."""
    rng = np.random.default_rng(n)
    for draw, low, high in ((rng.normal, 0.03, 0.056), (rng.lognormal, 0.1, 1)):
        numbers = np.quantile(draw(size=(12000, n)), [0, *AT, 1], axis=1)
        numbers[[i for i in range(5) if i not in SCENARIOS[scenario]]] = NAN
        assert low < fn.is_skewed(*numbers, n).mean() <= high


def test_rows_are_taken_one_by_one():
    rows = np.array(
        [
            [1, NAN, 4, NAN, 9, 30],
            [NAN, 3, 4, 6, NAN, 30],
            [1, 3, 4, 6, 9, 30],
            [NAN, NAN, 4, NAN, NAN, 30],
        ]
    )
    for method in medians.METHODS:
        together = medians.mean_sd(method, *rows.T)
        for i, row in enumerate(rows[:3]):
            alone = estimate(method, *row)
            assert (together.mean[i], together.sd[i]) == pytest.approx(alone, rel=1e-14)
        assert np.isnan(together.mean[3]) and np.isnan(together.sd[3])


@pytest.mark.parametrize(
    "numbers",
    [
        (1, NAN, 4, NAN, NAN, 30),
        (NAN, 3, NAN, 6, NAN, 30),
        (NAN, 5, 4, 6, NAN, 30),
        (5, NAN, 4, NAN, 6, 30),
        (1, 3, 4, 6, 5, 30),
        (4, NAN, 4, NAN, 4, 30),
        (NAN, 4, 4, 4, NAN, 30),
        (1, 3, 4, 6, 9, 2),
        (1, 3, 4, 6, 9, NAN),
    ],
    ids=["half", "no median", "q1", "min", "max", "no range", "no width", "n", "no n"],
)
def test_numbers_that_fit_no_scenario_give_nothing(numbers):
    for method in medians.METHODS:
        assert np.isnan(estimate(method, *numbers)).all()
    assert not fn.is_skewed(*numbers)


def test_half_a_range_beside_quartiles_is_not_read():
    for method in medians.METHODS:
        assert estimate(method, 1, 3, 4, 6, NAN, 30) == estimate(method, NAN, 3, 4, 6, NAN, 30)


def test_a_median_on_its_quartile_has_no_box_cox_estimate():
    assert np.isnan(estimate("bc", NAN, 4, 4, 6, NAN, 30)).all()
    assert np.isfinite(estimate("qe", NAN, 4, 4, 6, NAN, 30)).all()


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="expected one of wan, luo, shi, qe, bc"):
        medians.mean_sd("hozo", 1, 3, 4, 6, 9, 30)
