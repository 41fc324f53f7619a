"""Typeset the tables of the paper and put the results into words."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.fit_files import fits_in
from strataforest.provenance import version
from strataforest.report.paragraphs import as_markdown, results_paragraphs
from strataforest.tables.paper.all_tables import paper_tables
from strataforest.tables.paper.words import Review
from strataforest.tables.publication import flat
from strataforest.tables.typeset.markup import as_html, as_tex
from strataforest.tables.typeset.word import write_docx
from strataforest.tabular import read_rows, write_rows, write_text


def main(review, title, cross, findings, within, output):
    """Write every table in every format, the results in words, and all of it for Word."""
    tables = paper_tables(review, findings, cross)
    by_name = {table.name: table for table in tables}
    remove_stale(Path(output.manuscript).parent.parent / "tables", by_name)
    grids = {}
    for path in map(Path, output.tables):
        write_table(path, by_name[path.stem], grids)
    told = results_paragraphs(review, findings, within)
    write_text(output.paragraphs, as_markdown(told, "Results", review.made_by()))
    paragraphs = ["# Results", *(part for label, text in told for part in (f"## {label}", text))]
    write_docx(output.manuscript, title, tables, [*paragraphs, review.made_by()], grids)


def write_table(path, table, grids):
    """Write one table in the format that the file's name asks for; `grids` as `write_docx`."""
    if path.suffix == ".csv":
        write_rows(path, *flat(table))
    elif path.suffix == ".html":
        write_text(path, as_html(table))
    elif path.suffix == ".tex":
        write_text(path, as_tex(table))
    else:
        write_docx(path, table.caption, [table], grids=grids)


def remove_stale(folder, wanted):
    """Remove the tables that the configuration no longer asks for."""
    for path in (*folder.glob("table[0-9]*_*.*"), *folder.glob("table_s[0-9]*_*.*")):
        if path.stem not in wanted:
            path.unlink()


if __name__ == "__main__":
    with step(snakemake.log[0]):
        given, params = snakemake.input, snakemake.params
        single = ("pooled", "small_study", "leave_one_out_summary", "characteristics", "judged")
        cross = json.loads(params.cross)
        fits = {(fit["analysis"], fit["stratum"]): fit for fit in fits_in(given.fits)}
        main(
            review=Review(
                analyses=json.loads(params.analyses),
                domains=json.loads(params.domains),
                tables={name: read_rows(given[name]) for name in single}
                | {name: read_rows(given[name]) for name in ("models", "terms", "subgroup_tests")},
                fits=fits,
                level=params.level,
                fewest=params.min_effects,
                version=version(),
                described=json.loads(params.described),
            ),
            title=params.title,
            cross={n: read_rows(p) for n, p in zip(cross, given.cross, strict=True)},
            findings=params.findings,
            within=cross,
            output=snakemake.output,
        )
