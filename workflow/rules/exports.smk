# In: all fits. Out, on request (snakemake --cores 4 exports): the strata for R, Stata and RevMan.
# One light job for all of them: it only writes text, and a process a stratum would take longer to
# start than to write. A folder comes out as it was but for the strata that a correction touched.


rule export_scripts:
    input:
        index="<results>/strata/index.csv",
        fits=stratum_fits,
        models=model_fits,
    output:
        metafor=directory("<results>/exports/metafor"),
        stata=directory("<results>/exports/stata"),
    log:
        "<logs>/export_scripts.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("export_scripts"),
    message:
        "Writing scripts for R and Stata"
    script:
        "../scripts/export_scripts.py"


# RevMan wants the arms' numbers, so this follows records and effects too.
rule export_data_rows:
    input:
        index="<results>/strata/index.csv",
        decisions="<results>/effects/decisions.csv",
        effects="<results>/effects/effects.csv",
        exclusions="<results>/effects/exclusions.csv",
        records="<results>/harmonized/records.csv",
        studies="<results>/harmonized/studies.csv",
        fits=stratum_fits,
    output:
        update("<results>/exports/revman/data_rows.csv"),
    log:
        "<logs>/export_data_rows.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("export_data_rows"),
    message:
        "Writing data rows for RevMan"
    script:
        "../scripts/export_data_rows.py"


rule exports:
    input:
        rules.export_scripts.output,
        rules.export_data_rows.output,
    localrule: True
