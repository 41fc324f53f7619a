# In: effects and studies. Out: the decisions, and one file of effects (and one of covariates) per
# stratum. A checkpoint: which strata there are is known only from the data, and a stratum file that
# comes out as it was spares everything below it. Folders are not wrapped in `update`: after a
# kill -9 Snakemake trips over its own backup of a folder. Nothing a user types can fail here any
# more; ties are found while effects are computed.


checkpoint stratify:
    input:
        effects="<results>/effects/effects.csv",
        by_preset="<results>/effects/effects_by_preset.csv",
        studies="<results>/harmonized/studies.csv",
        risk_of_bias="<results>/harmonized/risk_of_bias.csv",
        flow="<results>/harmonized/flow.csv",
    output:
        decisions=update("<results>/effects/decisions.csv"),
        index=update("<results>/strata/index.csv"),
        left_out=update("<results>/strata/left_out.csv"),
        trials=update("<results>/covariates/trials.csv"),
        characteristics=update("<results>/covariates/characteristics.csv"),
        risk_of_bias=update("<results>/covariates/risk_of_bias.csv"),
        flow=update("<results>/covariates/flow.csv"),
        strata=directory(
            collect("<results>/strata/{analysis}", analysis=config["strata"])
        ),
        covariates=directory(
            collect("<results>/covariates/{analysis}", analysis=config["strata"])
        ),
        by_preset=directory(
            collect("<results>/by_preset/{analysis}", analysis=config["strata"])
        ),
    log:
        "<logs>/stratify.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("stratify"),
        # Their order is the order of tables, so it counts.
        domains=in_order(config["domains"]),
        analyses=in_order(config["strata"]),
        selection=selection_settings(),
        min_effects=config["min_effects"],
        gosh=config["sensitivity"]["gosh"],
        strata_per_job=config["strata_per_job"],
    message:
        "Choosing one effect per trial and domain, and grouping them into strata"
    script:
        "../scripts/stratify.py"
