"""From what trials print to what an effect size needs; numpy arrays in and out, NaN for missing."""

import numpy as np
from scipy import special


def t_quantile(p, df):
    """Return the t quantile for lower-tail probability p and df degrees of freedom."""
    return special.stdtrit(df, p)


def sd_from_se(se, n):
    """Return sd = se sqrt(n). Source: Cochrane Handbook 6.5, section 6.5.2.2."""
    return se * np.sqrt(n)


def sd_from_ci(low, high, n, level=0.95):
    """Return an arm's sd from the CI of its mean: sqrt(n) (high - low) / (2 t(n-1)).

    Source: Cochrane Handbook 6.5, section 6.5.2.2 (the t form for small samples).
    """
    return sd_from_se(se_from_ci(low, high, np.asarray(n, float) - 1, level), n)


def se_from_ci(low, high, df, level=0.95):
    """Return a standard error from a CI built on t with df degrees of freedom (inf: normal).

    (high - low) / (2 t(df)), t the quantile of the level. Source: Cochrane Handbook 6.5, section
    6.5.2.3.
    """
    tail = (1 + level) / 2
    df = np.asarray(df, float)
    with np.errstate(invalid="ignore"):
        finite = np.where(np.isfinite(df) & (df > 0), df, np.nan)
        quantile = np.where(np.isinf(df), special.ndtri(tail), t_quantile(tail, finite))
        return (np.asarray(high, float) - low) / (2 * quantile)


def t_from_p(p, df):
    """Return |t| with this two-sided p at df degrees of freedom.

    Source: Cochrane Handbook 6.5, section 6.5.2.3.
    """
    p = np.asarray(p, float)
    with np.errstate(invalid="ignore"):
        usable = np.where((p > 0) & (p <= 1) & (np.asarray(df) > 0), p, np.nan)
        return -t_quantile(usable / 2, df)


def d_from_t(t, n1, n2):
    """Return d = t sqrt(1/n1 + 1/n2). Source: Borenstein et al. 2009, Introduction, ch. 4."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return t * np.sqrt(1 / np.asarray(n1, float) + 1 / np.asarray(n2, float))


def d_from_md_se(md, se, n1, n2):
    """Return d = md / sd with the pooled sd = se / sqrt(1/n1 + 1/n2).

    Source: Cochrane Handbook 6.5, section 6.5.2.3.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return d_from_t(np.asarray(md, float) / se, n1, n2)


def sd_of_change(sd_baseline, sd_final, r):
    """Return the SD of changes: sqrt(sd_b^2 + sd_f^2 - 2 r sd_b sd_f).

    r is the correlation of baseline and final values within an arm, from -1 to 1 (else NaN); few
    reports print it, so it is an assumption. Source: Cochrane Handbook 6.5, section 6.5.2.8.
    """
    sd_baseline, sd_final, r = (np.asarray(x, float) for x in (sd_baseline, sd_final, r))
    r = np.where(np.abs(r) <= 1, r, np.nan)
    # As (sd_b - sd_f)^2 + 2 (1 - r) sd_b sd_f, which rounding cannot make negative.
    return np.sqrt((sd_baseline - sd_final) ** 2 + 2 * (1 - r) * sd_baseline * sd_final)


def combined_arms(n, mean, sd):
    """Return (n, mean, sd) of one arm made of several, given along the first axis.

    n = sum n_i; mean = sum n_i mean_i / n;
    sd = sqrt((sum (n_i - 1) sd_i^2 + sum n_i (mean_i - mean)^2) / (n - 1)).
    For two arms this is the formula of Cochrane Handbook 6.5, table 6.5.a.
    """
    n, mean, sd = (np.asarray(x, float) for x in (n, mean, sd))
    with np.errstate(invalid="ignore", divide="ignore"):
        total = n.sum(axis=0)
        middle = (n * mean).sum(axis=0) / total
        squares = (n - 1) * sd**2 + n * (mean - middle) ** 2
        return total, middle, np.sqrt(squares.sum(axis=0) / (total - 1))
