"""Subgroup tests against metafor, and against the definitions."""

import numpy as np
import pytest
from metafor_reference import CI_METHODS, assert_close
from regression_reference import documents
from strataforest.meta_regression.subgroups import common_subgroups, separate_subgroups
from strataforest.pooling import pool
from strataforest.tables.subgroup_tests import subgroup_rows


def _splits():
    """Every split of a data set into groups; group names come from the regression's columns."""
    for dataset, document in documents("dependence").items():
        for split in document.get("subgroup", []):
            if "error" in split:
                continue
            rows = np.array(split["index_used"]) - 1
            columns = np.array(split["common_tau2"]["X_columns"])
            which = (columns[1:] * np.arange(1, len(columns))[:, None]).sum(axis=0)
            # Ours are in sorted order: a number before the name keeps metafor's.
            names = [f"{i} {name}" for i, name in enumerate(split["levels"])]
            yield pytest.param(
                np.array(document["yi"])[rows],
                np.array(document["vi"])[rows],
                [names[i] for i in which],
                split,
                id=f"{dataset}-{split['label']}",
            )


SPLITS = list(_splits())


@pytest.mark.parametrize(("yi", "vi", "groups", "split"), SPLITS)
def test_separate_tau2_of_metafor(yi, vi, groups, split):
    for reference in split["separate_tau2"]:
        i2 = "q" if reference["method"] == "EE" else "tau2"
        ours = separate_subgroups(
            yi,
            vi,
            groups,
            tau2_method=reference["method"],
            ci=CI_METHODS[reference["test"]],
            i2=i2,
        )
        assert ours.k.tolist() == reference["k"]
        assert_close(ours.estimate, reference["b"])
        assert_close(ours.se, reference["se"])
        # A limit may lie near 0: it is known to the standard error.
        assert_close(ours.ci_low, reference["ci_lb"], floor=max(reference["se"]))
        assert_close(ours.ci_high, reference["ci_ub"], floor=max(reference["se"]))
        assert_close(ours.p_value, reference["pval"])
        assert_close(ours.tau2, reference["tau2"], floor=np.median(vi))
        assert_close(ours.i2, reference["I2"], floor=1e-3)
        assert_close(ours.q, reference["QE"])
        assert_close(ours.q_p, reference["QEp"])
        assert_close(ours.q_between, reference["Q_between"])
        assert ours.q_between_df == reference["Q_between_df"]
        assert_close(ours.q_between_p, reference["Q_between_p"])


@pytest.mark.parametrize(("yi", "vi", "groups", "split"), SPLITS)
def test_common_tau2_of_metafor(yi, vi, groups, split):
    for reference in split["common_tau2"]["fits"]:
        ci = CI_METHODS[reference["test"]]
        ours = common_subgroups(yi, vi, groups, tau2_method=reference["method"], ci=ci)
        assert_close(ours.q_between, reference["QM"])
        assert_close(ours.q_between_p, reference["QMp"])
        assert ours.q_between_df == reference["QM_df"][0]
        assert_close(ours.q_between_df2, reference["df"])
        assert_close(ours.tau2, [reference["tau2"]] * len(ours.levels), floor=np.median(vi))
        differences = ours.estimate[1:] - ours.estimate[0]
        assert_close(differences, reference["b"][1:], floor=max(reference["se"]))
        assert_close(ours.se[0], reference["se"][0])


YI, VI = np.array([0.1, 0.4, 0.9, 0.6, 1.5, 0.2]), np.array([0.02, 0.05, 0.04, 0.03, 0.06, 0.1])


def test_levels_are_pooled_alone_and_small_ones_listed():
    groups = ["b", "b", "a", "a", "a", "c"]
    found = separate_subgroups(YI, VI, groups, ci="hksj")
    assert found.levels == ["a", "b"]
    assert found.left_out == {"c": 1}
    alone = pool(YI[2:5], VI[2:5], ci="hksj")
    np.testing.assert_allclose(found.estimate[0], alone.estimate[0], rtol=1e-12)
    np.testing.assert_allclose(found.ci_low[0], alone.ci_low[0], rtol=1e-12)
    common = common_subgroups(YI, VI, groups)
    assert common.left_out == {"c": 1}
    assert common.k.tolist() == [3, 2]


def test_single_studies_take_part_on_request():
    found = separate_subgroups(YI, VI, list("bbaaac"), min_effects=1)
    assert found.levels == ["a", "b", "c"]
    assert found.k.tolist() == [3, 2, 1]
    assert found.left_out == {}
    np.testing.assert_allclose([found.estimate[2], found.se[2]], [0.2, np.sqrt(0.1)], rtol=1e-12)
    weights = 1 / found.se**2
    mean = (weights * found.estimate).sum() / weights.sum()
    between = (weights * (found.estimate - mean) ** 2).sum()
    np.testing.assert_allclose(found.q_between, between, rtol=1e-12)
    assert found.q_between_df == 2


