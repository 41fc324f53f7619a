# In: numbers that somebody has printed, and what our own data give. Out: which printed numbers cannot
# be, which are worth a question, and which hold. Reading them is a rule of its own: a mistake in their
# sheet stops no analysis. Asked for by name: snakemake --cores 4 audit


rule read_published:
    input:
        published_paths(),
    output:
        update("<results>/harmonized/published.csv"),
    log:
        run="<logs>/read_published.log",
        problems="<results>/harmonized/published_problems.csv",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("read_published"),
        content=content_of(published_paths()),
        sheets=as_text(published_specs()),
        domains=as_text(domain_types_and_labels()),
        grouping=as_text(grouping_columns()),
    message:
        "Reading and checking the published numbers"
    script:
        "../scripts/read_published.py"


rule audit:
    input:
        published=published_rows(),
        tables=printed_tables(),
        pooled=own_result("tables/pooled"),
        presets=own_result("tables/presets"),
        leave_one_out=own_result("tables/leave_one_out_summary"),
        flow=own_result("covariates/flow"),
        judgements=own_result("covariates/risk_of_bias"),
    output:
        table=update("<results>/audit/audit.csv"),
        page=report(
            update("<results>/audit/audit.html"),
            caption="../report/audit.rst",
            category="Report",
            labels={"page": "the audit of printed numbers"},
        ),
    log:
        "<logs>/audit.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("audit"),
        title=review_title,
        domains=in_order(domain_labels()),
        analyses=in_order(analysis_labels()),
        grouping=in_order(audit_grouping()),
        measures=as_text(domain_measures()),
        cross=in_order(cross_tables()),
        findings=summarised_analysis(),
        level=confidence_level(),
    message:
        "Auditing printed numbers"
    script:
        "../scripts/audit.py"
