# In: fits and pooled tables. Out: a folder of figures per stratum, and the overviews.


rule draw_stratum:
    input:
        "<results>/fits/{analysis}/{stratum}.json",
    output:
        directory("<results>/figures/{analysis}/{stratum}"),
    log:
        "<logs>/draw_stratum/{analysis}/{stratum}.log",
    wildcard_constraints:
        analysis=analysis_names(),
        stratum="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("draw_stratum"),
        title=stratum_title,
        years=stratum_years,
        labels=as_text(domain_labels()),
        formats=config["figures"]["formats"],
    message:
        "Drawing {wildcards.analysis}/{wildcards.stratum}"
    script:
        "../scripts/draw_stratum.py"


rule gosh_stratum:
    input:
        "<results>/fits/{analysis}/{stratum}.json",
    output:
        summary=update("<results>/gosh/{analysis}/{stratum}.json"),
        figures=update(
            collect(
                "<results>/figures/gosh/{{analysis}}/{{stratum}}.{format}",
                format=config["figures"]["formats"],
            )
        ),
    log:
        "<logs>/gosh_stratum/{analysis}/{stratum}.log",
    wildcard_constraints:
        analysis=analysis_names(),
        stratum="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("gosh_stratum"),
        title=stratum_title,
        labels=as_text(domain_labels()),
    message:
        "Pooling all subsets of {wildcards.analysis}/{wildcards.stratum}"
    script:
        "../scripts/gosh_stratum.py"


rule draw_overview:
    input:
        "<results>/tables/pooled.csv",
    output:
        update(
            collect(
                "<results>/figures/overview/{{analysis}}.{format}",
                format=config["figures"]["formats"],
            )
        ),
    log:
        "<logs>/draw_overview/{analysis}.log",
    wildcard_constraints:
        analysis=analysis_names(),
    conda:
        "../../environment.yml"
    params:
        code=code("draw_overview"),
        title=analysis_label,
        level=confidence_level(),
    message:
        "Drawing the overview of {wildcards.analysis}"
    script:
        "../scripts/draw_overview.py"
