"""Read all sheets, check them together, and write them in one vocabulary."""

import json
import sys
from dataclasses import fields

from strataforest.errors import SEVERITIES, Problem, ReviewError, spreadsheet_order, step
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.harmonize import Sheet, read_sheets_of_kind
from strataforest.tabular import write_rows

PROBLEM_COLUMNS = tuple(field.name for field in fields(Problem))


def main(specs, config, outputs, problems_path):
    """Write the harmonised sheets, or raise with every problem of all of them."""
    sheets = {kind: read_sheets_of_kind(kind, specs[kind]) for kind in specs}
    problems = sorted(check_review(sheets, **config), key=spreadsheet_order)
    write_rows(problems_path, PROBLEM_COLUMNS, [vars(problem) for problem in problems])
    errors = [problem for problem in problems if problem.severity == SEVERITIES[0]]
    for problem in problems:
        if problem.severity == "warning":
            print(problem, file=sys.stderr)
    if errors:
        raise ReviewError(errors)
    for kind in VOCABULARY:
        sheet = sheets.get(kind, Sheet(kind))
        write_rows(outputs[kind], sheet.columns, sheet.rows)


if __name__ == "__main__":
    with step(snakemake.log.run):
        main(
            specs=json.loads(snakemake.params.sheets),
            config={
                "domains": json.loads(snakemake.params.domains),
                "indicators": json.loads(snakemake.params.indicators),
                "strata": json.loads(snakemake.params.strata),
                "moderators": snakemake.params.moderators,
            },
            outputs={
                "studies": snakemake.output.studies,
                "outcomes": snakemake.output.records,
                "risk_of_bias": snakemake.output.risk_of_bias,
                "flow": snakemake.output.flow,
            },
            problems_path=snakemake.log.problems,
        )
