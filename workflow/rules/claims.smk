# In: the sheet of claims and the tables. Out: which of the manuscript's statements the results bear out.
# `hold_claims` comes last of all and fails where one does not: by then every result is there and fresh.


rule test_claims:
    input:
        claims_paths(),
        pooled=pooled_table,
        leave_one_out="<results>/tables/leave_one_out",
        leave_one_out_summary="<results>/tables/leave_one_out_summary.csv",
        small_study="<results>/tables/small_study.csv",
        models=model_tables("models"),
        terms=model_tables("terms"),
    output:
        update("<results>/audit/claims.csv"),
    log:
        "<logs>/test_claims.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("test_claims"),
        content=content_of(claims_paths()),
        sheets=as_text(claims_specs()),
        known=as_text(known_names()),
    message:
        "Testing the claims"
    script:
        "../scripts/test_claims.py"


rule hold_claims:
    input:
        # What else a run makes is waited for, and no reason to say again that the claims hold.
        ancient("<results>/report/index.html"),
        ancient("<results>/summary.txt"),
        claims="<results>/audit/claims.csv",
    output:
        # Not wrapped in `update`: while a claim fails there is no such file, and every run tries again.
        "<results>/audit/claims_hold.txt",
    log:
        "<logs>/hold_claims.log",
    retries: 0
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code("hold_claims"),
    message:
        "Holding the manuscript to its claims"
    script:
        "../scripts/hold_claims.py"
