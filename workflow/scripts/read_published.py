"""Read and check the sheets of published numbers, and write them in one vocabulary."""

import json
import sys

from strataforest.errors import (
    PROBLEM_COLUMNS,
    ReviewError,
    report,
    spreadsheet_order,
    step,
)
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.sheets.published import named_quantities, published_problems
from strataforest.tabular import write_rows


def main(specs, domains, grouping, output, problems_path):
    """Write the published rows, or raise with every problem of all their sheets."""
    sheet = read_sheets_of_kind("published", specs, domains)
    problems = sorted(published_problems(sheet, domains, grouping), key=spreadsheet_order)
    write_rows(problems_path, PROBLEM_COLUMNS, [problem.as_row() for problem in problems])
    severities = {problem.severity for problem in problems}
    if "error" in severities:
        raise ReviewError(problems, listing=problems_path)
    if "warning" in severities:
        print(report(problems, listing=problems_path), file=sys.stderr)
    named_quantities(sheet.rows)
    write_rows(output, sheet.columns, sheet.rows)


if __name__ == "__main__":
    with step(snakemake.log.run):
        main(
            specs=json.loads(snakemake.params.sheets),
            domains=json.loads(snakemake.params.domains),
            grouping=json.loads(snakemake.params.grouping),
            output=snakemake.output[0],
            problems_path=snakemake.log.problems,
        )
