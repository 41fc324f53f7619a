"""Permutation tests against metafor, against every arrangement done by hand, and in general."""

from itertools import permutations, product

import numpy as np
import pytest
from regression_reference import MODELS, documents
from strataforest.meta_regression.mixed_model import fit_meta_regression
from strataforest.meta_regression.permutation import EXACT_UP_TO, permutation_test

DOCUMENTS = documents("meta_regression")
FLIPS = [
    (document, entry)
    for document in DOCUMENTS.values()
    for entry in document.get("permutest_sign_flip", [])
]
BCG = DOCUMENTS["bcg"]
WEEKS = MODELS["raudenbush1985 ~ weeks"]


def block(value):
    return value["dataset"] if "dataset" in value else f"{value['method']}-{value['test']}"


def options(entry):
    return {"tau2_method": entry["method"], "test": entry["test"]}


@pytest.mark.parametrize(("document", "entry"), FLIPS, ids=block)
def test_sign_flips_of_metafor(document, entry):
    yi, vi = document["yi"], document["vi"]
    found = permutation_test(yi, vi, np.ones((len(yi), 1)), **options(entry))
    assert found.exact and found.converged
    assert found.permutations == entry["exact_iterations"]
    assert found.p_value.tolist() == entry["pval"]
    assert found.qm_p == entry["QMp"]


@pytest.mark.parametrize("entry", BCG["permutest_moderator"]["results"], ids=block)
def test_moderator_permutations_of_metafor(entry):
    x = np.array(BCG["permutest_moderator"]["X_columns"], dtype=float).T
    found = permutation_test(BCG["yi"], BCG["vi"], x, **options(entry))
    assert found.exact and found.converged
    assert found.permutations == entry["exact_iterations"] == 1716
    assert found.p_value.tolist() == entry["pval"]
    assert found.qm_p == entry["QMp"]


@pytest.mark.parametrize("test", ["z", "knha"])
@pytest.mark.parametrize("groups", [[0, 0, 1, 1, 2], [0, 0, 0, 1, 1], [3, 1, 4, 1, 5]])
def test_every_distinct_arrangement_counts_once(test, groups):
    yi, vi = np.array([0.1, 0.7, 0.3, 1.2, 0.6]), np.array([0.02, 0.05, 0.01, 0.08, 0.04])
    x = np.column_stack([np.ones(5), groups])
    distinct = [np.column_stack([np.ones(5), row]) for row in sorted(set(permutations(groups)))]
    fits = [fit_meta_regression(yi, vi, other, test=test) for other in distinct]
    observed = fit_meta_regression(yi, vi, x, test=test)
    least = np.abs(observed.statistic[0]) * (1 - 1e-9)
    share = np.mean([np.abs(fit.statistic[0]) >= least for fit in fits], axis=0)
    found = permutation_test(yi, vi, x, test=test)
    assert found.permutations == len(distinct)
    assert found.p_value.tolist() == share.tolist()


def test_moderators_of_a_study_move_together():
    yi, vi = np.array([0.1, 0.7, 0.3, 1.2, 0.6]), np.array([0.02, 0.05, 0.01, 0.08, 0.04])
    x = np.column_stack([np.ones(5), [1, 2, 3, 4, 5], [0, 1, 0, 0, 1]])
    rows = [x[list(order)] for order in permutations(range(5))]
    qm = [fit_meta_regression(yi, vi, other).qm[0] for other in rows]
    found = permutation_test(yi, vi, x)
    assert found.permutations == 120
    assert found.qm_p == np.mean(np.array(qm) >= qm[0] * (1 - 1e-9))


def test_signs_by_hand():
    # Equal variances: |z| grows with |mean|, and the means of all 2^4 signs can be listed.
    yi = np.array([1.0, 2.0, 4.0, -1.0])
    means = [abs(np.mean(yi * signs)) for signs in product([1, -1], repeat=4)]
    expected = np.mean(np.array(means) >= abs(yi.mean()) - 1e-12)
    found = permutation_test(yi, np.ones(4), np.ones((4, 1)), tau2_method="EE")
    assert found.p_value.tolist() == [expected]


def test_ties_count_whatever_the_unit():
    # Two studies: the two arrangements mirror each other, so p is 1, in any unit of yi.
    x = [[1, 0], [1, 0], [1, 1], [1, 1]]
    yi, vi = np.array([0.1, 0.3, 0.3, 0.1]), np.full(4, 0.013)
    for unit in (1.0, 1e-7, 1e7):
        found = permutation_test(yi * unit, vi * unit**2, x)
        assert found.permutations == 6
        # The slope is 0: every arrangement is at least as far from 0.
        assert found.p_value[1] == found.qm_p == 1


