# In: the effects of one stratum, or of as many as `strata_per_job` says. Out: all their numbers. A job
# a stratum re-fits only what a correction touched; many strata a job spare process starts. Numbers
# come before figures: what they lead to takes longest.


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
    priority: 10
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


rule fit_strata:
    input:
        effects=part_files,
        by_preset=part_by_presets,
    output:
        update("<results>/fits/{analysis}/{part}.jsonl"),
    log:
        "<logs>/fit_strata/{analysis}/{part}.log",
    wildcard_constraints:
        analysis=analysis_names(),
        part="part_[0-9]+",
    priority: 10
    conda:
        "../../environment.yml"
    params:
        code=code("fit_strata"),
        members=part_members,
        preset=config["preset"],
        effect_size=as_text(config["effect_size"]),
        pooling=as_text(config["pooling"]),
        magnitude_change=config["sensitivity"]["magnitude_change"],
        drop_most_influential=config["sensitivity"]["drop_most_influential"],
        min_effects=config["min_effects"],
        small_study_min_effects=config["small_study"]["min_effects"],
    message:
        "Pooling the strata of {wildcards.analysis}, {wildcards.part}"
    script:
        "../scripts/fit_strata.py"
