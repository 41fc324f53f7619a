"""Agreement of two extractors: every statistic against published examples."""

import math

import pytest
from conftest import OUTCOMES
from strataforest.extraction.agreement import (
    agreement_rows,
    cohens_kappa,
    intraclass_correlation,
    mean_relative_difference,
    wilson_interval,
)
from two_extractors import TwoExtractors, with_cells


@pytest.mark.parametrize(
    ("agreeing", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_example_newcombe1998(agreeing, n, low, high):
    # Statistics in Medicine 17:857-872, table I, method 3.
    assert wilson_interval(agreeing, n) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_is_mirrored_and_stays_within_all_and_nothing():
    low, high = wilson_interval(7, 9)
    assert wilson_interval(2, 9) == pytest.approx((1 - high, 1 - low))
    assert wilson_interval(9, 9)[1] == 1.0
    assert all(map(math.isnan, wilson_interval(0, 0)))


def test_example_cohen1960():
    # Educational and Psychological Measurement 20:37-46: 200 cases, p_o 0.70, p_e 0.41.
    counts = {
        "aa": 88,
        "ab": 10,
        "ac": 2,
        "ba": 14,
        "bb": 40,
        "bc": 6,
        "ca": 18,
        "cb": 10,
        "cc": 12,
    }
    pairs = [tuple(names) for names, n in counts.items() for _ in range(n)]
    assert cohens_kappa(pairs) == pytest.approx((0.70 - 0.41) / (1 - 0.41))


def test_kappa_of_one_choice_only_is_undefined():
    assert math.isnan(cohens_kappa([("yes", "yes")] * 5))
    assert cohens_kappa([("yes", "no")] * 5) == 0


def test_example_shroutfleiss1979():
    # Psychological Bulletin 86:420-428, tables 2 to 4: six targets, four judges, ICC(2,1) = 0.29.
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    between, judges, error = 11.24, 32.49, 1.02
    expected = (between - error) / (between + 3 * error + 4 * (judges - error) / 6)
    assert intraclass_correlation(ratings) == pytest.approx(0.29, abs=0.005)
    assert intraclass_correlation(ratings) == pytest.approx(expected, abs=5e-4)


def test_a_constant_shift_lowers_absolute_agreement():
    assert intraclass_correlation([[1, 1], [2, 2], [3, 3]]) == pytest.approx(1)
    assert intraclass_correlation([[1, 2], [2, 3], [3, 4]]) < 0.7
    assert math.isnan(intraclass_correlation([[1, 1]]))


def test_relative_differences():
    assert mean_relative_difference([(1, 1), (9, 11), (0, 0)]) == pytest.approx(0.2 / 3)
    assert mean_relative_difference([(-1, 1)]) == 2
    assert math.isnan(mean_relative_difference([]))


def test_a_row_per_field_and_one_over_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    review = TwoExtractors(tmp_path)
    changes = [(2, "n_treat", "44"), (3, "metric", "change"), (4, "sd_treat", "")]
    second = with_cells(OUTCOMES, *changes).replace("Fir2023,knowledge", "Fir2023,glycemic")
    review.second("outcomes", second)
    comparisons = review.adjudicate().comparisons
    rows = {(r["sheet"], r["column"]): r for r in agreement_rows(comparisons, 0, 0.95)}
    # Twelve rows each, of which eleven are about the same.
    whole = rows["outcomes", "row"]
    assert (whole["cells"], whole["agreeing"]) == (13, 11)
    assert (whole["only_first"], whole["only_second"]) == (1, 1)
    size = rows["outcomes", "n_treat"]
    assert (size["cells"], size["agreeing"], size["both_filled"]) == (11, 10, 11)
    assert size["percent"] == pytest.approx(100 * 10 / 11)
    assert size["mean_relative_difference"] == pytest.approx(4 / 42 / 11)
    assert 0.9 < size["icc"] < 1
    spread = rows["outcomes", "sd_treat"]
    assert (spread["cells"], spread["agreeing"], spread["only_first"]) == (11, 10, 1)
    # Ten pairs of post and post, one of post and change.
    assert rows["outcomes", "metric"]["kappa"] == 0
    every = rows["all", "all"]
    parts = [r for key, r in rows.items() if key[0] == "outcomes" and key[1] != "row"]
    assert every["cells"] == sum(r["cells"] for r in parts)
    assert every["agreeing"] == every["cells"] - 3


def test_a_column_that_only_one_has_is_named_and_not_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    review = TwoExtractors(tmp_path)
    review.second("outcomes", OUTCOMES.replace("p_value", "their_p"))
    rows = {r["column"]: r for r in agreement_rows(review.adjudicate().comparisons, 0, 0.95)}
    assert (rows["p_value"]["cells"], rows["p_value"]["only_first"]) == (0, 1)
    assert review.found() == []
