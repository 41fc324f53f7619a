"""Trim and fill against metafor, and by its properties."""

import numpy as np
import pytest
from metafor_reference import assert_close
from small_study_reference import BY_NAME, FUNNELS, label, stored
from strataforest.pooling import pool
from strataforest.small_study.trim_and_fill import _settle, trim_and_fill

TIES = stored("trim_and_fill_ties")["data_sets"]
# Ties of yi: metafor breaks them by row, ours by vi; compared on sorted rows in TIES.
TIED = set(TIES) | {"ext_identical_yi"}
ROWS = [(case, row) for case in FUNNELS for row in case.figures["trimfill"]]
COMPARED = [(c, row) for c, row in ROWS if "error" not in row and c.name not in TIED]
FAILED = [(c, row) for c, row in ROWS if "error" in row]


def run(case, row, **options):
    return trim_and_fill(
        case.yi,
        case.vi,
        estimator=row["estimator"],
        tau2_method=row["method"],
        # metafor prints EE's I2 from Q.
        i2="q" if row["method"] == "EE" else "tau2",
        **options,
    )


@pytest.mark.parametrize(("case", "row"), COMPARED, ids=label)
def test_fill_and_refit_of_metafor(case, row):
    found = run(case, row, side=row["side_asked"])
    assert (found.side, found.k0, found.k) == (row["side"], row["k0"], row["k"])
    for ours, reference in ((found.se_k0, row["se_k0"]), (found.p_k0, row["p_k0"])):
        if reference is None:
            assert np.isnan(ours)
        else:
            assert_close(ours, reference)
    assert_close(found.estimate, row["b"])
    assert_close(found.se, row["se"])
    assert_close(found.statistic, row["zval"])
    assert_close(found.p_value, row["pval"])
    assert_close([found.ci_low, found.ci_high], [row["ci_lb"], row["ci_ub"]])
    assert_close(found.tau2, row["tau2"], floor=np.median(case.vi))
    assert_close([found.i2, found.q, found.q_p], [row["I2"], row["QE"], row["QEp"]])
    assert_close(found.filled_yi, row["filled_yi"])
    assert_close(found.filled_vi, row["filled_vi"])
    assert found.converged


@pytest.mark.parametrize(
    ("name", "row"), [(name, row) for name, rows in TIES.items() for row in rows], ids=label
)
def test_tied_effects_rank_by_their_variance(name, row):
    case = BY_NAME[name]
    found = run(case, row)
    assert (found.side, found.k0) == (row["side"], row["k0"])
    assert_close(found.se_k0, row["se_k0"])
    assert_close([found.estimate, found.se], [row["b"], row["se"]])
    assert_close(found.q, row["QE"])
    assert_close(found.filled_yi, row["filled_yi"], floor=1e-6)
    assert_close(found.filled_vi, row["filled_vi"])


def test_ties_are_why_those_sets_stand_apart():
    repeated = {c.name for c in FUNNELS if len(np.unique(c.yi)) < len(c.yi)}
    assert repeated == TIED


@pytest.mark.parametrize(("case", "row"), FAILED, ids=label)
def test_where_metafor_fails_there_is_a_result_or_a_reason(case, row):
    # Q0's root of a negative number is a failure of the method: a named error. The others are of
    # the program: convergence, an absolute tolerance, an empty set of negative ranks.
    undefined = row["error"].startswith("missing value") and case.name != "ext_identical_yi"
    if undefined:
        with pytest.raises(ValueError, match="Q0 is undefined"):
            run(case, row, side=row["side_asked"])
    else:
        found = run(case, row, side=row["side_asked"])
        refit = pool(
            np.concatenate([case.yi, found.filled_yi]),
            np.concatenate([case.vi, found.filled_vi]),
            tau2_method=row["method"],
        )
        assert found.estimate == refit.estimate[0]
        assert 0 <= found.k0 < len(case.yi)
        if case.name == "ext_identical_yi":
            assert found.k0 == 0


