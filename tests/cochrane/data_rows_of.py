"""Files of data rows, and what their effects are by formulas written out here."""

import csv
import math

from strataforest.cochrane.columns import COLUMNS

Z = 1.959963984540054


def row(number, study, subgroup="", applicability="SUBGROUP_AND_OVERALL", group=1, **numbers):
    """Return a row with 0 where an analysis has no use for a number, as the downloads have it."""
    unused = dict.fromkeys(COLUMNS[8:20], 0)
    named = {"Analysis group": group, "Analysis number": number, "Study": study}
    named |= {"Analysis name": f"Outcome {number}", "Subgroup": subgroup}
    named |= {"Applicability": applicability, "Study year": study[-4:]}
    return dict.fromkeys(COLUMNS, "") | unused | named | numbers


def counts(a, n1, c, n2):
    names = ("Experimental cases", "Experimental N", "Control cases", "Control N")
    return dict(zip(names, (a, n1, c, n2), strict=True))


def means(m1, sd1, n1, m2, sd2, n2):
    values = {"Experimental": (m1, sd1, n1), "Control": (m2, sd2, n2)}
    return {
        f"{arm} {name}": value
        for arm, own in values.items()
        for name, value in zip(("mean", "SD", "N"), own, strict=True)
    }


def printed(effect, se, is_ratio=False, weight=""):
    """Return an effect with its interval, rounded to six decimals as it is printed."""
    values = effect, effect - Z * se, effect + Z * se
    values = map(math.exp, values) if is_ratio else values
    shown = dict(zip(("Mean", "CI start", "CI end"), (round(v, 6) for v in values), strict=True))
    return shown | {"Weight": weight}


def risk_ratio(a, n1, c, n2):
    if 0 in (a, c):
        a, n1, c, n2 = a + 0.5, n1 + 1, c + 0.5, n2 + 1
    return math.log(a / n1 / (c / n2)), math.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)


def odds_ratio(a, n1, c, n2):
    b, d = n1 - a, n2 - c
    return math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def peto(a, n1, c, n2):
    n, events = n1 + n2, a + c
    v = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    return (a - n1 * events / n) / v, 1 / math.sqrt(v)


def risk_difference(a, n1, c, n2):
    return a / n1 - c / n2, math.sqrt(a * (n1 - a) / n1**3 + c * (n2 - c) / n2**3)


def mean_difference(m1, sd1, n1, m2, sd2, n2):
    return m1 - m2, math.sqrt(sd1**2 / n1 + sd2**2 / n2)


def hedges_g(m1, sd1, n1, m2, sd2, n2):
    df = n1 + n2 - 2
    sd = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    g = (1 - 3 / (4 * (n1 + n2) - 9)) * (m1 - m2) / sd
    return g, math.sqrt(1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2 - 3.94)))


TABLES = ((4, 60, 11, 62), (6, 80, 9, 78), (3, 45, 8, 44))
MEANS = ((7.1, 1.1, 40, 7.6, 1.2, 41), (6.9, 0.9, 55, 7.4, 1.0, 52), (7.3, 1.3, 80, 7.4, 1.2, 78))
STUDIES = ("Ash 2019", "Birch 2020", "Cedar 2021")


def example():
    """Return the rows of eight analyses, one of each kind."""
    rows = []
    kinds = (
        *((1, risk_ratio, True), (2, odds_ratio, True), (3, peto, True)),
        (4, risk_difference, False),
    )
    for number, formula, is_ratio in kinds:
        for study, table in zip(STUDIES, TABLES, strict=True):
            rows.append(row(number, study, **counts(*table), **printed(*formula(*table), is_ratio)))
    for number, formula in ((5, mean_difference), (6, hedges_g)):
        for study, values in zip(STUDIES, MEANS, strict=True):
            rows.append(row(number, study, **means(*values), **printed(*formula(*values))))
    for study, y in zip(STUDIES, (-0.2, -0.35, 0.1), strict=True):
        generic = {"GIV Mean": y, "GIV SE": 0.15}
        rows.append(row(7, study, **generic, **printed(y, 0.15, is_ratio=True)))
        observed = {"O-E": y * 20, "Variance": 20}
        rows.append(row(8, study, **observed, **printed(y, 1 / math.sqrt(20), is_ratio=True)))
    return rows


def write(path, rows, columns=COLUMNS):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([r[name] for name in COLUMNS] for r in rows)
    return path
