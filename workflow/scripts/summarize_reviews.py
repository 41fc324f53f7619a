"""Put the outcomes of many reviews into one table, and their pooled results into another."""

from strataforest.errors import step
from strataforest.report.outcome import STATUS_COLUMNS
from strataforest.tabular import read_rows, write_rows


def main(statuses, pooled, output):
    """Write a row per review, and a row per stratum of every review that ran well."""
    rows = [row for path in statuses for row in read_rows(path, key="review")]
    write_rows(output.reviews, STATUS_COLUMNS, rows)
    tables = [read_rows(path, key="review") for path in pooled]
    # Reviews may group by columns of their own: a table has those of all.
    columns = dict.fromkeys(name for table in tables if table for name in table[0])
    empty = dict.fromkeys(columns, "")
    strata = (empty | row for table in tables for row in table)
    write_rows(output.pooled, list(columns) or ["review"], strata)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(snakemake.input.statuses, snakemake.input.pooled, snakemake.output)
