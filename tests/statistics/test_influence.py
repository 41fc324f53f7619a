"""Influence diagnostics and the refit without the most influential: metafor, by hand, by limits."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metafor_reference import CI_METHODS, FOLDER, assert_close
from strataforest.diagnostics.influence import influence
from strataforest.diagnostics.without_most_influential import without_most_influential
from strataforest.estimation.batches import as_rows
from strataforest.heterogeneity import cochran_q, heterogeneity
from strataforest.pooling import CI_METHODS as INTERVALS
from strataforest.pooling import TAU2_ESTIMATORS, pool

# Our names, and theirs in the two folders of figures.
ORACLE = {
    "rstudent": "rstudent",
    "rstudent_resid": "rstudent_resid",
    "rstudent_se": "rstudent_se",
    "rstandard": "rstandard",
    "rstandard_resid": "rstandard_resid",
    "rstandard_se": "rstandard_se",
    "dffits": "dffits",
    "cook_d": "cook_d",
    "cov_r": "cov_r",
    "tau2_del": "tau2_del",
    "qe_del": "QE_del",
    "hat": "hat",
    "weight": "weight_pct",
}
BY_METHOD = {
    "rstudent": "rstudent",
    "rstudent_resid": "rstudent_resid",
    "rstudent_se": "rstudent_se",
    "dffits": "dffits",
    "cook_d": "cook.d",
    "cov_r": "cov.r",
    "tau2_del": "tau2.del",
    "qe_del": "QE.del",
    "hat": "hat",
    "weight": "weight",
    "dfbetas": "dfbs",
    "baujat_x": "baujat_x",
    "baujat_y": "baujat_y",
}
# Rounding noise of metafor (1e-15) where all yi are equal, so that each of these is 0.
ZERO_WHERE_IDENTICAL = ("dffits", "cook_d", "dfbetas", "baujat_y")
# metafor's REML figures of this study's residual are missing: its search failed.
METAFOR_WITHOUT_RESIDUAL = {("ext_slowfisher1", 7)}


def documents(folder):
    files = sorted((FOLDER / folder).glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in files]


def named_blocks(folder):
    return [
        pytest.param(data, block, id=f"{data['dataset']}-{block['method']}-{block['test']}")
        for data in documents(folder)
        for block in data["influence"]
    ]


def diagnose(data, method, test):
    yi, vi = np.array(data["yi"]), np.array(data["vi"])
    return influence(yi, vi, tau2_method=method, ci=CI_METHODS[test])


def floor_of(name, data):
    if name == "tau2_del":
        return float(np.median(data["vi"]))
    return 1.0 if name in ZERO_WHERE_IDENTICAL and np.ptp(data["yi"]) == 0 else 0.0


@pytest.mark.parametrize(("data", "block"), named_blocks("influence"))
def test_every_diagnostic_of_metafor(data, block):
    ours = diagnose(data, block["method"], block["test"])
    for name, theirs in ORACLE.items():
        reference = np.array(block[theirs], dtype=float)
        missing = np.flatnonzero(np.isnan(reference))
        assert {(data["dataset"], i) for i in missing} <= METAFOR_WITHOUT_RESIDUAL
        known = ~np.isnan(reference)
        value = getattr(ours, name)
        assert np.isfinite(value).all(), name
        assert_close(value[known], reference[known], floor=floor_of(name, data))
    assert_close(ours.dfbetas, block["dfbs"]["intrcpt"], floor=floor_of("dfbetas", data))
    assert ours.influential.tolist() == block["inf"]
    assert ours.converged.all()


@pytest.mark.parametrize(("data", "block"), named_blocks("influence_by_method"))
def test_every_estimator_and_interval_of_metafor(data, block):
    ours = diagnose(data, block["method"], block["test"])
    for name, theirs in BY_METHOD.items():
        assert_close(getattr(ours, name), block[theirs], floor=floor_of(name, data))
    assert ours.influential.tolist() == block["inf"]


def test_the_figures_by_method_cover_all_that_metafor_has():
    blocks = {
        (block["method"], CI_METHODS[block["test"]])
        for data in documents("influence_by_method")
        for block in data["influence"]
    }
    assert blocks == {(method, ci) for method in TAU2_ESTIMATORS for ci in CI_METHODS.values()}


@pytest.mark.parametrize(
    "data",
    [pytest.param(data, id=data["dataset"]) for data in documents("influence") if "baujat" in data],
)
def test_the_baujat_plot_of_metafor(data):
    ours = diagnose(data, "EE", "z")
    assert_close(ours.baujat_x, data["baujat"]["x"])
    assert_close(ours.baujat_y, data["baujat"]["y"], floor=floor_of("baujat_y", data))
    assert_close(ours.baujat_x.sum(), cochran_q(data["yi"], data["vi"])[0][0])


def by_hand(yi, vi, method, ci):
    """The definitions, a study at a time."""
    full = pool(yi, vi, tau2_method=method, ci=ci)
    weights = 1 / (vi + full.tau2)
    rows = []
    for i in range(len(yi)):
        other_yi, other_vi = np.delete(yi, i), np.delete(vi, i)
        fit = pool(other_yi, other_vi, tau2_method=method, ci=ci)
        tau2, se2 = fit.tau2[0], fit.se[0] ** 2
        other = 1 / (other_vi + tau2)
        s2 = (other * (other_yi - fit.estimate) ** 2).sum() / (len(yi) - 2)
        conditional = s2 if tau2 > 0 and len(yi) > 3 else 1.0
        factors = {"z": 1.0, "hksj": s2, "hksj_adhoc": max(s2, 1.0)}
        s2 = (factors | {"hksj_conditional": conditional})[ci]
        shift = full.estimate[0] - fit.estimate[0]
        hat = weights[i] / weights.sum()
        rows.append(
            {
                "rstudent": (yi[i] - fit.estimate[0]) / np.sqrt(s2 * (vi[i] + tau2) + se2),
                "dffits": shift / np.sqrt(s2 * hat * (vi[i] + tau2)),
                "cook_d": shift**2 / full.se[0] ** 2,
                "cov_r": se2 / full.se[0] ** 2,
                "dfbetas": shift / np.sqrt(s2 / (1 / (vi + tau2)).sum()),
                "baujat_y": shift**2 / se2,
            }
        )
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("ci", INTERVALS)
@pytest.mark.parametrize("name", ["raudenbush1985", "ext_cycling1", "hine1989"])
def test_the_batch_of_refits_is_each_refit_alone(name, ci):
    data = json.loads((FOLDER / "influence" / f"{name}.json").read_text(encoding="utf-8"))
    yi, vi = np.array(data["yi"]), np.array(data["vi"])
    for method in TAU2_ESTIMATORS:
        ours = influence(yi, vi, tau2_method=method, ci=ci)
        for diagnostic, reference in by_hand(yi, vi, method, ci).items():
            # The difference of two estimates near each other: no better than this by hand.
            floor = 1e-3 * np.abs(reference).max()
            assert_close(getattr(ours, diagnostic), reference, floor=floor)


def test_knapp_hartung_uses_the_factor_of_each_refit():
    # Without the outlier the others agree: their factor, not that of all, makes it stand out.
    yi, vi = np.array([0.10, 0.12, 0.11, 0.13, 0.9]), np.full(5, 0.01)
    kh, z = influence(yi, vi, ci="hksj"), influence(yi, vi)
    factor = np.var(yi[:4], ddof=1) / 0.01
    assert kh.rstudent[4] == pytest.approx(z.rstudent[4] / np.sqrt(factor), rel=1e-12)
    assert kh.dffits[4] == pytest.approx(z.dffits[4] / np.sqrt(factor), rel=1e-12)
    assert kh.dfbetas[4] == pytest.approx(z.dfbetas[4] / np.sqrt(factor), rel=1e-12)


EFFECTS = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.001, 2)), min_size=2, max_size=9)
NUMBERS = (*BY_METHOD, "rstandard")


@settings(max_examples=60)
@given(EFFECTS, st.sampled_from(sorted(TAU2_ESTIMATORS)), st.sampled_from(INTERVALS))
def test_a_change_of_unit_by_a_power_of_two_changes_no_diagnostic(data, method, ci):
    yi, vi = np.array(data).T
    ours = influence(yi, vi, tau2_method=method, ci=ci)
    scaled = influence(yi * 2.0**-40, vi * 2.0**-80, tau2_method=method, ci=ci)
    for name in NUMBERS:
        unit = {"tau2_del": 2.0**-80, "rstudent_resid": 2.0**-40, "rstudent_se": 2.0**-40}
        expected = getattr(ours, name) * unit.get(name, 1.0)
        assert np.array_equal(getattr(scaled, name), expected, equal_nan=True), name


def test_order_of_rows_and_a_distant_zero_are_irrelevant():
    yi, vi = np.array([0.5, -0.25, 1.25, 0.75, 0.0]), np.array([0.02, 0.1, 0.3, 0.05, 0.04])
    order = np.array([3, 0, 4, 1, 2])
    ours, other = influence(yi, vi), influence(yi[order] + 2.0**40, vi[order])
    for name in (*NUMBERS, "influential"):
        assert_close(getattr(other, name), getattr(ours, name)[order], relative=1e-10)


def test_two_studies():
    ours = influence([0.0, 1.0], [0.5, 0.5], tau2_method="EE")
    assert ours.rstudent.tolist() == [-1, 1]  # 1 / sqrt(0.5 + 0.5)
    np.testing.assert_allclose(ours.rstandard, [-1, 1], rtol=1e-15)  # 0.5 / sqrt(0.5 * 0.5)
    np.testing.assert_allclose(ours.dffits, [-1, 1], rtol=1e-15)  # 0.5 / sqrt(0.5 * 0.5)
    np.testing.assert_allclose(ours.cook_d, [1, 1], rtol=1e-15)  # 0.25 / 0.25
    np.testing.assert_allclose(ours.cov_r, [2, 2], rtol=1e-15)
    np.testing.assert_allclose(ours.dfbetas, [-1, 1], rtol=1e-15)
    assert ours.tau2_del.tolist() == ours.qe_del.tolist() == [0, 0]
    assert ours.influential.tolist() == [True, True]  # cook_d of 1 is above 0.4549


def test_equal_effects_have_no_influence_but_may_have_leverage():
    ours = influence([0.3] * 5, [0.01, 1.0, 1.0, 1.0, 1.0])
    for name in ("rstudent", "rstandard", "dffits", "cook_d", "dfbetas", "baujat_y"):
        assert getattr(ours, name).tolist() == [0] * 5
    # hat = 100 / 104 is above 3 / 5: the one criterion that is met.
    assert ours.influential.tolist() == [True, False, False, False, False]


def test_knapp_hartung_on_equal_effects_is_undefined_and_flags_leverage_only():
    ours = influence([0.3] * 5, [0.01, 1.0, 1.0, 1.0, 1.0], ci="hksj")
    for name in ("rstudent", "dffits", "cook_d", "cov_r", "dfbetas", "baujat_y"):
        assert np.isnan(getattr(ours, name)).all(), name
    assert ours.rstandard.tolist() == [0] * 5
    assert ours.influential.tolist() == [True, False, False, False, False]


def test_a_dominating_study_keeps_its_digits():
    # Closed forms for the common effect of one study of variance e and two of variance v, with
    # s = 2 e / v: mu = s / (1 + s), se^2 = e / (1 + s), hat = 1 / (1 + s).
    e, v = 1e-17, 3.0
    s = 2 * e / v
    ours = influence([0.0, 1.0, 1.0], [e, v, v], tau2_method="EE")
    assert ours.rstandard_resid[0] == pytest.approx(-s / (1 + s), rel=1e-12)
    assert ours.rstandard_se[0] == pytest.approx(np.sqrt(e * s / (1 + s)), rel=1e-12)
    assert ours.rstudent[0] == pytest.approx(-1 / np.sqrt(e + v / 2), rel=1e-12)
    assert ours.cook_d[0] == pytest.approx((1 / (1 + s)) ** 2 * (1 + s) / e, rel=1e-12)


@pytest.mark.parametrize(
    ("yi", "vi", "study", "criterion"),
    [
        (
            [-0.7, -1.0, -0.5, -0.8, -0.4, -3.1, 1.9],
            [0.1, 1.0, 1.0, 0.1, 0.02, 1.0, 0.02],
            6,
            "dffits",
        ),
        ([-0.3, 0.1, -0.6], [0.02, 0.1, 0.3], 0, "cook_d"),
        ([0.2, 0.0, -0.1, 0.9], [0.02, 0.1, 1.0, 0.3], 0, "hat"),
        ([0.3, 0.1, -0.4], [0.3, 0.1, 0.3], 2, "dfbetas"),
    ],
)
def test_each_criterion_alone_flags_a_study(yi, vi, study, criterion):
    ours = influence(yi, vi, ci="hksj")
    k = len(yi)
    met = {
        "dffits": np.abs(ours.dffits) > 3 / np.sqrt(k - 1),
        "cook_d": ours.cook_d > 0.454936423119572,  # the median of chi-squared with 1 df
        "hat": ours.hat > 3 / k,
        "dfbetas": np.abs(ours.dfbetas) > 1,
    }
    assert [name for name, flags in met.items() if flags.any()] == [criterion]
    assert np.flatnonzero(met[criterion]).tolist() == [study]
    assert np.flatnonzero(ours.influential).tolist() == [study]


@pytest.mark.parametrize(
    ("yi", "vi", "options", "message"),
    [
        ([0.1], [0.1], {}, "influence needs at least two"),
        ([[0.1, 0.2]], [[0.1, 0.2]], {}, "influence takes one meta-analysis"),
        ([0.1, np.nan, 0.2], [0.1, np.nan, 0.2], {}, "influence takes no absent entries"),
        ([0.1, 0.2], [0.1, 0.0], {}, "vi must be positive"),
        ([0.1, 0.2], [0.1, 0.1, 0.1], {}, "must both be"),
        ([0.1, 0.2], [0.1, 0.1], {"tau2_method": "no"}, "tau2_method"),
        ([0.1, 0.2], [0.1, 0.1], {"ci": "knha"}, "ci must be one of"),
    ],
)
def test_bad_input_of_influence_is_refused(yi, vi, options, message):
    with pytest.raises(ValueError, match=message):
        influence(yi, vi, **options)


def bcg():
    data = json.loads((FOLDER / "influence" / "bcg.json").read_text(encoding="utf-8"))
    return np.array(data["yi"]), np.array(data["vi"]), data["influence"][0]["cook_d"]


@pytest.mark.parametrize("n", [1, 4, 10])
def test_the_refit_leaves_out_the_largest_distances(n):
    yi, vi, cook_d = bcg()
    result = without_most_influential(yi, vi, n, ci="hksj", i2="q", level=0.9)
    order = np.argsort(influence(yi, vi, ci="hksj").cook_d)[::-1]
    assert result.dropped.tolist() == order[:n].tolist()
    kept = np.sort(order[n:])
    alone = pool(yi[kept], vi[kept], ci="hksj", level=0.9)
    spread = heterogeneity(yi[kept], vi[kept], alone.tau2, i2="q")
    assert result.k == len(yi) - n
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2"):
        assert getattr(result, name) == pytest.approx(getattr(alone, name)[0], rel=1e-12)
    assert result.i2 == pytest.approx(spread.i2[0], rel=1e-12)
    assert (result.converged, result.reason) == (True, "")
    # metafor's distances of the Wald fit put the same studies first as ours of that fit.
    wald = without_most_influential(yi, vi, n)
    assert wald.dropped.tolist() == np.argsort(cook_d)[::-1][:n].tolist()


def test_too_few_studies_give_a_reason_and_no_number():
    yi, vi, _ = bcg()
    assert without_most_influential(yi, vi, 10).k == 3
    result = without_most_influential(yi, vi, 11)
    assert result.reason == "k = 13: without 11 studies fewer than 3 remain"
    assert len(result.dropped) == 0
    assert result.k is None
    assert result.converged is None
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2"):
        assert np.isnan(getattr(result, name))
    assert without_most_influential(yi, vi, 12, min_k=1).k == 1
    assert without_most_influential([0.1], [0.1], 1).reason


def test_given_distances_decide_with_ties_by_position_and_nan_last():
    yi, vi = [0.1, 0.2, 0.3, 0.4, 0.5], [0.1] * 5
    cook_d = [np.nan, 0.2, 0.7, 0.2, 0.1]
    dropped = [
        without_most_influential(yi, vi, n, min_k=1, cook_d=cook_d).dropped.tolist()
        for n in (1, 2, 4)
    ]
    assert dropped == [[2], [2, 1], [2, 1, 3, 4]]
    result = without_most_influential([0.1] * 40, [0.1] * 40, 12, cook_d=[0.5, 0.7] * 20)
    assert result.dropped.tolist() == list(range(1, 25, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "must be at least 1"),
        ({"min_k": 0}, "must be at least 1"),
        ({"n": 1, "cook_d": [0.1, 0.2]}, "one distance for each of the 4"),
        ({"n": 1, "i2": "no"}, "i2 must be one of"),
        ({"n": 1, "level": 1.0}, "level must lie"),
    ],
)
def test_bad_input_of_the_refit_is_refused(options, message):
    yi, vi = as_rows([0.1, 0.2, 0.3, 0.4], [0.1] * 4)
    with pytest.raises(ValueError, match=message):
        without_most_influential(yi[0], vi[0], **options)
