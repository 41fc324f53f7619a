"""Write the summary that a run ends with."""

from pathlib import Path

from strataforest.errors import step
from strataforest.report.summary import summary_text
from strataforest.tabular import read_rows, write_text


def main(tables, title, summary):
    """Write the summary of these tables beside them."""
    results = Path(summary).parent
    # What is not declared has no file.
    tables = {name: read_rows(str(path)) for name, path in tables.items() if path}
    write_text(summary, summary_text(title, str(results), tables))


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            tables=dict(snakemake.input.items()),
            title=snakemake.params.title,
            summary=snakemake.output[0],
        )
