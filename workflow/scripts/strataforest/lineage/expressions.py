"""Formulas as text that is evaluated as it stands, so what is printed is what was computed."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from statistics import NormalDist

from strataforest.formatting import MINUS, fixed, significant

OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
DIGITS = 5
_POWERS = {"**2": "²", "**3": "³", "**4": "⁴", "**": "^"}
# ASCII, so that the ² of n² is no part of the name.
_NAME = re.compile(r"[A-Za-z_]\w*(?!\w*\()", re.ASCII)


def evaluate(expression: str, values: Mapping[str, float]) -> float:
    """Return the value of a formula in +, -, *, /, ** and the functions of FUNCTIONS.

    Raises KeyError for a name without value, ZeroDivisionError, ValueError or OverflowError where
    the formula has no value.
    """
    return _value(ast.parse(expression, mode="eval").body, values)


def symbolic(expression: str) -> str:
    """Return a formula as a reader writes it: real minus signs, dots and raised powers."""
    for power, raised in _POWERS.items():
        expression = expression.replace(power, raised)
    return expression.replace("*", "·").replace("-", MINUS)


def with_numbers(expression: str, texts: Mapping[str, str]) -> str:
    """Return a formula with the text of each number in the place of its name."""

    plain = symbolic(expression)

    def text(match: re.Match) -> str:
        found = texts.get(match.group(), match.group())
        around = plain[match.start() - 1 : match.start()] + plain[match.end() : match.end() + 1]
        is_enclosed = around in {"()", ""}
        return f"({found})" if found.startswith(MINUS) and not is_enclosed else found

    return _NAME.sub(text, plain)


def shown(value: float) -> str:
    """Return a computed number for reading: whole ones as they are, others to five digits."""
    if math.isfinite(value) and value == round(value):
        return fixed(value, 0)
    return significant(value, DIGITS)


def t_quantile(p: float, df: float) -> float:
    """Return the t quantile for lower-tail probability p; infinite df is the normal."""
    if math.isinf(df):
        return z(p)
    # scipy takes a third of a second to start, and most effects do without it.
    from strataforest.conversions import spread as conversions

    return float(conversions.t_quantile(p, df))


def t_from_p(p: float, df: float) -> float:
    """Return the |t| of a two-sided p."""
    from strataforest.conversions import spread as conversions

    return float(conversions.t_from_p(p, df))


def gamma_ratio(m: float) -> float:
    """Return Hedges' exact factor J for m degrees of freedom."""
    from strataforest import effect_sizes

    return float(effect_sizes.hedges_j(m, "exact"))


def z(p: float) -> float:
    """Return the normal quantile for lower-tail probability p."""
    return NormalDist().inv_cdf(p)


def _from_medians(method: str, what: str, places: tuple[int, ...]) -> Callable[..., float]:
    """Return the mean or sd of a method as a function of the numbers at `places`, then n."""

    def estimate(*numbers: float) -> float:
        # Fitted, not a formula: it starts scipy's optimiser.
        from strataforest.conversions import medians

        summary = [math.nan] * 5
        for place, number in zip(places, numbers, strict=False):
            summary[place] = number
        return float(getattr(medians.mean_sd(method, *summary, numbers[-1]), what))

    return estimate


# What a median may stand with, by its place among minimum, q1, median, q3, maximum.
SUMMARIES = {"range": (0, 2, 4), "quartiles": (1, 2, 3), "five": (0, 1, 2, 3, 4)}
FUNCTIONS: dict[str, Callable[..., float]] = {
    **{
        f"{method}_{what}_{name}": _from_medians(method, what, places)
        for method in ("qe", "bc")
        for what in ("mean", "sd")
        for name, places in SUMMARIES.items()
    },
    "sqrt": math.sqrt,
    "ln": math.log,
    "exp": math.exp,
    "abs": abs,
    "max": max,
    "z": z,
    "t_quantile": t_quantile,
    "t_from_p": t_from_p,
    "gamma_ratio": gamma_ratio,
}


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, values)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, values), _value(node.right, values)
        return OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return FUNCTIONS[node.func.id](*(_value(argument, values) for argument in node.args))
    raise ValueError(f"no formula: {ast.dump(node)}")
