# In: all fits and the index of strata. Out: the tables, and the summary a run ends with.


rule tabulate:
    input:
        index="<results>/strata/index.csv",
        fits=stratum_fits,
    output:
        pooled=update("<results>/tables/pooled.csv"),
        estimators=update("<results>/tables/estimators.csv"),
        leave_one_out=directory("<results>/tables/leave_one_out"),
        leave_one_out_by_trial=directory("<results>/tables/leave_one_out_by_trial"),
        leave_one_out_summary=update("<results>/tables/leave_one_out_summary.csv"),
        cross=update(
            collect(
                "<results>/tables/table2_{analysis}.csv", analysis=list(cross_tables())
            )
        ),
    log:
        "<logs>/tabulate.log",
    conda:
        "../../environment.yml"
    params:
        code=code("tabulate"),
        labels=as_text(domain_labels()),
        flipped=flipped_domains(),
        cross=as_text(cross_tables()),
        level=confidence_level(),
    message:
        "Writing the tables"
    script:
        "../scripts/tabulate.py"


rule summarize:
    input:
        pooled="<results>/tables/pooled.csv",
        exclusions="<results>/effects/exclusions.csv",
        decisions="<results>/effects/decisions.csv",
        effects="<results>/effects/effects.csv",
        left_out="<results>/strata/left_out.csv",
    output:
        update("<results>/summary.txt"),
    log:
        "<logs>/summarize.log",
    conda:
        "../../environment.yml"
    params:
        code=code("summarize"),
        title=config["review"]["title"],
    message:
        "Summing up"
    script:
        "../scripts/summarize.py"
