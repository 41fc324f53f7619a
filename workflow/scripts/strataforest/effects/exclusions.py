"""Why a row gives no effect, in the words a reviewer needs to complete it."""

from collections.abc import Mapping

from strataforest.models import Conversions, EffectSizeModel
from strataforest.sheets.columns import OUTCOMES

# What stands in the two halves of a comparison; one without the other compares nothing.
OF_ARMS = tuple(
    column.name.removesuffix("_treat") for column in OUTCOMES if column.name.endswith("_treat")
)
BETWEEN_ARMS = ("md", "t_stat", "f_stat", "p_value", "smd", "log_ratio", "ratio")
QUANTILES = ("q1", "q3", "min", "max")
STATISTICS = ("md_se", "md_ci_low", "t_stat", "f_stat")


def reason_for_exclusion(
    row: Mapping[str, str],
    is_unsigned: bool,
    conversions: Conversions,
    model: EffectSizeModel,
    measure: str,
) -> tuple[str, str]:
    """Return (reason_code, reason) for a record that no route could turn into an effect.

    `is_unsigned` says that only the direction is missing; `measure` is the one that was tried.
    """
    if is_unsigned:
        return (
            "direction_unknown",
            "the statistic has no direction: fill favours (treat or control), or the means",
        )
    one_arm = _why_one_arm(row)
    if one_arm:
        return one_arm
    if row["events_treat"] or row["events_control"]:
        return _why_no_counts(row, measure)
    if row["ratio"] or row["log_ratio"]:
        return _why_no_ratio(measure)
    has_means = bool(row["mean_treat"] and row["mean_control"])
    if row["median_treat"] and not has_means:
        return _why_no_medians(row, conversions)
    usable_p = row["p_value"] and (
        row["p_value"][0] not in "<>" or conversions.bounded_p != "exclude"
    )
    has_spread = any(row[f"{name}_treat"] for name in ("sd", "se", "ci_low"))
    has_statistic = bool(any(row[name] for name in STATISTICS) or usable_p)
    if not (row["n_treat"] and row["n_control"]) and (has_spread or has_statistic):
        total = f" (n_total = {row['n_total']})" if row["n_total"] else ""
        return (
            "arm_sizes_unknown",
            f"the arms' n are not known{total}: fill n_treat and n_control, or set "
            "conversions.assume_equal_arms where n_total is given",
        )
    special = _why_not_this_measure(row, model, measure, has_means, has_spread, has_statistic)
    return special or _why_no_difference(row, has_means, has_spread or has_statistic)


def _why_one_arm(row: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what is missing where a row holds one arm and says nothing of another, or None."""
    treat, control = (
        {name for name in OF_ARMS if row[f"{name}_{arm}"]} for arm in ("treat", "control")
    )
    # Names and numbers of people alone are no result of an arm.
    has_result = bool((treat | control) - {"arm", "n"})
    if bool(treat) == bool(control) or not has_result or any(row[name] for name in BETWEEN_ARMS):
        return None
    if control:
        return "no_intervention_arm", "a control arm without an arm to compare it with"
    return (
        "no_control_arm",
        "an arm without a control arm beside it: fill the other arm, or name its control in `long`",
    )


def _why_no_counts(row: Mapping[str, str], measure: str) -> tuple[str, str]:
    if not (row["events_treat"] and row["events_control"]):
        return "events_missing", "events are given for one arm only"
    if not (row["n_treat"] and row["n_control"]):
        return "arm_sizes_unknown", "events without the arms' n: fill n_treat and n_control"
    has_events = any(float(row[f"events_{arm}"]) > 0 for arm in ("treat", "control"))
    if has_events and not _is_everybody(row):
        return (
            "zero_cells",
            "a table with a zero and no continuity correction: it has no finite ratio, or no "
            "standard error; see effect_size.zero_cells",
        )
    kind = "difference here" if measure == "RD" else "ratio"
    return "no_events", f"no event in either arm, or events in everybody: it has no {kind}"


def _is_everybody(row: Mapping[str, str]) -> bool:
    return all(
        float(row[f"events_{arm}"]) == float(row[f"n_{arm}"]) for arm in ("treat", "control")
    )


def _why_no_ratio(measure: str) -> tuple[str, str]:
    if measure == "RD":
        return "ratio_not_usable", "a printed ratio gives no risk difference: fill the counts"
    return "ratio_without_se", "a ratio without its CI or standard error"


def _why_no_medians(row: Mapping[str, str], conversions: Conversions) -> tuple[str, str]:
    if conversions.medians == "exclude":
        words = "only medians are given, and means are not estimated from medians here"
    elif not any(row[f"{name}_treat"] for name in QUANTILES):
        words = "only medians are given: fill quartiles (q1, q3) or the range (min, max)"
    elif not (row["n_treat"] and row["n_control"]):
        return "arm_sizes_unknown", "medians without the arms' n: fill n_treat and n_control"
    else:
        words = "medians whose quartiles or range give no estimate: check their order"
        if conversions.medians == "bc":
            words += "; Box-Cox needs numbers above 0, none of them equal to the median"
    return "medians_not_converted", words


def _why_not_this_measure(
    row: Mapping[str, str],
    model: EffectSizeModel,
    measure: str,
    has_means: bool,
    has_spread: bool,
    has_statistic: bool,
) -> tuple[str, str] | None:
    """Return what only some measures ask for, or None."""
    if measure == "ROM" and row["metric"] == "change":
        return "change_has_no_ratio", "means of changes have no ratio: enter the final values"
    if measure == "ROM" and has_means and has_spread:
        means = float(row["mean_treat"]), float(row["mean_control"])
        if means[0] * means[1] <= 0:
            return "means_of_two_signs", "a ratio needs two means above 0 (or two below)"
    if measure == "ROM" and has_statistic:
        return "arm_sds_missing", "a log ratio of means needs both arms' means and SDs"
    name = {"glass": "Glass's delta", "unequal": "an SMD of unequal variances"}
    if measure == "SMD" and model.estimator in name and has_statistic:
        words = f"{name[model.estimator]} needs both arms' means and SDs"
        return "arm_sds_missing", f"{words}: a pooled statistic does not give it"
    return None


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
    if has_means:
        return "no_spread", "means whose standard error cannot be derived from what is beside them"
    return "no_statistic", "nothing here gives an effect: no means, difference, statistic or counts"
