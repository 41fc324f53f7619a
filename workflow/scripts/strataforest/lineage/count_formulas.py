"""The formulas of ratios and differences of risks, from counts or as printed."""

from strataforest.lineage.arithmetic import NotRecomputed, Working
from strataforest.lineage.arm_steps import people_and_arms
from strataforest.lineage.ingredients import effective_sizes

RATIOS = {
    "RR": ("ln(a/(a + b)) - ln(c/(c + d))", "1/a - 1/(a + b) + 1/c - 1/(c + d)"),
    "OR": ("ln(a*d/(b*c))", "1/a + 1/b + 1/c + 1/d"),
    "RD": ("a/(a + b) - c/(c + d)", "a*b/(a + b)**3 + c*d/(c + d)**3"),
    "PETO": ("(a - E)/V", "1/V"),
}
SYMBOLS = {"RD": "RD", "PETO": "ln_OR"}


def ratio(work: Working) -> str:
    """Compute a log ratio or a risk difference and its variance; return its symbol."""
    measure = work.effect["measure"]
    name = SYMBOLS.get(measure, f"ln_{measure}")
    if work.effect["route"] != "counts":
        printed_ratio(work, name)
        return name
    _table(work)
    if measure == "PETO":
        work.step("N", "a + b + c + d")
        work.step("E", "(a + b)*(a + c)/N", "events expected in the intervention arm")
        variance = "(a + b)*(c + d)*(a + c)*(b + d)/(N**2*(N - 1))"
        work.step("V", variance, "their hypergeometric variance")
    point, variance = RATIOS[measure]
    work.step(name, point)
    work.step("vi", variance)
    return name


def printed_ratio(work: Working, name: str) -> None:
    """Compute a printed log ratio, or that of a printed ratio with its CI."""
    route = work.effect["route"]
    if route == "log_ratio":
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


def _table(work: Working) -> None:
    """Compute the 2x2 table a, b (intervention, with and without the event), c, d (control)."""
    people_and_arms(work)
    effective_sizes(work, "events")
    correction = work.flags.get("zero_cells_corrected")
    why, added = "", ("", "")
    if correction == "treatment_arm":
        why = "a cell is 0: the arm's share of all people is added"
        for i, arm in ((1, "intervention"), (2, "control")):
            work.step(
                f"k{i}", f"n{i}/(n1 + n2)", f"the correction of the {arm} arm (Sweeting 2004)"
            )
        added = (" + k1", " + k2")
    elif correction is not None:
        is_all = correction == "all"
        cause = "as to every table" if is_all else "for one of them is 0"
        why, added = f"0.5 added to every cell, {cause}", (" + 0.5", " + 0.5")
    for i, with_event, without in ((1, "a", "b"), (2, "c", "d")):
        work.step(with_event, f"events{i}{added[i - 1]}", why)
        work.step(without, f"n{i} - events{i}{added[i - 1]}", why)
