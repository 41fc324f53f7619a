"""The formulas of every route, from the cells of a row to its yi and vi."""

from collections.abc import Mapping

from strataforest.lineage.arithmetic import Arithmetic, NotRecomputed, Working, finished
from strataforest.lineage.ingredients import (
    design_effect,
    direction,
    effective_sizes,
    md_given,
    means,
    sds,
    se_from_ci,
    sizes,
    statistic,
)

# The variance of an SMD by the words of effects.csv (routes.SE_FORMULAS); n are the effective ones.
SMD_VARIANCES = {
    "1/n1 + 1/n2 + d^2/(2N)": "1/n1 + 1/n2 + d**2/(2*N)",
    "1/n1 + 1/n2 + d^2/(2(N-2))": "1/n1 + 1/n2 + d**2/(2*(N - 2))",
    "1/n1 + 1/n2 + g^2/(2N)": "1/n1 + 1/n2 + g**2/(2*N)",
    "1/n1 + 1/n2 + g^2/(2(N-3.94))": "1/n1 + 1/n2 + g**2/(2*(N - 3.94))",
    "1/n1 + 1/n2 + (1 - (N-4)/((N-2) J^2)) g^2": "1/n1 + 1/n2 + (1 - (m - 2)/(m*J**2))*g**2",
    "J^2 (1/n1 + 1/n2 + d^2/(2N))": "J**2*(1/n1 + 1/n2 + d**2/(2*N))",
}
RATIOS = {
    "RR": ("ln(a/(a + b)) - ln(c/(c + d))", "1/a - 1/(a + b) + 1/c - 1/(c + d)"),
    "OR": ("ln(a*d/(b*c))", "1/a + 1/b + 1/c + 1/d"),
    "RD": ("a/(a + b) - c/(c + d)", "a*b/(a + b)**3 + c*d/(c + d)**3"),
}
SIGNLESS = frozenset({"t_stat", "f_stat", "p_value", "bounded_p"})


def arithmetic(
    effect: Mapping[str, str], record: Mapping[str, str], study: Mapping[str, str]
) -> Arithmetic:
    """Return how a row of effects.csv comes from its record and its study's row.

    Never raises for rows of these files: what cannot be recomputed says so in `problem`.
    """
    work = Working(effect, record, study)
    measures = {"SMD": _smd, "MD": _md, **dict.fromkeys(RATIOS, _ratio)}
    try:
        if effect["measure"] not in measures:
            raise NotRecomputed(f"no formula is known here for {effect['measure']}")
        _align(work, measures[effect["measure"]](work))
    except NotRecomputed as reason:
        return finished(work, f"not recomputed: {reason}")
    except (ArithmeticError, ValueError, KeyError) as error:
        return finished(work, f"not recomputed: the formula has no value for these cells ({error})")
    return finished(work)


def _cohen_d(work: Working) -> None:
    """Compute d, intervention minus control, by the effect's route."""
    route = work.effect["route"]
    if route.startswith("means_"):
        means(work)
        sds(work)
        work.step("sd_pooled", "sqrt(((n1 - 1)*sd1**2 + (n2 - 1)*sd2**2)/(n1 + n2 - 2))")
        work.step("d", "(mean1 - mean2)/sd_pooled")
    elif route in {"md_se", "md_ci"}:
        md_given(work)
        if route == "md_ci":
            se_from_ci(work)
        else:
            work.read("md_se", "md_se")
        work.step("sd_pooled", "md_se/sqrt(1/n1 + 1/n2)")
        work.step("d", "md/sd_pooled")
    elif route in SIGNLESS:
        statistic(work, route)
        direction(work)
        work.step("d", "sign*t*sqrt(1/n1 + 1/n2)")
    else:
        raise NotRecomputed(f"no formula is known here for the route '{route}'")


def _hedges_j(work: Working) -> None:
    work.step("m", "N - 2")
    if work.effect["correction"] == "approximate":
        work.step("J", "1 - 3/(4*m - 1)", "small-sample correction")
    else:
        form = "Γ(m/2)/(sqrt(m/2)*Γ((m - 1)/2))"
        work.step("J", "gamma_ratio(m)", "small-sample correction", form)


