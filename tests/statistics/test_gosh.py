"""All subsets (GOSH) against metafor and against fits made alone; the sample; the bits."""

import json
from math import comb

import numpy as np
import pytest
from metafor_reference import FOLDER, assert_close
from strataforest.diagnostics.gosh import SUBSETS, gosh
from strataforest.heterogeneity import heterogeneity
from strataforest.pooling import TAU2_ESTIMATORS, pool

RUNS = [
    pytest.param(data, run, id=f"{data['dataset']}-{run['method']}")
    for path in sorted((FOLDER / "gosh").glob("*.json"))
    for data in [json.loads(path.read_text(encoding="utf-8"))]
    for run in data["gosh"]
]


def codes(result):
    """Each subset as the binary number whose bit i is study i."""
    return (result.members() * 2 ** np.arange(result.studies)).sum(axis=1)


def trials(k):
    generator = np.random.Generator(np.random.PCG64(k))
    return generator.normal(0.3, 0.5, k), generator.uniform(0.02, 0.4, k)


@pytest.mark.parametrize(("data", "run"), RUNS)
def test_every_subset_of_metafor(data, run):
    # metafor's I2 of a common-effect fit is Q's.
    i2 = "q" if run["method"] == "EE" else "tau2"
    ours = gosh(data["yi"], data["vi"], tau2_method=run["method"], i2=i2, smallest=1)
    assert codes(ours).tolist() == run["code"]
    assert ours.k.tolist() == run["k"]
    assert_close(ours.estimate, run["estimate"])
    assert_close(ours.tau2, run["tau2"], floor=float(np.median(data["vi"])))
    # The reference's Q of equal effects is rounding noise: these floors are 1 df and 1 percent.
    assert_close(ours.q, run["QE"], floor=1.0)
    assert_close(ours.i2, run["I2"], floor=1.0)
    assert ours.exact
    assert ours.converged.all()


@pytest.mark.parametrize("k", [2, 3, 9, 15])
def test_all_subsets_are_there_once(k):
    yi, vi = trials(k)
    for smallest in (1, 2):
        ours = gosh(yi, vi, tau2_method="EE", smallest=smallest)
        assert ours.exact
        expected = [code for code in range(2**k) if code.bit_count() >= smallest]
        assert codes(ours).tolist() == expected
        assert np.array_equal(ours.k, ours.members().sum(axis=1))
        assert len(ours.k) == sum(comb(k, size) for size in range(smallest, k + 1))


@pytest.mark.parametrize("i2", ["tau2", "q"])
@pytest.mark.parametrize("method", sorted(TAU2_ESTIMATORS))
def test_a_subset_is_the_fit_of_its_studies_alone(method, i2):
    yi, vi = trials(17)
    ours = gosh(yi, vi, tau2_method=method, ci="hksj", i2=i2, subsets=40, seed=3)
    for row, inside in enumerate(ours.members()):
        alone = pool(yi[inside], vi[inside], tau2_method=method, ci="hksj")
        spread = heterogeneity(yi[inside], vi[inside], alone.tau2, i2=i2)
        for name in ("estimate", "se", "p_value"):
            assert_close(getattr(ours, name)[row], getattr(alone, name)[0], relative=1e-11)
        assert_close(ours.tau2[row], alone.tau2[0], floor=vi.min(), relative=1e-11)
        assert_close(ours.q[row], spread.q[0], relative=1e-11)
        assert_close(ours.i2[row], spread.i2[0], floor=1.0, relative=1e-11)


def test_the_last_subset_is_the_full_fit():
    yi, vi = trials(6)
    ours, full = gosh(yi, vi), pool(yi, vi)
    assert ours.members()[-1].all()
    assert ours.estimate[-1] == full.estimate[0]
    assert ours.tau2[-1] == full.tau2[0]


