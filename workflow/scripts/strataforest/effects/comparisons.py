"""The comparisons behind the records: their numbers, and several arms as the config has them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from strataforest.effects import arm_values, borrowed_sd, multi_arm
from strataforest.effects.arm_sizes import fill_arm_sizes
from strataforest.effects.effect_rows import exclusion_row
from strataforest.effects.multi_arm import MultiArm
from strataforest.effects.routes import estimated_arms, printed_arms
from strataforest.models import Conversions
from strataforest.tabular import Row, number

NUMERIC = (
    *(
        f"{name}_{arm}"
        for name in ("n", "mean", "sd", "se", "ci_low", "ci_high", "events")
        for arm in ("treat", "control")
    ),
    *(
        f"{name}_{arm}"
        for name in ("median", "q1", "q3", "min", "max", "mean_baseline", "sd_baseline")
        for arm in ("treat", "control")
    ),
    *("n_total", "md", "md_se", "md_ci_low", "md_ci_high", "t_stat", "f_stat", "smd", "smd_se"),
    *("log_ratio", "log_ratio_se", "ratio", "ratio_ci_low", "ratio_ci_high"),
)


@dataclass
class Comparisons:
    """The rows on their way: records, their numbers by column, what each is to be flagged with."""

    records: list[Row]
    columns: dict[str, np.ndarray]
    flags: list[list[str]]

    def only(self, kept: Sequence[int]) -> "Comparisons":
        columns = {name: values[list(kept)] for name, values in self.columns.items()}
        return Comparisons([self.records[i] for i in kept], columns, [self.flags[i] for i in kept])


def read_comparisons(records: Sequence[Row], conversions: Conversions) -> Comparisons:
    """Return the records with their numbers: arm sizes completed, final values set apart."""
    columns = {name: np.array([number(row[name]) for row in records], float) for name in NUMERIC}
    p = [row["p_value"] for row in records]
    columns["p_exact"] = np.array([number(x) if x[:1] not in "<>" else np.nan for x in p], float)
    columns["p_bound"] = np.array([number(x[1:]) if x[:1] == "<" else np.nan for x in p], float)
    columns["comparisons"] = np.ones(len(records))
    flags: list[list[str]] = [[] for _ in records]
    fill_arm_sizes(columns, conversions, flags)
    metrics = [row["metric"] for row in records]
    columns = dict(arm_values.split_changes(columns, metrics, conversions))
    for i in np.flatnonzero(arm_values.look_like_changes(columns)):
        if metrics[i] == "change":
            flags[i].append("final_values_near_zero")
    is_change = np.isfinite(columns["final_mean_treat"])
    named = [
        dict(row, metric="change") if change else row
        for row, change in zip(records, is_change, strict=True)
    ]
    columns["sd_borrowed"] = np.full(len(records), np.nan)
    if conversions.borrow_sd:
        for i, rows in borrowed_sd.lenders(named, columns).items():
            columns["sd_borrowed"][i] = borrowed_sd.pooled_over(columns, rows)
            named[i] = dict(named[i], lenders=[named[j] for j in rows])
    return Comparisons(named, columns, flags)


def arranged(
    rows: Comparisons, conversions: Conversions, arms: MultiArm
) -> tuple[Comparisons, list[dict]]:
    """Return the rows as the rule for multi-arm trials leaves them, and the exclusions it makes."""
    if arms.rule == "named":
        reasons = multi_arm.not_named(rows.records, arms.named)
        kept = [i for i in range(len(rows.records)) if i not in reasons]
        excluded = [
            exclusion_row(rows.records[i], "arm_not_named", reason) for i, reason in reasons.items()
        ]
        return rows.only(kept), excluded
    if arms.rule == "separate":
        for group in multi_arm.same_but_for_arms(rows.records):
            for i in group:
                rows.flags[i].append(f"whole_arms={len(group)}")
        return rows, []
    groups = multi_arm.shared_controls(rows.records)
    if arms.rule == "split_control":
        for group in groups:
            for i in group:
                rows.columns["comparisons"][i] = len(group)
                rows.flags[i].append(f"shared_control={len(group)}")
        return rows, []
    if not groups:
        return rows, []
    # An arm with a borrowed SD is not combined: it would say little of the whole.
    own = replace(conversions, borrow_sd=False)
    sources = [*printed_arms(rows.columns, own), *estimated_arms(rows.columns, own)]
    combined, gone = [], set()
    for group in groups:
        found = multi_arm.combine(rows.records, rows.columns, rows.flags, sources, group)
        if found is None:
            for i in group:
                rows.flags[i].append("arms_not_combined")
        else:
            combined.append(found)
            gone |= set(group)
    return _with(rows.only([i for i in range(len(rows.records)) if i not in gone]), combined), []


def _with(rows: Comparisons, combined: Sequence[multi_arm.Combined]) -> Comparisons:
    """Return the rows with the combined ones behind them."""
    extra = [{"comparisons": 1.0} | whole.numbers for whole in combined]
    columns = {
        name: np.concatenate([values, [numbers.get(name, np.nan) for numbers in extra]])
        for name, values in rows.columns.items()
    }
    records = [*rows.records, *(whole.record for whole in combined)]
    return Comparisons(records, columns, [*rows.flags, *(whole.flags for whole in combined)])
