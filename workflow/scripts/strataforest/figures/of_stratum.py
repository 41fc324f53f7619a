"""From a fit to the content of a stratum's figures: labels, signs and titles, no numbers."""

from collections.abc import Mapping, Sequence

from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.forest import ForestData, ForestRow
from strataforest.figures.leave_one_out import LeaveOneOutData, LeaveOneOutRow
from strataforest.formatting import is_missing, significant

EVENTS = ("events_treat", "events_control")
INTERVALS = {
    "z": "z",
    "hksj": "HKSJ",
    "hksj_adhoc": "HKSJ (factor at least 1)",
    "hksj_conditional": "HKSJ (z where k < 3 or tau² = 0)",
}


def forest_data(fit: Mapping, title: str, labels: Mapping[str, str]) -> ForestData:
    """Return the content of a stratum's forest plot; `labels` are the domains' names."""
    studies, pooled, spread = fit["studies"], fit["pooled"], fit["heterogeneity"]
    columns = ("n_treat", "n_control", "yi", "ci_low", "ci_high", "weight")
    columns += tuple(name for name in EVENTS if name in studies)
    rows = [
        ForestRow(label, *(studies[column][i] for column in columns))
        for i, label in enumerate(study_labels(studies, labels))
    ]
    model = fit["preset"]["pooling"]
    left, right = sides(fit["favourable"])
    return ForestData(
        title=title,
        measure=fit["measure"],
        rows=rows,
        **{n: pooled[n] for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "p_value")},
        **{n: spread[n] for n in ("i2", "q", "q_df", "q_p")},
        tau2=pooled["tau2"],
        level=model["level"],
        model=f"{'Common effect' if model['tau2'] == 'EE' else 'Random effects'} "
        f"({model['tau2']}), {INTERVALS[model['ci']]} interval; "
        f"{fit['preset']['name']} formulas",
        left_label=left,
        right_label=right,
        ratio=fit["measure"] in RATIOS,
        show_totals=not _dependence_note(studies),
        note=" ".join(filter(None, (_dependence_note(studies), cluster_note(studies)))),
    )


def _dependence_note(studies: Mapping[str, Sequence]) -> str:
    k, n_trials = len(studies["study_id"]), len(set(studies["study_id"]))
    trials = f"{n_trials} trial{'s' * (n_trials > 1)}"
    return f"{k} effects of {trials}, pooled as if independent." if n_trials < k else ""


def cluster_note(studies: Mapping[str, Sequence]) -> str:
    """Return which trials' people or counts stand divided behind their effects, or nothing.

    A printed ratio, which has no counts, is used as it is, also that of a cluster trial.
    """
    effects = studies.get("design_effect") or []
    is_binary = all(name in studies for name in EVENTS)
    found = {}
    for i, (name, divisor) in enumerate(zip(studies["study_id"], effects, strict=False)):
        is_printed = is_binary and any(is_missing(studies[column][i]) for column in EVENTS)
        if divisor is not None and divisor > 1 and not is_printed:
            found[name] = significant(divisor, 3)
    if not found:
        return ""
    what = "Counts" if is_binary else "For the variance, participants"
    if len(found) == 1:
        ((name, divisor),) = found.items()
        return f"{what} of {name} are divided by its design effect, {divisor}."
    *first, last = (f"{name} ({divisor})" for name, divisor in found.items())
    return f"{what} of {', '.join(first)} and {last} are divided by their design effects."


def leave_one_out_data(fit: Mapping, title: str, labels: Mapping[str, str]) -> LeaveOneOutData:
    """Return the content of a stratum's leave-one-out plot; `labels` are the domains' names."""
    result, pooled = fit["leave_one_out"], fit["pooled"]
    columns = ("estimate", "ci_low", "ci_high", "flags")
    rows = [
        LeaveOneOutRow(label, *(result[column][i] for column in columns))
        for i, label in enumerate(study_labels(fit["studies"], labels))
    ]
    left, right = sides(fit["favourable"])
    return LeaveOneOutData(
        title=title,
        measure=fit["measure"],
        rows=rows,
        **{name: pooled[name] for name in ("estimate", "ci_low", "ci_high")},
        ratio=fit["measure"] in RATIOS,
        level=fit["preset"]["pooling"]["level"],
        left_label=left,
        right_label=right,
    )


def study_labels(studies: Mapping[str, Sequence], labels: Mapping[str, str]) -> list[str]:
    """Return a label per effect: the trial, and the domain where a trial has several effects."""
    names = studies["study_id"]
    if len(set(names)) == len(names):
        return list(names)
    parts = [effect.split("#")[0].split("|") for effect in studies["effect_id"]]
    return [
        f"{name} ({labels.get(part[1], part[1])})" if names.count(name) > 1 else name
        for name, part in zip(names, parts, strict=True)
    ]
