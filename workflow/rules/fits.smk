# In: the effects of one stratum. Out: all its numbers.


rule fit_stratum:
    input:
        effects=stratum_file,
        by_preset=stratum_by_preset,
    output:
        update("<results>/fits/{analysis}/{stratum}.json"),
    log:
        "<logs>/fit_stratum/{analysis}/{stratum}.log",
    wildcard_constraints:
        analysis=analysis_names(),
        stratum="[a-z0-9_]+",
    conda:
        "../../environment.yml"
    params:
        code=code("fit_stratum"),
        preset=config["preset"],
        effect_size=as_text(config["effect_size"]),
        pooling=as_text(config["pooling"]),
        magnitude_change=config["sensitivity"]["magnitude_change"],
        drop_most_influential=config["sensitivity"]["drop_most_influential"],
        min_effects=config["min_effects"],
        small_study_min_effects=config["small_study"]["min_effects"],
    message:
        "Pooling {wildcards.analysis}/{wildcards.stratum}"
    script:
        "../scripts/fit_stratum.py"