def test_two_groups_differ_as_a_z_test_says():
    found = separate_subgroups(YI, VI, list("aaabbb"))
    z = (found.estimate[0] - found.estimate[1]) / np.hypot(*found.se)
    np.testing.assert_allclose(found.q_between, z**2, rtol=1e-12)


def test_the_conditional_interval_follows_tau2():
    for yi, ci in ((YI, "hksj"), (YI / 100, "z")):
        found = common_subgroups(yi, VI, list("aaabbb"), ci="hksj_conditional")
        plain = common_subgroups(yi, VI, list("aaabbb"), ci=ci)
        assert (found.tau2[0] > 0) == (ci == "hksj")
        assert found.q_between_p == plain.q_between_p
        assert found.ci_low.tolist() == plain.ci_low.tolist()


def test_row_order_and_units_are_irrelevant():
    groups = list("abacbb")
    order = [3, 0, 5, 1, 4, 2]
    for function in (separate_subgroups, common_subgroups):
        found = function(YI, VI, groups, min_effects=1)
        shuffled = function(YI[order], VI[order], [groups[i] for i in order], min_effects=1)
        np.testing.assert_allclose(shuffled.estimate, found.estimate, rtol=1e-10)
        np.testing.assert_allclose(shuffled.q_between, found.q_between, rtol=1e-9)
        unit = 2.0**-24
        small = function(YI * unit, VI * unit**2, groups, min_effects=1)
        assert np.array_equal(small.estimate, found.estimate * unit)
        assert small.q_between == found.q_between


def test_a_standard_error_of_zero_leaves_no_test():
    # Equal effects under hksj: an infinite weight would decide alone.
    found = separate_subgroups([0.3, 0.3, 0.1, 0.6], [0.1] * 4, list("aabb"), ci="hksj")
    assert found.se[0] == 0
    assert np.isnan(found.q_between) and np.isnan(found.q_between_p)


def test_equal_groups_do_not_differ():
    for function in (separate_subgroups, common_subgroups):
        found = function([0.3, 0.5, 0.3, 0.5], [0.1, 0.2, 0.1, 0.2], list("aabb"))
        assert abs(found.q_between) < 1e-20
        assert found.q_between_p == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("groups", "options", "message"),
    [
        ("aaaaab", {}, "two levels with 2 effects"),
        ("aaaaaa", {"min_effects": 1}, "two levels with 1 effects"),
        ("aabb", {}, "a group for each effect"),
        ("aaabbb", {"min_effects": 0}, "min_effects >= 1"),
        ("aaabbb", {"ci": "no"}, "ci must be one of"),
        ("aaabbb", {"tau2_method": "no"}, "tau2_method must be one of"),
    ],
)
def test_bad_input_is_refused(groups, options, message):
    for function in (separate_subgroups, common_subgroups):
        with pytest.raises(ValueError, match=message):
            function(YI, VI, list(groups), **options)


def test_absent_effects_and_batches_are_refused():
    with pytest.raises(ValueError, match="no effect absent"):
        separate_subgroups([0.1, np.nan, 0.2], [0.1, np.nan, 0.1], list("aab"))
    with pytest.raises(ValueError, match="one meta-analysis"):
        separate_subgroups([[0.1, 0.2]], [[0.1, 0.1]], list("ab"))


def test_the_table_tests_platforms_as_the_interval_says():
    """Where tau2 is 0 Cochrane's conditional interval is z: so is its test of subgroups."""
    grouping = {"platform": ["platform"]}
    index = [{"analysis": "platform", "stratum": s, "platform": s} for s in ("chat", "mail")]
    for scale, is_f in ((1, True), (1 / 100, False)):
        effects = np.array(YI) * scale
        fits = {
            ("platform", name): {
                "k": 3,
                "measure": "SMD",
                "favourable": "positive",
                "preset": {"pooling": {"ci": "hksj_conditional", "tau2": "REML", "level": 0.95}},
                "studies": {
                    "yi": effects[part],
                    "vi": np.array(VI)[part],
                    "study_id": [f"T{i}" for i in range(6)][part],
                },
            }
            for name, part in (("chat", slice(0, 3)), ("mail", slice(3, 6)))
        }
        _, common = subgroup_rows(index, fits, grouping)
        assert common["model"] == "common_tau2" and common["status"] == "tested"
        assert (common["df2"] is not None) == is_f
