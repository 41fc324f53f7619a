"""From a fit to the content of a stratum's figures: labels, signs and titles, no numbers."""

from collections.abc import Mapping, Sequence

from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.forest import ForestData, ForestRow
from strataforest.figures.leave_one_out import LeaveOneOutData, LeaveOneOutRow

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
    rows = [
        ForestRow(label, *(studies[column][i] for column in columns))
        for i, label in enumerate(study_labels(studies, labels))
    ]
    model = fit["preset"]["pooling"]
    n_trials = len(set(studies["study_id"]))
    several = n_trials < fit["k"]
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
        show_totals=not several,
        note=f"{fit['k']} effects of {n_trials} trial{'s' * (n_trials > 1)}, pooled as if "
        "independent."
        if several
        else "",
    )


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
