"""Choose one effect per trial and domain, and write the effects of each stratum."""

import json
from pathlib import Path

from strataforest import stratification
from strataforest.errors import step
from strataforest.strata import Analysis
from strataforest.tabular import read_rows


def main(effects, studies, risk_of_bias, domains, analyses, rule, min_effects, output):
    """Write decisions, the index, and the files of all strata; remove what is stale."""
    effects = read_rows(effects, key="effect_id")
    studies = {row["study_id"]: row for row in read_rows(studies, key="study_id")}
    overall = {row["study_id"]: row["overall"] for row in read_rows(risk_of_bias, key="study_id")}
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
    labels = {name: domain["label"] for name, domain in domains.items()}
    stratification.write_index(output.index, strata, labels)
    names = [analysis.name for analysis in analyses]
    stratification.remove_stale(Path(output.index).parent.parent, strata, names)


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
            rule=stratification.selection_rule(json.loads(snakemake.params.selection)),
            min_effects=snakemake.params.min_effects,
            output=snakemake.output,
        )
