"""Meta-regression against metafor, Stata, printed examples, exact fractions and brute force."""

from fractions import Fraction

import numpy as np
import pytest
from metafor_reference import BY_NAME, CI_METHODS, assert_close
from regression_reference import FITS, MODELS, NO_INTERCEPT, REFUSED, case_name
from strataforest.meta_regression.collinearity import variance_inflation
from strataforest.meta_regression.mixed_model import TESTS, fit_meta_regression
from strataforest.meta_regression.predictions import moderator_grid, predict
from strataforest.meta_regression.residual_heterogeneity import (
    explained_heterogeneity,
    residual_q_profile,
)
from strataforest.meta_regression.residual_tau2 import RESIDUAL_TAU2
from strataforest.pooling import TAU2_ESTIMATORS, pool

METHODS = sorted(RESIDUAL_TAU2)
BCG = MODELS["bcg ~ ablat"]
Z_FITS = [(model, fit) for model, fit in FITS if "vb" in fit]
REML_FITS = [(model, fit) for model, fit in FITS if "confint_QP" in fit]


def with_intercept(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns])


def assert_same(ours, other, relative=1e-9, row=0):
    """Every field of two fits, the second of one row."""
    for name, values in vars(ours).items():
        expected = getattr(other, name)[0]
        np.testing.assert_allclose(values[row], expected, rtol=relative, atol=1e-12, err_msg=name)


# --- metafor ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "fit"), FITS, ids=case_name)
def test_every_fit_of_metafor(model, fit):
    ours = fit_meta_regression(
        model.yi, model.vi, model.x, tau2_method=fit["method"], test=fit["test"]
    )
    assert ours.converged.all()
    # metafor inverts X'WX with years as they are: its QE of li2007 is 3e-9 off (the exact value
    # is in test_years_cost_no_digits), and a p-value in the tail 20 times that.
    tail = 1e-7 if model.name == "li2007 ~ year" else 1e-8
    assert_close(ours.tau2, fit["tau2"], floor=model.tau2_floor)
    assert_close(ours.b, fit["b"])
    assert_close(ours.se, fit["se"])
    assert_close(ours.statistic, fit["zval"])
    assert_close(ours.p_value, fit["pval"])
    assert_close(ours.ci_low, fit["ci_lb"])
    assert_close(ours.ci_high, fit["ci_ub"])
    assert_close(ours.df, fit["df"])
    assert_close(ours.i2, fit["I2"], floor=1e-3)
    assert_close(ours.h2, fit["H2"])
    assert_close(ours.qe, fit["QE"])
    assert_close(ours.qe_df, fit["QE_df"])
    assert_close(ours.qe_p, fit["QEp"], relative=tail)
    assert_close(ours.qm, fit["QM"])
    assert ours.qm_df[0] == fit["QM_df"][0]
    assert_close(ours.qm_p, fit["QMp"])
    if fit["se_tau2"] is None:
        assert fit["method"] == "EE"
        assert np.isnan(ours.se_tau2).all()
    else:
        assert_close(ours.se_tau2, fit["se_tau2"])


@pytest.mark.parametrize(("model", "fit"), Z_FITS, ids=case_name)
def test_covariances_of_metafor(model, fit):
    ours = fit_meta_regression(model.yi, model.vi, model.x, test=fit["test"])
    assert_close(ours.covariance, fit["vb"])
    root = ours.covariance_root[0]
    np.testing.assert_allclose(root @ root.T, ours.covariance[0], rtol=1e-12)
    assert (np.tril(root, -1) == 0).all()


@pytest.mark.parametrize(("model", "fit"), FITS, ids=case_name)
def test_explained_heterogeneity_of_metafor(model, fit):
    ours = explained_heterogeneity(model.yi, model.vi, model.x, tau2_method=fit["method"])
    if fit["method"] != "EE" and ours.tau2_0[0] == 0:
        # Nothing to explain: metafor prints 0.
        assert fit["R2"] == 0
        assert np.isnan(ours.r2[0]) and np.isnan(ours.raw[0])
        return
    # R2 is 100 less a ratio: known to that scale.
    assert_close(ours.r2, fit["R2"], floor=100)
    assert ours.raw[0] == ours.r2[0] or (ours.raw[0] < 0 and ours.r2[0] == 0)


