"""What a workbook to extract into holds: which tabs, columns, lists and checks a review needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strataforest.flow.stages import STAGES
from strataforest.risk_of_bias.tools import TOOLS
from strataforest.sheets.columns import VOCABULARY, Column

# What a reviewer fills in for nearly every trial; the other columns follow, folded together.
FIRST = {
    "studies": (
        *("study_id", "citation", "year", "country", "population", "design"),
        *("eligible", "eligibility_reason", "platforms", "primary_platform", "comparator"),
        *("follow_up_weeks", "n_randomised"),
    ),
    "outcomes": (
        *("study_id", "domain", "indicator", "instrument", "unit", "higher_is_better"),
        *("timepoint_weeks", "metric", "n_treat", "mean_treat", "sd_treat"),
        *("n_control", "mean_control", "sd_control", "source", "locator", "note"),
    ),
    "flow": ("stage", "n", "reason"),
}
# Counts are what a yes/no outcome is made of.
BINARY = ("n_treat", "events_treat", "n_control", "events_control")
PURPOSES = {
    "studies": "One row per trial.",
    "outcomes": "One row per comparison: what one report gives of one outcome at one time.",
    "risk_of_bias": "One row of judgements per trial (optional).",
    "flow": "The counts of the PRISMA flow, one row per stage and reason (optional).",
}
# Columns that hold names of a list, by the list's heading; others may be entered where it is open.
LISTED = {
    "domain": "Domains",
    "indicator": "Indicators",
    "instrument": "Instruments",
    "platforms": "Platforms",
    "primary_platform": "Platforms",
    "stage": "Stages",
}
# What a meta-regression makes of other columns.
DERIVED = {"ln_n_total", "risk_of_bias"}
OPEN_LISTS = ("Indicators", "Instruments", "Platforms")
# Where the spreadsheet asks back: the configuration must have the name too.
ASKED = {
    "Domains": "No such domain was configured when this workbook was made. Enter it all the same? "
    "Then add it to `domains:` in config.yaml, and to the tab Lists."
}


@dataclass(frozen=True)
class Page:
    """One tab to fill in: its columns, and how many of them come first."""

    kind: str
    columns: tuple[Column, ...]
    n_first: int


def pages(domains: Mapping[str, Mapping], tool: str, named: Sequence[str] = ()) -> list[Page]:
    """Return the tabs of a review's workbook.

    `domains` are the config's, `tool` that of the risk-of-bias sheet, `named` the columns that the
    config groups and regresses by: those not of our vocabulary are added to the trials.
    """
    known = {column.name for kind in ("studies", "outcomes") for column in VOCABULARY[kind]}
    own = [name for name in named if name not in known | DERIVED]
    return [_page(kind, _first(kind, domains, tool), tool, own) for kind in PURPOSES]


def lists(domains: Mapping[str, Mapping], indicators: Sequence[str]) -> dict[str, list[str]]:
    """Return the names that drop-down lists offer, by the list's heading, each once."""

    def of_domains(key: str) -> list[str]:
        return [name for domain in domains.values() for name in domain.get(key, ())]

    return {
        "Domains": list(domains),
        "Indicators": list(dict.fromkeys([*of_domains("priority"), *indicators])),
        "Instruments": list(dict.fromkeys(of_domains("instruments"))),
        "Platforms": [],
        "Stages": list(STAGES),
    }


def meaning(column: Column, tool: str) -> str:
    """Return what a column is for, as its heading's comment and the explanations say it."""
    if column.name in TOOLS[tool].domains:
        text = f"judgement of bias: {TOOLS[tool].domains[column.name]}"
    else:
        text = column.meaning
    return text[:1].upper() + text[1:] + "."


def choices(column: Column, tool: str) -> tuple[str, ...]:
    """Return what a cell of the column may hold, empty where it is no choice."""
    if column.name in {*TOOLS[tool].domains, "overall"} and column.kind == "choice":
        return TOOLS[tool].judgements
    return column.choices


# XlsxWriter's rule for the cells of a kind, and how to say it.
RULES: Mapping[str, tuple[Mapping, str]] = {
    "number": (
        {"validate": "decimal", "criteria": "between", "minimum": -1e12, "maximum": 1e12},
        "a number",
    ),
    "non_negative": ({"validate": "decimal", "criteria": ">=", "value": 0}, "a number from 0 on"),
    "positive": ({"validate": "decimal", "criteria": ">", "value": 0}, "a number above 0"),
    "count": ({"validate": "integer", "criteria": ">=", "value": 0}, "a whole number from 0 on"),
    "arm_size": ({"validate": "integer", "criteria": ">=", "value": 2}, "2 people or more"),
    "fraction": (
        {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1},
        "a number from 0 to 1",
    ),
    "year": (
        {"validate": "integer", "criteria": "between", "minimum": 1800, "maximum": 2200},
        "a year such as 2019",
    ),
}


def _first(kind: str, domains: Mapping[str, Mapping], tool: str) -> list[str]:
    """Return the names of the columns that come first in a tab."""
    if kind == "risk_of_bias":
        judged = [part for name in TOOLS[tool].domains for part in (name, f"support_{name}")]
        return ["study_id", *judged, "overall", "basis"]
    names = list(FIRST[kind])
    types = {domain["type"] for domain in domains.values()}
    if kind == "outcomes" and "binary" in types:
        at = names.index("n_treat")
        means = [name for name in names[at:] if name.endswith(("_treat", "_control"))]
        counted = [name for name in BINARY if name not in means]
        wanted = [*BINARY] if types == {"binary"} else [*means[:3], *counted[:1]]
        wanted += [] if types == {"binary"} else [*means[3:], *counted[1:]]
        names = [*names[:at], *wanted, *(n for n in names[at:] if n not in means)]
    return names


def _page(kind: str, first: Sequence[str], tool: str, own: Sequence[str]) -> Page:
    known = {column.name: column for column in VOCABULARY[kind]}
    added = own if kind == "studies" else ()
    extra = [Column(n, "text", "a column that the configuration uses") for n in added]
    unused = {f"{part}D{i}" for part in ("", "support_") for i in range(1, 10)} - set(first)
    rest = [column for name, column in known.items() if name not in {*first, *unused}]
    columns = (*(known[name] for name in first), *extra, *rest)
    return Page(kind, columns, len(first) + len(extra))
