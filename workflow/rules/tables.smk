# In: all fits and the index of strata. Out: the tables, and the summary a run ends with.


rule tabulate:
    input:
        index="<results>/strata/index.csv",
        correlations="<results>/effects/change_correlation.csv",
        fits=stratum_fits,
    output:
        pooled=report(
            update("<results>/tables/pooled.csv"),
            caption="../report/pooled.rst",
            category="Tables",
            labels={"table": "pooled effects"},
        ),
        estimators=update("<results>/tables/estimators.csv"),
        presets=update("<results>/tables/presets.csv"),
        change_correlation=update("<results>/tables/change_correlation.csv"),
        small_study=update("<results>/tables/small_study.csv"),
        dependent_effects=update("<results>/tables/dependent_effects.csv"),
        subgroup_tests=update("<results>/tables/subgroup_tests.csv"),
        without_most_influential=update("<results>/tables/without_most_influential.csv"),
        influence=directory("<results>/tables/influence"),
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
    priority: 10
    conda:
        "../../environment.yml"
    params:
        code=code("tabulate"),
        labels=as_text(domain_labels()),
        flipped=flipped_domains(),
        cross=as_text(cross_tables()),
        grouping=in_order(grouping_columns()),
        level=confidence_level(),
    message:
        "Writing the tables"
    script:
        "../scripts/tabulate.py"


# What needs more than the fits: the years of the trials, and all subsets of each stratum.
rule cumulate:
    input:
        fits=stratum_fits,
        covariates=stratum_covariates,
    output:
        update("<results>/tables/cumulative.csv"),
    log:
        "<logs>/cumulate.log",
    conda:
        "../../environment.yml"
    params:
        code=code("cumulate"),
    message:
        "Cumulating by year"
    script:
        "../scripts/cumulate.py"


rule tabulate_gosh:
    input:
        fits=stratum_fits,
        summaries=gosh_summaries,
    output:
        update("<results>/tables/gosh.csv"),
    log:
        "<logs>/tabulate_gosh.log",
    conda:
        "../../environment.yml"
    params:
        code=code("tabulate_gosh"),
    message:
        "Writing the table of all subsets"
    script:
        "../scripts/tabulate_gosh.py"


# Asked for by name where nothing else is wanted: snakemake --cores 4 tables
rule tables:
    input:
        rules.tabulate.output,
        "<results>/summary.txt",
    localrule: True


# The paper's own: Table 2 comes as csv from `tabulate`, everything else is made here.
rule typeset_tables:
    input:
        pooled="<results>/tables/pooled.csv",
        small_study="<results>/tables/small_study.csv",
        leave_one_out_summary="<results>/tables/leave_one_out_summary.csv",
        models="<results>/tables/meta_regression_models.csv",
        terms="<results>/tables/meta_regression_terms.csv",
        subgroup_tests="<results>/tables/subgroup_tests.csv",
        cross=collect(
            "<results>/tables/table2_{analysis}.csv", analysis=list(cross_tables())
        ),
        characteristics=trial_characteristics,
        judged=judged_trials,
        fits=stratum_fits,
    output:
        tables=update(collect("<results>/tables/{name}", name=paper_tables())),
        manuscript=update("<results>/report/manuscript_tables.docx"),
        paragraphs=update("<results>/report/results_paragraphs.md"),
    log:
        "<logs>/typeset_tables.log",
    priority: 10
    conda:
        "../../environment.yml"
    params:
        code=code("typeset_tables"),
        title=review_title,
        # Their order is the order of tables, so it counts.
        analyses=in_order(analysis_labels()),
        domains=in_order(domain_labels()),
        cross=in_order(cross_tables()),
        findings=summarised_analysis(),
        described=in_order(config["tables"]["characteristics"]),
        level=confidence_level(),
        min_effects=config["min_effects"],
    message:
        "Typesetting the tables of the paper"
    script:
        "../scripts/typeset_tables.py"


rule summarize:
    input:
        pooled="<results>/tables/pooled.csv",
        records="<results>/harmonized/records.csv",
        exclusions="<results>/effects/exclusions.csv",
        decisions="<results>/effects/decisions.csv",
        effects="<results>/effects/effects.csv",
        left_out="<results>/strata/left_out.csv",
        # Not problems.csv: that is a log, so that it outlives a failed run, and nobody's output.
        problem_counts="<results>/harmonized/problem_counts.csv",
        claims=tested_claims(),
    output:
        update("<results>/summary.txt"),
    log:
        "<logs>/summarize.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("summarize"),
        title=review_title,
    message:
        "Summing up"
    script:
        "../scripts/summarize.py"
