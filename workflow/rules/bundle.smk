# In: all that a run makes. Out: one archive with sheets, configuration, pins, workflow and results.
# Asked for by name: snakemake --cores 4 bundle


rule bundle:
    input:
        rules.all.input,
    output:
        update("<results>/bundle/review.zip"),
    log:
        "<logs>/bundle.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("bundle"),
        sheets=sorted({*sheet_paths(), *published_paths(), *claims_paths()}),
        workflow=workflow_files,
        config=packed_config,
    message:
        "Packing the review"
    script:
        "../scripts/bundle.py"
