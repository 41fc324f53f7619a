"""Draw one stratum: its forest plot and its leave-one-out plot, in every format."""

import json
import shutil
from pathlib import Path

from strataforest.errors import step
from strataforest.figures.forest import forest_plot
from strataforest.figures.leave_one_out import leave_one_out_plot
from strataforest.figures.of_stratum import forest_data, leave_one_out_data
from strataforest.figures.save import save
from strataforest.tabular import read_json


def main(fit, title, labels, formats, folder):
    """Write the figures of one fit into a folder that is there only once it is complete.

    Snakemake does not notice an unfinished folder behind a checkpoint: after a kill it would stay.
    """
    fit = read_json(fit)
    partial = Path(f"{folder}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    save(forest_plot(forest_data(fit, title, labels)), partial / "forest", formats)
    loo = leave_one_out_plot(leave_one_out_data(fit, title, labels))
    save(loo, partial / "leave_one_out", formats)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fit=snakemake.input[0],
            title=snakemake.params.title,
            labels=json.loads(snakemake.params.labels),
            formats=snakemake.params.formats,
            folder=snakemake.output[0],
        )
