"""`strataforest changes A B`: what moved between two snapshots or two results folders."""

import argparse
from pathlib import Path

from strataforest.changes import compare
from strataforest.errors import Problem, ReviewError
from strataforest.history import load
from strataforest.report.changes import COLUMNS, change_rows, changes_text
from strataforest.tabular import write_rows

EPILOG = """\
Compare two runs:     strataforest changes results/history/000001_*.json results
Compare two git tags: check each out into a folder of its own and run it there, then
                      strataforest changes v1/results v2/results
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add `changes` to the command line."""
    parser = subparsers.add_parser(
        "changes",
        help="say what moved between two snapshots or results folders",
        description="Say what moved from A to B, which lines it crossed, and which cells made it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", metavar="A", help="a snapshot, or a results folder")
    parser.add_argument("after", metavar="B", help="a snapshot, or a results folder")
    parser.add_argument("--csv", metavar="FILE", help="also write the table of every number")


def run(options: argparse.Namespace) -> int:
    """Print what moved; return 0. Raises ReviewError for what cannot be compared."""
    changes = compare(load(options.before), load(options.after))
    names = tuple(Path(path).name.removesuffix(".json") for path in (options.before, options.after))
    if names[0] == names[1]:
        names = (options.before, options.after)
    print(changes_text(changes, names), end="")
    if options.csv:
        try:
            write_rows(options.csv, COLUMNS, change_rows(changes))
        except OSError as error:
            found = f"cannot be written ({error.strerror or error})"
            words = (options.csv, "", "", found)
            raise ReviewError([Problem("error", *words, rule="refused_by_system")]) from None
    return 0
