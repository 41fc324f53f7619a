# So that `snakemake --cores 4` and `-s Snakefile` find the workflow from the top of the repository:
# workflow/Snakefile, where Snakemake's conventions have it, is the table of contents.

# As `include:` does, which would leave the default target behind.
workflow.include("workflow/Snakefile", overwrite_default_target=True)
