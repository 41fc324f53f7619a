"""The regression of trial size on trial length against R and the closed form."""

import numpy as np
import pytest
import statsmodels.api as sm
from metafor_reference import assert_close
from strataforest.design_regression import design_regression

# Teacher expectancy (metadat dat.raudenbush1985): participants and weeks of prior contact.
N = [416, 258, 144, 33, 33, 477, 746, 125, 149, 64, 44, 81, 48, 51, 159, 144, 320, 457, 132]
WEEKS = [2, 21, 19, 0, 0, 3, 17, 24, 0, 1, 0, 0, 1, 2, 17, 5, 1, 2, 7]
YEAR = [
    *(1974, 1968, 1971, 1972, 1972, 1969, 1971, 1969, 1969, 1970),
    *(1970, 1966, 1970, 1970, 1972, 1970, 1968, 1971, 1970),
]
Y = np.log(N)
X = np.column_stack([np.ones(19), WEEKS])


def test_example_raudenbush1985_size_on_weeks_in_r():
    # R 4.2.2, sandwich 3.0-2, lmtest 0.9-40: m <- lm(log(n) ~ weeks);
    # coeftest(m, vcovHC(m, type = "HC1")); coefci(m, vcov. = vcovHC(m, type = "HC1")).
    found = design_regression(Y, X)
    assert_close(found.b, [4.642407865965307856, 0.040248346519213267])
    assert_close(found.se, [0.287503663297062617, 0.022450988654270261])
    assert_close(found.statistic, [16.1472998734229982, 1.7927204516028243])
    assert_close(found.p_value, [9.5613845998531367e-12, 9.0829824142307156e-02])
    assert_close(found.ci_low, [4.0358281584570203648, -0.0071190990813251795])
    assert_close(found.ci_high, [5.248987573473595347, 0.087615792119751706])
    assert_close(found.r2, 100 * 0.12440623011689629)
    assert (found.n, found.df) == (19, 17)


def test_example_raudenbush1985_with_years_in_r():
    # coeftest(m, vcovHC(m, type = "HC1")) for lm(log(n) ~ weeks + year).
    found = design_regression(Y, np.column_stack([X, YEAR]))
    assert_close(found.b, [1.6207280998262978411, 0.0402529842372368676, 0.0015337505277581303])
    assert_close(found.se, [256.963579466759540537, 0.023065261758741507, 0.130482210778678498])
    assert_close(found.p_value[1], 0.10012599861017540)


def test_one_moderator_in_closed_form():
    # slope = Sxy / Sxx; HC1 variance n / (n-2) sum((x - mean)^2 e^2) / Sxx^2.
    x = np.array(WEEKS) - np.mean(WEEKS)
    slope = (x @ Y) / (x @ x)
    residual = Y - Y.mean() - slope * x
    variance = 19 / 17 * (x**2 @ residual**2) / (x @ x) ** 2
    found = design_regression(Y, X, level=0.9)
    assert_close([found.b[1], found.se[1]], [slope, np.sqrt(variance)], relative=1e-12)
    assert_close(found.r2, 100 * (1 - residual @ residual / np.sum((Y - Y.mean()) ** 2)))
    # The 0.95 quantile of t with 17 degrees of freedom, from printed tables.
    assert (found.ci_high[1] - found.b[1]) / found.se[1] == pytest.approx(1.740, abs=5e-4)


@pytest.mark.parametrize("seed", range(6))
def test_numbers_are_those_of_statsmodels(seed):
    draw = np.random.default_rng(seed)
    n, p = int(draw.integers(8, 60)), int(draw.integers(1, 5))
    x = np.column_stack([np.ones(n), draw.normal(5, 10.0 ** draw.integers(-3, 4), (n, p))])
    y = draw.normal(size=n) * (1 + np.abs(x[:, 1]) / np.abs(x[:, 1]).max()) + 3
    fit = sm.OLS(y, x).fit(cov_type="HC1", use_t=True)
    low, high = fit.conf_int(alpha=0.1).T
    found = design_regression(y, x, level=0.9)
    assert_close(found.b, fit.params)
    assert_close(found.se, fit.bse)
    assert_close(found.statistic, fit.tvalues)
    assert_close(found.p_value, fit.pvalues)
    assert_close([found.ci_low, found.ci_high], [low, high])
    assert_close(found.r2, 100 * fit.rsquared)


def test_row_order_is_irrelevant():
    order = np.random.default_rng(2).permutation(19)
    one, other = design_regression(Y, X), design_regression(Y[order], X[order])
    np.testing.assert_allclose(other.b, one.b, rtol=1e-12)
    np.testing.assert_allclose(other.se, one.se, rtol=1e-12)


@pytest.mark.parametrize(
    ("y", "x", "options", "message"),
    [
        (Y[:3], X, {}, "y must be"),
        (Y, X[:, 1], {}, "y must be"),
        (np.where(Y > 6, np.nan, Y), X, {}, "finite"),
        (np.where(Y > 6, np.inf, Y), X, {}, "finite"),
        (Y[:2], X[:2], {}, "2 coefficients need more than 2 studies, got 2"),
        (Y, np.ones((19, 2)), {}, "singular"),
        (Y, X, {"level": 1.5}, "level must lie"),
    ],
)
def test_bad_input_is_refused(y, x, options, message):
    with pytest.raises(ValueError, match=message):
        design_regression(y, x, **options)
