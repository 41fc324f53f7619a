"""The ways from a printed comparison to an effect size, best first, all rows at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from strataforest import conversions, effect_sizes
from strataforest.models import EffectSizeModel

Columns = Mapping[str, np.ndarray]

SE_FORMULAS = {
    ("d", "ls"): "1/n1 + 1/n2 + d^2/(2N)",
    ("d", "holkinse"): "1/n1 + 1/n2 + d^2/(2(N-2))",
    ("d", "av"): "1/n1 + 1/n2 + mean(d)^2/(2N)",
    ("g", "ls"): "1/n1 + 1/n2 + g^2/(2N)",
    ("g", "holkinse"): "1/n1 + 1/n2 + g^2/(2(N-3.94))",
    ("g", "ub"): "1/n1 + 1/n2 + (1 - (N-4)/((N-2) J^2)) g^2",
    ("g", "av"): "1/n1 + 1/n2 + mean(g)^2/(2N)",
    ("g", "j_times_d"): "J^2 (1/n1 + 1/n2 + d^2/(2N))",
}


@dataclass(frozen=True)
class Route:
    """One way to an effect, tried on every row: NaN where its cells are missing.

    `yi` is intervention minus control, or only a magnitude where `unsigned`; `cells` are the
    columns it reads, `converted_from` what stood in for the direct numbers (empty: nothing).
    """

    name: str
    yi: np.ndarray
    vi: np.ndarray
    cells: tuple[str, ...]
    formula: str
    converted_from: str = ""
    unsigned: bool = False


def arm_sds(c: Columns) -> dict[str, tuple[np.ndarray, str, str]]:
    """Return per source ("sd", "se", "ci") both arms' SDs, the columns read and the name logged."""
    found = {}
    for source in ("sd", "se", "ci"):
        arms = []
        for arm in ("treat", "control"):
            n = c[f"n_{arm}"]
            if source == "sd":
                arms.append(c[f"sd_{arm}"])
            elif source == "se":
                arms.append(conversions.sd_from_se(c[f"se_{arm}"], n))
            else:
                limits = c[f"ci_low_{arm}"], c[f"ci_high_{arm}"]
                arms.append(conversions.sd_from_ci(*limits, n))
        found[source] = arms
    return found


def smd_routes(c: Columns, model: EffectSizeModel, bound: str) -> list[Route]:
    """Return the routes to a standardised mean difference, best first.

    `c` holds the sheet's numeric columns, `p_exact` and `p_bound` in place of p_value, and
    `n_treat_effective`, `n_control_effective`. `bound` is exclude or at_bound (p < 0.05 taken as
    0.05). Point estimates use the n of the row; J and the variance use the effective n.
    """
    n1, n2 = c["n_treat"], c["n_control"]
    df = n1 + n2 - 2
    md, md_cells = _difference(c)
    arms = ("n_treat", "n_control")
    build = _SmdBuilder(c, model)
    routes = [_means(c, build, "sd"), *_given_smd(c, model)]
    routes += [_means(c, build, source) for source in ("se", "ci", "mixed")]
    se_ci = conversions.se_from_ci(c["md_ci_low"], c["md_ci_high"], df)
    t_f = np.sqrt(c["f_stat"])
    # A mean difference, where there is one, gives a bare statistic its sign.
    d = conversions.d_from_t
    sources = [
        ("md_se", conversions.d_from_md_se(md, c["md_se"], n1, n2), ("md_se", *md_cells), False),
        (
            "md_ci",
            conversions.d_from_md_se(md, se_ci, n1, n2),
            ("md_ci_low", "md_ci_high", *md_cells),
            False,
        ),
        ("t_stat", d(np.abs(c["t_stat"]), n1, n2), ("t_stat",), True),
        ("f_stat", d(t_f, n1, n2), ("f_stat",), True),
        ("p_value", d(conversions.t_from_p(c["p_exact"], df), n1, n2), ("p_value",), True),
    ]
    if bound == "at_bound":
        t_bound = conversions.t_from_p(c["p_bound"], df)
        sources.append(("bounded_p", d(t_bound, n1, n2), ("p_value",), True))
    for name, values, cells, unsigned in sources:
        routes.append(build(name, values, (*arms, *cells), name, unsigned))
    return routes


