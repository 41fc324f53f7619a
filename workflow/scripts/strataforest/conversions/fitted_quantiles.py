"""Mean and SD of the distribution that fits a five-number summary best (McGrath et al. 2020).

Source: McGrath, Zhao, Steele, Thombs & Benedetti 2020, Stat Methods Med Res 29:2520-2537. All
functions take arrays as `five_numbers.usable` returns them and return (mean, sd), NaN for no
estimate.
"""

from functools import cache

import numpy as np
from scipy import special

from strataforest.conversions.five_numbers import luo_mean, wan_sd

# A fit by least squares is as good as its gradient can tell.
PRECISION = 1e-15
# Nodes of the integral over the normal distribution, of which 12 SDs on each side are everything.
NODES = 400
REACH = 12


def quantile_estimation(low, q1, median, q3, high, n):
    """Return (mean, sd) by quantile estimation (QE).

    Fits normal, log-normal, gamma and Weibull distributions (beta too for numbers from 0 to 1) by
    least squares on the quantiles: minimum and maximum stand for 1/n and 1 - 1/n; the best fit
    counts. With a negative number only the normal is fitted. Unlike R's estmeansd the parameters
    have no bounds, so that the unit of measurement changes nothing (but for beta).
    """
    return _each(_quantile_estimation, low, q1, median, q3, high, n)


def box_cox(low, q1, median, q3, high, n):
    """Return (mean, sd) by the Box-Cox method (BC).

    For numbers above 0, none of them equal to the median. The power from 0 to 3 that makes the
    numbers most symmetric around the median transforms them; Luo's mean and Wan's SD there are
    those of a normal distribution, cut symmetrically where its lower tail has no inverse. Its
    moments on the original scale are integrated numerically (R's estmeansd draws random numbers).
    """
    return _each(_box_cox, low, q1, median, q3, high, n)


def _each(function, *arrays):
    shape = np.shape(arrays[0])
    rows = np.stack([np.ravel(x) for x in arrays], axis=1)
    found = [function(*row) if np.isfinite(row[5]) else (np.nan, np.nan) for row in rows]
    mean, sd = np.array(found, float).reshape(-1, 2).T
    return mean.reshape(shape), sd.reshape(shape)


def _quantile_estimation(low, q1, median, q3, high, n):
    summary = np.array([low, q1, median, q3, high])
    at = np.array([1 / n, 0.25, 0.5, 0.75, 1 - 1 / n])
    known = ~np.isnan(summary)
    q, p = summary[known], at[known]
    scale = np.max(np.abs(q))
    fits = [_normal(p, q / scale)]
    if q[0] >= 0:
        fits += [_fitted(*family, p, q / scale) for family in (_LOGNORMAL, _GAMMA, _WEIBULL)]
    _, mean, sd = min(fits, key=lambda fit: fit[0])
    best = min(fits)[0] * scale**2
    if q[0] >= 0 and q[-1] <= 1:
        loss, beta_mean, beta_sd = _fitted(*_BETA, p, q)
        if loss < best:
            return beta_mean, beta_sd
    return mean * scale, sd * scale


def _normal(p, q):
    """Return (loss, mean, sd) of the normal: its quantiles mu + sigma z(p) are linear in both."""
    design = np.stack([np.ones_like(p), special.ndtri(p)], axis=1)
    (mean, sd), *_ = np.linalg.lstsq(design, q, rcond=None)
    return float(np.sum((design @ (mean, sd) - q) ** 2)), float(mean), float(sd)


def _fitted(quantile, start, moments, p, q):
    """Return (loss, mean, sd) of a family of two parameters, both taken by their logarithm."""
    # A quarter of a second to start, which most reviews do without.
    from scipy import optimize

    _, mean, sd = _normal(p, q)
    mean = mean if mean > 0 else float(np.mean(q))

    def residuals(theta):
        with np.errstate(all="ignore"):
            found = quantile(p, *np.exp(theta)) - q
        return np.where(np.isfinite(found), found, 1e6)

    first = np.log(np.clip(start(mean, sd), 1e-6, 1e6))
    tolerances = {"ftol": PRECISION, "xtol": PRECISION, "gtol": PRECISION}
    fit = optimize.least_squares(residuals, first, **tolerances, max_nfev=500)
    return 2 * float(fit.cost), *map(float, moments(*np.exp(fit.x)))


