"""Build the report: one page of HTML with everything in it, and the methods to paste."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.lineage.results import open_results
from strataforest.provenance import version
from strataforest.report.methods.made import Made
from strataforest.report.methods.paragraphs import methods_paragraphs
from strataforest.report.page.content import page_content
from strataforest.report.page.pictures import with_pictures
from strataforest.report.page.render import page
from strataforest.report.page.strata import Names
from strataforest.report.paragraphs import as_markdown
from strataforest.risk_of_bias.tools import TOOLS
from strataforest.tables.typeset.word import write_docx
from strataforest.tabular import write_text

ELSEWHERE = "search, eligibility and extraction are for the authors to tell"


def main(folder, review, names, options, output):
    """Write the methods in words, and the page that shows a finished run."""
    results = open_results(folder)
    made = Made(options, results, review["registration"], TOOLS[names.tool].label)
    told = methods_paragraphs(made)
    # The methods first: the page lists the files that lie beside it.
    note = f"Written by {version()} from the options and results of this run; {ELSEWHERE}."
    write_text(output.methods, as_markdown(told, "Methods", note))
    paragraphs = ["# Methods", *(part for label, text in told for part in (f"## {label}", text))]
    write_docx(output.methods_docx, review["title"], [], [*paragraphs, note])
    content = page_content(results, review, names) | {"methods": told}
    write_text(output.page, with_pictures(page(content), folder))


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            # The report stands in a folder of the results, wherever those are.
            folder=Path(snakemake.output.page).parent.parent,
            review=json.loads(snakemake.params.review),
            names=Names(
                analyses=json.loads(snakemake.params.analyses),
                domains=json.loads(snakemake.params.domains),
                in_words=snakemake.params.in_words,
                tool=snakemake.params.tool,
            ),
            options=json.loads(snakemake.params.options),
            output=snakemake.output,
        )
