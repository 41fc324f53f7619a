"""Gather the meta-regressions of all declared models into two tables."""

import shutil
from pathlib import Path

from strataforest.errors import step
from strataforest.tables import meta_regression
from strataforest.tabular import read_json, write_rows


def main(models, output):
    """Write a row per model and scope, and a row per term; remove what is no longer declared."""
    models = [read_json(path) for path in models]
    remove_stale(Path(output.models).parent.parent, {model["name"] for model in models})
    rows = [row for model in models for row in meta_regression.model_rows(model)]
    write_rows(output.models, meta_regression.MODEL_COLUMNS, rows)
    terms = [row for model in models for row in meta_regression.term_rows(model)]
    write_rows(output.terms, meta_regression.TERM_COLUMNS, terms)


def remove_stale(results, declared):
    """Remove fits and figures of models that the configuration does not name any more."""
    for path in results.glob("meta_regression/*.json"):
        if path.stem not in declared:
            path.unlink()
    for path in results.glob("figures/meta_regression/*"):
        if path.name.removesuffix(".partial") not in declared:
            shutil.rmtree(path)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(models=snakemake.input, output=snakemake.output)