class _SmdBuilder:
    """Turns a d into the model's estimator with its variance and its formula."""

    def __init__(self, c: Columns, model: EffectSizeModel) -> None:
        self.model = model
        self.n1, self.n2 = c["n_treat_effective"], c["n_control_effective"]

    def __call__(self, name, d, cells, converted_from, unsigned=False) -> Route:
        model = self.model
        j = 1.0
        if model.estimator == "g":
            j = effect_sizes.hedges_j(self.n1 + self.n2 - 2, model.correction)
        yi = j * d
        vi = effect_sizes.smd_variance(
            yi,
            self.n1,
            self.n2,
            estimator=model.estimator,
            se=model.se,
            correction=model.correction,
        )
        point = {
            "md_se": "md/(md_se/sqrt(1/n1 + 1/n2))",
            "md_ci": "md/(se(md_ci)/sqrt(1/n1 + 1/n2))",
            "t_stat": "t sqrt(1/n1 + 1/n2)",
            "f_stat": "sqrt(F) sqrt(1/n1 + 1/n2)",
            "p_value": "t(p, N-2) sqrt(1/n1 + 1/n2)",
            "bounded_p": "t(p bound, N-2) sqrt(1/n1 + 1/n2)",
        }.get(name, "(mean1 - mean2)/sd_pooled")
        estimate = f"d = {point}" if model.estimator == "d" else f"g = J d, d = {point}"
        formula = f"{estimate}; vi = {SE_FORMULAS[model.estimator, model.se]}"
        return Route(name, yi, vi, cells, formula, converted_from, unsigned)


def _means(c: Columns, build: _SmdBuilder, source: str) -> Route:
    """Return the route from means and the arms' SDs, which come from `source` (or from either)."""
    sds = arm_sds(c)
    if source == "mixed":
        arms = [_first(sds["sd"][i], sds["se"][i], sds["ci"][i]) for i in (0, 1)]
        converted_from = "sd, se or ci, by arm"
        names = ("sd", "se", "ci_low", "ci_high")
    else:
        arms = sds[source]
        converted_from = "" if source == "sd" else source
        names = ("ci_low", "ci_high") if source == "ci" else (source,)
    d = effect_sizes.cohen_d(
        c["mean_treat"], arms[0], c["n_treat"], c["mean_control"], arms[1], c["n_control"]
    )
    cells = tuple(f"{n}_{arm}" for arm in ("treat", "control") for n in ("n", "mean", *names))
    return build(f"means_{source}", d, cells, converted_from)


def _given_smd(c: Columns, model: EffectSizeModel) -> list[Route]:
    """Return the routes from a printed SMD: with its own SE, or with the SE from the arms' n."""
    given = Route(
        "smd_se", c["smd"], c["smd_se"] ** 2, ("smd", "smd_se"), "smd as given; vi = smd_se^2"
    )
    vi = effect_sizes.smd_variance(
        c["smd"],
        c["n_treat_effective"],
        c["n_control_effective"],
        estimator=model.estimator,
        se=model.se,
        correction=model.correction,
    )
    formula = f"smd as given; vi = {SE_FORMULAS[model.estimator, model.se]}"
    cells = ("smd", "n_treat", "n_control")
    return [given, Route("smd", c["smd"], vi, cells, formula)]


