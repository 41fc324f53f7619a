"""A review's strata as Cochrane data rows: what RevMan and the Cochrane Library exchange."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from strataforest.cochrane.columns import COLUMNS, OVERALL
from strataforest.lineage.formulas import arithmetic
from strataforest.models import RATIO_MEASURES
from strataforest.tabular import Row

Fit = Mapping[str, Any]
Records = Callable[[Row], Sequence[Row]]

ARMS = (("Experimental", "1", "treat"), ("Control", "2", "control"))
COUNTED = RATIO_MEASURES | {"RD"}


def data_rows(
    fits: Sequence[Fit],
    names: Mapping[tuple[str, str], str],
    effects: Mapping[str, Row],
    records_of: Records,
    studies: Mapping[str, Row],
) -> list[dict[str, Any]]:
    """Return a row under COLUMNS for each effect of each pooled stratum.

    An analysis of ours is an analysis group, a stratum an analysis, numbered in the order of
    `fits`; `names` are the strata's for readers, by (analysis, stratum). RevMan pools one kind of
    data per analysis: where every effect of a stratum has whole arms (see `_arms`) these stand
    there, otherwise each effect stands under GIV Mean and GIV SE. Mean, CI and Weight are ours.

    `effects` are the rows of effects.csv by id, `records_of` gives the records behind one,
    `studies` the rows of studies.csv by study_id.
    """
    groups = list(dict.fromkeys(fit["analysis"] for fit in fits))
    numbers: dict[str, int] = {}
    rows = []
    for fit in fits:
        analysis = fit["analysis"]
        numbers[analysis] = numbers.get(analysis, 0) + 1
        place = {
            "Analysis group": groups.index(analysis) + 1,
            "Analysis number": numbers[analysis],
            "Analysis name": names.get((analysis, fit["stratum"]), fit["stratum"]),
            "Applicability": OVERALL,
        }
        rows += [place | row for row in _stratum(fit, effects, records_of, studies)]
    return [dict.fromkeys(COLUMNS, "") | row for row in rows]


def _stratum(
    fit: Fit, effects: Mapping[str, Row], records_of: Records, studies: Mapping[str, Row]
) -> list[dict[str, Any]]:
    ids, shown = fit["studies"]["effect_id"], fit["studies"]
    own = [effects[name] for name in ids]
    arms = [
        _arms(effect, records_of(effect), studies.get(effect["study_id"], {})) for effect in own
    ]
    turned = {effect["aligned"] for effect in own}
    # Arms give differences as measured: one sign must be good for all of them.
    as_arms = all(arms) and len(turned) == 1
    sign = -1.0 if as_arms and turned == {"yes"} else 1.0
    rows = []
    for i, effect in enumerate(own):
        yi, low, high = (shown[name][i] for name in ("yi", "ci_low", "ci_high"))
        printed = sorted((sign * yi, sign * low, sign * high))
        if fit["measure"] in RATIO_MEASURES:
            printed = [math.exp(value) for value in printed]
        giv = {"GIV Mean": yi, "GIV SE": math.sqrt(shown["vi"][i])}
        rows.append(
            {
                "Study": effect["study_id"],
                "Study year": studies.get(effect["study_id"], {}).get("year", ""),
                **(arms[i] if as_arms else giv),
                **dict(zip(("CI start", "Mean", "CI end"), printed, strict=True)),
                "Weight": shown["weight"][i],
                "Footnotes": _footnote(effect, fit["measure"], as_arms),
            }
        )
    return rows


def _arms(effect: Row, records: Sequence[Row], study: Row) -> dict[str, Any] | None:
    """Return the arms' columns of an effect, or None where RevMan would not take them.

    They are the numbers that the effect was computed from (converted where they were not printed).
    Arms that count for fewer people than they have (cluster trials, a shared control) have no whole
    numbers that give the effect.
    """
    if any(flag in effect["flags"] for flag in ("design_effect", "shared_control")):
        return None
    if effect["measure"] in COUNTED:
        if effect["route"] != "counts":
            return None
        found = {
            f"{arm} {column}": effect[f"{name}_{end}"]
            for arm, _, end in ARMS
            for column, name in (("cases", "events"), ("N", "n"))
        }
        return found if all(value.isdecimal() for value in found.values()) else None
    if not records or effect["measure"] not in {"SMD", "MD"}:
        return None
    working = arithmetic(effect, records, study)
    if not working.agrees:
        return None
    values = {entry.symbol: _float(entry.text) for entry in working.inputs}
    values |= {step.symbol: step.value for step in working.steps}
    found = {}
    for arm, i, _ in ARMS:
        n = values.get(f"n{i}")
        if n is None or f"mean{i}" not in values or f"sd{i}" not in values or n != int(n):
            return None
        found |= {f"{arm} mean": values[f"mean{i}"], f"{arm} SD": values[f"sd{i}"]}
        found[f"{arm} N"] = int(n)
    return found


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _footnote(effect: Row, measure: str, as_arms: bool) -> str:
    parts = [effect["effect_id"], f"{measure}: {effect['formula']}"]
    if effect["converted_from"]:
        parts.append(f"from {effect['converted_from']}")
    if measure not in RATIO_MEASURES | {"RD"}:
        parts.append("sign as measured" if as_arms else "positive is favourable")
    return "; ".join(parts)
