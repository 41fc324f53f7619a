"""One stratum under every preset: what each program would print of the same data."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns
from strataforest.figures.effect_table import EffectTable, TableRow, draw_effect_table
from strataforest.figures.legend import Key
from strataforest.formatting import bare_p, is_missing, percent, variance


@dataclass(frozen=True)
class PresetRow:
    """The stratum's result under one preset; `current` is the configured one.

    `i2` in percent. Without an estimate, `reason` stands in the plot's place.
    """

    label: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    pi_low: float | None
    pi_high: float | None
    tau2: float | None
    i2: float | None
    p_value: float | None
    current: bool = False
    reason: str = ""


@dataclass(frozen=True)
class PresetsData:
    """A preset comparison's content. With `ratio` effects are logarithms, printed as ratios."""

    title: str
    measure: str
    rows: Sequence[PresetRow]
    ratio: bool = False
    level: float = 0.95
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    note: str = ""


def presets_plot(data: PresetsData) -> Figure:
    """A row per preset: diamond, prediction interval, tau2, I2, p; the configured one in bold.

    The dotted line is the configured estimate. Sized in inches by its content. Raises ValueError
    without rows or for an impossible level.
    """
    if not data.rows:
        raise ValueError("a comparison of presets needs at least one preset")
    current = next((row for row in data.rows if row.current), None)
    table = EffectTable(
        title=data.title,
        measure=data.measure,
        label_header="Preset",
        rows=[_row(row) for row in data.rows],
        after=("τ²", "I²", "p"),
        line=current.estimate if current else None,
        keys=_keys(data),
        notes=[data.note],
        ratio=data.ratio,
        level=data.level,
        left_label=data.left_label,
        right_label=data.right_label,
    )
    return draw_effect_table(table)


def _row(row: PresetRow) -> TableRow:
    return TableRow(
        label=row.label,
        effect=(row.estimate, row.ci_low, row.ci_high),
        after=(
            variance(row.tau2),
            percent(row.i2, 1),
            bare_p(row.p_value),
        ),
        prediction=(row.pi_low, row.pi_high),
        summary=True,
        bold=row.current,
        reason=row.reason,
    )


def _keys(data: PresetsData) -> list[Key]:
    """Only what is drawn is explained."""
    rows = [row for row in data.rows if not is_missing(row.estimate)]
    level = columns.level_text(data.level)
    keys = [Key("diamond", "effect", f"pooled effect with {level} confidence interval")]
    if any(not is_missing(row.pi_low) and not is_missing(row.pi_high) for row in rows):
        keys.append(Key("prediction", "line", f"{level} prediction interval"))
    return keys if rows else []
