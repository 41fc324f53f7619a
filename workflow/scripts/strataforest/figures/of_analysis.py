"""From the pooled table to the content of an analysis's overview."""

from collections.abc import Mapping, Sequence

from strataforest.directions import POSITIVE, are_opposed, common_sign
from strataforest.figures.directions import RATIOS, sides
from strataforest.figures.labels import measure_words
from strataforest.figures.overview import OverviewData, OverviewRow
from strataforest.scales import scale_of
from strataforest.tabular import number


def overview_data(
    rows: Sequence[Mapping[str, str]], title: str, level: float
) -> list[OverviewData]:
    """Return one panel per scale of an analysis, from its rows of the pooled table.

    Strata that share no scale with a pooled one stand in the first panel.
    """
    scales = list(dict.fromkeys(scale_of(row) for row in rows if row["status"] == "pooled"))
    panels = []
    for scale in scales or [("", "")]:
        measure, first = scale[0], scale == (scales or [("", "")])[0]
        own = [r for r in rows if scale_of(r) == scale or (first and scale_of(r) not in scales)]
        left, right = _directions([r["favourable"] for r in own if r["status"] == "pooled"])
        panels.append(
            OverviewData(
                title=title if first else "",
                measure=measure_words(measure),
                rows=[_overview_row(row) for row in own],
                ratio=measure in RATIOS,
                level=level,
                left_label=left,
                right_label=right,
            )
        )
    return panels


def _directions(signs: Sequence[str]) -> tuple[str, str]:
    """Return what lies on both sides of the null, empty where it differs from row to row."""
    if are_opposed(signs):
        return "", ""
    return sides(common_sign(signs)) if signs else sides(POSITIVE)


def _overview_row(row: Mapping[str, str]) -> OverviewRow:
    columns = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "i2")
    values = {name: number(row[name]) if row[name] else None for name in columns}
    return OverviewRow(
        label=row["label"],
        k=int(row["k"]),
        n_participants=int(row["n_participants"]),
        reason=row["reason"],
        **values,
    )
