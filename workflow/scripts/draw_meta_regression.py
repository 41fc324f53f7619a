"""Draw one meta-regression: a plot per scope and moderator, in every format."""

import json
import shutil
from pathlib import Path

from strataforest.errors import step
from strataforest.figures.kept import Folder
from strataforest.figures.labels import moderator_figure
from strataforest.figures.of_meta_regression import moderator_plots
from strataforest.tabular import read_json


def main(model, formats, domains, code, folder):
    """Write the plots of one model into a folder that is replaced only once all are there.

    Where a correction has left a scope's plot as it was it is taken over.
    """
    model = read_json(model)
    level = model["preset"]["pooling"]["level"]
    partial = Path(f"{folder}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    figures = Folder(partial, Path(folder), formats, code)
    for fit in model["scopes"]:
        for moderator, *drawn in moderator_plots(fit, level, "Meta-regression", domains):
            figures.add(moderator_figure(fit, moderator)[0], *drawn)
    figures.close()
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            model=snakemake.input[0],
            formats=snakemake.params.formats,
            domains=json.loads(snakemake.params.domains),
            code=snakemake.params.code,
            folder=snakemake.output[0],
        )
