# In: the effects of each domain and what describes their trials. Out: a fit, bubble plots and table
# rows per declared meta-regression; and whether longer trials are larger (the design regression).


rule fit_meta_regression:
    input:
        strata=moderated_strata,
        covariates=moderated_covariates,
    output:
        update("<results>/meta_regression/{model}.json"),
    log:
        "<logs>/fit_meta_regression/{model}.log",
    wildcard_constraints:
        model="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("fit_meta_regression"),
        declared=declared_model,
        # Their order is the order of tables, so it counts.
        domains=in_order(domain_types_and_labels()),
        preset=config["preset"],
        effect_size=as_text(config["effect_size"]),
        pooling=as_text(config["pooling"]),
        permutations=config["sensitivity"]["permutations"],
    message:
        "Fitting the meta-regression {wildcards.model}"
    script:
        "../scripts/fit_meta_regression.py"


rule draw_meta_regression:
    input:
        "<results>/meta_regression/{model}.json",
    output:
        report(
            # Kept for its script, which draws only what has changed.
            update(directory("<results>/figures/meta_regression/{model}")),
            patterns=[f"{{name}}.{shown_format()}"],
            caption="../report/meta_regression.rst",
            category="Meta-regression",
            labels=moderator_figure_labels,
        ),
    log:
        "<logs>/draw_meta_regression/{model}.log",
    wildcard_constraints:
        model="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("draw_meta_regression"),
        formats=config["figures"]["formats"],
        domains=as_text(domain_labels()),
    message:
        "Drawing the meta-regression {wildcards.model}"
    script:
        "../scripts/draw_meta_regression.py"


rule tabulate_meta_regression:
    input:
        model_fits,
    output:
        models=update("<results>/tables/meta_regression_models.csv"),
        terms=update("<results>/tables/meta_regression_terms.csv"),
    log:
        "<logs>/tabulate_meta_regression.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("tabulate_meta_regression"),
    message:
        "Writing the meta-regression tables"
    script:
        "../scripts/tabulate_meta_regression.py"


rule fit_design_regression:
    input:
        design_covariates,
    output:
        update("<results>/tables/design_regression.csv"),
    log:
        "<logs>/fit_design_regression.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("fit_design_regression"),
        level=confidence_level(),
    message:
        "Regressing trial size on follow-up"
    script:
        "../scripts/fit_design_regression.py"
