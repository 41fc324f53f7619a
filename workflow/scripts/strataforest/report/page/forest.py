"""The forest plot of a stratum as the page shows it: every text and position it can take.

What a reader may choose (a study left out, a program's formulas) was computed by the workflow and
is laid ready here; the page itself only shows it.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import NormalDist

from strataforest.figures.directions import sides
from strataforest.figures.labels import (
    EVENTS,
    cluster_note,
    dependence_note,
    in_words,
    measure_words,
    model_words,
    study_labels,
)
from strataforest.formatting import (
    effect_texts,
    exponential,
    is_missing,
    p_value,
    percent,
    variance,
)
from strataforest.models import RATIO_MEASURES
from strataforest.report.page.about_study import arm_text, cells_words, people_words
from strataforest.report.page.judgements import Judged, in_short
from strataforest.report.page.scale import Scale, make_scale
from strataforest.tabular import Row, number

CONFIGURED = "configured"


def forest(
    fit: Mapping,
    title: str,
    labels: Mapping[str, str],
    by_preset: Sequence[Row],
    covariates: Sequence[Row],
    judged: Judged,
    effects_table: Mapping[str, Row],
) -> dict:
    """Return a stratum's forest plot for the page.

    `fit` is the stratum's fit, `by_preset` its effects under every preset, `covariates` what
    describes its trials, `judged` their risk of bias, `effects_table` the rows of effects.csv by
    effect_id, `labels` the domains' names. Effects are aligned, as in the figures.
    """
    ratio, studies = fit["measure"] in RATIO_MEASURES, fit["studies"]
    pooled = {row["preset"]: row for row in fit["presets"]}
    scale, level = _scale(fit, ratio), fit["preset"]["pooling"]["level"]
    rows = _rows(fit, labels, _effects_by_preset(studies, by_preset), scale)
    described = {row["effect_id"]: row for row in covariates}
    columns = judged.columns(studies["study_id"])
    for i, row in enumerate(rows):
        discs = judged.discs(row["study_id"], columns)
        row |= {
            "year": described.get(row["effect_id"], {}).get("year", ""),
            "judgements": discs,
            "risk": in_short(discs),
            "treat": arm_text(studies, i, "treat"),
            "control": arm_text(studies, i, "control"),
            "people": people_words(studies, i),
            "cells": cells_words(effects_table.get(row["effect_id"], {})),
        }
    return {
        "id": f"{fit['analysis']}-{fit['stratum']}",
        "name": f"{fit['analysis']}/{fit['stratum']}",
        "title": title,
        "measure": measure_words(fit["measure"]),
        "k": fit["k"],
        "model": model_words(fit["preset"]),
        "level": percent(100 * level),
        "sides": sides(fit["favourable"]),
        "null": scale.at(0.0),
        "ticks": scale.ticks,
        "with_events": any(not is_missing(n) for name in EVENTS for n in studies.get(name, ())),
        "with_years": any(row["year"] for row in rows),
        "rows": rows,
        "pooled": {n: _pooled(row, ratio, scale) | _note(row) for n, row in pooled.items()},
        "presets": {name: in_words("presets", name) for name in pooled if name != CONFIGURED},
        "risk": judged.legend(studies["study_id"]),
        "notes": [n for n in (dependence_note(studies), cluster_note(studies)) if n],
    }


def _rows(fit: Mapping, labels: Mapping[str, str], effects: Mapping, scale: Scale) -> list[dict]:
    """Return each study as every preset shows it, and what is pooled without it."""
    ratio, level = fit["measure"] in RATIO_MEASURES, fit["preset"]["pooling"]["level"]
    pooled = {row["preset"]: row for row in fit["presets"]}
    studies, left_out = fit["studies"], fit["leave_one_out"]
    return [
        {
            "label": label,
            "study_id": studies["study_id"][i],
            "effect_id": studies["effect_id"][i],
            "shown": {
                name: _study(chosen[i], pooled[name], chosen, level, ratio, scale)
                for name, chosen in effects.items()
            },
            "without": _pooled(_nth(left_out, i), ratio, scale)
            | {"flags": ", ".join(left_out["flags"][i])},
        }
        for i, label in enumerate(study_labels(studies, labels))
    ]


def _effects_by_preset(
    studies: Mapping, by_preset: Sequence[Row]
) -> dict[str, list[tuple[float, float] | None]]:
    """Return (yi, vi) of each study under the review's own settings and under each preset."""
    found = {(row["preset"], row["effect_id"]): row for row in by_preset}
    own = list(zip(studies["yi"], studies["vi"], strict=True))
    effects = {CONFIGURED: own}
    for name in dict.fromkeys(row["preset"] for row in by_preset):
        rows = [found.get((name, effect_id)) for effect_id in studies["effect_id"]]
        effects[name] = [row and (number(row["yi"]), number(row["vi"])) for row in rows]
    return effects


