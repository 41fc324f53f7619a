"""Judgements of risk of bias and PRISMA flows to draw: few, many, missing, with long names."""

import random

from figure_examples import HOSTILE, NAMES
from strataforest.figures.judgement_bars import JudgementBars
from strataforest.figures.traffic_light import JudgedTrial
from strataforest.flow.stages import flow_of
from strataforest.risk_of_bias.tools import OVERALL, TOOLS

EIGHTY = "A cluster randomised trial of peer support by message in rural Shaanxi, ZhengM 2020"[:80]


def judged_trials(k, tool="rob2", names=NAMES, missing=0.06, seed=3):
    """Trials judged at random, some of them not in every domain."""
    rng = random.Random(seed)
    labels = [*names, *(f"{NAMES[i % 12][:-4]}{1990 + i % 30}-{i}" for i in range(k))][:k]
    columns = (*TOOLS[tool].domains, OVERALL)
    return [
        JudgedTrial(
            label,
            {
                column: "" if rng.random() < missing else rng.choice(TOOLS[tool].judgements)
                for column in columns
            },
        )
        for label in labels
    ]


def bars(k, tool="rob2", **changes):
    trials = [trial.judgements for trial in judged_trials(k, tool)]
    content = {"title": "Risk of bias", "trials": trials, "weights": [1.0] * k}
    return JudgementBars(tool=TOOLS[tool], **(content | changes))


LIGHTS = {
    **{f"{tool} k{k}": (k, tool, NAMES) for tool in TOOLS for k in (1, 3, 12, 60)},
    "long": (60, "robins_i", [EIGHTY] * 60),
    "one long word": (3, "rob2", [EIGHTY.replace(" ", "")] * 3),
    "hostile": (len(HOSTILE), "rob2", HOSTILE),
}


def flow(*counts):
    """The flow of (stage, n) and (stage, n, reason)."""
    rows = [dict(zip(("stage", "n", "reason"), (*count, ""), strict=False)) for count in counts]
    return flow_of([row | {"n": str(row["n"])} for row in rows])


def reasons(k, text="Reason number {} that both reviewers gave"):
    return [("reports_excluded", 40 - i, text.format(i)) for i in range(k)]


WHOLE = [
    ("records_from_databases", 1800, "PubMed"),
    ("records_from_databases", 12042, "Embase"),
    ("records_from_registers", 120, "ClinicalTrials.gov"),
    ("records_from_other_sources", 13, "citation searching"),
    ("duplicates_removed", 2000),
    ("records_marked_ineligible", 300),
    ("records_removed_other", 3, "not in a language that anybody of the team reads well enough"),
    ("records_screened", 11672),
    ("records_excluded", 11000),
    ("reports_sought", 672),
    ("reports_not_retrieved", 12),
    ("reports_assessed", 660),
    ("studies_included", 155),
    ("reports_included", 160),
    ("studies_pooled", 99),
]
FLOWS = {
    "one box": [("studies_included", 3)],
    "one reason": [("reports_assessed", 5), *reasons(1), ("studies_included", 4)],
    "fifteen reasons": [*WHOLE, *reasons(15)],
    "long reasons": [*WHOLE, *reasons(15, "No comparator without messages " * 3 + "{}")],
    "one long word": [*WHOLE, *reasons(2, "W" * 80 + "{}")],
    "hostile": [*WHOLE, *[("reports_excluded", i, text or "-") for i, text in enumerate(HOSTILE)]],
    "from assessment on": [("reports_assessed", 43), *reasons(3), ("studies_included", 39)],
    "nobody counted the screened": [
        ("records_identified", 2042),
        ("records_after_deduplication", 345),
        ("reports_assessed", 345),
        *reasons(3),
        ("studies_included", 23),
    ],
    "exits without their boxes": [
        ("records_screened", 30),
        ("reports_not_retrieved", 4),
        *reasons(1),
        ("studies_included", 3),
    ],
    "exits at the ends": [("duplicates_removed", 4), ("records_screened", 30), *reasons(2)],
    "only exits": [("duplicates_removed", 4), *reasons(2)],
}
