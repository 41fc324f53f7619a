"""From the fits of a domain and of its subgroups to a forest plot in blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from strataforest.figures.forest_data import ForestData, ForestGroup
from strataforest.figures.labels import heterogeneity_words
from strataforest.formatting import count, fixed, p_value


def subgroup_data(
    whole: ForestData,
    effect_ids: Sequence[str],
    blocks: Sequence[Mapping],
    fits: Mapping[str, Mapping],
    test: Mapping,
) -> ForestData:
    """Return `whole`, the plot of a domain, with its rows in blocks.

    `effect_ids` are those of its rows. Each block has a `label`, its `effects` by their ids, a
    `reason` if it is not pooled, and the `stratum` whose fit is in `fits` if it is. `test` is the
    row on their difference of the table of subgroup tests.
    """
    rows = dict(zip(effect_ids, whole.rows, strict=True))
    groups, ordered = [], []
    for block in blocks:
        own = [effect for effect in block["effects"] if effect in rows]
        if own:
            ordered += [rows[effect] for effect in own]
            groups.append(_group(block, len(own), fits.get(block["stratum"])))
    note = " ".join(filter(None, (subgroup_words(test), whole.note)))
    return replace(whole, rows=ordered, groups=groups, note=note)


def _group(block: Mapping, size: int, fit: Mapping | None) -> ForestGroup:
    if fit is None:
        return ForestGroup(block["label"], size, note=block["reason"])
    pooled, spread = fit["pooled"], fit["heterogeneity"]
    words = heterogeneity_words(
        pooled["tau2"], *(spread[name] for name in ("i2", "q", "q_df", "q_p"))
    )
    ends = (pooled[name] for name in ("estimate", "ci_low", "ci_high"))
    return ForestGroup(block["label"], size, *ends, note=words)


def subgroup_words(test: Mapping) -> str:
    """Return the test for subgroup differences in words, or why there is none."""
    if test.get("status") != "tested":
        return f"No test for subgroup differences: {test['reason']}." if test.get("reason") else ""
    numbers = f"Q = {fixed(test['q_between'], 2)} (df {count(test['df'])})"
    text = f"Test for subgroup differences: {numbers}, {p_value(test['p_value'])}."
    return text + (f" {test['warning'].capitalize()}." if test.get("warning") else "")
