"""Write the strata as scripts for R's metafor and for Stata, with their data."""

from pathlib import Path

from strataforest.errors import step
from strataforest.exports.files import write_metafor, write_stata
from strataforest.fit_files import fits_in
from strataforest.tabular import read_json, read_rows

if __name__ == "__main__":
    with step(snakemake.log[0]):
        index = read_rows(snakemake.input.index, key="stratum")
        names = {(row["analysis"], row["stratum"]): row["label"] for row in index}
        fits = list(fits_in(snakemake.input.fits))
        models = [read_json(path) for path in snakemake.input.models]
        write_metafor(Path(snakemake.output.metafor), fits, names)
        write_stata(Path(snakemake.output.stata), fits, models, names)
