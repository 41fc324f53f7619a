"""The configuration of a review made of data rows."""

from collections.abc import Mapping

import yaml

HEADING = """\
# A review made of Cochrane data rows ({source}) by `strataforest import-cochrane`.
# The data rows name no measure: each is the one that gives the printed effects; import_check.csv
# compares every row. config/README.md of strataforest explains all keys.

"""
# What our measures are for the numbers that an analysis has.
MEASURES = {
    "MD": ("continuous", "MD"),
    "SMD": ("continuous", "SMD"),
    "RR": ("binary", "RR"),
    "OR": ("binary", "OR"),
    "PETO": ("binary", "PETO"),
    "RD": ("binary", "RD"),
    "difference": ("continuous", "SMD"),
    "ratio": ("binary", "RR"),
    "O-E ratio": ("binary", "RR"),
}
GENERIC = {
    "difference": "an effect with its standard error: SMD or MD, the file does not say",
    "ratio": "a ratio with its standard error: risk, odds or hazard, the file does not say",
    "O-E ratio": "(O-E)/V: odds or hazard ratios, the file does not say",
}
POOLING = {
    "random effects, DL": "{tau2: DL, ci: z}",
    "random effects, DL about Mantel-Haenszel": "{tau2: DL, ci: z}",
    "random effects, REML": "{tau2: REML, ci: z}",
}


def config_text(
    source: str, measures: Mapping[str, tuple[str, str, str]], has_subgroups: bool, model: str
) -> str:
    """Return the text of config.yaml.

    `measures` holds by domain its label, its measure and its kind of data; `model` is what most
    of the printed weights are those of, empty where that is not known.
    """
    title = f"Imported from {' '.join(source.split())}"
    parts = [HEADING.format(source=_comment(source)), _dumped({"review": {"title": title}})]
    sheets = {name: {"path": f"sheets/{name}.csv"} for name in ("studies", "outcomes")}
    parts.append(_dumped({"sheets": sheets}))
    parts.append("# One domain per analysis, in the order of the file.\ndomains:\n")
    for domain, (label, measure, _) in measures.items():
        if measure in GENERIC:
            parts.append(f"  # {domain}: {GENERIC[measure]}.\n")
        kind, ours = MEASURES[measure]
        entry = _dumped({domain: {"label": label, "type": kind, "measure": ours}})
        parts.append("".join(f"  {line}\n" for line in entry.rstrip("\n").split("\n")))
    continuous = [d for d, (_, m, _) in measures.items() if MEASURES[m][0] == "continuous"]
    if continuous:
        parts.append(
            "\n# Say of which outcomes less is better; until then effects keep the printed sign.\n"
        )
        parts.append(_dumped({"indicators": {d: {"higher_is_better": True} for d in continuous}}))
    parts.append("\n# RevMan's formulas, and its methods since 2025: REML, Hartung-Knapp.\n")
    parts.append("preset: cochrane\n" + _hint(model))
    strata = {"domain": {"by": ["domain"]}}
    if has_subgroups:
        strata["subgroup"] = {"by": ["domain", "subgroup"]}
    parts.append("\n" + _dumped({"strata": strata, "meta_regression": []}))
    return "".join(parts)


def _hint(model: str) -> str:
    if not model:
        return ""
    pooling = POOLING.get(model, "{tau2: EE, ci: z}")
    return f"# Most printed weights are of: {model}. To pool like that:\n# pooling: {pooling}\n"


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _dumped(content: Mapping) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
