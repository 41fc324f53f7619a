"""Pooled effects against metafor, published examples and exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from metafor_reference import (
    BY_NAME,
    CASES,
    CI_METHODS,
    FITS,
    METAFOR_ON_LOWER_MAXIMUM,
    assert_close,
    fit_name,
)
from strataforest.heterogeneity import cochran_q, heterogeneity, prediction_interval
from strataforest.pooling import CI_METHODS as OUR_CI_METHODS
from strataforest.pooling import TAU2_ESTIMATORS, pool
from strataforest.sensitivity import leave_one_out

EXTREME = """
    bimodal1 bimodal2 bimodal4 cycling1 dominating huge_tau2 identical_yi k1 k2 k3 near_singular
    slowfisher1 slowfisher2 tau2_zero tiny_scale
"""
REAL = """
    assink2016 axfors2021 bangertdrowns2004 bcg begg1989 bonett2010 collins1985b curtis1998
    dorn2007 egger2001 franchini2012 gibson2002 hackshaw1998 hine1989 konstantopoulos2011
    laopaiboon2015 lau1992 lehmann2018 li2007 mcdaniel1994 molloy2014 nielweise2007
    nielweise2008 normand1999 pritz1997 raudenbush1985 vanhowe1999 viechtbauer2021
    yusuf1985_table6
