"""Read all sheets, check them together, and write them in one vocabulary."""

import json
import sys
from collections import Counter
from pathlib import Path

from strataforest.errors import (
    PROBLEM_COLUMNS,
    Problem,
    ReviewError,
    report,
    spreadsheet_order,
    step,
)
from strataforest.extraction.adjudication import adjudicate, remove_lists
from strataforest.sheets.acknowledged import acknowledge
from strataforest.sheets.annotated import annotate
from strataforest.sheets.checks import check_review
from strataforest.sheets.harmonize import Sheet, read_sheets_of_kind
from strataforest.sheets.levels_of_trials import moderators_in
from strataforest.tabular import write_rows


def main(specs, double, config, outputs, problems_path, acknowledged=(), annotated="", counts=""):
    """Write the harmonised sheets, or raise with every problem of all of them."""
    domains = config["domains"]
    if "outcomes" not in specs:
        words = ("sheets declares published numbers alone", "studies and outcomes to pool")
        mend = "declare them, or ask for the audit alone: snakemake --cores 4 audit"
        raise ReviewError([Problem("error", "config", "", "", *words, mend, rule="no_outcomes")])
    sheets = {kind: read_sheets_of_kind(kind, specs[kind], domains) for kind in specs}
    if double:
        named = {*moderators_in(config["models"]), *config["described"]}
        named |= {c for s in config["strata"].values() for c in s["by"]}
        sheets = adjudicate(sheets, double, named, domains).sheets
    else:
        remove_lists(Path(problems_path).parent.parent)
    records = [row for sheet in sheets.values() for row in sheet.rows]
    problems = acknowledge(check_review(sheets, **config), records, acknowledged)
    problems.sort(key=spreadsheet_order)
    write_rows(problems_path, PROBLEM_COLUMNS, [problem.as_row() for problem in problems])
    if annotated:
        annotate(annotated, problems, sheets.values())
    severities = {problem.severity for problem in problems}
    if "error" in severities:
        raise ReviewError(problems, listing=problems_path)
    if "warning" in severities:
        print(report(problems, listing=problems_path), file=sys.stderr)
    if counts:
        write_counts(counts, problems)
    for kind in outputs:
        sheet = sheets.get(kind, Sheet(kind))
        write_rows(outputs[kind], sheet.columns, sheet.rows)


def write_counts(path, problems):
    """Write how many problems there are of each severity, acknowledged or not."""
    found = Counter((problem.severity, bool(problem.acknowledged)) for problem in problems)
    names = ("severity", "acknowledged", "n")
    rows = [dict(zip(names, (*kind, n), strict=True)) for kind, n in sorted(found.items())]
    write_rows(path, names, rows)


if __name__ == "__main__":
    with step(snakemake.log.run):
        main(
            specs=json.loads(snakemake.params.sheets),
            double=json.loads(snakemake.params.double),
            config={
                "domains": json.loads(snakemake.params.domains),
                "indicators": json.loads(snakemake.params.indicators),
                "strata": json.loads(snakemake.params.strata),
                "models": json.loads(snakemake.params.models),
                "described": json.loads(snakemake.params.described),
                "tool": snakemake.params.tool,
            },
            outputs={
                "studies": snakemake.output.studies,
                "outcomes": snakemake.output.records,
                "risk_of_bias": snakemake.output.risk_of_bias,
                "flow": snakemake.output.flow,
            },
            problems_path=snakemake.log.problems,
            counts=snakemake.output.problem_counts,
            acknowledged=json.loads(snakemake.params.acknowledged),
            # Neither output nor log: it must outlive a failed job, and be gone after a clean one.
            annotated=Path(snakemake.log.problems).with_name("annotated_sheets.xlsx"),
        )
