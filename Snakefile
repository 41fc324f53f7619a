# strataforest: from raw extraction sheets to a published meta-analysis.
# The table of contents; config/README.md says what can be set, results/README.md what comes out.

# A review's own --configfile stands alone: merged with the default, its domains would join ours.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/effects.smk"
include: "workflow/rules/strata.smk"
include: "workflow/rules/fits.smk"
include: "workflow/rules/meta_regression.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/changes.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/extraction.smk"
include: "workflow/rules/double_extraction.smk"
include: "workflow/rules/audit.smk"


rule all:
    default_target: True
    input:
        # A file that is lost is made again only where it is wanted for itself.
        with_audit(
            rules.build_report.input, rules.build_report.output, rules.summarize.output
        ),


include: "workflow/rules/bundle.smk"
include: "workflow/rules/exports.smk"


onstart:
    begin()


onsuccess:
    end_well()


onerror:
    end_badly()
