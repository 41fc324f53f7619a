"""Strata that rest on an assumed correlation of baseline and final values, under others."""

from collections.abc import Iterator, Mapping, Sequence

from strataforest.effects.change_correlation import strata_under_correlations
from strataforest.heterogeneity import spread
from strataforest.pooling import pool

POOLED = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2")
COLUMNS = ("analysis", "stratum", "measure", "k", "n_assumed", "r", *POOLED, "i2")


def change_correlation_rows(
    analysis: str, stratum: str, fit: Mapping, alternatives: Sequence[Mapping[str, str]]
) -> Iterator[dict]:
    """Yield the pooled numbers of a stratum under each r; none where no effect rests on one.

    `alternatives` are the rows of effects/change_correlation.csv; `n_assumed` counts the effects
    that rest on r.
    """
    studies, model = fit["studies"], fit["preset"]["pooling"]
    effects = [
        {"effect_id": effect, "yi": studies["yi"][i], "vi": studies["vi"][i]}
        for i, effect in enumerate(studies["effect_id"])
    ]
    correlations, yi, vi = strata_under_correlations(effects, alternatives)
    if not len(correlations):
        return
    fitted = pool(yi, vi, tau2_method=model["tau2"], ci=model["ci"], level=model["level"])
    found = spread(yi, vi, fitted.tau2, i2=model["i2"])
    assumed = {row["effect_id"] for row in alternatives} & set(studies["effect_id"])
    names = {"analysis": analysis, "stratum": stratum, "measure": fit["measure"], "k": fit["k"]}
    for i, r in enumerate(correlations.tolist()):
        numbers = {name: getattr(fitted, name)[i].item() for name in POOLED}
        yield names | {"n_assumed": len(assumed), "r": r} | numbers | {"i2": found.i2[i].item()}
