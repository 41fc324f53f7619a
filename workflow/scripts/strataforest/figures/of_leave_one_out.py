"""From a fit to the content of its leave-one-out plot."""

from collections.abc import Mapping

from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.labels import measure_words, study_labels
from strataforest.figures.leave_one_out import LeaveOneOutData, LeaveOneOutRow


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
        measure=measure_words(fit["measure"]),
        rows=rows,
        **{name: pooled[name] for name in ("estimate", "ci_low", "ci_high")},
        ratio=fit["measure"] in RATIOS,
        level=fit["preset"]["pooling"]["level"],
        left_label=left,
        right_label=right,
    )
