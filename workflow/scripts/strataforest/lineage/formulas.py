"""The formulas of every route, from the cells of a row to its yi and vi."""

from collections.abc import Mapping, Sequence

from strataforest.lineage.arithmetic import Arithmetic, NotRecomputed, Working, finished
from strataforest.lineage.arm_steps import has_arms, people_and_arms
from strataforest.lineage.count_formulas import RATIOS, printed_ratio, ratio
from strataforest.lineage.ingredients import (
    design_effect,
    direction,
    effective_sizes,
    is_divided,
    md_given,
    se_from_ci,
    sizes,
    statistic,
)

_BONETT = "d**2*(sd1**4/(n1 - 1) + sd2**4/(n2 - 1))/(8*s**4) + "
_BONETT += "(sd1**2/(n1 - 1) + sd2**2/(n2 - 1))/s**2"
_BONETT_TEXT = "d^2 (sd1^4/(n1-1) + sd2^4/(n2-1))/(8 s^4) + (sd1^2/(n1-1) + sd2^2/(n2-1))/s^2"
# The variance of an SMD by the words of effects.csv (smd_routes.SE_FORMULAS); n are effective.
SMD_VARIANCES = {
    "1/n1 + 1/n2 + d^2/(2N)": "1/n1 + 1/n2 + d**2/(2*N)",
    "1/n1 + 1/n2 + d^2/(2(N-2))": "1/n1 + 1/n2 + d**2/(2*(N - 2))",
    "1/n1 + 1/n2 + g^2/(2N)": "1/n1 + 1/n2 + g**2/(2*N)",
    "1/n1 + 1/n2 + g^2/(2(N-3.94))": "1/n1 + 1/n2 + g**2/(2*(N - 3.94))",
    "1/n1 + 1/n2 + (1 - (N-4)/((N-2) J^2)) g^2": "1/n1 + 1/n2 + (1 - (m - 2)/(m*J**2))*g**2",
    "J^2 (1/n1 + 1/n2 + d^2/(2N))": "J**2*(1/n1 + 1/n2 + d**2/(2*N))",
    "1/n1 + 1/n2 + delta^2/(2 n2)": "1/n1 + 1/n2 + delta**2/(2*n2)",
    "1/n1 + 1/n2 + delta^2/(2(n2-1))": "1/n1 + 1/n2 + delta**2/(2*(n2 - 1))",
    "1/n1 + 1/n2 + (1 - (n2-3)/((n2-1) J^2)) delta^2": (
        "1/n1 + 1/n2 + (1 - (m - 2)/(m*J**2))*delta**2"
    ),
    "J^2 (1/n1 + 1/n2 + d^2/(2 n2))": "J**2*(1/n1 + 1/n2 + d**2/(2*n2))",
    _BONETT_TEXT: _BONETT,
    f"J^2 ({_BONETT_TEXT})": f"J**2*({_BONETT})",
}
SIGNLESS = frozenset({"t_stat", "f_stat", "p_value", "bounded_p"})
POOLED = "sqrt(((n1 - 1)*sd1**2 + (n2 - 1)*sd2**2)/(n1 + n2 - 2))"


def arithmetic(
    effect: Mapping[str, str],
    records: Mapping[str, str] | Sequence[Mapping[str, str]],
    study: Mapping[str, str],
) -> Arithmetic:
    """Return how a row of effects.csv comes from its record (or records) and its study's row.

    Never raises for rows of these files: what cannot be recomputed says so in `problem`.
    """
    work = Working(effect, [records] if isinstance(records, Mapping) else records, study)
    measures = {"SMD": _smd, "MD": _md, "ROM": _rom, **dict.fromkeys(RATIOS, ratio)}
    try:
        if effect["measure"] not in measures:
            raise NotRecomputed(f"no formula is known here for {effect['measure']}")
        _align(work, measures[effect["measure"]](work))
    except NotRecomputed as reason:
        return finished(work, f"not recomputed: {reason}")
    except (ArithmeticError, ValueError, KeyError) as error:
        return finished(work, f"not recomputed: the formula has no value for these cells ({error})")
    return finished(work)


