"""Every preset on the same data: the digits each program prints, and why they differ."""

import math

import numpy as np
import pytest
from metafor_reference import BY_NAME, assert_close
from scipy.special import ndtri
from strataforest.effect_sizes import cohen_d, hedges_j, smd_variance
from strataforest.preset_comparison import CONFIGURED, NUMBERS, compare_presets
from strataforest.presets import PRESETS, resolve

BCG = BY_NAME["bcg-RR"]
# n, mean, SD of each arm: the SMD fixture of Stata's and metafor's printed figures.
FIXTURE = {"mean1": 10.2, "sd1": 2.1, "n1": 30, "mean2": 9.1, "sd2": 2.4, "n2": 28}
PRINTED = {
    "stata16": (0.4823885, 0.2630748),
    "stata16-metan": (0.4889665, 0.2668002),
    "metafor": (0.4823835, 0.2665588),
    # RevMan's form of the same g: m - 1.94 in place of N.
    "cochrane": (0.4823885, 0.2668330),
}


def smd_of(preset):
    model = PRESETS[preset].effect_size
    d = cohen_d(**FIXTURE)
    j = hedges_j(56, model.correction) if model.estimator == "g" else 1.0
    options = {"estimator": model.estimator, "se": model.se, "correction": model.correction}
    return float(j * d), math.sqrt(smd_variance(j * d, 30, 28, **options))


@pytest.mark.parametrize("preset", PRINTED)
def test_example_smd_fixture(preset):
    assert smd_of(preset) == pytest.approx(PRINTED[preset], abs=5.1e-8)


def test_meta8_takes_the_unbiased_variance_of_white_and_thomas():
    g, se = smd_of("meta8")
    j = math.exp(math.lgamma(28) - math.lgamma(27.5)) / math.sqrt(28)
    assert g == pytest.approx(j * 0.48896650, rel=1e-7)
    assert se**2 == pytest.approx(1 / 30 + 1 / 28 + (1 - 54 / (56 * j**2)) * g**2, rel=1e-12)


def all_alike(yi, vi):
    return {CONFIGURED: (yi, vi)} | dict.fromkeys(PRESETS, (yi, vi))


def row_of(rows, preset):
    (row,) = [row for row in rows if row["preset"] == preset]
    return row


def test_example_bcg_under_metafor_and_stata():
    rows = compare_presets(all_alike(BCG.yi, BCG.vi), resolve("metafor"), "RR")
    assert [row["preset"] for row in rows] == [CONFIGURED, *PRESETS]
    reference = next(
        fit for fit in BCG.figures["fits"] if fit["method"] == "REML" and fit["test"] == "z"
    )
    for name in ("metafor", "stata16", "stata16-metan", "meta8"):
        row = row_of(rows, name)
        assert_close(row["estimate"], reference["b"])
        assert_close(row["ci_low"], reference["ci_lb"])
    metafor = row_of(rows, "metafor")
    assert (round(metafor["pi_low"], 3), round(metafor["pi_high"], 3)) == (-1.867, 0.438)
    riley = reference["pi"]["riley"]
    assert_close(row_of(rows, "stata16")["pi_low"], riley["lb"])
    t_pi = reference["pi"]["t"]
    assert_close(row_of(rows, "meta8")["pi_low"], t_pi["lb"])
    knha = next(f for f in BCG.figures["fits"] if (f["method"], f["test"]) == ("REML", "knha"))
    cochrane = row_of(rows, "cochrane")
    assert_close(cochrane["ci_low"], knha["ci_lb"])
    assert_close(cochrane["p_value"], knha["pval"])
    assert (round(cochrane["pi_low"], 3), round(cochrane["pi_high"], 3)) == (-1.996, 0.567)


