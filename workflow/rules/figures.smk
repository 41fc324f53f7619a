# In: fits and pooled tables. Out: a folder of figures per stratum, and the overviews.


rule draw_stratum:
    input:
        stratum_fit,
    output:
        **subsets_summary(),
        folder=report(
            directory("<results>/figures/{analysis}/{stratum}"),
            patterns=[f"{{name}}.{shown_format()}"],
            caption="../report/stratum.rst",
            category="Strata",
            subcategory=analysis_words,
            labels=stratum_figure_labels,
        ),
    log:
        "<logs>/draw_stratum/{analysis}/{stratum}.log",
    wildcard_constraints:
        analysis=analysis_names(),
        stratum="[a-z0-9_]+",
    # The longest jobs first: what is left is shared out more evenly.
    priority: 5
    conda:
        "../../environment.yml"
    params:
        code=code("draw_stratum"),
        gosh=config["sensitivity"]["gosh"],
        title=stratum_title,
        years=stratum_years,
        judged=stratum_judgements,
        tool=risk_of_bias_tool(),
        labels=as_text(domain_labels()),
        formats=config["figures"]["formats"],
    message:
        "Drawing {wildcards.analysis}/{wildcards.stratum}"
    script:
        "../scripts/draw_stratum.py"


# `formats` in the params: with one format less a figure's other files are all there, and that of the
# format would stay as it was for good. Whoever draws takes it away.
rule draw_overview:
    input:
        pooled_table,
    output:
        in_every_format(
            "<results>/figures/overview/{analysis}",
            caption="../report/overview.rst",
            category="Overviews",
            labels=overview_labels,
        ),
    log:
        "<logs>/draw_overview/{analysis}.log",
    wildcard_constraints:
        analysis=analysis_names(),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("draw_overview"),
        formats=config["figures"]["formats"],
        title=analysis_label,
        level=confidence_level(),
    message:
        "Drawing the overview of {wildcards.analysis}"
    script:
        "../scripts/draw_overview.py"


rule draw_subgroups:
    input:
        whole=domain_fit,
        parts=subgroup_fits,
    output:
        in_every_format(
            "<results>/figures/subgroups/{analysis}/{stratum}",
            caption="../report/subgroups.rst",
            category="Strata",
            subcategory=analysis_words,
            labels=subgroup_labels,
        ),
    log:
        "<logs>/draw_subgroups/{analysis}/{stratum}.log",
    wildcard_constraints:
        analysis=analysis_names(),
        stratum="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("draw_subgroups"),
        formats=config["figures"]["formats"],
        title=subgroup_title,
        whole=domain_analysis(),
        blocks=subgroup_blocks,
        columns=subgroup_columns,
        judged=domain_judgements,
        tool=risk_of_bias_tool(),
        labels=as_text(domain_labels()),
    message:
        "Drawing the subgroups of {wildcards.analysis}/{wildcards.stratum}"
    script:
        "../scripts/draw_subgroups.py"


rule draw_risk_of_bias:
    input:
        judged_trials,
    output:
        traffic_light=in_every_format(
            "<results>/figures/risk_of_bias/traffic_light",
            caption="../report/risk_of_bias.rst",
            category="Trials",
            labels={"figure": words_of("figures", "traffic_light")},
        ),
        summary=in_every_format(
            "<results>/figures/risk_of_bias/summary",
            caption="../report/risk_of_bias.rst",
            category="Trials",
            labels={"figure": words_of("figures", "summary")},
        ),
    log:
        "<logs>/draw_risk_of_bias.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("draw_risk_of_bias"),
        formats=config["figures"]["formats"],
        tool=risk_of_bias_tool(),
    message:
        "Drawing the risk of bias"
    script:
        "../scripts/draw_risk_of_bias.py"


rule draw_flow:
    input:
        flow_counts,
    output:
        in_every_format(
            "<results>/figures/prisma/flow",
            caption="../report/flow.rst",
            category="Trials",
            labels={"figure": words_of("figures", "flow")},
        ),
    log:
        "<logs>/draw_flow.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("draw_flow"),
        formats=config["figures"]["formats"],
    message:
        "Drawing the PRISMA flow"
    script:
        "../scripts/draw_flow.py"
