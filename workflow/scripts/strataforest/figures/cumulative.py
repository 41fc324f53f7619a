"""The cumulative forest plot: what the pooled effect was after each study."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures.effect_table import EffectTable, TableRow, draw_effect_table
from strataforest.formatting import bare_p, count, is_missing, percent


@dataclass(frozen=True)
class CumulativeRow:
    """The pooled effect once the study `label` of `year` has come in; k studies till then.

    `i2` in percent; any number may be None.
    """

    label: str
    year: int | None
    k: int
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None = None
    i2: float | None = None


@dataclass(frozen=True)
class CumulativeData:
    """A cumulative plot's content, rows in the order in which studies came in.

    With `ratio` effects are logarithms, printed as ratios.
    """

    title: str
    measure: str
    rows: Sequence[CumulativeRow]
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    note: str = ""


def cumulative_plot(data: CumulativeData) -> Figure:
    """A row per study: the effect of all studies up to it; the last one, of all, as a diamond.

    Sized in inches by its content. Raises ValueError without rows or for an impossible level.
    """
    if not data.rows:
        raise ValueError("a cumulative plot needs at least one study")
    dated = any(not is_missing(row.year) for row in data.rows)
    last = len(data.rows) - 1
    table = EffectTable(
        title=data.title,
        measure=data.measure,
        label_header="Study added",
        rows=[_row(row, dated, i == last) for i, row in enumerate(data.rows)],
        before=("Year", "k") if dated else ("k",),
        after=("p", "I²"),
        line=data.rows[-1].estimate,
        notes=[
            "Each row pools the study named and all above it; the last row pools all.",
            data.note,
        ],
        ratio=data.ratio,
        level=data.level,
        left_label=data.left_label,
        right_label=data.right_label,
    )
    return draw_effect_table(table)


def _row(row: CumulativeRow, dated: bool, last: bool) -> TableRow:
    year = "\u2014" if is_missing(row.year) else str(row.year)
    return TableRow(
        label=row.label,
        effect=(row.estimate, row.ci_low, row.ci_high),
        before=(year, count(row.k)) if dated else (count(row.k),),
        after=(bare_p(row.p_value), percent(row.i2, 1)),
        summary=last,
        bold=last,
    )
