"""Draw one stratum: its forest plot and its leave-one-out plot, in every format."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.figures.forest import forest_plot
from strataforest.figures.from_results import forest_data, leave_one_out_data
from strataforest.figures.leave_one_out import leave_one_out_plot
from strataforest.figures.save import save
from strataforest.tabular import read_json


def main(fit, title, labels, formats, folder):
    """Write the figures of one fit into a folder."""
    fit = read_json(fit)
    Path(folder).mkdir(parents=True, exist_ok=True)
    save(forest_plot(forest_data(fit, title, labels)), Path(folder, "forest"), formats)
    save(
        leave_one_out_plot(leave_one_out_data(fit, title, labels)),
        Path(folder, "leave_one_out"),
        formats,
    )


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fit=snakemake.input[0],
            title=snakemake.params.title,
            labels=json.loads(snakemake.params.labels),
            formats=snakemake.params.formats,
            folder=snakemake.output[0],
        )