def md_routes(c: Columns, model: EffectSizeModel, bound: str) -> list[Route]:
    """Return the routes to a mean difference in the outcome's unit, best first; `c` as above.

    The variance of a cluster trial is multiplied by its design effect.
    """
    n1, n2 = c["n_treat"], c["n_control"]
    df = n1 + n2 - 2
    inflation = n1 / c["n_treat_effective"]
    md, md_cells = _difference(c)
    sds = arm_sds(c)
    routes = []
    for source in ("sd", "se", "ci"):
        means = c["mean_treat"], sds[source][0], n1, c["mean_control"], sds[source][1], n2
        yi, vi = effect_sizes.mean_difference(*means, sds=model.md_sds)
        names = ("ci_low", "ci_high") if source == "ci" else (source,)
        cells = tuple(f"{n}_{arm}" for arm in ("treat", "control") for n in ("n", "mean", *names))
        form = "sd1^2/n1 + sd2^2/n2" if model.md_sds == "unequal" else "sd_pooled^2 (1/n1 + 1/n2)"
        origin = "" if source == "sd" else source
        formula = f"md = mean1 - mean2; vi = {form}"
        routes.append(Route(f"means_{source}", yi, vi * inflation, cells, formula, origin))
    p_sources = [("p_value", "p_exact")] + (
        [("bounded_p", "p_bound")] if bound == "at_bound" else []
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ses = [
            ("md_se", c["md_se"], ("md_se",), "md_se"),
            (
                "md_ci",
                conversions.se_from_ci(c["md_ci_low"], c["md_ci_high"], df),
                ("md_ci_low", "md_ci_high"),
                "(high - low)/(2 t(N-2))",
            ),
            ("t_stat", np.abs(md / c["t_stat"]), ("t_stat",), "md/t"),
        ]
        for name, column in p_sources:
            se = np.abs(md / conversions.t_from_p(c[column], df))
            ses.append((name, se, ("p_value",), "md/t(p, N-2)"))
    for name, se, cells, form in ses:
        origin = "" if name == "md_se" else name
        formula = f"md as given; vi = ({form})^2"
        cells = (*md_cells, *cells, "n_treat", "n_control")
        routes.append(Route(name, md, se**2 * inflation, cells, formula, origin))
    return routes


def ratio_routes(c: Columns, measure: str) -> list[Route]:
    """Return the routes to a log ratio (or risk difference) from counts or a printed ratio."""
    shrink = c["n_treat_effective"] / c["n_treat"]
    sizes = c["n_treat_effective"], c["n_control_effective"]
    events = c["events_treat"] * shrink, c["events_control"] * shrink
    with np.errstate(invalid="ignore"):
        table = effect_sizes.corrected_counts(events[0], sizes[0], events[1], sizes[1])
        # A table without any event (or of events only) says nothing about a ratio.
        silent = (events[0] + events[1] == 0) | (events[0] + events[1] == sizes[0] + sizes[1])
    function, form = {
        "RR": (
            effect_sizes.log_risk_ratio,
            "ln RR = ln(a/n1) - ln(c/n2); vi = 1/a - 1/n1 + 1/c - 1/n2",
        ),
        "OR": (effect_sizes.log_odds_ratio, "ln OR = ln(ad/bc); vi = 1/a + 1/b + 1/c + 1/d"),
        "RD": (effect_sizes.risk_difference, "RD = a/n1 - c/n2; vi = ab/n1^3 + cd/n2^3"),
    }[measure]
    yi, vi = function(*table)
    yi = np.where(silent, np.nan, yi) if measure != "RD" else yi
    cells = ("events_treat", "n_treat", "events_control", "n_control")
    routes = [Route("counts", yi, vi, cells, form)]
    if measure == "RD":
        return routes
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = np.log(c["ratio_ci_low"]), np.log(c["ratio_ci_high"])
        se = conversions.se_from_ci(low, high, np.inf)
        name = f"ln {measure}"
        log_ratio = ("log_ratio", "log_ratio_se")
        as_given = f"{name} as given; vi = log_ratio_se^2"
        routes.append(
            Route("log_ratio", c["log_ratio"], c["log_ratio_se"] ** 2, log_ratio, as_given)
        )
        cells = ("ratio", "ratio_ci_low", "ratio_ci_high")
        form = f"{name} = ln(ratio); vi = ((ln high - ln low)/(2 z))^2"
        routes.append(Route("ratio_ci", np.log(c["ratio"]), se**2, cells, form, "ratio_ci"))
    return routes


def _difference(c: Columns) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the printed mean difference, or where it is missing that of the printed means."""
    return _first(c["md"], c["mean_treat"] - c["mean_control"]), (
        "md",
        "mean_treat",
        "mean_control",
    )


def _first(*arrays: np.ndarray) -> np.ndarray:
    """Return, element by element, the first value that is not NaN."""
    result = arrays[0]
    for array in arrays[1:]:
        result = np.where(np.isnan(result), array, result)
    return result
