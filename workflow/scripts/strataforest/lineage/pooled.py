"""The arithmetic of a pooled number: weights, estimate, standard error and interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.formatting import fixed
from strataforest.lineage.arithmetic import Step, agree
from strataforest.lineage.expressions import evaluate, shown, symbolic, with_numbers
from strataforest.models import RATIO_MEASURES
from strataforest.tabular import Row, number

CHECKED = ("estimate", "se", "ci_low", "ci_high")
METHODS = {
    "REML": "REML: the highest restricted likelihood, found by search",
    "ML": "ML: the highest likelihood, found by search",
    "DL": "DL: DerSimonian and Laird, from Q",
    "PM": "PM: Paule and Mandel, the generalised Q at its expectation",
    "EB": "EB: empirical Bayes, the generalised Q at its expectation",
    "SJ": "SJ: Sidik and Jonkman, from the spread of the effects",
    "HS": "HS: Hunter and Schmidt, from Q",
    "HE": "HE: Hedges, from the unweighted variance",
    "EE": "EE: 0, all trials estimate one effect",
}
RATIO_NAMES = {"ratio": "estimate", "ratio_ci_low": "ci_low", "ratio_ci_high": "ci_high"}


@dataclass(frozen=True)
class Pooled:
    """A pooled number with its arithmetic.

    `weights` are (effect_id, percent), in the order of the stratum's file; `steps` run from tau2
    to the interval, recomputed from the stratum's effects and the fit's tau2; `problems` name what
    does not meet the published numbers to the tolerance of `arithmetic`.
    """

    preset: str
    tau2_method: str
    ci_method: str
    level: float
    tau2: float
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    sum_w: float
    sum_wy: float
    weights: tuple[tuple[str, float], ...]
    steps: tuple[Step, ...]
    problems: tuple[str, ...]


class _Sums:
    """Values by name, and the steps that made them."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.steps: list[Step] = []

    def put(self, symbol: str, value: float) -> None:
        self.values[symbol], self.texts[symbol] = value, shown(value)

    def given(self, symbol: str, formula: str, value: float, why: str = "") -> None:
        """Record a number that is summed or searched for, not put into a formula."""
        self.put(symbol, value)
        self.steps.append(Step(symbol, formula, "", value, why))

    def step(self, symbol: str, expression: str, why: str = "") -> None:
        value = evaluate(expression, self.values)
        numbers = with_numbers(expression, self.texts)
        self.steps.append(Step(symbol, symbolic(expression), numbers, value, why))
        self.put(symbol, value)


def pooled_arithmetic(
    rows: Sequence[Row], fit: Mapping, omission: Row | None = None, table: Row | None = None
) -> Pooled:
    """Return how the pooled number comes from a stratum's effects.

    `rows` are the effects that are in it; `omission` the leave-one-out row that is meant instead
    of the fit's own number; `table` the row of pooled.csv, whose displayed sign may be another.
    """
    choices = fit["preset"]["pooling"]
    known = {name: _number((omission or fit["pooled"])[name]) for name in (*CHECKED, "tau2")}
    yi, vi = ([number(row[name]) for row in rows] for name in ("yi", "vi"))
    sums = _Sums()
    sums.given("tau2", "", known["tau2"], METHODS.get(choices["tau2"], choices["tau2"]))
    weights = [1 / (v + known["tau2"]) for v in vi]
    _estimate(sums, yi, weights)
    _interval(sums, yi, weights, choices)
    if fit["measure"] in RATIO_MEASURES:
        for name, log in RATIO_NAMES.items():
            sums.step(name, f"exp({log})")
    elif table is not None and number(table.get("display_estimate", "")) == -known["estimate"]:
        sums.step("display_estimate", "-estimate", "paper-style tables print it as measured")
    problems = [
        f"{name} is {shown(known[name])}, and its effects give {shown(sums.values[name])}"
        for name in CHECKED
        if not agree(sums.values[name], known[name])
    ]
    total = sums.values["sum_w"]
    ids, percent = [row["effect_id"] for row in rows], [100 * w / total for w in weights]
    if omission is None and not _same_weights(ids, percent, fit["studies"]):
        problems.append("the fit's weights are not those of its effects")
    return Pooled(
        preset=fit["preset"]["name"],
        tau2_method=choices["tau2"],
        ci_method=choices["ci"],
        level=choices["level"],
        **known,
        sum_w=total,
        sum_wy=sums.values["sum_wy"],
        weights=tuple(zip(ids, percent, strict=True)),
        steps=tuple(sums.steps),
        problems=tuple(problems),
    )


def _estimate(sums: _Sums, yi: Sequence[float], weights: Sequence[float]) -> None:
    sums.put("k", float(len(yi)))
    sums.given("sum_w", "Σ w, w = 1/(vi + tau2)", math.fsum(weights))
    wy = math.fsum(w * y for w, y in zip(weights, yi, strict=True))
    sums.given("sum_wy", "Σ w·yi", wy)
    sums.step("estimate", "sum_wy/sum_w")


def _interval(sums: _Sums, yi: Sequence[float], weights: Sequence[float], choices: Mapping) -> None:
    """Compute the standard error and the interval, by a normal or by Hartung and Knapp's t."""
    sums.put("upper", (1 + choices["level"]) / 2)
    sums.texts["upper"] = fixed(sums.values["upper"], 3)
    is_normal = choices["ci"] == "z" or len(yi) == 1
    if choices["ci"] == "hksj_conditional":
        is_normal = len(yi) <= 2 or sums.values["tau2"] == 0
    if is_normal:
        sums.step("se", "1/sqrt(sum_w)")
        sums.step("z_crit", "z(upper)")
    else:
        mean = sums.values["estimate"]
        squares = math.fsum(w * (y - mean) ** 2 for w, y in zip(weights, yi, strict=True))
        sums.given("sum_squares", "Σ w·(yi − estimate)²", squares)
        sums.step("s", "sum_squares/(k - 1)", "Hartung and Knapp's factor")
        if choices["ci"] == "hksj_adhoc":
            sums.step("s", "max(s, 1)", "never below 1")
        sums.step("se", "sqrt(s/sum_w)")
        sums.step("t_crit", "t_quantile(upper, k - 1)")
    crit = "z_crit" if is_normal else "t_crit"
    sums.step("ci_low", f"estimate - {crit}*se")
    sums.step("ci_high", f"estimate + {crit}*se")


def _same_weights(ids: Sequence[str], percent: Sequence[float], studies: Mapping) -> bool:
    if list(studies["effect_id"]) != list(ids):
        return False
    return all(agree(mine, known) for mine, known in zip(percent, studies["weight"], strict=True))


def _number(value: float | str | None) -> float:
    """Return a number of a fit (where infinity is a word) or of a table's cell."""
    if isinstance(value, str):
        return number(value)
    return math.nan if value is None else float(value)
