"""Draw one stratum: its forest plot and its leave-one-out plot, in every format."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.figures.forest import forest_plot
from strataforest.figures.leave_one_out import leave_one_out_plot
from strataforest.figures.of_stratum import forest_data, leave_one_out_data
from strataforest.figures.save import save
from strataforest.tabular import read_json


def main(fit, title, labels, formats, folder):
    """Write the figures of one fit into a folder, and nothing else stays in it."""
    fit = read_json(fit)
    figures = {
        "forest": forest_plot(forest_data(fit, title, labels)),
        "leave_one_out": leave_one_out_plot(leave_one_out_data(fit, title, labels)),
    }
    drawn = [p for name, f in figures.items() for p in save(f, Path(folder, name), formats)]
    for path in set(Path(folder).glob("[!.]*")) - set(drawn):
        path.unlink()


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fit=snakemake.input[0],
            title=snakemake.params.title,
            labels=json.loads(snakemake.params.labels),
            formats=snakemake.params.formats,
            folder=snakemake.output[0],
        )
