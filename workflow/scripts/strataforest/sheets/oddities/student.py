"""Student's t in plain arithmetic, so that reading sheets loads no scipy.

Checks of a printed p need three digits of it: exact up to 100 whole degrees of freedom, else close.
"""

import math
from functools import cache

Z_95 = 1.959963984540054
# Up to here the finite sum; from here on Wallace's normal approximation.
MAX_DF = 100


def two_sided_p(t: float, df: float) -> float:
    """Return P(|T| >= t) for t >= 0 with df degrees of freedom; df = inf is the normal.

    For a whole df up to 100 1 - A(t|df), A the finite sum over powers of cos^2 = df / (df + t^2),
    right to about 1e-15. Above, 2 Phi(-z) with z = sqrt(df ln(1 + t^2/df)) (8 df + 1)/(8 df + 3),
    off by less than 0.1% for t up to 5 and 2% up to 12.
    Source: Abramowitz & Stegun 1964, 26.7.3 and 26.7.4; Wallace 1959, Ann Math Stat 30:1121-1130.
    """
    if math.isinf(t):
        return 0.0
    if df > MAX_DF:
        z = t
        if not math.isinf(df):
            z = math.sqrt(df * math.log1p(t / df * t)) * (8 * df + 1) / (8 * df + 3)
        return math.erfc(z / math.sqrt(2))
    cos2 = df / (df + t * t)
    sine = t / math.sqrt(df + t * t)
    odd = int(df) % 2
    term = math.sqrt(cos2) if odd else 1.0
    total = term if df > 1 else 0.0
    for k in range(2 if not odd else 3, int(df) - 1, 2):
        term *= cos2 * (k - 1) / k
        total += term
    if odd:
        inside = (math.atan2(t, math.sqrt(df)) + sine * total) * 2 / math.pi
    else:
        inside = sine * total
    return min(1.0, max(0.0, 1.0 - inside))


def bracket(df: float) -> tuple[float, float]:
    """Return the degrees of freedom next to df for which `two_sided_p` holds, from both sides."""
    if df > MAX_DF:
        return df, df
    return float(max(1, math.floor(df))), float(max(1, math.ceil(df)))


@cache
def quantile_975(df: float) -> float:
    """Return the 97.5% quantile of t with df degrees of freedom (the next lower whole one)."""
    return t_of_p(0.05, bracket(df)[0])


def t_of_p(p: float, df: float) -> float:
    """Return the t of a two-sided p from 1e-12 to 1, df as `bracket` gives it, by halving."""
    low, high = 0.0, 1.0
    while two_sided_p(high, df) > max(p, 1e-12):
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_p(middle, df) > p else (low, middle)
    return (low + high) / 2
