"""From a fit to the content of a stratum's figures: labels, signs and titles, no numbers."""

from collections.abc import Mapping

from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.forest_data import ForestData, ForestRow
from strataforest.figures.labels import (
    EVENTS,
    cluster_note,
    dependence_note,
    measure_words,
    model_words,
    study_labels,
)
from strataforest.risk_of_bias.tools import TOOLS


def forest_data(
    fit: Mapping,
    title: str,
    labels: Mapping[str, str],
    judged: Mapping[str, Mapping[str, str]] | None = None,
    tool: str = "",
) -> ForestData:
    """Return the content of a stratum's forest plot; `labels` are the domains' names.

    `judged` holds the judgements of risk of bias by trial, made with `tool`; without any the plot
    shows none.
    """
    studies, pooled, spread = fit["studies"], fit["pooled"], fit["heterogeneity"]
    columns = ("n_treat", "n_control", "yi", "ci_low", "ci_high", "weight")
    columns += tuple(name for name in EVENTS if name in studies)
    rows = [
        ForestRow(
            label,
            *(studies[column][i] for column in columns),
            judgements=(judged or {}).get(studies["study_id"][i], {}),
        )
        for i, label in enumerate(study_labels(studies, labels))
    ]
    model = fit["preset"]["pooling"]
    left, right = sides(fit["favourable"])
    return ForestData(
        title=title,
        measure=measure_words(fit["measure"]),
        rows=rows,
        **{n: pooled[n] for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "p_value")},
        **{n: spread[n] for n in ("i2", "q", "q_df", "q_p")},
        tau2=pooled["tau2"],
        level=model["level"],
        model=model_words(fit["preset"]),
        left_label=left,
        right_label=right,
        ratio=fit["measure"] in RATIOS,
        show_totals=not dependence_note(studies),
        tool=TOOLS[tool] if judged else None,
        note=" ".join(filter(None, (dependence_note(studies), cluster_note(studies)))),
    )
