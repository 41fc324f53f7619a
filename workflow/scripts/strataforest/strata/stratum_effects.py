"""The effects of one stratum as arrays, read from its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.directions import common_sign
from strataforest.tabular import number

# Columns of a stratum file that hold numbers or nothing; the last two of binary strata only.
PEOPLE = (
    *("n_treat", "n_control", "n_total", "design_effect"),
    *("events_treat", "events_control"),
)


@dataclass(frozen=True)
class StratumEffects:
    """The effects of one stratum: ids as lists, yi and vi as arrays of length k."""

    effect_id: list[str]
    study_id: list[str]
    measure: str
    favourable: str
    yi: np.ndarray
    vi: np.ndarray
    n_treat: list[float | None]
    n_control: list[float | None]
    n_total: list[float | None]
    events_treat: list[float | None] | None = None
    events_control: list[float | None] | None = None
    design_effect: list[float | None] | None = None


def effects_of(rows: Sequence[Mapping[str, str]]) -> StratumEffects:
    """Return a stratum file's rows as arrays."""
    people = {
        name: [None if not row[name] else number(row[name]) for row in rows]
        for name in PEOPLE
        if name in rows[0]
    }
    return StratumEffects(
        effect_id=[row["effect_id"] for row in rows],
        study_id=[row["study_id"] for row in rows],
        measure=rows[0]["measure"],
        favourable=common_sign(row["favourable"] for row in rows),
        yi=np.array([number(row["yi"]) for row in rows]),
        vi=np.array([number(row["vi"]) for row in rows]),
        **people,
    )


def by_preset(
    effect_ids: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return (yi, vi) under each preset in the order of the ids; NaN where it has no effect."""
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(row["preset"], {})[row["effect_id"]] = row
    return {
        preset: tuple(
            np.array([number(own[i][column]) if i in own else np.nan for i in effect_ids])
            for column in ("yi", "vi")
        )
        for preset, own in found.items()
    }
