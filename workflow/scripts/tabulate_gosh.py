"""Gather the summaries of all subsets (GOSH) of every stratum into one table."""

from strataforest.errors import step
from strataforest.fit_files import fits_in
from strataforest.tables import gosh
from strataforest.tabular import read_json, write_rows


def main(fits, summaries, table):
    """Write a row per stratum."""
    rows = [
        gosh.gosh_row(fit["analysis"], fit["stratum"], fit, summary)
        for fit, summary in zip(fits_in(fits), map(read_json, summaries), strict=True)
    ]
    write_rows(table, gosh.COLUMNS, rows)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fits=snakemake.input.fits,
            summaries=snakemake.input.summaries,
            table=snakemake.output[0],
        )
