"""Diagnostic figures to draw: few and many studies, long and hostile names, extreme values."""

import math
import random

import numpy as np
from figure_examples import HOSTILE, LONG_NAMES, NAMES
from strataforest.figures.baujat import BaujatData, BaujatPoint, baujat_plot
from strataforest.figures.bubble import BubbleData, bubble_plot
from strataforest.figures.cumulative import CumulativeData, CumulativeRow, cumulative_plot
from strataforest.figures.factor_levels import FactorData, FactorLevel, factor_plot
from strataforest.figures.funnel import FunnelData, FunnelPoint, funnel_plot
from strataforest.figures.gosh import GoshData, gosh_plot
from strataforest.figures.influence import InfluenceData, InfluenceRow, influence_plot
from strataforest.figures.presets import PresetRow, PresetsData, presets_plot

TITLE = "Knowledge: social-media education against usual care"
EIGHTY = "A cluster randomised trial of WeChat education for adults with diabetes, Xi'an.."
assert len(EIGHTY) == 80


def names(k, first=NAMES):
    return [*first, *(f"{NAMES[i % 12][:-4]}{1990 + i % 30}-{i}" for i in range(k))][:k]


def effects(k, seed=1, mean=0.5, scale=1.0):
    """k effects with their standard errors."""
    rng = random.Random(seed)
    return [(scale * (mean + rng.gauss(0, 0.3)), scale * rng.uniform(0.08, 0.3)) for _ in range(k)]


def influence_data(k=12, first=NAMES, flagged=(1,), **changes):
    rng = random.Random(2)
    rows = [
        InfluenceRow(
            label,
            rng.gauss(0, 1.2),
            rng.gauss(0, 0.4),
            rng.uniform(0, 0.3),
            rng.uniform(0.8, 1.3),
            rng.uniform(0.05, 0.11),
            rng.uniform(20, 45),
            1 / k,
            100 / k * rng.uniform(0.6, 1.4),
            influential=i in flagged,
        )
        for i, label in enumerate(names(k, first))
    ]
    return InfluenceData(**({"title": TITLE, "rows": rows, "tau2": 0.0912, "q": 45.2} | changes))


def undefined_influence():
    rows = [InfluenceRow("Alone2020", *[None] * 6, 1.0, 100.0)]
    return influence_data(rows=rows, tau2=0.0, q=0.0)


def extreme_influence():
    rows = [
        *influence_data(5).rows,
        InfluenceRow("Giant", -41.5, math.inf, 1e9, 0.001, 1e-9, -0.0, 0.999, 99.9, True),
        InfluenceRow("Void", math.nan, -math.inf, None, 1.0, 12.0, 1e7, 0.001, 0.1),
    ]
    return influence_data(rows=rows, tau2=11.0, q=1e7)


def tiny_influence():
    rows = [
        InfluenceRow(f"T{i}", i / 9, i / 9, i / 99, 1.0, i * 1e-14, 7.0, 0.25, 25.0)
        for i in range(4)
    ]
    return influence_data(rows=rows, tau2=2e-14, q=8.0)


def baujat_data(k=12, first=NAMES, scale=1.0, **changes):
    rng = random.Random(3)
    points = [
        BaujatPoint(label, scale * rng.expovariate(0.5) ** 2, scale * rng.expovariate(2.0), i == 1)
        for i, label in enumerate(names(k, first))
    ]
    return BaujatData(**({"title": TITLE, "points": points} | changes))


def funnel_data(k=12, first=NAMES, mean=0.5, scale=1.0, more=(), **changes):
    points = [
        FunnelPoint(label, *both)
        for label, both in zip(names(k, first), effects(k, 1, mean, scale), strict=True)
    ]
    content = {
        "title": TITLE,
        "measure": "SMD",
        "points": [*points, *more],
        "estimate": mean * scale,
        "tests": ["Egger's test: random effects on standard error, z = 1.23, p = 0.217."],
    }
    return FunnelData(**(content | changes))


IMPUTED = [FunnelPoint("", -0.31 - 0.1 * i, 0.18 + 0.05 * i, imputed=True) for i in range(3)]


