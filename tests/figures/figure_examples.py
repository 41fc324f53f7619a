"""Reviews to draw: plain, large, with long names, with extreme values, with hostile labels."""

import math
import random

from strataforest.figures.forest_data import ForestData, ForestRow
from strataforest.figures.leave_one_out import LeaveOneOutData, LeaveOneOutRow
from strataforest.figures.overview import OverviewData, OverviewRow

NAMES = [
    "ZhengM2020", "Kargarshuroki2024", "Alghafri2018", "Bender2017", "Xu2021", "Shi2022",
    "Li2023", "Al-Hamdan2021", "Wang2019", "Sun2020", "Yin2022", "O'Connor2018",
]  # fmt: skip
LONG_NAMES = [
    "Effectiveness of a WhatsApp-delivered lifestyle programme, Riyadh 2021",
    "A cluster randomised trial of peer-supported WeChat education for newly diagnosed adults "
    "with type 2 diabetes in rural Shaanxi (ZhengM2020, long follow-up)",
    "Averyveryverylongwordwithoutanyspaces" * 5,
    "W" * 61,
]
HOSTILE = [
    "$x^2$ and \\alpha_{1} ^ _ 100% {",
    "<script>alert('&amp;')</script> \"quoted\" ]]>",
    "two\nlines\r\n\tand a tab",
    "nul \x00 bell \x07 escape \x1b[31m",
    "\u202eright to left override\u2066",
    "lone surrogate \ud800 and \uffff",
    "北京大学第一医院 2020",
    "",
    "🙂 e\u0301 עברית",
]


def study_rows(k, seed=1, names=NAMES, mean=0.5, scale=1.0):
    rng = random.Random(seed)
    drawn = [(mean + rng.gauss(0, 0.3), rng.uniform(0.08, 0.25)) for _ in range(k)]
    weights = [1 / (se**2 + 0.09) for _, se in drawn]
    labels = [*names, *(f"{NAMES[i % 12][:-4]}{1990 + i % 30}-{i}" for i in range(k))]
    return [
        ForestRow(
            label,
            450,
            450 + rng.randint(-9, 9),
            scale * e,
            scale * (e - 1.96 * se),
            scale * (e + 1.96 * se),
            100 * weight / sum(weights),
        )
        for label, (e, se), weight in zip(labels[:k], drawn, weights, strict=True)
    ]


def forest_data(rows, **changes):
    several = len(rows) > 2
    content = {
        "title": "Knowledge: social-media education against usual care",
        "measure": "SMD",
        "rows": rows,
        "estimate": 0.52,
        "ci_low": 0.31,
        "ci_high": 0.73,
        "pi_low": -0.21 if several else None,
        "pi_high": 1.25 if several else None,
        "tau2": 0.0912 if several else None,
        "i2": 78.31 if several else None,
        "q": 45.214 if several else None,
        "q_df": len(rows) - 1 if several else None,
        "q_p": 0.0000012 if several else None,
        "p_value": 0.034,
    }
    return ForestData(**(content | changes))


def extreme_rows():
    return [
        *study_rows(6),
        ForestRow("ZhengM2020", 450, 450, 15.0, -50.0, 80.0, 0.1),
        ForestRow("FarRight2021", 20, 20, 9.0, 6.0, 12.0, 0.1),
        ForestRow("FarLeft2021", 20, 20, -9.0, -12.0, -6.0, 0.1),
        ForestRow("Unbounded2021", None, None, 0.3, -math.inf, math.inf, 0.1),
        ForestRow("NoEvents2020", 1_234_567, 12_345, None, None, None, None),
    ]


