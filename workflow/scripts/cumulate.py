"""Pool each stratum anew with every trial that came in, by year: one table."""

from strataforest.diagnostics.sections import cumulative_of_fit
from strataforest.errors import step
from strataforest.fit_files import fits_in
from strataforest.tables import cumulative
from strataforest.tabular import read_rows, write_rows


def main(fits, covariates, table):
    """Write a row per effect added, over all strata."""
    rows = []
    for fit, described in zip(fits_in(fits), map(read_rows, covariates), strict=True):
        years = {row["effect_id"]: row.get("year", "") for row in described}
        section = cumulative_of_fit(fit, years)
        rows += cumulative.cumulative_rows(fit["analysis"], fit["stratum"], section)
    write_rows(table, cumulative.COLUMNS, rows)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fits=snakemake.input.fits,
            covariates=snakemake.input.covariates,
            table=snakemake.output[0],
        )