"""

# Vaccination against tuberculosis: cases and persons, vaccinated then control (Colditz 1994).
BCG = [
    (4, 123, 11, 139),
    (6, 306, 29, 303),
    (3, 231, 11, 220),
    (62, 13598, 248, 12867),
    (33, 5069, 47, 5808),
    (180, 1541, 372, 1451),
    (8, 2545, 10, 629),
    (505, 88391, 499, 88391),
    (29, 7499, 45, 7277),
    (17, 1716, 65, 1665),
    (186, 50634, 141, 27338),
    (5, 2498, 3, 2341),
    (27, 16913, 29, 17854),
]
# Teacher expectancy: standardized mean differences and their variances (Raudenbush 1985).
EXPECTANCY_YI = (
    ".03 .12 -.14 1.18 .26 -.06 -.02 -.32 .27 .80 .54 .18 -.02 .23 -.18 -.06 .30 .07 -.07"
)
EXPECTANCY_VI = """.0156 .0216 .0279 .1391 .1362 .0106 .0106 .0484 .0269 .0630 .0912 .0497 .0835
    .0841 .0253 .0279 .0193 .0088 .0303"""


def log_risk_ratios(tables):
    a, n1, c, n2 = np.array(tables, dtype=float).T
    return np.log((a / n1) / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2


def restricted_log_likelihood(yi, vi, tau2):
    """Up to a constant, for an array of tau2: written out here, apart from the package."""
    variance = vi + np.asarray(tau2)[:, None]
    total = (1 / variance).sum(axis=1)
    mean = (yi / variance).sum(axis=1) / total
    squares = ((yi - mean[:, None]) ** 2 / variance).sum(axis=1)
    return -0.5 * (np.log(variance).sum(axis=1) + np.log(total) + squares)


def test_the_grid_of_references_is_complete():
    expected = (
        {f"ext_{name}" for name in EXTREME.split()} | set(REAL.split()) | {"sim_k200", "sim_k2000"}
    )
    assert {case.dataset for case in CASES} == expected
    assert len(CASES) == len(expected) + 1  # gibson2002 comes as SMD and as MD
    for case in CASES:
        fits = {(fit["method"], fit["test"]) for fit in case.figures["fits"]}
        tests = ("z",) if case.dataset == "ext_k1" else ("z", "knha", "adhoc")
        expected_fits = {(m, t) for m in ("REML", "DL") for t in tests} | {("EE", "z")}
        # metafor iterates over matrices (k, k): too slow for the largest set.
        iterated = () if case.dataset == "sim_k2000" else ("ML", "EB")
        others = (*iterated, "PM", "SJ", "HS", "HE")
        expected_fits |= {(m, t) for m in others for t in tests if t != "adhoc"}
        assert fits == expected_fits
        assert ("q_profile" in case.figures) == (case.dataset != "ext_k1")
        assert ("reml_global" in case.figures) == (case.dataset != "ext_k1")


@pytest.mark.parametrize(("case", "fit"), FITS, ids=fit_name)
def test_every_fit_of_metafor(case, fit):
    pooled = pool(case.yi, case.vi, tau2_method=fit["method"], ci=CI_METHODS[fit["test"]])
    assert pooled.converged.all()
    # ext_identical_yi under knha: se is exactly 0 in both, hence statistic inf and p 0. No floor.
    degenerate = case.dataset == "ext_identical_yi" and fit["test"] == "knha"
    assert np.isfinite(pooled.statistic).all() != degenerate
    assert pooled.k == case.figures["k"]
    assert_close(pooled.tau2, fit["tau2"], floor=case.tau2_floor)
    assert_close(pooled.estimate, fit["b"])
    assert_close(pooled.se, fit["se"])
    assert_close(pooled.statistic, fit["zval"])
    assert_close(pooled.df, fit["df"])
    assert_close(pooled.p_value, fit["pval"])
    assert_close(pooled.ci_low, fit["ci_lb"])
    assert_close(pooled.ci_high, fit["ci_ub"])


@pytest.mark.parametrize(
    "case", [case for case in CASES if "reml_global" in case.figures], ids=fit_name
)
def test_reml_takes_the_global_maximum(case):
    reference = case.figures["reml_global"]
    on_lower = not reference["metafor_is_global"]
    assert on_lower == (case.dataset in METAFOR_ON_LOWER_MAXIMUM)
    pooled = pool(case.yi, case.vi)
    assert_close(pooled.tau2, reference["tau2"], floor=case.tau2_floor)
    assert_close(pooled.estimate, reference["b"])
    assert_close(pooled.se, reference["se"])
    maxima = restricted_log_likelihood(case.yi, case.vi, reference["local_maxima_tau2"])
    ours = restricted_log_likelihood(case.yi, case.vi, pooled.tau2)
    assert ours >= maxima.max() - 1e-12 * abs(maxima.max())


@pytest.mark.parametrize(
    ("name", "maxima", "highest"),
    [
        ("ext_bimodal1-GEN", 2, 0.031131628113741833),
        ("ext_bimodal2-GEN", 2, 0.0273222999622256),
        ("ext_bimodal4-GEN", 2, 0.0540589660208613),
        ("gibson2002-MD", 2, 9.679214000303753),
    ],
)
def test_bimodal_likelihoods_have_a_maximum_at_zero_that_is_not_taken(name, maxima, highest):
    case = BY_NAME[name]
    known = case.figures["reml_global"]["local_maxima_tau2"]
    assert len(known) == maxima and known[0] == 0
    low, high = restricted_log_likelihood(case.yi, case.vi, [0.0, highest])
    assert low < high
    assert_close(pool(case.yi, case.vi).tau2, highest, floor=case.tau2_floor)


def test_reml_of_random_sets_is_never_below_a_dense_grid():
    random = np.random.default_rng(20)
    shape = (400, 7)
    vi = np.exp(random.normal(-2, 1.5, shape))
    yi = random.standard_t(3, shape) * np.sqrt(vi + 0.1)
    pooled = pool(yi, vi)
    assert pooled.converged.all()
    # Both kinds occur, or the comparison would say little.
    assert (pooled.tau2 == 0).sum() > 20 and (pooled.tau2 > 0).sum() > 20
    for row in range(len(yi)):
        grid = np.r_[0, np.geomspace(vi[row].min() / 100, 100 * yi[row].var(), 400)]
        best = restricted_log_likelihood(yi[row], vi[row], grid).max()
        ours = restricted_log_likelihood(yi[row], vi[row], pooled.tau2[row : row + 1])[0]
        assert ours >= best - 1e-12 * max(1, abs(best))


def test_reml_of_two_studies_in_closed_form():
    yi, vi = np.array([[0.1, 0.9], [0.1, 0.2]]), np.array([[0.02, 0.05], [0.02, 0.05]])
    expected = [0.8**2 / 2 - 0.035, 0.0]  # max(0, (y1 - y2)^2 / 2 - mean of vi)
    np.testing.assert_allclose(pool(yi, vi).tau2, expected, rtol=1e-13, atol=0)


def test_reml_of_equal_variances_in_closed_form():
    yi = np.array([0.3, -0.8, 1.4, 0.2, 0.9])
    pooled = pool(yi, np.full(5, 0.04))
    assert pooled.tau2[0] == pytest.approx(yi.var(ddof=1) - 0.04, rel=1e-13)
    assert pooled.estimate[0] == pytest.approx(yi.mean(), rel=1e-13)


def test_dersimonian_laird_and_q_in_exact_arithmetic():
    # One study holds 99.9996 % of the weight: W - sum(w^2)/W as a difference keeps 10 digits
    # (metafor 3.8-1 is off by 1.3e-11 in I2 and 2.7e-11 in the p of Q here); ours keeps 15.
    case = BY_NAME["ext_dominating-GEN"]
    yi, weights = [Fraction(y) for y in case.yi], [1 / Fraction(v) for v in case.vi]
    total = sum(weights)
    mean = sum(w * y for w, y in zip(weights, yi, strict=True)) / total
    q = sum(w * (y - mean) ** 2 for w, y in zip(weights, yi, strict=True))
    tau2 = (q - (len(yi) - 1)) / (total - sum(w * w for w in weights) / total)
    assert cochran_q(case.yi, case.vi)[0][0] == pytest.approx(float(q), rel=1e-14)
    fitted = pool(case.yi, case.vi, tau2_method="DL").tau2[0]
    assert fitted == pytest.approx(float(tau2), rel=1e-13)
    assert fitted > 0


def test_dl_is_cut_at_zero_before_weights_are_formed():
    # A known trap: weights at the negative tau2 would differ from the common-effect ones.
    case = BY_NAME["ext_tau2_zero-GEN"]
    assert cochran_q(case.yi, case.vi)[0][0] < len(case.yi) - 1
    dl, common = (pool(case.yi, case.vi, tau2_method=name) for name in ("DL", "EE"))
    assert dl.tau2[0] == 0
    assert dl.estimate[0] == common.estimate[0]
    assert dl.se[0] == common.se[0]


def test_example_colditz1994():
    yi, vi = log_risk_ratios(BCG)
    pooled = pool(yi, vi)
    spread = heterogeneity(yi, vi, pooled.tau2)
    assert f"{pooled.estimate[0]:.4f}" == "-0.7145"
    assert f"{pooled.tau2[0]:.4f}" == "0.3132"
    assert f"{spread.i2[0]:.2f}" == "92.22"
    hksj = pool(yi, vi, ci="hksj")
    for fit, method, printed in [
        (pooled, "z", ["-1.867", "0.438"]),
        (hksj, "t_k_minus_1", ["-1.996", "0.567"]),
        (pooled, "t_k_minus_2", ["-2.008", "0.579"]),
    ]:
        interval = prediction_interval(fit.estimate, fit.se, fit.tau2, fit.k, method)
        assert [f"{bound[0]:.3f}" for bound in interval] == printed
    estimates = leave_one_out(yi, vi).estimate
    assert f"{estimates.min():.3f}" == "-0.795"
    assert f"{estimates.max():.3f}" == "-0.628"


def test_example_raudenbush1985():
    yi = np.array(EXPECTANCY_YI.split(), dtype=float)
    vi = np.array(EXPECTANCY_VI.split(), dtype=float)
    pooled = pool(yi, vi)
    assert f"{pooled.estimate[0]:.4f}" == "0.0837"
    assert f"{pooled.tau2[0]:.4f}" == "0.0188"
    # Print says 41.86: with metafor's default settings the search stops at an absolute 1e-5, here
    # at tau2 = 0.01883. Driven to convergence metafor agrees with ours, 41.8467.
    assert f"{heterogeneity(yi, vi, [0.018826348055841907]).i2[0]:.2f}" == "41.86"
    assert f"{heterogeneity(yi, vi, pooled.tau2).i2[0]:.4f}" == "41.8467"


@pytest.mark.parametrize("ci", OUR_CI_METHODS)
@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
def test_a_padded_batch_equals_its_rows_one_by_one(method, ci):
    sizes = [len(case.yi) for case in CASES if len(case.yi) < 120]
    width = max(sizes) + 3
    random = np.random.default_rng(4)
    yi, vi = np.full((2, len(sizes), width), np.nan)
    chosen = [case for case in CASES if len(case.yi) < 120]
    for row, case in enumerate(chosen):
        # Gaps anywhere in the row, not only at its end.
        where = np.sort(random.choice(width, len(case.yi), replace=False))
        yi[row, where], vi[row, where] = case.yi, case.vi
    batch = pool(yi, vi, tau2_method=method, ci=ci)
    for row, case in enumerate(chosen):
        alone = pool(case.yi, case.vi, tau2_method=method, ci=ci)
        floor = case.tau2_floor
        assert_close(batch.tau2[row], alone.tau2[0], floor=floor, relative=1e-12)
        for name in ("k", "df", "converged"):
            assert getattr(batch, name)[row] == getattr(alone, name)[0]
        for name in ("estimate", "se", "statistic", "ci_low", "ci_high"):
            # The sums run in another order once there are gaps: rounding of the standard error.
            scale = 0.0 if name == "statistic" else alone.se[0]
            assert_close(
                getattr(batch, name)[row], getattr(alone, name)[0], floor=scale, relative=1e-12
            )
        # p = exp(-z^2 / 2): an error of 1e-14 in z grows by z^2 (here up to 700).
        assert_close(batch.p_value[row], alone.p_value[0], relative=1e-10)
        assert (batch.weights[row][np.isnan(yi[row])] == 0).all()
        assert batch.weights[row].sum() == pytest.approx(100, rel=1e-13)
        present = ~np.isnan(yi[row])
        assert_close(batch.weights[row][present], alone.weights[0], relative=1e-11)


def test_chunking_changes_no_bit(monkeypatch):
    random = np.random.default_rng(8)
    vi = random.uniform(0.01, 1, (50, 6))
    yi = random.normal(0, 0.7, (50, 6))
    whole = pool(yi, vi)
    monkeypatch.setattr("strataforest.estimation.batches.CHUNK_ENTRIES", 20)
    pieces = pool(yi, vi)
    for name in vars(whole):
        assert np.array_equal(getattr(whole, name), getattr(pieces, name)), name


def test_hksj_adhoc_never_narrows_the_standard_error():
    case = BY_NAME["ext_tau2_zero-GEN"]
    z, hksj, adhoc = (pool(case.yi, case.vi, ci=ci) for ci in ("z", "hksj", "hksj_adhoc"))
    assert hksj.se[0] < z.se[0]
    assert adhoc.se[0] == z.se[0]
    assert adhoc.df[0] == hksj.df[0] == len(case.yi) - 1


@pytest.mark.parametrize("estimate", [1.96, -1.96])
def test_a_negative_statistic_has_the_p_of_the_positive_one(estimate):
    # A known trap: twice the upper tail of a negative z is 1.95.
    fit = pool([estimate], [1.0])
    assert fit.p_value[0] == pytest.approx(0.0499957902964409, rel=1e-13)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.99])
def test_the_level_sets_the_width(level):
    # Normal quantiles as tables print them.
    quantile = {0.8: 1.2815515655446004, 0.9: 1.6448536269514722, 0.99: 2.5758293035489004}[level]
    fit = pool([0.2, 0.5, 0.9], [0.1, 0.2, 0.1], level=level)
    half = quantile * fit.se[0]
    assert fit.ci_low[0] == pytest.approx(fit.estimate[0] - half, rel=1e-12)
    assert fit.ci_high[0] == pytest.approx(fit.estimate[0] + half, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1, 0.2], [0.1, 0.2]), {"tau2_method": "reml"}, "one of REML, DL, EE"),
        (([0.1, 0.2], [0.1, 0.2]), {"ci": "knha"}, "one of z, hksj, hksj_adhoc"),
        (([0.1, 0.2], [0.1, 0.2]), {"level": 95}, "between 0 and 1"),
        (([0.1, 0.2], [0.1, 0.2]), {"level": float("nan")}, "between 0 and 1"),
        (([], []), {}, "at least one study"),
        (([np.nan], [np.nan]), {}, "at least one study"),
        (([[0.1, 0.2], [np.nan, np.nan]], [[1, 1], [np.nan, np.nan]]), {}, "at least one study"),
        (([0.1, 0.2], [0.1, 0.0]), {}, "vi must be positive"),
        (([0.1, 0.2], [0.1, -1.0]), {}, "vi must be positive"),
        (([0.1, 0.2], [0.1, np.inf]), {}, "vi must be positive"),
        (([0.1, np.inf], [0.1, 0.1]), {}, "yi must be finite"),
        (([0.1, 0.2], [0.1, np.nan]), {}, "NaN in both"),
        (([0.1, np.nan], [0.1, 0.1]), {}, "NaN in both"),
        (([0.1, 0.2], [0.1]), {}, r"must both be \(k,\) or \(B, k\)"),
        ((np.zeros((1, 1, 1)), np.ones((1, 1, 1))), {}, r"must both be \(k,\) or \(B, k\)"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        pool(*arguments, **options)