FORESTS = {
    **{f"k{k}": lambda k=k: forest_data(study_rows(k)) for k in (1, 2, 3, 12, 60, 200)},
    "long": lambda: forest_data(
        study_rows(6, names=LONG_NAMES + NAMES),
        title="Clinical outcomes other than glycaemia " * 5,
        measure="Standardised mean difference (Hedges' g)",
        left_label="Favours usual care, printed leaflets or a waiting list",
        right_label="Favours the intervention on whichever platform it was delivered " * 3,
        note="A note that is long enough to be wrapped. " * 8,
    ),
    "extreme": lambda: forest_data(extreme_rows(), pi_low=-31.0, pi_high=32.0),
    "ratio": lambda: forest_data(
        study_rows(7, mean=-0.3), ratio=True, measure="RR", estimate=-0.3, ci_low=-0.5, ci_high=-0.1
    ),
    "wide ratio": lambda: forest_data(
        study_rows(7, mean=0.3, scale=5.0), ratio=True, measure="OR"
    ),
    "huge ratio": lambda: forest_data(
        study_rows(7, mean=0.3, scale=300.0), ratio=True, measure="OR"
    ),
    "narrow ratio": lambda: forest_data(
        study_rows(7, mean=0.3, scale=0.02), ratio=True, measure="RR",
        estimate=0.006, ci_low=0.002, ci_high=0.01, pi_low=0.0, pi_high=0.02,
    ),
    "tiny": lambda: forest_data(
        study_rows(5, scale=1e-9), measure="RD",
        estimate=5e-10, ci_low=3e-10, ci_high=7e-10, pi_low=-1e-10, pi_high=9e-10,
    ),
    "large": lambda: forest_data(
        study_rows(5, scale=2e6), measure="MD",
        estimate=1e6, ci_low=6e5, ci_high=1.4e6, pi_low=-2e5, pi_high=2e6,
    ),
    "nothing known": lambda: forest_data(
        [ForestRow("Empty2020", None, None, None, None, None, None)],
        estimate=None, ci_low=None, ci_high=None, p_value=None,
    ),
    "far from null": lambda: forest_data(
        [ForestRow("Same", 10, 10, 5.0, 5.0, 5.0, 50.0)] * 2, estimate=5.0, ci_low=5.0, ci_high=5.0
    ),
    "hostile": lambda: forest_data(
        [ForestRow(label, 450, 450, 0.5, 0.2, 0.8, 12.5) for label in HOSTILE],
        title=HOSTILE[0] + HOSTILE[1], note=HOSTILE[2] + HOSTILE[3],
    ),
}  # fmt: skip


def leave_one_out_data(k=12, names=NAMES, **changes):
    flags = {
        1: ("significance", "magnitude"),
        3: ("direction", "significance", "magnitude", "heterogeneity"),
        4: ("magnitude",),
        5: ("heterogeneity",),
    }
    rows = [
        LeaveOneOutRow(row.label, e, e - 0.2, e + 0.22, flags.get(i, ()))
        for i, row in enumerate(study_rows(k, names=names))
        for e in [0.5 + 0.01 * i]
    ]
    content = {
        "title": "Knowledge: each study left out in turn",
        "measure": "SMD",
        "rows": rows,
        "estimate": 0.52,
        "ci_low": 0.31,
        "ci_high": 0.73,
    }
    return LeaveOneOutData(**(content | changes))


def domain_panels():
    row = OverviewRow
    smd = OverviewData(
        "By domain: standardised mean differences",
        "SMD",
        [
            row("Knowledge", 9, 4210, 1.06, 0.19, 1.94, -1.9, 4.0, 97.3),
            row("Glycaemic control", 21, 12345, -0.52, -0.72, -0.32, -1.4, 0.36, 88.1),
            row("Attitude", 3, 450, 0.89, -0.52, 2.3, None, None, 98.2),
            row("Quality of life", 2, None, *[None] * 6, "not estimable: k = 2 < 3"),
        ],
    )
    ratio = OverviewData(
        "By domain: ratios",
        "RR",
        [
            row("Complications", 4, 2210, -0.31, -0.6, -0.02, -1.1, 0.5, 33.3),
            row(LONG_NAMES[1], 1, 120, *[None] * 6, "no log ratio exists: zero events " * 9),
        ],
        ratio=True,
        left_label="Favours intervention",
        right_label="Favours control",
        note="RR below 1 favours the intervention.",
    )
    return [smd, ratio]
