# In: the configuration alone. Out, on request: a workbook to extract the trials into.


rule extraction_template:
    output:
        "<results>/extraction/template.xlsx",
    log:
        "<logs>/extraction_template.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("extraction_template"),
        title=review_title,
        domains=as_text([[name, d] for name, d in config["domains"].items()]),
        indicators=as_text(config["indicators"]),
        tool=risk_of_bias_tool(),
        named=named_columns(),
    message:
        "Making a workbook to extract into"
    script:
        "../scripts/extraction_template.py"
