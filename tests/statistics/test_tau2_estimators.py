"""Every estimator of tau2 and its standard error: metafor, print, closed forms, the known traps."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metafor_reference import BY_NAME, CASES, FITS, assert_close, fit_name
from strataforest.estimation.tau2_estimators import TAU2_ESTIMATORS, tau2_se
from strataforest.heterogeneity import cochran_q
from strataforest.pooling import pool, pool_at

# se_tau2 is the same whatever the test of the pooled effect.
WITH_SE = [(case, fit) for case, fit in FITS if fit["test"] == "z" and fit["method"] != "EE"]
BCG = BY_NAME["bcg-RR"]
# Sets of five whose full likelihood has a maximum at 0 and a higher one, found by a search among
# random ones: yi, vi, and the higher maximum on a grid of 0.0001. metafor 3.8-1 stops at 0 in the
# second.
TWO_MAXIMA = [
    ([0.881, -0.49, -0.145, -0.678, 0.196], [0.072, 0.1406, 0.0036, 0.2977, 0.5897], 0.2040),
    ([0.053, 0.105, -0.349, -0.124, -0.234], [0.7126, 0.0007, 0.0289, 1.1466, 0.0394], 0.0286),
    ([0.622, -0.328, 0.02, 0.274, -0.152], [0.0333, 0.0371, 0.0015, 0.5432, 0.0332], 0.0778),
]


def full_log_likelihood(yi, vi, tau2):
    """Up to a constant, for an array of tau2: written out here, apart from the package."""
    variance = vi + np.asarray(tau2)[:, None]
    mean = (yi / variance).sum(axis=1) / (1 / variance).sum(axis=1)
    squares = ((yi - mean[:, None]) ** 2 / variance).sum(axis=1)
    return -0.5 * (np.log(variance).sum(axis=1) + squares)


def fit_tau2(yi, vi, method):
    return pool(yi, vi, tau2_method=method).tau2


def test_the_references_hold_every_method():
    for case in CASES:
        methods = {fit["method"] for fit in case.figures["fits"]}
        # metafor iterates over matrices (k, k): too slow for the largest set.
        absent = {"ML", "EB"} if case.dataset == "sim_k2000" else set()
        assert methods == set(TAU2_ESTIMATORS) - absent, case.name


@pytest.mark.parametrize(("case", "fit"), WITH_SE, ids=fit_name)
def test_the_standard_error_of_metafor(case, fit):
    se = tau2_se(case.yi, case.vi, fit_tau2(case.yi, case.vi, fit["method"]), fit["method"])
    if case.dataset == "ext_k1":
        assert fit["se_tau2"] is None
        assert np.isnan(se).all()
    else:
        assert_close(se, fit["se_tau2"])


def test_example_colditz1994_under_every_estimator():
    # As metafor's rma prints them for the log risk ratios.
    printed = {"DL": "0.3088", "HE": "0.3286", "HS": "0.2284", "SJ": "0.3455", "ML": "0.2800"}
    printed |= {"REML": "0.3132", "EB": "0.3181", "PM": "0.3181", "EE": "0.0000"}
    ours = {name: f"{fit_tau2(BCG.yi, BCG.vi, name)[0]:.4f}" for name in TAU2_ESTIMATORS}
    assert ours == printed
    for method, se in [("REML", "0.1664"), ("DL", "0.2299")]:
        assert f"{tau2_se(BCG.yi, BCG.vi, fit_tau2(BCG.yi, BCG.vi, method), method)[0]:.4f}" == se


def test_equal_variances_in_closed_form():
    yi, v = np.array([0.3, -0.8, 1.4, 0.2, 0.9]), 0.04
    k, squares = 5, ((yi - yi.mean()) ** 2).sum()
    start = squares / k
    expected = dict.fromkeys(("REML", "DL", "PM", "EB", "HE"), squares / (k - 1) - v)
    expected |= dict.fromkeys(("ML", "HS"), squares / k - v)
    expected |= {"EE": 0.0, "SJ": start * squares / (v + start) / (k - 1)}
    assert set(expected) == set(TAU2_ESTIMATORS)
    for method, tau2 in expected.items():
        assert fit_tau2(yi, np.full(k, v), method)[0] == pytest.approx(tau2, rel=1e-13), method


def test_closed_forms_in_exact_arithmetic():
    # One study holds 99.9996 % of the weight; rational arithmetic loses nothing.
    case = BY_NAME["ext_dominating-GEN"]
    yi, vi = ([Fraction(x) for x in part] for part in (case.yi, case.vi))
    k = len(yi)

    def q_at(tau2):
        weights = [1 / (v + tau2) for v in vi]
        mean = sum(w * y for w, y in zip(weights, yi, strict=True)) / sum(weights)
        return sum(w * (y - mean) ** 2 for w, y in zip(weights, yi, strict=True))

    squares = sum((y - sum(yi) / k) ** 2 for y in yi)
    start = squares / k
    expected = {
        "HS": (q_at(Fraction(0)) - k) / sum(1 / v for v in vi),
        "HE": squares / (k - 1) - sum(vi) / k,
        "SJ": start * q_at(start) / (k - 1),
    }
    for method, tau2 in expected.items():
        ours = fit_tau2(case.yi, case.vi, method)[0]
        assert ours == pytest.approx(float(max(tau2, Fraction(0))), rel=1e-13), method


@pytest.mark.parametrize("method", ["REML", "DL", "HS", "HE", "SJ"])
def test_the_standard_error_in_exact_arithmetic(method):
    # Every trace written out as a sum over the matrix P = diag(w) - w w'/W. Of the set with a
    # study of 99.9996 % of the weight, doubles would lose 11 digits by the textbook differences.
    case = BY_NAME["ext_dominating-GEN"]
    tau2 = fit_tau2(case.yi, case.vi, method)
    yi, vi = ([Fraction(x) for x in part] for part in (case.yi, case.vi))
    k, t = len(yi), Fraction(tau2[0])
    start = sum((y - sum(yi) / k) ** 2 for y in yi) / k
    add = {"REML": t, "SJ": start}.get(method, Fraction(0))
    w = [Fraction(1) if method == "HE" else 1 / (v + add) for v in vi]
    total = sum(w)
    p = [[(w[i] if i == j else 0) - w[i] * w[j] / total for j in range(k)] for i in range(k)]
    cells = [(i, j) for i in range(k) for j in range(k)]
    trace = sum(p[i][i] for i in range(k))
    pp = sum(p[i][j] ** 2 for i, j in cells)
    ppv = sum(p[i][j] ** 2 * vi[j] for i, j in cells)
    pvpv = sum(p[i][j] ** 2 * vi[i] * vi[j] for i, j in cells)
    variance = {
        "REML": 2 / pp,
        "DL": (2 * (k - 1) + 4 * t * trace + 2 * t**2 * pp) / trace**2,
        "HS": (2 * (k - 1) + 4 * t * trace + 2 * t**2 * pp) / total**2,
        "HE": (2 * pvpv + 4 * t * ppv + 2 * t**2 * pp) / (k - 1) ** 2,
        "SJ": start**2 * (2 * pvpv + 4 * t * ppv + 2 * t**2 * pp) / (k - 1) ** 2,
    }[method]
    ours = tau2_se(case.yi, case.vi, tau2, method)[0]
    assert ours == pytest.approx(float(variance) ** 0.5, rel=1e-13)


@pytest.mark.parametrize("name", ["PM", "EB"])
def test_paule_mandel_meets_its_target_once(name):
    # A known trap: with the target subtracted twice, Q at the root is 2 (k-1).
    tau2 = fit_tau2(BCG.yi, BCG.vi, name)
    assert tau2[0] > 0
    assert cochran_q(BCG.yi, BCG.vi + tau2)[0][0] == pytest.approx(len(BCG.yi) - 1, rel=1e-12)


def test_paule_mandel_is_zero_where_q_is_below_its_target():
    case = BY_NAME["ext_tau2_zero-GEN"]
    assert cochran_q(case.yi, case.vi)[0][0] < len(case.yi) - 1
    assert fit_tau2(case.yi, case.vi, "PM")[0] == 0


def test_dersimonian_laird_weights_hold_no_tau2():
    # Two known traps: weights 1/(vi + tau2) in the estimate, or in its standard error.
    tau2 = fit_tau2(BCG.yi, BCG.vi, "DL")
    weights = 1 / BCG.vi
    q = cochran_q(BCG.yi, BCG.vi)[0][0]
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    assert tau2[0] == pytest.approx((q - 12) / scale, rel=1e-12)
    again = pool(BCG.yi, BCG.vi + tau2, tau2_method="DL").tau2
    assert abs(again[0] - tau2[0]) > 0.1 * tau2[0]
    right = tau2_se(BCG.yi, BCG.vi, tau2, "DL")[0]
    trapped = tau2_se(BCG.yi, BCG.vi + tau2, tau2, "DL")[0]
    assert abs(trapped - right) > 0.1 * right


@pytest.mark.parametrize(("yi", "vi", "highest"), TWO_MAXIMA)
def test_ml_takes_the_higher_of_two_maxima(yi, vi, highest):
    yi, vi = np.array(yi), np.array(vi)
    near, far = full_log_likelihood(yi, vi, [0.0, 1e-5])
    assert near > far  # 0 is a local maximum
    grid = np.arange(0, 2, 1e-4)
    values = full_log_likelihood(yi, vi, grid)
    assert grid[values.argmax()] == pytest.approx(highest, abs=1e-12)
    ours = fit_tau2(yi, vi, "ML")
    assert ours[0] == pytest.approx(highest, abs=1e-4)
    assert full_log_likelihood(yi, vi, ours)[0] >= values.max()


@pytest.mark.parametrize("case", CASES, ids=fit_name)
def test_ml_is_never_below_a_dense_grid(case):
    # Nowhere is metafor on a lower maximum of the full likelihood: no set is left out of FITS.
    spread = np.ptp(case.yi) ** 2 + case.vi.max()
    grid = np.r_[0, np.geomspace(case.vi.min() / 100, 10 * spread, 300)]
    best = full_log_likelihood(case.yi, case.vi, grid).max()
    ours = full_log_likelihood(case.yi, case.vi, fit_tau2(case.yi, case.vi, "ML"))[0]
    assert ours >= best - 1e-12 * max(1, abs(best))


def test_ml_of_random_sets_is_never_below_a_dense_grid():
    random = np.random.default_rng(21)
    shape = (400, 7)
    vi = np.exp(random.normal(-2, 1.5, shape))
    yi = random.standard_t(3, shape) * np.sqrt(vi + 0.1)
    pooled = pool(yi, vi, tau2_method="ML")
    assert pooled.converged.all()
    assert (pooled.tau2 == 0).sum() > 20 and (pooled.tau2 > 0).sum() > 20
    for row in range(len(yi)):
        grid = np.r_[0, np.geomspace(vi[row].min() / 100, 100 * yi[row].var(), 400)]
        best = full_log_likelihood(yi[row], vi[row], grid).max()
        ours = full_log_likelihood(yi[row], vi[row], pooled.tau2[row : row + 1])[0]
        assert ours >= best - 1e-12 * max(1, abs(best))


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.001, 2)), min_size=2, max_size=9),
    st.sampled_from([name for name in TAU2_ESTIMATORS if name != "EE"]),
    st.integers(-60, 60),
    st.randoms(use_true_random=False),
)
def test_the_standard_error_has_units_and_no_order(rows, method, power, random):
    yi, vi = np.array(rows).T
    tau2 = fit_tau2(yi, vi, method)
    se = tau2_se(yi, vi, tau2, method)
    if method == "SJ" and np.ptp(yi) == 0:
        assert se[0] == 0  # its start is 0, and tau2 a multiple of it
    else:
        assert 0 < se[0] < np.inf
    unit = 2.0**power
    assert tau2_se(yi * unit, vi * unit**2, tau2 * unit**2, method)[0] == se[0] * unit**2
    order = random.sample(range(len(yi)), len(yi))
    assert tau2_se(yi[order], vi[order], tau2, method)[0] == pytest.approx(se[0], rel=1e-10)


@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
def test_a_padded_batch_of_standard_errors_equals_its_rows(method):
    chosen = [case for case in CASES if len(case.yi) < 60]
    width = max(len(case.yi) for case in chosen) + 2
    yi, vi = np.full((2, len(chosen), width), np.nan)
    for row, case in enumerate(chosen):
        where = np.random.default_rng(row).permutation(width)[: len(case.yi)]
        yi[row, where], vi[row, where] = case.yi, case.vi
    tau2 = fit_tau2(yi, vi, method)
    batch = tau2_se(yi, vi, tau2, method)
    for row, case in enumerate(chosen):
        alone = tau2_se(case.yi, case.vi, tau2[row], method)
        # The start of SJ for equal yi is rounding of 0; all other figures agree to the 12th digit.
        floor = case.tau2_floor if case.dataset == "ext_identical_yi" else 0.0
        np.testing.assert_allclose(batch[row], alone[0], rtol=1e-11, atol=1e-12 * floor)


@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
def test_pooling_at_a_known_tau2_is_pooling(method):
    found = pool(BCG.yi, BCG.vi, tau2_method=method, ci="hksj", level=0.9)
    known = pool_at(BCG.yi, BCG.vi, found.tau2, ci="hksj", level=0.9)
    for name in vars(found):
        assert np.array_equal(getattr(found, name), getattr(known, name)), name


@pytest.mark.parametrize("method", TAU2_ESTIMATORS)
def test_one_study_says_nothing_of_the_error_of_tau2(method):
    assert np.isnan(tau2_se([0.3], [0.02], [0.0], method)).all()


def test_a_common_effect_has_no_error_of_tau2():
    assert np.isnan(tau2_se([0.3, 0.5], [0.02, 0.01], [0.0], "EE")).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tau2_se([1, 2], [1, 1], [0.1], "dl"), "one of REML, DL, EE, ML, PM, EB, SJ"),
        (lambda: tau2_se([1, 2], [1, 0], [0.1], "DL"), "vi must be positive"),
        (lambda: tau2_se([1, 2], [1, 1], [-0.1], "DL"), "tau2 must be 1 finite"),
        (lambda: tau2_se([1, 2], [1, 1], [np.nan], "DL"), "tau2 must be 1 finite"),
        (lambda: tau2_se([1, 2], [1, 1], [0.1, 0.1], "DL"), "tau2 must be 1 finite"),
        (lambda: pool_at([1, 2], [1, 1], [np.inf]), "tau2 must be 1 finite"),
        (lambda: pool_at([1, 2], [1, 1], [0.1], ci="t"), "one of z, hksj, hksj_adhoc"),
        (lambda: pool_at([1, 2], [1, 1], [0.1], level=2), "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