def _smd(work: Working) -> str:
    """Compute an SMD and its variance; return the symbol of the SMD, as the others below do."""
    variance = work.effect["formula"].partition("vi = ")[2]
    if work.effect["route"] == "smd_se":
        work.read("smd", "smd")
        work.read("smd_se", "smd_se")
        work.step("vi", "smd_se**2", "the printed SMD is used as it is")
        return "smd"
    if variance not in SMD_VARIANCES:
        raise NotRecomputed(f"no formula is known here for vi = {variance}")
    expression = SMD_VARIANCES[variance]
    sizes(work)
    is_given = work.effect["route"] == "smd"
    if not is_given:
        _cohen_d(work)
    effective_sizes(work)
    if work.effect["correction"]:
        _hedges_j(work)
    is_g = "g**2" in expression or bool(work.effect["correction"])
    name = "g" if is_g else "d"
    if is_given:
        work.read("smd", "smd")
        work.step(name, "smd", "the printed SMD as it is")
        if is_g and "d**2" in expression:
            work.step("d", "g/J")
    elif is_g:
        work.step("g", "J*d")
    work.step("vi", expression)
    return name


def _md(work: Working) -> str:
    route = work.effect["route"]
    sizes(work)
    if route.startswith("means_"):
        means(work)
        sds(work)
        work.step("md", "mean1 - mean2")
        variance = "sd1**2/n1 + sd2**2/n2"
        if "sd_pooled" in work.effect["formula"]:
            work.step("sd_pooled", "sqrt(((n1 - 1)*sd1**2 + (n2 - 1)*sd2**2)/(n1 + n2 - 2))")
            variance = "sd_pooled**2*(1/n1 + 1/n2)"
    else:
        md_given(work)
        if route == "md_se":
            work.read("md_se", "md_se")
        elif route == "md_ci":
            se_from_ci(work)
        elif route in SIGNLESS - {"f_stat"}:
            statistic(work, route)
            work.step("md_se", "abs(md/t)")
        else:
            raise NotRecomputed(f"no formula is known here for the route '{route}'")
        variance = "md_se**2"
    if design_effect(work):
        variance = f"({variance})*design_effect" if "+" in variance else f"{variance}*design_effect"
    work.step("vi", variance)
    return "md"


def _ratio(work: Working) -> str:
    route, measure = work.effect["route"], work.effect["measure"]
    name = measure if measure == "RD" else f"ln_{measure}"
    if route == "counts":
        _counts(work)
        point, variance = RATIOS[measure]
        work.step(name, point)
        work.step("vi", variance)
    elif route == "log_ratio":
        work.read("log_ratio", "log_ratio")
        work.read("log_ratio_se", "log_ratio_se")
        work.step(name, "log_ratio", "the printed log ratio is used as it is")
        work.step("vi", "log_ratio_se**2")
    elif route == "ratio_ci":
        for symbol in ("ratio", "ratio_ci_low", "ratio_ci_high"):
            work.read(symbol, symbol)
        work.step("z_crit", "z(0.975)")
        se = "(ln(ratio_ci_high) - ln(ratio_ci_low))/(2*z_crit)"
        work.step("se", se, "SE from the confidence interval")
        work.step(name, "ln(ratio)")
        work.step("vi", "se**2")
    else:
        raise NotRecomputed(f"no formula is known here for the route '{route}'")
    return name


def _counts(work: Working) -> None:
    """Compute the 2x2 table a, b (intervention, with and without the event), c, d (control)."""
    sizes(work)
    work.read("events1", "events_treat")
    work.read("events2", "events_control")
    if design_effect(work):
        for name in ("n1", "n2", "events1", "events2"):
            work.step(name, f"{name}/design_effect", "effective number")
    v = work.values
    table = (v["events1"], v["n1"] - v["events1"], v["events2"], v["n2"] - v["events2"])
    add = " + 0.5" if 0 in table else ""
    why = "0.5 added to every cell, for one of them is 0" if add else ""
    for i, with_event, without in ((1, "a", "b"), (2, "c", "d")):
        work.step(with_event, f"events{i}{add}", why)
        work.step(without, f"n{i} - events{i}{add}", why)


def _align(work: Working, symbol: str) -> None:
    """Turn the sign of a continuous effect for which lower is better; ratios stay as they are."""
    is_turned = work.effect["aligned"] == "yes"
    if work.effect["measure"] not in RATIOS:
        if work.has("higher_is_better"):
            work.mention("", "higher_is_better", work.record["higher_is_better"])
        else:
            key = f"indicators.{work.effect['indicator']}.higher_is_better"
            work.mention("", key, "no" if is_turned else "yes", "config")
    if not is_turned:
        work.step("yi", symbol)
        return
    work.step("yi", f"-{symbol}", "lower is better, so the sign is turned: positive is favourable")