def _lognormal_start(mean, sd):
    square = np.log1p((sd / mean) ** 2)
    return mean * np.exp(-square / 2), np.sqrt(square)


def _weibull_moments(shape, scale):
    first, second = special.gamma(1 + 1 / shape), special.gamma(1 + 2 / shape)
    return scale * first, scale * np.sqrt(max(second - first**2, 0.0))


def _beta_start(mean, sd):
    total = max(mean * (1 - mean) / sd**2 - 1, 0.1)
    return mean * total, (1 - mean) * total


# Each family: its quantile function, its parameters from a mean and SD, its mean and SD from them.
_LOGNORMAL = (
    lambda p, median, s: median * np.exp(s * special.ndtri(p)),
    _lognormal_start,
    lambda median, s: (
        median * np.exp(s**2 / 2),
        median * np.exp(s**2 / 2) * np.sqrt(np.expm1(s**2)),
    ),
)
_GAMMA = (
    lambda p, shape, scale: scale * special.gammaincinv(shape, p),
    lambda mean, sd: ((mean / sd) ** 2, sd**2 / mean),
    lambda shape, scale: (shape * scale, np.sqrt(shape) * scale),
)
_WEIBULL = (
    lambda p, shape, scale: scale * (-np.log1p(-p)) ** (1 / shape),
    # Justus et al. 1978: close enough to start from.
    lambda mean, sd: ((mean / sd) ** 1.086, mean),
    _weibull_moments,
)
_BETA = (
    lambda p, a, b: special.betaincinv(a, b, p),
    _beta_start,
    lambda a, b: (a / (a + b), np.sqrt(a * b / (a + b + 1)) / (a + b)),
)


def _box_cox(low, q1, median, q3, high, n):
    summary = np.array([low, q1, median, q3, high])
    beside = summary[[0, 1, 3, 4]]
    if not np.nanmin(summary) > 0 or np.any(beside == median):
        return np.nan, np.nan
    scaled = summary / median
    power = _symmetric_power(scaled)
    moved = special.boxcox(scaled, power)
    with np.errstate(invalid="ignore"):
        arrays = [np.array(x) for x in (*moved, n)]
        mu, sigma = float(luo_mean(*arrays)), float(wan_sd(*arrays))
    if power == 0:
        mean = np.exp(mu + sigma**2 / 2)
        return median * mean, median * mean * np.sqrt(np.expm1(sigma**2))
    nodes, weights = _gauss()
    x = mu + min(mu + 1 / power, REACH * sigma) * nodes
    density = weights * np.exp(-(((x - mu) / sigma) ** 2) / 2)
    values = special.inv_boxcox(x, power)
    mean = np.sum(density * values) / np.sum(density)
    variance = np.sum(density * (values - mean) ** 2) / np.sum(density)
    return median * mean, median * np.sqrt(variance)


def _symmetric_power(scaled):
    """Return the power from 0 to 3 with the least asymmetry of the transformed numbers.

    The asymmetry is the sum, over the pairs there are, of ((upper - m)/(m - lower) - 1)^2.
    """
    from scipy import optimize

    pairs = [(scaled[i], scaled[4 - i]) for i in (0, 1) if np.isfinite(scaled[i])]

    def asymmetry(power):
        # The median is 1, and its transform 0.
        ratios = [special.boxcox(up, power) / -special.boxcox(low, power) for low, up in pairs]
        return sum((ratio - 1) ** 2 for ratio in ratios)

    grid = np.linspace(0, 3, 61)
    best = int(np.argmin([asymmetry(power) for power in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    options = {"xatol": 1e-12}
    found = optimize.minimize_scalar(asymmetry, bounds=bounds, method="bounded", options=options)
    power = min((float(found.x), 0.0), key=asymmetry)
    # Below this the transform is the logarithm to the last digit that counts.
    return power if power > 1e-8 else 0.0


@cache
def _gauss():
    return np.polynomial.legendre.leggauss(NODES)
