# In: everything a run makes. Out: the page that shows it, which needs nothing beside itself.


rule build_report:
    input:
        "<results>/effects/effects.csv",
        "<results>/effects/exclusions.csv",
        "<results>/effects/decisions.csv",
        "<results>/strata/left_out.csv",
        "<results>/harmonized/records.csv",
        "<results>/harmonized/studies.csv",
        "<results>/tables/pooled.csv",
        "<results>/tables/small_study.csv",
        "<results>/tables/meta_regression_models.csv",
        "<results>/tables/cumulative.csv",
        "<results>/changes/latest.txt",
        "<results>/report/results_paragraphs.md",
        "<results>/report/manuscript_tables.docx",
        sheet_paths(),
        judged_trials,
        collect("<results>/tables/{name}", name=paper_tables()),
        model_fits,
        design_table,
        gosh_table(),
        extraction_tables(),
        stratum_fits,
        stratum_by_presets,
        stratum_covariates,
        stratum_figures,
        overview_figures(),
        review_figures,
        subgroup_figures,
        meta_regression_figures,
    output:
        report(
            update("<results>/report/index.html"),
            caption="../report/page.rst",
            category="Report",
            labels={"page": "the report for readers"},
        ),
    log:
        "<logs>/build_report.log",
    conda:
        "../../environment.yml"
    params:
        code=code("build_report"),
        review=as_text(config["review"]),
        analyses=in_order(analysis_labels()),
        domains=as_text(domain_labels()),
        in_words=summarised_analysis(),
        tool=risk_of_bias_tool(),
        min_effects=config["min_effects"],
        min_small_study=config["small_study"]["min_effects"],
    message:
        "Building the report"
    script:
        "../scripts/build_report.py"
