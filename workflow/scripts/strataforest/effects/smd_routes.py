"""The ways to a standardised mean difference, best first."""

from strataforest import effect_sizes
from strataforest.conversions import spread as conversions
from strataforest.effects.arm_values import ArmValues, Columns
from strataforest.effects.routes import (
    Route,
    difference,
    estimated_arms,
    of_arms,
    printed_arms,
    t_statistics,
)
from strataforest.models import Conversions, EffectSizeModel

SE_FORMULAS = {
    ("d", "ls"): "1/n1 + 1/n2 + d^2/(2N)",
    ("d", "holkinse"): "1/n1 + 1/n2 + d^2/(2(N-2))",
    ("d", "av"): "1/n1 + 1/n2 + mean(d)^2/(2N)",
    ("g", "ls"): "1/n1 + 1/n2 + g^2/(2N)",
    ("g", "holkinse"): "1/n1 + 1/n2 + g^2/(2(N-3.94))",
    ("g", "ub"): "1/n1 + 1/n2 + (1 - (N-4)/((N-2) J^2)) g^2",
    ("g", "av"): "1/n1 + 1/n2 + mean(g)^2/(2N)",
    ("g", "j_times_d"): "J^2 (1/n1 + 1/n2 + d^2/(2N))",
    ("glass", "ls"): "1/n1 + 1/n2 + delta^2/(2 n2)",
    ("glass", "holkinse"): "1/n1 + 1/n2 + delta^2/(2(n2-1))",
    ("glass", "ub"): "1/n1 + 1/n2 + (1 - (n2-3)/((n2-1) J^2)) delta^2",
    ("glass", "j_times_d"): "J^2 (1/n1 + 1/n2 + d^2/(2 n2))",
    ("unequal", "bonett"): (
        "J^2 (d^2 (sd1^4/(n1-1) + sd2^4/(n2-1))/(8 s^4) + (sd1^2/(n1-1) + sd2^2/(n2-1))/s^2)"
    ),
}
# The symbol of each estimator, and what its difference of means is divided by.
SYMBOLS = {"d": "d", "g": "g", "glass": "delta", "unequal": "g"}
DIVISORS = {"glass": "sd2", "unequal": "s"}
POINTS = {
    "md_se": "md/(md_se/sqrt(1/n1 + 1/n2))",
    "md_ci": "md/(se(md_ci)/sqrt(1/n1 + 1/n2))",
    "t_stat": "t sqrt(1/n1 + 1/n2)",
    "f_stat": "sqrt(F) sqrt(1/n1 + 1/n2)",
    "p_value": "t(p, N-2) sqrt(1/n1 + 1/n2)",
    "bounded_p": "t(p bound, N-2) sqrt(1/n1 + 1/n2)",
}


def smd_routes(c: Columns, model: EffectSizeModel, conversion: Conversions) -> list[Route]:
    """Return the routes to a standardised mean difference, best first.

    Glass's delta and the SMD of unequal variances need the SDs of the arms: no t, F or p gives
    them. Raises ValueError for a form of the variance that the estimator does not have.
    """
    if (model.estimator, model.se) not in SE_FORMULAS:
        known = [se for estimator, se in SE_FORMULAS if estimator == model.estimator]
        raise ValueError(f"se '{model.se}' of {model.estimator}: expected {', '.join(known)}")
    if model.correction == "none" and model.se in {"ub", "j_times_d"}:
        raise ValueError(f"se '{model.se}' holds J, which correction 'none' leaves out")
    smd = _Smd(c, model)
    direct, *converted = (smd.of_arms(arms) for arms in printed_arms(c, conversion))
    routes = [direct, *_given_smd(c, smd), *converted]
    if model.estimator in {"d", "g"}:
        routes += _pooled(c, smd, conversion)
    return [*routes, *(smd.of_arms(arms) for arms in estimated_arms(c, conversion))]


