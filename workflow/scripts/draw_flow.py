"""Draw the PRISMA 2020 flow diagram."""

from strataforest.errors import step
from strataforest.figures.flow_diagram import flow_diagram
from strataforest.figures.of_flow import flow_rows
from strataforest.figures.save import save_as
from strataforest.flow.stages import flow_of
from strataforest.tabular import read_rows


def main(counts, figures):
    """Write the diagram in the format of each path."""
    flow = flow_of(read_rows(counts, key="stage"))
    save_as(flow_diagram("PRISMA 2020 flow diagram", flow_rows(flow)), figures)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(counts=snakemake.input[0], figures=snakemake.output)
