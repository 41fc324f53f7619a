"""Why a row gives no effect, in the words a reviewer needs to complete it."""

from collections.abc import Mapping


def reason_for_exclusion(
    row: Mapping[str, str], is_unsigned: bool, bounded_p: str = "exclude"
) -> tuple[str, str]:
    """Return (reason_code, reason) for a record that no route could turn into an effect.

    `is_unsigned` says that only the direction is missing; `bounded_p` is the config's rule.
    """
    if is_unsigned:
        return (
            "direction_unknown",
            "the statistic has no direction: fill favours (treat or control), or the means",
        )
    if _binary(row):
        return _why_no_ratio(row)
    has_means = row["mean_treat"] and row["mean_control"]
    if row["median_treat"] and not has_means:
        return (
            "medians_not_converted",
            "only medians are given, and means are not estimated from medians here",
        )
    usable_p = row["p_value"] and (row["p_value"][0] not in "<>" or bounded_p != "exclude")
    has_spread = any(row[f"{name}_treat"] for name in ("sd", "se", "ci_low"))
    has_statistic = (
        any(row[name] for name in ("md_se", "md_ci_low", "t_stat", "f_stat")) or usable_p
    )
    if not (row["n_treat"] and row["n_control"]) and (has_spread or has_statistic):
        total = f" (n_total = {row['n_total']})" if row["n_total"] else ""
        return (
            "arm_sizes_unknown",
            f"the arms' n are not known{total}: fill n_treat and n_control, or set "
            "conversions.assume_equal_arms where n_total is given",
        )
    return _why_no_difference(row, bool(has_means), bool(has_spread or has_statistic))


def _binary(row: Mapping[str, str]) -> bool:
    return any(row[name] for name in ("events_treat", "events_control", "log_ratio", "ratio"))


def _why_no_ratio(row: Mapping[str, str]) -> tuple[str, str]:
    if row["events_treat"] and row["events_control"]:
        if not (row["n_treat"] and row["n_control"]):
            return "arm_sizes_unknown", "events without the arms' n: fill n_treat and n_control"
        return "no_events", "no event in either arm, or events in everybody: it has no ratio"
    if row["ratio"] or row["log_ratio"]:
        return "ratio_without_se", "a ratio without its CI or standard error"
    return "events_missing", "events are given for one arm only"


def _why_no_difference(
    row: Mapping[str, str], has_means: bool, has_spread: bool
) -> tuple[str, str]:
    p = row["p_value"]
    if has_means and row["sd_treat"] and float(row["sd_treat"]) == 0:
        return "zero_sd", "a standard deviation of 0 cannot standardise a difference"
    if p[:1] == "<":
        return (
            "bounded_p",
            f"only a bound on p is given ({p}): enter the exact p, or set conversions.bounded_p",
        )
    if p[:1] == ">":
        return "bounded_p", f"p {p} says only that p is not small; enter the exact p or the SDs"
    if has_means and not has_spread:
        return "no_spread", "means without SD, SE, CI, t or p: the standard error cannot be derived"
    if row["md"]:
        return "no_spread", "a mean difference without SE, CI, t or p"
    return "no_statistic", "nothing here gives an effect: no means, difference, statistic or counts"
