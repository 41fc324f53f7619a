# In: the sheets of two extractors and what was decided. Out: the cells in which they differ, what each
# would move, and how well they agree. Reading has put the decided values into the records already.


rule compare_extractions:
    input:
        sheets=sheet_paths(),
        records="<results>/harmonized/records.csv",
        studies="<results>/harmonized/studies.csv",
    output:
        discrepancies=update("<results>/extraction/discrepancies.csv"),
        by_stratum=update("<results>/extraction/discrepancies_by_stratum.csv"),
        workbook=update("<results>/extraction/discrepancies.xlsx"),
        agreement=update("<results>/extraction/agreement.csv"),
        second=update("<results>/extraction/second_extraction.csv"),
        decisions=update("<results>/extraction/decisions.csv"),
    log:
        "<logs>/compare_extractions.log",
    conda:
        "../../environment.yml"
    params:
        code=code("compare_extractions"),
        content=content_of(sheet_paths()),
        sheets=as_text(sheet_specs()),
        double=as_text(double_extraction()),
        named=named_columns(),
        # Their order is the order of tables, so it counts.
        domains=in_order(config["domains"]),
        analyses=in_order(config["strata"]),
        indicators=as_text(config["indicators"]),
        preset=config["preset"],
        effect_size=as_text(config["effect_size"]),
        pooling=as_text(config["pooling"]),
        conversions=as_text(config["conversions"]),
        multi_arm=as_text(
            {"rule": config["multi_arm"], "named": config["multi_arm_named"]}
        ),
        selection=selection_settings(),
        min_effects=config["min_effects"],
    message:
        "Comparing the two extractions"
    script:
        "../scripts/compare_extractions.py"
