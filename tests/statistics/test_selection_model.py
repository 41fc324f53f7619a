"""The three-parameter selection model against metafor, its own likelihood, and its properties."""

import numpy as np
import pytest
from metafor_reference import assert_close
from scipy.special import ndtr, ndtri
from small_study_reference import BY_NAME, FUNNELS, Funnel, label
from strataforest.pooling import pool
from strataforest.small_study.selection_likelihood import Selected, derivatives
from strataforest.small_study.selection_model import DELTA_MAX, selection_model

CUTS = {"step_0.025": 0.025, "step_0.05": 0.05}
FITS = [(c, cut, c.figures["selmodel"][step]) for c in FUNNELS for step, cut in CUTS.items()]
# metafor's optimiser stops on a lower maximum of the likelihood.
ON_LOWER_MAXIMUM = {("ext_cycling1", 0.025), ("ext_k3", 0.025), ("li2007", 0.025)}


def one_sided_p(case):
    """Small on the side of the common-effect estimate."""
    return ndtr(-np.sign((case.yi / case.vi).sum()) * case.yi / np.sqrt(case.vi))


def estimable(case, cut):
    return 0 < (one_sided_p(case) <= cut).sum() < len(case.yi)


def log_likelihood(case, alternative, cut, mu, tau2, delta):
    """As the textbook writes it: density times weight over its integral, study by study."""
    sign = -1 if alternative == "less" else 1
    total = 0.0
    for y, v in zip(sign * case.yi, case.vi, strict=True):
        s = np.sqrt(v + tau2)
        below = ndtr((-ndtri(cut) * np.sqrt(v) - sign * mu) / s)
        weight = 1.0 if ndtr(-y / np.sqrt(v)) <= cut else delta
        density = np.exp(-((y - sign * mu) ** 2) / (2 * s * s)) / (s * np.sqrt(2 * np.pi))
        total += np.log(weight * density / (1 - below + delta * below))
    return total


AGREEING = [
    (case, cut, figures)
    for case, cut, figures in FITS
    if "error" not in figures and estimable(case, cut) and (case.name, cut) not in ON_LOWER_MAXIMUM
]


@pytest.mark.parametrize(("case", "cut", "figures"), AGREEING, ids=label)
def test_fit_of_metafor(case, cut, figures):
    # 1e-5: metafor's is a numerical optimiser, which is never above ours but for rounding.
    found = selection_model(case.yi, case.vi, cut=cut)
    floor = np.median(case.vi)
    assert found.converged
    assert found.alternative == figures["alternative"]
    assert found.log_likelihood >= figures["ll"] - 1e-12 * max(1, abs(figures["ll"]))
    assert_close(found.log_likelihood, figures["ll"], floor=1, relative=1e-8)
    assert_close(found.estimate, figures["b"], relative=1e-5)
    assert_close(found.tau2, figures["tau2"], floor=floor, relative=1e-5)
    assert_close(found.delta, figures["delta"][1], relative=1e-5)
    assert_close(found.lrt, figures["LRT"], floor=1, relative=1e-7)
    assert_close(found.lrt_p, figures["LRTp"], relative=1e-5)
    if found.tau2 > 0:
        assert_close(found.se, figures["se"], relative=1e-5)
        assert_close(found.se_tau2, figures["se_tau2"], floor=floor, relative=1e-5)
        assert_close(found.se_delta, figures["se_delta"][1], relative=1e-5)
        assert_close(found.p_value, figures["pval"], relative=1e-4)
        assert_close(found.ci_low, figures["ci_lb"], floor=found.se, relative=1e-5)
        assert_close(found.ci_high, figures["ci_ub"], floor=found.se, relative=1e-5)
    else:
        # At the boundary metafor differentiates across it by differences, and ours holds tau2.
        assert np.isnan(found.se_tau2)
        assert found.se > 0


def test_what_is_compared():
    assert len(AGREEING) >= 60
    assert {(c.name, cut) for c, cut, f in FITS if (c.name, cut) in ON_LOWER_MAXIMUM} == (
        ON_LOWER_MAXIMUM
    )
    # delta = 100 in both programs: the likelihood rises on.
    bound = [c.name for c, cut, f in AGREEING if f["delta"][1] > 99.9]
    assert bound == ["ext_dominating"] * 2
    case = BY_NAME["ext_dominating"]
    assert selection_model(case.yi, case.vi).at_bound
    assert not selection_model(BY_NAME["bcg"].yi, BY_NAME["bcg"].vi).at_bound


