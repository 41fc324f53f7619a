"""Write the strata as Cochrane data rows, for RevMan."""

from pathlib import Path

from strataforest.cochrane.columns import COLUMNS
from strataforest.errors import step
from strataforest.exports.data_rows import data_rows
from strataforest.fit_files import fits_in
from strataforest.lineage.results import open_results
from strataforest.tabular import write_rows

if __name__ == "__main__":
    with step(snakemake.log[0]):
        # Its files are this rule's inputs; what else lies there is not read.
        results = open_results(Path(snakemake.input.index).parent.parent)
        rows = data_rows(
            list(fits_in(snakemake.input.fits)),
            {key: row["label"] for key, row in results.strata.items()},
            results.effects,
            results.rows_of,
            results.studies,
        )
        write_rows(snakemake.output[0], COLUMNS, rows)
