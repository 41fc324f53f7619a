"""What is said below a funnel: the tests of its asymmetry, and what trim and fill adds."""

from collections.abc import Mapping

from strataforest import formatting
from strataforest.figures.columns import level_text

_EGGER = {
    "egger_re": "random effects on the standard error",
    "egger_classical": "classical",
    "egger_sample_size": "on a predictor made of the arms' sizes",
}


def from_json(value: float | str | None) -> float | None:
    """A number of a fit file, where an infinite one stands as text."""
    return None if value is None else float(value)


def small_study_sentences(section: Mapping, ratio: bool, level: float) -> list[str]:
    """Return a sentence on Egger's tests, or why there is none, and one on trim and fill.

    `section` is a fit's `small_study`: `rows` of tests, and `filled`, null without a result. The
    preset's own form of Egger's test comes first.
    """
    rows = sorted(section["rows"], key=lambda row: not row["preset_default"])
    tests = [_egger(row) for row in rows if row["test"] in _EGGER and row["p_value"] is not None]
    if tests:
        first = f"Egger's test: {'; '.join(tests)}."
    else:
        reasons = dict.fromkeys(row["reason"] for row in rows if row["test"] in ("all", *_EGGER))
        first = f"No test of asymmetry: {'; '.join(filter(None, reasons)) or 'none applies'}."
    return [
        first,
        *([_trim_and_fill(section["filled"], ratio, level)] if section["filled"] else []),
    ]


def _egger(row: Mapping) -> str:
    """One form of the test in a few words: its statistic and its p."""
    df = from_json(row["df"])
    # A normal statistic has infinite degrees of freedom.
    name = "z" if df is None or df == float("inf") else f"t({formatting.count(df)})"
    statistic = formatting.statistic(from_json(row["statistic"]))
    return f"{_EGGER[row['test']]}, {name} = {statistic}, {formatting.p_value(row['p_value'])}"


def _trim_and_fill(filled: Mapping, ratio: bool, level: float) -> str:
    k0, method = filled["k0"], f"Trim and fill ({filled['estimator']})"
    if not k0:
        return f"{method}: no study imputed (k0 = 0)."
    effect = (filled["estimate"], filled["ci_low"], filled["ci_high"])
    ends = [formatting.exponential(end) if ratio else end for end in effect[1:]]
    cells = formatting.estimate_cells(*effect, formatting.decimals_for([tuple(ends)]), ratio)
    studies, them = ("study", "it") if k0 == 1 else ("studies", "them")
    return (
        f"{method}: {k0} {studies} imputed on the {filled['side']} (k0 = {k0}); estimate with "
        f"{them} {' '.join(cells)} ({level_text(level)} CI)."
    )
