# In: the raw sheets. Out: records with an address per row, and the effect sizes they give.
# Here and in later rules, `update` brings the last good files back when a job fails.


rule read_sheets:
    input:
        sheet_paths(),
    output:
        records=update("<results>/harmonized/records.csv"),
        studies=update("<results>/harmonized/studies.csv"),
        risk_of_bias=update("<results>/harmonized/risk_of_bias.csv"),
        flow=update("<results>/harmonized/flow.csv"),
        problem_counts=update("<results>/harmonized/problem_counts.csv"),
    log:
        run="<logs>/read_sheets.log",
        problems="<results>/harmonized/problems.csv",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("read_sheets"),
        content=content_of(sheet_paths()),
        sheets=as_text(sheet_specs()),
        double=as_text(double_extraction()),
        domains=as_text(
            {
                n: {k: d[k] for k in ("type", "priority", "label")}
                for n, d in config["domains"].items()
            }
        ),
        indicators=as_text(config["indicators"]),
        strata=as_text(config["strata"]),
        models=as_text(compared_trials()),
        described=as_text(sorted(config["tables"]["characteristics"])),
        tool=risk_of_bias_tool(),
        acknowledged=as_text(config["acknowledged"]),
    message:
        "Reading and checking the extraction sheets"
    script:
        "../scripts/read_sheets.py"


rule compute_effects:
    input:
        records="<results>/harmonized/records.csv",
        studies="<results>/harmonized/studies.csv",
    output:
        effects=update("<results>/effects/effects.csv"),
        exclusions=update("<results>/effects/exclusions.csv"),
        change_correlation=update("<results>/effects/change_correlation.csv"),
        by_preset=update("<results>/effects/effects_by_preset.csv"),
    log:
        "<logs>/compute_effects.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("compute_effects"),
        domains=as_text(
            {
                n: {k: d[k] for k in ("type", "measure") if k in d}
                for n, d in config["domains"].items()
            }
        ),
        indicators=as_text(config["indicators"]),
        preset=config["preset"],
        effect_size=as_text(config["effect_size"]),
        conversions=as_text(config["conversions"]),
        multi_arm=as_text(
            {"rule": config["multi_arm"], "named": config["multi_arm_named"]}
        ),
        selection=selection_settings(),
    message:
        "Computing effect sizes"
    script:
        "../scripts/compute_effects.py"
