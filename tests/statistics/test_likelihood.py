"""Log-likelihoods and information criteria against metafor, print and the density itself."""

import numpy as np
import pytest
from metafor_reference import BY_NAME, CASES, FITS, assert_close, fit_name
from strataforest.estimation.likelihood import fit_statistics
from strataforest.pooling import pool

WITH_LIKELIHOOD = [(case, fit) for case, fit in FITS if "ll" in fit]
BCG = BY_NAME["bcg-RR"]


@pytest.mark.parametrize(("case", "fit"), WITH_LIKELIHOOD, ids=fit_name)
def test_every_criterion_of_metafor(case, fit):
    tau2 = pool(case.yi, case.vi, tau2_method=fit["method"]).tau2
    ours = fit_statistics(case.yi, case.vi, tau2, fit["method"])
    # A sum over k studies may come near 0: its digits are those of its terms, of the order of 1.
    assert_close(ours.log_likelihood, fit["ll"], floor=1.0)
    for name in ("aic", "bic"):
        assert_close(getattr(ours, name), fit[name.upper()], floor=1.0)
    assert_close(ours.aicc, fit["AICc"], floor=1.0)


def test_the_references_hold_a_likelihood_of_every_set():
    for method, absent in [("ML", {"sim_k2000-GEN"}), ("EE", set())]:
        found = {case.name for case, fit in WITH_LIKELIHOOD if fit["method"] == method}
        assert found == {case.name for case in CASES} - absent


def test_example_colditz1994():
    # As the documentation of metafor's rma prints them.
    fit = fit_statistics(BCG.yi, BCG.vi, pool(BCG.yi, BCG.vi).tau2, "REML")
    printed = ["-12.2024", "28.4047", "29.3746", "29.7381"]
    assert [f"{value[0]:.4f}" for value in vars(fit).values()] == printed


def test_the_full_likelihood_is_the_density():
    # Of two studies around their weighted mean, with tau2 = 0.3.
    yi, vi = np.array([0.2, 0.9]), np.array([0.1, 0.4])
    mean = (0.2 / 0.4 + 0.9 / 0.7) / (1 / 0.4 + 1 / 0.7)
    density = np.exp(-((yi - mean) ** 2) / (2 * (vi + 0.3))) / np.sqrt(2 * np.pi * (vi + 0.3))
    for method in ("ML", "DL", "SJ"):
        fit = fit_statistics(yi, vi, [0.3], method)
        assert fit.log_likelihood[0] == pytest.approx(np.log(density).sum(), rel=1e-14)
        assert fit.aic[0] == pytest.approx(4 - 2 * np.log(density).sum(), rel=1e-14)


def test_the_restricted_likelihood_of_two_studies_is_that_of_their_difference():
    # Over (y1 - y2)/sqrt(2), a contrast of length 1, which has the variance vi.mean() + tau2.
    yi, vi, tau2 = np.array([0.2, 0.9]), np.array([0.1, 0.4]), 0.3
    variance = vi.mean() + tau2
    density = np.exp(-(0.7**2 / 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    ours = fit_statistics(yi, vi, [tau2], "REML").log_likelihood[0]
    assert ours == pytest.approx(np.log(density), rel=1e-13)


@pytest.mark.parametrize(("method", "units"), [("ML", 13), ("REML", 12)])
@pytest.mark.parametrize("unit", [1e-7, 3.0, 1e9])
def test_a_change_of_unit_shifts_the_likelihood(method, units, unit):
    ours = fit_statistics(BCG.yi, BCG.vi, [0.3], method).log_likelihood[0]
    scaled = fit_statistics(BCG.yi * unit, BCG.vi * unit**2, [0.3 * unit**2], method)
    shift = units * np.log(unit)
    assert scaled.log_likelihood[0] == pytest.approx(ours - shift, rel=1e-12)


@pytest.mark.parametrize("method", ["REML", "ML", "EE"])
def test_a_padded_batch_equals_its_rows_one_by_one(method):
    chosen = [case for case in CASES if len(case.yi) < 60]
    width = max(len(case.yi) for case in chosen) + 2
    yi, vi = np.full((2, len(chosen), width), np.nan)
    for row, case in enumerate(chosen):
        where = np.random.default_rng(row).permutation(width)[: len(case.yi)]
        yi[row, where], vi[row, where] = case.yi, case.vi
    tau2 = pool(yi, vi, tau2_method=method).tau2
    batch = fit_statistics(yi, vi, tau2, method)
    for row, case in enumerate(chosen):
        alone = fit_statistics(case.yi, case.vi, tau2[row], method)
        for name in vars(alone):
            ours, single = getattr(batch, name)[row], getattr(alone, name)[0]
            assert_close(ours, single, floor=1.0, relative=1e-12)


def test_one_study_has_no_restricted_likelihood_to_compare():
    fit = fit_statistics([0.3], [0.02], [0.0], "REML")
    assert (fit.log_likelihood[0], fit.aic[0], fit.bic[0]) == (0, 4, -np.inf)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_statistics([1, 2], [1, 1], [0.1], "ml"), "one of REML, DL, EE, ML"),
        (lambda: fit_statistics([1, 2], [1, 0], [0.1], "ML"), "vi must be positive"),
        (lambda: fit_statistics([1, 2], [1, 1], [-1.0], "ML"), "tau2 must be 1 finite"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
