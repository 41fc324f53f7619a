"""`strataforest trace`: from a published number to its cells, or from a cell to all it touches."""

import argparse
import json
import math
import sys
from dataclasses import asdict
from typing import Any

from strataforest.errors import ReviewError

DESCRIPTION = """\
From a published number to the cells behind it:
  strataforest trace domain/glycemic
  strataforest trace results/figures/domain/glycemic
  strataforest trace results/tables/pooled.csv:5
  strataforest trace results/tables/table_s1_leave_one_out.csv:4
  strataforest trace results/audit/claims.csv:2
  strataforest trace meta_regression/follow_up
  strataforest trace 'Smith2020|glycemic|hba1c||12|post'
From a cell to everything it touches:
  strataforest trace --cell 'outcomes.csv!N17'
  strataforest trace --cell 'outcomes.xlsx!Tab 1!N17'
"""


def add_parser(subparsers) -> None:
    """Add the command and its options to the console command's."""
    parser = subparsers.add_parser(
        "trace",
        help="from a published number to its cells, or from a cell to all it touches",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "name",
        nargs="?",
        help="a stratum, a fit, a figure, a row of a table (file.csv:5), an effect_id or a trial",
    )
    what.add_argument("--cell", metavar="FILE!A1", help="a cell of a sheet: outcomes.csv!N17")
    parser.add_argument("--results", default="results", help="the results folder (results)")
    parser.add_argument(
        "--depth",
        choices=("pooled", "effects", "cells"),
        default="cells",
        help="how far down the tree goes (cells)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, at full precision")


def run(options: argparse.Namespace) -> int:
    """Print what was asked for; return 0. Raises ReviewError for what is unknown or not built."""
    try:
        lines = _answer(options)
    except ReviewError:
        raise
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        # The files were edited by hand or cut off: say which folder, not where our code stopped.
        from strataforest.lineage.results import BUILD, unusable

        words = f"holds results that cannot be followed ({type(error).__name__}: {error})"
        raise unusable(options.results, words, f"build them anew: `{BUILD} -F`") from error
    return _print(lines)


def _answer(options: argparse.Namespace) -> list[str]:
    # Imported here, so that the other commands start without it.
    from strataforest import statements
    from strataforest.lineage import answers, cells, text
    from strataforest.lineage.results import open_results

    results = open_results(options.results)
    if options.cell is not None:
        trace = cells.trace_cell(results, options.cell, statements.of_row)
        return [_json(asdict(trace))] if options.json else text.cell_lines(trace, options.results)
    lines, found = [], []
    for target in statements.targets(results, options.name):
        node, shown = answers.answer(results, target, options.depth)
        lines += [target.note, *shown] if target.note else shown
        found.append(asdict(node))
    return [_json({"trees": found})] if options.json else lines


def _print(lines: list[str]) -> int:
    """Print lines on a terminal of any encoding, and to a pipe that may be closed early."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has seen enough; the interpreter must not complain when it closes the stream.
        sys.stdout = None
    return 0


def _json(content: Any) -> str:
    return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    """Return `value` with null for what JSON cannot hold."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