def test_the_choice_that_matters_is_named():
    rows = compare_presets(all_alike(BCG.yi, BCG.vi), resolve("metafor"), "RR")
    assert row_of(rows, "metafor")["differs_in"] == row_of(rows, "metafor")["decisive"] == ""
    cochrane = row_of(rows, "cochrane")
    assert cochrane["differs_in"] == "ci z -> hksj_conditional; prediction z -> t_k_minus_1"
    # HKSJ widens the CI; of the prediction interval t(k-1) moves more than the se does.
    assert cochrane["decisive"] == "CI: ci; prediction: prediction"
    meta8 = row_of(rows, "meta8")
    assert meta8["decisive"] == "I2: i2; prediction: prediction"


def test_a_result_that_hangs_on_the_program_is_said_to():
    yi, vi = np.array([0.1, 0.5, 0.3, 0.9]), np.array([0.04, 0.05, 0.06, 0.03])
    rows = compare_presets(all_alike(yi, vi), resolve("stata16"), "SMD")
    assert rows[0]["p_value"] < 0.05 < row_of(rows, "cochrane")["p_value"]
    assert row_of(rows, "cochrane")["crossed"] == "significance"
    assert row_of(rows, "metafor")["crossed"] == ""


def test_only_choices_that_touch_the_measure_are_told():
    effects = all_alike(BCG.yi, BCG.vi)
    smd = row_of(compare_presets(effects, resolve("stata16", {"estimator": "d"}), "SMD"), "metafor")
    assert smd["differs_in"].startswith(
        "effect size: estimator d -> g, correction approximate -> exact; prediction"
    )
    md = row_of(compare_presets(effects, resolve("stata16"), "MD"), "metafor")
    assert md["differs_in"].startswith("effect size: md_sds pooled -> unequal;")


def test_an_effect_without_variance_has_its_reason():
    effects = all_alike(BCG.yi, BCG.vi)
    effects["meta8"] = (BCG.yi, np.where(np.arange(13) == 4, np.nan, BCG.vi))
    row = row_of(compare_presets(effects, resolve("stata16"), "SMD"), "meta8")
    assert row["note"] == "an effect has no variance under this preset"
    assert all(row[name] is None for name in NUMBERS)


def test_where_tau2_is_zero_cochrane_takes_the_normal():
    yi, vi = np.array([0.30, 0.31, 0.32]), np.array([0.04, 0.05, 0.06])
    rows = compare_presets(all_alike(yi, vi), resolve("metafor"), "SMD")
    cochrane = row_of(rows, "cochrane")
    assert cochrane["tau2"] == 0
    assert cochrane["df"] == math.inf
    assert cochrane["ci_low"] == row_of(rows, "metafor")["ci_low"]


@pytest.mark.parametrize("level", [0.9, 0.99])
@pytest.mark.parametrize("configured", PRESETS)
def test_every_preset_has_the_reviews_own_level(configured, level):
    preset = resolve(configured, None, {"level": level})
    base, *rows = compare_presets(all_alike(BCG.yi, BCG.vi), preset, "RR")
    same = row_of(rows, configured)
    assert {name: same[name] for name in NUMBERS} == {name: base[name] for name in NUMBERS}
    assert (same["differs_in"], same["decisive"], same["crossed"]) == ("", "", "")
    quantile = ndtri((1 + level) / 2)
    for name in ("stata16", "stata16-metan", "metafor", "meta8"):
        row = row_of(rows, name)
        half = (row["ci_high"] - row["ci_low"]) / 2
        assert half / row["se"] == pytest.approx(quantile, rel=1e-12)


def test_effects_that_no_choice_explains_are_named_so():
    # Zero cells treated otherwise than the presets do: no option of the comparison is another.
    moved = dict.fromkeys(PRESETS, (BCG.yi * 0.9, BCG.vi))
    rows = compare_presets({CONFIGURED: (BCG.yi, BCG.vi)} | moved, resolve("metafor"), "RR")
    assert row_of(rows, "metafor")["decisive"].startswith("estimate: effect size")
