# In: folders with a review each. Out: what each came to, and one table of all.
# Every review is a run of the whole workflow in its own folder, with its own memory of what is done.

SETTINGS = review_settings()
REVIEWS = review_names()


rule run_review:
    input:
        review_files,
    output:
        status=update("<results>/reviews/{review}/status.csv"),
        pooled=update("<results>/reviews/{review}/pooled.csv"),
    log:
        "<logs>/run_review/{review}.log",
    wildcard_constraints:
        review="|".join(map(re.escape, REVIEWS)),
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=whole_workflow(),
        folder=f"{SETTINGS['reviews']}/{{review}}",
        snakefile=str(REPOSITORY / "Snakefile"),
        target=SETTINGS["target"],
        strata_per_job=SETTINGS["strata_per_job"],
    message:
        "Running the review {wildcards.review}"
    script:
        "../scripts/run_review.py"


rule summarize_reviews:
    input:
        statuses=every_review("status.csv"),
        pooled=every_review("pooled.csv"),
    output:
        reviews=update("<results>/reviews.csv"),
        pooled=update("<results>/pooled.csv"),
    log:
        "<logs>/summarize_reviews.log",
    localrule: True
    conda:
        "../../environment.yml"
    message:
        "Putting all reviews into one table"
    script:
        "../scripts/summarize_reviews.py"