@pytest.mark.parametrize(("name", "cut"), sorted(ON_LOWER_MAXIMUM))
def test_metafor_stops_on_a_lower_maximum(name, cut):
    case = BY_NAME[name]
    theirs = next(f for c, at, f in FITS if (c.name, at) == (name, cut))
    found = selection_model(case.yi, case.vi, cut=cut)
    arguments = (case, found.alternative, cut)
    ours = log_likelihood(*arguments, found.estimate, found.tau2, found.delta)
    assert ours == pytest.approx(found.log_likelihood, rel=1e-10)
    lower = log_likelihood(*arguments, theirs["b"], theirs["tau2"], theirs["delta"][1])
    assert lower == pytest.approx(theirs["ll"], rel=1e-8)
    assert ours > lower + 0.1
    assert found.converged


# Simulated sets with two maxima, one at tau2 = 0, and the higher one: mu, tau2, delta.
TWO_MAXIMA = [
    (
        [-0.24, -0.42, -0.25, -2.13, 0.91, -0.31, 0.51, -0.28, -0.21, -0.51],
        [0.45, 0.16, 0.1, 1.21, 0.37, 1.37, 0.56, 0.43, 0.5, 0.37],
        (-0.1225, 0.0315, 0.3911),
    ),
    (
        [-0.4, 0.43, -1.0, -1.23, -0.34, -1.35],
        [0.21, 0.57, 0.57, 0.42, 0.2, 1.02],
        (-0.709, 0.02764, 9.603),
    ),
    ([1.72, 3.45, 0.42, 0.18, 1.93], [1.39, 1.32, 0.25, 1.39, 1.29], (1.745, 0.8128, 4.741)),
    ([0.31, 0.84, 0.21, -0.41, -1.33], [0.15, 0.31, 0.08, 0.52, 0.76], (-0.428, 0.1071, 0.0102)),
]


@pytest.mark.parametrize(("yi", "sei", "higher"), TWO_MAXIMA, ids=label)
def test_the_higher_of_two_maxima(yi, sei, higher):
    case = Funnel("made", np.array(yi), np.array(sei) ** 2, None, {})
    found = selection_model(case.yi, case.vi)
    there = log_likelihood(case, found.alternative, 0.025, *higher)
    assert found.converged
    assert there <= found.log_likelihood <= there + 1e-3
    np.testing.assert_allclose([found.estimate, found.tau2, found.delta], higher, rtol=5e-3)


@pytest.mark.parametrize("name", ["bcg", "li2007", "raudenbush1985", "ext_slowfisher2", "hine1989"])
def test_no_point_nearby_or_far_off_is_higher(name):
    case = BY_NAME[name]
    cut = 0.05 if name == "hine1989" else 0.025
    found = selection_model(case.yi, case.vi, cut=cut)
    rng = np.random.default_rng(11)
    spread = case.yi.std()
    for reach in (1e-3, 0.1, 1.0, 3.0):
        for _ in range(60):
            mu = found.estimate + reach * spread * rng.normal()
            tau2 = abs(found.tau2 + reach * spread**2 * rng.normal())
            delta = min(found.delta * np.exp(reach * rng.normal()), DELTA_MAX)
            other = log_likelihood(case, found.alternative, cut, mu, tau2, delta)
            assert other <= found.log_likelihood + 1e-12


@pytest.mark.parametrize("name", ["raudenbush1985", "lau1992", "nielweise2008"])
def test_standard_errors_at_the_boundary_hold_tau2(name):
    # Second differences of the textbook likelihood in (mu, delta) at tau2 = 0.
    case = BY_NAME[name]
    found = selection_model(case.yi, case.vi)
    assert found.tau2 == 0

    def at(i, j):
        mu, delta = found.estimate + i * 1e-3 * found.se, found.delta + j * 1e-3 * found.se_delta
        return log_likelihood(case, found.alternative, 0.025, mu, 0.0, delta)

    mixed = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
    information = -np.array(
        [
            [at(1, 0) - 2 * at(0, 0) + at(-1, 0), mixed],
            [mixed, at(0, 1) - 2 * at(0, 0) + at(0, -1)],
        ]
    )
    # In units of the standard errors themselves: 1 if they are right.
    spread = 1e-3 * np.sqrt(np.linalg.inv(information).diagonal())
    np.testing.assert_allclose(spread, 1.0, rtol=1e-3)