@pytest.mark.parametrize("k", [16, 70])
def test_a_sample_holds_different_subsets_of_at_least_two(k):
    yi, vi = trials(k)
    ours = gosh(yi, vi, tau2_method="DL", seed=5)
    assert not ours.exact
    members = ours.members()
    assert len(np.unique(members, axis=0)) == len(members) == SUBSETS
    assert members.shape == (SUBSETS, k)
    assert ours.packed.shape == (SUBSETS, -(-k // 8))
    assert np.array_equal(ours.k, members.sum(axis=1))
    assert ours.k.min() >= 2
    # Each study in half of the subsets, pairs in a quarter: within 5 standard errors.
    share = members.mean(axis=0)
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(SUBSETS)
    pairs = (members[:, 1:] & members[:, :-1]).mean(axis=0)
    assert np.abs(pairs - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / SUBSETS)


def test_the_seed_decides_the_sample():
    yi, vi = trials(20)
    first, again, other = (gosh(yi, vi, tau2_method="EE", subsets=50, seed=s) for s in (7, 7, 8))
    assert np.array_equal(first.packed, again.packed)
    assert np.array_equal(first.estimate, again.estimate)
    assert not np.array_equal(first.packed, other.packed)


def test_a_sample_may_be_nearly_everything():
    yi, vi = trials(6)
    for smallest, all_of_them in ((1, 63), (2, 57)):
        ours = gosh(yi, vi, tau2_method="EE", smallest=smallest, subsets=all_of_them - 1)
        assert not ours.exact
        assert len(set(codes(ours))) == all_of_them - 1
        assert ours.k.min() == smallest
        assert gosh(yi, vi, tau2_method="EE", smallest=smallest, subsets=all_of_them).exact


def test_the_sample_stays_the_same_in_later_versions():
    # The lowest 20 bits of what numpy's PCG64(1) puts out, which it promises to keep.
    yi, vi = trials(20)
    ours = gosh(yi, vi, tau2_method="EE", subsets=4, seed=1)
    assert codes(ours).tolist() == [189695, 174182, 792781, 815058]


def test_two_studies_have_one_subset():
    ours = gosh([0.1, 0.9], [0.02, 0.05])
    assert ours.k.tolist() == [2]
    assert ours.estimate[0] == pool([0.1, 0.9], [0.02, 0.05]).estimate[0]


def test_single_studies_have_no_heterogeneity():
    for i2 in ("tau2", "q"):
        ours = gosh([0.1, 0.9], [0.02, 0.05], smallest=1, i2=i2)
        assert ours.estimate[:2].tolist() == [0.1, 0.9]
        for name in ("tau2", "i2", "q"):
            assert getattr(ours, name)[:2].tolist() == [0, 0]


def test_an_outlier_splits_the_estimates():
    yi, vi = np.array([0.0, 0.1, -0.1, 0.05, 5.0]), np.full(5, 0.01)
    ours = gosh(yi, vi)
    inside = ours.members()[:, 4]
    assert ours.estimate[inside].min() > 10 * np.abs(ours.estimate[~inside]).max()
    assert ours.tau2[inside].min() > 10 * ours.tau2[~inside].max()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0.1], [0.1]), {}, "gosh needs at least two"),
        (([[0.1, 0.2]], [[0.1, 0.2]]), {}, "gosh takes one meta-analysis"),
        (([0.1, np.nan], [0.1, np.nan]), {}, "gosh takes no absent entries"),
        (([0.1, 0.2], [0.1, -1.0]), {}, "vi must be positive"),
        (([0.1, 0.2], [0.1, 0.1]), {"smallest": 0}, "smallest must be 1 or 2"),
        (([0.1, 0.2], [0.1, 0.1]), {"smallest": 3}, "smallest must be 1 or 2"),
        (([0.1, 0.2], [0.1, 0.1]), {"subsets": 0}, "subsets at least 1"),
        (([0.1, 0.2], [0.1, 0.1]), {"seed": -1}, "seed at least 0"),
        (([0.1, 0.2], [0.1, 0.1]), {"i2": "no"}, "i2 must be one of"),
        (([0.1, 0.2], [0.1, 0.1]), {"tau2_method": "no"}, "tau2_method"),
        (([0.1, 0.2], [0.1, 0.1]), {"ci": "no"}, "ci must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        gosh(*arguments, **options)
