"""What formulas are made of: sizes, SDs, differences, statistics and directions, from cells."""

from strataforest.lineage.arithmetic import Working

ARMS = ((1, "treat"), (2, "control"))


def sizes(work: Working) -> None:
    """Take both arms' n, from their cells or from the total."""
    known = [i for i, arm in ARMS if work.has(f"n_{arm}")]
    for i, arm in ARMS:
        if i in known:
            work.read(f"n{i}", f"n_{arm}")
    if len(known) < 2:
        work.read("n_total", "n_total")
    for i, _ in ARMS:
        if not known:
            work.step(f"n{i}", "n_total/2", "equal arms assumed, as the config says")
        elif i not in known:
            work.step(f"n{i}", f"n_total - n{known[0]}", "what the total leaves")


def design_effect(work: Working) -> bool:
    """Compute the design effect of a cluster trial; return whether there is one."""
    flags = dict(f.partition("=")[::2] for f in work.effect["flags"].split(";"))
    if "design_effect" not in flags:
        return False
    work.mention("", "design", work.study["design"], "studies")
    work.read("cluster_size", "cluster_size", "studies")
    if "icc_from_config" in flags:
        beyond = work.values["cluster_size"] - 1
        icc = (float(flags["design_effect"]) - 1) / beyond if beyond else 0.0
        work.take("icc", "conversions.default_icc", repr(round(icc, 15)), "config")
    else:
        work.read("icc", "icc", "studies")
    work.step("design_effect", "1 + (cluster_size - 1)*icc", "a cluster trial")
    return True


def effective_sizes(work: Working) -> None:
    """Let n1, n2 be the effective sizes from here on, with N = n1 + n2."""
    if design_effect(work):
        for i, _ in ARMS:
            work.step(f"n{i}", f"n{i}/design_effect", "the effective n, for the variance")
    work.step("N", "n1 + n2")


def sds(work: Working) -> None:
    """Take or compute both arms' SDs from what the route reads."""
    source = work.effect["route"].removeprefix("means_")
    for i, arm in ARMS:
        found = source
        if source == "mixed":
            found = next((s for s in ("sd", "se") if work.has(f"{s}_{arm}")), "ci")
        if found == "sd":
            work.read(f"sd{i}", f"sd_{arm}")
        elif found == "se":
            work.read(f"se{i}", f"se_{arm}")
            work.step(f"sd{i}", f"se{i}*sqrt(n{i})", "SD from the standard error")
        else:
            work.read(f"low{i}", f"ci_low_{arm}")
            work.read(f"high{i}", f"ci_high_{arm}")
            work.step(f"t_crit{i}", f"t_quantile(0.975, n{i} - 1)")
            expression = f"sqrt(n{i})*(high{i} - low{i})/(2*t_crit{i})"
            work.step(f"sd{i}", expression, "SD from the confidence interval of the mean")


def means(work: Working) -> None:
    for i, arm in ARMS:
        work.read(f"mean{i}", f"mean_{arm}")


def md_given(work: Working) -> None:
    """Take the printed mean difference, or that of the printed means."""
    if work.has("md"):
        work.read("md", "md")
    else:
        means(work)
        work.step("md", "mean1 - mean2")


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
    higher = work.effect["higher_is_better"] == "yes"
    if work.has("favours"):
        favours = work.record["favours"]
        work.mention("", "favours", favours)
        side = "higher" if higher else "lower"
        expression = "1" if (favours == "treat") == higher else "-1"
        work.step("sign", expression, f"it favours {favours}, and {side} is better")
        return
    if not work.has("md"):
        means(work)
        work.step("md", "mean1 - mean2")
    elif "md" not in work.values:
        work.read("md", "md")
    work.step("sign", "1" if work.values["md"] > 0 else "-1", "the sign of the mean difference")
