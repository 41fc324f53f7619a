"""Cumulative meta-analysis against metafor, a published example and fits made alone; its order."""

import json

import numpy as np
import pytest
from metafor_reference import CI_METHODS, FOLDER, assert_close
from strataforest.diagnostics.cumulative import chronological, cumulative
from strataforest.heterogeneity import heterogeneity
from strataforest.pooling import CI_METHODS as INTERVALS
from strataforest.pooling import TAU2_ESTIMATORS, pool

FIELDS = {
    "estimate": "estimate",
    "se": "se",
    "statistic": "stat",
    "p_value": "pval",
    "ci_low": "ci_lb",
    "ci_high": "ci_ub",
    "q": "Q",
    "q_p": "Qp",
}


def reference(name):
    return json.loads((FOLDER / "influence" / f"{name}.json").read_text(encoding="utf-8"))


BLOCKS = [
    pytest.param(data, block, id=f"{data['dataset']}-{block['method']}-{block['test']}")
    for path in sorted((FOLDER / "influence").glob("*.json"))
    for data in [reference(path.stem)]
    for block in data.get("cumul", [])
]


@pytest.mark.parametrize(("data", "block"), BLOCKS)
def test_every_step_of_metafor(data, block):
    order = np.array(block["order"]) - 1
    # metafor's I2 of a common-effect fit is Q's; it lists no tau2 there.
    common = block["method"] == "EE"
    ours = cumulative(
        data["yi"],
        data["vi"],
        order,
        tau2_method=block["method"],
        ci=CI_METHODS[block["test"]],
        i2="q" if common else "tau2",
    )
    for name, theirs in FIELDS.items():
        assert_close(getattr(ours, name), block[theirs])
    # tau2 and I2 may be 0: known relative to vi, and to 1 percent.
    tau2 = np.zeros(data["k"]) if common else block["tau2"]
    assert_close(ours.tau2, tau2, floor=float(np.median(data["vi"])))
    assert_close(ours.i2, block["I2"], floor=1.0)
    assert ours.order.tolist() == order.tolist()
    assert ours.k.tolist() == list(range(1, data["k"] + 1))
    assert ours.converged.all()


def test_metafor_has_steps_for_all_orders_and_intervals():
    blocks = [block.values[1] for block in BLOCKS]
    assert {(b["method"], b["test"]) for b in blocks} == {
        ("REML", "z"),
        ("REML", "knha"),
        ("EE", "z"),
    }
    assert any(b["order"] != sorted(b["order"]) for b in blocks)


def test_example_lau1992():
    # Lau et al 1992, NEJM 327:248-254: streptokinase after infarction was shown to save lives in
    # 1973, after eight trials of 2432 patients: odds ratio 0.74 (0.59 to 0.92). They pooled by
    # Mantel-Haenszel, so the interval here may differ in the second decimal.
    data = reference("lau1992")
    ours = cumulative(data["yi"], data["vi"], tau2_method="EE")
    assert sum(data["ni"][:8]) == 2432
    assert round(np.exp(ours.estimate[7]), 2) == 0.74
    assert np.exp(ours.ci_low[7]) == pytest.approx(0.59, abs=0.01)
    assert np.exp(ours.ci_high[7]) == pytest.approx(0.92, abs=0.01)
    assert ours.p_value[7] < 0.01 < ours.p_value[6]


@pytest.mark.parametrize("ci", INTERVALS)
@pytest.mark.parametrize("method", sorted(TAU2_ESTIMATORS))
def test_a_step_is_the_fit_of_its_studies_alone(method, ci):
    data = reference("gibson2002")
    yi, vi = np.array(data["yi"]), np.array(data["vi"])
    order = np.random.Generator(np.random.PCG64(4)).permutation(len(yi))
    ours = cumulative(yi, vi, order, tau2_method=method, ci=ci, i2="q", level=0.9)
    for i in range(len(yi)):
        first = order[: i + 1]
        alone = pool(yi[first], vi[first], tau2_method=method, ci=ci, level=0.9)
        for name in ("estimate", "se", "statistic", "ci_low", "ci_high", "p_value"):
            assert_close(getattr(ours, name)[i], getattr(alone, name)[0], relative=1e-11)
        assert_close(ours.tau2[i], alone.tau2[0], floor=vi.min(), relative=1e-11)
        spread = heterogeneity(yi[first], vi[first], alone.tau2, i2="q")
        assert_close(ours.i2[i], spread.i2[0], floor=1.0, relative=1e-11)
        assert_close(ours.q_p[i], spread.q_p[0], relative=1e-11)


def test_the_first_step_is_one_study():
    ours = cumulative([0.3, 0.5], [0.04, 0.09], ci="hksj")
    assert (ours.estimate[0], ours.se[0], ours.tau2[0], ours.i2[0], ours.q[0]) == (
        0.3,
        0.2,
        0,
        0,
        0,
    )
    assert ours.q_p[0] == 1
    assert ours.ci_high[0] == pytest.approx(0.3 + 1.959963984540054 * 0.2, rel=1e-14)
    alone = cumulative([0.3], [0.04])
    assert alone.estimate.tolist() == [0.3]
    assert alone.k.tolist() == [1]


def test_the_order_is_by_year_then_id_and_unknown_years_come_last():
    years = [2010, None, 1999, 2010, float("nan"), 2001.0]
    ids = ["b", "y", "c", "a", "x", "d"]
    assert chronological(years, ids).tolist() == [2, 5, 3, 0, 4, 1]
    # Several effects of a trial stay as they stand.
    assert chronological([2001, 2001, 2001], ["b", "a", "b"]).tolist() == [1, 0, 2]
    assert chronological([], []).tolist() == []


def test_years_without_ids_are_refused():
    with pytest.raises(ValueError, match="a year and an id, got 2 and 1"):
        chronological([2001, 2002], ["a"])


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [1, 2, 3], [0.0, 1.0, 2.0], [[0, 1, 2]]])
def test_what_is_no_order_is_refused(order):
    with pytest.raises(ValueError, match="each of the indices 0 to 2 once"):
        cumulative([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], order)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[0.1, 0.2]], [[0.1, 0.2]]), {}, "cumulative takes one meta-analysis"),
        (([0.1, np.nan], [0.1, np.nan]), {}, "cumulative takes no absent entries"),
        (([], []), {}, "k = 0"),
        (([0.1, 0.2], [0.1, 0.0]), {}, "vi must be positive"),
        (([0.1, 0.2], [0.1, 0.1]), {"tau2_method": "no"}, "tau2_method"),
        (([0.1, 0.2], [0.1, 0.1]), {"i2": "no"}, "i2 must be one of"),
        (([0.1, 0.2], [0.1, 0.1]), {"level": 0.0}, "level must lie"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        cumulative(*arguments, **options)
