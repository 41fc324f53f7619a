"""The ways to a mean difference in the outcome's unit and to a log ratio of means, best first."""

import numpy as np

from strataforest import effect_sizes
from strataforest.conversions import spread as conversions
from strataforest.effects.arm_values import Columns
from strataforest.effects.routes import (
    Route,
    difference,
    estimated_arms,
    inflation,
    of_arms,
    printed_arms,
    t_statistics,
)
from strataforest.models import Conversions, EffectSizeModel

MD_FORMS = {
    "unequal": "sd1^2/n1 + sd2^2/n2",
    "pooled": "sd_pooled^2 (1/n1 + 1/n2)",
}
ROM_FORMS = {
    "unequal": "sd1^2/(n1 mean1^2) + sd2^2/(n2 mean2^2)",
    "pooled": "sd_pooled^2 (1/(n1 mean1^2) + 1/(n2 mean2^2))",
}


def md_routes(c: Columns, model: EffectSizeModel, conversion: Conversions) -> list[Route]:
    """Return the routes to a mean difference in the outcome's unit, best first.

    The n of the variance are the effective ones; a printed standard error is raised by as much as
    they raise that of equal SDs.
    """
    n = c["n_treat"], c["n_control"]
    md, md_cells = difference(c)

    def of_means(arms):
        (mean1, mean2), (sd1, sd2) = arms.mean, arms.sd
        yi, vi = effect_sizes.mean_difference(
            mean1, sd1, c["n_treat_effective"], mean2, sd2, c["n_control_effective"]
        )
        if model.md_sds == "pooled":
            # The pooled SD is that of the people there were, whatever number they count for.
            sd = effect_sizes.pooled_sd(n[0], sd1, n[1], sd2)
            vi = sd**2 * (1 / c["n_treat_effective"] + 1 / c["n_control_effective"])
        return of_arms(arms, yi, vi, f"md = mean1 - mean2; vi = {MD_FORMS[model.md_sds]}")

    routes = [of_means(arms) for arms in printed_arms(c, conversion)]
    se_ci = conversions.se_from_ci(c["md_ci_low"], c["md_ci_high"], n[0] + n[1] - 2)
    sources = [
        ("md_se", c["md_se"], ("md_se",), "md_se"),
        ("md_ci", se_ci, ("md_ci_low", "md_ci_high"), "(high - low)/(2 t(N-2))"),
    ]
    forms = {"t_stat": "md/t", "f_stat": "md/sqrt(F)"}
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, t, cells in t_statistics(c, conversion):
            sources.append((name, np.abs(md / t), cells, forms.get(name, "md/t(p, N-2)")))
    for name, se, cells, form in sources:
        origin = "" if name == "md_se" else name
        formula = f"md as given; vi = ({form})^2"
        cells = (*md_cells, *cells, "n_treat", "n_control")
        routes.append(Route(name, md, se**2 * inflation(c), cells, formula, origin))
    return [*routes, *map(of_means, estimated_arms(c, conversion))]


def rom_routes(c: Columns, model: EffectSizeModel, conversion: Conversions) -> list[Route]:
    """Return the routes to a log ratio of means, for means of one sign that are no changes.

    A change may be 0 or of any sign, so that its ratio says nothing: where the metric is change,
    `c` must not hold means (see `effects`).
    """

    def of_means(arms):
        (mean1, mean2), (sd1, sd2) = arms.mean, arms.sd
        if model.md_sds == "pooled":
            sd1 = sd2 = effect_sizes.pooled_sd(c["n_treat"], sd1, c["n_control"], sd2)
        yi, vi = effect_sizes.log_ratio_of_means(
            mean1, sd1, c["n_treat_effective"], mean2, sd2, c["n_control_effective"]
        )
        formula = f"ln ROM = ln(mean1/mean2); vi = {ROM_FORMS[model.md_sds]}"
        return of_arms(arms, yi, vi, formula)

    *printed, _ = printed_arms(c, conversion)
    direct, *converted = map(of_means, printed)
    return [
        direct,
        *printed_ratios(c, "ROM"),
        *converted,
        *map(of_means, estimated_arms(c, conversion)),
    ]


def printed_ratios(c: Columns, measure: str) -> list[Route]:
    """Return the routes from a printed log ratio with its SE, and from a ratio with its CI."""
    name = f"ln {measure}"
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = np.log(c["ratio_ci_low"]), np.log(c["ratio_ci_high"])
        ratio = np.log(c["ratio"])
    se = conversions.se_from_ci(low, high, np.inf)
    as_given = f"{name} as given; vi = log_ratio_se^2"
    form = f"{name} = ln(ratio); vi = ((ln high - ln low)/(2 z))^2"
    log_ratio, limits = ("log_ratio", "log_ratio_se"), ("ratio", "ratio_ci_low", "ratio_ci_high")
    return [
        Route("log_ratio", c["log_ratio"], c["log_ratio_se"] ** 2, log_ratio, as_given),
        Route("ratio_ci", ratio, se**2, limits, form, "ratio_ci"),
    ]