def _study(
    effect: tuple[float, float] | None,
    pooled: Mapping,
    others: Sequence,
    level: float,
    ratio: bool,
    scale: Scale,
) -> dict:
    """Return one study's effect as shown: yi and its interval by z, sqrt(vi) being the SE.

    The weight is its share of the sum of 1/(vi + tau2).
    """
    if effect is None:
        return {"text": "no effect", "weight": "", "mark": {}, "size": 0, "value": ""}
    yi, vi = effect
    half = NormalDist().inv_cdf((1 + level) / 2) * sqrt(vi)
    interval = (yi, yi - half, yi + half)
    tau2 = pooled["tau2"] or 0.0
    weights = [1 / (other[1] + tau2) for other in others if other]
    share = 100 / (vi + tau2) / sum(weights)
    largest = 100 * max(weights) / sum(weights)
    return {
        "text": effect_text(interval, ratio),
        "value": repr(yi),
        "weight": percent(share, 1),
        "share": round(share, 4),
        # Areas, not sides, are as the weights; the smallest stays visible.
        "size": round(0.35 + 0.65 * sqrt(share / largest), 3),
        "mark": scale.mark(interval),
    }


def _pooled(row: Mapping, ratio: bool, scale: Scale) -> dict:
    interval = (row["estimate"], row["ci_low"], row["ci_high"])
    prediction = (row.get("pi_low"), row.get("pi_high"))
    return {
        "text": effect_text(interval, ratio),
        "value": repr(row["estimate"]),
        "p": p_value(row["p_value"]),
        "tau2": variance(row["tau2"]),
        "i2": percent(row["i2"], 1),
        "prediction": effect_text((None, *prediction), ratio) if "pi_low" in row else "",
        "mark": scale.mark(interval, prediction),
    }


def _note(row: Mapping) -> dict:
    notes = [row["differs_in"] and f"Differs in {row['differs_in']}.", row["note"]]
    return {"note": " ".join(filter(None, notes))}


def _nth(columns: Mapping[str, Sequence], i: int) -> dict:
    return {name: values[i] for name, values in columns.items() if isinstance(values, list)}


def effect_text(interval: tuple, ratio: bool) -> str:
    """Return `0.52 [0.31, 0.73]`; without an estimate `0.31 to 0.73`, without ends a dash."""
    if ratio:
        interval = tuple(exponential(x) for x in interval)
    estimate, low, high = effect_texts(*interval, ratio=ratio)
    if interval[0] is None:
        return low if interval[1] is None else f"{low} to {high}"
    # The interval stays on one line where the column is narrow.
    return f"{estimate} [{low},\u00a0{high}]"


def _scale(fit: Mapping, ratio: bool) -> Scale:
    studies, left_out = fit["studies"], fit["leave_one_out"]
    rows = list(zip(studies["yi"], studies["ci_low"], studies["ci_high"], strict=True))
    names = ("estimate", "ci_low", "ci_high")
    anchors = [row[name] for row in fit["presets"] for name in names]
    anchors += [value for name in names for value in left_out[name]]
    pooled = fit["pooled"]
    prediction = (pooled["estimate"], pooled["pi_low"], pooled["pi_high"])
    return make_scale(rows, anchors, ratio, [prediction])
