"""Choose one effect per trial and domain, and write the effects of each stratum."""

import json
import math
from pathlib import Path

from strataforest import stratification
from strataforest.errors import step
from strataforest.selection import DomainRule, SelectionRule
from strataforest.strata import Analysis
from strataforest.tabular import read_rows


def selection_rule(domains, selection, timepoint, unlisted):
    """Return the config's selection as one rule."""
    low, high = timepoint["min_weeks"], timepoint["max_weeks"]
    return SelectionRule(
        domains={
            name: DomainRule(d["type"], tuple(d["priority"]), tuple(d["instruments"]))
            for name, d in domains.items()
        },
        order=tuple(selection["order"]),
        prefer_metric=selection["prefer_metric"],
        unlisted_indicators=unlisted,
        min_weeks=-math.inf if low is None else low,
        max_weeks=math.inf if high is None else high,
    )


def main(effects, studies, risk_of_bias, domains, analyses, rule, min_effects, output):
    """Write decisions, the index, and the files of all strata; remove what is stale."""
    effects = read_rows(effects)
    studies = {row["study_id"]: row for row in read_rows(studies)}
    overall = {row["study_id"]: row["overall"] for row in read_rows(risk_of_bias)}
    decisions = stratification.decide(effects, studies, rule)
    chosen = stratification.selected_effects(effects, decisions, studies)
    types = {name: domain["type"] for name, domain in domains.items()}
    strata, left_out = stratification.build_strata(chosen, analyses, types, min_effects)
    stratification.write_decisions(output.decisions, decisions)
    stratification.write_left_out(output.left_out, left_out)
    for i, analysis in enumerate(analyses):
        folder, covariates = Path(output.strata[i]), Path(output.covariates[i])
        stratification.write_strata(folder, analysis.name, strata)
        stratification.write_covariates(covariates, analysis.name, strata, overall)
    stratification.write_index(output.index, strata)
    stratification.remove_stale(Path(output.index).parent.parent, strata)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        domains = json.loads(snakemake.params.domains)
        analyses = json.loads(snakemake.params.analyses)
        main(
            effects=snakemake.input.effects,
            studies=snakemake.input.studies,
            risk_of_bias=snakemake.input.risk_of_bias,
            domains=domains,
            analyses=[
                Analysis(name, tuple(a["by"]), a.get("type", ""), a["across_domains"])
                for name, a in analyses.items()
            ],
            rule=selection_rule(
                domains,
                json.loads(snakemake.params.selection),
                json.loads(snakemake.params.timepoint),
                snakemake.params.unlisted_indicators,
            ),
            min_effects=snakemake.params.min_effects,
            output=snakemake.output,
        )
