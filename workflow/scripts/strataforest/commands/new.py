"""`strataforest new`: a folder to begin a review in."""

import argparse
import shlex
from pathlib import Path

SNAKEFILE = Path(__file__).resolve().parents[4] / "Snakefile"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add `new` to the command line."""
    parser = subparsers.add_parser(
        "new",
        help="lay out the folder of a new review",
        description="Make a folder with a commented config.yaml, a workbook to extract into with "
        "three example rows, and the first steps. It runs as it is.",
    )
    parser.add_argument("folder", metavar="my_review", help="a new or empty folder")


def run(options: argparse.Namespace) -> int:
    """Write the folder and say the next steps; return 0. Raises ReviewError."""
    from strataforest.new_review.folder import new_review

    config, workbook, _ = new_review(Path(options.folder))
    # Installed without the repository, its place is the user's to name.
    snakefile = str(SNAKEFILE) if SNAKEFILE.is_file() else "STRATAFOREST/Snakefile"
    folder = shlex.quote(options.folder)
    command = f"snakemake -s {shlex.quote(snakefile)} -d {folder} --configfile {folder}/config.yaml"
    print(f"1. Run it as it is: {command} --cores 4")
    print(f"2. Replace the rows that say EXAMPLE in {workbook}, and the domains in {config}.")
    print(f"3. Run it again; read {Path(options.folder) / 'results/report/index.html'}")
    return 0