def bubble_data(k=12, first=NAMES, xs=(4.0, 52.0), scale=1.0, slope=0.01, **changes):
    rng = random.Random(5)
    x = [rng.uniform(*xs) for _ in range(k)]
    yi = [scale * (slope * v + rng.gauss(0, 0.2)) for v in x]
    grid = np.linspace(min(x), max(x), 40)
    fit, middle = scale * slope * grid, grid.mean()
    half = scale * np.sqrt(0.01 + 0.02 * ((grid - middle) / (np.ptp(grid) or 1.0)) ** 2)
    content = {
        "title": TITLE,
        "measure": "SMD",
        "moderator": "Follow-up (weeks)",
        "x": x,
        "yi": yi,
        "weights": [rng.uniform(1, 30) for _ in range(k)],
        "labels": names(k, first),
        "line_x": grid.tolist(),
        "line_fit": fit.tolist(),
        "ci_low": (fit - 1.96 * half).tolist(),
        "ci_high": (fit + 1.96 * half).tolist(),
        "pi_low": (fit - 1.96 * half - 0.35 * scale).tolist(),
        "pi_high": (fit + 1.96 * half + 0.35 * scale).tolist(),
        "slope_text": "Slope 0.010 per week [0.004, 0.016], p = 0.002; R² = 41.2%.",
    }
    return BubbleData(**(content | changes))


def without_line(data_k=3):
    empty = dict.fromkeys(["line_x", "line_fit", "ci_low", "ci_high", "pi_low", "pi_high"], ())
    return bubble_data(data_k, **empty, slope_text="No line: all studies have the same follow-up.")


def far_bubbles():
    data = bubble_data(6)
    return bubble_data(
        6,
        x=[*data.x[:-2], None, 52.0],
        yi=[40.0, -35.0, *data.yi[2:]],
        weights=[30.0, 0.0, 1e-9, 1.0, 2.0, 3.0],
    )


def factor_data(sizes=(6, 3, 1), labels=("WeChat", "WhatsApp", "Telegram"), scale=1.0, **changes):
    levels = []
    for i, (k, label) in enumerate(zip(sizes, labels, strict=True)):
        drawn = effects(k, 10 + i, 0.3 * i, scale)
        mean = sum(e for e, _ in drawn) / k if k else None
        single = k < 2
        levels.append(
            FactorLevel(
                label,
                None if k == 0 else mean,
                None if single else mean - 0.2 * scale,
                None if single else mean + 0.2 * scale,
                [e for e, _ in drawn],
                [1 / se**2 for _, se in drawn],
                "not estimable: no effect" if k == 0 else "",
            )
        )
    content = {"title": TITLE, "measure": "SMD", "moderator": "Platform", "levels": levels}
    content["test_text"] = "Test of the moderator: QM = 4.21 (df 2), p = 0.122."
    return FactorData(**(content | changes))


def gosh_data(k=10, subsets=2000, scale=1.0, with_study=True, **changes):
    rng = np.random.default_rng(7)
    inside = rng.random(subsets) < 0.5
    estimates = scale * (0.5 + 0.1 * rng.standard_normal(subsets) + 0.25 * inside)
    i2 = np.clip(40 + 25 * rng.standard_normal(subsets) + 30 * inside, 0, 99.9)
    content = {
        "title": TITLE,
        "measure": "SMD",
        "estimates": estimates,
        "i2": i2,
        "estimate": 0.62 * scale,
        "inside": inside if with_study else None,
        "study": NAMES[k % 12] if with_study else "",
    }
    return GoshData(**(content | changes))


def cumulative_data(k=12, first=NAMES, scale=1.0, **changes):
    rows = [
        CumulativeRow(
            label,
            None if i > 0.8 * k else 2001 + i // 3,
            i + 1,
            scale * (0.5 + 0.02 * i),
            scale * (0.5 + 0.02 * i - 0.8 / math.sqrt(i + 1)),
            scale * (0.5 + 0.02 * i + 0.8 / math.sqrt(i + 1)),
            0.4 / (i + 1) ** 3,
            min(9.0 * i, 88.0),
        )
        for i, label in enumerate(names(k, first))
    ]
    return CumulativeData(**({"title": TITLE, "measure": "SMD", "rows": rows} | changes))


def far_cumulative():
    rows = list(cumulative_data(6).rows)
    rows[0] = CumulativeRow("First2001", 2001, 1, 19.0, -40.0, 78.0, 0.5, None)
    rows[1] = CumulativeRow("Second2001", 2001, 2, None, None, None, None, None)
    return cumulative_data(rows=rows)


