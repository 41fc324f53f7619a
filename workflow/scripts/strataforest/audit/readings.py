"""Which formulas a row may have been printed with: those of its preset, else every program's."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf

from strataforest.audit.entry import Entry
from strataforest.audit.printed import Interval
from strataforest.estimation.distributions import critical_value
from strataforest.presets import PRESETS

# Programs that take 1.96 for the normal quantile.
ROUNDED_Z = {0.95: 1.96, 0.90: 1.645, 0.99: 2.576}
# Without k, intervals by t are tried for so many effects.
MOST_EFFECTS = 200
ZERO = Interval(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a row.

    `ci` is z or t with `df` degrees of freedom (inf for z) and the critical value `crit`; `i2` is
    tau2 or q; `prediction` names the quantile `pi_crit` of the prediction interval ("" without k).
    `wald` says that se^2 = 1 / sum(1 / (vi + tau2)), so under z and not under Hartung-Knapp.
    """

    ci: str
    crit: float
    df: float
    i2: str
    prediction: str
    pi_crit: float

    @property
    def wald(self) -> bool:
        """Whether the standard error is the inverse-variance one."""
        return self.df == inf


def readings(entry: Entry) -> list[Reading]:
    """Return the readings of a row, those of the commonest programs first.

    A preset fixes them, but for Hartung-Knapp where tau2 may be 0 (`hksj_conditional` is then z).
    Without one every mixture of z (also 1.96), t(k-1), I2 from tau2 or Q, and prediction by z,
    t(k-1) or t(k-2) counts, since options can be set one by one.
    """
    preset, k = entry.text("preset"), entry.whole("k")
    if k is None and entry.whole("q_df") is not None:
        k = entry.whole("q_df") + 1
    if preset in PRESETS:
        pooling = PRESETS[preset].pooling
        kinds = _ci_kinds(pooling.ci, k, entry)
        i2s, predictions = (pooling.i2,), (pooling.prediction,)
    else:
        kinds, i2s = ("z", "z_rounded", "t"), ("tau2", "q")
        predictions = ("t_k_minus_2", "z", "t_k_minus_1")
    return list(_mixtures(kinds, k, i2s, predictions, entry.level))


def _ci_kinds(ci: str, k: int | None, entry: Entry) -> tuple[str, ...]:
    if ci == "z" or k == 1:
        return ("z",)
    if ci != "hksj_conditional":
        return ("t",)
    if k == 2:
        return ("z",)
    tau2 = [entry.number(name) for name in ("tau2", "tau")]
    i2 = entry.number("i2")
    is_above = any(each and each.low > 0 for each in tau2)
    # I² from tau² is above 0 exactly where tau² is.
    if k is not None and (is_above or (i2 and i2.low > 0)):
        return ("t",)
    return ("t", "z")


@lru_cache(maxsize=4096)
def _mixtures(
    kinds: tuple[str, ...],
    k: int | None,
    i2s: tuple[str, ...],
    predictions: tuple[str, ...],
    level: float,
) -> tuple[Reading, ...]:
    found = []
    for ci, crit, df in _intervals(kinds, k, level):
        for i2 in i2s:
            for name in predictions:
                subtract = {"z": -inf, "t_k_minus_1": 1, "t_k_minus_2": 2}[name]
                pi_df = None if k is None and name != "z" else max((k or 1) - subtract, 1.0)
                pi_crit = float(critical_value(pi_df, level)) if pi_df else inf
                found.append(Reading(ci, crit, df, i2, name if pi_df else "", pi_crit))
    return tuple(dict.fromkeys(found))


def _intervals(kinds: tuple[str, ...], k: int | None, level: float):
    for kind in kinds:
        if kind == "z":
            yield "z", float(critical_value(inf, level)), inf
        elif kind == "z_rounded":
            if level in ROUNDED_Z:
                yield "z", ROUNDED_Z[level], inf
        else:
            for df in [k - 1] if k is not None else range(1, MOST_EFFECTS):
                if df > 0:
                    yield f"t({df})", float(critical_value(float(df), level)), float(df)
