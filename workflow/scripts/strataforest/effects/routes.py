"""The ways from a printed comparison to an effect size, best first, all rows at once.

All take `c`: the sheet's numeric columns, `p_exact` and `p_bound` in place of p_value, the final
values that `arm_values.split_changes` set apart, and `n_treat_effective`, `n_control_effective`.
Point estimates use the n of the row; J and the variance use the effective n.
"""

from dataclasses import dataclass

import numpy as np

from strataforest.conversions import spread as conversions
from strataforest.effects import arm_values
from strataforest.effects.arm_values import ArmValues, Columns
from strataforest.models import Conversions


@dataclass(frozen=True)
class Route:
    """One way to an effect, tried on every row: NaN where its cells are missing.

    `yi` is intervention minus control, or only a magnitude where `unsigned`; `cells` are the
    columns it reads, `converted_from` what stood in for the direct numbers (empty: nothing),
    `flags` what every effect made this way is flagged with, `skewed` where medians look skewed.
    """

    name: str
    yi: np.ndarray
    vi: np.ndarray
    cells: tuple[str, ...]
    formula: str
    converted_from: str = ""
    unsigned: bool = False
    flags: tuple[str, ...] = ()
    skewed: np.ndarray | None = None


def printed_arms(c: Columns, model: Conversions) -> tuple[ArmValues, ...]:
    """Return the arms' means and SDs as printed, best first, but for medians."""
    found = (arm_values.direct_values(c, source) for source in ("sd", "se", "ci", "mixed"))
    return *found, arm_values.changes(c, model)


def estimated_arms(c: Columns, model: Conversions) -> tuple[ArmValues, ...]:
    """Return the arms' means and SDs that stand on medians or other trials, if allowed."""
    found = () if model.medians == "exclude" else (arm_values.from_medians(c, model),)
    return (*found, arm_values.borrowed(c)) if model.borrow_sd else found


def of_arms(arms: ArmValues, yi, vi, formula: str) -> Route:
    """Return the route that makes an effect of the arms' means and SDs."""
    return Route(
        arms.name,
        yi,
        vi,
        arms.cells,
        formula,
        arms.converted_from,
        flags=arms.flags,
        skewed=arms.skewed,
    )


def t_statistics(c: Columns, model: Conversions) -> list[tuple[str, np.ndarray, tuple[str, ...]]]:
    """Return (name, |t|, columns) of a t, an F, an exact p and, if allowed, a p at its bound."""
    df = c["n_treat"] + c["n_control"] - 2
    found = [
        ("t_stat", np.abs(c["t_stat"]), ("t_stat",)),
        ("f_stat", np.sqrt(c["f_stat"]), ("f_stat",)),
        ("p_value", conversions.t_from_p(c["p_exact"], df), ("p_value",)),
    ]
    if model.bounded_p == "at_bound":
        found.append(("bounded_p", conversions.t_from_p(c["p_bound"], df), ("p_value",)))
    return found


def difference(c: Columns) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the printed mean difference, or where it is missing that of the printed means."""
    means = c["mean_treat"] - c["mean_control"]
    return arm_values.first(c["md"], means), ("md", "mean_treat", "mean_control")


def inflation(c: Columns) -> np.ndarray:
    """Return by how much smaller arms raise a variance: that of the effective n over that of n.

    For a cluster trial it is the design effect; where a control arm is shared it is less than its
    number of comparisons.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = 1 / c["n_treat_effective"] + 1 / c["n_control_effective"]
        return effective / (1 / c["n_treat"] + 1 / c["n_control"])
