"""Build the report: one page of HTML with everything in it."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.lineage.results import open_results
from strataforest.report.page.content import page_content
from strataforest.report.page.methods import methods
from strataforest.report.page.pictures import with_pictures
from strataforest.report.page.render import page
from strataforest.report.page.strata import Names
from strataforest.tabular import write_text


def main(results, review, names, fewest, output):
    """Write the page that shows a finished run."""
    content = page_content(open_results(results), review, names)
    told = methods(content["preset"], *fewest)
    write_text(output, with_pictures(page(content | {"methods": told}), results))


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            # The report stands in a folder of the results, wherever those are.
            results=Path(snakemake.output[0]).parent.parent,
            review=json.loads(snakemake.params.review),
            names=Names(
                analyses=json.loads(snakemake.params.analyses),
                domains=json.loads(snakemake.params.domains),
                in_words=snakemake.params.in_words,
                tool=snakemake.params.tool,
            ),
            fewest=(snakemake.params.min_effects, snakemake.params.min_small_study),
            output=snakemake.output[0],
        )
