# In: the effects of one stratum. Out: all its numbers.


rule fit_stratum:
    input:
        stratum_file,
    output:
        update("<results>/fits/{analysis}/{stratum}.json"),
    log:
        "<logs>/fit_stratum/{analysis}/{stratum}.log",
    wildcard_constraints:
        analysis="[a-z0-9_]+",
        stratum="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("fit_stratum"),
        preset=config["preset"],
        effect_size=as_text(config["effect_size"]),
        pooling=as_text(config["pooling"]),
        magnitude_change=config["sensitivity"]["magnitude_change"],
    message:
        "Pooling {wildcards.analysis}/{wildcards.stratum}"
    script:
        "../scripts/fit_stratum.py"
