"""How effects were computed: measures, what stood in for missing numbers, cluster trials."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from strataforest.directions import AS_MEASURED
from strataforest.models import RATIO_MEASURES
from strataforest.report.methods.made import Made, effects_words, flags_of, listed

SMD = {
    "d": "Cohen's d",
    "g": "Hedges' g",
    "glass": "Glass's delta",
    "unequal": "the standardised mean difference with unequal variances (Bonett 2008)",
}
CORRECTIONS = {
    "exact": "the exact small-sample factor J",
    "approximate": "the small-sample factor J = 1 − 3/(4m − 1)",
    "none": "no small-sample factor",
}
SDS = {"unequal": "each arm's own SD", "pooled": "the pooled SD"}
COUNTED = {
    "RR": "risk ratios",
    "OR": "odds ratios",
    "PETO": "Peto odds ratios",
    "RD": "risk differences",
}
ZERO_CELLS = {
    "only_zero": "0.5 was added to every cell of tables with an empty cell",
    "all": "0.5 was added to every cell of every table",
    "treatment_arm": "tables with an empty cell got treatment-arm continuity corrections "
    "(Sweeting 2004)",
    "none": "nothing was added to empty cells",
}
MEDIANS = {
    "shi": "Luo 2018 (means) and Wan 2014 or, with all five numbers, Shi 2020 (SDs)",
    "luo": "Luo 2018 (means) and Wan 2014 (SDs)",
    "wan": "Wan 2014",
    "qe": "quantile estimation (McGrath 2020)",
    "bc": "the Box-Cox method (McGrath 2020)",
}
# By route: what an effect is computed from, where means and SDs (or counts) are not printed.
ORIGINS = {
    "t_stat": "t statistics",
    "f_stat": "F statistics",
    "p_value": "exact p values",
    "md_ci": "mean differences with their intervals",
    "md_se": "mean differences with their standard errors",
    "means_se": "standard errors of means",
    "means_ci": "confidence intervals of means",
    "means_mixed": "standard errors or intervals of means",
    **dict.fromkeys(("log_ratio", "ratio_ci"), "printed ratios"),
    **dict.fromkeys(("smd", "smd_se"), "printed standardised mean differences"),
}


def effect_sizes(made: Made) -> str:
    """Return how the effects that were chosen were computed."""
    parts = [*_measures(made), *_aligned(made), *_origins(made), *_clusters(made)]
    return " ".join(parts)


def _measures(made: Made) -> Iterator[str]:
    model = made.preset["effect_size"]
    if "SMD" in made.measures:
        yield f"Standardised mean differences (SMD) were {_smd(model)}."
    for measure, words in (("MD", "Mean differences"), ("ROM", "Logarithms of ratios of means")):
        if measure in made.measures:
            yield f"{words} have the variance from {SDS[model['md_sds']]}."
    counted = [m for m in made.measures if m in COUNTED]
    if counted:
        ratios = RATIO_MEASURES & set(counted)
        logs = ", pooled as logarithms" if ratios == set(counted) else ", ratios as logarithms"
        words = listed([COUNTED[m] for m in counted])
        yield f"Binary outcomes are {words}{logs if ratios else ''}."
        yield from _zero_cells(made, counted)


def _smd(model: Mapping) -> str:
    name, kind = SMD[model["estimator"]], model["estimator"]
    factor = "" if kind == "d" else f" with {CORRECTIONS[model['correction']]}"
    total, m = ("n2", "n2 − 1") if kind == "glass" else ("N", "N − 2")
    e = {"d": "d", "g": "g"}.get(kind, "Δ")
    variance = {
        "ls": f"1/n1 + 1/n2 + {e}²/(2{total})",
        "holkinse": f"1/n1 + 1/n2 + {e}²/(2({m}{' − 1.94' if kind == 'g' else ''}))",
        "ub": f"1/n1 + 1/n2 + (1 − (m − 2)/(m J²)) {e}², m = {m}",
        "j_times_d": f"J² (1/n1 + 1/n2 + d²/(2{total}))",
        "bonett": "of Bonett 2008",
    }[model["se"]]
    return f"{name}{factor}, with the variance {variance}"


def _zero_cells(made: Made, counted: Sequence[str]) -> Iterator[str]:
    model, flagged = made.preset["effect_size"], made.flagged("zero_cells_corrected")
    if flagged:
        ways = {flags_of(row)["zero_cells_corrected"] or "only_zero" for row in flagged}
        told = [ZERO_CELLS[way] for way in sorted(ways)]
        yield f"For these {listed(told)} ({effects_words(flagged)})."
    if model["double_zero"] != "keep" and (
        model["double_zero"] == "drop" or RATIO_MEASURES & set(counted)
    ):
        gone = [
            row
            for row in made.results.rows("effects/exclusions.csv")
            if row["reason_code"] == "no_events"
        ]
        if gone:
            rows = f"{len(gone)} row{'s' * (len(gone) != 1)}"
            yield f"Trials with the event in nobody or in everybody gave no effect ({rows})."


def _aligned(made: Made) -> Iterator[str]:
    measured = [m for m in made.measures if m in AS_MEASURED]
    if set(made.measures) - AS_MEASURED:
        left = f"; {listed([COUNTED[m] for m in measured])} are as measured" if measured else ""
        yield f"Mean differences were turned so that a positive one favours the intervention{left}."


def _origins(made: Made) -> Iterator[str]:
    """Yield what effects were computed from that reports did not print as it is needed."""
    found = Counter(ORIGINS[row["route"]] for row in made.selected if row["route"] in ORIGINS)
    if found:
        told = [f"{name} ({n})" for name, n in sorted(found.items(), key=lambda i: (-i[1], i[0]))]
        yield (
            "Where means and SDs, or counts, were not reported, effects were computed from "
            f"{listed(told)}."
        )
    if medians := made.flagged("medians"):
        method = MEDIANS[flags_of(medians[0])["medians"]]
        skewed = [row for row in medians if "skewed" in flags_of(row)]
        doubt = f", of which {len(skewed)} look skewed" if skewed else ""
        n = effects_words(medians)
        yield f"Means and SDs were derived from medians by {method} ({n}{doubt})."
    if borrowed := made.flagged("borrowed_sd"):
        yield (
            "Where nothing gave an SD, the pooled SD of all other trials of the same indicator, "
            f"instrument, unit and metric stood in (Furukawa 2006; {effects_words(borrowed)})."
        )
    if changes := made.flagged("change_correlation"):
        assumed = sorted({flags_of(row)["change_correlation"] for row in changes}, key=float)
        yield (
            "Changes were computed from baseline and final values with an assumed correlation of "
            f"{listed(assumed)} ({effects_words(changes)})."
        )
    yield from _assumed(made)


def _assumed(made: Made) -> Iterator[str]:
    if bounded := made.flagged("bounded_p"):
        yield f"A p printed as a bound was taken at its bound ({effects_words(bounded)})."
    if halved := made.flagged("equal_arms_assumed"):
        yield (
            "Where only the total of participants was reported, arms of equal size were assumed "
            f"({effects_words(halved)})."
        )


def _clusters(made: Made) -> Iterator[str]:
    clusters, assumed = made.flagged("design_effect"), made.flagged("icc_from_config")
    assumed = [row for row in assumed if row in clusters]
    if clusters:
        icc = made.options["conversions"]["default_icc"]
        told = f"; an ICC of {icc:g} was assumed for {len(assumed)}" if assumed else ""
        yield (
            "Arms of cluster-randomised trials were divided by the design effect "
            f"1 + (mean cluster size − 1) × ICC ({effects_words(clusters)}{told})."
        )
    if bare := made.flagged("cluster_not_adjusted"):
        yield (
            "Without cluster size or intracluster correlation, clustering was not adjusted for in "
            f"{effects_words(bare)}."
        )