@pytest.mark.parametrize(("model", "fit"), REML_FITS, ids=case_name)
def test_residual_q_profile_of_metafor(model, fit):
    ours = residual_q_profile(model.yi, model.vi, model.x)
    reference = fit["confint_QP"]
    assert_close(ours.tau2_ci_low, reference["tau2_lb"], floor=model.tau2_floor)
    assert_close(ours.tau2_ci_high, reference["tau2_ub"], floor=model.tau2_floor)
    assert_close(ours.i2_ci_low, reference["I2_lb"], floor=1e-3)
    assert_close(ours.i2_ci_high, reference["I2_ub"], floor=1e-3)
    assert_close(ours.h2_ci_low, reference["H2_lb"])
    assert_close(ours.h2_ci_high, reference["H2_ub"])


def test_the_reference_holds_an_empty_interval():
    empty = [model.name for model, fit in REML_FITS if fit["confint_QP"]["null_set"]]
    assert empty == ["axfors2021 ~ hcq_cq", "ext_tau2_zero ~ x"]


@pytest.mark.parametrize(
    ("model", "fit"), [pair for pair in FITS if "predict_first10" in pair[1]], ids=case_name
)
def test_predictions_of_metafor(model, fit):
    ours = fit_meta_regression(model.yi, model.vi, model.x, test=fit["test"])
    reference = fit["predict_first10"]
    interval = {"z": "z", "knha": "t_k_minus_1"}[fit["test"]]
    found = predict(ours, model.x[:10], prediction=interval)
    # A limit may fall near 0: it is known to the standard error.
    floor = max(reference["se"])
    assert_close(found.estimate, reference["pred"], floor=floor)
    assert_close(found.se, reference["se"])
    assert_close(found.ci_low, reference["ci_lb"], floor=floor)
    assert_close(found.ci_high, reference["ci_ub"], floor=floor)
    assert_close(found.pi_low, reference["pi_lb"], floor=floor)
    assert_close(found.pi_high, reference["pi_ub"], floor=floor)
    riley = predict(ours, model.x[:10])
    assert_close(riley.pi_low, reference["pi_riley_lb"], floor=floor)
    assert_close(riley.pi_high, reference["pi_riley_ub"], floor=floor)


@pytest.mark.parametrize(
    ("model", "fit"), [pair for pair in FITS if "vif" in pair[1]], ids=case_name
)
def test_variance_inflation_of_metafor(model, fit):
    ours = fit_meta_regression(model.yi, model.vi, model.x)
    columns = {entry["coefname"]: [int(entry["coefs"]) - 1] for entry in fit["vif"]}
    found = variance_inflation(ours, columns)
    assert_close(found.gvif, [entry["vif"] for entry in fit["vif"]])
    assert found.near_collinear.tolist() == [entry["vif"] > 10 for entry in fit["vif"]]


# --- printed examples ------------------------------------------------------------------------

