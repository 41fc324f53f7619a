"""Effect sizes of two-arm comparisons, intervention minus control, on numpy arrays.

All arguments broadcast; counts and sizes are people. Missing values are NaN and give NaN.
"""

import numpy as np
from scipy import special

LARGE_M = 1e3  # degrees of freedom beyond which J is taken from its series
SMD_SE_VARIANTS = ("ls", "holkinse", "ub", "av", "j_times_d")


def pooled_sd(n1, sd1, n2, sd2):
    """Return the SD pooled over both arms: sqrt(((n1-1) sd1^2 + (n2-1) sd2^2) / (n1+n2-2)).

    Same unit as the SDs. Source: Cohen 1988, Statistical power analysis, p. 67.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))


def cohen_d(mean1, sd1, n1, mean2, sd2, n2):
    """Return Cohen's d = (mean1 - mean2) / pooled SD, in SD units.

    NaN where the pooled SD is 0. Source: Cohen 1988.
    """
    sd = np.asarray(pooled_sd(n1, sd1, n2, sd2), float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sd > 0, (mean1 - mean2) / sd, np.nan)


def glass_delta(mean1, mean2, sd2):
    """Return Glass's delta = (mean1 - mean2) / sd2, in SDs of the control arm.

    NaN where that SD is 0. Source: Glass 1976, Educ Res 5(10):3-8.
    """
    sd2 = np.asarray(sd2, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sd2 > 0, (np.asarray(mean1, float) - mean2) / sd2, np.nan)


def smd_unequal(mean1, sd1, mean2, sd2):
    """Return (mean1 - mean2) / sqrt((sd1^2 + sd2^2)/2): the SMD that takes no SD for both arms.

    NaN where both SDs are 0. Source: Bonett 2008, Psychol Methods 13:99-109.
    """
    sd = np.asarray(np.sqrt((np.asarray(sd1, float) ** 2 + np.asarray(sd2, float) ** 2) / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sd > 0, (np.asarray(mean1, float) - mean2) / sd, np.nan)


def smd_unequal_variance(d, sd1, n1, sd2, n2):
    """Return the sampling variance of an SMD with unequal variances, d as `smd_unequal` gives it.

    With s^2 = (sd1^2 + sd2^2)/2: d^2 (sd1^4/(n1-1) + sd2^4/(n2-1)) / (8 s^4)
    + (sd1^2/(n1-1) + sd2^2/(n2-1)) / s^2. Times J^2 for a corrected one.
    Source: Bonett 2008, Psychol Methods 13:99-109. metafor's SMDH puts J d for d
    up to 3.8, and changed with 4.6.
    """
    sd1, sd2, n1, n2 = (np.asarray(x, float) for x in (sd1, sd2, n1, n2))
    with np.errstate(invalid="ignore", divide="ignore"):
        square = (sd1**2 + sd2**2) / 2
        shape = (sd1**4 / (n1 - 1) + sd2**4 / (n2 - 1)) / (8 * square**2)
        return d**2 * shape + (sd1**2 / (n1 - 1) + sd2**2 / (n2 - 1)) / square


def hedges_j(m, correction="exact"):
    """Return Hedges' small-sample factor for m degrees of freedom: n1+n2-2, n2-1 for Glass's delta.

    exact: Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)); approximate: 1 - 3/(4m - 1); none: 1.
    NaN for m <= 1, where d has no expectation. Raises ValueError for another `correction`.
    Source: Hedges 1981, J Educ Stat 6:107-128.
    """
    m = np.asarray(m, float)
    m = np.where(m > 1, m, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        if correction == "exact":
            j = np.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / np.sqrt(m / 2)
            # The two logarithms grow and their difference loses digits, the first by m = 1e4.
            series = 1 - 3 / (4 * m) - 7 / (32 * m**2) - 9 / (128 * m**3) + 59 / (2048 * m**4)
            return np.where(m > LARGE_M, series, j)
        if correction == "approximate":
            return 1 - 3 / (4 * m - 1)
    if correction == "none":
        return np.ones_like(m)
    raise ValueError(f"correction '{correction}': expected exact, approximate or none")


def smd_variance(e, n1, n2, *, estimator="d", se="ls", correction="exact"):
    """Return the sampling variance of an SMD e as `estimator` (d, g, glass) gives it.

    With a = 1/n1 + 1/n2, J the factor of `hedges_j`, and N = n1+n2, m = N-2 for d and g, or
    N = n2, m = n2-1 for Glass's delta, whose SD is that of arm 2:

    - ls: a + e^2/(2N) (Hedges 1982; metafor's LS);
    - holkinse: a + e^2/(2m) for d and glass, a + g^2/(2(m-1.94)) for g (Stata's holkinse, RevMan);
    - ub: a + (1 - (m-2)/(m J^2)) e^2, unbiased for g (Hedges 1983; metafor's UB);
    - av: a + E^2/(2N), E the mean of e over all comparisons weighted by n1+n2 (metafor's AV);
    - j_times_d: J^2 (a + d^2/(2N)) with d = e/J (Stata 16's default for g; metafor's LS2).

    Raises ValueError for an unknown name, or a form that is not defined for d.
    """
    if se not in SMD_SE_VARIANTS or (se in {"ub", "j_times_d"} and estimator == "d"):
        raise ValueError(f"se '{se}' of {estimator}: expected one of {', '.join(SMD_SE_VARIANTS)}")
    e, n1, n2 = (np.asarray(x, float) for x in (e, n1, n2))
    total = n2 if estimator == "glass" else n1 + n2
    m = total - (1 if estimator == "glass" else 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        base = 1 / n1 + 1 / n2
        if se == "ls":
            return base + e**2 / (2 * total)
        if se == "holkinse":
            return base + e**2 / (2 * (m - 1.94 if estimator == "g" else m))
        if se == "av":
            known = np.isfinite(e) & np.isfinite(n1 + n2)
            weight = np.where(known, n1 + n2, 0)
            mean = np.sum(weight * np.where(known, e, 0)) / np.sum(weight)
            return np.where(known, base + mean**2 / (2 * total), np.nan)
        j = hedges_j(m, correction)
        if se == "ub":
            return base + (1 - (m - 2) / (m * j**2)) * e**2
        return j**2 * (base + (e / j) ** 2 / (2 * total))


def mean_difference(mean1, sd1, n1, mean2, sd2, n2, *, sds="unequal"):
    """Return (yi, vi) of a mean difference in the outcome's unit.

    vi = sd1^2/n1 + sd2^2/n2 for unequal SDs, sp^2 (1/n1 + 1/n2) for pooled.
    Raises ValueError for other `sds`. Source: Cochrane Handbook 6.5, section 10.
    """
    if sds not in {"unequal", "pooled"}:
        raise ValueError(f"sds '{sds}': expected unequal or pooled")
    with np.errstate(invalid="ignore", divide="ignore"):
        if sds == "pooled":
            vi = pooled_sd(n1, sd1, n2, sd2) ** 2 * (1 / n1 + 1 / n2)
        else:
            vi = sd1**2 / n1 + sd2**2 / n2
    return np.asarray(mean1 - mean2, float), vi


def log_ratio_of_means(mean1, sd1, n1, mean2, sd2, n2, *, sds="unequal"):
    """Return (yi, vi) of ln(mean1/mean2), for means of one sign; NaN for others.

    vi = sd1^2/(n1 mean1^2) + sd2^2/(n2 mean2^2), with the pooled SD for both where `sds` is pooled.
    Raises ValueError for other `sds`. Source: Hedges, Gurevitch & Curtis 1999, Ecology 80:1150.
    """
    if sds not in {"unequal", "pooled"}:
        raise ValueError(f"sds '{sds}': expected unequal or pooled")
    mean1, mean2 = np.asarray(mean1, float), np.asarray(mean2, float)
    if sds == "pooled":
        sd1 = sd2 = pooled_sd(n1, sd1, n2, sd2)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(mean2 != 0, mean1 / mean2, np.nan)
        vi = sd1**2 / (n1 * mean1**2) + sd2**2 / (n2 * mean2**2)
        return np.log(np.where(ratio > 0, ratio, np.nan)), np.where(ratio > 0, vi, np.nan)


def log_risk_ratio(a, b, c, d):
    """Return (yi, vi) of ln RR: ln(a/(a+b)) - ln(c/(c+d)); 1/a - 1/(a+b) + 1/c - 1/(c+d).

    NaN where a or c is 0. Source: Fleiss & Berlin 2009, in The handbook of research synthesis,
    2nd ed.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        yi = np.log(a / (a + b)) - np.log(c / (c + d))
        return _where_finite(yi, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def log_odds_ratio(a, b, c, d):
    """Return (yi, vi) of ln OR: ln(ad/(bc)); 1/a + 1/b + 1/c + 1/d. NaN where one of them is 0.

    Source: as ln RR.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return _where_finite(np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)


def _where_finite(yi, vi):
    known = np.isfinite(yi) & np.isfinite(vi)
    return np.where(known, yi, np.nan), np.where(known, vi, np.nan)


def risk_difference(a, b, c, d):
    """Return (yi, vi) of RD: a/(a+b) - c/(c+d); ab/(a+b)^3 + cd/(c+d)^3. Source: as ln RR."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n1, n2 = a + b, c + d
        return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


def peto_log_odds_ratio(a, b, c, d):
    """Return (yi, vi) of Peto's one-step ln OR: (a - E)/V; 1/V.

    E = n1 (a+c)/N and V = n1 n2 (a+c)(b+d)/(N^2 (N-1)), the hypergeometric mean and variance of a.
    Needs no continuity correction; NaN where V = 0 (nobody or everybody had the event).
    Source: Yusuf et al. 1985, Prog Cardiovasc Dis 27:335-371.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        n1, n2, events, others = a + b, c + d, a + c, b + d
        total = n1 + n2
        v = np.asarray(n1 * n2 * events * others / (total**2 * (total - 1)), float)
        v = np.where(v > 0, v, np.nan)
        return (a - n1 * events / total) / v, 1 / v


def log_odds_ratio_from_smd(d, vi):
    """Return (yi, vi) of the ln OR that an SMD stands for: d pi/sqrt(3); vi pi^2/3.

    Holds for logistic distributions. Source: Hasselblad & Hedges 1995, Psychol Bull 117:167-178.
    """
    factor = np.pi / np.sqrt(3)
    return factor * np.asarray(d, float), factor**2 * np.asarray(vi, float)


def smd_from_log_odds_ratio(yi, vi):
    """Return (d, vi) of the SMD that a ln OR stands for: the inverse of log_odds_ratio_from_smd."""
    factor = np.sqrt(3) / np.pi
    return factor * np.asarray(yi, float), factor**2 * np.asarray(vi, float)


def design_effect(cluster_size, icc):
    """Return 1 + (m - 1) icc, by which a cluster trial's n is divided.

    Source: Cochrane Handbook 6.5, section 23.1.4.
    """
    return 1 + (np.asarray(cluster_size, float) - 1) * icc