def test_exact_until_there_are_too_many():
    assert EXACT_UP_TO == 10_000
    rng = np.random.default_rng(3)
    for k, exact in ((7, True), (8, False)):  # 7! = 5,040, 8! = 40,320
        x = np.column_stack([np.ones(k), np.arange(k)])
        found = permutation_test(rng.normal(size=k), np.full(k, 0.1), x, tau2_method="EE")
        assert found.exact == exact
        assert found.permutations == (5040 if exact else 10_000)
    for k, exact in ((13, True), (14, False)):  # 2^13 = 8,192
        found = permutation_test(
            rng.normal(size=k), np.full(k, 0.1), np.ones((k, 1)), tau2_method="EE", samples=99
        )
        assert found.exact == exact
        assert found.permutations == (8192 if exact else 99)


def test_a_sampled_p_is_never_0_and_repeats_with_its_seed():
    k = 40
    x = np.column_stack([np.ones(k), np.arange(k)])
    yi = 0.2 * np.arange(k) + np.tile([0.1, -0.1], 20)
    strong = permutation_test(yi, np.full(k, 0.01), x, samples=200)
    assert not strong.exact
    assert strong.p_value[1] == 1 / 201
    assert strong.qm_p == 1 / 201
    one, again, other = (
        permutation_test(WEEKS.yi, WEEKS.vi, WEEKS.x, samples=300, seed=seed) for seed in (1, 1, 2)
    )
    assert one.p_value.tolist() == again.p_value.tolist()
    assert one.p_value.tolist() != other.p_value.tolist()
    assert (one.p_value * 301 % 1 < 1e-9).all() or np.allclose(one.p_value * 301 % 1, 1)


def test_a_sampled_p_is_near_the_exact_one(monkeypatch):
    x = np.array(BCG["permutest_moderator"]["X_columns"], dtype=float).T
    exact = permutation_test(BCG["yi"], BCG["vi"], x)
    monkeypatch.setattr("strataforest.meta_regression.permutation.EXACT_UP_TO", 1715)
    sampled = permutation_test(BCG["yi"], BCG["vi"], x, samples=4000, seed=5)
    assert exact.exact and not sampled.exact
    # Within four standard errors of a share.
    for ours, truth in zip(sampled.p_value, exact.p_value, strict=True):
        assert abs(ours - truth) < 4 * np.sqrt(truth * (1 - truth) / 4000) + 1 / 4001


@pytest.mark.parametrize(
    ("arguments", "extra", "message"),
    [
        (([[0.1, 0.2, 0.4]], [[0.1] * 3], np.ones((3, 1))), {}, "one meta-analysis"),
        (([0.1, np.nan, 0.4], [0.1, np.nan, 0.1], np.ones((3, 1))), {}, "no absent entry"),
        (([0.1, 0.2, 0.4], [0.1] * 3, np.ones((1, 3, 1))), {}, "one meta-analysis"),
        (([0.1, 0.2, 0.4], [0.1] * 3, np.ones((3, 1))), {"samples": 0}, "samples"),
        (([0.1, 0.2, 0.4], [0.1] * 3, np.ones((3, 2))), {}, "singular"),
        (([0.1, 0.2], [0.1] * 2, [[1, 0], [1, 1]]), {}, "need more than 2"),
        (([0.1, 0.2, 0.4], [0.1] * 3, np.ones((3, 1))), {"test": "t"}, "test must be"),
    ],
)
def test_bad_input_is_refused(arguments, extra, message):
    with pytest.raises(ValueError, match=message):
        permutation_test(*arguments, **extra)


def test_a_sample_is_the_same_however_a_factor_is_coded():
    rng = np.random.default_rng(5)
    yi, vi = rng.normal(0.3, 0.5, 14), rng.uniform(0.02, 0.2, 14)
    kind, dose = np.arange(14) % 3, rng.normal(size=14)

    def coded(reference):
        others = [level for level in range(3) if level != reference]
        dummies = [(kind == level).astype(float) for level in others]
        return np.column_stack([np.ones(14), *dummies, dose])

    found = [permutation_test(yi, vi, coded(level), samples=200) for level in range(3)]
    assert not found[0].exact
    assert len({round(test.qm_p, 12) for test in found}) == 1
    assert len({round(float(test.p_value[-1]), 12) for test in found}) == 1
