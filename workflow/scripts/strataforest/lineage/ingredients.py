"""What formulas are made of: sizes, differences, statistics and directions, from cells."""

from strataforest.lineage.arithmetic import Working

Arms = tuple[tuple[str, str], ...]
# The label that an arm's symbols end in, and the ending of its columns.
ARMS: Arms = (("1", "treat"), ("2", "control"))


def sizes(work: Working, arms: Arms = ARMS) -> None:
    """Take both arms' n, from their cells or from the total."""
    known = [i for i, arm in arms if work.has(f"n_{arm}")]
    for i, arm in arms:
        if i in known:
            work.read(f"n{i}", f"n_{arm}")
    if len(known) < 2:
        work.read("n_total", "n_total")
    for i, _ in arms:
        if not known:
            work.step(f"n{i}", "n_total/2", "equal arms assumed, as the config says")
        elif i not in known:
            work.step(f"n{i}", f"n_total - n{known[0]}", "what the total leaves")


def design_effect(work: Working) -> bool:
    """Compute the design effect of a cluster trial; return whether there is one."""
    if "design_effect" not in work.flags:
        return False
    work.mention("", "design", work.study["design"], "studies")
    work.read("cluster_size", "cluster_size", "studies")
    if "icc_from_config" in work.flags:
        beyond = work.values["cluster_size"] - 1
        icc = (float(work.flags["design_effect"]) - 1) / beyond if beyond else 0.0
        work.take("icc", "conversions.default_icc", repr(round(icc, 15)), "config")
    else:
        work.read("icc", "icc", "studies")
    work.step("design_effect", "1 + (cluster_size - 1)*icc", "a cluster trial")
    return True


def is_divided(work: Working) -> bool:
    """Whether the arms count for fewer people than they have."""
    return "design_effect" in work.flags or "shared_control" in work.flags


def effective_sizes(work: Working, *more: str) -> None:
    """Let n1, n2 be the effective sizes from here on, and so the symbols that begin with `more`."""
    if design_effect(work):
        for i, _ in ARMS:
            for name in ("n", *more):
                work.step(f"{name}{i}", f"{name}{i}/design_effect", "the effective number")
    if "shared_control" in work.flags:
        comparisons = work.flags["shared_control"]
        work.take("comparisons", "multi_arm", comparisons, "config", "split_control")
        for name in ("n", *more):
            work.step(f"{name}2", f"{name}2/comparisons", "its share of the control arm")


def md_given(work: Working) -> None:
    """Take the printed mean difference, or that of the printed means."""
    if work.has("md"):
        work.read("md", "md")
    else:
        printed_means(work)
        work.step("md", "mean1 - mean2")


def printed_means(work: Working) -> None:
    for i, arm in ARMS:
        work.read(f"mean{i}", f"mean_{arm}")


def se_from_ci(work: Working) -> None:
    work.read("md_low", "md_ci_low")
    work.read("md_high", "md_ci_high")
    work.step("t_crit", "t_quantile(0.975, n1 + n2 - 2)")
    work.step("md_se", "(md_high - md_low)/(2*t_crit)", "SE from the confidence interval")


def statistic(work: Working, route: str) -> None:
    """Compute the size of t from what the route reads."""
    if route == "t_stat":
        work.read("t_printed", "t_stat")
        work.step("t", "abs(t_printed)")
    elif route == "f_stat":
        work.read("F", "f_stat")
        work.step("t", "sqrt(F)")
    else:
        work.read("p", "p_value")
        bound = "p is taken at its bound, as the config says" if route == "bounded_p" else ""
        work.step("t", "t_from_p(p, n1 + n2 - 2)", bound or "the |t| of a two-sided p")


def direction(work: Working) -> None:
    """Find the sign of intervention minus control for a statistic printed without one."""
    higher = work.effect["higher_is_better"] != "no"
    if work.has("favours"):
        favours = work.record["favours"]
        work.mention("", "favours", favours)
        side = "higher" if higher else "lower"
        expression = "1" if (favours == "treat") == higher else "-1"
        work.step("sign", expression, f"it favours {favours}, and {side} is better")
        return
    if not work.has("md"):
        printed_means(work)
        work.step("md", "mean1 - mean2")
    elif "md" not in work.values:
        work.read("md", "md")
    work.step("sign", "1" if work.values["md"] > 0 else "-1", "the sign of the mean difference")
