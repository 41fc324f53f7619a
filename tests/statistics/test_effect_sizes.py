"""Effect sizes against published worked examples and metafor's escalc."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest import effect_sizes as es
from strataforest import zero_cells

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


def test_example_stata16_smd_of_meta8():
    """The unbiased form, as R's meta prints it: 1/n1 + 1/n2 + (1 - (m-2)/(m J^2)) g^2."""
    j = float(es.hedges_j(56))
    by_hand = 1 / 30 + 1 / 28 + (1 - 54 / (56 * j**2)) * (j * D) ** 2
    assert se(j * D, estimator="g", se="ub") == pytest.approx(np.sqrt(by_hand), rel=1e-14)


def test_example_stata16_mean_difference():
    args = (10.2, 2.1, 30, 9.1, 2.4, 28)
    for sds, printed in (("unequal", 0.5938975), ("pooled", 0.5911367)):
        yi, vi = es.mean_difference(*args, sds=sds)
        assert float(yi) == pytest.approx(1.1)
        assert float(np.sqrt(vi)) == pytest.approx(printed, abs=6e-8)


def load():
    files = sorted((REFERENCE / "escalc").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def named(value):
    """A readable test id of a data set, a measure or an entry's settings."""
    if isinstance(value, dict):
        settings = value["settings"].items()
        return ",".join(f"{k}={v}" for k, v in settings if k != "note") or "default"
    return str(value)


ESCALC = load()
ENTRIES = [
    (dataset, measure, entry)
    for dataset, document in ESCALC.items()
    for measure, entries in document["escalc"].items()
    for entry in entries
]
COUNTS = ("RR", "OR", "RD", "PETO")
FUNCTIONS = {
    "RR": es.log_risk_ratio,
    "OR": es.log_odds_ratio,
    "RD": es.risk_difference,
    "PETO": es.peto_log_odds_ratio,
}
TO = {"only0": "only_zero", "all": "all", "none": "none"}
STANDARDISED = ("SMD", "SMD1")


def of(*measures):
    return [entry for entry in ENTRIES if entry[1] in measures]


def as_arrays(table, *names):
    return [np.array([np.nan if v is None else v for v in table[n]], float) for n in names]


def assert_agrees(found, entry, relative=1e-12):
    """Both yi and vi as the entry's, NaN where it has none."""
    for ours, reference in zip(found, as_arrays(entry, "yi", "vi"), strict=True):
        np.testing.assert_allclose(ours, reference, rtol=relative, atol=1e-14)


def test_the_reference_holds_both_families():
    assert len({dataset for dataset, *_ in of(*COUNTS)}) >= 13
    assert len({dataset for dataset, *_ in of(*STANDARDISED)}) >= 5
    assert {entry["settings"]["to"] for *_, entry in of(*COUNTS)} == set(TO)
    assert True in {entry["settings"]["drop00"] for *_, entry in of(*COUNTS)}


@pytest.mark.parametrize(("dataset", "measure", "entry"), of(*COUNTS), ids=named)
def test_ratios_agree_with_escalc(dataset, measure, entry):
    a, n1, c, n2 = as_arrays(ESCALC[dataset]["raw"], "ai", "n1i", "ci", "n2i")
    settings = entry["settings"]
    table = zero_cells.corrected_counts(a, n1, c, n2, settings["add"], TO[settings["to"]])
    yi, vi = FUNCTIONS[measure](*table)
    gone = zero_cells.no_contrast(a, n1, c, n2) & settings["drop00"]
    yi, vi = np.where(gone, np.nan, yi), np.where(gone, np.nan, vi)
    assert_agrees((yi, vi), entry)


@pytest.mark.parametrize(("dataset", "measure", "entry"), of("OR2DL"), ids=named)
def test_the_smd_of_an_odds_ratio_agrees_with_escalc(dataset, measure, entry):
    a, n1, c, n2 = as_arrays(ESCALC[dataset]["raw"], "ai", "n1i", "ci", "n2i")
    ratio = es.log_odds_ratio(*zero_cells.corrected_counts(a, n1, c, n2))
    assert_agrees(es.smd_from_log_odds_ratio(*ratio), entry)


def arms(dataset):
    return as_arrays(ESCALC[dataset]["raw"], "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")


@pytest.mark.parametrize(("dataset", "measure", "entry"), of(*STANDARDISED), ids=named)
def test_standardised_differences_agree_with_escalc(dataset, measure, entry):
    m1, sd1, n1, m2, sd2, n2 = arms(dataset)
    vtype = entry["settings"]["vtype"]
    if measure == "SMD":
        estimator = "g"
        e = es.hedges_j(n1 + n2 - 2) * es.cohen_d(m1, sd1, n1, m2, sd2, n2)
    else:
        estimator = "glass"
        e = es.hedges_j(n2 - 1) * es.glass_delta(m1, m2, sd2)
    se = {"LS2": "j_times_d"}.get(vtype, vtype.lower())
    vi = es.smd_variance(e, n1, n2, estimator=estimator, se=se)
    if vtype == "AV":
        # metafor prints a variance even where the effect is missing; we leave both missing.
        missing = [v is None for v in entry["yi"]]
        kept = [None if gone else v for v, gone in zip(entry["vi"], missing, strict=True)]
        entry = entry | {"vi": kept}
    assert_agrees((e, vi), entry, relative=1e-11)


@pytest.mark.parametrize(("dataset", "measure", "entry"), of("SMDH"), ids=named)
def test_smds_of_unequal_variances_agree_with_escalc(dataset, measure, entry):
    m1, sd1, n1, m2, sd2, n2 = arms(dataset)
    j = es.hedges_j(n1 + n2 - 2)
    g = j * es.smd_unequal(m1, sd1, m2, sd2)
    # metafor 3.8 puts the corrected effect into the variance, Bonett (and we) the uncorrected one.
    assert_agrees((g, j**2 * es.smd_unequal_variance(g, sd1, n1, sd2, n2)), entry, relative=1e-11)


def test_the_variance_of_an_smd_of_unequal_variances_is_that_of_bonett():
    # By hand: sd 2 and 4, n 11 and 21, so s^2 = 10; d = 1:
    # (16/10 + 256/20)/800 + (4/10 + 16/20)/10 = 0.018 + 0.12
    d = es.smd_unequal(10 + np.sqrt(10), 2, 10, 4)
    assert d == pytest.approx(1)
    assert es.smd_unequal_variance(d, 2, 11, 4, 21) == pytest.approx(0.138, rel=1e-12)


@pytest.mark.parametrize(("dataset", "measure", "entry"), of("MD", "ROM"), ids=named)
def test_differences_and_ratios_of_means_agree_with_escalc(dataset, measure, entry):
    function = {"MD": es.mean_difference, "ROM": es.log_ratio_of_means}[measure]
    sds = {"LS": "unequal", "HO": "pooled"}[entry["settings"]["vtype"]]
    yi, vi = function(*arms(dataset), sds=sds)
    if measure == "ROM":
        # Means of two signs have no ratio; metafor still gives them a variance.
        known = zip(yi, entry["vi"], strict=True)
        entry = entry | {"vi": [None if np.isnan(y) else v for y, v in known]}
    assert_agrees((yi, vi), entry)


@pytest.mark.parametrize(("dataset", "measure", "entry"), of("D2ORL", "cohen_d_derived"), ids=named)
def test_cohen_d_and_its_odds_ratio_agree_with_the_reference(dataset, measure, entry):
    m1, sd1, n1, m2, sd2, n2 = arms(dataset)
    d = es.cohen_d(m1, sd1, n1, m2, sd2, n2)
    found = d, es.smd_variance(d, n1, n2)
    if measure == "D2ORL":
        found = es.log_odds_ratio_from_smd(*found)
    assert_agrees(found, entry, relative=1e-11)


def test_example_hasselblad_hedges1995():
    # Their factor: a ln OR of 1.8138 is one SD of a logistic distribution.
    yi, vi = es.log_odds_ratio_from_smd(1.0, 1.0)
    assert yi == pytest.approx(1.8138, abs=5e-5)
    assert vi == pytest.approx(3.2899, abs=5e-5)


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
    for to in zero_cells.CORRECTIONS[:-1]:
        for function in FUNCTIONS.values():
            one = function(*zero_cells.corrected_counts(a, n1, c, n2, to=to))
            other = function(*zero_cells.corrected_counts(c, n2, a, n1, to=to))
            assert one[0] == pytest.approx(-other[0], abs=1e-12, nan_ok=True)
            assert one[1] == pytest.approx(other[1], rel=1e-12, abs=1e-15, nan_ok=True)


def test_zero_cells_get_half_in_every_cell_of_their_table_only():
    cells = zero_cells.corrected_counts(np.array([0, 3]), 10, np.array([2, 4]), 12)
    np.testing.assert_array_equal(np.array(cells).T, [[0.5, 10.5, 2.5, 10.5], [3, 7, 4, 8]])


def test_the_treatment_arm_correction_sums_to_one_and_knows_no_effect():
    """Sweeting et al. 2004: k_T = 1/(R + 1), k_C = R/(R + 1), R the ratio of control to treated."""
    a, b, c, d = zero_cells.corrected_counts(0, 100, 0, 300, to="treatment_arm")
    assert (a, c) == (pytest.approx(1 / 4), pytest.approx(3 / 4))
    assert (b, d) == (pytest.approx(100 + 1 / 4), pytest.approx(300 + 3 / 4))
    for function in (es.log_risk_ratio, es.log_odds_ratio):
        assert function(a, b, c, d)[0] == pytest.approx(0, abs=1e-12)
    untouched = zero_cells.corrected_counts(1, 100, 2, 300, to="treatment_arm")
    np.testing.assert_array_equal(untouched, (1, 99, 2, 298))
    # Equal arms get the usual half.
    halves = zero_cells.corrected_counts(0, 50, 2, 50, to="treatment_arm")
    np.testing.assert_array_equal(halves, zero_cells.corrected_counts(0, 50, 2, 50))


def test_tables_without_contrast():
    found = zero_cells.no_contrast([0, 10, 0, 3], [10, 10, 10, 10], [0, 20, 20, 4], 20)
    np.testing.assert_array_equal(found, [True, True, False, False])
    assert np.isnan(es.peto_log_odds_ratio(0, 10, 0, 20)).all()


def test_peto_by_hand():
    # Hypergeometric: a = 3 of 10, c = 6 of 10, so E = 4.5, V = 10*10*9*11/(400*19).
    yi, vi = es.peto_log_odds_ratio(3, 7, 6, 4)
    assert vi == pytest.approx(7600 / 9900, rel=1e-14)
    assert yi == pytest.approx(-1.5 * 7600 / 9900, rel=1e-14)


def test_means_of_two_signs_have_no_ratio():
    assert np.isnan(es.log_ratio_of_means(1.0, 1, 10, -1.0, 1, 10)).all()
    assert np.isnan(es.log_ratio_of_means(1.0, 1, 10, 0.0, 1, 10)).all()
    both_negative = es.log_ratio_of_means(-2.0, 1, 10, -1.0, 1, 10)
    assert both_negative[0] == pytest.approx(np.log(2))


def test_an_sd_of_zero_standardises_nothing():
    assert np.isnan(es.glass_delta(1, 2, 0))
    assert np.isnan(es.smd_unequal(1, 0, 2, 0))


@given(means, sds, sizes, means, sds, sizes, st.floats(1e-7, 1e3))
def test_units_do_not_matter_to_any_smd(m1, s1, n1, m2, s2, n2, unit):
    delta = es.glass_delta(m1, m2, s2), es.glass_delta(unit * m1, unit * m2, unit * s2)
    assert delta[1] == pytest.approx(delta[0], rel=1e-9, abs=1e-9)
    d = es.smd_unequal(m1, s1, m2, s2)
    scaled = es.smd_unequal(unit * m1, unit * s1, unit * m2, unit * s2)
    assert scaled == pytest.approx(d, rel=1e-9, abs=1e-9)
    one = es.smd_unequal_variance(d, s1, n1, s2, n2)
    other = es.smd_unequal_variance(d, unit * s1, n1, unit * s2, n2)
    assert other == pytest.approx(one, rel=1e-9)
    # With one SD and size for both arms it is Cohen's d.
    assert es.smd_unequal(m1, s1, m2, s1) == pytest.approx(es.cohen_d(m1, s1, n1, m2, s1, n1))


def test_unknown_choices_are_named():
    with pytest.raises(ValueError, match="expected one of ls"):
        es.smd_variance(0.5, 10, 10, se="lss")
    with pytest.raises(ValueError, match="exact, approximate or none"):
        es.hedges_j(10, "exakt")
    with pytest.raises(ValueError, match="unequal or pooled"):
        es.mean_difference(1, 1, 10, 1, 1, 10, sds="equal")
    with pytest.raises(ValueError, match="unequal or pooled"):
        es.log_ratio_of_means(1, 1, 10, 1, 1, 10, sds="equal")
    with pytest.raises(ValueError, match="expected one of only_zero"):
        zero_cells.corrected_counts(1, 10, 2, 10, to="only0")
    with pytest.raises(ValueError, match="ub"):
        es.smd_variance(0.5, 10, 10, estimator="d", se="ub")


def test_design_effect_of_a_cluster_trial():
    # 1 + (30 - 1) 0.02, by hand.
    assert float(es.design_effect(30, 0.02)) == pytest.approx(1.58, **EXACT)


@pytest.mark.parametrize("m", [2.0, 57.0, 9.9e3, 1e4 + 1, 1e6, 1e9, 2e12])
def test_j_keeps_its_digits_for_large_trials(m):
    # By the recurrence of the gamma function: J(m) J(m+1) = (m-1)/sqrt(m (m+1)).
    product = es.hedges_j(m) * es.hedges_j(m + 1)
    assert product == pytest.approx((m - 1) / math.sqrt(m * (m + 1)), rel=3e-12)
    assert 0 < (1 - es.hedges_j(m)) * m / 0.75 < 1.2
