"""Draw the pooled effects of one analysis beside each other."""

from strataforest.errors import step
from strataforest.figures.of_analysis import overview_data
from strataforest.figures.overview import overview_panels
from strataforest.figures.save import save_as
from strataforest.tabular import read_rows


def main(pooled, analysis, title, level, figures):
    """Write the overview of an analysis in the format of each path."""
    rows = [row for row in read_rows(pooled, key="stratum") if row["analysis"] == analysis]
    figure = overview_panels(overview_data(rows, title, level))
    save_as(figure, figures)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            pooled=snakemake.input[0],
            analysis=snakemake.wildcards.analysis,
            title=snakemake.params.title,
            level=snakemake.params.level,
            figures=snakemake.output,
        )
