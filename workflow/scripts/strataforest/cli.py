"""The console command `strataforest`."""

import argparse
import sys
from importlib import import_module

from strataforest import __version__
from strataforest.errors import ReviewError

COMMANDS = ("changes", "check-yaml", "import-cochrane", "new", "trace")


def main(arguments: list[str] | None = None) -> int:
    """Run `strataforest <command> ...`; return the exit status, 1 for a mistake of the user's."""
    parser = argparse.ArgumentParser(
        prog="strataforest", description="Begin a review, and look into its results."
    )
    parser.add_argument("--version", action="version", version=f"strataforest {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    modules = {
        name: import_module(f"strataforest.commands.{name.replace('-', '_')}") for name in COMMANDS
    }
    for module in modules.values():
        module.add_parser(subparsers)
    options = parser.parse_args(arguments)
    try:
        return modules[options.command].run(options)
    except ReviewError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
