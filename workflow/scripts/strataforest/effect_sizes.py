"""Effect sizes of two-arm comparisons, intervention minus control, on numpy arrays.

All arguments broadcast; counts and sizes are people. Missing values are NaN and give NaN.
"""

import numpy as np
from scipy import special

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


def hedges_j(m, correction="exact"):
    """Return Hedges' small-sample factor for m = n1 + n2 - 2 degrees of freedom.

    exact: Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)); approximate: 1 - 3/(4m - 1).
    Raises ValueError for another `correction`. Source: Hedges 1981, J Educ Stat 6:107-128.
    """
    m = np.asarray(m, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        if correction == "exact":
            return np.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / np.sqrt(m / 2)
        if correction == "approximate":
            return 1 - 3 / (4 * m - 1)
    raise ValueError(f"correction '{correction}': expected exact or approximate")


def smd_variance(e, n1, n2, *, estimator="d", se="ls", correction="exact"):
    """Return the sampling variance of a standardised mean difference e (d, or g already corrected).

    With N = n1+n2, m = N-2, a = 1/n1 + 1/n2 and J the factor of `hedges_j`:

    - ls: a + e^2/(2N) (Hedges 1982; metafor's LS);
    - holkinse: a + d^2/(2(N-2)) for d, a + g^2/(2(m-1.94)) for g (Stata's holkinse, RevMan);
    - ub: a + (1 - (m-2)/(m J^2)) g^2, unbiased for g (Hedges 1983; metafor's UB);
    - av: a + E^2/(2N), E the mean of e over all comparisons weighted by N (metafor's AV);
    - j_times_d: J^2 (a + d^2/(2N)) with d = g/J (Stata 16's default for g).

    Raises ValueError for an unknown name, or a form that is defined only for g.
    """
    if se not in SMD_SE_VARIANTS or (se in {"ub", "j_times_d"} and estimator != "g"):
        raise ValueError(f"se '{se}' of {estimator}: expected one of {', '.join(SMD_SE_VARIANTS)}")
    e, n1, n2 = (np.asarray(x, float) for x in (e, n1, n2))
    total, m = n1 + n2, n1 + n2 - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        base = 1 / n1 + 1 / n2
        if se == "ls":
            return base + e**2 / (2 * total)
        if se == "holkinse":
            return base + e**2 / (2 * (m if estimator == "d" else m - 1.94))
        if se == "av":
            known = np.isfinite(e) & np.isfinite(total)
            mean = np.sum(np.where(known, total * e, 0)) / np.sum(np.where(known, total, 0))
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


def corrected_counts(events1, n1, events2, n2, add=0.5):
    """Return the cells (a, b, c, d) of 2x2 tables, `add` put into every cell of those with a 0.

    a, c are people with and b, d people without the event in each arm.
    Source: Cochrane Handbook 6.5, section 10.4.4.1.
    """
    a, c = np.asarray(events1, float), np.asarray(events2, float)
    b, d = n1 - a, n2 - c
    zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    return tuple(cell + np.where(zero, add, 0.0) for cell in (a, b, c, d))


def log_risk_ratio(a, b, c, d):
    """Return (yi, vi) of ln RR: ln(a/(a+b)) - ln(c/(c+d)); 1/a - 1/(a+b) + 1/c - 1/(c+d).

    Source: Fleiss & Berlin 2009, in The handbook of research synthesis, 2nd ed.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        yi = np.log(a / (a + b)) - np.log(c / (c + d))
        return yi, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def log_odds_ratio(a, b, c, d):
    """Return (yi, vi) of ln OR: ln(ad/(bc)); 1/a + 1/b + 1/c + 1/d. Source: as ln RR."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def risk_difference(a, b, c, d):
    """Return (yi, vi) of RD: a/(a+b) - c/(c+d); ab/(a+b)^3 + cd/(c+d)^3. Source: as ln RR."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n1, n2 = a + b, c + d
        return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


def design_effect(cluster_size, icc):
    """Return 1 + (m - 1) icc, by which a cluster trial's n is divided.

    Source: Cochrane Handbook 6.5, section 23.1.4.
    """
    return 1 + (np.asarray(cluster_size, float) - 1) * icc
