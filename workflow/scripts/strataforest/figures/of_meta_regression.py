"""From a meta-regression to the content of its plots: labels, sentences, no numbers of its own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from strataforest.figures.bubble import BubbleData, bubble_plot
from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.factor_levels import FactorData, FactorLevel, factor_plot
from strataforest.figures.labels import label_of, measure_words
from strataforest.formatting import coefficient_texts, fixed, p_value


def moderator_plots(
    fit: Mapping, level: float, title: str, domains: Mapping[str, str]
) -> Iterator[tuple[str, Callable, Any]]:
    """Yield (moderator, plot, content) of one scope: a bubble plot or, for a factor, its levels.

    The figure is plot(content).
    """
    for line in fit.get("lines", ()):
        content = bubble_data(fit, line, level, title, domains)
        yield line["moderator"], bubble_plot, content
    for factor in fit.get("levels", ()):
        yield factor["moderator"], factor_plot, factor_data(fit, factor, level, title)


def bubble_data(
    fit: Mapping, line: Mapping, level: float, title: str, domains: Mapping[str, str]
) -> BubbleData:
    """Return the content of a bubble plot along one numeric moderator."""
    effects, name = fit["effects"], line["moderator"]
    column = [term["term"] for term in fit["terms"]].index(name)
    return BubbleData(
        title=f"{title}: {fit['label']}",
        measure=measure_words(fit["measure"]),
        moderator=label_of(name),
        x=[row[column] for row in effects["x"]],
        yi=effects["yi"],
        weights=_weights(fit),
        labels=_labels(fit, domains),
        line_x=line["x"],
        line_fit=line["estimate"],
        **{key: line[key] for key in ("ci_low", "ci_high", "pi_low", "pi_high")},
        slope_text=_slope(fit, fit["terms"][column], level),
        ratio=fit["measure"] in RATIOS,
        level=level,
        note=_note(fit),
    )


def factor_data(fit: Mapping, factor: Mapping, level: float, title: str) -> FactorData:
    """Return the content of a plot of the levels of one factor."""
    effects, weights = fit["effects"], _weights(fit)
    levels = []
    for i, label in enumerate(factor["levels"]):
        own = [j for j, name in enumerate(factor["of_effect"]) if name == label]
        levels.append(
            FactorLevel(
                label,
                *(factor[key][i] for key in ("estimate", "ci_low", "ci_high")),
                effects=[effects["yi"][j] for j in own],
                weights=[weights[j] for j in own],
            )
        )
    model, ratio = fit["model"], fit["measure"] in RATIOS
    left, right = sides(fit["favourable"])
    return FactorData(
        title=f"{title}: {fit['label']}",
        measure=measure_words(fit["measure"]),
        moderator=label_of(factor["moderator"]),
        levels=levels,
        test_text=f"Test of all moderators: {p_value(model['qm_p'])}; {_explained(model)}",
        ratio=ratio,
        level=level,
        left_label=left,
        right_label=right,
        note=_note(fit),
    )


def _note(fit: Mapping) -> str:
    """Say which effects are not drawn, and that what is drawn is adjusted."""
    missing = len(fit["dropped"])
    more = "1 more effect lacks" if missing == 1 else f"{missing} more effects lack"
    notes = [f"{more} a moderator."] if missing else []
    if len(fit["lines"]) + len(fit["levels"]) > 1:
        notes.append("The other moderators are held at their means.")
    return " ".join(notes)


def _weights(fit: Mapping) -> list[float]:
    return [1 / (vi + fit["model"]["tau2"]) for vi in fit["effects"]["vi"]]


def _labels(fit: Mapping, domains: Mapping[str, str]) -> list[str]:
    names = fit["effects"]["study_id"]
    if len(set(names)) == len(names):
        return names
    parts = [effect.split("|") for effect in fit["effects"]["effect_id"]]
    return [f"{n} ({domains.get(p[1], p[1])})" for n, p in zip(names, parts, strict=True)]


def _slope(fit: Mapping, term: Mapping, level: float) -> str:
    slope, low, high = coefficient_texts(*(term[name] for name in ("b", "ci_low", "ci_high")))
    text = f"Slope {slope} [{100 * level:g}% CI {low} to {high}], {p_value(term['p_value'])}"
    if term["permutation_p"] is not None:
        text += f" (by permutation {p_value(term['permutation_p'])})"
    return f"{text}; {_explained(fit['model'])}; k = {fit['k']}"


def _explained(model: Mapping) -> str:
    if model["r2"] is None:
        return "R² undefined: no heterogeneity to explain"
    return f"R² {fixed(model['r2'], 1)}%"