# Stata 16, meta regress: effect, standard error, moderators of ten trials.
STATA_Y = [-2.53, -1.07, -2.10, -1.20, -0.82, -0.84, -1.16, -0.45, 0.25, -0.53]
STATA_SE = [0.40, 0.41, 0.40, 0.43, 0.57, 0.46, 0.28, 0.34, 0.51, 0.24]
STATA_X = {
    "abstract": [1, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    "duration": [4, 6, 10, 8, 8, 8, 9, 10, 12, 12],
    "itt": [0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    "alloc": [0, 0, 0, 0, 0, 0, 1, 1, 0, 1],
    "phd": [0, 0, 0, 0, 1, 1, 0, 0, 0, 0],
}


@pytest.mark.parametrize(
    ("moderator", "tau2", "i2", "r2", "raw", "slope", "se", "q"),
    [
        ("abstract", ".03269", "19.02", "92.74", "92.74", "-1.564109", ".3431559", "9.94"),
        ("duration", ".2019", "58.10", "55.16", "55.16", ".2097633", ".079171", "18.11"),
        ("itt", ".4719", "76.66", "0.00", "-4.82", ".6790167", ".8116419", "32.33"),
        ("alloc", ".4383", "75.10", "2.64", "2.64", ".5186852", ".5153992", "28.46"),
        ("phd", ".5089", "79.16", "0.00", "-13.02", ".2718996", ".6840508", "35.15"),
    ],
)
def test_example_stata16_exercise(moderator, tau2, i2, r2, raw, slope, se, q):
    vi, x = np.square(STATA_SE), with_intercept(STATA_X[moderator])
    fit = fit_meta_regression(STATA_Y, vi, x)
    explained = explained_heterogeneity(STATA_Y, vi, x)
    printed = {
        tau2: fit.tau2[0],
        i2: fit.i2[0],
        r2: explained.r2[0],
        raw: explained.raw[0],
        q: fit.qe[0],
        slope: fit.b[0, 1],
        se: fit.se[0, 1],
    }
    for text, ours in printed.items():
        digits = len(text.split(".")[1])
        assert abs(ours - float(text)) <= 0.5 * 10**-digits + 1e-12, (text, ours)


def test_example_viechtbauer2010_bcg_latitude_and_year():
    # J Stat Softw 36(3), section 3.3: rma(yi, vi, mods = cbind(ablat, year)), as printed.
    model = MODELS["bcg ~ ablat + year"]
    fit = fit_meta_regression(model.yi, model.vi, model.x)
    # Printed from a tau2 known to 1e-5 only: these three differ in their last digit.
    sensitive = [fit.b[0, 0], fit.se[0, 0], fit.qm[0]]
    np.testing.assert_allclose(sensitive, [-3.5455, 29.0959, 12.2043], rtol=5e-5)
    assert fit.b[0, 1:].round(4).tolist() == [-0.0280, 0.0019]
    assert fit.se[0, 1:].round(4).tolist() == [0.0102, 0.0147]
    assert fit.tau2[0].round(4) == 0.1108
    assert fit.i2[0].round(2) == 71.98
    assert fit.h2[0].round(2) == 3.57
    assert fit.qe[0].round(4) == 28.3251
    assert fit.qm_p[0].round(4) == 0.0022
    # R2 was not printed in 2010; 64.63 is that of the package's later documentation.
    explained = explained_heterogeneity(model.yi, model.vi, model.x)
    assert explained.r2[0].round(2) == 64.63


def test_example_raudenbush2009_weeks_of_contact():
    # Handbook of Research Synthesis, ch. 16: teacher expectancy on weeks, capped at 3.
    model = MODELS["raudenbush1985 ~ weeks"]
    x = with_intercept(np.minimum(model.x[:, 1], 3))
    fit = fit_meta_regression(model.yi, model.vi, x)
    assert fit.b[0].round(3).tolist() == [0.407, -0.157]
    assert fit.se[0].round(3).tolist() == [0.087, 0.036]
    assert fit.qe[0].round(2) == 16.57
    # tau2 is at the boundary: R2 prints as 100, and says so.
    explained = explained_heterogeneity(model.yi, model.vi, x)
    assert fit.tau2[0] == 0
    assert explained.r2[0] == 100
    assert explained.at_boundary[0]


def test_example_bcg_latitude_r2():
    explained = explained_heterogeneity(BCG.yi, BCG.vi, BCG.x)
    assert explained.r2[0].round(2) == 75.63
    assert not explained.at_boundary[0]


# --- exact arithmetic and brute force --------------------------------------------------------


def exact_fit(yi, vi, x):
    """Coefficients, QE, tr P and tr PP at tau2 = 0 in fractions: the normal equations."""
    yi, vi = [Fraction(float(y)) for y in yi], [Fraction(float(v)) for v in vi]
    x = [[Fraction(float(cell)) for cell in row] for row in x]
    p = range(len(x[0]))
    # Gauss-Jordan on [X'WX | X'Wy | I].
    table = []
    for i in p:
        row = [sum(r[i] * r[j] / v for r, v in zip(x, vi, strict=True)) for j in p]
        row.append(sum(r[i] * y / v for r, y, v in zip(x, yi, vi, strict=True)))
        table.append(row + [Fraction(int(i == j)) for j in p])
    for i in p:
        table[i] = [cell / table[i][i] for cell in table[i]]
        for j in set(p) - {i}:
            table[j] = [a - table[j][i] * b for a, b in zip(table[j], table[i], strict=True)]
    b, inverse = [row[len(p)] for row in table], [row[len(p) + 1 :] for row in table]
    qe = sum((y - sum(b[i] * r[i] for i in p)) ** 2 / v for r, y, v in zip(x, yi, vi, strict=True))
    projector = [
        [
            Fraction(int(m == n)) / vi[m]
            - sum(x[m][i] * inverse[i][j] * x[n][j] for i in p for j in p) / vi[m] / vi[n]
            for n in range(len(vi))
        ]
        for m in range(len(vi))
    ]
    trace = float(sum(projector[m][m] for m in range(len(vi))))
    squares = float(sum(cell**2 for row in projector for cell in row))
    return [float(value) for value in b], float(qe), trace, squares


@pytest.mark.parametrize("name", ["li2007 ~ year", "ext_near_singular ~ x1 + x2", NO_INTERCEPT])
def test_years_cost_no_digits(name):
    # Nor do moderators that are almost the same, nor a model without intercept.
    model = MODELS[name]
    b, qe, _, _ = exact_fit(model.yi, model.vi, model.x)
    fit = fit_meta_regression(model.yi, model.vi, model.x, tau2_method="EE")
    assert_close(fit.b, b, relative=1e-10 if name == REFUSED else 1e-13)
    assert_close(fit.qe, qe, relative=1e-12)


@pytest.mark.parametrize("share", [1e-6, 1e-10, 1e-14])
def test_a_dominating_study_costs_no_digits(share):
    model = MODELS["molloy2014 ~ meanage"]
    vi = model.vi.copy()
    vi[3] *= share
    b, qe, trace, squares = exact_fit(model.yi, vi, model.x)
    df = len(vi) - 2
    tau2 = (qe - df) / trace
    fit = fit_meta_regression(model.yi, vi, model.x, tau2_method="DL")
    assert tau2 > 0
    assert_close(fit.tau2, tau2, relative=1e-12)
    assert_close(fit.qe, qe, relative=1e-12)
    assert_close(fit.h2, 1 + tau2 * trace / df, relative=1e-12)
    se = np.sqrt(2 * df + 4 * tau2 * trace + 2 * tau2**2 * squares) / trace
    assert_close(fit.se_tau2, se, relative=1e-12)
    fixed = fit_meta_regression(model.yi, vi, model.x, tau2_method="EE")
    assert_close(fixed.b, b, relative=1e-12)


def test_without_intercept_metafor_centres_yi():
    model = MODELS[NO_INTERCEPT]
    reference = next(fit for fit in model.fits if fit["method"] == "EE")
    ours = fit_meta_regression(model.yi, model.vi, model.x, tau2_method="EE")
    # What needs no residuals agrees; QM is then the test of all coefficients.
    for name, theirs in {"b": "b", "se": "se", "qm": "QM", "qm_p": "QMp"}.items():
        assert_close(getattr(ours, name), reference[theirs])
    slope = (model.x[:, 0] * (model.yi - model.yi.mean()) / model.vi).sum()
    slope /= (model.x[:, 0] ** 2 / model.vi).sum()
    centred = model.yi - model.yi.mean() - model.x[:, 0] * slope
    assert_close((centred**2 / model.vi).sum(), reference["QE"])
    own = model.yi - model.x[:, 0] * ours.b[0, 0]
    assert_close(ours.qe, (own**2 / model.vi).sum(), relative=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("test", TESTS)
def test_a_mean_per_group_is_the_same_model_as_differences(method, test):
    # Without an intercept column, but with one in the span of the columns.
    model = MODELS["bcg ~ factor(alloc)"]
    means = np.column_stack([1 - model.x[:, 1:].sum(axis=1), model.x[:, 1:]])
    one = fit_meta_regression(model.yi, model.vi, model.x, tau2_method=method, test=test)
    other = fit_meta_regression(model.yi, model.vi, means, tau2_method=method, test=test)
    for name in ("tau2", "se_tau2", "i2", "qe"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-10)
    np.testing.assert_allclose(other.b[0, 1:], one.b[0, 0] + one.b[0, 1:], rtol=1e-10)
    np.testing.assert_allclose(other.se[0, 0], one.se[0, 0], rtol=1e-10)


def log_likelihood(yi, vi, x, tau2, restricted):
    """The textbook formula with dense matrices."""
    covariance = np.diag(vi + tau2)
    inverse = np.linalg.inv(covariance)
    information = x.T @ inverse @ x
    residual = yi - x @ np.linalg.solve(information, x.T @ inverse @ yi)
    value = np.linalg.slogdet(covariance)[1] + residual @ inverse @ residual
    return -0.5 * (value + restricted * np.linalg.slogdet(information)[1])


# Moderators, found by search, under which the likelihood has two maxima; the last column says
# whether the higher one is at 0.
TWO_MAXIMA = [
    ("REML", "ext_bimodal1-GEN", [9, 6, 0, 2, 1, 4, 7, 5, 3, 8], False),
    ("REML", "ext_bimodal1-GEN", [9, 5, 3, 4, 1, 6, 7, 2, 0, 8], True),
    ("REML", "ext_bimodal2-GEN", [5, 3, 6, 0, 2, 8, 7, 9, 4, 1], False),
    ("ML", "ext_bimodal1-GEN", [7, 6, 5, 3, 1, 0, 8, 9, 4, 2], True),
    ("ML", "ext_bimodal1-GEN", [7, 6, 8, 2, 0, 3, 5, 9, 4, 1], False),
    ("ML", "ext_bimodal4-GEN", [2, 8, 4, 0, 1, 9, 6, 3, 5, 7], False),
]


@pytest.mark.parametrize(("method", "name", "moderator", "at_zero"), TWO_MAXIMA)
def test_the_highest_of_two_maxima_is_taken(method, name, moderator, at_zero):
    case, x = BY_NAME[name], with_intercept(moderator)
    grid = np.r_[0, np.geomspace(1e-5, 10, 3000)]
    values = np.array(
        [log_likelihood(case.yi, case.vi, x, tau2, method == "REML") for tau2 in grid]
    )
    peaks = np.r_[values[0] > values[1], (values[1:-1] > values[:-2]) & (values[1:-1] > values[2:])]
    assert peaks.sum() == 2
    fit = fit_meta_regression(case.yi, case.vi, x, tau2_method=method)
    assert (fit.tau2[0] == 0) == at_zero
    reached = log_likelihood(case.yi, case.vi, x, fit.tau2[0], method == "REML")
    assert reached >= values.max()
    np.testing.assert_allclose(fit.tau2[0], grid[values.argmax()], rtol=0.006)


def test_tau2_may_exceed_the_variance_of_the_effects():
    # Precise studies far apart among vague ones that agree.
    yi, vi = np.r_[-1.0, 1.1, 0.9, np.zeros(8)], np.r_[0.01, 0.02, 0.01, np.full(8, 9.0)]
    x = with_intercept(np.r_[1.0, 2, 1, 3, 1, 2, 1, 3, 2, 1, 3])
    tau2 = fit_meta_regression(yi, vi, x).tau2[0]
    assert tau2 > 2 * np.var(yi)
    grid = tau2 * np.r_[0.99, 0.999, 1, 1.001, 1.01]
    assert np.argmax([log_likelihood(yi, vi, x, point, True) for point in grid]) == 2


@pytest.mark.parametrize("method", METHODS)
def test_estimators_solve_their_equations(method):
    # Expectations of quadratic forms, with dense matrices.
    model = MODELS["bangertdrowns2004 ~ length + wic"]
    yi, vi, x = model.yi, model.vi, model.x
    k, p = x.shape
    tau2 = fit_meta_regression(yi, vi, x, tau2_method=method).tau2[0]

    def projector(weights):
        w = np.diag(weights)
        return w - w @ x @ np.linalg.solve(x.T @ w @ x, x.T @ w)

    start = np.var(yi)
    weights = {"DL": 1 / vi, "HE": np.ones(k), "PM": 1 / (vi + tau2), "EB": 1 / (vi + tau2)}
    if method in weights:
        matrix = projector(weights[method])
        expected = np.trace(matrix @ np.diag(vi + tau2))
        np.testing.assert_allclose(yi @ matrix @ yi, expected, rtol=1e-10)
    elif method == "SJ":
        matrix = projector(1 / (vi + start))
        np.testing.assert_allclose(tau2, start * (yi @ matrix @ yi) / (k - p), rtol=1e-10)
    elif method == "HS":
        matrix = projector(1 / vi)
        np.testing.assert_allclose(tau2, (yi @ matrix @ yi - k) / (1 / vi).sum(), rtol=1e-10)
    elif method == "EE":
        assert tau2 == 0
    else:
        near = [log_likelihood(yi, vi, x, t, method == "REML") for t in tau2 * np.r_[0.99, 1, 1.01]]
        assert near[1] > max(near[0], near[2])


# --- properties ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", sorted(set(METHODS) & set(TAU2_ESTIMATORS)))
@pytest.mark.parametrize(("test", "ci"), sorted(CI_METHODS.items()))
def test_an_intercept_alone_is_pooling(method, test, ci):
    yi, vi = BCG.yi, BCG.vi
    fit = fit_meta_regression(yi, vi, np.ones((13, 1)), tau2_method=method, test=test)
    pooled = pool(yi, vi, tau2_method=method, ci=ci)
    for ours, theirs in {"b": "estimate", "se": "se", "p_value": "p_value"}.items():
        np.testing.assert_allclose(getattr(fit, ours)[0], getattr(pooled, theirs), rtol=1e-11)
    np.testing.assert_allclose(fit.tau2, pooled.tau2, rtol=1e-11)
    # QM then tests the mean itself.
    np.testing.assert_allclose(fit.qm, fit.statistic[:, 0] ** 2, rtol=1e-12)
    np.testing.assert_allclose(fit.qm_p, fit.p_value[:, 0], rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("test", TESTS)
def test_row_order_and_units_are_irrelevant(method, test):
    model, options = MODELS["molloy2014 ~ meanage + quality"], {"tau2_method": method, "test": test}
    fit = fit_meta_regression(model.yi, model.vi, model.x, **options)
    order = np.random.default_rng(4).permutation(len(model.yi))
    shuffled = fit_meta_regression(model.yi[order], model.vi[order], model.x[order], **options)
    assert_same(shuffled, fit)
    # Effects in units of 2^-30, exact; a moderator in other units and from another zero.
    unit = 2.0**-30
    small = fit_meta_regression(model.yi * unit, model.vi * unit**2, model.x, **options)
    assert np.array_equal(small.b, fit.b * unit)
    assert np.array_equal(small.tau2, fit.tau2 * unit**2)
    assert np.array_equal(small.qm, fit.qm)
    moved = model.x * [1, 1e7, 1] + [0, 5e9, 0]
    other = fit_meta_regression(model.yi, model.vi, moved, **options)
    np.testing.assert_allclose(other.b[0, 1:] * [1e7, 1], fit.b[0, 1:], rtol=1e-8)
    np.testing.assert_allclose(other.se[0, 1:] * [1e7, 1], fit.se[0, 1:], rtol=1e-8)
    for name in ("tau2", "i2", "qe", "qm", "qm_p"):
        np.testing.assert_allclose(getattr(other, name), getattr(fit, name), rtol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_a_padded_row_is_the_fit_done_alone(method):
    names = ("bcg ~ ablat", "molloy2014 ~ meanage", "raudenbush1985 ~ weeks")
    models = [MODELS[name] for name in names]
    yi, vi, x = np.full((3, 20), np.nan), np.full((3, 20), np.nan), np.full((3, 20, 2), np.nan)
    for row, model in enumerate(models):
        places = np.random.default_rng(row).permutation(20)[: len(model.yi)]
        yi[row, places], vi[row, places], x[row, places] = model.yi, model.vi, model.x
    batch = fit_meta_regression(yi, vi, x, tau2_method=method, test="knha")
    interval = residual_q_profile(yi, vi, x)
    explained = explained_heterogeneity(yi, vi, x, tau2_method=method)
    for row, model in enumerate(models):
        alone = (model.yi, model.vi, model.x)
        assert_same(batch, fit_meta_regression(*alone, tau2_method=method, test="knha"), row=row)
        assert_same(interval, residual_q_profile(*alone), row=row)
        assert_same(explained, explained_heterogeneity(*alone, tau2_method=method), row=row)


def test_a_shared_design_is_the_design_repeated_and_chunks_do_not_show():
    rng = np.random.default_rng(8)
    x = with_intercept(rng.normal(size=30), rng.integers(0, 2, 30))
    vi = rng.uniform(0.01, 0.3, (4000, 30))
    yi = rng.normal(size=vi.shape) * np.sqrt(vi + 0.1)
    shared = fit_meta_regression(yi, vi, x)
    repeated = fit_meta_regression(yi, vi, np.broadcast_to(x, (4000, *x.shape)))
    np.testing.assert_allclose(shared.b, repeated.b, rtol=1e-9, atol=1e-12)
    for row in (0, 1999, 3999):
        assert_same(shared, fit_meta_regression(yi[row], vi[row], x), row=row)


@pytest.mark.parametrize("method", METHODS)
def test_equal_effects_leave_nothing(method):
    x = with_intercept([1.0, 2, 3, 5, 8])
    vi = [0.1, 0.2, 0.1, 0.3, 0.2]
    fit = fit_meta_regression([0.3] * 5, vi, x, tau2_method=method)
    assert fit.b[0].tolist() == [0.3, 0]
    assert fit.tau2[0] == fit.qe[0] == fit.qm[0] == 0
    assert fit.qe_p[0] == fit.qm_p[0] == fit.p_value[0, 1] == 1
    assert fit.converged[0]
    knha = fit_meta_regression([0.3] * 5, vi, x, tau2_method=method, test="knha")
    assert knha.se[0].tolist() == [0, 0]
    assert knha.statistic[0].tolist() == [np.inf, 0]
    assert knha.p_value[0].tolist() == [0, 1]
    assert knha.qm[0] == 0


def test_as_few_studies_as_can_be():
    x = with_intercept([0.0, 1, 3])
    fit = fit_meta_regression([0.1, 0.9, 0.4], [0.01, 0.02, 0.01], x)
    # One residual degree of freedom: Q = e^2 / var e of the only contrast, and REML sets it to 1.
    contrast = np.array([2.0, -3, 1])
    q = (contrast @ [0.1, 0.9, 0.4]) ** 2
    variance = (contrast**2) @ [0.01, 0.02, 0.01]
    np.testing.assert_allclose(fit.qe[0], q / variance, rtol=1e-12)
    np.testing.assert_allclose(fit.tau2[0], (q - variance) / (contrast @ contrast), rtol=1e-10)
    for k in (1, 2):
        with pytest.raises(ValueError, match=f"2 coefficients need more than 2 studies, got {k}"):
            fit_meta_regression([0.1, 0.9][:k], [0.01, 0.02][:k], x[:k])


def test_rows_of_a_batch_that_cannot_be_fitted_are_nan():
    x = np.stack([with_intercept([1.0, 2, 4, 3]), with_intercept([2.0, 2, 2, 2])])
    x = np.concatenate([x, x[:1]])
    yi = np.tile([0.1, 0.4, 0.5, 0.9], (3, 1))
    yi[2, :2] = np.nan
    vi = np.where(np.isnan(yi), np.nan, 0.1)
    fit = fit_meta_regression(yi, vi, x)
    assert fit.k.tolist() == [4, 4, 2]
    assert fit.converged.tolist() == [True, False, False]
    for name in ("b", "se", "tau2", "covariance", "qm_p"):
        values = getattr(fit, name)
        assert np.isfinite(values[0]).all() and np.isnan(values[1:]).all()
    assert np.isnan(residual_q_profile(yi, vi, x).tau2_ci_high).tolist() == [False, True, True]
    assert np.isnan(explained_heterogeneity(yi, vi, x).r2[1:]).all()


def test_the_band_is_narrowest_near_the_weighted_mean_and_the_line_is_straight():
    fit = fit_meta_regression(BCG.yi, BCG.vi, BCG.x, test="knha")
    values, rows = moderator_grid(BCG.x, 1, points=43)
    assert values[0] == 13 and values[-1] == 55
    band = predict(fit, rows)
    np.testing.assert_allclose(np.diff(band.estimate[0]), fit.b[0, 1], rtol=1e-10)
    weights = 1 / (BCG.vi + fit.tau2[0])
    middle = (weights * BCG.x[:, 1]).sum() / weights.sum()
    assert abs(values[band.se[0].argmin()] - middle) <= 0.5
    assert (band.pi_low < band.ci_low).all() and (band.ci_high < band.pi_high).all()
    two = MODELS["bcg ~ ablat + year"]
    _, rows = moderator_grid(two.x, 1)
    assert (rows[:, 2] == two.x[:, 2].mean()).all()


def test_predictions_far_from_zero_keep_their_digits():
    # The same studies dated from another year: the band may not change.
    years = np.array([1990.0, 1995, 1999, 2004, 2010, 2016])
    yi, vi = [0.1, 0.5, 0.2, 0.7, 0.4, 0.9], [0.02, 0.03, 0.01, 0.05, 0.02, 0.04]
    near = predict(fit_meta_regression(yi, vi, with_intercept(years - 2000)), [[1, 10.0]])
    far = predict(fit_meta_regression(yi, vi, with_intercept(years + 1e6)), [[1, 1_002_010.0]])
    np.testing.assert_allclose(far.se, near.se, rtol=1e-9)
    np.testing.assert_allclose(far.estimate, near.estimate, rtol=1e-8)


def test_generalised_variance_inflation_of_a_factor():
    model = MODELS["bangertdrowns2004 ~ factor(grade) + meta"]
    fit = fit_meta_regression(model.yi, model.vi, model.x)
    found = variance_inflation(fit, {"grade": [1, 2, 3], "meta": [4]})
    covariance = fit.covariance[0, 1:, 1:]
    scale = np.sqrt(np.diag(covariance))
    r = covariance / np.outer(scale, scale)
    # Fox & Monette's determinants, by the direct route.
    expected = np.linalg.det(r[:3, :3]) / np.linalg.det(r)
    np.testing.assert_allclose(found.gvif, [expected, expected], rtol=1e-10)
    np.testing.assert_allclose(found.per_column, [expected ** (1 / 3), expected], rtol=1e-10)
    assert found.columns.tolist() == [3, 1]
    near = fit_meta_regression(*(getattr(MODELS[REFUSED], name) for name in ("yi", "vi", "x")))
    assert variance_inflation(near, {"x1": [1], "x2": [2]}).near_collinear.all()


# --- errors ----------------------------------------------------------------------------------

Y, V, X = [0.1, 0.4, 0.2, 0.5], [0.1, 0.1, 0.2, 0.1], [[1, 1], [1, 2], [1, 3], [1, 5]]


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (X, {"tau2_method": "no"}, "tau2_method must be one of"),
        (X, {"test": "t"}, "test must be one of"),
        (X, {"level": 1}, "level must lie"),
        (X[:3], {}, "does not fit yi"),
        ([1, 2, 3, 4], {}, "x must be"),
        (np.zeros((4, 0)), {}, "x must be"),
        ([[1, 1], [1, np.nan], [1, 3], [1, 5]], {}, "x must be finite"),
        ([[1, 1], [1, np.inf], [1, 3], [1, 5]], {}, "x must be finite"),
        ([[1, 7]] * 4, {}, "constant or a combination"),
        ([[1, 0]] * 4, {}, "constant or a combination"),
        ([[1, 0.1, 3.3], [1, 0.7, 23.1], [1, 0.2, 6.6], [1, 1, 33]], {}, "a combination"),
        ([[1, 1, 2, 3]] * 4, {}, "4 coefficients need more than 4"),
    ],
)
def test_bad_input_is_refused(x, options, message):
    with pytest.raises(ValueError, match=message):
        fit_meta_regression(Y, V, x, **options)


def test_the_other_functions_refuse_too():
    with pytest.raises(ValueError, match="vi must be positive"):
        fit_meta_regression(Y, [0.1, 0, 0.1, 0.1], X)
    with pytest.raises(ValueError, match="constant or a combination"):
        residual_q_profile(Y, V, [[1, 7]] * 4)
    with pytest.raises(ValueError, match="level must lie"):
        residual_q_profile(Y, V, X, level=0)
    with pytest.raises(ValueError, match="need more than"):
        explained_heterogeneity(Y[:2], V[:2], X[:2])
    fit = fit_meta_regression(Y, V, X)
    with pytest.raises(ValueError, match="finite rows of 2 columns"):
        predict(fit, [[1, 2, 3]])
    with pytest.raises(ValueError, match="finite rows of 2 columns"):
        predict(fit, [[1, np.nan]])
    with pytest.raises(ValueError, match="method must be one of"):
        predict(fit, [[1, 2]], prediction="no")
    with pytest.raises(ValueError, match="a column of it"):
        moderator_grid(X, 2)
    with pytest.raises(ValueError, match="its columns 1 to 1"):
        variance_inflation(fit, {"a": [0, 1]})


def test_r2_needs_an_intercept():
    explained = explained_heterogeneity(BCG.yi, BCG.vi, BCG.x[:, 1:])
    assert np.isnan(explained.r2[0])
