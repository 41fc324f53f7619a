"""Hold the claims of the manuscript to the results."""

import json
import sys
from pathlib import Path

from strataforest.claims.places import Known
from strataforest.claims.subjects import stratum_subjects, term_subjects
from strataforest.claims.testing import COLUMNS, outcome_of, understood
from strataforest.errors import ReviewError, report, step
from strataforest.sheets.harmonize import read_sheets_of_kind
from strataforest.tabular import read_rows, write_rows


def main(specs, known, tables, omissions, output):
    """Write what became of each claim, or raise with every problem of their sheets."""
    sheet = read_sheets_of_kind("claims", specs)
    names = [f"{row['analysis']}/{row['stratum']}" for row in tables["pooled"]]
    claims, problems = understood(sheet.rows, known, names)
    problems += sheet.problems
    if any(problem.severity == "error" for problem in problems):
        raise ReviewError(problems)
    if any(problem.severity == "warning" for problem in problems):
        print(report(problems), file=sys.stderr)
    if any(claim.asks_for_omissions for claim in claims):
        tables["loo_flags"] = flags_of(omissions, tables["leave_one_out_summary"])
    subjects = {
        False: stratum_subjects(tables),
        True: list(term_subjects(tables["models"], tables["terms"])),
    }
    results = [outcome_of(claim, subjects[claim.place.is_of_terms]) for claim in claims]
    write_rows(output, COLUMNS, [result.as_row() for result in results])


def flags_of(folder, summary):
    """Return the flags of every omission, by the analysis and the stratum it is from."""
    found = {}
    for analysis, stratum in ((row["analysis"], row["stratum"]) for row in summary):
        rows = read_rows(Path(folder) / f"LOO_{analysis}_{stratum}.csv", key="flags")
        found[analysis, stratum] = [row["flags"] for row in rows]
    return found


if __name__ == "__main__":
    with step(snakemake.log[0]):
        paths = snakemake.input
        names = ("pooled", "leave_one_out_summary", "small_study", "models", "terms")
        main(
            specs=json.loads(snakemake.params.sheets),
            known=Known(**json.loads(snakemake.params.known)),
            # Those of meta-regressions are there only where some are declared.
            tables={name: read_rows(str(paths[name])) if paths[name] else [] for name in names},
            omissions=paths.leave_one_out,
            output=snakemake.output[0],
        )
