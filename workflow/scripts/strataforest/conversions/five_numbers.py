"""Mean, SD and skewness from five-number summaries by formula; numpy arrays in and out.

The scenarios of the sources: S1 minimum, median, maximum; S2 quartiles and median; S3 all five.
Arguments are in this order everywhere: minimum (low), q1, median, q3, maximum (high), n; missing
numbers are NaN. All but `is_skewed` take arrays as `usable` returns them.
Sources: Wan et al. 2014, BMC Med Res Methodol 14:135; Luo et al. 2018, Stat Methods Med Res
27:1785-1805; Shi et al. 2020, Res Synth Methods 11:641-654.
"""

import numpy as np
from scipy import special


def usable(low, q1, median, q3, high, n):
    """Return the six as arrays of one shape, with NaN where they fit no scenario.

    A pair (range, quartiles) counts only when it is complete, has some width and stands around the
    median; n counts from 3 on. What contradicts itself is NaN throughout.
    """
    arrays = np.broadcast_arrays(*(np.asarray(x, float) for x in (low, q1, median, q3, high, n)))
    low, q1, median, q3, high, n = (np.array(x) for x in arrays)
    with np.errstate(invalid="ignore"):
        for lower, upper in ((low, high), (q1, q3)):
            half = np.isnan(lower) | np.isnan(upper)
            lower[half] = upper[half] = np.nan
        filled = np.stack([low, q1, median, q3, high])
        wrong = ~(n >= 3) | np.isnan(median) | (np.isnan(low) & np.isnan(q1))
        for i in range(5):
            for j in range(i + 1, 5):
                wrong |= filled[i] > filled[j]
        wrong |= (low == high) | (q1 == q3)
    return tuple(np.where(wrong, np.nan, x) for x in (low, q1, median, q3, high, n))


def wan_mean(low, q1, median, q3, high, n):
    """Return Wan's mean: S1 (a + 2m + b)/4; S2 (q1 + m + q3)/3; S3 (a + 2q1 + 2m + 2q3 + b)/8."""
    s1, s2 = (low + 2 * median + high) / 4, (q1 + median + q3) / 3
    return _by_scenario(low, q1, s1, s2, (low + 2 * q1 + 2 * median + 2 * q3 + high) / 8)


def luo_mean(low, q1, median, q3, high, n):
    """Return Luo's mean, w (a + b)/2 + (1 - w) m and the like with weights that depend on n.

    S1 w = 4/(4 + n^0.75); S2 w = 0.7 + 0.39/n of (q1 + q3)/2;
    S3 w1 = 2.2/(2.2 + n^0.75) of (a + b)/2, w2 = 0.7 - 0.72/n^0.55 of (q1 + q3)/2.
    """
    middle, quartiles = (low + high) / 2, (q1 + q3) / 2
    w = 4 / (4 + n**0.75)
    s1 = w * middle + (1 - w) * median
    w = 0.7 + 0.39 / n
    s2 = w * quartiles + (1 - w) * median
    w1, w2 = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    return _by_scenario(low, q1, s1, s2, w1 * middle + w2 * quartiles + (1 - w1 - w2) * median)


def wan_sd(low, q1, median, q3, high, n):
    """Return Wan's SD: S1 (b - a)/x; S2 (q3 - q1)/y; S3 the mean of both.

    x = 2 z((n - 0.375)/(n + 0.25)), y = 2 z((0.75n - 0.125)/(n + 0.25)), z the normal quantile.
    """
    s1, s2 = _sds(low, q1, q3, high, n)
    return _by_scenario(low, q1, s1, s2, (s1 + s2) / 2)


def shi_sd(low, q1, median, q3, high, n):
    """Return Shi's SD: under S3 w s1 + (1 - w) s2, w = 1/(1 + 0.07 n^0.6), else Wan's s1 or s2."""
    s1, s2 = _sds(low, q1, q3, high, n)
    w = 1 / (1 + 0.07 * n**0.6)
    return _by_scenario(low, q1, s1, s2, w * s1 + (1 - w) * s2)


def is_skewed(low, q1, median, q3, high, n):
    """Return where the numbers speak against a symmetric distribution, at the 5% level.

    S1 |a + b - 2m|/(b - a) > 1.01/ln(n + 9) + 2.43/(n + 1);
    S2 |q1 + q3 - 2m|/(q3 - q1) > 2.66/sqrt(n) - 5.92/n^2;
    S3 the larger of the first times 2.65 ln(0.6n)/sqrt(n) and the second > 3/sqrt(n) - 40/n^3.
    False where there are no numbers. Source: Shi et al. 2023, Stat Methods Med Res 32:1338-1360.
    """
    low, q1, median, q3, high, n = usable(low, q1, median, q3, high, n)
    with np.errstate(invalid="ignore"):
        by_range = np.abs(low + high - 2 * median) / (high - low)
        by_quartiles = np.abs(q1 + q3 - 2 * median) / (q3 - q1)
        both = np.fmax(2.65 * np.log(0.6 * n) / np.sqrt(n) * by_range, by_quartiles)
        s1 = by_range > 1.01 / np.log(n + 9) + 2.43 / (n + 1)
        s2 = by_quartiles > 2.66 / np.sqrt(n) - 5.92 / n**2
        s3 = both > 3 / np.sqrt(n) - 40 / n**3
    return _by_scenario(low, q1, s1, s2, s3) == 1


def _sds(low, q1, q3, high, n):
    by_range = (high - low) / (2 * special.ndtri((n - 0.375) / (n + 0.25)))
    return by_range, (q3 - q1) / (2 * special.ndtri((0.75 * n - 0.125) / (n + 0.25)))


def _by_scenario(low, q1, s1, s2, s3):
    """Return s3 where range and quartiles are known, else s1 or s2, NaN where neither is."""
    has_range, has_quartiles = ~np.isnan(low), ~np.isnan(q1)
    return np.select([has_range & has_quartiles, has_range, has_quartiles], [s3, s1, s2], np.nan)
