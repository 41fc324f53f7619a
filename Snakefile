# strataforest: from raw extraction sheets to a published meta-analysis.
# This page is the table of contents; config/README.md says what can be set, results/README.md what
# comes out.

# A review's own --configfile stands alone: merged with the default, its domains would join ours.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/effects.smk"
include: "workflow/rules/strata.smk"
include: "workflow/rules/fits.smk"
include: "workflow/rules/meta_regression.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/changes.smk"


rule all:
    default_target: True
    input:
        "<results>/summary.txt",
        "<results>/changes/latest.csv",
        "<results>/tables/cumulative.csv",
        "<results>/tables/meta_regression_models.csv",
        design_table,
        gosh_table(),
        stratum_figures,
        overview_figures(),
        meta_regression_figures,


include: "workflow/rules/bundle.smk"


onstart:
    keep_folders()


onsuccess:
    end_well()


onerror:
    restore_folders()
    show_problems()
