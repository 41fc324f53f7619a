"""Mantel-Haenszel, Peto and the tests over 2x2 tables: metafor, print, identities, empty cells."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metafor_reference import assert_close
from strataforest.counts.mantel_haenszel import MEASURES, mantel_haenszel, peto
from strataforest.counts.odds_ratio_tests import breslow_day, cochran_mantel_haenszel

FOLDER = Path(__file__).parents[1] / "reference" / "mantel_haenszel"
DATASETS = """
    axfors2021 bcg collins1985b dorn2007 egger2001 hine1989 laopaiboon2015 lau1992 li2007
    nielweise2007 vanhowe1999 viechtbauer2021 yusuf1985_table6
"""
FIGURES = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")
}
METHODS = (*MEASURES, "PETO")
# Ours and metafor's names.
NAMES = {
    **{"estimate": "b", "se": "se", "statistic": "zval", "p_value": "pval", "ci_low": "ci_lb"},
    **{"ci_high": "ci_ub", "q": "QE", "q_p": "QEp", "i2": "I2", "h2": "H2", "k": "k"},
    "k_q": "k_yi",
}
# Admissions to Berkeley: admitted and all applicants, men then women, of six departments.
BERKELEY = [
    (512, 825, 89, 108),
    (353, 560, 17, 25),
    (120, 325, 202, 593),
    (138, 417, 131, 375),
    (53, 191, 94, 393),
    (22, 373, 24, 341),
]

steady = settings(max_examples=150)


def counts_of(dataset):
    figures = FIGURES[dataset]
    return np.array([figures[name] for name in ("ai", "n1i", "ci", "n2i")], dtype=float)


def pooled(counts, method, **options):
    if method == "PETO":
        return peto(*counts, **options)
    return mantel_haenszel(*counts, measure=method, **options)


def tables(smallest=1, largest=8):
    """Tables with some people with and some without the event in each arm."""
    arm = st.tuples(st.integers(1, 40), st.integers(1, 60))
    rows = st.lists(st.tuples(arm, arm), min_size=smallest, max_size=largest)
    return rows.map(
        lambda rows: np.array([(a, a + b, c, c + d) for (a, b), (c, d) in rows], dtype=float).T
    )


def test_the_references_are_complete():
    assert set(FIGURES) == set(DATASETS.split())
    for figures in FIGURES.values():
        assert set(figures["mh_peto"]) == set(METHODS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dataset", DATASETS.split())
def test_every_pooled_effect_of_metafor(dataset, method):
    ours = pooled(counts_of(dataset), method)
    for name, theirs in NAMES.items():
        assert_close(getattr(ours, name), FIGURES[dataset]["mh_peto"][method][theirs])
    assert ours.q_df[0] == ours.k_q[0] - 1


@pytest.mark.parametrize("dataset", DATASETS.split())
def test_every_test_of_metafor(dataset):
    reference = FIGURES[dataset]["mh_peto"]["OR"]
    counts = counts_of(dataset)
    for name, p_name, ours in [
        ("CMH", "CMHp", cochran_mantel_haenszel(*counts)),
        ("CMH_nocorrect", "CMH_nocorrect_p", cochran_mantel_haenszel(*counts, correct=False)),
        ("Breslow_Day", "Breslow_Day_p", breslow_day(*counts)),
        ("Tarone", "Tarone_p", breslow_day(*counts, tarone=True)),
    ]:
        assert_close(ours.statistic, reference[name])
        assert_close(ours.p_value, reference[p_name])


def test_tables_without_any_event_occur_in_the_references():
    # They count in k and, for RD, in the estimate, but have no effect of their own.
    fits = {name: pooled(counts_of(name), "RD") for name in FIGURES}
    silent = {name for name, fit in fits.items() if fit.k_q[0] < fit.k[0]}
    assert silent == {"axfors2021", "nielweise2007", "yusuf1985_table6"}


def test_example_bickel1975():
    # Printed by R's help page of mantelhaen.test, data UCBAdmissions.
    counts = np.array(BERKELEY, dtype=float).T
    fit = pooled(counts, "OR")
    assert f"{np.exp(fit.estimate[0]):.7f}" == "0.9046968"
    assert [f"{np.exp(x[0]):.7f}" for x in (fit.ci_low, fit.ci_high)] == ["0.7719074", "1.0603298"]
    corrected = cochran_mantel_haenszel(*counts)
    assert (f"{corrected.statistic[0]:.4f}", f"{corrected.p_value[0]:.4f}") == ("1.4269", "0.2323")
    plain = cochran_mantel_haenszel(*counts, correct=False)
    assert f"{plain.statistic[0]:.4f}" == "1.5246"


def test_example_colditz1994():
    # As metafor's rma.mh and rma.peto print them for the 13 trials of BCG.
    counts = counts_of("bcg")
    for method, printed in [
        ("OR", ["-0.4734", "0.0410", "-11.5444", "-0.5538", "-0.3930"]),
        ("RR", ["-0.4537", "0.0393", "-11.5338", "-0.5308", "-0.3766"]),
        ("RD", ["-0.0033", "0.0003", "-11.4708", "-0.0039", "-0.0027"]),
        ("PETO", ["-0.4744", "0.0407", "-11.6689", "-0.5541", "-0.3948"]),
    ]:
        fit = pooled(counts, method)
        ours = (fit.estimate, fit.se, fit.statistic, fit.ci_low, fit.ci_high)
        assert [f"{value[0]:.4f}" for value in ours] == printed
    assert f"{cochran_mantel_haenszel(*counts).statistic[0]:.4f}" == "135.6889"
    assert f"{breslow_day(*counts, tarone=True).statistic[0]:.4f}" == "171.7567"


@steady
@given(tables(largest=1))
def test_one_table_is_its_own_result(counts):
    a, n1, c, n2 = counts[:, 0]
    b, d = n1 - a, n2 - c
    fit = pooled(counts, "RR")
    assert fit.estimate[0] == pytest.approx(np.log((a / n1) / (c / n2)), rel=1e-12, abs=1e-14)
    assert fit.se[0] ** 2 == pytest.approx(1 / a - 1 / n1 + 1 / c - 1 / n2, rel=1e-10)
    fit = pooled(counts, "OR")
    assert fit.estimate[0] == pytest.approx(np.log(a * d / (b * c)), rel=1e-12, abs=1e-14)
    assert fit.se[0] ** 2 == pytest.approx(1 / a + 1 / b + 1 / c + 1 / d, rel=1e-12)
    assert pooled(counts, "RD").estimate[0] == pytest.approx(a / n1 - c / n2, rel=1e-12, abs=1e-15)
    for method in METHODS:
        fit = pooled(counts, method)
        assert (fit.k[0], fit.k_q[0], fit.q[0], fit.q_p[0]) == (1, 1, 0, 1)
        assert (fit.i2[0], fit.h2[0], fit.q_df[0]) == (0, 1, 0)


@steady
@given(tables(), st.sampled_from(METHODS))
def test_exchanged_arms_change_the_sign_only(counts, method):
    fit, other = pooled(counts, method), pooled(counts[[2, 3, 0, 1]], method)
    assert other.estimate[0] == pytest.approx(-fit.estimate[0], rel=1e-10, abs=1e-14)
    assert other.se[0] == pytest.approx(fit.se[0], rel=1e-12)
    assert other.q[0] == pytest.approx(fit.q[0], rel=1e-9, abs=1e-12)


@steady
@given(tables(), st.sampled_from(["OR", "RD", "PETO"]))
def test_the_event_and_its_absence_differ_in_sign_only(counts, method):
    a, n1, c, n2 = counts
    fit, other = pooled(counts, method), pooled((n1 - a, n1, n2 - c, n2), method)
    assert other.estimate[0] == pytest.approx(-fit.estimate[0], rel=1e-10, abs=1e-14)
    assert other.se[0] == pytest.approx(fit.se[0], rel=1e-10)


@steady
@given(tables(), st.sampled_from(MEASURES), st.floats(1.01, 3))
def test_counts_over_a_design_effect_keep_the_estimate(counts, measure, effect):
    # Counts of cluster trials are no whole numbers: only the precision falls.
    fit, shrunk = pooled(counts, measure), pooled(counts / effect, measure)
    assert shrunk.estimate[0] == pytest.approx(fit.estimate[0], rel=1e-10, abs=1e-13)
    assert shrunk.se[0] ** 2 == pytest.approx(effect * fit.se[0] ** 2, rel=1e-9)
    assert shrunk.q[0] == pytest.approx(fit.q[0] / effect, rel=1e-7, abs=1e-10)


@steady
@given(tables(smallest=2), st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_row_order_is_irrelevant(counts, method, random):
    order = random.sample(range(counts.shape[1]), counts.shape[1])
    fit, shuffled = pooled(counts, method), pooled(counts[:, order], method)
    for name in ("estimate", "se", "q", "ci_low"):
        ours, other = getattr(shuffled, name)[0], getattr(fit, name)[0]
        assert ours == pytest.approx(other, rel=1e-9, abs=1e-12), name


@steady
@given(tables())
def test_the_test_without_correction_is_the_square_of_petos_z(counts):
    test = cochran_mantel_haenszel(*counts, correct=False)
    z = pooled(counts, "PETO").statistic[0]
    assert test.statistic[0] == pytest.approx(z**2, rel=1e-10, abs=1e-13)
    assert cochran_mantel_haenszel(*counts).statistic[0] <= test.statistic[0]


@pytest.mark.parametrize("odds", [1 / 3, 1.0, 4.0])
def test_tables_of_one_odds_ratio_are_homogeneous(odds):
    # Whatever the risk in the control arm; 1 is the case without a quadratic term.
    risk = np.array([0.05, 0.2, 0.5, 0.9])
    n1, n2 = np.array([100.0, 40, 70, 200]), np.array([50.0, 60, 90, 100])
    treated = odds * risk / (1 - risk + odds * risk)
    counts = treated * n1, n1, risk * n2, n2
    assert np.exp(pooled(counts, "OR").estimate[0]) == pytest.approx(odds, rel=1e-13)
    for tarone in (False, True):
        test = breslow_day(*counts, tarone=tarone)
        assert test.statistic[0] == pytest.approx(0, abs=1e-20)
        assert (test.df[0], test.p_value[0]) == (3, pytest.approx(1, abs=1e-12))


def test_breslow_day_from_tables_fitted_by_bisection():
    counts = counts_of("collins1985b")
    a, n1, c, n2 = counts
    odds = np.exp(pooled(counts, "OR").estimate[0])
    statistic = 0.0
    for i in range(len(a)):
        events = a[i] + c[i]
        low, high = max(0.0, events - n2[i]), min(n1[i], events)
        for _ in range(200):
            x = (low + high) / 2
            below = x * (n2[i] - events + x) < odds * (n1[i] - x) * (events - x)
            low, high = (x, high) if below else (low, x)
        cells = np.array([x, n1[i] - x, events - x, n2[i] - events + x])
        statistic += (a[i] - x) ** 2 * (1 / cells).sum()
    assert breslow_day(*counts).statistic[0] == pytest.approx(statistic, rel=1e-10)


def test_a_correction_never_turns_a_small_difference_round():
    # a - E = 1/6, below the 1/2: metafor squares 1/6 - 1/2 and finds less in 0 than in 1/6.
    counts = [2.0], [9.0], [1.0], [9.0 / 1.2]
    difference = 2 - 9 * 3 / 16.5
    assert 0 < difference < 0.5
    test = cochran_mantel_haenszel(*counts)
    assert (test.statistic[0], test.p_value[0], test.df[0]) == (0, 1, 1)


def test_nothing_is_added_to_the_pooled_estimate():
    # Known trap: 0.5 in the cells of the first table, which has a zero, would move it.
    counts = np.array([[0, 40, 3, 40], [5, 50, 9, 50.0]]).T
    assert np.exp(pooled(counts, "OR").estimate[0]) == pytest.approx(
        (0 + 5 * 41 / 100) / (40 * 3 / 80 + 45 * 9 / 100), rel=1e-13
    )
    assert np.exp(pooled(counts, "RR").estimate[0]) == pytest.approx(
        (0 + 5 * 50 / 100) / (3 * 40 / 80 + 9 * 50 / 100), rel=1e-13
    )
    assert pooled(counts, "RR").k_q[0] == 2


def test_silent_tables_move_a_risk_difference_only():
    told = np.array([[4, 40, 9, 40], [5, 50, 9, 50.0]]).T
    silent = np.c_[told, [0, 30, 0, 30], [20, 20, 25, 25]]
    for method in METHODS:
        fit, with_silent = pooled(told, method), pooled(silent, method)
        assert (with_silent.k[0], with_silent.k_q[0], with_silent.q_df[0]) == (4, 2, 1)
        same = abs(with_silent.estimate[0] - fit.estimate[0]) < 1e-14
        # Where everybody has the event the risk ratio is 1, and known without error.
        assert same == (method in ("OR", "PETO"))
    for test in (cochran_mantel_haenszel, breslow_day):
        assert test(*silent).statistic[0] == pytest.approx(test(*told).statistic[0], rel=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_a_padded_batch_equals_its_rows_one_by_one(method):
    names = DATASETS.split()
    width = max(counts_of(name).shape[1] for name in names) + 3
    batch = np.full((4, len(names), width), np.nan)
    for row, name in enumerate(names):
        counts = counts_of(name)
        where = np.random.default_rng(row).permutation(width)[: counts.shape[1]]
        batch[:, row, where] = counts
    together = pooled(batch, method)
    tests = [cochran_mantel_haenszel(*batch), breslow_day(*batch, tarone=True)]
    for row, name in enumerate(names):
        counts = counts_of(name)
        alone = pooled(counts, method)
        for field in vars(alone):
            ours, single = getattr(together, field)[row], getattr(alone, field)[0]
            # p = exp(-z^2 / 2) magnifies the rounding of z by z^2.
            relative = 1e-9 if field in ("p_value", "q_p") else 1e-11
            np.testing.assert_allclose(ours, single, rtol=relative, atol=1e-14)
        single_tests = cochran_mantel_haenszel(*counts), breslow_day(*counts, tarone=True)
        for ours, single in zip(tests, single_tests, strict=True):
            np.testing.assert_allclose(ours.statistic[row], single.statistic[0], rtol=1e-10)
            assert ours.df[row] == single.df[0]


@pytest.mark.parametrize(
    ("table", "undefined"),
    [
        # Nobody with the event in the control arm, in either, and everybody in both.
        ([[3, 20, 0, 20], [1, 30, 0, 30]], {"RR", "OR"}),
        ([[0, 20, 0, 20], [0, 30, 0, 30]], set(METHODS)),
        ([[20, 20, 20, 20], [30, 30, 30, 30]], set(METHODS)),
        # The arms perfectly separated: no risk ratio, and an error of 0 is no error.
        ([[20, 20, 0, 21], [30, 30, 0, 35]], {"RR", "OR", "RD"}),
    ],
)
def test_what_is_not_defined_is_nan(table, undefined):
    counts = np.array(table, dtype=float).T
    for method in METHODS:
        fit = pooled(counts, method)
        values = {k: v[0] for k, v in vars(fit).items() if k not in ("k", "k_q", "q_df")}
        assert np.isnan(list(values.values())).all() == (method in undefined), method
        assert np.isnan(list(values.values())).any() == (method in undefined), method
        assert fit.k[0] == 2
    assert np.isnan(breslow_day(*counts).statistic[0])
    no_variance = undefined == set(METHODS)
    assert np.isnan(cochran_mantel_haenszel(*counts).statistic[0]) == no_variance
    assert np.isnan(cochran_mantel_haenszel(*counts).p_value[0]) == no_variance


def test_one_table_cannot_be_heterogeneous():
    test = breslow_day([3.0], [20.0], [5.0], [20.0])
    assert test.df[0] == 0
    assert np.isnan(test.statistic[0]) and np.isnan(test.p_value[0])


@pytest.mark.parametrize("level", [0.8, 0.99])
def test_the_level_sets_the_width(level):
    quantile = {0.8: 1.2815515655446004, 0.99: 2.5758293035489004}[level]
    for method in METHODS:
        fit = pooled(counts_of("bcg"), method, level=level)
        assert fit.ci_high[0] == pytest.approx(fit.estimate[0] + quantile * fit.se[0], rel=1e-12)
        assert fit.ci_low[0] == pytest.approx(fit.estimate[0] - quantile * fit.se[0], rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (([1, 2], [9, 9], [1, 2], [9]), r"all be \(k,\) or \(B, k\), got \(2,\), \(2,\), \(2,\)"),
        ((np.ones((1, 1, 1)),) * 4, r"all be \(k,\) or \(B, k\)"),
        (([1, np.nan], [9, 9], [1, 2], [9, 9]), "absent table must be NaN in all four"),
        (([1, 2], [9, 9], [1, 2], [9, np.nan]), "absent table must be NaN in all four"),
        (([], [], [], []), r"at least one table \(k = 0\)"),
        (([np.nan],) * 4, r"at least one table \(k = 0\)"),
        (([10], [9], [1], [9]), "events must lie between 0 and the arm's people"),
        (([1], [9], [-1], [9]), "events must lie between 0 and the arm's people"),
        (([0], [0], [1], [9]), "who must be above 0"),
        (([1], [np.inf], [1], [9]), "who must be above 0"),
        (([0.1], [0.5], [0.1], [0.5]), "more than one person"),
    ],
)
def test_bad_counts_are_refused(counts, message):
    calls = [lambda m=method: pooled(counts, m) for method in METHODS]
    calls += [lambda: cochran_mantel_haenszel(*counts), lambda: breslow_day(*counts)]
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call()


def test_bad_options_are_refused():
    counts = counts_of("bcg")
    with pytest.raises(ValueError, match="measure must be one of RR, OR, RD"):
        mantel_haenszel(*counts, measure="SMD")
    for method in METHODS:
        with pytest.raises(ValueError, match="between 0 and 1"):
            pooled(counts, method, level=95)
