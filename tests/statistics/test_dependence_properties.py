"""What must hold of cluster-robust tests and correlated effects for any data.

A coefficient that one cluster alone determines has se, statistic, df, p and limits of NaN: it has
no replication (`cluster_robust`). No other number is NaN.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trials import (
    LOPSIDED,
    MIRRORED,
    POWERS,
    RANDOM,
    VARIANCE,
    assert_alike,
    dominated,
    exact,
    exact_least_squares,
    exact_product,
    numbers,
    regressions,
    shuffled,
    standard_error,
    steady,
    trials,
)
from strataforest.dependence.cluster_robust import KINDS, cluster_robust
from strataforest.dependence.correlated_effects import correlated_effects

TESTED = ("se", "statistic", "df", "p_value", "ci_low", "ci_high")
UNIT_OF = {"vcov": 2, "tau2": 2} | dict.fromkeys(("estimate", "se", "ci_low", "ci_high"), 1)


@st.composite
def clustered(draw, variance=VARIANCE):
    yi, vi, x = draw(regressions(moderators=(0, 1), variance=variance))
    labels = draw(st.lists(st.sampled_from("abcdef"), min_size=len(yi), max_size=len(yi)))
    return yi, vi, x, labels


def robust_results(yi, vi, x, labels, tau2, kind):
    return {
        "sandwich": numbers(cluster_robust(yi, vi, x, tau2, labels, kind=kind)),
        "correlated": numbers(correlated_effects(yi, vi, x, labels)),
    }


@steady(60)
@given(clustered(), st.sampled_from(KINDS), st.floats(0, 1), POWERS)
def test_robust_tests_in_any_direction_and_unit(data, kind, tau2, power):
    yi, vi, x, labels = data
    if len(set(labels)) <= x.shape[1]:
        with pytest.raises(ValueError, match="need more clusters"):
            cluster_robust(yi, vi, x, tau2, labels, kind=kind)
        with pytest.raises(ValueError, match="need more clusters"):
            correlated_effects(yi, vi, x, labels)
        return
    unit, plain = 2.0**power, robust_results(yi, vi, x, labels, tau2, kind)
    flipped = robust_results(-yi, vi, x, labels, tau2, kind)
    scaled = robust_results(yi * unit, vi * unit**2, x, labels, tau2 * unit**2, kind)
    for model, found in plain.items():
        unknown = np.isnan(found["se"])
        for name, value in found.items():
            if name in TESTED:
                assert np.array_equal(np.isnan(value), unknown), name
            elif name != "vcov":
                assert np.isfinite(value).all(), name
            sign = -1 if name in (*MIRRORED, "estimate", "statistic") else 1
            expected = sign * found[MIRRORED.get(name, name)]
            assert np.array_equal(flipped[model][name], expected, equal_nan=True), name
            unscaled = scaled[model][name] / unit ** UNIT_OF.get(name, 0)
            # The root of a variance is exact, a product of a variance with a root need not be.
            assert_alike(unscaled, value, 1e-6, name)


@steady(60)
@given(clustered(), st.sampled_from(KINDS), st.floats(0, 1), RANDOM)
def test_order_of_effects_and_names_of_trials_are_irrelevant(data, kind, tau2, random):
    yi, vi, x, labels = data
    assume(len(set(labels)) > x.shape[1])
    order = shuffled(random, len(yi))
    renamed = [f"trial {labels[i]}" for i in order]
    plain = robust_results(yi, vi, x, labels, tau2, kind)
    other = robust_results(yi[order], vi[order], x[order], renamed, tau2, kind)
    for model, found in plain.items():
        # Where the residuals behind a standard error are rounding, so is that.
        if not (found["se"] <= 1e-6 * standard_error(vi)).any():
            for name in ("estimate", "se", "df", "p_value", "ci_low"):
                assert_alike(other[model][name], found[name], 1.0, name)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_one_cluster_is_refused(k):
    yi, vi = np.array([0.1, 0.3, 0.2, 0.7, 0.4])[:k], np.full(k, 0.1)
    for function in (
        lambda: cluster_robust(yi, vi, None, 0.1, ["A"] * k),
        lambda: correlated_effects(yi, vi, None, ["A"] * k),
    ):
        with pytest.raises(ValueError, match="need more clusters than that, got 1"):
            function()


@steady(60)
@given(clustered(), st.floats(0, 1))
def test_single_effects_as_clusters_are_hc2(data, tau2):
    yi, vi, x, _ = data
    ours = cluster_robust(yi, vi, x, tau2, range(len(yi)))
    phi = vi + tau2
    bread = np.linalg.inv(x.T @ (x / phi[:, None]))
    residuals = yi - x @ (bread @ x.T @ (yi / phi))
    leverage = np.einsum("ki,ij,kj->k", x, bread, x) / phi
    known = ~np.isnan(ours.se[0])
    assume((leverage < 1 - 1e-6).all())
    meat = (x.T * (residuals**2 / phi**2 / (1 - leverage))) @ x
    expected = np.sqrt(np.maximum(np.diag(bread @ meat @ bread), 0))
    assert known.all()
    np.testing.assert_allclose(ours.se[0], expected, rtol=1e-7, atol=1e-9 * expected.max())


@steady(80)
@given(trials(smallest=2, variance=LOPSIDED) | dominated(), st.sampled_from(KINDS))
def test_lopsided_clusters_of_one_in_exact_arithmetic(data, kind):
    yi, vi = data
    ours = cluster_robust(yi, vi, None, 0.0, range(len(yi)), kind=kind)
    w, y = [1 / Fraction(float(v)) for v in vi], [Fraction(float(value)) for value in yi]
    total, k = sum(w), len(w)
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / total
    assert ours.estimate.item() == pytest.approx(float(mean), rel=1e-9, abs=1e-9)
    if np.isnan(ours.se.item()):
        # One study with all but 1e-12 of the weight: no replication, by the kernel's own words.
        assert max(w) / total > 1 - Fraction(1, 10**11)
        return
    factor = {"CR0": 1, "CR2": 1}.get(kind, Fraction(k, k - 1))
    rest = [(total - a) / total if kind == "CR2" else 1 for a in w]
    meat = sum((a * (b - mean)) ** 2 / r for a, b, r in zip(w, y, rest, strict=True))
    expected = np.sqrt(float(factor * meat / total**2))
    assert ours.se.item() == pytest.approx(expected, rel=1e-7, abs=1e-14)


def exact_moments(yi, vi, x, labels, rho):
    """tau2 of the correlated-effects model by its docstring, in fractions."""
    studies = {label: [i for i, other in enumerate(labels) if other == label] for label in labels}
    mean_vi = {label: sum(vi[i] for i in own) / len(own) for label, own in studies.items()}
    weights = [1 / (len(studies[label]) * mean_vi[label]) for label in labels]
    _, inverse, residuals = exact_least_squares(yi, weights, x)

    def form(vector):
        return exact_product(vector, [exact_product(row, vector) for row in inverse])

    q = sum(w * r * r for w, r in zip(weights, residuals, strict=True))
    expected, spread = Fraction(len(studies)), Fraction(0)
    for label, own in studies.items():
        weight = weights[own[0]]
        trace = weight * sum(form(x[i]) for i in own)
        total = weight * form([sum(column) for column in zip(*(x[i] for i in own), strict=True)])
        expected -= (trace + rho * (total - trace)) / len(own)
        spread += 1 / mean_vi[label] - weight * total
    return max(Fraction(0), (q - expected) / spread)


@steady(60)
@given(clustered(), st.sampled_from([0, 6, 12, 13, 14]), st.integers(0, 7))
def test_tau2_of_correlated_effects_in_exact_arithmetic(data, power, which):
    yi, vi, x, labels = data
    assume(len(set(labels)) > x.shape[1])
    # One study with all but 1e-15 of the weight still has its term in the denominator of tau2.
    vi[which % len(vi)] *= 10.0**-power
    tau2 = exact_moments(exact(yi), exact(vi), exact(x), labels, Fraction(0.8))
    assert_alike(correlated_effects(yi, vi, x, labels).tau2, [float(tau2)], vi.min())
