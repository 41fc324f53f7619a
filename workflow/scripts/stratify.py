"""Choose one effect per trial and domain, and write the effects of each stratum."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.strata import files as stratum_files
from strataforest.strata import stratification
from strataforest.strata.grouping import Analysis
from strataforest.strata.stale import remove_stale
from strataforest.tabular import read_rows


def main(sheets, domains, analyses, rule, min_effects, gosh, per_job, output):
    """Write decisions, the index, and the files of all strata; remove what is stale."""
    effects = read_rows(sheets.effects, key="effect_id")
    by_preset = read_rows(sheets.by_preset, key="effect_id")
    studies = {row["study_id"]: row for row in read_rows(sheets.studies, key="study_id")}
    judged = read_rows(sheets.risk_of_bias, key="study_id")
    overall = {row["study_id"]: row["overall"] for row in judged}
    decisions = stratification.decide(effects, studies, rule)
    chosen = stratification.selected_effects(effects, decisions, studies)
    types = {name: domain["type"] for name, domain in domains.items()}
    strata, left_out = stratification.build_strata(chosen, analyses, types, min_effects)
    stratum_files.write_decisions(output.decisions, decisions)
    stratum_files.write_left_out(output.left_out, left_out)
    for i, analysis in enumerate(analyses):
        name = analysis.name
        stratum_files.write_strata(Path(output.strata[i]), name, strata)
        stratum_files.write_covariates(Path(output.covariates[i]), name, strata, overall)
        stratum_files.write_by_preset(Path(output.by_preset[i]), name, strata, by_preset)
    stratum_files.write_trials(output.trials, studies, effects)
    stratum_files.write_characteristics(output.characteristics, studies, chosen)
    is_judged = stratum_files.write_judgements(output.risk_of_bias, studies, judged)
    flow = read_rows(sheets.flow, key="stage")
    stratum_files.write_flow(output.flow, flow)
    labels = {name: domain["label"] for name, domain in domains.items()}
    stratum_files.write_index(output.index, strata, labels)
    names = [analysis.name for analysis in analyses]
    absent = ["risk_of_bias"] * (not is_judged) + ["prisma"] * (not flow)
    results = Path(output.index).parent.parent
    remove_stale(results, strata, names, gosh, absent, per_job)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        domains = json.loads(snakemake.params.domains)
        analyses = json.loads(snakemake.params.analyses)
        main(
            sheets=snakemake.input,
            domains=domains,
            analyses=[
                Analysis(name, tuple(a["by"]), a.get("type", ""), a["across_domains"])
                for name, a in analyses.items()
            ],
            rule=stratification.selection_rule(json.loads(snakemake.params.selection)),
            min_effects=snakemake.params.min_effects,
            gosh=snakemake.params.gosh,
            per_job=snakemake.params.strata_per_job,
            output=snakemake.output,
        )
