"""Pool many strata in one job: all their numbers into one file, a line each."""

from strataforest.errors import step
from strataforest.fit_files import write_fits
from strataforest.fit_of_file import fit_of, model_of

if __name__ == "__main__":
    with step(snakemake.log[0]):
        given, model = snakemake.input, model_of(snakemake.params)
        analysis = snakemake.wildcards.analysis
        files = zip(snakemake.params.members, given.effects, given.by_preset, strict=True)
        fits = (
            fit_of(effects, variants, {"analysis": analysis, "stratum": stratum}, **model)
            for stratum, effects, variants in files
        )
        write_fits(snakemake.output[0], fits)