class _Smd:
    """Turns a difference in SDs into the model's estimator with its variance and its formula."""

    def __init__(self, c: Columns, model: EffectSizeModel) -> None:
        self.model, self.n = model, (c["n_treat"], c["n_control"])
        self.n1, self.n2 = c["n_treat_effective"], c["n_control_effective"]
        self.correction = "none" if model.estimator == "d" else model.correction
        m = self.n2 - 1 if model.estimator == "glass" else self.n1 + self.n2 - 2
        self.j = effect_sizes.hedges_j(m, self.correction)

    def variance(self, e):
        """Return the variance of an effect e that needs no SDs."""
        choice = {"estimator": self.model.estimator, "se": self.model.se}
        return effect_sizes.smd_variance(
            e, self.n1, self.n2, **choice, correction=self.model.correction
        )

    def variance_formula(self) -> str:
        text = SE_FORMULAS[self.model.estimator, self.model.se]
        # Only the variance by Bonett may do without the J that its text begins with.
        is_bare = self.correction == "none" and self.model.se == "bonett"
        return text.removeprefix("J^2 (").removesuffix(")") if is_bare else text

    def formula(self, point: str) -> str:
        symbol = SYMBOLS[self.model.estimator]
        if self.correction == "none":
            return f"{'d' if symbol == 'g' else symbol} = {point}; vi = {self.variance_formula()}"
        return f"{symbol} = J d, d = {point}; vi = {self.variance_formula()}"

    def of_arms(self, arms: ArmValues) -> Route:
        """Return the route from the arms' means and SDs."""
        (mean1, mean2), (sd1, sd2), (n1, n2) = arms.mean, arms.sd, self.n
        estimator = self.model.estimator
        if estimator == "glass":
            d = effect_sizes.glass_delta(mean1, mean2, sd2)
        elif estimator == "unequal":
            d = effect_sizes.smd_unequal(mean1, sd1, mean2, sd2)
        else:
            d = effect_sizes.cohen_d(mean1, sd1, n1, mean2, sd2, n2)
        if estimator == "unequal":
            vi = effect_sizes.smd_unequal_variance(d, sd1, self.n1, sd2, self.n2) * self.j**2
        else:
            vi = self.variance(self.j * d)
        divisor = DIVISORS.get(estimator, "sd_pooled")
        return of_arms(arms, self.j * d, vi, self.formula(f"(mean1 - mean2)/{divisor}"))


def _given_smd(c: Columns, smd: _Smd) -> list[Route]:
    """Return the routes from a printed SMD: with its own SE, or with the SE from the arms' n."""
    given = Route(
        "smd_se", c["smd"], c["smd_se"] ** 2, ("smd", "smd_se"), "smd as given; vi = smd_se^2"
    )
    if smd.model.estimator == "unequal":
        return [given]
    formula = f"smd as given; vi = {smd.variance_formula()}"
    cells = ("smd", "n_treat", "n_control")
    return [given, Route("smd", c["smd"], smd.variance(c["smd"]), cells, formula)]


def _pooled(c: Columns, smd: _Smd, conversion: Conversions) -> list[Route]:
    """Return the routes that know the pooled SD only: from a mean difference, t, F or p."""
    n1, n2 = c["n_treat"], c["n_control"]
    # A mean difference, where there is one, gives a bare statistic its sign.
    md, md_cells = difference(c)
    se_ci = conversions.se_from_ci(c["md_ci_low"], c["md_ci_high"], n1 + n2 - 2)
    sources = [
        ("md_se", conversions.d_from_md_se(md, c["md_se"], n1, n2), ("md_se", *md_cells)),
        (
            "md_ci",
            conversions.d_from_md_se(md, se_ci, n1, n2),
            ("md_ci_low", "md_ci_high", *md_cells),
        ),
        *(
            (name, conversions.d_from_t(t, n1, n2), cells)
            for name, t, cells in t_statistics(c, conversion)
        ),
    ]
    routes = []
    for name, d, cells in sources:
        yi, formula = smd.j * d, smd.formula(POINTS[name])
        cells = ("n_treat", "n_control", *cells)
        unsigned = not name.startswith("md")
        routes.append(Route(name, yi, smd.variance(yi), cells, formula, name, unsigned))
    return routes
