"""The summary and Table 2: an estimate and its interval by the rule of all figures."""

import math

import pytest
from strataforest.report.summary import summary_text
from strataforest.tables.platform_by_domain import table2

EFFECTS = [
    ("MD", -1.5e-6, -2e-6, -1e-6, "−1.50×10⁻⁶", "−2.00×10⁻⁶ to −1.00×10⁻⁶"),
    ("MD", 0.0042, 0.0011, 0.0073, "0.004", "0.001 to 0.007"),
    ("SMD", 0.174, -0.0012, 0.35, "0.17", "−0.001 to 0.35"),
    ("SMD", 0.52, 0.31, 0.73, "0.52", "0.31 to 0.73"),
    ("OR", math.log(0.75), math.log(0.56), math.log(0.998), "0.75", "0.56 to 0.998"),
]


@pytest.mark.parametrize(("measure", "estimate", "low", "high", "text", "limits"), EFFECTS)
def test_a_summary_shows_width_and_sign(measure, estimate, low, high, text, limits):
    names = ("estimate", "ci_low", "ci_high")
    values = dict(zip(names, map(str, (estimate, low, high)), strict=True))
    ratio = {"ratio": "", "ratio_ci_low": "", "ratio_ci_high": ""}
    if measure == "OR":
        ratio = dict(zip(ratio, (str(math.exp(float(v))) for v in values.values()), strict=True))
    row = {"status": "pooled", "label": "Mood", "k": "3", "measure": measure, "warning": ""}
    empty = {
        name: [] for name in ("records", "effects", "exclusions", "decisions", "problem_counts")
    }
    written = summary_text("", "results", empty | {"pooled": [row | values | ratio]})
    assert f"{measure} {text:>5}  [{limits}]" in written


@pytest.mark.parametrize(("measure", "estimate", "low", "high", "text", "limits"), EFFECTS)
def test_table_2_shows_width_and_sign(measure, estimate, low, high, text, limits):
    ratio = measure == "OR"
    names = ("display_estimate", "display_ci_low", "display_ci_high")
    shown = (math.exp(v) if ratio else v for v in (estimate, low, high))
    row = {
        **{"analysis": "a", "domain": "mood", "platform": "WeChat", "k": 3, "n_participants": 90},
        **{"status": "pooled", "measure": measure, "i2": 12.0, "p_value": 0.04},
        **{"ratio": math.exp(estimate) if ratio else None, "display_favourable": "above 0"},
        **dict(zip(names, shown, strict=True)),
    }
    _, (cells,) = table2([row], "a", "platform", {"mood": "Mood"}, 0.95)
    assert (cells["Estimate"], cells["95% CI"]) == (text, limits)