def test_derivatives_are_those_of_the_likelihood():
    case = BY_NAME["bcg"]
    cut = 1.96 * np.sqrt(case.vi)
    data = Selected(-case.yi, case.vi, cut, -case.yi < cut)
    theta = np.array([0.4, 0.2, -0.7])
    _, score, information = (part[0] for part in derivatives(data, theta[None]))
    step = 1e-5
    for i in range(3):
        up, down = (derivatives(data, (theta + s * np.eye(3)[i])[None]) for s in (step, -step))
        assert score[i] == pytest.approx((up[0][0] - down[0][0]) / (2 * step), rel=1e-6)
        slope = (up[1][0] - down[1][0]) / (2 * step)
        np.testing.assert_allclose(-information[i], slope, rtol=1e-6, atol=1e-7)


def test_delta_of_one_is_the_model_without_selection():
    # LRT: twice the gain over the maximum-likelihood fit, the likelihood with delta = 1.
    case = BY_NAME["bcg"]
    found = selection_model(case.yi, case.vi)
    plain = pool(case.yi, case.vi, tau2_method="ML")
    base = log_likelihood(case, "less", 0.025, plain.estimate[0], plain.tau2[0], 1.0)
    assert found.lrt == pytest.approx(2 * (found.log_likelihood - base), rel=1e-9)


@pytest.mark.parametrize("name", ["bcg", "molloy2014", "raudenbush1985", "ext_k3"])
def test_row_order_units_and_sign(name):
    case = BY_NAME[name]
    found = selection_model(case.yi, case.vi)
    order = np.random.default_rng(2).permutation(len(case.yi))
    scale = 1e-7
    other = selection_model(-scale * case.yi[order], scale**2 * case.vi[order])
    assert {found.alternative, other.alternative} == {"less", "greater"}
    assert_close(-other.estimate / scale, found.estimate, floor=found.se)
    assert_close(other.tau2 / scale**2, found.tau2, floor=np.median(case.vi))
    assert_close([other.delta, other.se_delta], [found.delta, found.se_delta])
    assert_close(other.lrt, found.lrt, floor=1)
    assert_close(other.log_likelihood + len(order) * np.log(scale), found.log_likelihood, floor=1)


def test_the_side_can_be_given():
    case = BY_NAME["bcg"]
    given = selection_model(case.yi, case.vi, alternative="less")
    assert given == selection_model(case.yi, case.vi)
    with pytest.raises(ValueError, match=r"all one-sided p-values lie above 0.025"):
        selection_model(case.yi, case.vi, alternative="greater")


def test_missing_small_studies_give_a_delta_below_one():
    # Of 400 studies of effect 0.1, one in ten that are not significant is published.
    rng = np.random.default_rng(8)
    sei = rng.uniform(0.05, 0.3, 400)
    yi = rng.normal(0.1, sei)
    kept = (yi / sei > 1.96) | (rng.random(400) < 0.1)
    found = selection_model(yi[kept], sei[kept] ** 2)
    assert found.delta < 0.5
    assert found.lrt_p < 0.01
    assert abs(found.estimate - 0.1) < abs(pool(yi[kept], sei[kept] ** 2).estimate[0] - 0.1)


SIDES = [(c, cut) for c, cut, _ in FITS if not estimable(c, cut)]


@pytest.mark.parametrize(("case", "cut"), SIDES, ids=label)
def test_studies_on_one_side_of_the_cut_leave_delta_without_estimate(case, cut):
    # metafor refuses if none is above the cut; if none is below, it stops at its bound of 100.
    with pytest.raises(ValueError, match="delta cannot be estimated"):
        selection_model(case.yi, case.vi, cut=cut)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1, 0.9], [0.1, 0.1]), {}, "at least 3 studies, got k = 2"),
        (([[0.1, 0.2]], [[0.1, 0.2]]), {}, "one meta-analysis"),
        (([0.1, np.nan, 0.2], [0.1, np.nan, 0.2]), {}, "no absent entries"),
        (([0.1, 0.9, 0.3], [0.1, 0.1, 0.0]), {}, "vi must be positive"),
        (([0.1, 0.9, 0.3], [0.1, 0.1, 0.1]), {"alternative": "up"}, "alternative must be one of"),
        (([0.1, 0.9, 0.3], [0.1, 0.1, 0.1]), {"cut": 0.0}, "cut must lie between"),
        (([0.1, 0.9, 0.3], [0.1, 0.1, 0.1]), {"level": 1.0}, "level must lie between"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        selection_model(*arguments, **options)
