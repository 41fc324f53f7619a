"""Audit printed numbers: somebody's, and our own."""

import json
import sys
from dataclasses import fields
from pathlib import Path

from strataforest.audit.audit import audit
from strataforest.audit.finding import SEVERITIES, columns
from strataforest.audit.ours import Ours
from strataforest.audit.own_tables import Printed, own_rows
from strataforest.errors import step
from strataforest.report.audit.content import audit_content, in_one_line
from strataforest.report.audit.render import audit_page
from strataforest.tabular import read_rows, write_rows, write_text


def main(published, tables, results, review, output):
    """Write what the printed rows, and what our own tables, say of themselves and of our data."""
    rows = [row for path in published for row in read_rows(path, key="quantity")]
    ours = Ours(**{name: read_rows(*paths) for name, paths in results.items() if paths})
    printed = Printed(pooled=ours.pooled, **review["printed"])
    own = own_rows({Path(path).stem: read_rows(path) for path in tables}, printed)
    found, grouping = [], review["grouping"]
    # Apart: what two reviews print of a domain need not agree.
    for part in (rows, own):
        found += audit(
            *(part, grouping, review["measures"], ours),
            analyses=review["printed"]["analyses"],
            labels=review["printed"]["domains"],
        )
    # Worst first, then theirs before ours; each part comes in the order of its rows.
    found.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    shown = [finding.row() for finding in found]
    write_rows(output.table, columns(grouping), shown)
    content = audit_content(review["title"], shown, audited([*rows, *own]))
    write_text(output.page, audit_page(content))
    print(in_one_line(shown, output.page), file=sys.stderr)


def audited(rows):
    """Return the files that rows were read from, each with how many."""
    files = [row["source_file"] for row in rows]
    return [(name, files.count(name)) for name in dict.fromkeys(files)]


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            published=snakemake.input.published,
            tables=snakemake.input.tables,
            results={field.name: snakemake.input[field.name] for field in fields(Ours)},
            review={
                "title": snakemake.params.title,
                "grouping": json.loads(snakemake.params.grouping),
                "measures": json.loads(snakemake.params.measures),
                "printed": {
                    "analyses": json.loads(snakemake.params.analyses),
                    "domains": json.loads(snakemake.params.domains),
                    "cross": json.loads(snakemake.params.cross),
                    "findings": snakemake.params.findings,
                    "level": snakemake.params.level,
                },
            },
            output=snakemake.output,
        )
