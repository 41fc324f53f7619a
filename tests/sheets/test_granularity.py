"""Means and SDs that whole numbers cannot have: GRIM and GRIMMER, counted out."""

import random
import statistics

from outcome_rows import row, said
from strataforest.sheets import plausibility
from strataforest.sheets.oddities import granularity

# Granularity: means and SDs of whole numbers, counted out.


def test_means_that_whole_numbers_cannot_have():
    def words(items=1, **cells):
        return said(granularity.impossible_means(row(**cells), items))

    # 28 people: totals of 145 and 146 have the means 5.18 and 5.21 (Brown & Heathers 2017).
    assert "mean_treat is 5.19 with n_treat = 28" in words(mean_treat="5.19", n_treat=28)
    assert "5.17857 or 5.21429" in words(mean_treat="5.19", n_treat=28)
    assert words(mean_treat="5.18", n_treat=28) == ""
    assert words(mean_treat="5.2", n_treat=28) == ""
    assert words(items=3, mean_treat="5.19", n_treat=28) == ""  # 436 of 84
    assert words(items=2, mean_treat="5.19", n_treat=28)
    assert words(mean_treat="5.19", n_treat=280) == ""
    assert words(mean_control="-1.27", n_control=10)  # a change


def test_sds_that_whole_numbers_cannot_have():
    def words(sd, mean="2.5", n=4):
        cells = {"mean_treat": mean, "sd_treat": sd, "n_treat": n}
        return said(granularity.impossible_means(row(**cells), 1))

    # Four whole numbers of total 10 have sums of squares 26, 28, 30, ...: SDs 0.577, 1, 1.291.
    assert words("0.577") == ""
    assert words("1.291") == ""
    assert "no 4 whole numbers have it" in words("1.15")  # 29 = 25 + 3 1.15^2 is odd
    assert "no 4 whole numbers have it" in words("0.3")


def test_every_mean_and_sd_of_whole_numbers_is_possible():
    rng = random.Random(1)
    for _ in range(300):
        n, items, places = rng.randint(2, 40), rng.choice((1, 1, 3, 10)), rng.randint(1, 3)
        totals = [rng.randint(-5, 30) for _ in range(n)]
        mean, sd = statistics.mean(totals) / items, statistics.stdev(totals) / items
        cells = {"mean_treat": f"{mean:.{places}f}", "sd_treat": f"{sd:.{places}f}", "n_treat": n}
        assert said(granularity.impossible_means(row(**cells), items)) == ""


def test_granularity_is_looked_at_where_the_config_says_so():
    odd = row(mean_treat="5.19", n_treat=28)
    rules = [p.rule for p in plausibility.implausible([odd], [], {"hba1c": {"integer_items": 1}})]
    assert rules == ["impossible_means"]
    assert list(plausibility.implausible([odd], [], {"hba1c": {}})) == []
