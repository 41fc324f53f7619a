# In: the pooled table, the meta-regressions and what they were made from. Out: what moved since the
# last run. The snapshots in <results>/history/ are the memory of that, no output: Snakemake would
# delete them before a run.


rule record_changes:
    input:
        pooled="<results>/tables/pooled.csv",
        effects="<results>/effects/effects.csv",
        records="<results>/harmonized/records.csv",
        studies="<results>/harmonized/studies.csv",
        strata=stratum_files,
        fits=stratum_fits,
        models=all_model_tables,
        moderators=modelled_covariates,
        claims=tested_claims(),
    output:
        table=update("<results>/changes/latest.csv"),
        page=update("<results>/changes/latest.md"),
        text=update("<results>/changes/latest.txt"),
        options=update("<results>/changes/options.json"),
    log:
        "<logs>/record_changes.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("record_changes"),
        keep=config["history"]["keep"],
        options=as_text(deciding_options()),
    message:
        "Recording what moved"
    script:
        "../scripts/record_changes.py"
