# In: everything a run makes. Out: the page that shows it, which needs nothing beside itself, and the
# methods in words, to paste.


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
        "<results>/tables/estimators.csv",
        "<results>/tables/dependent_effects.csv",
        "<results>/tables/subgroup_tests.csv",
        "<results>/tables/without_most_influential.csv",
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
        page=report(
            update("<results>/report/index.html"),
            caption="../report/page.rst",
            category="Report",
            labels={"page": "the report for readers"},
        ),
        methods=update("<results>/report/methods_paragraphs.md"),
        methods_docx=update("<results>/report/methods_paragraphs.docx"),
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
        options=in_order(told_options()),
    message:
        "Building the report"
    script:
        "../scripts/build_report.py"
