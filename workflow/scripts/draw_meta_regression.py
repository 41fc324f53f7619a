"""Draw one meta-regression: a plot per scope and moderator, in every format."""

import json
import shutil
from pathlib import Path

from strataforest.errors import step
from strataforest.figures.labels import moderator_figure
from strataforest.figures.of_meta_regression import moderator_plots
from strataforest.figures.save import save
from strataforest.tabular import read_json


def main(model, formats, domains, folder):
    """Write the plots of one model into a folder that is there only once it is complete."""
    model = read_json(model)
    level = model["preset"]["pooling"]["level"]
    partial = Path(f"{folder}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for fit in model["scopes"]:
        for moderator, figure in moderator_plots(fit, level, "Meta-regression", domains):
            save(figure, partial / moderator_figure(fit, moderator)[0], formats)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            model=snakemake.input[0],
            formats=snakemake.params.formats,
            domains=json.loads(snakemake.params.domains),
            folder=snakemake.output[0],
        )
