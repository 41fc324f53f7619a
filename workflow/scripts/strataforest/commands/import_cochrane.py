"""`strataforest import-cochrane`: a review's folder from a file of Cochrane data rows."""

import argparse
from collections import Counter
from pathlib import Path

DESCRIPTION = """\
Make a review of a file of data rows, as the Cochrane Library offers it with a review (Download
data): config.yaml and sheets, ready to run, with every printed effect compared with ours.
  strataforest import-cochrane CD000001-data-rows.csv my_review
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add `import-cochrane` to the command line."""
    parser = subparsers.add_parser(
        "import-cochrane",
        help="make a review of a file of Cochrane data rows",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data_rows", metavar="data_rows.csv", help="the file of data rows")
    parser.add_argument("folder", metavar="my_review", help="the folder to make")


def run(options: argparse.Namespace) -> int:
    """Write the folder and say what the check found; return 0. Raises ReviewError."""
    from strataforest.cochrane.review import import_review
    from strataforest.errors import Problem, ReviewError

    folder = Path(options.folder)
    try:
        imported = import_review(options.data_rows, folder)
    except OSError as error:
        where = str(error.filename or folder)
        words = (where, "", "", str(error.strerror))
        raise ReviewError([Problem("error", *words, rule="refused_by_system")]) from None
    rows = imported.rows
    print(f"{len(rows)} rows of {len(imported.analyses)} analyses are in {folder}/")
    for name, what in (("effect", "effects"), ("interval", "intervals")):
        printed = [row[name] for row in rows if row[name]]
        print(f"{printed.count('yes')} of {len(printed)} printed {what} are equal to ours")
    models = Counter(model or "no model of ours" for model in imported.models)
    print("weights: " + "; ".join(f"{model} ({n})" for model, n in models.most_common()))
    reasons = Counter(row["reason"] for row in rows if row["reason"])
    for reason, count in reasons.most_common(8):
        print(f"  {count} x {reason}")
    if repeated := sum(analysis.repeated for analysis in imported.analyses):
        print(
            f"{repeated} rows are of a study that stands several times in its analysis: told apart"
        )
    print(f"Every row: {folder / 'import_check.csv'}")
    print(f"Next: snakemake -s Snakefile -d {folder} --configfile {folder}/config.yaml --cores 4")
    return 0
