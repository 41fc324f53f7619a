"""Cluster-robust tests and the correlated-effects model against metafor, clubSandwich, robumeta."""

import json
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from metafor_reference import FOLDER, assert_close
from strataforest.dependence.cluster_robust import KINDS, cluster_robust
from strataforest.dependence.comparison import TESTED, dependent_effects
from strataforest.dependence.correlated_effects import RHO_GRID, correlated_effects
from strataforest.dependence.working_model import as_clusters, residual_makers
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.pooling import pool
from strataforest.presets import resolve
from strataforest.strata.stratum_effects import StratumEffects
from strataforest.tables.dependent_effects import COLUMNS, dependent_effects_rows
from strataforest.tabular import read_json, read_rows, write_json, write_rows

NAMES = {
    "estimate": "b",
    "se": "se",
    "statistic": "stat",
    "df": "df",
    "p_value": "pval",
    "ci_low": "ci_lb",
    "ci_high": "ci_ub",
}


def documents(topic):
    paths = sorted((FOLDER / topic).glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


METAFOR = [document for document in documents("dependence") if "robust" in document]
MODELS = [
    pytest.param(document, model, id=f"{document['dataset']} {model['label']}")
    for document in documents("correlated_effects")
    for model in document["models"]
]


def assert_tests(ours, references, floor=0.0):
    """All of NAMES, of one reference or one per row of ours."""
    for name, key in NAMES.items():
        assert_close(getattr(ours, name), [reference[key] for reference in references], floor)


def assert_same(ours, theirs, relative=1e-12, leave=("k", "n_clusters")):
    for name in set(vars(theirs)) - set(leave):
        assert_close(getattr(ours, name), getattr(theirs, name), relative=relative)


def test_all_data_sets_are_there():
    names = {"assink2016", "begg1989", "curtis1998", "konstantopoulos2011", "lehmann2018"}
    assert {document["dataset"] for document in METAFOR} == names
    assert {param.values[0]["dataset"] for param in MODELS} == names
    assert len(MODELS) == 11


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("document", METAFOR, ids=lambda document: document["dataset"])
def test_metafor_robust_from_our_own_tau2(document, kind):
    robust = document["robust"]
    tau2 = pool(document["yi"], document["vi"]).tau2
    ours = cluster_robust(document["yi"], document["vi"], None, tau2, robust["cluster"], kind=kind)
    assert_tests(ours, [robust[kind]])
    assert ours.n_clusters == robust[kind]["n_clusters"]
    assert ours.k == document["k"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("document", "model"), MODELS)
def test_metafor_and_clubsandwich_with_moderators(document, model, kind):
    x, figures = np.transpose(model["X_columns"]), model["cluster_robust"]
    data = (document["yi"], document["vi"], x, figures["tau2"], document["cluster"])
    ours = cluster_robust(*data, kind=kind)
    assert_tests(ours, [figures[kind]])
    if kind == "CR2":
        assert_close(ours.vcov, np.reshape(figures[kind]["vcov"], ours.vcov.shape))


@pytest.mark.parametrize(("document", "model"), MODELS)
def test_robumeta_for_every_rho(document, model):
    x, figures = np.transpose(model["X_columns"]), model["correlated_effects"]
    rho = [figure["rho"][0] for figure in figures]
    assert tuple(rho) == RHO_GRID
    ours = correlated_effects(document["yi"], document["vi"], x, document["cluster"], rho=rho)
    assert_tests(ours, figures)
    assert_close(ours.tau2, [f["tau2"][0] for f in figures], floor=np.median(document["vi"]))
    assert_close(ours.i2, [figure["I2"][0] for figure in figures])


def example(seed, n=7, p=3, largest=5):
    """Clusters of 1 to `largest` effects with unequal variances, an intercept and moderators."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"trial {i}" for i in range(n)], rng.integers(1, largest + 1, n))
    k = len(labels)
    x = np.column_stack([np.ones(k), rng.normal(size=(k, p - 1))])
    return rng.normal(0.3, 0.5, k), rng.uniform(0.01, 0.3, k), x, labels.tolist()


def dense(yi, vi, x, tau2, labels):
    """CR2 and Satterthwaite's df by the matrices of Pustejovsky & Tipton 2018, none left out."""
    phi, labels = vi + tau2, np.array(labels)
    bread = np.linalg.inv(x.T @ (x / phi[:, None]))
    estimate = bread @ x.T @ (yi / phi)
    maker = np.eye(len(yi)) - x @ bread @ (x / phi[:, None]).T
    operators = []
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        d = np.diag(np.sqrt(phi[at]))
        b = d @ (maker @ np.diag(phi) @ maker.T)[np.ix_(at, at)] @ d
        values, axes = np.linalg.eigh(b)
        power = np.where(values > 1e-10 * values.max(), np.abs(values) ** -0.5, 0.0)
        adjusted = d @ (axes * power) @ axes.T @ d
        operators.append(bread @ x[at].T @ np.diag(1 / phi[at]) @ adjusted @ maker[at])
    scores = np.array([operator @ yi for operator in operators])
    vcov = scores.T @ scores
    df = []
    for c in range(x.shape[1]):
        rows = np.array([operator[c] for operator in operators])
        p = rows @ np.diag(phi) @ rows.T
        df.append(np.trace(p) ** 2 / (p**2).sum())
    return estimate, vcov, np.array(df)


@pytest.mark.parametrize("tau2", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_the_formulas_written_out_in_matrices(seed, tau2):
    yi, vi, x, labels = example(seed)
    ours = cluster_robust(yi, vi, x, tau2, labels)
    estimate, vcov, df = dense(yi, vi, x, tau2, labels)
    assert_close(ours.estimate, estimate[None])
    assert_close(ours.vcov, vcov[None])
    assert_close(ours.df, df[None])


def test_an_adjustment_that_is_singular():
    # The third column is not 0 in the first trial only: the trial decides on it alone, and the
    # residuals of its five effects have a direction in which they are always 0.
    yi, vi, x, labels = example(3, largest=5)
    first = np.array(labels) == labels[0]
    x[:, 2] = first
    ours = cluster_robust(yi, vi, x, 0.1, labels)
    estimate, vcov, df = dense(yi, vi, x, 0.1, labels)
    assert_close(ours.estimate, estimate[None])
    assert_close(ours.vcov[0, :2, :2], vcov[:2, :2])
    assert_close(ours.df[0, :2], df[:2])
    for kind in KINDS:
        alone = cluster_robust(yi, vi, x, 0.1, labels, kind=kind)
        for name in ("se", "statistic", "df", "p_value", "ci_low", "ci_high"):
            assert np.isnan(getattr(alone, name)[0]).tolist() == [False, False, True]


def test_a_dummy_for_one_trial_leaves_the_others_to_the_intercept():
    yi, vi, _, labels = example(11)
    first = np.array(labels) == labels[0]
    x = np.column_stack([np.ones(len(yi)), first])
    ours = cluster_robust(yi, vi, x, 0.1, labels)
    rest = cluster_robust(yi[~first], vi[~first], None, 0.1, np.array(labels)[~first])
    for name in TESTED:
        assert_close(getattr(ours, name)[0, 0], getattr(rest, name)[0, 0], relative=1e-12)


@pytest.mark.parametrize("singular", [False, True])
def test_roots_of_the_residual_makers(singular):
    _, vi, x, labels = example(7)
    if singular:
        x[:, 2] = np.array(labels) == labels[0]
    clusters = as_clusters(labels, len(vi))
    basis = np.linalg.qr(x / np.sqrt(vi)[:, None])[0]
    makers = residual_makers(clusters, basis[None])
    assert (makers.left == 0).sum() == singular
    units = np.eye(len(vi))
    for start, size in zip(clusters.starts, clusters.sizes, strict=True):
        at = slice(start, start + size)
        rows = basis[at]
        maker = np.eye(size) - rows @ rows.T
        root = makers.root(units[None])[0, at, at]
        inverse = makers.inverse_root(units[None])[0, at, at]
        np.testing.assert_allclose(root @ root, maker, atol=1e-14)
        inverse2 = np.linalg.pinv(maker, rcond=1e-10, hermitian=True)
        np.testing.assert_allclose(inverse @ inverse, inverse2, atol=1e-12, rtol=1e-10)


def test_an_intercept_column_need_not_be_of_ones():
    yi, vi, x, labels = example(8)
    ours = cluster_robust(yi, vi, x * [-2, 1, 1], 0.1, labels)
    plain = cluster_robust(yi, vi, x, 0.1, labels)
    assert_close(ours.estimate * [-2, 1, 1], plain.estimate, relative=1e-12)
    assert_close(ours.se * [2, 1, 1], plain.se, relative=1e-12)


def test_single_effects_of_equal_variance_are_the_t_test_of_one_sample():
    yi = np.array([0.3, -0.1, 0.8, 0.4, 0.25])
    ours = cluster_robust(yi, np.full(5, 0.02), None, 0.05, "abcde")
    assert_close(ours.estimate, [[yi.mean()]])
    assert_close(ours.se, [[yi.std(ddof=1) / np.sqrt(5)]], relative=1e-13)
    assert_close(ours.df, [[4.0]], relative=1e-13)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_trials_of_equal_make_are_the_t_test_of_their_means(n):
    rng = np.random.default_rng(n)
    yi = rng.normal(size=(n, 3))
    vi, labels = np.full(3 * n, 0.4), np.repeat(np.arange(n), 3)
    for ours in (
        cluster_robust(yi.ravel(), vi, None, 0.1, labels),
        correlated_effects(yi.ravel(), vi, None, labels),
    ):
        means = yi.mean(axis=1)
        assert_close(ours.estimate, [[means.mean()]], relative=1e-12)
        assert_close(ours.se, [[means.std(ddof=1) / np.sqrt(n)]], relative=1e-12)
        assert_close(ours.df, [[n - 1]], relative=1e-12)


def test_two_groups_of_single_effects_are_the_welch_standard_error():
    yi = np.array([0.3, -0.1, 0.8, 0.4, 0.25, 1.1, 0.9, 0.2])
    group = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    x = np.column_stack([np.ones(8), group])
    ours = cluster_robust(yi, np.full(8, 0.1), x, 0, range(8))
    variance = yi[:5].var(ddof=1) / 5 + yi[5:].var(ddof=1) / 3
    assert_close(ours.vcov[0, 1, 1], variance, relative=1e-12)
    # df of Bell & McCaffrey 2002 under equal variances: E and Var of that sum of two chi-squares.
    df = (1 / 5 + 1 / 3) ** 2 / (1 / (25 * 4) + 1 / (9 * 2))
    assert_close(ours.df[0, 1], df, relative=1e-12)


def exact_single(yi, vi):
    """CR2 of single effects, intercept only, in fractions: (variance, df)."""
    weights = [1 / v for v in vi]
    total = sum(weights)
    share = [w / total for w in weights]
    mean = sum(s * y for s, y in zip(share, yi, strict=True))
    variance = sum(s**2 * (y - mean) ** 2 / (1 - s) for s, y in zip(share, yi, strict=True))
    # Times W: P_ii = s_i and P_ij = -b_i b_j with b_i^2 = s_i^2 / (1 - s_i).
    b2 = [s**2 / (1 - s) for s in share]
    trace = sum(share)
    off = sum(b2) ** 2 - sum(b**2 for b in b2)
    return float(variance), float(trace**2 / (sum(s**2 for s in share) + off))


@pytest.mark.parametrize("smallest", ["1", "1/1000", "1/1000000", "1/10000000000"])
def test_a_dominating_study_in_exact_arithmetic(smallest):
    yi = [Fraction(n, 100) for n in (31, -7, 55, 120, 12)]
    vi = [Fraction(3), Fraction(2), Fraction(smallest), Fraction(4), Fraction(5)]
    variance, df = exact_single(yi, vi)
    ours = cluster_robust([float(y) for y in yi], [float(v) for v in vi], None, 0, "abcde")
    assert_close(ours.vcov, [[[variance]]])
    assert_close(ours.df, [[df]])


@pytest.mark.parametrize("smallest", ["1", "1e-3", "1e-6", "1e-9"])
def test_unlike_variances_within_a_trial_in_60_digits(smallest):
    # Trial a has two effects; B_a is 2 x 2, and sqrt(B) = (B + s I) / sqrt(tr B + 2 s) with
    # s = sqrt(det B) gives its inverse root, s^-1 (tr B + 2 s)^(-1/2) (B + s I) turned about.
    with localcontext() as context:
        context.prec = 60
        yi = [Decimal(n) / 100 for n in (31, -7, 55, 120)]
        vi = [Decimal(smallest), Decimal(2), Decimal(1), Decimal(3)]
        weights = [1 / v for v in vi]
        total = sum(weights)
        mean = sum(w * y for w, y in zip(weights, yi, strict=True)) / total
        e = [y - mean for y in yi]
        (p, q), m = vi[:2], 1 / total
        b11, b12, b22 = p * (p - m), -(p * q).sqrt() * m, q * (q - m)
        s = (b11 * b22 - b12 * b12).sqrt()
        scale = 1 / (s * (b11 + b22 + 2 * s).sqrt())
        # 1' W A e with A = D B^(-1/2) D; the inverse root is scale (adj B + s I).
        de = (p.sqrt() * e[0], q.sqrt() * e[1])
        turned = (
            scale * ((b22 + s) * de[0] - b12 * de[1]),
            scale * ((b11 + s) * de[1] - b12 * de[0]),
        )
        score = turned[0] / p.sqrt() + turned[1] / q.sqrt()
        single = [(w * f) ** 2 / (1 - w / total) for w, f in zip(weights[2:], e[2:], strict=True)]
        variance = float((score**2 + sum(single)) / total**2)
    ours = cluster_robust([float(y) for y in yi], [float(v) for v in vi], None, 0, "aabc")
    assert_close(ours.vcov, [[[variance]]])


def test_df_of_a_dominating_study_is_one():
    # With the weight 1 on one trial, a single squared residual decides.
    ours = cluster_robust([0.1, 0.3, 0.2], [1e-9, 1, 1], None, 0, "abc")
    assert_close(ours.df, [[1.0]], relative=1e-8)


def unlike_in_order(rng, arrays, labels):
    order = rng.permutation(len(labels))
    return [array[order] for array in arrays], [labels[i] for i in order]


@pytest.mark.parametrize("kind", ["CR1", "CR2"])
def test_row_order_and_names_of_trials_do_not_matter(kind):
    yi, vi, x, labels = example(21)
    (yi2, vi2, x2), labels2 = unlike_in_order(np.random.default_rng(1), (yi, vi, x), labels)
    ours = cluster_robust(yi, vi, x, 0.1, labels, kind=kind)
    renamed = [f"z{label[::-1]}" for label in labels2]
    assert_same(cluster_robust(yi2, vi2, x2, 0.1, renamed, kind=kind), ours, relative=1e-10)
    assert_same(
        correlated_effects(yi2, vi2, x2, renamed), correlated_effects(yi, vi, x, labels), 1e-10
    )


@pytest.mark.parametrize("unit", [1e-7, 1e-3, 1e6])
def test_units_of_effects_and_moderators_do_not_matter(unit):
    yi, vi, x, labels = example(22)
    scale = np.array([1.0, 1e-4, 1e5])
    ours = cluster_robust(unit * yi, unit**2 * vi, x * scale, unit**2 * 0.1, labels)
    plain = cluster_robust(yi, vi, x, 0.1, labels)
    assert_close(ours.df, plain.df, relative=1e-11)
    assert_close(ours.p_value, plain.p_value, relative=1e-10)
    assert_close(ours.ci_low * scale / unit, plain.ci_low, relative=1e-10)
    ours = correlated_effects(unit * yi, unit**2 * vi, x * scale, labels)
    plain = correlated_effects(yi, vi, x, labels)
    assert_close(ours.tau2, unit**2 * plain.tau2, relative=1e-11)
    assert_close(ours.p_value, plain.p_value, relative=1e-10)


def test_many_values_of_tau2_or_rho_are_each_the_fit_done_alone():
    yi, vi, x, labels = example(23)
    tau2 = [0.0, 0.01, 0.5]
    together = cluster_robust(yi, vi, x, tau2, labels)
    assert together.vcov.shape == (3, 3, 3)
    rhos = correlated_effects(yi, vi, x, labels, rho=RHO_GRID)
    assert rhos.estimate.shape == (6, 3)
    for i in range(3):
        alone = cluster_robust(yi, vi, x, tau2[i], labels)
        row = correlated_effects(yi, vi, x, labels, rho=RHO_GRID[i])
        for name in (*TESTED, "vcov"):
            assert_close(getattr(together, name)[i], getattr(alone, name)[0], relative=1e-12)
            assert_close(getattr(rhos, name)[i], getattr(row, name)[0], relative=1e-12)
        assert_close(rhos.tau2[i], row.tau2[0], relative=1e-12)


def test_level_widens_the_interval_by_the_t_quantile():
    yi, vi = [0.3, -0.1, 0.8], [0.02] * 3
    ours = cluster_robust(yi, vi, None, 0.05, "abc", level=0.9)
    # t on 2 df: quantile (2 q - 1) sqrt(2 / (4 q (1 - q))) at q = 0.95.
    quantile = 0.9 * np.sqrt(2 / (4 * 0.95 * 0.05))
    assert_close(ours.ci_high - ours.estimate, quantile * ours.se, relative=1e-12)
    assert_close(ours.estimate - ours.ci_low, quantile * ours.se, relative=1e-12)


@pytest.mark.parametrize("value", [0.7, -0.1, 0.0])
def test_equal_effects_have_no_residuals(value):
    data = ([value] * 4, [0.01, 0.02, 0.05, 0.03])
    for ours in (
        *(cluster_robust(*data, None, 0, "aabc", kind=kind) for kind in KINDS),
        correlated_effects(*data, None, "aabc"),
    ):
        assert ours.estimate.item() == value
        assert ours.se.item() == 0
        assert ours.statistic.item() == (np.sign(value) * np.inf if value else 0)
        assert ours.p_value.item() == (0 if value else 1)
        assert ours.df.item() > 1


def test_one_effect_per_trial_makes_the_correlated_model_that_of_dersimonian_and_laird():
    yi, vi, x, _ = example(31)
    yi, labels = 2 * yi, range(len(yi))
    ours = correlated_effects(yi, vi, None, labels, rho=RHO_GRID)
    plain = pool(yi, vi, tau2_method="DL")
    assert plain.tau2 > 0
    assert_close(ours.tau2, np.full(6, plain.tau2[0]), relative=1e-12)
    assert_close(ours.estimate[:, 0], np.full(6, plain.estimate[0]), relative=1e-12)
    assert_close(ours.se[0], cluster_robust(yi, vi, None, plain.tau2, labels).se[0])
    assert_same(
        correlated_effects(yi, vi, x, labels, rho=0),
        correlated_effects(yi, vi, x, labels, rho=1),
        leave=("k", "n_clusters", "rho"),
    )


def test_effects_as_alike_as_chance_allows_have_tau2_and_i2_of_0():
    ours = correlated_effects([0.2, 0.3, 0.25, 0.22], [0.1] * 4, None, "aabc", rho=RHO_GRID)
    assert ours.tau2.tolist() == ours.i2.tolist() == [0] * 6
    assert_close(ours.estimate, np.full((6, 1), (0.25 + 0.25 + 0.22) / 3), relative=1e-14)


def test_tau2_of_two_trials_by_hand():
    # vbar 1 and 1, weights 1/2, 1/2 and 1: the mean of a's mean 0 and b's 4 is 2.
    # Q = (3^2 + 1^2) / 2 + 2^2 = 9; tr(H_a) = 1/4 + 1/4, 1'H_a 1 = 1, tr(H_b) = 1/2.
    # d = 2 - (1/2 + rho / 2) / 2 - 1/2; the sum below: (1 - 1/2) + (1 - 1/2) = 1.
    for rho in (0, 0.8, 1):
        ours = correlated_effects([-1, 1, 4], [0.5, 1.5, 1], None, "aab", rho=rho)
        d = 2 - (0.5 + rho / 2) / 2 - 0.5
        assert_close(ours.tau2, [9 - d], relative=1e-14)
        assert_close(ours.i2, [100 * (9 - d) / 9], relative=1e-14)


GOOD = {"yi": [0.1, 0.2, 0.4], "vi": [0.1, 0.2, 0.1], "x": None, "tau2": 0.1, "clusters": "abc"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clusters": "aaa"}, "more clusters than that, got 1"),
        ({"x": [[1, 0], [1, 1], [1, 3]], "clusters": "aab"}, "tests of 2 coefficients"),
        ({"clusters": "ab"}, "a label for each of 3 effects, got 2"),
        ({"clusters": ["a", None, "b"]}, "missing labels"),
        ({"clusters": [1.0, float("nan"), 2.0]}, "missing labels"),
        ({"tau2": -0.1}, "tau2 must be"),
        ({"tau2": float("nan")}, "tau2 must be"),
        ({"tau2": [[0.1]]}, "tau2 must be"),
        ({"tau2": []}, "tau2 must be"),
        ({"x": [[1, 2], [1, 2], [1, 2]]}, "singular"),
        ({"x": [[1, 0], [1, 0], [1, 0]]}, "singular"),
        ({"x": [1, 1, 1]}, r"shape \(k, p\)"),
        ({"x": [[1], [1]]}, r"shape \(k, p\)"),
        ({"x": [[1], [1], [float("nan")]]}, "finite"),
        ({"yi": [0.1, float("nan"), 0.4], "vi": [0.1, float("nan"), 0.1]}, "absent"),
        ({"yi": [[0.1, 0.2, 0.4]], "vi": [[0.1, 0.2, 0.1]]}, "one meta-analysis"),
        ({"vi": [0.1, 0.0, 0.1]}, "vi must be positive"),
        ({"kind": "CR3"}, "kind must be one of CR0"),
        ({"level": 1.0}, "level must lie between"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        cluster_robust(**(GOOD | change))


@pytest.mark.parametrize("rho", [-0.1, 1.1, float("nan"), [[0.5]], []])
def test_a_correlation_that_is_none(rho):
    with pytest.raises(ValueError, match="rho must be"):
        correlated_effects([0.1, 0.2, 0.4], [0.1] * 3, None, "aab", rho=rho)


def test_a_single_study_has_no_correlated_effects_model():
    with pytest.raises(ValueError, match="more clusters than that, got 1"):
        correlated_effects([0.1, 0.2, 0.4], [0.1] * 3, None, "aaa")


STRATUM = ([0.1, 0.2, 0.5, 0.4, 0.9], [0.01, 0.02, 0.03, 0.02, 0.05], list("aabcc"))


@pytest.mark.parametrize(("tau2_method", "ci"), [("REML", "z"), ("DL", "hksj"), ("EE", "z")])
def test_the_models_side_by_side_are_each_their_own(tau2_method, ci):
    yi, vi, studies = STRATUM
    rows = dependent_effects(yi, vi, studies, tau2_method, 0.9, 0.5, ci=ci)
    naive = pool(yi, vi, tau2_method=tau2_method, ci=ci, level=0.9)
    robust = cluster_robust(yi, vi, None, naive.tau2, studies, level=0.9)
    rhos = [0.5, *RHO_GRID]
    correlated = correlated_effects(yi, vi, None, studies, rho=rhos, level=0.9)
    assert [row.model for row in rows] == ["naive", "robust_cr2"] + ["correlated_effects"] * 7
    assert [row.rho for row in rows] == [None, None, *rhos]
    assert {(row.k, row.n_studies) for row in rows} == {(5, 3)}
    assert [row.tau2 for row in rows] == [*naive.tau2, *naive.tau2, *correlated.tau2]
    assert_close(rows[1].estimate, rows[0].estimate, relative=1e-14)
    for name in TESTED:
        parts = [getattr(part, name).ravel() for part in (naive, robust, correlated)]
        assert [getattr(row, name) for row in rows] == np.concatenate(parts).tolist()


def test_the_default_rho_stands_once():
    rows = dependent_effects(*STRATUM)
    assert [row.rho for row in rows] == [None, None, 0.8, 0.0, 0.2, 0.4, 0.6, 1.0]


def test_a_single_study_leaves_only_the_naive_model():
    rows = dependent_effects([0.1, 0.4], [0.01, 0.02], ["a", "a"])
    assert [row.model for row in rows] == ["naive", "robust_cr2", "correlated_effects"]
    assert np.isfinite([rows[0].estimate, rows[0].se, rows[0].tau2]).all()
    assert all(np.isnan(getattr(row, name)) for row in rows[1:] for name in TESTED)
    assert rows[1].tau2 == rows[0].tau2
    assert np.isnan(rows[2].tau2)
    assert {row.n_studies for row in rows} == {1}


def test_every_effect_needs_a_study_even_where_there_is_one_study():
    with pytest.raises(ValueError, match="a label for each of 2 effects, got 1"):
        dependent_effects([0.1, 0.4], [0.01, 0.02], ["a"])


def fit_of(studies, tmp_path, yi=STRATUM[0], vi=STRATUM[1]):
    k = len(yi)
    effects = StratumEffects(
        effect_id=[f"e{i}" for i in range(k)],
        study_id=list(studies),
        measure="SMD",
        favourable="positive",
        yi=np.array(yi),
        vi=np.array(vi),
        n_treat=[20.0] * k,
        n_control=[20.0] * k,
        n_total=[40.0] * k,
    )
    write_json(tmp_path / "fit.json", fit_stratum(effects, resolve("metafor"), Sensitivity(), {}))
    return read_json(tmp_path / "fit.json")


def table_of(fit, tmp_path):
    rows = dependent_effects_rows("domain", "glycemic", fit)
    write_rows(tmp_path / "table.csv", COLUMNS, rows)
    return read_rows(tmp_path / "table.csv")


def test_the_table_shows_the_fit_and_says_where_df_is_low(tmp_path):
    fit = fit_of("aabcc", tmp_path)
    rows = table_of(fit, tmp_path)
    assert [row["model"] for row in rows[:3]] == ["naive", "robust_cr2", "correlated_effects"]
    assert len(rows) == 8
    ours = dependent_effects(*STRATUM)
    for row, own in zip(rows, ours, strict=True):
        assert (row["analysis"], row["stratum"], row["measure"]) == ("domain", "glycemic", "SMD")
        assert (row["k"], row["n_studies"]) == ("5", "3")
        assert float(row["estimate"]) == own.estimate
        assert float(row["se"]) == own.se
        assert float(row["tau2"]) == own.tau2
    assert rows[0]["df"] == rows[0]["rho"] == rows[1]["rho"] == ""
    assert float(rows[0]["estimate"]) == fit["pooled"]["estimate"]
    low = "df below 4: p-value and interval are unreliable (Tipton 2015)"
    assert ours[1].df < 4
    assert [row["note"] for row in rows[:4]] == [
        *("takes all effects as independent", low, low),
        f"to see whether rho matters; {low}",
    ]


@pytest.mark.parametrize(("df", "noted"), [(3.99, True), (4.0, False), (9.5, False)])
def test_the_table_notes_df_below_four_only(tmp_path, df, noted):
    fit = fit_of("aabcc", tmp_path)
    for entry in fit["dependence"][1:]:
        entry["df"] = df
    notes = [row["note"] for row in table_of(fit, tmp_path)]
    assert ["df below 4" in note for note in notes] == [False] + [noted] * 7
    assert ["whether rho matters" in note for note in notes] == [False] * 3 + [True] * 5


def test_the_table_of_a_single_trial_says_why_cells_are_empty(tmp_path):
    rows = table_of(fit_of("aaaaa", tmp_path), tmp_path)
    assert rows[0]["se"] != ""
    assert rows[1]["se"] == rows[2]["se"] == rows[2]["df"] == ""
    assert rows[2]["note"] == "a single study gives no robust standard error"


def test_a_stratum_of_one_effect_per_trial_has_no_rows(tmp_path):
    fit = fit_of("abcde", tmp_path)
    assert fit["dependence"] is None
    assert dependent_effects_rows("domain", "glycemic", fit) == []
