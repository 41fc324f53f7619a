"""The three tests that reports use for a 2x2 table, as plain numbers."""

import math
from functools import lru_cache

# More tables than this with the same margins: Fisher's p and the corrected chi-squared agree.
MAX_TABLES = 2_000


def chi_squared_p(a: int, n1: int, c: int, n2: int, corrected: bool = False) -> float:
    """Return the two-sided p of a events of n1 against c of n2 by the chi-squared test.

    chi2 = N (|ad - bc| - N/2 if corrected)^2 / (n1 n2 (a+c) (b+d)), p its upper tail on 1 degree
    of freedom; `corrected` is Yates' (1934) continuity correction, the bracket never below 0.
    1 for a table with an empty margin. Source: Pearson 1900; Agresti 2013, section 3.2.1.
    """
    b, d = n1 - a, n2 - c
    total = n1 + n2
    margins = n1 * n2 * (a + c) * (b + d)
    if not margins:
        return 1.0
    bracket = max(0.0, abs(a * d - b * c) - (total / 2 if corrected else 0.0))
    # The upper tail of chi-squared with 1 df at x is erfc(sqrt(x / 2)).
    return math.erfc(math.sqrt(total * bracket**2 / margins / 2))


def fisher_p(a: int, n1: int, c: int, n2: int) -> float:
    """Return the two-sided p of Fisher's exact test: the sum of the tables no likelier than this.

    P(x) = C(n1, x) C(n2, m - x) / C(N, m), m = a + c; likelihoods equal to seven digits count as
    equal, as R's fisher.test has it. Where more than two thousand tables share the margins, the
    corrected chi-squared. Source: Fisher 1934; Agresti 2013, section 3.5.3.
    """
    events = a + c
    fewest, most = max(0, events - n2), min(n1, events)
    if most - fewest >= MAX_TABLES:
        return chi_squared_p(a, n1, c, n2, corrected=True)
    logs = [
        -math.lgamma(x + 1)
        - math.lgamma(n1 - x + 1)
        - math.lgamma(events - x + 1)
        - math.lgamma(n2 - events + x + 1)
        for x in range(fewest, most + 1)
    ]
    top = max(logs)
    likelihood = [math.exp(each - top) for each in logs]
    seen = likelihood[a - fewest] * (1 + 1e-7)
    return math.fsum(each for each in likelihood if each <= seen) / math.fsum(likelihood)


@lru_cache(maxsize=10_000)
def count_ps(a: int, n1: int, c: int, n2: int) -> dict[str, float]:
    """Return the p values of the three tests by the names a reader knows."""
    return {
        "chi-squared": chi_squared_p(a, n1, c, n2),
        "chi-squared with continuity correction": chi_squared_p(a, n1, c, n2, corrected=True),
        "Fisher": fisher_p(a, n1, c, n2),
    }