def test_tiny_units_change_nothing():
    # ext_tiny_scale has variances of 1e-14, which metafor takes for a design not of full rank.
    case = BY_NAME["ext_tiny_scale"]
    for estimator in ("L0", "R0", "Q0"):
        small = trim_and_fill(case.yi, case.vi, estimator=estimator)
        large = trim_and_fill(case.yi * 2.0**23, case.vi * 2.0**46, estimator=estimator)
        assert (small.k0, small.side) == (large.k0, large.side)
        assert_close(small.estimate * 2.0**23, large.estimate, relative=1e-13)
        assert small.p_value == pytest.approx(large.p_value, rel=1e-10)


@pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])
@pytest.mark.parametrize("name", ["begg1989", "hackshaw1998", "ext_near_singular", "dorn2007"])
def test_row_order_is_irrelevant_and_a_mirrored_funnel_gives_the_mirror_image(name, estimator):
    case = BY_NAME[name]
    found = trim_and_fill(case.yi, case.vi, estimator=estimator)
    order = np.random.default_rng(5).permutation(len(case.yi))
    other = trim_and_fill(case.yi[order], case.vi[order], estimator=estimator)
    assert (other.k0, other.side) == (found.k0, found.side)
    assert_close(other.estimate, found.estimate, relative=1e-10)
    mirror = trim_and_fill(-case.yi, case.vi, estimator=estimator)
    assert mirror.k0 == found.k0
    assert {mirror.side, found.side} == {"left", "right"}
    assert_close(-mirror.estimate, found.estimate, relative=1e-10)


def test_filled_studies_mirror_the_trimmed_ones():
    # Equal vi; the last two far out. Trimmed to the first six, whose mean is 0: mirrored there.
    yi = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 5.0, 6.0])
    found = trim_and_fill(yi, np.ones(8), side="left", tau2_method="EE", estimator="R0")
    assert found.k0 in (1, 2)
    centre = yi[: 8 - found.k0].mean()
    np.testing.assert_allclose(found.filled_yi, 2 * centre - yi[8 - found.k0 :], rtol=1e-13)
    assert found.filled_vi.tolist() == [1.0] * found.k0
    assert found.p_k0 == 0.5 ** (found.k0 + 1)


def test_two_and_three_studies_need_a_side_or_have_one():
    # By hand: ranks -1, 2, L0 = (8 - 6) / 3, one missing; it mirrors 0.9 at 0.1.
    found = trim_and_fill([0.1, 0.9], [0.1, 0.2], side="left")
    assert (found.k0, found.k) == (1, 3)
    np.testing.assert_allclose(found.filled_yi, [-0.7], rtol=1e-14)
    assert trim_and_fill([0.1, 0.9, 0.3], [0.1, 0.2, 0.3]).side in ("left", "right")


def test_a_circle_is_reported(monkeypatch):
    # Fake estimates 0 -> 1 -> 2 -> 1: no data set seen goes round, but nothing forbids it.
    answers = iter([1.0, 2.0, 1.0, 2.0])
    monkeypatch.setattr("strataforest.small_study.trim_and_fill._missing", lambda *_: next(answers))
    with pytest.raises(ValueError, match="L0 does not settle: k0 = 1, 2,"):
        _settle(np.arange(5.0), np.ones(5), "L0", "EE")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1], [0.1]), {}, "at least 2 studies, got k = 1"),
        (([0.1, 0.2], [0.1, 0.2]), {}, "side auto has no slope"),
        (([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]), {}, "side auto has no slope.*same in all studies"),
        (([[0.1, 0.2]], [[0.1, 0.2]]), {}, "one meta-analysis"),
        (([0.1, np.nan], [0.1, np.nan]), {}, "no absent entries"),
        (([0.1, 0.2], [0.1, 0.2]), {"estimator": "S0"}, "estimator must be one of"),
        (([0.1, 0.2], [0.1, 0.2]), {"side": "up"}, "side must be one of"),
        (([0.1, 0.2], [0.1, 0.2]), {"tau2_method": "no"}, "tau2_method must be one of"),
        (([0.1, 0.2], [0.1, 0.2]), {"side": "left", "i2": "no"}, "i2 must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        trim_and_fill(*arguments, **options)
