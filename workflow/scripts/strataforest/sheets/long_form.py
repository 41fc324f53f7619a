"""A row per arm: the arms of a comparison are found together and become its two sides."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from strataforest.errors import Problem, nearest
from strataforest.sheets.addresses import SOURCE_COLUMNS, cell_address, problem_at, problem_in
from strataforest.sheets.columns import OUTCOMES, REMARKS, Column
from strataforest.sheets.grid import Grid
from strataforest.sheets.headings import Headings
from strataforest.sheets.identity import cell_addresses
from strataforest.tabular import Row

ARM = "arm"
# Rows that agree in these are arms of one comparison.
GROUP = ("study_id", "domain", "indicator", "instrument", "timepoint_weeks", "metric")
# What is printed about two arms, not about one.
BETWEEN = (
    *("md", "md_se", "md_ci_low", "md_ci_high", "t_stat", "f_stat", "p_value", "smd", "smd_se"),
    *("log_ratio", "log_ratio_se", "ratio", "ratio_ci_low", "ratio_ci_high", "favours"),
)
VALUES = tuple(
    column.name.removesuffix("_treat")
    for column in OUTCOMES
    if column.name.endswith("_treat") and column.name != "arm_treat"
)


def long_vocabulary() -> tuple[Column, ...]:
    """Return the columns of an outcomes sheet in long form: those of an arm without suffix."""
    found = []
    for column in OUTCOMES:
        stem = column.name.removesuffix("_treat")
        if column.name == "arm_treat":
            found.append(Column(ARM, "text", "the arm's name", required=True))
        elif stem in VALUES:
            meaning = column.meaning.removesuffix(", intervention arm")
            found.append(Column(stem, column.kind, meaning))
        elif not column.name.endswith("_control"):
            found.append(column)
    return tuple(found)


def wide_only() -> frozenset[str]:
    """Return the columns of a sheet with both arms side by side, which have no place here."""
    return frozenset(f"{name}_{side}" for name in (*VALUES, ARM) for side in ("treat", "control"))


def paired(
    rows: Sequence[Row], control: str | Sequence[str], grid: Grid, headings: Headings
) -> tuple[list[Row], list[Problem]]:
    """Return a row per comparison from a row per arm, and the problems.

    Rows that agree in GROUP belong together. Their control is the first of `control` that is among
    them; each other arm is compared with it. A comparison's `source_row` is the intervention arm's
    row, then the control's, and its cells are those of both. Arms without a control (and controls
    without another arm) stay as rows of one side, which give no effect.
    """
    names = [control] if isinstance(control, str) else list(control)
    groups: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        if row.get(ARM):
            groups[tuple(row.get(name, "") for name in GROUP)].append(row)
    problems = [*_unknown_controls(rows, names, grid, headings)]
    found: list[Row] = []
    for group in groups.values():
        arms: dict[str, Row] = {}
        for row in group:
            other = arms.setdefault(_fold(row[ARM]), row)
            if other is not row:
                problems.append(_repeated(row, other))
        own = next((arms[_fold(name)] for name in names if _fold(name) in arms), None)
        others = [row for row in arms.values() if row is not own]
        problems += _unplaced_statistics(own, others)
        found += [_comparison(row, own, len(others) == 1) for row in others]
        problems += (p for row in others for p in _disagreeing(row, own))
        if own is not None and not others:
            found.append(_comparison(None, own, True))
    return sorted(found, key=lambda row: int(row["source_row"].split(";")[0])), problems


def _comparison(treat: Row | None, control: Row | None, is_only: bool) -> Row:
    """Return the row of a comparison, of which one side may be missing."""
    main = treat or control
    sides = {"treat": treat, "control": control}
    row: Row = {name: main[name] for name in SOURCE_COLUMNS}
    addresses: dict[str, str] = {}
    own = [name for name in main if name not in {*VALUES, ARM, *SOURCE_COLUMNS}]
    for name in own:
        lender = control if is_only or name not in BETWEEN else None
        holder = next((side for side in (treat, lender) if side and side.get(name)), None)
        row[name] = holder[name] if holder else ""
        _keep_address(addresses, holder, name, name)
    for name in REMARKS & set(own):
        texts = dict.fromkeys(side[name] for side in (treat, control) if side and side.get(name))
        row[name] = "; ".join(texts)
    for side, values in sides.items():
        for name in (ARM, *VALUES):
            row[f"{name}_{side}"] = values.get(name, "") if values else ""
            _keep_address(addresses, values, name, f"{name}_{side}")
    numbers = [side["source_row"] for side in sides.values() if side]
    listed = ";".join(f"{name}={address}" for name, address in addresses.items())
    return row | {"source_row": ";".join(numbers), "source_cells": listed}


def _keep_address(addresses: dict[str, str], row: Row | None, name: str, ours: str) -> None:
    if row and name in cell_addresses(row):
        addresses[ours] = cell_addresses(row)[name]


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


def _repeated(row: Row, other: Row) -> Problem:
    seen = f"the arm '{row[ARM]}' of this comparison is already in {cell_address(other, ARM)}"
    mend = "tell them apart by instrument, timepoint_weeks or metric, or delete one"
    return problem_at(row, ARM, seen, "each arm once", mend, rule="repeated_arm")


def _disagreeing(treat: Row, control: Row | None) -> Iterator[Problem]:
    """Yield an error for what must be one thing in both rows of a comparison and is not."""
    for name in ("unit", "higher_is_better", "n_total"):
        if control and treat.get(name) and control.get(name) and treat[name] != control[name]:
            seen = f"{name} is '{treat[name]}' here and '{control[name]}' in the control's row"
            seen += f" ({cell_address(control, name)})"
            words = (seen, "one value for both arms", "mend one of them")
            yield problem_at(treat, name, *words, rule="differing_rows")


def _unplaced_statistics(control: Row | None, others: Sequence[Row]) -> Iterator[Problem]:
    """Yield a warning for a statistic in the row of a control that several arms share."""
    for name in BETWEEN if control and len(others) > 1 else ():
        if control.get(name):
            seen = f"{name} stands in the row of a control that {len(others)} arms share"
            mend = "put it into the row of the arm it compares; it is not used here"
            kind = {"severity": "warning", "rule": "control_statistic"}
            yield problem_at(control, name, seen, "it in an arm's row", mend, **kind)


def _unknown_controls(
    rows: Sequence[Row], names: Sequence[str], grid: Grid, headings: Headings
) -> Iterator[Problem]:
    arms = list(dict.fromkeys(row[ARM] for row in rows if row.get(ARM)))
    if arms and not {_fold(arm) for arm in arms} & {_fold(name) for name in names}:
        listed = ", ".join(f"'{name}'" for name in names)
        known = nearest(names[0], arms) or f"arms of this sheet: {', '.join(arms[:12])}"
        words = (f"no row is of a control arm ({listed})", "one of them among the arms", known)
        yield problem_in(grid, headings.cell(), *words, rule="missing_control")
