"""Regress ln(n) on weeks of follow-up over the trials: do longer trials differ in size?"""

import math

from strataforest.design_regression import design_regression
from strataforest.errors import step
from strataforest.tabular import number, read_rows, write_rows

TERMS = ("intercept", "follow_up_weeks")
COLUMNS = (
    *("term", "k", "n_dropped", "b", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "r2"),
    *("covariance", "status", "reason"),
)


def main(trials, level, table):
    """Write a row per coefficient, or one row that says why there are none."""
    rows = read_rows(trials, key="study_id")
    pairs = [(number(row["follow_up_weeks"]), number(row["n"])) for row in rows]
    known = [(w, math.log(n)) for w, n in pairs if not math.isnan(w) and n > 0]
    names = {"k": len(known), "n_dropped": len(rows) - len(known), "covariance": "HC1"}
    empty = dict.fromkeys(COLUMNS) | names
    weeks, sizes = zip(*known, strict=True) if known else ((), ())
    try:
        fit = design_regression(sizes, [(1.0, week) for week in weeks], level=level)
    except ValueError as error:
        write_rows(table, COLUMNS, [empty | {"status": "not_estimable", "reason": str(error)}])
        return
    numbers = ("b", "se", "statistic", "p_value", "ci_low", "ci_high")
    found = [
        {"term": term} | {name: getattr(fit, name)[j].item() for name in numbers}
        for j, term in enumerate(TERMS)
    ]
    common = {"df": fit.df, "r2": fit.r2, "status": "fitted"}
    write_rows(table, COLUMNS, [empty | common | row for row in found])


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            trials=snakemake.input[0],
            level=snakemake.params.level,
            table=snakemake.output[0],
        )
