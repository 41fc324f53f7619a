"""From a fit to the content of its diagnostic figures: labels, signs, sentences, no numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from strataforest.figures.baujat import BaujatData, BaujatPoint
from strataforest.figures.cumulative import CumulativeData, CumulativeRow
from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.funnel import FunnelData, FunnelPoint
from strataforest.figures.gosh import GoshData
from strataforest.figures.influence import InfluenceData, InfluenceRow
from strataforest.figures.labels import in_words, measure_words, study_labels
from strataforest.figures.of_small_study import from_json, small_study_sentences
from strataforest.figures.presets import PresetRow, PresetsData

_CONFIGURED = "configured"  # the name of a review's own row among the presets'
_DIAGNOSTICS = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "qe_del", "hat", "weight")


def influence_data(fit: Mapping, title: str, labels: Mapping[str, str]) -> InfluenceData:
    """Return the content of a stratum's influence panel; `labels` are the domains' names."""
    found = fit["influence"]
    rows = [
        InfluenceRow(
            label,
            *(from_json(found[name][i]) for name in _DIAGNOSTICS),
            influential=bool(found["influential"][i]),
        )
        for i, label in enumerate(study_labels(fit["studies"], labels))
    ]
    return InfluenceData(title, rows, fit["pooled"]["tau2"], fit["heterogeneity"]["q"])


def baujat_data(fit: Mapping, title: str, labels: Mapping[str, str]) -> BaujatData:
    """Return the content of a stratum's Baujat plot; `labels` are the domains' names."""
    found, flags = fit["baujat"], fit["influence"]["influential"]
    points = [
        BaujatPoint(label, from_json(found["x"][i]), from_json(found["y"][i]), bool(flags[i]))
        for i, label in enumerate(study_labels(fit["studies"], labels))
    ]
    # Only without tau2 do the squared Pearson residuals add up to Q.
    common = found["tau2_method"] == "EE"
    x_label = "Contribution to Cochran's Q" if common else "Squared Pearson residual"
    return BaujatData(title, points, x_label=x_label)


def funnel_data(fit: Mapping, title: str, labels: Mapping[str, str]) -> FunnelData:
    """Return the content of a stratum's funnel; `labels` are the domains' names."""
    studies, section = fit["studies"], fit["small_study"]
    filled = section["filled"] or {"k0": 0, "yi": [], "vi": []}
    points = [
        FunnelPoint(label, studies["yi"][i], studies["vi"][i] ** 0.5)
        for i, label in enumerate(study_labels(studies, labels))
    ]
    imputed = zip(filled["yi"], filled["vi"], strict=True)
    points += [FunnelPoint("", yi, vi**0.5, imputed=True) for yi, vi in imputed]
    left, right = sides(fit["favourable"])
    ratio, level = fit["measure"] in RATIOS, fit["preset"]["pooling"]["level"]
    return FunnelData(
        title=title,
        measure=measure_words(fit["measure"]),
        points=points,
        estimate=fit["pooled"]["estimate"],
        adjusted=filled["estimate"] if filled["k0"] else None,
        tests=small_study_sentences(section, ratio, level),
        ratio=ratio,
        level=level,
        left_label=left,
        right_label=right,
    )


def gosh_data(
    fit: Mapping, subsets, title: str, labels: Mapping[str, str], study: int | None
) -> GoshData:
    """Return the content of a stratum's GOSH plot from its `Gosh` result.

    `study` is the index of the one whose presence is shown (`split_index` of `gosh_summary`), or
    None. `labels` are the domains' names.
    """
    names = study_labels(fit["studies"], labels)
    return GoshData(
        title=title,
        measure=measure_words(fit["measure"]),
        estimates=np.asarray(subsets.estimate, dtype=float),
        i2=subsets.i2,
        estimate=fit["pooled"]["estimate"],
        inside=None if study is None else np.asarray(subsets.members(), dtype=bool)[:, study],
        study="" if study is None else names[study],
        exact=subsets.exact,
        ratio=fit["measure"] in RATIOS,
    )


def cumulative_data(
    fit: Mapping, section: Mapping[str, Sequence], title: str, labels: Mapping[str, str]
) -> CumulativeData:
    """Return the content of a stratum's cumulative plot; `section` is its table in columns.

    `section` holds effect_id, study_id, year, k, estimate, ci_low, ci_high, p_value and i2, an
    entry per study added. `labels` are the domains' names.
    """
    names = ("year", "k", "estimate", "ci_low", "ci_high", "p_value", "i2")
    rows = [
        CumulativeRow(label, *(section[name][i] for name in names))
        for i, label in enumerate(study_labels(section, labels))
    ]
    left, right = sides(fit["favourable"])
    return CumulativeData(
        title=title,
        measure=measure_words(fit["measure"]),
        rows=rows,
        ratio=fit["measure"] in RATIOS,
        level=fit["preset"]["pooling"]["level"],
        left_label=left,
        right_label=right,
    )


def presets_data(fit: Mapping, rows: Sequence[Mapping], title: str) -> PresetsData:
    """Return the content of a stratum's comparison of presets.

    `rows` are those of a fit's `presets`: the first one as configured, then one per preset.
    """
    left, right = sides(fit["favourable"])
    return PresetsData(
        title=title,
        measure=measure_words(fit["measure"]),
        rows=[_preset_row(row, fit["preset"]["name"]) for row in rows],
        ratio=fit["measure"] in RATIOS,
        level=fit["preset"]["pooling"]["level"],
        left_label=left,
        right_label=right,
        note=_crossings(rows),
    )


def _preset_row(row: Mapping, own: str) -> PresetRow:
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2", "p_value")
    configured = row["preset"] == _CONFIGURED
    preset = in_words("presets", own if configured else row["preset"])
    return PresetRow(
        f"As configured ({preset})" if configured else preset,
        *(from_json(row[name]) for name in names),
        current=configured,
        reason=row["note"],
    )


def _crossings(rows: Sequence[Mapping]) -> str:
    """Which presets change the reading of the result, and in what."""
    crossed = {row["preset"]: row["crossed"].replace("_", " ") for row in rows if row["crossed"]}
    found = [
        f"{in_words('presets', name)} ({lines.replace('; ', ', ')})"
        for name, lines in crossed.items()
    ]
    return f"The reading changes under {'; '.join(found)}." if found else ""
