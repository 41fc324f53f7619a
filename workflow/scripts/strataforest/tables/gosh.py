"""All subsets of each stratum (GOSH), summed up in one row."""

from collections.abc import Mapping

from strataforest.diagnostics.sections import QUANTILES

SHARES = ("same_sign", "significant")
SPLIT = ("split_study_id", "split_effect_id", "median_with", "median_without")
COLUMNS = (
    *("analysis", "stratum", "measure", "k", "estimate", "subsets", "kind", *QUANTILES, *SHARES),
    *(*SPLIT, "converged"),
)


def gosh_row(analysis: str, stratum: str, fit: Mapping, summary: Mapping) -> dict:
    """Return the row of a stratum from its fit and the `gosh_summary` of its subsets."""
    index, studies = summary["split_index"], fit["studies"]
    names = {"analysis": analysis, "stratum": stratum, "measure": fit["measure"], "k": fit["k"]}
    split = {
        "split_study_id": None if index is None else studies["study_id"][index],
        "split_effect_id": None if index is None else studies["effect_id"][index],
    }
    kept = {name: summary[name] for name in COLUMNS if name in summary}
    return names | {"estimate": fit["pooled"]["estimate"]} | split | kept
