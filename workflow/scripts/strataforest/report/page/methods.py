"""How the numbers came about, as paragraphs that a paper can take over."""

import sys
from collections.abc import Mapping
from importlib.metadata import version

from strataforest import __version__
from strataforest.figures.labels import INTERVALS, in_words

LIBRARIES = {"numpy": "NumPy", "scipy": "SciPy", "snakemake": "Snakemake"}
SMD = {
    "d": "Cohen's d",
    "g": "Hedges' g",
    "glass": "Glass's delta",
    "unequal": "the standardised mean difference with unequal variances",
}
I2 = {"tau2": "from τ² and the typical sampling variance", "q": "from Cochran's Q"}
PREDICTION = {
    "z": "by the normal distribution",
    "t_k_minus_1": "by t on k − 1 degrees of freedom",
    "t_k_minus_2": "by t on k − 2 degrees of freedom",
}


def software() -> str:
    """Return the versions that the numbers depend on."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    parts = [python, *(f"{label} {version(name)}" for name, label in LIBRARIES.items())]
    return f"strataforest {__version__} ({', '.join(parts)})"


def methods(preset: Mapping | None, fewest: int, fewest_small_study: int) -> list[str]:
    """Return the methods in words; `preset` is a fit's own account of its choices, if any is.

    `fewest` and `fewest_small_study` are the effects below which nothing is pooled or tested.
    """
    choice = (
        "Each trial gives each outcome domain one effect, chosen by a written order of criteria: "
        "indicator, time point, metric, direct before converted statistics, then information; "
        "every choice is listed above. Differences are aligned so that a positive one favours the "
        f"intervention. Strata with fewer than {fewest} effects are not pooled and are listed with "
        "the reason."
    )
    robust = (
        "Every effect was left out in turn, and deletion diagnostics were computed. Small-study "
        f"effects were tested from {fewest_small_study} effects on, by Egger's and Begg's tests "
        "(for counts also Peters' and Harbord's), trim and fill, PET-PEESE and a selection model. "
        "Moderators were tested by mixed-effects meta-regression."
    )
    made = f"Computed with {software()}."
    return [choice, *([_models(preset)] if preset else []), robust, made]


def _models(preset: Mapping) -> str:
    effect, model = preset["effect_size"], preset["pooling"]
    smd = SMD.get(effect["estimator"], effect["estimator"])
    common = model["tau2"] == "EE"
    kind = "a common-effect model" if common else "a random-effects model"
    tau2 = "" if common else f" with τ² by {model['tau2']}"
    level = f"{100 * model['level']:g}%"
    return (
        f"Standardised mean differences are {smd}; ratios were pooled as logarithms. Effects were "
        f"pooled by {kind}{tau2}, with {level} intervals by {INTERVALS[model['ci']]}. I² was "
        f"computed {I2.get(model['i2'], model['i2'])}, prediction intervals "
        f"{PREDICTION.get(model['prediction'], model['prediction'])}. All other choices are those "
        f"of the preset {preset['name']} ({in_words('presets', preset['name'])})."
    )
