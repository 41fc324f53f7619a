"""Effect sizes against published worked examples and metafor's escalc."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest import effect_sizes as es

REFERENCE = Path(__file__).parent.parent / "reference"
EXACT = {"rel": 1e-12}

# Stata 16's manual-style exercise: n 30/28, means 10.2/9.1, SDs 2.1/2.4.
ARMS = {"mean1": 10.2, "sd1": 2.1, "n1": 30, "mean2": 9.1, "sd2": 2.4, "n2": 28}
D = es.cohen_d(**ARMS)


def se(e, **choice):
    return float(np.sqrt(es.smd_variance(e, 30, 28, **choice)))


@pytest.mark.parametrize(
    ("found", "printed"),
    [
        (D, 0.4889665),
        (es.hedges_j(56, "approximate") * D, 0.4823885),
        (es.hedges_j(56, "exact") * D, 0.4823835),
        (se(D), 0.2666622),
        (se(D, se="holkinse"), 0.2668002),
        (
            se(
                es.hedges_j(56, "approximate") * D,
                estimator="g",
                se="j_times_d",
                correction="approximate",
            ),
            0.2630748,
        ),
        (se(es.hedges_j(56, "approximate") * D, estimator="g", se="holkinse"), 0.2668330),
        (se(es.hedges_j(56, "exact") * D, estimator="g"), 0.2665588),
    ],
    ids=["d", "g", "g exact", "d ls", "d holkinse", "g stata", "g holkinse", "g metafor ls"],
)
def test_example_stata16_smd(found, printed):
    assert float(found) == pytest.approx(printed, abs=6e-8)


def test_example_stata16_mean_difference():
    args = (10.2, 2.1, 30, 9.1, 2.4, 28)
    for sds, printed in (("unequal", 0.5938975), ("pooled", 0.5911367)):
        yi, vi = es.mean_difference(*args, sds=sds)
        assert float(yi) == pytest.approx(1.1)
        assert float(np.sqrt(vi)) == pytest.approx(printed, abs=6e-8)


def escalc(dataset):
    return json.loads((REFERENCE / "escalc" / f"{dataset}.json").read_text(encoding="utf-8"))


def columns(reference, *names):
    as_float = [[np.nan if v is None else v for v in reference["raw"][n]] for n in names]
    return [np.array(column, float) for column in as_float]


TWO_BY_TWO = [
    (path.stem, measure)
    for path in sorted((REFERENCE / "escalc").glob("*.json"))
    for measure in ("RR", "OR", "RD")
    if measure in json.loads(path.read_text(encoding="utf-8"))["escalc"]
]
MEANS = [
    path.stem
    for path in sorted((REFERENCE / "escalc").glob("*.json"))
    if "SMD" in json.loads(path.read_text(encoding="utf-8"))["escalc"]
]


def test_the_reference_holds_both_families():
    assert len(TWO_BY_TWO) >= 15
    assert len(MEANS) >= 2


@pytest.mark.parametrize(("dataset", "measure"), TWO_BY_TWO)
def test_ratios_agree_with_escalc(dataset, measure):
    reference = escalc(dataset)
    a, n1, c, n2 = columns(reference, "ai", "n1i", "ci", "n2i")
    function = {
        "RR": es.log_risk_ratio,
        "OR": es.log_odds_ratio,
        "RD": es.risk_difference,
    }[measure]
    yi, vi = function(*es.corrected_counts(a, n1, c, n2))
    ref_yi, ref_vi = columns({"raw": reference["escalc"][measure]}, "yi", "vi")
    np.testing.assert_allclose(yi, ref_yi, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(vi, ref_vi, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dataset", MEANS)
@pytest.mark.parametrize("vtype", ["LS", "UB", "AV"])
def test_hedges_g_agrees_with_escalc(dataset, vtype):
    reference = escalc(dataset)
    smd = reference["escalc"]["SMD"][vtype]
    m1, sd1, n1, m2, sd2, n2 = columns(reference, "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
    g = es.hedges_j(n1 + n2 - 2) * es.cohen_d(m1, sd1, n1, m2, sd2, n2)
    ref_yi, ref_vi = columns({"raw": smd}, "yi", "vi")
    np.testing.assert_allclose(g, ref_yi, rtol=1e-12)
    # Under AV metafor prints a variance even where the effect is missing; we leave both missing.
    ref_vi = np.where(np.isnan(ref_yi), np.nan, ref_vi)
    vi = es.smd_variance(g, n1, n2, estimator="g", se=vtype.lower())
    np.testing.assert_allclose(vi, ref_vi, rtol=1e-11)


@pytest.mark.parametrize("dataset", MEANS)
def test_mean_differences_agree_with_escalc(dataset):
    reference = escalc(dataset)
    m1, sd1, n1, m2, sd2, n2 = columns(reference, "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
    for vtype, sds in (("LS", "unequal"), ("HO", "pooled")):
        ref_yi, ref_vi = columns({"raw": reference["escalc"]["MD"][vtype]}, "yi", "vi")
        yi, vi = es.mean_difference(m1, sd1, n1, m2, sd2, n2, sds=sds)
        np.testing.assert_allclose(yi, ref_yi, rtol=1e-12)
        np.testing.assert_allclose(vi, ref_vi, rtol=1e-12)


@pytest.mark.parametrize("dataset", MEANS)
def test_cohen_d_agrees_with_the_derived_reference(dataset):
    reference = escalc(dataset)
    m1, sd1, n1, m2, sd2, n2 = columns(reference, "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
    ref_yi, ref_vi = columns({"raw": reference["escalc"]["cohen_d_derived"]}, "yi", "vi")
    d = es.cohen_d(m1, sd1, n1, m2, sd2, n2)
    np.testing.assert_allclose(d, ref_yi, rtol=1e-11)
    np.testing.assert_allclose(es.smd_variance(d, n1, n2), ref_vi, rtol=1e-11)


means = st.floats(-1e3, 1e3)
sds = st.floats(1e-2, 1e3)
sizes = st.integers(2, 5000)


@given(means, sds, sizes, means, sds, sizes, st.floats(1e-3, 1e3))
def test_swapping_arms_flips_the_sign_and_units_do_not_matter(m1, s1, n1, m2, s2, n2, unit):
    d = es.cohen_d(m1, s1, n1, m2, s2, n2)
    assert es.cohen_d(m2, s2, n2, m1, s1, n1) == pytest.approx(-d, rel=1e-12, abs=1e-12)
    scaled = es.cohen_d(unit * m1, unit * s1, n1, unit * m2, unit * s2, n2)
    assert scaled == pytest.approx(d, rel=1e-9, abs=1e-9)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(50, 500), st.integers(50, 500))
def test_swapping_arms_flips_a_ratio(a, c, n1, n2):
    one = es.log_risk_ratio(*es.corrected_counts(a, n1, c, n2))
    other = es.log_risk_ratio(*es.corrected_counts(c, n2, a, n1))
    assert one[0] == pytest.approx(-other[0], abs=1e-12)
    assert one[1] == pytest.approx(other[1], rel=1e-12, abs=1e-15)


def test_zero_cells_get_half_in_every_cell_of_their_table_only():
    cells = es.corrected_counts(np.array([0, 3]), 10, np.array([2, 4]), 12)
    np.testing.assert_array_equal(np.array(cells).T, [[0.5, 10.5, 2.5, 10.5], [3, 7, 4, 8]])


def test_unknown_choices_are_named():
    with pytest.raises(ValueError, match="expected one of ls"):
        es.smd_variance(0.5, 10, 10, se="lss")
    with pytest.raises(ValueError, match="exact or approximate"):
        es.hedges_j(10, "exakt")
    with pytest.raises(ValueError, match="unequal or pooled"):
        es.mean_difference(1, 1, 10, 1, 1, 10, sds="equal")
    with pytest.raises(ValueError, match="ub"):
        es.smd_variance(0.5, 10, 10, estimator="d", se="ub")


def test_design_effect_of_a_cluster_trial():
    # 1 + (30 - 1) 0.02, by hand.
    assert float(es.design_effect(30, 0.02)) == pytest.approx(1.58, **EXACT)
