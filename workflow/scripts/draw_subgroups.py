"""Draw the forest plot of a domain in blocks: its subgroups, each with its pooled effect."""

import json

from strataforest.errors import step
from strataforest.figures.forest import forest_plot
from strataforest.figures.of_stratum import forest_data
from strataforest.figures.of_subgroups import subgroup_data
from strataforest.figures.save import save_as
from strataforest.fit_files import fit_in, fits_in
from strataforest.tables.subgroup_tests import subgroup_rows


def main(whole, parts, blocks, columns, risk, about, figures):
    """Write the plot of one domain in the format of each path."""
    analysis, names = blocks[0]["analysis"], {block.get("stratum") for block in blocks}
    fits = {fit["stratum"]: fit for fit in fits_in(parts) if fit["stratum"] in names}
    by_key = {(analysis, name): fit for name, fit in fits.items()}
    # The first row is of the test with a tau2 each, as the blocks are pooled.
    test = next(iter(subgroup_rows(blocks, by_key, {analysis: columns})))
    data = forest_data(whole, about["title"], about["labels"], *risk)
    effects = whole["studies"]["effect_id"]
    save_as(forest_plot(subgroup_data(data, effects, blocks, fits, test)), figures)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        params = snakemake.params
        main(
            whole=fit_in(snakemake.input.whole, params.whole, snakemake.wildcards.stratum),
            parts=snakemake.input.parts,
            blocks=json.loads(params.blocks),
            columns=params.columns,
            risk=(json.loads(params.judged), params.tool),
            about={
                "title": params.title,
                "labels": json.loads(params.labels),
            },
            figures=snakemake.output,
        )