def _smd(work: Working) -> str:
    """Compute an SMD and its variance; return the symbol of the SMD, as the others below do."""
    effect = work.effect
    if effect["route"] == "smd_se":
        work.read("smd", "smd")
        work.read("smd_se", "smd_se")
        work.step("vi", "smd_se**2", "the printed SMD is used as it is")
        return "smd"
    point, _, variance = effect["formula"].partition("; vi = ")
    if variance not in SMD_VARIANCES:
        raise NotRecomputed(f"no formula is known here for vi = {variance}")
    expression = SMD_VARIANCES[variance]
    is_given = effect["route"] == "smd"
    is_glass = "delta" in effect["formula"] or "2 n2" in variance
    # The symbol of the effect, and that of the difference in SDs before any J.
    name = "delta" if is_glass else "g" if effect["correction"] or "g^2" in variance else "d"
    raw = "d" if effect["correction"] else name
    if is_given:
        sizes(work)
    else:
        _difference_in_sds(work, raw, point)
    effective_sizes(work)
    work.step("N", "n1 + n2")
    if effect["correction"]:
        _hedges_j(work, "n2 - 1" if is_glass else "N - 2")
    if is_given:
        work.read("smd", "smd")
        work.step(name, "smd", "the printed SMD as it is")
        if name != "d" and "d**2" in expression:
            work.step("d", f"{name}/J")
    elif raw != name:
        work.step(name, f"J*{raw}")
    work.step("vi", expression)
    return name


def _difference_in_sds(work: Working, name: str, point: str) -> None:
    """Compute d or delta, intervention minus control, by the effect's route."""
    route = work.effect["route"]
    if has_arms(work):
        people_and_arms(work)
        divisor = point.rpartition("/")[2]
        if divisor == "sd_pooled":
            work.step("sd_pooled", POOLED)
        elif divisor == "s":
            work.step("s", "sqrt((sd1**2 + sd2**2)/2)")
        work.step(name, f"(mean1 - mean2)/{divisor}")
        return
    sizes(work)
    if route in {"md_se", "md_ci"}:
        md_given(work)
        _printed_se(work, route)
        work.step("sd_pooled", "md_se/sqrt(1/n1 + 1/n2)")
        work.step(name, "md/sd_pooled")
    elif route in SIGNLESS:
        statistic(work, route)
        direction(work)
        work.step(name, "sign*t*sqrt(1/n1 + 1/n2)")
    else:
        raise NotRecomputed(f"no formula is known here for the route '{route}'")


def _hedges_j(work: Working, m: str) -> None:
    work.step("m", m)
    if work.effect["correction"] == "approximate":
        work.step("J", "1 - 3/(4*m - 1)", "small-sample correction")
    else:
        form = "Γ(m/2)/(sqrt(m/2)*Γ((m - 1)/2))"
        work.step("J", "gamma_ratio(m)", "small-sample correction", form)


def _printed_se(work: Working, route: str) -> None:
    if route == "md_ci":
        se_from_ci(work)
    else:
        work.read("md_se", "md_se")


def _md(work: Working) -> str:
    route = work.effect["route"]
    if has_arms(work):
        people_and_arms(work)
        work.step("md", "mean1 - mean2")
        variance = "sd1**2/n1 + sd2**2/n2"
        if "sd_pooled" in work.effect["formula"]:
            work.step("sd_pooled", POOLED)
            variance = "sd_pooled**2*(1/n1 + 1/n2)"
        effective_sizes(work)
        work.step("vi", variance)
        return "md"
    sizes(work)
    md_given(work)
    if route in {"md_se", "md_ci"}:
        _printed_se(work, route)
    elif route in SIGNLESS:
        statistic(work, route)
        work.step("md_se", "abs(md/t)")
    else:
        raise NotRecomputed(f"no formula is known here for the route '{route}'")
    _inflated(work)
    return "md"


def _inflated(work: Working) -> None:
    """Compute the variance of a printed standard error, raised where the arms are divided."""
    if "shared_control" in work.flags:
        work.step("spread", "1/n1 + 1/n2", "of the arms as they are printed")
        effective_sizes(work)
        work.step("vi", "md_se**2*(1/n1 + 1/n2)/spread")
    elif is_divided(work):
        design_effect(work)
        work.step("vi", "md_se**2*design_effect")
    else:
        work.step("vi", "md_se**2")


def _rom(work: Working) -> str:
    """Compute a log ratio of means."""
    if not has_arms(work):
        printed_ratio(work, "ln_ROM")
        return "ln_ROM"
    people_and_arms(work)
    variance = "sd1**2/(n1*mean1**2) + sd2**2/(n2*mean2**2)"
    if "sd_pooled" in work.effect["formula"]:
        work.step("sd_pooled", POOLED)
        variance = "sd_pooled**2*(1/(n1*mean1**2) + 1/(n2*mean2**2))"
    effective_sizes(work)
    work.step("ln_ROM", "ln(mean1/mean2)")
    work.step("vi", variance)
    return "ln_ROM"


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