def presets_data(labels=("stata16", "metafor", "cochrane", "meta8", "stata16-metan"), **changes):
    rows = [
        PresetRow(
            label,
            0.5 + 0.01 * i,
            0.3 - 0.02 * i,
            0.7 + 0.04 * i,
            -0.3 if i % 2 == 0 else None,
            1.3 if i % 2 == 0 else None,
            0.0912 / (i + 1),
            78.3 - i,
            0.02 / 10**i,
            current=i == 0,
        )
        for i, label in enumerate(labels)
    ]
    return PresetsData(**({"title": TITLE, "measure": "SMD", "rows": rows} | changes))


def failed_presets():
    reason = "no effect size exists under this preset: it knows no standardised mean difference"
    failed = PresetRow("exotic", *[None] * 8, reason=reason)
    return presets_data(rows=[*presets_data().rows, failed])


LONG = {
    "title": "Clinical outcomes other than glycaemia " * 5,
    "note": "A long note to wrap. " * 20,
}
LONG_FIRST = [EIGHTY, *LONG_NAMES, *NAMES]
SIZES = (1, 2, 3, 12, 60)
MEASURE = "Standardised mean difference (Hedges' g) " * 3

INFLUENCES = {
    **{f"k{k}": lambda k=k: influence_data(k) for k in SIZES},
    "long": lambda: influence_data(8, LONG_FIRST, flagged=(0, 3, 4), **LONG),
    "hostile": lambda: influence_data(len(HOSTILE), HOSTILE, flagged=range(20)),
    "all": lambda: influence_data(60, flagged=range(60)),
    "undefined": undefined_influence,
    "extreme": extreme_influence,
    "tiny": tiny_influence,
}
BAUJATS = {
    **{f"k{k}": lambda k=k: baujat_data(k) for k in (*SIZES, 200)},
    "long": lambda: baujat_data(8, LONG_FIRST, x_label=MEASURE, **LONG),
    "hostile": lambda: baujat_data(len(HOSTILE), HOSTILE),
    "tiny": lambda: baujat_data(scale=1e-9),
    "large": lambda: baujat_data(scale=1e9),
    "nothing": lambda: baujat_data(points=[BaujatPoint("A", None, math.nan)]),
    "zero": lambda: baujat_data(points=[BaujatPoint(n, 0.0, 0.0) for n in NAMES]),
}
FUNNELS = {
    **{f"k{k}": lambda k=k: funnel_data(k) for k in (*SIZES, 200)},
    "imputed": lambda: funnel_data(more=IMPUTED, adjusted=0.41),
    "long": lambda: funnel_data(6, LONG_FIRST, measure=MEASURE, tests=["Wordy. " * 60], **LONG),
    "hostile": lambda: funnel_data(len(HOSTILE), HOSTILE, measure=HOSTILE[0]),
    "ratio": lambda: funnel_data(ratio=True, measure="RR", mean=-0.3, adjusted=-0.2),
    "wide ratio": lambda: funnel_data(ratio=True, measure="OR", scale=8.0),
    "huge ratio": lambda: funnel_data(ratio=True, measure="OR", scale=300.0),
    "tiny": lambda: funnel_data(scale=1e-9, measure="RD"),
    "large": lambda: funnel_data(scale=2e6, measure="MD"),
    "far from null": lambda: funnel_data(mean=40.0),
    "same": lambda: funnel_data(points=[FunnelPoint("A", 0.3, 0.1)] * 4),
    "extreme": lambda: funnel_data(
        more=[
            FunnelPoint("Far", 99.0, 0.1),
            FunnelPoint("Low", -99.0, 0.1),
            FunnelPoint("Vague", 0.4, 50.0),
            FunnelPoint("Giant", 0.5, 1e-6),
        ]
    ),
    "no estimate": lambda: funnel_data(3, estimate=None, tests=[]),
}
BUBBLES = {
    **{f"k{k}": lambda k=k: bubble_data(k) for k in (*SIZES, 200)},
    "long": lambda: bubble_data(8, LONG_FIRST, measure=MEASURE, moderator=MEASURE, **LONG),
    "hostile": lambda: bubble_data(len(HOSTILE), HOSTILE, moderator=HOSTILE[0]),
    "ratio": lambda: bubble_data(ratio=True, measure="RR", slope=-0.01),
    "wide ratio": lambda: bubble_data(ratio=True, measure="OR", scale=9.0),
    "tiny": lambda: bubble_data(scale=1e-9, xs=(1e-7, 2e-7), slope=1e6),
    "large": lambda: bubble_data(scale=2e6, xs=(1e8, 2e8), slope=1e-8),
    "same x": lambda: without_line(3),
    "extreme": far_bubbles,
    "no x": lambda: bubble_data(2, x=[None, None]),
}
FACTORS = {
    "plain": factor_data,
    "one": lambda: factor_data((1,), ("WeChat",)),
    "empty level": lambda: factor_data((12, 0), ("WeChat", "None of these")),
    "many": lambda: factor_data((60,) * 12, NAMES),
    "long": lambda: factor_data((6,) * 5, LONG_FIRST[:5], moderator=MEASURE, **LONG),
    "hostile": lambda: factor_data((2,) * len(HOSTILE), HOSTILE, moderator=HOSTILE[0]),
    "ratio": lambda: factor_data(ratio=True, measure="RR"),
    "tiny": lambda: factor_data(scale=1e-9, measure="RD"),
    "extreme": lambda: factor_data(
        levels=[*factor_data().levels, FactorLevel("Far", 9.0, -9.0, 27.0, [50.0, -50.0], [9, 9])]
    ),
}
GOSHES = {
    "plain": gosh_data,
    "alone": lambda: gosh_data(with_study=False),
    "most": lambda: gosh_data(subsets=32_768, exact=False),
    "one": lambda: gosh_data(subsets=1),
    "long": lambda: gosh_data(study=EIGHTY, measure=MEASURE, **LONG),
    "hostile": lambda: gosh_data(study=HOSTILE[0], measure=HOSTILE[1]),
    "ratio": lambda: gosh_data(ratio=True, measure="RR"),
    "wide ratio": lambda: gosh_data(ratio=True, measure="OR", scale=9.0),
    "tiny": lambda: gosh_data(scale=1e-9),
    "large": lambda: gosh_data(scale=3e6),
    "same": lambda: gosh_data(estimates=[0.5] * 9, i2=[0.0] * 9, inside=None, estimate=0.5),
}
CUMULATIVES = {
    **{f"k{k}": lambda k=k: cumulative_data(k) for k in SIZES},
    "long": lambda: cumulative_data(8, LONG_FIRST, measure=MEASURE, **LONG),
    "hostile": lambda: cumulative_data(len(HOSTILE), HOSTILE),
    "ratio": lambda: cumulative_data(ratio=True, measure="RR"),
    "tiny": lambda: cumulative_data(scale=1e-9, measure="RD"),
    "extreme": far_cumulative,
    "undated": lambda: cumulative_data(
        rows=[CumulativeRow(n, None, i + 1, 0.5, 0.2, 0.8) for i, n in enumerate(NAMES)]
    ),
}
PRESETS = {
    "plain": presets_data,
    "one": lambda: presets_data(("metafor",)),
    "long": lambda: presets_data(LONG_FIRST[:5], measure=MEASURE, **LONG),
    "hostile": lambda: presets_data(HOSTILE),
    "ratio": lambda: presets_data(ratio=True, measure="RR"),
    "failed": failed_presets,
    "none": lambda: presets_data(rows=[PresetRow("a", *[None] * 8, reason="k = 2 < 3")]),
}

FIGURES = {
    **{f"influence {n}": lambda f=f: influence_plot(f()) for n, f in INFLUENCES.items()},
    **{f"baujat {n}": lambda f=f: baujat_plot(f()) for n, f in BAUJATS.items()},
    **{f"funnel {n}": lambda f=f: funnel_plot(f()) for n, f in FUNNELS.items()},
    **{f"bubble {n}": lambda f=f: bubble_plot(f()) for n, f in BUBBLES.items()},
    **{f"factor {n}": lambda f=f: factor_plot(f()) for n, f in FACTORS.items()},
    **{f"gosh {n}": lambda f=f: gosh_plot(f()) for n, f in GOSHES.items()},
    **{f"cumulative {n}": lambda f=f: cumulative_plot(f()) for n, f in CUMULATIVES.items()},
    **{f"presets {n}": lambda f=f: presets_plot(f()) for n, f in PRESETS.items()},
}
